// Package workers does many things side by side, on as many goroutines as the machine has processors for.
package workers

import (
	"context"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// count is the number of goroutines, 0 before Start.
var count atomic.Int64

// Start lets Go's scheduler have one processor more than there are workers. Where all are taken, its monitor takes a processor away from
// each goroutine that has been in C for 20 µs, as a parse is, and looks for such a one all the time: an eighth of what an index of ten thousand
// flakes took on two cores went there. While one is idle it does neither. Where the environment has GOMAXPROCS, the person knows better and
// nothing is done.
func Start() {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	if n := runtime.GOMAXPROCS(0); count.CompareAndSwap(0, int64(n)) {
		runtime.GOMAXPROCS(n + 1)
	}
}

// Count is how many goroutines can work side by side.
func Count() int {
	if n := count.Load(); n > 0 {
		return int(n)
	}
	return runtime.GOMAXPROCS(0)
}

// Each does n things, in about their order, until one fails or the context is done. The error is that of the first to fail, or the context's.
func Each(ctx context.Context, n int, do func(i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64 // a channel would let them wait for each other at each of ten thousand small files
	var group sync.WaitGroup
	for range min(Count(), n) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					stop(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}
