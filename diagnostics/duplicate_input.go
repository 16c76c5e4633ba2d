package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "duplicate-input",
	Level:   Hint,
	Since:   "0.1.0",
	Needs:   NeedsPins,
	Summary: "Two inputs of one flake with the same reference and the same overrides.",
	Doc: `## What it does

Finds two inputs of one flake that have equal source, ref, rev, folder, ` + "`flake`" + ` and overrides. Two refs of one source, such as a stable and an
unstable nixpkgs, are two different things and left alone. So is the pins flake, where names are an offer.

## Why is this bad?

Each of them is locked at its own time, so they drift apart although nothing says that they should.

## How to mend it

Let one follow the other.

## Fix safety

A choice: the two may be locked at different revs at the moment, and someone may update them apart on purpose.

## References

Nix manual: nix flake, section "Flake inputs" (follows).
`,
	Check: func(p *Pass) {
		bySource := map[ref.Source][]*workspace.Input{}
		for _, in := range p.Flake.Inputs {
			if !p.comparable(in) {
				continue
			}
			source := p.Snapshot.Source(p.resolved(in.Reference))
			same := bySource[source]
			if i := slices.IndexFunc(same, func(first *workspace.Input) bool { return p.sameInput(first, in) }); i >= 0 {
				p.reportDuplicateInput(same[i], in)
			}
			bySource[source] = append(same, in)
		}
	},
})

// comparable says whether an input may be a duplicate at all.
func (p *Pass) comparable(in *workspace.Input) bool {
	return written(in) && in.HasReference && !in.Indirect && !in.IsFollow && !p.ignored(in) && in != p.Pins.Declared
}

// sameInput compares two inputs of one source.
func (p *Pass) sameInput(a, b *workspace.Input) bool {
	x, y := p.resolved(a.Reference), p.resolved(b.Reference)
	return a.IsFlake == b.IsFlake && x.Dir() == y.Dir() && sameVersion(x, y) &&
		slices.Equal(overrideTexts(a), overrideTexts(b))
}

// overrideTexts are the overrides below an input in a form that can be compared, in whatever order they are written.
func overrideTexts(in *workspace.Input) []string {
	var list []string
	for o := range allInputs(in.Overrides) {
		name := key(o.Path[len(in.Path):])
		switch {
		case o.IsFollow:
			list = append(list, name+" → "+key(o.Follows))
		case o.HasReference:
			list = append(list, name+" = "+o.Reference.String())
		}
	}
	slices.Sort(list)
	return list
}

func (p *Pass) reportDuplicateInput(first, in *workspace.Input) {
	p.Report(Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("%s and %s are the same source at %s, each locked on its own.", quoted(in.Name), quoted(first.Name), versionOf(in.Reference)),
		Related: []Related{{workspace.Location{Path: p.Path, Span: referenceSpan(first.Syntax)}, quoted(first.Name) + " is declared here"}},
		Fixes: []Fix{p.rewriteFix("Let "+in.Name+" follow "+first.Name, false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.Follow(m, in.Syntax, first.Name, rewrite.FollowOptions{})
		})},
	})
}
