package diagnostics

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "dead-override",
	Level:   Warning,
	Since:   "0.1.0",
	Summary: "An override that Nix does not look at: its input follows another one, or is no flake.",
	Doc: `## What it does

Finds what is written under ` + "`inputs.X.inputs`" + ` though Nix skips it without a word: where ` + "`X`" + ` follows another input, and where ` + "`X`" + ` has
` + "`flake = false`" + ` and so no inputs. An override's own ` + "`flake`" + ` is skipped as well: whether an input is a flake, the flake that declares it
says.

## Why is this bad?

The override looks as if it had an effect. A reader believes that the input gets a different nixpkgs from the one it does.

## How to mend it

Remove it, or say it where it counts: an input of an input of pins is overridden below pins (Nix 2.30 or later),
` + "`inputs.pins.inputs.X.inputs.nixpkgs.follows = …`" + `, or in the pins flake itself.

## Fix safety

Safe: what is removed has no effect. Where a comment at it may say why it is there, the fix is left to a person.

## References

Nix manual: nix flake, section "Flake inputs" (inputs of inputs, follows, flake).
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			switch {
			case !written(in), dead(in.Parent):
				continue
			case in.IsFollow && in.HasReference:
				continue // url-and-follows: which of the two stays decides
			case dead(in):
				for _, o := range in.Overrides {
					p.reportDeadOverride(o)
				}
			case in.Parent != nil && in.Syntax.Flake != nil:
				p.reportDeadFlake(in)
			}
		}
	},
})

func (p *Pass) reportDeadOverride(o *workspace.Input) {
	in := o.Parent
	why := fmt.Sprintf("%s has `flake = false`, and so no inputs", quoted(in.Name))
	at, said := in.Syntax.Flake, "it is no flake"
	if in.IsFollow {
		why = fmt.Sprintf("%s follows %s", quoted(in.Name), quoted(in.FollowsText))
		if len(in.Follows) == 0 {
			why = quoted(in.Name) + " follows this flake itself"
		}
		at, said = in.Syntax.Follows, "it follows here"
	}
	p.Report(Finding{
		Span: whole(o.Syntax), Object: key(o.Path), Unnecessary: true,
		Message: fmt.Sprintf("The override of %s has no effect: %s.", quoted(o.Name), why),
		Related: []Related{{workspace.Location{Path: p.Path, Span: at.Span()}, said}},
		Fixes: []Fix{p.rewriteFix("Remove the override", len(p.reasons(o.Syntax)) == 0, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.RemoveOverride(m, o.Syntax)
		})},
	})
}

func (p *Pass) reportDeadFlake(o *workspace.Input) {
	p.Report(Finding{
		Span: o.Syntax.Flake.Attr.Span(), Object: key(o.Path), Unnecessary: true,
		Message: fmt.Sprintf("`flake` of an override has no effect: whether %s is a flake, %s itself declares.", quoted(o.Name), quoted(o.Parent.Name)),
		Fixes: []Fix{p.rewriteFix("Remove flake", len(p.reasons(o.Syntax)) == 0, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.RemoveAttribute(m, o.Syntax.Flake.Attr)
		})},
	})
}

// whole is the place of an override that is written at one place, else of its name where it first stands.
func whole(in *parse.Input) text.Span {
	if places := in.Attr.Places; len(places) == 1 && !places[0].Binding.Inherit {
		return text.Span{Start: places[0].Name().Span.Start, End: places[0].Binding.Span.End}
	}
	return in.Attr.Span()
}
