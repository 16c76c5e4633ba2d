package diagnostics

import "fmt"

var _ = Register(Rule{
	Code:     "release-mismatch",
	Level:    Warning,
	Since:    "0.2.0",
	Silences: []string{"unsupported-release"},
	Summary:  "home-manager, nix-darwin or stylix is of another release than the nixpkgs that it follows.",
	Doc: `## What it does

Finds inputs with home-manager, nix-darwin or stylix whose ` + "`nixpkgs`" + ` follows one of another release: ` + "`release-25.11`" + ` on ` + "`nixos-26.05`" + `, or the
default branch, which is written for unstable packages, on a release. Follows are traced to their end, through the pins flake too, where its
flake.nix or this flake.lock is at hand.

It is silent where nothing tells what nixpkgs the input gets, where the input gets the one of its own flake.lock, and for inputs of
` + "`follows.ignore`" + `. Beside a comment that may say why it is only a hint.

## Why is this bad?

The modules set options and take packages by the names that they have in one release. With another one evaluation fails, or a service
is set up by half; home-manager, nix-darwin and stylix warn of it each time that a system is built.

## How to mend it

Move the input to the branch of the same release.

## Fix safety

A choice: another release is another set of modules. Where the nixpkgs that it follows has no support any more, both move to one that has.

## References

Manuals of home-manager and nix-darwin: installation with flakes.
`,
	Check: func(p *Pass) {
		all := p.dated()
		for _, d := range all {
			if d.set != nil && d.Release != d.set.Release {
				p.reportReleaseMismatch(d, all)
			}
		}
	},
})

func (p *Pass) reportReleaseMismatch(d *dated, all []*dated) {
	comments := p.reasons(d.Syntax)
	f := Finding{
		Span: referenceSpan(d.Syntax), Object: key(d.Path),
		Message: fmt.Sprintf("%s is at %s but gets %s, which is at %s: both should be of one release.",
			quoted(key(d.Path)), named(d.Branch), quoted(key(d.set.path)), named(d.set.Branch)),
		Fixes: p.moveFixes(d, all),
	}
	if d.set.declared.Path != "" {
		f.Related = append(f.Related, d.set.declared)
	}
	if d.set.input != nil {
		comments = append(comments, p.reasons(d.set.input.Syntax)...)
	}
	if len(comments) > 0 {
		f.Severity = Hint
		f.Related = append(f.Related, relatedReasons(p.Path, comments)...)
	}
	p.Report(f)
}
