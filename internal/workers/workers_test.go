package workers_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
)

// Breaks when something is done twice or not at all, or when a failure, or an end from outside, is not told.
func TestEach(t *testing.T) {
	var done [1000]atomic.Int32
	if err := workers.Each(context.Background(), len(done), func(i int) error { done[i].Add(1); return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range done {
		if n := done[i].Load(); n != 1 {
			t.Fatalf("%d was done %d times", i, n)
		}
	}
	wrong := errors.New("wrong")
	var after atomic.Int32
	err := workers.Each(context.Background(), 1<<30, func(i int) error {
		if i == 100 {
			return wrong
		}
		if i > 100 {
			after.Add(1)
		}
		return nil
	})
	if err != wrong {
		t.Errorf("the error is %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	err = workers.Each(ctx, 1<<30, func(i int) error { stop(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context the error is %v", err)
	}
	if err := workers.Each(context.Background(), 0, nil); err != nil {
		t.Errorf("nothing to do gives %v", err)
	}
}

const child = "WORKERS_TEST_CHILD"

// Breaks when the scheduler has no processor more than there are workers while many things are done, or keeps it, when the number of workers
// grows with it, or when what the environment says is overruled. It takes a process of its own: the setting is for all of one.
func TestSpareProcessor(t *testing.T) {
	if os.Getenv(child) != "" {
		before := runtime.GOMAXPROCS(0)
		var most, count atomic.Int64
		note := func(int) error {
			most.Store(max(most.Load(), int64(runtime.GOMAXPROCS(0))))
			count.Store(max(count.Load(), int64(workers.Count())))
			return nil
		}
		if err := workers.Each(context.Background(), 10, note); err != nil {
			t.Fatal(err)
		}
		few := most.Load()
		within := func(int) error { return workers.Each(context.Background(), 1000, note) } // one in another one takes no second
		if err := workers.Each(context.Background(), 1000, within); err != nil {
			t.Fatal(err)
		}
		println(int(few)-before, int(most.Load())-before, int(count.Load())-before, runtime.GOMAXPROCS(0)-before)
		return
	}
	for _, c := range []struct{ variable, want string }{{"", "0 1 0 0"}, {"GOMAXPROCS=3", "0 0 0 0"}} {
		command := exec.Command(os.Args[0], "-test.run", "^TestSpareProcessor$")
		command.Env = append(os.Environ(), child+"=1", c.variable)
		out, err := command.CombinedOutput()
		if got, _, _ := strings.Cut(string(out), "\n"); err != nil || got != c.want {
			t.Errorf("with %q it prints %s (%v), want %s", c.variable, out, err, c.want)
		}
	}
}
