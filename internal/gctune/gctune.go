// Package gctune sets how much memory the garbage collector may leave uncollected: the same for the server and the command line,
// so that what is measured of one holds for the other.
//
// Go's own setting is a share of what is live. A small workspace then collects all the time, and a large one needs twice its
// size. Here the heap may always grow to a floor, and above it by a share that shrinks as what is live grows. When much has become
// garbage, as after an index, and it stays quiet, memory goes back to the system.
package gctune

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

const (
	// floor is the size in bytes up to which the heap may grow with little in it.
	floor = 32 << 20
	// budget is the size up to which it may grow with much in it: ten thousand repos have 100 MB.
	budget = 160 << 20
	// least and most bound the share of what is live that is added, in percent. Below the least the collector would be at work
	// all the time.
	least, most = 40, 400
)

// Start begins to tune. Where the environment has GOGC or GOMEMLIMIT, the person knows better and nothing is done.
func Start() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(percent(0))
	again(new(sentinel))
}

// percent is the share for a live heap of so many bytes.
func percent(live uint64) int {
	if live == 0 {
		return most
	}
	target := max(min(3*live, budget), floor)
	if target <= live {
		return least
	}
	return int(min(max((target-live)*100/live, least), most))
}

// sentinel is garbage at once: its finalizer runs after each collection.
type sentinel struct{ _ [16]byte }

func again(s *sentinel) {
	runtime.SetFinalizer(s, func(*sentinel) {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		debug.SetGCPercent(percent(sample[0].Value.Uint64()))
		if !returning.Swap(false) {
			whenQuiet.Reset(quiet)
		}
		again(new(sentinel))
	})
}

// quiet is how long no collection has ended when memory goes back.
const quiet = 2 * time.Second

var (
	// whenQuiet gives memory back when it runs out.
	whenQuiet = stopped(time.AfterFunc(time.Hour, giveBack))
	// returning says that the next collection is the one that giveBack makes.
	returning atomic.Bool
)

func stopped(t *time.Timer) *time.Timer {
	t.Stop()
	return t
}

// giveBack gives the system what is free, where that is more than the floor: below it the next keystrokes need it again.
func giveBack() {
	if reclaimable() > floor {
		returning.Store(true)
		debug.FreeOSMemory()
	}
}

// reclaimable is how many bytes of the heap are garbage, or free and not given back.
func reclaimable() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	held := sample[0].Value.Uint64() + sample[1].Value.Uint64() + sample[2].Value.Uint64()
	return held - min(held, sample[3].Value.Uint64())
}
