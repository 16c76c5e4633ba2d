package parse

import (
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
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
func Parse(kind FileKind, source string) *Manifest { return parseVersion(kind, source, nil) }

// parseVersion is Parse by what is left of the version before, which may be nil.
func parseVersion(kind FileKind, source string, before *version) *Manifest {
	m := &Manifest{Kind: kind, Text: source, Root: &Expr{}}
	if len(source) > MaxSize {
		m.Value = &Value{Text: source}
		m.Errors = []SyntaxError{{Message: "the file is larger than 1 MiB and was not read"}}
		return m
	}
	t, f := repaired(source, before)
	m.build(t, f)
	if f == nil {
		m.syntax = t.compact(len(m.Errors) == 0)
	}
	t.release()
	return m
}

// Again is the manifest that Parse gave for the same kind and the same text, out of its Syntax.
func Again(kind FileKind, source string, syntax Compact) *Manifest {
	if syntax == "" {
		return Parse(kind, source)
	}
	m := &Manifest{Kind: kind, Text: source, Root: &Expr{}, syntax: syntax}
	t := syntax.expand(source)
	m.build(t, nil)
	t.release()
	return m
}

// Syntax is what Again needs of the text.
func (m *Manifest) Syntax() Compact { return m.syntax }

// tree is the tree of the text, read again.
func (m *Manifest) tree() *tree {
	if m.syntax != "" {
		return m.syntax.expand(m.Text)
	}
	t, _ := repaired(m.Text, nil)
	return t
}

// build fills in the manifest. f is the first fault of the text, or nil.
func (m *Manifest) build(t *tree, f *fault) {
	source, kind := m.Text, m.Kind
	b := &builder{tree: t}
	switch {
	case f != nil:
		b.fail(Syntax, f.span, f.message)
	case t.status == timedOut:
		b.fail(Syntax, text.Span{End: len(source)}, "reading the file took too long")
	case t.status == tooDeep:
		b.fail(Syntax, text.Span{End: len(source)}, "the file is nested too deeply")
	}
	if root := t.root(); root >= 0 {
		m.Root = b.expr(root)
	}
	if !m.syntax.goodNames() && (len(b.errors) == 0 || b.errors[0].Code != Syntax) {
		b.checkNames()
		if kind == Flake {
			b.checkHomePaths()
		}
	}
	m.Errors = sorted(b.errors)
	v := newEvaluator(source)
	m.Value = v.evaluate(m.Root)
	m.read(v, t)
	m.comments(t)
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
	sortslice.StableFunc(errors, func(a, b SyntaxError) int {
		if a.Span.Start != b.Span.Start {
			return a.Span.Start - b.Span.Start
		}
		return int(a.Code) - int(b.Code)
	})
	return slices.CompactFunc(errors, func(a, b SyntaxError) bool { return a.Code == b.Code && a.Span == b.Span })
}

// read fills in what a flake.nix or an entrypoint.nix says of its inputs and outputs, in the order in which Nix reads it.
func (m *Manifest) read(v *evaluator, t *tree) {
	switch {
	case m.Kind == Entrypoint:
		m.OutputsFunction = m.Root.Lambda
		return
	case m.Kind != Flake:
		return
	}
	set, s := rootSet(m.Root)
	if set == nil {
		return
	}
	r := inputReader{evaluator: v, literalReader: &literalReader{tree: t}}
	want := func(wanted string, a *Attr) { r.want(wanted, func() []string { return []string{a.Name} }, a, s, nil) }
	if a := set.Attr("description"); a != nil {
		want("a string", a)
	}
	if m.InputsAttr = set.Attr("inputs"); m.InputsAttr != nil {
		want("a set", m.InputsAttr)
		target, targetScope := resolve(m.InputsAttr, s, nil)
		if target.Members != nil {
			m.Inputs = r.inputs(target.Members, targetScope, nil)
		}
	}
	for i, in := range m.Inputs {
		if in.Name == "self" {
			m.Self = in
			m.Inputs = slices.Delete(m.Inputs, i, i+1)
			break
		}
	}
	if m.Outputs = set.Attr("outputs"); m.Outputs != nil {
		want("a function", m.Outputs)
		if m.Outputs.Value != nil {
			m.OutputsFunction = m.Outputs.Value.Lambda
		}
	}
	if a := set.Attr("nixConfig"); a != nil {
		want("a set", a)
		target, targetScope := resolve(a, s, nil)
		if target.Members != nil {
			r.settings(target.Members, targetScope)
		}
	}
	m.Thunks = r.found
}

// rootSet is the set that holds the file's attributes, and the scope of its values. Nix wants the file to be that set; one
// behind a let, or with something half typed behind it, can be read as well.
func rootSet(e *Expr) (*AttrSet, *scope) {
	var s *scope
	for {
		switch {
		case e.Kind == Set:
			return e.Set, scopeOf(e.Set, s)
		case e.Kind == Let && len(e.Args) == 1:
			s = &scope{attrs: e.Set, outer: s}
			e = e.Args[0]
		case e.Kind == Apply && len(e.Args) > 0:
			e = e.Args[0]
		default:
			return nil, nil
		}
	}
}

// settings notes the thunks of nixConfig.
func (r *inputReader) settings(set *AttrSet, s *scope) {
	inner := scopeOf(set, s)
	for _, a := range set.Attrs {
		path := []string{"nixConfig", a.Name}
		r.want("a string, a path, a Boolean, an integer or a list of strings", func() []string { return path }, a, inner, s)
		if a.Value != nil && a.Value.Kind == List {
			r.listed("a string", path, a.Value, inner)
		}
	}
}

// scopeOf is the scope of the values of a set that stands in the scope s.
func scopeOf(set *AttrSet, s *scope) *scope {
	if set.Rec {
		return &scope{attrs: set, outer: s}
	}
	return s
}

// inputReader turns attributes into inputs.
type inputReader struct {
	*evaluator
	*literalReader
	count int

	inputsMade pieces[Input]
	fieldsMade pieces[Field]
}

// maxAliases bounds how many names are followed from one to the next.
const maxAliases = 100

// maxInputs bounds the inputs and overrides that are read. Names can make few lines stand for very many.
const maxInputs = 20_000

// resolve follows a plain variable to the attribute that it names, with the scope in which that one's value stands. The
// attribute's own value stands in inner, or in outer if it is inherited.
func resolve(a *Attr, inner, outer *scope) (*Attr, *scope) {
	for range maxAliases {
		if a.Places[0].Binding.Inherit {
			inner = outer
		}
		if a.Members != nil || a.Value == nil || a.Value.Kind != Variable {
			break
		}
		at := inner
		for at != nil && at.attrs.Attr(a.Value.Text) == nil {
			at = at.outer
		}
		if at == nil {
			break
		}
		a, inner, outer = at.attrs.Attr(a.Value.Text), at, at.outer
	}
	return a, inner
}

// inputs reads the members of an `inputs` that stands in the scope s.
func (r *inputReader) inputs(set *AttrSet, s *scope, parent *Input) []*Input {
	inner := scopeOf(set, s)
	if len(set.Attrs) == 0 {
		return nil
	}
	list := make([]*Input, 0, min(len(set.Attrs), maxInputs))
	for _, a := range set.Attrs {
		if r.count++; r.count > maxInputs {
			break
		}
		in := r.inputsMade.one()
		in.Name, in.Parent, in.Attr, in.Path = a.Name, parent, a, []string{a.Name}
		if parent != nil {
			in.Path = append(slices.Clip(parent.Path), a.Name)
		}
		in.Value = r.whole(a, inner, s)
		r.want("a set", func() []string { return in.attrPath() }, a, inner, s)
		target, targetScope := resolve(a, inner, s)
		in.Alias = target != a
		if target.Members != nil {
			r.fields(in, target.Members, targetScope)
		}
		list = append(list, in)
	}
	return list
}

// attrPath is the path of the attribute of an input, from the root of the file.
func (in *Input) attrPath() []string {
	path := make([]string, 0, 2*len(in.Path)+2)
	for _, name := range in.Path {
		path = append(path, "inputs", name)
	}
	return path
}

// fields reads the attributes of an input.
func (r *inputReader) fields(in *Input, set *AttrSet, s *scope) {
	inner := scopeOf(set, s)
	for _, a := range set.Attrs {
		path := func() []string { return append(in.attrPath(), a.Name) }
		if a.Name == "inputs" && !(in.Parent == nil && in.Name == "self") {
			in.OverridesAttr = a
			r.want("a set", path, a, inner, s)
			target, targetScope := resolve(a, inner, s)
			if target.Members != nil && len(in.Path) < maxNesting {
				in.Overrides = r.inputs(target.Members, targetScope, in)
			}
			continue
		}
		f := r.fieldsMade.one()
		f.Name, f.Attr, f.Value = a.Name, a, r.whole(a, inner, s)
		in.Fields = append(in.Fields, f)
		wanted := "a string, a Boolean or an integer"
		switch a.Name {
		case "url":
			in.URL = f
			wanted = "a string or a path"
		case "follows":
			in.Follows = f
			wanted = "a string"
		case "flake":
			in.Flake = f
			wanted = "a Boolean"
		case "type":
			in.Type = f
		case "publicKeys":
			// The one attribute that the reader evaluates.
			continue
		}
		r.want(wanted, path, a, inner, s)
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
