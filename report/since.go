package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

// Changes is what is different from an earlier inventory.
type Changes struct {
	// Since is when the earlier inventory was written.
	Since time.Time `json:"since"`
	// Added and Removed are names of flakes.
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	// CaughtUp are the leaves that have the newest package set and had not, sorted.
	CaughtUp []string `json:"caughtUp"`
	// Leaves are those that are nearer to the newest set than before, or farther from it, and are not among CaughtUp.
	Leaves []LeafChange `json:"leaves"`
	// Sources are those with more versions than before, or fewer. Those that came or went count from or to 0.
	Sources []SourceChange `json:"sources"`
	// Moved are the versions that inputs gave up for another one, those that most flakes made first.
	Moved []Move `json:"moved"`
	// PackageSets, Versions and Dispersed are the counts of the summary, before.
	PackageSets int `json:"packageSetsBefore"`
	Versions    int `json:"versionsBefore"`
	Dispersed   int `json:"dispersedBefore"`
}

// LeafChange is a leaf that is as many sets behind as it was not.
type LeafChange struct {
	Name   string `json:"name"`
	Before int    `json:"before"`
	After  int    `json:"after"`
}

// SourceChange is a source that has as many versions as it had not.
type SourceChange struct {
	Source string `json:"source"`
	Before int    `json:"before"`
	After  int    `json:"after"`
}

// Move is a version of a source that was given up for another one.
type Move struct {
	Source   string    `json:"source"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	FromDate time.Time `json:"fromDate,omitzero"`
	ToDate   time.Time `json:"toDate,omitzero"`
	// Flakes are the names of those that did so, sorted.
	Flakes []string `json:"flakes"`
}

// Compare tells what is different from an earlier inventory. Flakes are the same where repository and folder are.
func (r *Report) Compare(earlier *Inventory) {
	before := New(earlier)
	c := &Changes{
		Since: earlier.Generated.UTC(), Added: []string{}, Removed: []string{}, CaughtUp: []string{}, Leaves: []LeafChange{}, Sources: []SourceChange{}, Moved: []Move{},
		PackageSets: before.Summary.PackageSets, Versions: before.Summary.Versions, Dispersed: before.Summary.Dispersed,
	}
	c.compareFlakes(before, r)
	c.compareLeaves(before, r)
	c.compareSources(before, r)
	r.Changes = c
}

// flakesByID are the flakes of an inventory; of several clones the first counts.
func flakesByID(i *Inventory) map[FlakeID]*Flake {
	all := map[FlakeID]*Flake{}
	for _, f := range i.Flakes {
		if all[f.FlakeID] == nil {
			all[f.FlakeID] = f
		}
	}
	return all
}

func (c *Changes) compareFlakes(before, after *Report) {
	type move struct{ source, from, to string }
	moved := map[move]*Move{}
	old, present := flakesByID(before.inventory), flakesByID(after.inventory)
	for _, f := range before.inventory.Flakes {
		if present[f.FlakeID] == nil {
			c.Removed = append(c.Removed, f.Name)
		}
	}
	for _, f := range after.inventory.Flakes {
		was := old[f.FlakeID]
		if was == nil {
			c.Added = append(c.Added, f.Name)
			continue
		}
		locked := map[string]*Locked{}
		for _, in := range was.Inputs {
			if in.Locked != nil {
				locked[in.Path] = in.Locked
			}
		}
		for _, in := range f.Inputs {
			from, to := locked[in.Path], in.Locked
			if from == nil || to == nil || from.Source != to.Source || from.Version == to.Version {
				continue
			}
			key := move{to.Source, from.Version, to.Version}
			if moved[key] == nil {
				moved[key] = &Move{Source: to.Source, From: from.Version, To: to.Version, FromDate: from.At, ToDate: to.At}
			}
			if m := moved[key]; !slices.Contains(m.Flakes, f.Name) {
				m.Flakes = append(m.Flakes, f.Name)
			}
		}
	}
	for _, m := range moved {
		slices.Sort(m.Flakes)
		c.Moved = append(c.Moved, *m)
	}
	sortslice.Func(c.Moved, func(a, b Move) int {
		return cmp.Or(cmp.Compare(len(b.Flakes), len(a.Flakes)), cmp.Compare(a.Source, b.Source), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

func (c *Changes) compareLeaves(before, after *Report) {
	old := map[FlakeID]*Leaf{}
	for i := range before.Leaves {
		old[before.Leaves[i].FlakeID] = &before.Leaves[i]
	}
	for i := range after.Leaves {
		l := &after.Leaves[i]
		was := old[l.FlakeID]
		if was == nil || was.Behind == nil || l.Behind == nil {
			continue
		}
		switch {
		case l.isCurrent() && !was.isCurrent():
			c.CaughtUp = append(c.CaughtUp, l.Name)
		case *l.Behind != *was.Behind:
			c.Leaves = append(c.Leaves, LeafChange{l.Name, *was.Behind, *l.Behind})
		}
	}
	slices.Sort(c.CaughtUp)
	sortslice.Func(c.Leaves, func(a, b LeafChange) int {
		return cmp.Or(cmp.Compare(b.After-b.Before, a.After-a.Before), cmp.Compare(a.Name, b.Name))
	})
}

func (c *Changes) compareSources(before, after *Report) {
	counts := map[string]*SourceChange{}
	of := func(source string) *SourceChange {
		if counts[source] == nil {
			counts[source] = &SourceChange{Source: source}
		}
		return counts[source]
	}
	for _, s := range before.Sources {
		of(s.Source).Before = len(s.Versions)
	}
	for _, s := range after.Sources {
		of(s.Source).After = len(s.Versions)
	}
	for _, source := range slices.Sorted(maps.Keys(counts)) {
		if s := counts[source]; s.Before != s.After {
			c.Sources = append(c.Sources, *s)
		}
	}
	sortslice.StableFunc(c.Sources, func(a, b SourceChange) int { return cmp.Compare(b.After-b.Before, a.After-a.Before) })
}
