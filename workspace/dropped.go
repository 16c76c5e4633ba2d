package workspace

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Dropped is an input that a pins flake has no more, and that leaves follow.
type Dropped struct {
	Name string
	// Followers are who follows it, sorted by folder. There is one at least.
	Followers []Follower
}

// Dropped gives the inputs that a pins flake of the workspace has dropped, sorted by name: its flake.nix has them on the disk or at HEAD, or the
// flake.lock beside it does, and the flake.nix at hand has not, or it had them when it had what a leaf holds. A leaf at a version of pins, or
// at another flake's pins, keeps what it has and is not among the followers. The list is not the caller's own.
func (s *Snapshot) Dropped(id PinsID) []Dropped {
	if id.Dir == "" {
		return nil
	}
	s = s.asks(question{about: droppedInputs, folder: id.Dir})
	known, ok := s.caches.dropped.Load(id) // the hash of the answer needed it too
	if !ok {
		known, _ = s.caches.dropped.LoadOrStore(id, s.findDropped(id))
	}
	return known.([]Dropped)
}

func (s *Snapshot) findDropped(id PinsID) []Dropped {
	path := filepath.Join(id.Dir, flakeName)
	pins, saved := s.summary(path), s.closed().summary(path)
	if pins == nil {
		return nil
	}
	var missing []string
	for name := range s.followed(id) {
		if !pins.Has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil // so it is at nearly every key
	}
	slices.Sort(missing)
	followers, history, locked := s.Followers(id), s.History(id), s.SetOfPins(id.Dir)
	var list []Dropped
	for _, name := range missing {
		had := saved != nil && saved.Has(name) || slices.Contains(history.Committed, name) || locked.has(name)
		d := Dropped{Name: name}
		for _, f := range followers[name] {
			if s.wouldLose(f, name, had, history) {
				d.Followers = append(d.Followers, f)
			}
		}
		if len(d.Followers) > 0 {
			list = append(list, d)
		}
	}
	return list
}

// wouldLose says whether the next update of pins takes from a follower what pins had; had says that it has it until what is at hand is saved,
// locked and committed.
func (s *Snapshot) wouldLose(f Follower, name string, had bool, history *History) bool {
	leaves := s.Leaves()
	i, found := slices.BinarySearchFunc(leaves, f.Dir, func(l *Leaf, dir string) int { return cmp.Compare(l.Dir, dir) })
	if !found {
		return false
	}
	l := leaves[i]
	summary := s.summary(filepath.Join(f.Dir, flakeName))
	declared, _ := summary.Input(l.Input)
	if r := declared.Reference; declared.IsFollow || r.Rev() != "" || r.Type() == ref.Tarball || !history.IsFor(l.Ref) {
		return false
	}
	if top, _ := summary.Input(f.Path[0]); len(f.Path) > 1 && (top.IsFollow || !top.IsFlake) {
		return false // Nix does not look at the override
	}
	if l.Lock != nil && overridesNothing(l.Lock, f.Path) {
		return false // Nix warns of it, and does not go where it leads
	}
	if l.Set.has(name) {
		return had || history.HasHeld(l)
	}
	return had || history.had(name) // its lock is older than what it follows, or there is none
}

// overridesNothing says whether the input that an override is of is locked and has no such input, or follows another one.
func overridesNothing(graph *lock.Graph, path []string) bool {
	at := graph.Root()
	for i, name := range path {
		in, ok := at.Input(name)
		switch {
		case !ok:
			return i > 0
		case i == len(path)-1, in.Target == lock.NoNode:
			return false
		case in.Follows != nil:
			return true
		}
		at = at.Of(in.Target)
	}
	return false
}

// followed are the names of the inputs of a pins flake that leaves follow, and of what they follow that is none, each with how many do. What
// leaves are behind, which is the dear part of Adoption, is not asked.
func (s *Snapshot) followed(id PinsID) map[string]int {
	closed := s.closed()
	if s == closed || s.reshaped() {
		return s.Adoption(id).Followers
	}
	a := Adoption{Followers: maps.Clone(s.closedAdoption(id).Followers)}
	for dir := range s.openFolders() {
		a.addFollowers(closed, id, closed.indexedLeaf(dir), -1)
		a.addFollowers(s, id, s.indexedLeaf(dir), 1)
	}
	return a.Followers
}
