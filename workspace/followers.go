package workspace

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

// Follower is an input, or an override, of a leaf that follows an input of pins.
type Follower struct {
	// Dir is the leaf's folder, Path the input or override.
	Dir  string
	Path []string
}

// Followers gives, by the name of each input of a pins flake, who follows it or something below it, sorted by folder. Names that
// pins does not have are among them where a leaf follows them.
func (s *Snapshot) Followers(id PinsID) map[string][]Follower {
	all := map[string][]Follower{}
	for _, l := range s.Leaves() {
		if l.Pins != id {
			continue
		}
		summary := s.summary(filepath.Join(l.Dir, flakeName))
		for in := range summary.Inputs() {
			if in.IsFollow && len(in.Follows) > 1 && in.Follows[0] == l.Input {
				all[in.Follows[1]] = append(all[in.Follows[1]], Follower{l.Dir, in.Path})
			}
		}
	}
	return all
}

// Orphans are the names of the inputs of a pins flake of the workspace that nobody follows, sorted: no leaf, and no input or
// override of pins itself.
func (s *Snapshot) Orphans(id PinsID) []string {
	if id.Dir == "" {
		return nil
	}
	pins := s.summary(filepath.Join(id.Dir, flakeName))
	if pins == nil {
		return nil
	}
	followed := map[string]bool{}
	for name := range s.Followers(id) {
		followed[name] = true
	}
	for in := range pins.Inputs() {
		if in.IsFollow && len(in.Follows) > 0 {
			followed[in.Follows[0]] = true
		}
	}
	var orphans []string
	for in := range pins.Inputs() {
		if len(in.Path) == 1 && !followed[in.Path[0]] {
			orphans = append(orphans, in.Path[0])
		}
	}
	slices.Sort(orphans)
	return orphans
}

// Candidate is a source that pins could offer.
type Candidate struct {
	Source ref.Source
	// Uses are the inputs of leaves that refer to it, sorted by folder.
	Uses []SourceUse
}

// Candidates are the sources that two leaves of a pins flake or more refer to, each on its own, and that pins lacks, those that
// most leaves use first. Registry ids are resolved.
func (s *Snapshot) Candidates(id PinsID) []Candidate {
	offered := map[ref.Source]bool{}
	if pins := s.summary(filepath.Join(id.Dir, flakeName)); id.Dir != "" && pins != nil {
		s.eachResolvedUse(pins, func(source ref.Source, _ SourceUse) { offered[source] = true })
	} else if h := s.History(id); h.Newest != nil {
		for _, in := range h.Newest.Inputs() {
			offered[s.Source(in.Node.Original())] = true
			offered[s.Source(in.Node.Locked())] = true
		}
	}
	uses := map[ref.Source][]SourceUse{}
	leaves := map[ref.Source]map[string]bool{}
	for _, l := range s.Leaves() {
		if l.Pins != id {
			continue
		}
		s.eachResolvedUse(s.summary(filepath.Join(l.Dir, flakeName)), func(source ref.Source, use SourceUse) {
			if offered[source] || source.Local() || use.Path[0] == l.Input {
				return
			}
			uses[source] = append(uses[source], use)
			if leaves[source] == nil {
				leaves[source] = map[string]bool{}
			}
			leaves[source][l.Dir] = true
		})
	}
	var list []Candidate
	for _, source := range slices.Sorted(maps.Keys(uses)) {
		if len(leaves[source]) > 1 {
			list = append(list, Candidate{source, uses[source]})
		}
	}
	sortslice.StableFunc(list, func(a, b Candidate) int { return len(leaves[b.Source]) - len(leaves[a.Source]) })
	return list
}

// AllPins are the pins flakes of the workspace's leaves, and those that are called pins and have no leaf: first those that lie
// here, by folder, then the others, by source.
func (s *Snapshot) AllPins() []PinsID {
	known := map[PinsID]bool{}
	for _, l := range s.Leaves() {
		known[l.Pins] = true
	}
	for _, dir := range s.pinsFlakes() {
		known[PinsID{Dir: dir}] = true
	}
	return slices.SortedFunc(maps.Keys(known), func(a, b PinsID) int {
		switch {
		case a.Dir == "" && b.Dir != "":
			return 1
		case a.Dir != "" && b.Dir == "":
			return -1
		}
		return slices.Compare([]string{a.Dir, string(a.Source), a.Folder}, []string{b.Dir, string(b.Source), b.Folder})
	})
}
