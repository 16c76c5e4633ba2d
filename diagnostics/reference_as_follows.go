package diagnostics

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:     "reference-as-follows",
	Level:    Warning,
	Since:    "0.1.0",
	Needs:    NeedsPins,
	Silences: []string{"raw-url", "registry-url", "pinned-rev"},
	Summary:  "A url says pins/NAME, which is a ref of a registry entry, not an input of pins.",
	Doc: `## What it does

Finds an input whose ` + "`url`" + ` is ` + "`pins/NAME`" + `, where ` + "`pins`" + ` is the pins input of the flake.

## Why is this bad?

As a ` + "`url`" + `, ` + "`pins/crane`" + ` is an indirect flake reference: the branch or tag ` + "`crane`" + ` of whatever a flake registry has under the id
` + "`pins`" + `. It never means the input ` + "`crane`" + ` of the pins flake. Only ` + "`follows`" + ` takes a path of inputs. Any other first part is left alone:
` + "`nixpkgs/nixos-unstable`" + ` is a good reference though ` + "`nixpkgs`" + ` is an input.

## How to mend it

` + "`crane.follows = \"pins/crane\";`" + `

## Fix safety

The fix is a choice, since it changes where the input comes from.

## References

Nix manual: nix flake, sections "Flake references" (indirect) and "Flake inputs" (follows).
`,
	Check: func(p *Pass) {
		if p.Pins.Declared == nil {
			return
		}
		for in := range allInputs(p.Flake.Inputs) {
			if !written(in) || in.IsFollow || in.Reference.ID() != p.Pins.Input {
				continue
			}
			name := in.Reference.Ref()
			if name == "" || in == p.Pins.Declared || dead(in.Parent) {
				continue
			}
			p.reportReferenceAsFollows(in, name)
		}
	},
})

func (p *Pass) reportReferenceAsFollows(in *workspace.Input, name string) {
	path := p.Pins.Input + "/" + name
	f := Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("As a url, `%s` means ref %s of the registry's %s; an input of pins is named by `follows`.", path, quoted(name), quoted(p.Pins.Input)),
	}
	if offer := p.Pins.Offer(name); offer != nil {
		if offer.Declaration.Path != "" {
			f.Related = append(f.Related, Related{offer.Declaration, quoted(path) + " is declared here"})
		}
		f.Fixes = p.followFixes(in, path, "Follow "+path, false)
	} else if len(p.Pins.Offers()) == 0 {
		f.Fixes = p.followFixes(in, path, "Follow "+path, false)
	} else if near, ok := ref.Nearest(name, offerNames(p.Pins)); ok {
		path = p.Pins.Input + "/" + near
		f.Message += " Pins has no " + quoted(name) + "; the nearest is " + quoted(near) + "."
		f.Fixes = p.followFixes(in, path, "Follow "+path, false)
	} else {
		f.Message += " Pins has no " + quoted(name) + "."
	}
	p.Report(f)
}
