package workspace

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
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
	// Ref is the branch or tag of pins that it refers to, "" for the default one.
	Ref string
	// Local says that it refers to the folder, or the repository, of pins on this disk: what that has need not be pushed.
	Local bool
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
		s.noteDocument(path, d)
		if file, err := s.File(path); err == nil {
			if graph, err := file.Lock(); err == nil {
				return graph
			}
		}
		s.noteSaved(path, s.entry(path))
	}
	e := s.entry(path)
	e.load(s.workspace)
	return e.graph()
}

// HasSoundLock says whether a folder has a closed flake.lock with nothing wrong in it, as the index has it: its text is not read again.
func (s *Snapshot) HasSoundLock(dir string) bool {
	path := filepath.Join(dir, lockName)
	if s.open[path] != nil {
		return false
	}
	graph, _, _ := s.lockBeside(dir)
	return graph != nil && len(graph.Problems) == 0
}

// LeafAt is the leaf of a folder, nil where its flake has no input that settings call pins. A flake that is called pins itself,
// one that is standalone, and templates and the like are no leaves.
func (s *Snapshot) LeafAt(dir string) *Leaf {
	path := filepath.Join(dir, flakeName)
	summary := s.summary(path)
	if summary == nil || s.Exempt(path) {
		return nil
	}
	return s.leaf(summary)
}

// pinsSet is the name of a flake's pins input, "" where it has none, and what its lock holds there, nil where it has none.
func (s *Snapshot) pinsSet(summary *Summary, c *config.Config) (input string, in *lock.Graph, set *PackageSet) {
	i := slices.IndexFunc(c.Pins.Inputs, summary.Has)
	if i < 0 {
		return "", nil, nil
	}
	in = s.LockOf(summary.Dir)
	return c.Pins.Inputs[i], in, s.setOf(summary.Dir, in, c.Pins.Inputs[i:i+1:i+1])
}

func (s *Snapshot) leaf(summary *Summary) *Leaf {
	c := s.configIn(summary.Dir)
	l := &Leaf{Dir: summary.Dir}
	if l.Input, l.Lock, l.Set = s.pinsSet(summary, c); l.Input == "" || s.RoleOf(summary) != RoleLeaf {
		return nil
	}
	declared, _ := summary.Input(l.Input)
	// As much of a flake as who pins is asks for.
	in := &Input{
		Name: l.Input, Path: declared.Path, Reference: declared.Reference, HasReference: declared.HasReference, Indirect: declared.Indirect,
		Follows: declared.Follows, IsFollow: declared.IsFollow, IsFlake: declared.IsFlake,
	}
	f := &Flake{Dir: summary.Dir, Inputs: []*Input{in}, Lock: l.Lock}
	l.Ref = declared.Reference.Ref()
	switch declared.Reference.Type() {
	case ref.Path:
		l.Local = true
	case ref.Git:
		l.Local = declared.Reference.Source().Local()
	}
	l.Pins.Dir = s.folderMeant(f, in, c)
	node, _ := l.Node()
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

// Leaves are the leaves of the workspace, sorted by folder: those below the roots, and open ones.
func (s *Snapshot) Leaves() []*Leaf {
	s = s.asks(question{about: leaves})
	s.caches.leavesOnce.Do(func() {
		if s.reshaped() {
			s.caches.leaves = s.findLeaves()
			return
		}
		known := s.closedLeaves()
		over := s.overlaidLeaves()
		if len(over) == 0 {
			s.caches.leaves = known
			return
		}
		list := slices.DeleteFunc(slices.Clone(known), func(l *Leaf) bool { _, replaced := over[l.Dir]; return replaced })
		for _, dir := range slices.Sorted(maps.Keys(over)) {
			if over[dir] != nil {
				list = append(list, over[dir])
			}
		}
		slices.SortFunc(list, byFolder)
		s.caches.leaves = list
	})
	return s.caches.leaves
}

func byFolder(a, b *Leaf) int { return cmp.Compare(a.Dir, b.Dir) }

// closedLeaves finds out which of the closed flakes are leaves.
func (s *Snapshot) closedLeaves() []*Leaf {
	s.facts.leavesOnce.Do(func() { s.facts.leaves = s.closed().findLeaves() })
	return s.facts.leaves
}

// findLeaves asks every flake.
func (s *Snapshot) findLeaves() []*Leaf {
	var list []*Leaf
	for path := range s.paths() {
		if filepath.Base(path) != flakeName {
			continue
		}
		if l := s.LeafAt(filepath.Dir(path)); l != nil {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, byFolder)
	return list
}

// reshaped says whether an open document is a flake, or a pins flake, that the disk does not have, or the other way round: then
// closed leaves may mean another pins than the facts say.
func (s *Snapshot) reshaped() bool {
	for path := range s.open {
		if filepath.Base(path) == flakeName && s.shapeOf(path) != s.closed().shapeOf(path) {
			return true
		}
	}
	return false
}

// flakeShape is what others can see of a flake without its inputs.
type flakeShape struct{ isFlake, isPins bool }

func (s *Snapshot) shapeOf(path string) flakeShape {
	summary := s.summary(path)
	return flakeShape{summary != nil, summary != nil && s.RoleOf(summary) == RolePins}
}

// closed is the snapshot as it would be without open manifests and locks, for what is shared by snapshots with others. Open
// settings hold in it: what is shared is forgotten when they change.
func (s *Snapshot) closed() *Snapshot {
	s.caches.closedOnce.Do(func() { s.caches.closedSnapshot = s.withoutDocuments() })
	return s.caches.closedSnapshot
}

func (s *Snapshot) withoutDocuments() *Snapshot {
	settings := map[string]*document{}
	for path, document := range s.open {
		if filepath.Base(path) == config.FileName {
			settings[path] = document
		}
	}
	if len(settings) == len(s.open) {
		return s
	}
	c := s.copy()
	c.open = settings
	return c
}

// overlaidLeaves are the leaves, or nil, of the folders of which closedLeaves does not tell the present state: of open manifests and
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
