package workspace

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// AlignState is how an input of a flake stands to what pins has of the same source.
type AlignState uint8

// The states. Of NotInPins and Ambiguous nothing can be aligned; of Unwritable there is something, but no way to ask Nix for it.
const (
	// Aligned: the lock holds what pins has.
	Aligned AlignState = iota
	// Differs: it holds another version.
	Differs
	// NotLocked: it holds nothing for the input yet.
	NotLocked
	// NotInPins: no input of pins has the source.
	NotInPins
	// Ambiguous: several inputs of pins have the source at different versions, and neither ref nor name tells which one is meant.
	Ambiguous
	// Unwritable: what pins has is held by no commit and no hash, or the name of the input is none that Nix takes in a path of names.
	Unwritable
)

// Alignment is one input of a flake beside what a set of pins has of the same source.
type Alignment struct {
	// Path leads to the input from the top. It has one name, or more for an input of an input.
	Path  []string
	State AlignState
	// Declared is the input where it is one of the flake itself, nil for one that lies deeper.
	Declared *Input
	// Own is what the flake's lock holds, the zero Node where that is nothing.
	Own lock.Node
	// Offer is the name of pins' input, with names below it after slashes, and Pins what pins has for it; valid for Aligned, Differs,
	// NotLocked and Unwritable.
	Offer string
	Pins  lock.Node
	// Choices are the names of pins' inputs, for Ambiguous.
	Choices []string
	// Reference is what to ask Nix for: the flake's own way to refer to the source, at pins' commit; else pins' way. It is valid
	// for Differs and NotLocked.
	Reference ref.Ref
}

// Name is the path as a person, and Nix's --override-input, write it.
func (a *Alignment) Name() string { return strings.Join(a.Path, "/") }

// Pending says whether there is something to align.
func (a *Alignment) Pending() bool { return a.State == Differs || a.State == NotLocked }

// Align compares the inputs of a flake, in the order of Flake.Inputs, with what pins has of the same sources; what follows another
// input or lies in the flake itself is left out.
//
// An input is matched by its source and `dir`. Where pins has the source several times, the input with the same ref counts, and
// if that does not tell the one with the same name (or its alias, by the setting follows.aliases).
func (s *Snapshot) Align(f *Flake, set *PackageSet) []*Alignment {
	offers := s.setFlakes(set)
	aliases := s.Config(f.File.Path).Follows.Aliases
	var list []*Alignment
	for _, in := range f.Inputs {
		if in.IsFollow || in.HasReference && in.Reference.Relative() {
			continue
		}
		a := &Alignment{Path: in.Path, Declared: in, Own: inputNode(f.Lock, in.Name)}
		own := ref.Ref{}
		if in.HasReference {
			own = s.ResolvedInput(in.Reference)
		}
		if none := (lock.Node{}); a.Own != none && (own.IsZero() || own.Type() == ref.Indirect) {
			own = a.Own.Locked()
		}
		if own.IsZero() { // a url that cannot be read, and no lock
			a.State = NotInPins
		} else {
			a.choose(offers[flakeKey{s.Source(own), own.Dir()}], own, in.Name, aliases[in.Name])
			a.settle(own)
		}
		list = append(list, a)
	}
	return list
}

// AlignDeeper are the inputs of inputs that hold another version than pins has at the same place: below an input that is matched, the
// node that the same names lead to in pins. What follows another input is left out, and what pins does not have.
func (s *Snapshot) AlignDeeper(f *Flake, set *PackageSet, top []*Alignment) []*Alignment {
	if f.Lock == nil {
		return nil
	}
	matched := map[string]*Alignment{}
	for _, a := range top {
		if a.Pins != (lock.Node{}) {
			matched[a.Path[0]] = a
		}
	}
	var list []*Alignment
	f.Lock.Walk(func(path []string, in lock.Input) bool {
		parent := matched[path[0]]
		if parent == nil || in.Follows != nil || in.Target == lock.NoNode {
			return false
		}
		if len(path) == 1 {
			return true
		}
		there, ok := nodeBelow(parent.Pins, path[1:])
		own := f.Lock.Node(in.Target)
		if !ok || s.LockedSource(own) == "" || s.LockedSource(own) != s.LockedSource(there) || own.Locked().Dir() != there.Locked().Dir() {
			return true
		}
		a := &Alignment{Path: slices.Clone(path), Own: own, Pins: there, Offer: parent.Offer + "/" + strings.Join(path[1:], "/")}
		if a.settle(own.Original()); a.State != Aligned {
			list = append(list, a)
		}
		return true
	})
	return list
}

// nodeBelow is the node that names lead to from another one, through follows.
func nodeBelow(n lock.Node, names []string) (lock.Node, bool) {
	for _, name := range names {
		edge, ok := n.Input(name)
		if !ok || edge.Target == lock.NoNode {
			return lock.Node{}, false
		}
		n = n.Of(edge.Target)
	}
	return n, true
}

// flakeKey is a flake of a source.
type flakeKey struct {
	source ref.Source
	dir    string
}

// setFlakes are the inputs of pins in a set, by the flake that they hold.
func (s *Snapshot) setFlakes(set *PackageSet) map[flakeKey][]SetInput {
	flakes := map[flakeKey][]SetInput{}
	for _, in := range set.Inputs() {
		if source := s.LockedSource(in.Node); source != "" {
			key := flakeKey{source, in.Node.Locked().Dir()}
			flakes[key] = append(flakes[key], in)
		}
	}
	return flakes
}

// choose takes the input of pins that is meant.
func (a *Alignment) choose(offers []SetInput, own ref.Ref, names ...string) {
	versions := func(list []SetInput) int {
		seen := map[string]bool{}
		for _, in := range list {
			seen[LockedVersion(in.Node)] = true
		}
		return len(seen)
	}
	narrow := func(is func(SetInput) bool) {
		if versions(offers) < 2 {
			return
		}
		if some := slices.DeleteFunc(slices.Clone(offers), func(in SetInput) bool { return !is(in) }); len(some) > 0 {
			offers = some
		}
	}
	narrow(func(in SetInput) bool { return in.Node.Original().Ref() == own.Ref() })
	narrow(func(in SetInput) bool { return slices.Contains(names, in.Name) })
	switch versions(offers) {
	case 0:
		a.State = NotInPins
		return
	case 1:
	default:
		a.State = Ambiguous
		for _, in := range offers {
			a.Choices = append(a.Choices, in.Name)
		}
		return
	}
	// Of several names for one version, the input's own; else one that does not follow another.
	best := offers[0]
	for _, in := range offers {
		if slices.Contains(names, in.Name) || best.Follows && !in.Follows && !slices.Contains(names, best.Name) {
			best = in
		}
	}
	a.Offer, a.Pins = best.Name, best.Node
}

// settle finds out how the input stands to its match, which refers to its source as own.
func (a *Alignment) settle(own ref.Ref) {
	none := lock.Node{}
	if a.Pins == none {
		return
	}
	version := LockedVersion(a.Pins)
	var ok bool
	a.Reference, ok = pinnedAs(own, a.Pins)
	switch {
	case a.Own != none && version != "" && LockedVersion(a.Own) == version:
		a.State = Aligned
	case !ok || slices.ContainsFunc(a.Path, func(name string) bool { return !ref.IsID(name) }):
		a.State = Unwritable
	case a.Own == none:
		a.State = NotLocked
	default:
		a.State = Differs
	}
}

// pinnedAs is a reference at the commit that pins has: in the flake's own form where that can name a commit, so that a public flake
// does not learn to fetch by SSH. A branch of Git comes from pins, because its commit need not be on the flake's own.
func pinnedAs(own ref.Ref, pins lock.Node) (ref.Ref, bool) {
	pinned, ok := pins.Locked().Pinned()
	rev := pins.Rev()
	if !ok || rev == "" || own.IsZero() {
		return pinned, ok
	}
	switch own.Type() {
	case ref.GitHub, ref.GitLab, ref.SourceHut, ref.Mercurial:
		return own.WithRev(rev), true
	case ref.Git:
		if pinned.Type() == ref.Git {
			own = own.WithoutRef()
			if branch := pinned.Ref(); branch != "" {
				own = own.WithRef(branch)
			}
		}
		return own.WithRev(rev), true
	}
	return pinned, true
}

// SetFor is the package set that a flake, named by its folder, stands for: of a pins flake its newest one, of a leaf the newest that is
// known of its pins. ok is false where it is neither, or nothing is locked.
func (s *Snapshot) SetFor(dir string) (id PinsID, set *PackageSet, ok bool) {
	dir = filepath.Clean(dir)
	if l := s.LeafAt(dir); l != nil {
		id = l.Pins
	} else if s.summary(filepath.Join(dir, flakeName)) != nil {
		id = PinsID{Dir: dir}
	} else {
		return PinsID{}, nil, false
	}
	set = s.History(id).Newest
	return id, set, set != nil
}
