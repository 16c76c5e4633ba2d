package diagnostics

import (
	"fmt"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/release"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:          "unsupported-release",
	Level:         Warning,
	Since:         "0.2.0",
	MessageVaries: true,
	Summary:       "An input asks for a release of nixpkgs, home-manager, nix-darwin or stylix that gets no fixes any more.",
	Doc: `## What it does

Finds references to a branch of a release whose support is over on this day: ` + "`nixos-25.05`" + ` and its ` + "`-small`, `nixpkgs-25.05-darwin`" + `,
` + "`release-25.05`" + `, the channels of those names, and FlakeHub's ` + "`0.2505.*`" + `; of home-manager, nix-darwin and stylix the branches of the same
release. Where a reference leaves the release open, as FlakeHub's ` + "`0`" + ` does, flake.lock tells which one it is.

A release comes out in May and in November and has support until the end of the month after the next one's: 25.05 until 2025-12-31.

It is a hint where the input's name holds the release, as in ` + "`nixpkgs-2505`" + `: whoever called it so knows. What an input follows is judged
where it is declared, in the pins flake. Commits and tags are not judged.

## Why is this bad?

Security fixes are no longer made for it, and the binary cache builds nothing new.

## How to mend it

Move to a release that has support, and read its release notes. nixpkgs and the modules that are written for it (home-manager,
nix-darwin, stylix) move together.

## Fix safety

A choice: another release is another set of packages. The fix moves all inputs of the flake that have to be of one release. It offers
the newest release first (a new one from the first day of the month after its own, when it is surely there), and in the month in which two
have support the other one too.

## References

NixOS manual: upgrading NixOS.
`,
	Check: func(p *Pass) {
		all := p.dated()
		for _, d := range all {
			if !d.Rolling() && d.Release.Ended(p.Snapshot.Now()) {
				p.reportUnsupportedRelease(d, all)
			}
		}
		for _, in := range p.Flake.Inputs {
			if written(in) && !in.IsFollow && !p.ignored(in) {
				p.checkLockedRelease(in)
			}
		}
	},
})

func (p *Pass) reportUnsupportedRelease(d *dated, all []*dated) {
	f := Finding{
		Span: referenceSpan(d.Syntax), Object: key(d.Path),
		Message: fmt.Sprintf("%s is at %s, whose support ended on %s.", quoted(key(d.Path)), named(d.Branch), d.Release.End().Format(time.DateOnly)),
	}
	if nameHolds(d.Input, d.Release) {
		f.Severity = Hint // no fix: at another release its name would be a lie
		p.Report(f)
		return
	}
	newest := release.Newest(p.Snapshot.Now())
	f.Message += fmt.Sprintf(" %s has support until %s.", newest, newest.End().Format(time.DateOnly))
	f.Fixes = p.moveFixes(d, all)
	f.Related = relatedReasons(p.Path, p.reasons(d.Syntax))
	p.Report(f)
}

// checkLockedRelease judges an input whose reference leaves open of what release it is, by what it was locked to.
func (p *Pass) checkLockedRelease(in *workspace.Input) {
	if _, says := p.releaseBranch(in.Reference); says || in.Reference.Locked() {
		return
	}
	b, node, _ := p.lockedBranch(in.Path, in.Reference)
	if b.Rolling() || !b.Release.Ended(p.Snapshot.Now()) {
		return
	}
	p.Report(Finding{
		Span: referenceSpan(in.Syntax), Object: in.Name,
		Message: fmt.Sprintf("%s is locked at release %s, whose support ended on %s: `nix flake update %s` takes what %s stands for now.",
			quoted(in.Name), b.Release, b.Release.End().Format(time.DateOnly), in.Name, quoted(ref.Redact(in.Reference.String()))),
		Related: []Related{{workspace.Location{Path: p.Flake.LockPath, Span: node.LockedSpan()}, "what it is locked to"}},
	})
}
