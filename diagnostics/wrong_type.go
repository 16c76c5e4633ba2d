package diagnostics

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:    "wrong-type",
	Level:   Error,
	Since:   "0.1.0",
	Summary: "A part of flake.nix is of another type than Nix takes.",
	Doc: `## What it does

Compares the type of every part of flake.nix with the one that Nix wants: the file is one attribute set and has ` + "`outputs`" + `, a function;
` + "`description` and `follows`" + ` are strings, ` + "`inputs`" + `, every input, its overrides and ` + "`nixConfig`" + ` are sets, ` + "`url`" + ` is a string or a path, ` + "`flake`" + ` a
Boolean, a setting of ` + "`nixConfig`" + ` a string, a path (of something that is there, in the source of the flake), a Boolean, an integer or a list of strings. The
attributes of an input with a ` + "`type`" + ` have the type that its fetcher wants.

What Nix would have to evaluate to know its type is the rule ` + "`not-literal`" + `.

## Why is this bad?

Every command that reads this flake fails.

## How to mend it

Write a value of the type that the message names. A file that begins with ` + "`let … in`" + ` or ` + "`with`" + ` has to become the attribute set alone.

## Fix safety

A Boolean that was written as a string can be written without the quotes. That is a choice, as all that changes a value is.

## References

Nix manual: nix flake, sections "Flake format" and "Flake inputs".
`,
	Check: func(p *Pass) {
		m := p.Manifest
		if m.Root.Kind != parse.Set {
			if m.Clean() {
				p.reportRoot()
			}
			return
		}
		for _, a := range m.Root.Set.Attrs {
			if want, ok := topKinds[a.Name]; ok {
				p.wantKind(a, m.Value.Member(a.Name), []string{a.Name}, want)
			}
		}
		if m.Outputs == nil && m.Clean() && !m.Root.Set.DynamicNames {
			p.Report(Finding{
				Span: m.Root.Set.Open, Object: "outputs",
				Message: "The flake lacks the attribute `outputs`, a function of its inputs.",
			})
		}
		for _, in := range m.Inputs {
			p.wantSet(in)
		}
		if m.Self != nil && p.wantKindOf(m.Self, m.Self.Attr, m.Self.Value, setKind) {
			for _, f := range m.Self.Fields {
				if slices.Contains(selfAttributes, f.Name) {
					p.wantKindOf(m.Self, f.Attr, f.Value, fetcherKinds, f.Name)
				}
			}
		}
		p.checkNixConfig()
	},
})

var (
	setKind      = []parse.ValueKind{parse.SetValue}
	stringKind   = []parse.ValueKind{parse.StringValue}
	fetcherKinds = []parse.ValueKind{parse.StringValue, parse.BoolValue, parse.IntegerValue}
	settingKinds = []parse.ValueKind{parse.StringValue, parse.PathValue, parse.BoolValue, parse.IntegerValue, parse.ListValue}

	topKinds = map[string][]parse.ValueKind{
		"description": stringKind, "inputs": setKind, "outputs": {parse.FunctionValue}, "nixConfig": setKind,
	}
	inputKinds = map[string][]parse.ValueKind{
		"url": {parse.StringValue, parse.PathValue}, "follows": stringKind, "flake": {parse.BoolValue},
	}
	attributeKinds = map[ref.ValueKind][]parse.ValueKind{
		ref.String: stringKind, ref.Integer: {parse.IntegerValue}, ref.Boolean: {parse.BoolValue},
	}
)

// reportRoot speaks of a file that is no attribute set.
func (p *Pass) reportRoot() {
	root := p.Manifest.Root
	what := "an expression that would have to be evaluated"
	switch root.Kind {
	case parse.Missing:
		return
	case parse.Let:
		what = "`let … in`"
	case parse.With:
		what = "`with`"
	case parse.Lambda:
		what = "a function"
	default:
		if p.Manifest.Value.Kind != parse.UnknownValue && p.Manifest.Value.Kind != parse.SetValue {
			what = kindName(p.Manifest.Value.Kind)
		}
	}
	p.Report(Finding{
		Span:    firstLine(root.Span, p.Manifest.Text),
		Message: fmt.Sprintf("A flake.nix is one attribute set that is written out, { … }; this is %s.", what),
	})
}

// firstLine is the part of a span on its first line.
func firstLine(span text.Span, source string) text.Span {
	if i := strings.IndexAny(span.In(source), "\r\n"); i >= 0 {
		span.End = span.Start + i
	}
	return span
}

// wantKind reports an attribute whose value has another type, and says whether it has the right one or may have it.
func (p *Pass) wantKind(a *parse.Attr, v *parse.Value, path []string, want []parse.ValueKind) bool {
	if p.mayBe(a, v, want) {
		return true
	}
	f := Finding{
		Span: valueSpan(a), Object: pathName(path),
		Message: fmt.Sprintf("%s is %s; Nix expects %s.", quoted(pathName(path)), kindName(v.Kind), oneOf(want)),
	}
	if slices.Contains(want, parse.BoolValue) && (v.Text == "true" || v.Text == "false") {
		f.Fixes = []Fix{p.rewriteFix("Write "+v.Text+" without quotes", false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.SetValue(m, attrAt(m.Root.Set, path).Value, v.Text)
		})}
	}
	p.Report(f)
	return false
}

// mayBe says whether the value of an attribute is, or may be, of one of some kinds.
func (p *Pass) mayBe(a *parse.Attr, v *parse.Value, want []parse.ValueKind) bool {
	return v == nil || v.Kind == parse.UnknownValue || slices.Contains(want, v.Kind) || isThunk(p.Manifest, a)
}

// wantKindOf is wantKind for an attribute of an input, or for the input itself.
func (p *Pass) wantKindOf(in *parse.Input, a *parse.Attr, v *parse.Value, want []parse.ValueKind, more ...string) bool {
	return p.mayBe(a, v, want) || p.wantKind(a, v, attrPath(in, more...), want)
}

// wantSet checks an input, or an override, and what stands in it.
func (p *Pass) wantSet(in *parse.Input) {
	if !p.wantKindOf(in, in.Attr, in.Value, setKind) || in.Alias || in.Name == "self" {
		return
	}
	for _, f := range in.Fields {
		want, known := inputKinds[f.Name]
		switch {
		case in.Type != nil && f.Name != "flake" && f.Name != "follows":
			p.wantAttribute(in, f)
		case known:
			p.wantKindOf(in, f.Attr, f.Value, want, f.Name)
		}
	}
	if in.OverridesAttr != nil {
		p.wantKindOf(in, in.OverridesAttr, in.Value.Member("inputs"), setKind, "inputs")
	}
	for _, o := range in.Overrides {
		p.wantSet(o)
	}
}

// wantAttribute checks an attribute of the form with a type.
func (p *Pass) wantAttribute(in *parse.Input, f *parse.Field) {
	if f == in.Type {
		p.wantKindOf(in, f.Attr, f.Value, stringKind, f.Name)
		return
	}
	typ, _ := in.Type.Text()
	for _, a := range ref.Attributes(typ) {
		if a.Name == f.Name && f.Name != "publicKeys" { // these may be a list, where the feature is on
			p.wantKindOf(in, f.Attr, f.Value, attributeKinds[a.Kind], f.Name)
		}
	}
}

// checkNixConfig checks the settings of nixConfig.
func (p *Pass) checkNixConfig() {
	config := p.Manifest.Attr("nixConfig")
	if config == nil || config.Members == nil || isThunk(p.Manifest, config) {
		return
	}
	for _, a := range config.Members.Attrs {
		path := []string{"nixConfig", a.Name}
		v := valueAt(p.Manifest.Value, path)
		if !p.wantKind(a, v, path, settingKinds) || v == nil || isThunk(p.Manifest, a) {
			continue
		}
		switch v.Kind {
		case parse.ListValue:
			p.checkList(a, v, path)
		case parse.PathValue:
			p.checkSettingPath(a, v, path)
		}
	}
}

// checkList checks that a setting's list holds strings.
func (p *Pass) checkList(a *parse.Attr, v *parse.Value, path []string) {
	for i, expr := range listElements(a) { // those of an alias are judged where they stand
		element, span := v.List[i], expr.Span
		thunk := slices.ContainsFunc(p.Manifest.Thunks, func(t parse.Thunk) bool { return t.Span == span })
		if element.Kind == parse.StringValue || element.Kind == parse.UnknownValue || thunk {
			continue
		}
		p.Report(Finding{
			Span: span, Object: pathName(path),
			Message: fmt.Sprintf("Element %s of %s is %s; Nix expects a list of strings.", strconv.Itoa(i+1), quoted(pathName(path)), kindName(element.Kind)),
		})
	}
}

// checkSettingPath reports a setting that is the path of nothing: Nix copies what is there into the store.
func (p *Pass) checkSettingPath(a *parse.Attr, v *parse.Value, path []string) {
	place := filepath.FromSlash(v.Text)
	f := Finding{
		Span: valueSpan(a), Object: pathName(path),
		Message: fmt.Sprintf("%s is the path %s, and there is nothing; Nix copies what a path leads to.", quoted(pathName(path)), quoted(v.Text)),
	}
	switch {
	case strings.HasPrefix(place, "~"): // a syntax-error
	case filepath.IsAbs(place):
		f.Message = fmt.Sprintf("%s is the path %s, which is not in the source of this flake: Nix does not read it.", quoted(pathName(path)), quoted(v.Text))
		p.Report(f)
	case p.isAbsent(filepath.Join(p.Flake.Dir, place)):
		p.Report(f)
	}
}
