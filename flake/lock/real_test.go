package lock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// realLocks are the lock files of public projects, by name.
func realLocks(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/real/*.flake.lock")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d real locks, %v", len(files), err)
	}
	locks := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		locks[strings.TrimSuffix(filepath.Base(file), ".flake.lock")] = string(content)
	}
	return locks
}

// Breaks when something in a real lock is taken for wrong, an edge is not resolved, or a span is not where its part stands.
func TestRealLocks(t *testing.T) {
	for name, source := range realLocks(t) {
		g, err := Parse(source)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range g.Problems {
			t.Errorf("%s: %s: %s", name, p.Code, p.Message)
		}
		for n := range g.Nodes() {
			if got := n.KeySpan().In(source); got != `"`+n.Key()+`"` {
				t.Errorf("%s: the key %q spans %s", name, n.Key(), got)
			}
			if at, ok := g.At(n.KeySpan().Start); !ok || at != n {
				t.Errorf("%s: %q stands at the key of %q", name, at.Key(), n.Key())
			}
			if n != g.Root() && (n.Original().IsZero() || n.Locked().IsZero() || n.NarHash() == "" && !n.Locked().Relative()) {
				t.Errorf("%s: %q is not read whole", name, n.Key())
			}
			if _, ok := n.LastModified(); !ok && n != g.Root() && !n.Locked().Relative() && n.Locked().Type() != ref.File {
				t.Errorf("%s: %q has no date", name, n.Key())
			}
			for in := range n.Inputs() {
				if in.Target == NoNode || in.NameSpan.In(source) != `"`+in.Name+`"` {
					t.Errorf("%s: the input %q of %q: %+v", name, in.Name, n.Key(), in)
				}
				if in.Follows == nil && in.Span.In(source) != `"`+g.Node(in.Target).Key()+`"` {
					t.Errorf("%s: the input %q of %q spans %s", name, in.Name, n.Key(), in.Span.In(source))
				}
				if in.Follows == nil {
					continue
				}
				if target, err := g.Resolve(in.Follows); err != nil || target.ID() != in.Target {
					t.Errorf("%s: the input %q of %q follows %q: %v", name, in.Name, n.Key(), in.Follows, err)
				}
				if chain := g.Chain(in); len(chain) == 0 || len(chain) > 10 {
					t.Errorf("%s: the input %q of %q has the chain %q", name, in.Name, n.Key(), chain)
				}
			}
			paths := g.Paths(n.ID(), 5)
			if len(paths) == 0 {
				t.Errorf("%s: no path leads to %q", name, n.Key())
			}
			for _, path := range paths {
				if target, err := g.Resolve(path); err != nil || target != n {
					t.Errorf("%s: the path %q does not lead to %q: %v", name, path, n.Key(), err)
				}
			}
		}
	}
}
