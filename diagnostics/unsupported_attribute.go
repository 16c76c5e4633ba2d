package diagnostics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:    "unsupported-attribute",
	Level:   Error,
	Since:   "0.1.0",
	Summary: "An attribute that Nix does not know at this place of flake.nix.",
	Doc: `## What it does

Finds attributes that Nix refuses:

- at the top of the file, other than ` + "`description`, `inputs`, `outputs` and `nixConfig`" + `;
- in an input without ` + "`type`" + `, other than ` + "`url`, `follows`, `flake` and `inputs`" + `: a ref or a folder is part of the URL;
- in an input with a ` + "`type`" + `, other than the attributes of that type;
- in ` + "`inputs.self`" + `, other than ` + "`submodules` and `lfs`" + `;
- an override called ` + "`self`" + `.

## Why is this bad?

Every command that reads this flake fails, also where the attribute says nothing that matters.

## How to mend it

Write the name that was meant, or remove the attribute. ` + "`ref`, `rev` and `dir`" + ` go into the URL:
` + "`github:owner/repo/REF`, `github:owner/repo?dir=DIR`" + `.

## Fix safety

All fixes are choices: Nix never said what the attribute was to mean.

## References

Nix manual: nix flake, sections "Flake format", "Flake inputs" and "Flake references".
`,
	Check: func(p *Pass) {
		m := p.Manifest
		if m.Root.Kind != parse.Set {
			return
		}
		for _, a := range m.Root.Set.Attrs {
			if !slices.Contains(topAttributes, a.Name) {
				p.reportUnsupported(a, []string{a.Name}, "an attribute of a flake", topAttributes)
			}
		}
		if m.Self != nil {
			for _, f := range m.Self.Fields {
				if !slices.Contains(selfAttributes, f.Name) {
					p.reportUnsupported(f.Attr, attrPath(m.Self, f.Name), "an attribute of `inputs.self`", selfAttributes)
				}
			}
		}
		writtenOut(m.Inputs, p.checkInputAttributes)
	},
})

var (
	topAttributes   = []string{"description", "inputs", "outputs", "nixConfig"}
	inputAttributes = []string{"url", "follows", "flake", "inputs"}
	selfAttributes  = []string{"submodules", "lfs"}
)

func (p *Pass) checkInputAttributes(in *parse.Input) {
	if in.Name == "self" {
		p.Report(Finding{
			Span: in.Attr.Span(), Object: key(in.Path),
			Message: fmt.Sprintf("`self` of %s cannot be overridden: it is that flake itself.", quoted(key(in.Parent.Path))),
			Fixes:   []Fix{p.removeAttribute(attrPath(in))},
		})
		return
	}
	what, known := "an attribute of an input", inputAttributes
	if in.Type != nil {
		typ, _ := in.Type.Text()
		attributes := ref.Attributes(typ)
		if attributes == nil {
			return // the type is the fault
		}
		what, known = "an attribute of an input of type "+quoted(typ), []string{"type", "flake", "follows", "inputs", "__final"}
		for _, a := range attributes {
			known = append(known, a.Name)
		}
	}
	for _, f := range in.Fields {
		if !slices.Contains(known, f.Name) {
			p.reportUnsupported(f.Attr, attrPath(in, f.Name), what, known, p.intoURL(in, f)...)
		}
	}
}

// reportUnsupported speaks of one attribute; more are fixes to offer before the usual ones.
func (p *Pass) reportUnsupported(a *parse.Attr, path []string, what string, known []string, more ...Fix) {
	if a.Value != nil && a.Value.Kind == parse.Missing {
		return // half-typed
	}
	known = slices.DeleteFunc(slices.Clone(known), func(name string) bool { return strings.HasPrefix(name, "_") })
	f := Finding{
		Span: a.Span(), Object: pathName(path),
		Message: fmt.Sprintf("%s is not %s; Nix knows %s.", quoted(a.Name), what, listed(known)),
	}
	if attrAt(p.Manifest.Root.Set, path) == nil { // another name for it stands here
		p.Report(f)
		return
	}
	f.Fixes = more
	for _, name := range nearest(a.Name, known) {
		if attrAt(p.Manifest.Root.Set, append(slices.Clone(path[:len(path)-1]), name)) != nil {
			continue // it is there already
		}
		f.Fixes = append(f.Fixes, p.rewriteFix("Rename to "+name, false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.RenameAttribute(m, attrAt(m.Root.Set, path), name)
		}))
	}
	f.Fixes = append(f.Fixes, p.removeAttribute(path))
	p.Report(f)
}

func (p *Pass) removeAttribute(path []string) Fix {
	return p.rewriteFix("Remove "+path[len(path)-1], false, func(m *parse.Manifest) (rewrite.Change, error) {
		return rewrite.RemoveAttribute(m, attrAt(m.Root.Set, path))
	})
}

// intoURL is the fix for a ref, rev or dir that stands beside the URL that it belongs into.
func (p *Pass) intoURL(in *parse.Input, f *parse.Field) []Fix {
	input := inputAt(p.Flake, in.Path)
	if in.URL == nil || input.Reference.Has(f.Name) {
		return nil
	}
	text, _ := f.Text()
	r := input.Reference
	switch f.Name {
	case "ref":
		r = r.WithRef(text)
	case "rev":
		r = r.WithRev(text)
	case "dir":
		r = r.WithDir(text)
	}
	url, _ := r.URL(input.IsFlake)
	if again, _ := ref.ParseInputOf(url, input.IsFlake); again != r || r == input.Reference {
		return nil // such a text cannot be said in the URL
	}
	path := attrPath(in, f.Name)
	return []Fix{p.rewriteFix("Write it into the URL: "+ref.Redact(url), false,
		func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.RemoveAttribute(m, attrAt(m.Root.Set, path))
		},
		func(m *parse.Manifest) (rewrite.Change, error) { return rewrite.SetURL(m, syntaxAt(m, in.Path), url) },
	)}
}
