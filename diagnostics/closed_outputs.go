package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "closed-outputs",
	Level:   Warning,
	Since:   "0.1.0",
	Needs:   NeedsCleanParse,
	Summary: "The pattern of outputs takes no other arguments, and does not name all inputs and self.",
	Doc: `## What it does

Finds an ` + "`outputs`" + ` function whose pattern has no ` + "`...`" + ` and lacks the name of an input, or ` + "`self`" + `.

## Why is this bad?

Nix calls ` + "`outputs`" + ` with every input and with ` + "`self`" + `. A closed pattern that lacks one of them fails with "called with unexpected
argument", and it fails only when an output is evaluated: locking the flake works. (A name too many is no fault of this kind: Nix makes an
input of it, see implicit-input.)

## How to mend it

Add the names, or ` + "`...`" + `.

## Fix safety

Safe: the function fails without it, and a name that the body knows from elsewhere is never added.

## References

Nix manual: nix flake, section "Flake format" (outputs); Nix language, section "Functions".
`,
	Check: func(p *Pass) {
		function := p.Manifest.OutputsFunction
		if function == nil || function.Formals == nil || !function.Formals.Closed() {
			return
		}
		var missing []string
		var related []Related
		for _, in := range p.Flake.Inputs {
			if function.Formals.Formal(in.Name) == nil {
				missing = append(missing, in.Name)
				related = append(related, Related{workspace.Location{Path: p.Path, Span: in.Syntax.Attr.Span()}, quoted(in.Name) + " is declared here"})
			}
		}
		inputs := slices.Clone(missing)
		if function.Formals.Formal("self") == nil {
			missing = append([]string{"self"}, missing...)
		}
		if len(missing) == 0 {
			return
		}
		p.Report(Finding{
			Span: function.Formals.Close, Object: "outputs",
			Message: fmt.Sprintf("outputs takes only the arguments that it names, and %s %s not among them: evaluating an output fails.", listed(missing), isAre(len(missing))),
			Related: related[:min(len(inputs), 3)],
			Fixes: []Fix{
				p.rewriteFix("Add "+plain(listed(missing))+" to the arguments of outputs", true, addFormals(missing)...),
				p.rewriteFix("Add ... to the arguments of outputs", false, rewrite.OpenFormals),
			},
		})
	},
})

func addFormals(names []string) []step {
	steps := make([]step, len(names))
	for i, name := range names {
		steps[i] = func(m *parse.Manifest) (rewrite.Change, error) { return rewrite.AddFormal(m, name) }
	}
	return steps
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
