package workspace

import (
	"cmp"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// PinsID tells one pins flake from another: by its folder where it lies here, else by where it comes from.
type PinsID struct {
	// Dir is the absolute path of the folder, "" where it is not here; then Source and Folder (the `dir` of the reference) tell.
	Dir    string
	Source ref.Source
	Folder string
}

// Leaf is a flake with a pins input, and what its lock holds.
type Leaf struct {
	// Dir is the absolute path of the folder.
	Dir string
	// Input is the name of its pins input, Pins which one that is.
	Input string
	Pins  PinsID
	// Lock is the flake.lock beside it, nil where there is none that can be read.
	Lock *lock.Graph
	// Set is what the lock holds below pins; nil where it has no pins.
	Set *PackageSet
}

// Node is the node of pins in the leaf's lock. ok is false where there is none.
func (l *Leaf) Node() (n lock.Node, ok bool) {
	if l.Set == nil {
		return lock.Node{}, false
	}
	return l.Set.Base, true
}

// LockOf is the flake.lock of a folder as other files see it: of an open one that is no JSON, what the disk has. It is nil
// where there is none that can be read.
func (s *Snapshot) LockOf(dir string) *lock.Graph {
	path := filepath.Join(dir, lockName)
	if d := s.open[path]; d != nil {
		if file, err := s.File(path); err == nil {
			if graph, err := file.Lock(); err == nil {
				return graph
			}
		}
	}
	e := s.entry(path)
	e.load(s.workspace)
	return e.lock
}

// LeafAt is the leaf of a folder, nil where its flake has no input that settings call pins. A flake that is called pins itself,
// one that is standalone, and templates and the like are no leaves.
func (s *Snapshot) LeafAt(dir string) *Leaf {
	summary := s.summary(filepath.Join(dir, flakeName))
	if summary == nil || s.Exempt(filepath.Join(dir, flakeName)) {
		return nil
	}
	return s.leaf(summary)
}

func (s *Snapshot) leaf(summary *Summary) *Leaf {
	c := s.Config(filepath.Join(summary.Dir, flakeName))
	i := slices.IndexFunc(c.Pins.Inputs, func(name string) bool { return summary.Input(name) != nil })
	if i < 0 || s.RoleOf(summary) != RoleLeaf {
		return nil
	}
	l := &Leaf{Dir: summary.Dir, Input: c.Pins.Inputs[i], Lock: s.LockOf(summary.Dir)}
	declared := summary.Input(l.Input)
	// As much of a flake as who pins is asks for.
	in := &Input{
		Name: l.Input, Path: declared.Path, Reference: declared.Reference, HasReference: declared.HasReference, Indirect: declared.Indirect,
		Follows: declared.Follows, IsFollow: declared.IsFollow, IsFlake: declared.IsFlake,
	}
	f := &Flake{Dir: summary.Dir, Inputs: []*Input{in}, Lock: l.Lock}
	l.Pins.Dir = s.folderMeant(f, in, c)
	node := inputNode(l.Lock, l.Input)
	if node != (lock.Node{}) {
		l.Set = s.setBelow(l.Dir, node, []string{l.Input})
	}
	if l.Pins.Dir == "" {
		if r, ok := s.referenceOf(f, in); ok {
			l.Pins.Source, l.Pins.Folder = s.Source(r), r.Dir()
			if dir, local := s.localDir(r, l.Dir); local { // a relative path says nothing alone
				l.Pins.Source, l.Pins.Folder = ref.Source(filepath.ToSlash(dir)), ""
			}
		}
		// An id that no registry here has: the lock tells what it was.
		if node != (lock.Node{}) && (l.Pins.Source == "" || strings.HasPrefix(string(l.Pins.Source), "flake:")) {
			l.Pins.Source, l.Pins.Folder = s.Source(node.Locked()), node.Locked().Dir()
		}
	}
	return l
}

// leafFacts is what the closed flakes of the workspace are as leaves.
type leafFacts struct {
	// list is sorted by folder.
	list []*Leaf
}

// Leaves are the leaves of the workspace, sorted by folder: those below the roots, and open ones.
func (s *Snapshot) Leaves() []*Leaf {
	s.leavesOnce.Do(func() {
		known := s.leafFacts().list
		over := s.overlaidLeaves()
		if len(over) == 0 {
			s.leaves = known
			return
		}
		list := slices.DeleteFunc(slices.Clone(known), func(l *Leaf) bool { _, replaced := over[l.Dir]; return replaced })
		for _, dir := range slices.Sorted(maps.Keys(over)) {
			if over[dir] != nil {
				list = append(list, over[dir])
			}
		}
		slices.SortFunc(list, byFolder)
		s.leaves = list
	})
	return s.leaves
}

func byFolder(a, b *Leaf) int { return cmp.Compare(a.Dir, b.Dir) }

// leafFacts finds out which of the closed flakes are leaves.
func (s *Snapshot) leafFacts() *leafFacts {
	s.facts.leavesOnce.Do(func() {
		var list []*Leaf
		for dir := range s.closedFlakes() {
			if l := s.closed().LeafAt(dir); l != nil {
				list = append(list, l)
			}
		}
		slices.SortFunc(list, byFolder)
		s.facts.leaves = leafFacts{list}
	})
	return &s.facts.leaves
}

// closedFlakes are the folders of the flakes found on the disk, sorted.
func (s *Snapshot) closedFlakes() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, path := range s.disk.judged {
			if filepath.Base(path) == flakeName && !yield(filepath.Dir(path)) {
				return
			}
		}
	}
}

// closed is the snapshot as it would be without open documents, for what is shared by snapshots with others.
func (s *Snapshot) closed() *Snapshot {
	if len(s.open) == 0 {
		return s
	}
	s.closedOnce.Do(func() {
		s.closedSnapshot = s.copy()
		s.closedSnapshot.open = nil
	})
	return s.closedSnapshot
}

// overlaidLeaves are the leaves, or nil, of the folders of which leafFacts does not tell the present state: of open manifests and
// locks, and of those that have changed on the disk since.
func (s *Snapshot) overlaidLeaves() map[string]*Leaf {
	over := map[string]*Leaf{}
	add := func(dir string) {
		if _, done := over[dir]; !done {
			if over[dir] = nil; s.exists(filepath.Join(dir, flakeName)) {
				over[dir] = s.LeafAt(dir)
			}
		}
	}
	for path := range s.open {
		if name := filepath.Base(path); name == flakeName || name == lockName {
			add(filepath.Dir(path))
		}
	}
	for _, dir := range s.touched {
		add(dir)
	}
	for _, dir := range s.relocked {
		add(dir)
	}
	return over
}
