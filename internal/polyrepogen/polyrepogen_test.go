package polyrepogen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/polyrepogen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

func write(t *testing.T, o polyrepogen.Options) *polyrepogen.Polyrepo {
	t.Helper()
	p, err := polyrepogen.Write(realtools.TempDir(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Breaks when the leaves are no longer of the sizes that the budgets are made for: 3 to 30 inputs, 20 to 25 nodes a lock in
// the mean and up to 150, several package sets.
func TestShape(t *testing.T) {
	p := write(t, polyrepogen.Options{Seed: 1, Leaves: 1500})
	t.Log("\n" + p.Shape.String())
	if mean := polyrepogen.Mean(p.Shape.Nodes); mean < 20 || mean > 25 {
		t.Errorf("%.1f nodes a lock, want 20 to 25", mean)
	}
	if most := slices.Max(p.Shape.Nodes); most < 120 || most > 150 {
		t.Errorf("the largest lock has %d nodes, want 120 to 150", most)
	}
	if least, most := slices.Min(p.Shape.Inputs), slices.Max(p.Shape.Inputs); least != 3 || most != 30 {
		t.Errorf("%d to %d inputs, want 3 to 30", least, most)
	}
	if sets := len(p.Shape.Sets); sets < 8 {
		t.Errorf("%d package sets, want several", sets)
	}
}

// Breaks when the generator writes what is not right, or a parser refuses what is right.
func TestNoProblems(t *testing.T) {
	p := write(t, polyrepogen.Options{Seed: 2, Leaves: 400})
	for _, path := range p.Manifests {
		if m := parse.Parse(parse.Flake, read(t, path)); len(m.Errors) > 0 || len(m.Thunks) > 0 {
			t.Errorf("%s: %v %v", path, m.Errors, m.Thunks)
		}
	}
	for _, path := range p.Locks {
		g, err := lock.Parse(read(t, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if len(g.Problems) > 0 {
			t.Errorf("%s: %v", path, g.Problems)
		}
	}
}

// Breaks when the index finds other files than those that were written to be found: an ignored one, or one less.
func TestFound(t *testing.T) {
	p := write(t, polyrepogen.Options{Seed: 3, Leaves: 300})
	w := workspace.New(workspace.Options{Roots: []string{p.Root}})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	want := slices.Concat(p.Manifests, p.Locks, p.Settings)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Collect(w.Snapshot().Judged())); diff != "" {
		t.Error(diff)
	}
}

// Breaks when equal options give other files, so that two runs of a benchmark measure two things.
func TestDeterministic(t *testing.T) {
	texts := func(seed uint64) map[string]string {
		p := write(t, polyrepogen.Options{Seed: seed, Leaves: 50})
		m := map[string]string{}
		for _, path := range slices.Concat(p.Manifests, p.Locks, p.Settings, p.Others) {
			m[strings.TrimPrefix(path, p.Root)] = read(t, path)
		}
		return m
	}
	if first := texts(4); !maps.Equal(first, texts(4)) || maps.Equal(first, texts(5)) {
		t.Error("the seed does not decide what is written")
	}
}

// Breaks when real Nix would write another lock for a leaf: it has to take each as it is, without a fetch, and to print it to
// the byte.
func TestNixKeepsTheLocks(t *testing.T) {
	nix := realtools.NewNix(t)
	p := write(t, polyrepogen.Options{Seed: 6, Leaves: 400})
	tried := 0
	for i := 1; i < len(p.Locks) && tried < 20; i += 12 {
		dir := filepath.Dir(p.Locks[i])
		if refetched(t, read(t, filepath.Join(dir, "flake.nix")), read(t, p.Locks[i])) {
			continue
		}
		tried++
		metadata, _, err := nix.FlakeMetadata("path:"+dir, "--no-update-lock-file")
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		var answer struct{ Locks json.RawMessage }
		if err := json.Unmarshal(metadata, &answer); err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(read(t, p.Locks[i]))); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(compact.String(), string(answer.Locks)); diff != "" {
			t.Errorf("%s: Nix would write another lock:\n%s", dir, diff)
		}
	}
	if tried < 15 {
		t.Errorf("only %d leaves were tried", tried)
	}
}

// refetched says whether an input of the lock has follows of its own, so that Nix fetches its flake again to be sure of them.
func refetched(t *testing.T, flake, text string) bool {
	t.Helper()
	graph, err := lock.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	m := parse.Parse(parse.Flake, flake)
	for in := range graph.Root().Inputs() {
		overridden := func(name string) bool { return m.Input(in.Name).Override(name) != nil }
		if in.Follows == nil && graph.Node(in.Target).Refetches(overridden) {
			return true
		}
	}
	return false
}
