package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

// Result is a budget and whether the report keeps to it.
type Result struct {
	Budget string `json:"budget"`
	Value  int    `json:"value"`
	Holds  bool   `json:"holds"`
	// Message says in a sentence what is and what was expected.
	Message string `json:"message"`
	// Exceeding are those who would have to change for the budget to hold; empty where it does.
	Exceeding []Exceeding `json:"exceeding"`
}

// Exceeding is a flake, or a source, that is over a budget, and what it has.
type Exceeding struct {
	Name string `json:"name"`
	Has  string `json:"has"`
}

// Judge compares the report with a budget, and keeps the result.
func (r *Report) Judge(b Budget) Result {
	result := Result{Budget: b.Text, Exceeding: []Exceeding{}}
	over, what := r.measure(b, &result.Value)
	for _, o := range operators {
		if o.text == b.Operator {
			result.Holds = o.holds(result.Value, b.Bound)
		}
	}
	expected := map[string]string{"<=": "at most %d", "<": "less than %d", "==": "%d", ">=": "at least %d", ">": "more than %d"}
	result.Message = fmt.Sprintf("%s, expected "+expected[b.Operator]+".", what, b.Bound)
	if !result.Holds {
		allowed := b.Bound
		if b.Operator == "<" {
			allowed--
		}
		if (b.Operator == "<=" || b.Operator == "<" || b.Operator == "==") && result.Value > allowed {
			result.Exceeding = append(result.Exceeding, over(max(allowed, 0))...)
		}
	}
	r.Budgets = append(r.Budgets, result)
	return result
}

// Failed says whether a budget that was judged does not hold.
func (r *Report) Failed() bool {
	return slices.ContainsFunc(r.Budgets, func(b Result) bool { return !b.Holds })
}

// measure finds the value, what it is in words, and who is over a number.
func (r *Report) measure(b Budget, value *int) (over func(allowed int) []Exceeding, what string) {
	switch b.Measure {
	case "revs":
		versions := r.versionsOf(b.Argument)
		*value = len(versions)
		what = fmt.Sprintf("`%s` is locked at %s", b.Argument, count(*value, "version", "versions"))
		if *value == 0 {
			what = fmt.Sprintf("nothing that is locked is called `%s`%s", b.Argument, r.didYouMean(b.Argument))
		}
		return minority(versions), what
	case "sets":
		versions := r.leafSets()
		*value = len(versions)
		return minority(versions), fmt.Sprintf("the leaves have %s", count(*value, "package set", "package sets"))
	case "behind":
		*value = r.Summary.Behind
		return r.fartherThan, fmt.Sprintf("the leaf that is farthest behind is %s behind", count(*value, "package set", "package sets"))
	case "sources":
		*value = r.Summary.Sources
		return r.rarestSources, count(*value, "source is locked", "sources are locked")
	case "candidates":
		*value = r.Summary.Candidates
		return func(int) (list []Exceeding) {
			for _, p := range r.Pins {
				for _, c := range p.Candidates {
					list = append(list, Exceeding{c.Source, "is referred to by " + someOf(c.Leaves, 5)})
				}
			}
			return list
		}, count(*value, "source could be an input of pins", "sources could be inputs of pins")
	case "orphans":
		*value = r.Summary.Orphans
		return func(int) (list []Exceeding) {
			for _, p := range r.Pins {
				for _, name := range p.Orphans {
					list = append(list, Exceeding{p.Name + "/" + name, "is followed by nobody"})
				}
			}
			return list
		}, fmt.Sprintf("nobody follows %s of pins", count(*value, "input", "inputs"))
	}
	*value = r.Summary.Duplicates
	return func(int) (list []Exceeding) {
		for _, d := range r.Duplicates {
			list = append(list, Exceeding{d.Flake, fmt.Sprintf("%s at %s", d.Source, shortAll(d.Versions))})
		}
		return list
	}, fmt.Sprintf("one lock holds a source at several versions %s", count(*value, "time", "times"))
}

// held is one version with who holds it.
type held struct {
	version string
	date    time.Time
	flakes  []string
}

// versionsOf gives the versions of a source, or of what inputs of a name lead to.
func (r *Report) versionsOf(argument string) []held {
	suits := func(in *Input) bool { return lastName(in.Path) == argument }
	if strings.ContainsAny(argument, "/:") {
		source := strings.ToLower(argument)
		if parsed, err := ref.Parse(argument); err == nil && strings.Contains(argument, ":") {
			source = strings.ToLower(string(parsed.Source()))
		}
		suits = func(in *Input) bool { return strings.ToLower(in.Locked.Source) == source }
	}
	type key struct{ source, version string }
	found := map[key]*held{}
	for _, f := range r.inventory.Flakes {
		for i := range f.Inputs {
			in := &f.Inputs[i]
			if in.Locked == nil || !suits(in) {
				continue
			}
			k := key{in.Locked.Source, in.Locked.Version}
			if found[k] == nil {
				found[k] = &held{version: in.Locked.Version, date: in.Locked.At}
			}
			if h := found[k]; len(h.flakes) == 0 || h.flakes[len(h.flakes)-1] != f.Name {
				h.flakes = append(h.flakes, f.Name)
			}
		}
	}
	var list []held
	for _, h := range found {
		list = append(list, *h)
	}
	return sortHeld(list)
}

func (r *Report) leafSets() []held {
	found := map[string]*held{}
	for _, l := range r.Leaves {
		if l.PackageSet == "" {
			continue
		}
		if found[l.PackageSet] == nil {
			found[l.PackageSet] = &held{version: l.PackageSet, date: l.Date}
		}
		found[l.PackageSet].flakes = append(found[l.PackageSet].flakes, l.Name)
	}
	var list []held
	for _, set := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[set])
	}
	return sortHeld(list)
}

// sortHeld puts what most hold first, of equals what is newest.
func sortHeld(list []held) []held {
	sortslice.Func(list, func(a, b held) int {
		return cmp.Or(cmp.Compare(len(b.flakes), len(a.flakes)), newest(a.date, b.date), cmp.Compare(a.version, b.version))
	})
	return list
}

// minority are the flakes that hold another version than the ones that most hold, as many as are allowed.
func minority(versions []held) func(allowed int) []Exceeding {
	return func(allowed int) (list []Exceeding) {
		for _, h := range versions[min(allowed, len(versions)):] {
			for _, name := range slices.Sorted(slices.Values(h.flakes)) {
				list = append(list, Exceeding{name, short(h.version) + of(h.date)})
			}
		}
		return list
	}
}

func (r *Report) fartherThan(allowed int) (list []Exceeding) {
	for _, l := range r.Leaves {
		if l.Behind != nil && *l.Behind > allowed {
			list = append(list, Exceeding{l.Name, fmt.Sprintf("%s behind%s", count(*l.Behind, "set", "sets"), of(l.Date))})
		}
	}
	return list
}

// rarestSources are those that fewest flakes have, as many as are too many.
func (r *Report) rarestSources(allowed int) (list []Exceeding) {
	sources := slices.Clone(r.Sources)
	sortslice.StableFunc(sources, func(a, b Source) int { return cmp.Compare(b.Flakes, a.Flakes) })
	for _, s := range sources[min(allowed, len(sources)):] {
		var names []string
		for _, v := range s.Versions {
			names = append(names, v.Flakes...)
		}
		slices.Sort(names)
		list = append(list, Exceeding{s.Source, "in " + someOf(slices.Compact(names), 3)})
	}
	return list
}

// didYouMean names what is called nearly so.
func (r *Report) didYouMean(argument string) string {
	var names []string
	for _, s := range r.Sources {
		names = append(names, s.Names...)
		names = append(names, s.Source)
	}
	slices.Sort(names)
	if near, ok := ref.Nearest(argument, slices.Compact(names)); ok {
		return fmt.Sprintf(" (did you mean `%s`?)", near)
	}
	return ""
}

// of is a date behind what it is the date of.
func of(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " of " + day(t)
}

// someOf are the first of a list, and how many more there are.
func someOf(list []string, most int) string {
	if len(list) <= most+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

func shortAll(versions []string) string {
	var list []string
	for _, v := range versions {
		list = append(list, short(v))
	}
	return strings.Join(list, ", ")
}

// short is a rev or a hash as people read it.
func short(version string) string { return version[:min(len(version), 10)] }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands is a number with its digits in groups of three: 10,000.
func thousands(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
