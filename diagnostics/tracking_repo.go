package diagnostics

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/release"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "tracking-repo",
	Level:   Off,
	Since:   "0.2.0",
	Summary: "nixpkgs comes from a fork or a mirror.",
	Doc: `## What it does

Finds inputs whose repository is called ` + "`nixpkgs`" + ` (or ` + "`nixpkgs-channels`" + `, the old mirror of the channels), or that are called ` + "`nixpkgs`" + `
themselves, and that are none of github:NixOS/nixpkgs, its channels, and FlakeHub's NixOS/nixpkgs. It is off unless settings switch it on: a
fork is always chosen on purpose. Repositories on this disk are left alone, and so are mirrors that ` + "`sources.aliases`" + ` says are nixpkgs.

## Why is this bad?

A fork stands still when nobody rebases it, and then lacks the security fixes. What it changes is built by no public cache.

## How to mend it

Take nixpkgs from where it is made, and put what the fork changes into an overlay.

## Fix safety

A choice: the packages are others then. It is offered where the fork's branch has the name of one of nixpkgs.

## References

Nixpkgs manual: overlays.
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			if written(in) && !in.IsFollow && in.HasReference && !dead(in.Parent) && !p.ignored(in) && p.tracksNixpkgs(in) {
				p.reportTrackingRepo(in)
			}
		}
	},
})

// tracksNixpkgs says whether an input is nixpkgs by its name or by that of its repository, and comes from somewhere else.
func (p *Pass) tracksNixpkgs(in *workspace.Input) bool {
	r := p.resolved(in.Reference)
	source := p.Snapshot.Source(r)
	if r.Type() == ref.Indirect || source.Local() || release.ProjectOf(source) == release.Nixpkgs {
		return false
	}
	repository := source.String()[strings.LastIndexByte(source.String(), '/')+1:]
	return in.Name == "nixpkgs" || repository == "nixpkgs" || repository == "nixpkgs-channels"
}

func (p *Pass) reportTrackingRepo(in *workspace.Input) {
	r := p.resolved(in.Reference)
	f := Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("%s comes from %s, expected nixpkgs itself: `github:NixOS/nixpkgs`.", quoted(key(in.Path)), quoted(p.Snapshot.Source(r).String())),
		Related: relatedReasons(p.Path, p.reasons(in.Syntax)),
	}
	upstream, err := ref.Parse("github:NixOS/nixpkgs")
	if err != nil {
		panic(err) // a constant
	}
	upstream = upstream.WithRef(r.Ref())
	if _, ok := release.Of(upstream, upstream.Source()); ok && r.Rev() == "" && r.Ref() != "" {
		if url, ok := upstream.URL(in.IsFlake); ok {
			path := in.Path
			f.Fixes = []Fix{p.rewriteFix("Take "+key(in.Path)+" from "+url, false, func(m *parse.Manifest) (rewrite.Change, error) {
				return rewrite.SetURL(m, syntaxAt(m, path), url)
			})}
		}
	}
	p.Report(f)
}
