package parse

import (
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// KindOf tells the kind of a file by its name.
func KindOf(path string) FileKind {
	switch filepath.Base(path) {
	case "flake.nix":
		return Flake
	case "mana.nix":
		return Mana
	case "entrypoint.nix":
		return Entrypoint
	}
	return Other
}

// Parse reads the source of a file of the given kind. It always gives a manifest; what makes Nix's parser refuse the text
// is in its Errors. A source longer than MaxSize is not read: its manifest is empty but for one error.
func Parse(kind FileKind, source string) *Manifest {
	m := &Manifest{Kind: kind, Text: source, Root: &Expr{}}
	if len(source) > MaxSize {
		m.Value = &Value{Text: source}
		m.Errors = []SyntaxError{{Message: "the file is larger than 1 MiB and was not read"}}
		return m
	}
	t := parseTree(source)
	b := &builder{tree: t}
	b.errors = append(b.errors, syntaxErrors(t)...)
	if t.broken() {
		t = repaired(t)
		b.tree = t
	}
	if root := t.root(); root >= 0 {
		m.Root = b.expr(root)
	}
	b.checkNames()
	m.Errors = sorted(b.errors)
	v := newEvaluator(source)
	m.Value = v.evaluate(m.Root)
	m.read(v)
	m.comments(t)
	return m
}

// root is the node of the file's expression, or -1.
func (t *tree) root() int32 {
	if list := t.expressions(0); len(list) > 0 {
		return list[0]
	}
	return -1
}

// sorted orders the errors by place and drops what was found twice.
func sorted(errors []SyntaxError) []SyntaxError {
	slices.SortStableFunc(errors, func(a, b SyntaxError) int {
		if a.Span.Start != b.Span.Start {
			return a.Span.Start - b.Span.Start
		}
		return int(a.Code) - int(b.Code)
	})
	return slices.CompactFunc(errors, func(a, b SyntaxError) bool { return a.Code == b.Code && a.Span == b.Span })
}

// read fills in what a flake.nix or an entrypoint.nix says of its inputs and outputs.
func (m *Manifest) read(v *evaluator) {
	switch m.Kind {
	case Entrypoint:
		m.OutputsFunction = m.Root.Lambda
		return
	case Flake:
	default:
		return
	}
	set := m.Root.Set
	if m.Root.Kind != Set {
		return
	}
	scope := scopeOf(set, nil)
	if m.Outputs = set.Attr("outputs"); m.Outputs != nil && m.Outputs.Value != nil {
		m.OutputsFunction = m.Outputs.Value.Lambda
	}
	m.InputsAttr = set.Attr("inputs")
	if m.InputsAttr == nil || m.InputsAttr.Members == nil {
		return
	}
	r := inputReader{v}
	m.Inputs = r.inputs(m.InputsAttr.Members, scope, nil)
	for i, in := range m.Inputs {
		if in.Name == "self" {
			m.Self = in
			m.Inputs = slices.Delete(m.Inputs, i, i+1)
			break
		}
	}
	m.Thunks = thunks(m)
}

// scopeOf is the scope of the values of a set that stands in the scope s.
func scopeOf(set *AttrSet, s *scope) *scope {
	if set.Rec {
		return &scope{attrs: set, outer: s}
	}
	return s
}

// inputReader turns attributes into inputs.
type inputReader struct{ *evaluator }

// maxAliases bounds how many names are followed from one to the next.
const maxAliases = 100

// resolve follows a plain variable to the attribute that it names, with the scope in which that stands.
func resolve(a *Attr, s *scope) (*Attr, *scope) {
	outer := s
	for range maxAliases {
		if a.Value == nil || a.Value.Kind != Variable || a.Members != nil {
			return a, s
		}
		from := s
		if a.Places[0].Binding.Inherit {
			from = outer
		}
		found := false
		for at := from; at != nil; at = at.outer {
			if target := at.attrs.Attr(a.Value.Text); target != nil {
				a, s, outer, found = target, at, at.outer, true
				break
			}
		}
		if !found {
			return a, s
		}
	}
	return a, s
}

// inputs reads the members of an `inputs` that stands in the scope s.
func (r inputReader) inputs(set *AttrSet, s *scope, parent *Input) []*Input {
	inner := scopeOf(set, s)
	var list []*Input
	for _, a := range set.Attrs {
		in := &Input{Name: a.Name, Parent: parent, Attr: a, Path: []string{a.Name}}
		if parent != nil {
			in.Path = append(slices.Clone(parent.Path), a.Name)
		}
		in.Value = r.whole(a, inner, s)
		from := inner
		if a.Places[0].Binding.Inherit {
			from = s
		}
		target, targetScope := resolve(a, from)
		in.Alias = target != a
		if target.Members != nil {
			r.fields(in, target.Members, targetScope)
		}
		list = append(list, in)
	}
	return list
}

// fields reads the attributes of an input.
func (r inputReader) fields(in *Input, set *AttrSet, s *scope) {
	inner := scopeOf(set, s)
	for _, a := range set.Attrs {
		if a.Name == "inputs" {
			in.OverridesAttr = a
			target, targetScope := resolve(a, inner)
			if target.Members != nil && len(in.Path) < maxNesting {
				in.Overrides = r.inputs(target.Members, targetScope, in)
			}
			continue
		}
		f := &Field{Name: a.Name, Attr: a, Value: r.whole(a, inner, s)}
		in.Fields = append(in.Fields, f)
		switch a.Name {
		case "url":
			in.URL = f
		case "follows":
			in.Follows = f
		case "flake":
			in.Flake = f
		case "type":
			in.Type = f
		}
	}
}

// whole is the value of an attribute, wholly computed.
func (v *evaluator) whole(a *Attr, inner, outer *scope) *Value {
	value := v.attr(a, inner, outer)
	v.deep(value, nil)
	return value
}

// insertion is the empty span at an offset.
func insertion(offset int) text.Span { return text.Span{Start: offset, End: offset} }
