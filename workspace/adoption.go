package workspace

import (
	"maps"
	"path/filepath"
	"slices"
)

// Adoption counts what the leaves of a pins flake make of it.
type Adoption struct {
	// Leaves counts the leaves, and Behind those of them whose lock holds a package set that pins has had newer ones than.
	Leaves, Behind int
	// Unlocked counts those whose lock, if there is one, has no pins: where they stand is not known.
	Unlocked int
	// Follows counts the inputs, and overrides, of leaves that follow one of pins or something below it.
	Follows int
	// Followers counts the leaves that follow an input of pins, by its name.
	Followers map[string]int
}

// adoptionKey is what an Adoption of closed flakes holds for: a pins flake, and what the disk has.
type adoptionKey struct {
	pins PinsID
	disk *disk
}

// Adoption counts what Followers and History tell of the leaves one by one: it is there at each key, however many there are. It
// must not be changed.
func (s *Snapshot) Adoption(id PinsID) *Adoption {
	s = s.asksAnything()
	if known, ok := s.caches.adoptions.Load(id); ok {
		return known.(*Adoption)
	}
	known, _ := s.caches.adoptions.LoadOrStore(id, s.adoption(id))
	return known.(*Adoption)
}

// adoption is that of the closed flakes, which is shared by all snapshots between two changes of the disk, with what is open laid
// over it.
func (s *Snapshot) adoption(id PinsID) *Adoption {
	closed := s.closed()
	if s == closed || s.reshaped() {
		return s.countAdoption(id)
	}
	a := *s.closedAdoption(id)
	a.Followers = maps.Clone(a.Followers)
	history, before := s.History(id), closed.History(id)
	for dir := range s.openFolders() {
		a.add(closed, before, id, closed.indexedLeaf(dir), -1)
		a.add(s, history, id, s.indexedLeaf(dir), 1)
	}
	if history != before { // what one leaf holds, or pins itself, moves all of them
		a.Behind = 0
		for _, l := range s.Leaves() {
			a.Behind += s.behind(history, id, l)
		}
	}
	return &a
}

// closedAdoption is that of the closed flakes alone.
func (s *Snapshot) closedAdoption(id PinsID) *Adoption {
	key := adoptionKey{id, s.disk}
	known, ok := s.facts.adoptions.Load(key)
	if !ok {
		s.facts.adoptions.Clear() // those of earlier disks
		known, _ = s.facts.adoptions.LoadOrStore(key, s.closed().countAdoption(id))
	}
	return known.(*Adoption)
}

// openFolders are the folders of which a flake.nix or a flake.lock is open.
func (s *Snapshot) openFolders() map[string]bool {
	dirs := map[string]bool{}
	for path := range s.open {
		if name := filepath.Base(path); name == flakeName || name == lockName {
			dirs[filepath.Dir(path)] = true
		}
	}
	return dirs
}

// indexedLeaf is the leaf of a folder if it is among Leaves.
func (s *Snapshot) indexedLeaf(dir string) *Leaf {
	if !s.exists(filepath.Join(dir, flakeName)) {
		return nil
	}
	return s.LeafAt(dir)
}

func (s *Snapshot) countAdoption(id PinsID) *Adoption {
	a := &Adoption{Followers: map[string]int{}}
	history := s.History(id)
	for _, l := range s.Leaves() {
		a.add(s, history, id, l, 1)
	}
	return a
}

// add counts a leaf n times; one of another pins, and nil, not at all.
func (a *Adoption) add(s *Snapshot, history *History, id PinsID, l *Leaf, n int) {
	if l == nil || l.Pins != id {
		return
	}
	a.Leaves += n
	a.Behind += n * s.behind(history, id, l)
	if l.Set == nil {
		a.Unlocked += n
	}
	a.addFollowers(s, id, l, n)
}

// addFollowers is the part of add that tells of what a leaf follows.
func (a *Adoption) addFollowers(s *Snapshot, id PinsID, l *Leaf, n int) {
	if l == nil || l.Pins != id {
		return
	}
	summary := s.summary(filepath.Join(l.Dir, flakeName))
	var counted []string
	for in := range summary.Inputs() {
		if !in.IsFollow || len(in.Follows) < 2 || in.Follows[0] != l.Input {
			continue
		}
		a.Follows += n
		if name := in.Follows[1]; !slices.Contains(counted, name) {
			counted = append(counted, name)
			if a.Followers[name] += n; a.Followers[name] == 0 {
				delete(a.Followers, name)
			}
		}
	}
}

// behind is 1 for a leaf of the pins flake that is, along the branch that it refers to.
func (s *Snapshot) behind(history *History, id PinsID, l *Leaf) int {
	if l.Pins != id {
		return 0
	}
	if l.elsewhere(history.Branch) {
		history = s.HistoryOf(l)
	}
	if at, ok := history.Standing(l); ok && at.Behind > 0 {
		return 1
	}
	return 0
}
