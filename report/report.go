package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

// Version is the version of the JSON of a report.
const Version = 1

// Report is what an inventory says. Its JSON is that of `report --format json`; docs/schema/report.schema.json describes it. Times
// that are not known are left out.
type Report struct {
	Version   int       `json:"version"`
	Generated time.Time `json:"generatedAt"`
	Summary   Summary   `json:"summary"`
	// Notes are whole sentences on how it was put together.
	Notes []string `json:"notes"`
	// Sources are those with most versions first.
	Sources []Source `json:"sources"`
	Pins    []Pins   `json:"pins"`
	// Leaves are those that are most sets behind first.
	Leaves []Leaf `json:"leaves"`
	// Duplicates are the sources that one lock holds at several versions.
	Duplicates []Duplicate `json:"duplicates"`
	// Changes are there where an earlier inventory was given.
	Changes *Changes `json:"changes,omitempty"`
	Budgets []Result `json:"budgets"`

	inventory *Inventory
}

// Summary is the headline.
type Summary struct {
	// Flakes counts all, Leaves those with a pins, Locked those whose flake.lock holds something.
	Flakes int `json:"flakes"`
	Leaves int `json:"leaves"`
	Locked int `json:"locked"`
	// Sources counts the different ones that are locked, Dispersed those of them with several versions, Versions the versions of all.
	Sources   int `json:"sources"`
	Dispersed int `json:"dispersed"`
	Versions  int `json:"versions"`
	// PackageSets counts the different ones that leaves have. Known are the leaves of which it is known how far they are behind, Current those of
	// them that have the newest set of their pins.
	PackageSets int `json:"packageSets"`
	Known       int `json:"known"`
	Current     int `json:"current"`
	// Behind is the most sets that a leaf is behind.
	Behind     int `json:"behind"`
	Candidates int `json:"candidates"`
	Orphans    int `json:"orphans"`
	Duplicates int `json:"duplicates"`
}

// Source is a source and its versions over all flakes.
type Source struct {
	Source string `json:"source"`
	// Flakes counts those that hold it.
	Flakes int `json:"flakes"`
	// Oldest and Newest are the dates of versions that are in use.
	Oldest time.Time `json:"oldest,omitzero"`
	Newest time.Time `json:"newest,omitzero"`
	// Versions are in the order of their dates, the newest first.
	Versions []SourceVersion `json:"versions"`
	// Names are what inputs with it are called, the most used first.
	Names []string `json:"names"`
}

// SourceVersion is one version of a source.
type SourceVersion struct {
	// Version is the commit, or the hash of the content of what has none.
	Version string    `json:"version"`
	Date    time.Time `json:"date,omitzero"`
	// Flakes are the names of those that hold it, sorted.
	Flakes []string `json:"flakes"`
}

// Duplicate is a source that one lock holds at several versions.
type Duplicate struct {
	Flake    string   `json:"flake"`
	Source   string   `json:"source"`
	Versions []string `json:"versions"`
}

// New says what an inventory holds.
func New(inventory *Inventory) *Report {
	r := &Report{
		Version: Version, Generated: inventory.Generated.UTC(), Notes: append([]string{}, inventory.Notes...),
		Sources: []Source{}, Pins: []Pins{}, Leaves: []Leaf{}, Duplicates: []Duplicate{}, Budgets: []Result{}, inventory: inventory,
	}
	r.findSources()
	r.findPins()
	for _, f := range inventory.Flakes {
		r.Summary.Flakes++
		if f.isLocked() {
			r.Summary.Locked++
		}
	}
	r.Summary.Sources = len(r.Sources)
	for _, s := range r.Sources {
		r.Summary.Versions += len(s.Versions)
		if len(s.Versions) > 1 {
			r.Summary.Dispersed++
		}
	}
	sets := map[string]bool{}
	for _, l := range r.Leaves {
		r.Summary.Leaves++
		if l.PackageSet != "" {
			sets[l.PackageSet] = true
		}
		if l.isCurrent() {
			r.Summary.Current++
		}
		if l.Behind != nil {
			r.Summary.Known++
			r.Summary.Behind = max(r.Summary.Behind, *l.Behind)
		}
	}
	r.Summary.PackageSets, r.Summary.Duplicates = len(sets), len(r.Duplicates)
	for _, p := range r.Pins {
		r.Summary.Candidates += len(p.Candidates)
		r.Summary.Orphans += len(p.Orphans)
	}
	return r
}

// findSources counts versions.
func (r *Report) findSources() {
	type tally struct {
		flakes   int
		names    map[string]int
		versions map[string]*SourceVersion
	}
	tallies := map[string]*tally{}
	for _, f := range r.inventory.Flakes {
		held := map[string][]string{}
		for _, in := range f.Inputs {
			l := in.Locked
			if l == nil {
				continue
			}
			t := tallies[l.Source]
			if t == nil {
				t = &tally{names: map[string]int{}, versions: map[string]*SourceVersion{}}
				tallies[l.Source] = t
			}
			t.names[lastName(in.Path)]++
			v := t.versions[l.Version]
			if v == nil {
				v = &SourceVersion{Version: l.Version, Date: l.At}
				t.versions[l.Version] = v
			}
			if v.Date.IsZero() {
				v.Date = l.At
			}
			if of := held[l.Source]; !slices.Contains(of, l.Version) {
				held[l.Source] = append(of, l.Version)
				v.Flakes = append(v.Flakes, f.Name)
			}
		}
		for _, source := range slices.Sorted(maps.Keys(held)) {
			tallies[source].flakes++
			if versions := held[source]; len(versions) > 1 {
				r.Duplicates = append(r.Duplicates, Duplicate{f.Name, source, versions})
			}
		}
	}
	for name, t := range tallies {
		s := Source{Source: name, Flakes: t.flakes}
		for _, v := range t.versions {
			slices.Sort(v.Flakes)
			s.Versions = append(s.Versions, *v)
		}
		sortslice.Func(s.Versions, func(a, b SourceVersion) int {
			return cmp.Or(newest(a.Date, b.Date), cmp.Compare(a.Version, b.Version))
		})
		s.Newest = s.Versions[0].Date
		for _, v := range s.Versions {
			if !v.Date.IsZero() {
				s.Oldest = v.Date
			}
		}
		s.Names = slices.SortedFunc(maps.Keys(t.names), func(a, b string) int {
			return cmp.Or(cmp.Compare(t.names[b], t.names[a]), cmp.Compare(a, b))
		})
		r.Sources = append(r.Sources, s)
	}
	sortslice.Func(r.Sources, func(a, b Source) int {
		return cmp.Or(cmp.Compare(len(b.Versions), len(a.Versions)), cmp.Compare(b.Flakes, a.Flakes), cmp.Compare(a.Source, b.Source))
	})
	for i := range r.Duplicates { // in the order of the source's versions
		d := &r.Duplicates[i]
		order := map[string]time.Time{}
		for _, v := range d.Versions {
			order[v] = tallies[d.Source].versions[v].Date
		}
		slices.SortFunc(d.Versions, func(a, b string) int { return cmp.Or(newest(order[a], order[b]), cmp.Compare(a, b)) })
	}
}

// lastName is what an input is called: the last name of its path.
func lastName(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}
