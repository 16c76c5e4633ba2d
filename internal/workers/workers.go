// Package workers does many things side by side, on as many goroutines as the machine has processors for.
package workers

import (
	"context"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// many is the number of things from which on the scheduler gets a processor to spare: to give it one stops the world for a moment.
const many = 500

// spare counts who has asked for a processor to spare, and remembers how many there are without it.
var spare struct {
	lock        sync.Mutex
	users, base int
}

// withSpare lets Go's scheduler have one processor more than there are workers, until the function that it gives is called. Where all are
// taken, its monitor takes a processor away from each goroutine that has been in C for 20 µs, as a parse is, and looks for such a one all the
// time: an eighth of what an index of ten thousand flakes took on two cores went there. While one is idle it does neither. A single answer
// comes later with it, so it is not for always. Where the environment has GOMAXPROCS, the person knows better and nothing is done.
func withSpare() (end func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	spare.lock.Lock()
	defer spare.lock.Unlock()
	if spare.users++; spare.users == 1 {
		spare.base = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(spare.base + 1)
	}
	return func() {
		spare.lock.Lock()
		defer spare.lock.Unlock()
		if spare.users--; spare.users == 0 {
			runtime.SetDefaultGOMAXPROCS() // which follows the limits of a container again
		}
	}
}

// Count is how many goroutines can work side by side.
func Count() int {
	spare.lock.Lock()
	defer spare.lock.Unlock()
	if spare.users > 0 {
		return spare.base
	}
	return runtime.GOMAXPROCS(0)
}

// Each does n things, in about their order, until one fails or the context is done. The error is that of the first to fail, or the context's.
func Each(ctx context.Context, n int, do func(i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if n >= many {
		defer withSpare()()
	}
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
