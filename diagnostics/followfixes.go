package diagnostics

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// followFixes are the fixes that make an input follow a path below pins: as it is, and, where overrides would change what the
// input gets, with these kept below pins. There are none where the path would end nowhere or in a circle. safe says that
// nothing that the caller knows speaks against making it unasked.
func (p *Pass) followFixes(in *workspace.Input, path, title string, safe bool) []Fix {
	before := newFollowGraph(p)
	edit := followEdit{in.Path, strings.Split(path, "/")}
	after := p.followGraphWith(edit)
	if after.breaks(before) {
		return nil
	}
	if p.unmade && p.Pins.Declared != nil { // nothing below then says that there is none
		return []Fix{{}}
	}
	var steps []step
	var notes []string
	if p.Pins.Declared == nil {
		reference, _ := p.pinsReference()
		url, ok := reference.URL(true)
		if !ok {
			return nil
		}
		safe = false
		title = "Add the input " + p.Pins.Input + " and f" + strings.TrimPrefix(title, "F")
		steps = append(steps, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.AddFirst(m, p.Pins.Input, rewrite.Declaration{URL: url})
		})
	}
	if p.awaitsUpdate(path) {
		safe = false
		notes = append(notes, "first `nix flake update "+p.Pins.Input+"`: flake.lock has an older one without it")
	}
	follow := func(options rewrite.FollowOptions) step {
		return func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.Follow(m, syntaxAt(m, in.Path), path, options)
		}
	}
	lost := lostOverrides(in, before, after)
	plain := rewriteFixOf(p.Path, p.Manifest, title, safe && len(lost) == 0, notes, append(slices.Clone(steps), follow(rewrite.FollowOptions{}))...)
	if len(lost) == 0 {
		return []Fix{plain}
	}
	kept := []followEdit{edit}
	for _, o := range lost {
		kept = append(kept, followEdit{below(path, in, o), o.Follows}) // nil where it has a reference
	}
	withKept := p.followGraphWith(kept...)
	if withKept.breaks(before) || slices.ContainsFunc(lost, func(o *workspace.Input) bool { return !withKept.obeys(o, below(path, in, o)) }) {
		return []Fix{plain}
	}
	keep := follow(rewrite.FollowOptions{KeepOverridesBelow: p.Pins.Input})
	notes = append(notes, "Nix 2.30 or later")
	return []Fix{plain, rewriteFixOf(p.Path, p.Manifest, title, false, notes, append(steps, keep)...)}
}

// below is the path of an override once it stands below the path that its input follows.
func below(path string, in, o *workspace.Input) []string {
	return append(strings.Split(path, "/"), o.Path[len(in.Path):]...)
}

// obeys says whether an override that was put at another path has an effect there. It has none where pins lets an input on the way
// follow another one.
func (g *followGraph) obeys(o *workspace.Input, at []string) bool {
	is := g.end(o.Path).path
	return slices.Equal(is, at) || slices.Equal(is, g.end(o.Follows).path)
}

// awaitsUpdate says whether the lock holds a pins that has no such input yet, so that Nix would refuse to follow it.
func (p *Pass) awaitsUpdate(path string) bool {
	offer := p.Pins.Offer(strings.TrimPrefix(path, p.Pins.Input+"/"))
	if offer == nil || offer.InLock || p.Flake.Lock == nil {
		return false
	}
	_, locked := p.Flake.Lock.Root().Input(p.Pins.Input)
	return locked
}

// lostOverrides are the overrides below an input that mean something and that an edit would leave with another meaning. One
// that pins has too, so that the path ends at the same place before and after, is not lost.
func lostOverrides(in *workspace.Input, before, after *followGraph) []*workspace.Input {
	var lost []*workspace.Input
	for o := range allInputs(in.Overrides) {
		if dead(o.Parent) || !(o.IsFollow || o.HasReference) {
			continue
		}
		if !slices.Equal(before.end(o.Path).path, after.end(o.Path).path) {
			lost = append(lost, o)
		}
	}
	return lost
}
