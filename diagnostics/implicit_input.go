package diagnostics

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:          "implicit-input",
	Level:         Warning,
	Since:         "0.1.0",
	Needs:         NeedsCleanParse,
	MessageVaries: true,
	Summary:       "An input that is declared nowhere, so that Nix asks a flake registry for its name.",
	Doc: `## What it does

Finds the arguments of ` + "`outputs`" + ` that no input declares, and inputs that have overrides but no reference. Of both Nix makes the
indirect reference of the same name and asks the flake registry for it. It is a warning where no registry is known to have the
name, else an information.

## Why is this bad?

A slip in a name becomes another input instead of an error, and the reference of that input is written in no file of this
repository.

## How to mend it

Declare the input: let it follow pins, or give it a url.

## Fix safety

A choice: what the registry stands for and what pins offers under the name may be two things.

## References

Nix manual: nix flake, sections "Flake format" (outputs) and "Flake inputs"; nix registry.
`,
	Check: func(p *Pass) {
		if !p.Manifest.WholeInputs() {
			return // an input that an evaluation would make may be the one; Nix refuses that, and not-literal says so
		}
		for _, in := range p.Flake.Inputs {
			if in.Indirect && in.HasReference && (in.Formal != nil || written(in)) {
				p.reportImplicitInput(in)
			}
		}
	},
})

func (p *Pass) reportImplicitInput(in *workspace.Input) {
	f := Finding{Object: in.Name}
	how := "an argument of outputs that no input declares"
	if in.Formal != nil {
		f.Span = in.Formal.NameSpan
	} else {
		f.Span = in.Syntax.Attr.Span()
		how = "an input without url or follows"
	}
	result, err := p.Snapshot.Registry().Resolve(in.Reference, registry.FlakeInput)
	if err == nil {
		f.Severity = Information
		f.Message = fmt.Sprintf("%s is %s, so Nix takes it for an id, which %s makes %s.", quoted(in.Name), how, result.Registry(), quoted(ref.Redact(result.Ref.String())))
	} else {
		f.Message = fmt.Sprintf("%s is %s, so Nix takes it for an id: %s.", quoted(in.Name), how, unresolved(err))
		if near, ok := ref.Nearest(in.Name, p.declaredNames()); ok {
			f.Message += " Was " + quoted(near) + " meant?"
		} else if isUncertain(err) {
			f.Severity = Information
		}
	}
	f.Fixes = p.declarations(in)
	if len(f.Fixes) == 0 || !p.isPinsReference(result.Ref) { // where no registry has it, there is no reference and no fix
		f.Fixes = append(f.Fixes, p.declareFix(in, result.Ref)...)
	}
	p.Report(f)
}

// declaredNames are the names of the inputs that the flake declares with a reference or a follows.
func (p *Pass) declaredNames() []string {
	var names []string
	for _, in := range p.Flake.Inputs {
		if !in.Indirect {
			names = append(names, in.Name)
		}
	}
	return names
}

// declarations are the fixes that declare an input by what pins offers, or pins itself.
func (p *Pass) declarations(in *workspace.Input) []Fix {
	if p.Pins == nil || !p.Pins.Called || p.ignored(in) {
		return nil
	}
	if in.Name == p.Pins.Input {
		if reference, ok := p.pinsReference(); ok {
			return p.declareFix(in, reference)
		}
		return nil
	}
	if in.Syntax != nil {
		return p.followNamesake(in)
	}
	offer := p.Pins.Offer(in.Name)
	if offer == nil || p.Pins.Declared == nil || !offer.IsFlake {
		return nil
	}
	return []Fix{p.rewriteFix("Follow "+offer.Path, false, func(m *parse.Manifest) (rewrite.Change, error) {
		return rewrite.Add(m, in.Name, rewrite.Declaration{Follows: offer.Path})
	})}
}

// isPinsReference says whether a reference is the one that declarations offers for pins.
func (p *Pass) isPinsReference(r ref.Ref) bool {
	reference, _ := p.pinsReference()
	return reference.Canonical() == r.Canonical()
}

// declareFix is the fix that gives an input a url.
func (p *Pass) declareFix(in *workspace.Input, r ref.Ref) []Fix {
	url, ok := r.URL(true)
	if !ok {
		return nil
	}
	return []Fix{p.rewriteFix("Declare "+in.Name+" as "+ref.Redact(url), false, func(m *parse.Manifest) (rewrite.Change, error) {
		if in.Syntax != nil {
			return rewrite.SetURL(m, in.Syntax, url)
		}
		return rewrite.Add(m, in.Name, rewrite.Declaration{URL: url})
	})}
}
