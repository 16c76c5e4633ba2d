package gctune

import (
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"
	"weak"
)

// Breaks when a small heap is collected too often, or a large one takes more than its budget or stops the program.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 400}, {1 << 20, 400}, {3 << 20, 400}, {8 << 20, 200}, {16 << 20, 200}, {64 << 20, 150}, {100 << 20, 60}, {128 << 20, 40}, {1 << 30, 40}} {
		if got := percent(c.live); got != c.want {
			t.Errorf("%d MB live: %d %%, want %d", c.live>>20, got, c.want)
		}
	}
}

// Breaks when the share is not set anew after a collection.
func TestStart(t *testing.T) {
	old := debug.SetGCPercent(100)
	defer debug.SetGCPercent(old)
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	Start(func() {})
	live := make([]byte, 100<<20)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		runtime.GC()
		if now := debug.SetGCPercent(-1); now >= least && now <= 80 {
			runtime.KeepAlive(live)
			return
		} else {
			debug.SetGCPercent(now)
		}
	}
	runtime.KeepAlive(live)
	t.Error("with 100 MB live the share never became a small one")
}

// Breaks when what an index leaves behind, or what it has lent from a pool, stays with the process for as long as it is idle; when what is not
// Go's stays; or when giving back is itself taken for work, after which it is done again and again.
func TestGiveBack(t *testing.T) {
	old := debug.SetGCPercent(100)
	defer debug.SetGCPercent(old)
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	freed := make(chan struct{}, 100)
	Start(func() { freed <- struct{}{} })
	pool := sync.Pool{}
	lent := new([1 << 20]byte)
	pool.Put(lent)
	inPool := weak.Make(lent)
	garbage := make([][]byte, 200)
	for i := range garbage {
		garbage[i] = make([]byte, 1<<20)
	}
	runtime.KeepAlive(garbage)
	runtime.GC()
	select {
	case <-freed:
	case <-time.After(20 * time.Second):
		_, free := liveAndFree()
		t.Fatalf("%d MB are not given back", free>>20)
	}
	if _, free := liveAndFree(); free > worthwhile {
		t.Errorf("%d MB are free still", free>>20)
	}
	if inPool.Value() != nil {
		t.Error("what was in a pool is there still")
	}
	runtime.KeepAlive(&pool)
	for returned.Load() == math.MaxUint64 {
		runtime.Gosched()
	}
	if whenQuiet.Stop() {
		t.Error("memory is about to be given back again")
	}
}
