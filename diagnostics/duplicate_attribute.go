package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:    "duplicate-attribute",
	Level:   Error,
	Since:   "0.1.0",
	Kinds:   []parse.FileKind{parse.Flake, parse.Mana, parse.Entrypoint},
	Summary: "An attribute is set twice.",
	Doc: `## What it does

Finds an attribute path that is set twice in one set. Two values that are literal sets merge, and are fine:
` + "`inputs.a.url = …;` beside `inputs = { b.url = …; };`" + `.

## Why is this bad?

Nix's parser rejects the file, also where both values are the same. It happens when an input is copied from another flake, or
after a merge.

## How to mend it

Remove one of the two.

## Fix safety

Where both say the same, removing the second is safe. Else it is a choice which one goes.

## References

Nix manual: Nix language, section "Attribute set".
`,
	Check: func(p *Pass) {
		for _, e := range p.Manifest.Errors {
			if e.Code != parse.DuplicateAttribute {
				continue
			}
			name := pathName(e.Path)
			p.Report(Finding{
				Span: e.Span, Object: name,
				Message: fmt.Sprintf("%s is set twice; only two sets that are written out merge.", quoted(name)),
				Related: []Related{p.here(e.Other, quoted(name)+" is set here already")},
				Fixes:   p.removeDuplicate(e),
			})
		}
	},
})

// removeDuplicate are the fixes that remove the second binding, or the first.
func (p *Pass) removeDuplicate(e parse.SyntaxError) []Fix {
	first, second := bindingAt(p.Manifest, e.Other), bindingAt(p.Manifest, e.Span)
	if second == nil || first.Inherit || second.Inherit {
		return nil // in the body of a function, or one of several names
	}
	remove := func(title string, safe bool, span text.Span) Fix {
		return p.rewriteFix(title, safe, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.RemoveBinding(m, bindingAt(m, span))
		})
	}
	source := p.Manifest.Text
	ends := func(b *parse.Binding, span text.Span) bool { return b.Path[len(b.Path)-1].Span == span }
	if ends(first, e.Other) && ends(second, e.Span) && first.Value.Span.In(source) == second.Value.Span.In(source) {
		return []Fix{remove("Remove the second", true, e.Span)}
	}
	return []Fix{remove("Remove this one", false, e.Span), remove("Remove the other", false, e.Other)}
}

// bindingAt finds the binding of which an element of the path stands at a place, outside of the bodies of functions.
func bindingAt(m *parse.Manifest, span text.Span) *parse.Binding {
	for set := range m.Root.Sets() {
		for _, b := range set.Bindings {
			if slices.ContainsFunc(b.Path, func(name parse.Name) bool { return name.Span == span }) {
				return b
			}
		}
	}
	return nil
}
