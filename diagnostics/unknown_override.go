package diagnostics

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "unknown-override",
	Level:   Warning,
	Since:   "0.2.0",
	Needs:   NeedsLock,
	Summary: "An override of an input that the overridden flake does not have.",
	Doc: `## What it does

Finds ` + "`inputs.X.inputs.Y`" + ` where the flake behind ` + "`X`" + ` has no input ` + "`Y`" + `: as the entry of flake.lock says, or the flake.nix of a ` + "`path:`" + ` input.
Where only a fetch could tell, it is silent.

## Why is this bad?

It has no effect: Nix warns "input 'X' has an override for a non-existent input 'Y'", and goes on. Mostly the name has a slip in it, or
` + "`X`" + ` has renamed or dropped the input, so that what should follow is locked on its own.

## How to mend it

Write the name that the flake has. Where it has no such input any more, remove the override.

## Fix safety

Both are choices: what was meant only a person knows.

## References

Nix manual: nix flake, section "Flake inputs" (inputs of inputs).
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			if in.Parent == nil || dead(in.Parent) {
				continue
			}
			if parent := p.lockingOf().inputAt(in.Parent.Path); parent != nil && !parent.node.open && parent.node.inputs.named(in.Name) == nil {
				p.reportUnknownOverride(in, parent)
			}
		}
	},
})

func (p *Pass) reportUnknownOverride(o *workspace.Input, parent *lockedInput) {
	names := parent.node.inputs.names()
	comments := p.reasons(o.Syntax)
	f := Finding{
		Span: o.Syntax.Attr.Span(), Object: key(o.Path),
		Message: fmt.Sprintf("%s has no input %s: the override has no effect.", quoted(key(o.Parent.Path)), quoted(o.Name)),
		Related: relatedReasons(p.Path, comments),
	}
	near := nearest(o.Name, names)
	switch {
	case len(near) > 0:
		f.Message += fmt.Sprintf(" It has %s.", listed(near))
	case len(names) == 0:
		f.Message += " It has no inputs at all."
	case len(names) == 1:
		f.Message += fmt.Sprintf(" Its only input is %s.", quoted(names[0]))
	case len(names) <= mostListed:
		f.Message += fmt.Sprintf(" Its inputs are %s.", listed(names))
	}
	if parent.kept && parent.node.flake == nil {
		f.Related = append(f.Related, p.nodePlace(parent.entry, quoted(key(o.Parent.Path))+" is locked here"))
	} else if parent.node.flake != nil {
		at := workspace.Location{Path: parent.node.flake.File.Path, Span: inputsPlace(parent.node.flake.Manifest)}
		f.Related = append(f.Related, Related{at, quoted(key(o.Parent.Path)) + " declares its inputs here"})
	}
	for _, name := range near {
		if o.Parent.Override(name) != nil {
			continue
		}
		f.Fixes = append(f.Fixes, p.rewriteFix("Rename the override to "+name, false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.RenameAttribute(m, syntaxAt(m, o.Path).Attr, name)
		}))
	}
	f.Fixes = append(f.Fixes, p.removeOverride(o))
	p.Report(f)
}

// mostListed is how many names a message lists.
const mostListed = 5
