package workspace_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// countedAdoption is Adoption from the answers of which it is the count.
func countedAdoption(s *workspace.Snapshot, id workspace.PinsID) *workspace.Adoption {
	a := &workspace.Adoption{Followers: map[string]int{}}
	for _, l := range s.Leaves() {
		if l.Pins != id {
			continue
		}
		a.Leaves++
		if at, ok := s.HistoryOf(l).Standing(l); ok && at.Behind > 0 {
			a.Behind++
		}
		if _, locked := l.Node(); !locked {
			a.Unlocked++
		}
	}
	for name, followers := range s.Followers(id) {
		leaves := map[string]bool{}
		for _, f := range followers {
			leaves[f.Dir] = true
		}
		a.Follows += len(followers)
		a.Followers[name] = len(leaves)
	}
	return a
}

// wrongAdoption is the difference of what is counted ahead to what is counted at the question, "" where there is none.
func wrongAdoption(s *workspace.Snapshot) string {
	for _, id := range s.AllPins() {
		if diff := cmp.Diff(countedAdoption(s, id), s.Adoption(id)); diff != "" {
			return fmt.Sprintf("%+v: %s", id, diff)
		}
	}
	return ""
}

// Breaks when an edit of an open leaf, of its lock or of the lock of pins is not counted, or is counted twice.
func TestAdoption(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "work/pins/flake.nix", historyPins)
	write(t, dir, "work/pins/flake.lock", pinsLock("3"))
	for i := range 4 {
		write(t, dir, fmt.Sprintf("work/leaf%d/flake.nix", i), historyLeaf)
		write(t, dir, fmt.Sprintf("work/leaf%d/flake.lock", i), leafLock(fmt.Sprint("c", i), 2+i, fmt.Sprint(i)))
	}
	w := indexed(t, options(dir))
	id := workspace.PinsID{Dir: filepath.Join(dir, "work", "pins")}
	ask := func(what string, want workspace.Adoption) {
		t.Helper()
		if diff := cmp.Diff(want, *w.Snapshot().Adoption(id)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		if diff := wrongAdoption(w.Snapshot()); diff != "" {
			t.Errorf("%s: not what is counted at the question: %s", what, diff)
		}
	}
	ask("at first", workspace.Adoption{Leaves: 4, Behind: 3, Follows: 4, Followers: map[string]int{"nixpkgs": 4}})
	leaf := filepath.Join(dir, "work", "leaf0", "flake.nix")
	w.Open(leaf, 1, `{ inputs = { pins.url = "github:acme/pins"; n.follows = "pins/nixpkgs"; nixpkgs.follows = "pins/nixpkgs"; tool.follows = "pins/tool"; }; outputs = _: { }; }`)
	ask("with a leaf open", workspace.Adoption{Leaves: 4, Behind: 3, Follows: 6, Followers: map[string]int{"nixpkgs": 4, "tool": 1}})
	w.Open(filepath.Join(dir, "work", "leaf0", "flake.lock"), 1, leafLock("c3", 5, "3"))
	ask("with its lock open", workspace.Adoption{Leaves: 4, Behind: 2, Follows: 6, Followers: map[string]int{"nixpkgs": 4, "tool": 1}})
	w.Change(leaf, 2, `{ outputs = _: { }; }`)
	ask("no leaf any more", workspace.Adoption{Leaves: 3, Behind: 2, Follows: 3, Followers: map[string]int{"nixpkgs": 3}})
	w.Open(filepath.Join(dir, "work", "pins", "flake.lock"), 1, pinsLock("4"))
	ask("with the lock of pins open", workspace.Adoption{Leaves: 3, Behind: 3, Follows: 3, Followers: map[string]int{"nixpkgs": 3}})
	w.Close(leaf)
	ask("with the leaf closed", workspace.Adoption{Leaves: 4, Behind: 4, Follows: 4, Followers: map[string]int{"nixpkgs": 4}})
}

// fleet is 10,000 leaves of a pins flake, which is open.
func fleet(b *testing.B) (w *workspace.Workspace, id workspace.PinsID) {
	dir := b.TempDir()
	write(b, dir, "work/pins/flake.nix", historyPins)
	write(b, dir, "work/pins/flake.lock", pinsLock("3"))
	for i := range 10_000 {
		write(b, dir, fmt.Sprintf("work/r%d/flake.nix", i), historyLeaf)
		write(b, dir, fmt.Sprintf("work/r%d/flake.lock", i), leafLock(fmt.Sprint("c", i%20), 1+i%20, fmt.Sprint(i%20)))
	}
	w = indexed(b, options(dir))
	id = workspace.PinsID{Dir: filepath.Join(dir, "work", "pins")}
	w.Open(filepath.Join(id.Dir, "flake.nix"), 1, historyPins)
	w.Snapshot().Adoption(id)
	return w, id
}

// BenchmarkAdoption is what a keystroke in the pins flake of 10,000 leaves costs until their number is there.
func BenchmarkAdoption(b *testing.B) {
	w, id := fleet(b)
	for b.Loop() {
		w.Change(filepath.Join(id.Dir, "flake.nix"), 2, historyPins).Adoption(id)
	}
}

// BenchmarkDropped is what it costs there until it is known that nobody loses an input, and who does while one that all follow is gone.
func BenchmarkDropped(b *testing.B) {
	w, id := fleet(b)
	for _, c := range []struct {
		name, pins string
		lost       int
	}{{"none", historyPins, 0}, {"all", strings.ReplaceAll(historyPins, "nixpkgs.url", "other.url"), 10_000}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				n := 0
				for _, d := range w.Change(filepath.Join(id.Dir, "flake.nix"), 2, c.pins).Dropped(id) {
					n += len(d.Followers)
				}
				if n != c.lost {
					b.Fatalf("%d leaves lose an input, want %d", n, c.lost)
				}
			}
		})
	}
}
