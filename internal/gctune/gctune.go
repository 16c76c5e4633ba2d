// Package gctune sets how much memory the garbage collector may leave uncollected: the same for the server and the command line,
// so that what is measured of one holds for the other.
//
// Go's own setting is a share of what is live. A small workspace then collects all the time, and a large one needs twice its
// size. Here the heap may always grow to a floor, and above it by a share that shrinks as what is live grows. When much has become
// garbage, as after an index, and it stays quiet, memory goes back to the system.
package gctune

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

const (
	// floor is the size in bytes up to which the heap may grow with little in it. One open flake has 2 MB: a collection takes a
	// millisecond, and comes each fiftieth keystroke. With 4 MB it came each tenth, and twice as many hovers met one; at rest the
	// process is as small either way.
	floor = 16 << 20
	// budget is the size up to which it may grow with much in it: ten thousand repos have 100 MB.
	budget = 160 << 20
	// least is the least share of what is live that is added, in percent. Below it the collector would be at work all the time.
	least = 40
	// hundred is what Go lets the heap grow to at a share of 100 percent, however little is live; at other shares in proportion.
	hundred = 4 << 20
	// worthwhile is how much must be free at least before it goes back to the system. The next keystroke does not feel it.
	worthwhile = 2 << 20
)

// Start begins to tune; alsoFree is called when memory goes back, to give back what is not Go's. Where the environment has GOGC or
// GOMEMLIMIT, the person knows better and nothing is done.
func Start(alsoFree func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	freeOther = alsoFree
	debug.SetGCPercent(percent(0))
	again(new(sentinel))
}

// percent is the share for a live heap of so many bytes.
func percent(live uint64) int {
	target := max(min(3*live, budget), floor)
	if target <= live {
		return least
	}
	return int(max(min((target-live)*100/max(live, 1), target*100/hundred), least))
}

// sentinel is garbage at once: its finalizer runs after each collection.
type sentinel struct{ _ [16]byte }

func again(s *sentinel) {
	runtime.SetFinalizer(s, func(*sentinel) {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		debug.SetGCPercent(percent(sample[0].Value.Uint64()))
		if collections() > returned.Load() {
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
	// freeOther gives back what is not Go's.
	freeOther func()
	// returned is how many collections there had been when memory was last given back: these are no reason to do it again.
	returned atomic.Uint64
)

func stopped(t *time.Timer) *time.Timer {
	t.Stop()
	return t
}

// giveBack gives the system what is free, where that is much beside what is live: it takes two collections, since what is in a sync.Pool
// outlives one.
func giveBack() {
	if live, free := liveAndFree(); free > max(worthwhile, live/4) {
		returned.Store(math.MaxUint64)
		runtime.GC()
		debug.FreeOSMemory()
		freeOther()
		returned.Store(collections())
	}
}

// collections is how many there have been.
func collections() uint64 {
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// liveAndFree are how many bytes of the heap were live at the last collection, and how many are garbage since or free and not given
// back.
func liveAndFree() (live, free uint64) {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(sample)
	live = sample[0].Value.Uint64()
	objects := max(sample[1].Value.Uint64(), live)
	return live, objects - live + sample[2].Value.Uint64()
}
