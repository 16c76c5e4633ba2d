package rewrite

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Add declares a new input: behind the last of those that follow the same input, else behind that input, else behind the last
// one. Where the pattern of outputs is closed the name is added to it. An input of that name that says the same already is
// no change; one that says something else is refused.
func Add(m *parse.Manifest, name string, d Declaration) (Change, error) {
	return add(m, name, d, (*editor).behindOthers)
}

// AddFirst is Add before all other inputs, and before the comments that stand right above the first of them.
func AddFirst(m *parse.Manifest, name string, d Declaration) (Change, error) {
	return add(m, name, d, (*editor).beforeOthers)
}

// placing writes a new input among others, of which there are some unless it is refused or the editor has written it.
type placing func(e *editor, name string, d Declaration, statements []statement) error

func add(m *parse.Manifest, name string, d Declaration, place placing) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if name == "self" || name == "" {
		return Change{}, refuse(text.Span{}, "%q cannot be the name of an input", name)
	}
	reference, err := d.reference()
	if err != nil {
		return Change{}, err
	}
	if d.URL == "" && d.Attrs == nil {
		for _, s := range splitFollows(d.Follows) {
			if !ref.IsID(s) {
				return Change{}, refuse(text.Span{}, "%q cannot be an element of a follows path", s)
			}
		}
		if hasPrefix(splitFollows(d.Follows), []string{name}) {
			return Change{}, refuse(text.Span{}, "%s would follow itself", name)
		}
	}
	if in := m.Input(name); in != nil {
		if says(in, d) {
			return e.withFormal(name)
		}
		span := text.Span{}
		if in.Attr != nil && len(in.Attr.Places) > 0 {
			span = in.Attr.Span()
		}
		return Change{}, refuse(span, "%s is an input already", name)
	}
	if span, ok := e.referredTo(name); ok && e.inRec() {
		return Change{}, refuse(span, "another value refers to %s", name)
	}
	statements := append(reference, d.rest()...)
	if err := e.declareNew(name, d, statements, place); err != nil {
		return Change{}, err
	}
	return e.withFormal(name)
}

// withFormal ends Add: the new name goes into a closed pattern.
func (e *editor) withFormal(name string) (Change, error) {
	formals, err := e.formals()
	if err != nil {
		return Change{}, err
	}
	if formals != nil && formals.Closed() && formals.Formal(name) == nil {
		if err := e.addFormal(formals, name); err != nil {
			return Change{}, err
		}
		e.note("adds %s to the arguments of outputs", name)
	}
	return e.finish()
}

// says says whether an input is declared just so.
func says(in *parse.Input, d Declaration) bool {
	url, isURL := in.URL.Text()
	follows, isFollows := in.Follows.Text()
	switch {
	case d.URL != "":
		return isURL && url == d.URL
	case d.Attrs != nil:
		if in.Type == nil || len(in.Fields) < len(d.Attrs) {
			return false
		}
		for key, want := range d.Attrs {
			if f := in.Field(key); f == nil || f.Value == nil || !equal(f.Value, want) {
				return false
			}
		}
		return true
	}
	return isFollows && strings.Join(splitFollows(follows), "/") == strings.Join(splitFollows(d.Follows), "/")
}

func equal(v *parse.Value, want any) bool {
	switch want := want.(type) {
	case string:
		return v.Kind == parse.StringValue && v.Text == want
	case bool:
		return v.Kind == parse.BoolValue && v.Bool == want
	case int64:
		return v.Kind == parse.IntegerValue && v.Integer == want
	case int:
		return v.Kind == parse.IntegerValue && v.Integer == int64(want)
	}
	return false
}

// inRec says whether the inputs stand in a rec set, where a new name may hide another.
func (e *editor) inRec() bool {
	for set := range e.m.Root.Sets() {
		if set.Rec {
			return true
		}
	}
	return false
}

// declareNew writes the statements of a new input at its place.
func (e *editor) declareNew(name string, d Declaration, statements []statement, place placing) error {
	attr := e.m.InputsAttr
	if attr == nil {
		return e.insertInputs(name, statements)
	}
	open, err := e.openPlace(attr)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(attr.Members.Attrs, func(a *parse.Attr) bool { return len(a.Places) > 0 }) {
		return place(e, name, d, statements)
	}
	if open.Last() && len(open.Binding.Value.Set.Bindings) == 0 {
		return e.fill(open.Binding.Value.Set, e.written(NameSource(name), open.Binding.Value.Set, statements), true)
	}
	return e.insertMembers(attr, prefixed(NameSource(name), statements))
}

// behindOthers writes a new input behind the one that it belongs to, see Add.
func (e *editor) behindOthers(name string, d Declaration, statements []statement) error {
	anchor := e.anchor(d)
	place := anchor.Places[0]
	for _, p := range anchor.Places {
		if p.Binding.Span.Start > place.Binding.Span.Start {
			place = p
		}
	}
	lines, err := e.beside(place, name, statements)
	if err != nil {
		return err
	}
	return e.insertBehind(place.Binding, lines, e.spaced(place.Binding.In))
}

// beforeOthers writes a new input before the first one of the text.
func (e *editor) beforeOthers(name string, _ Declaration, statements []statement) error {
	var first *parse.Place
	for _, a := range e.m.InputsAttr.Members.Attrs {
		for i, p := range a.Places {
			if first == nil || p.Binding.Span.Start < first.Binding.Span.Start {
				first = &a.Places[i]
			}
		}
	}
	lines, err := e.beside(*first, name, statements)
	if err != nil {
		return err
	}
	e.insertBefore(first.Binding, lines, e.spaced(first.Binding.In))
	return nil
}

// beside gives the lines of a new input as they are written in the set that holds the place of another one.
func (e *editor) beside(place parse.Place, name string, statements []statement) ([]string, error) {
	if place.Name().Dynamic {
		return nil, refuse(place.Name().Span, "a name that only an evaluation tells stands among the inputs")
	}
	prefix := ""
	if !place.Binding.Inherit {
		prefix = e.prefix(place.Binding.Path[:place.Depth])
	}
	return e.written(prefix+NameSource(name), place.Binding.In, statements), nil
}

// anchor is the attribute that a new input stands behind.
func (e *editor) anchor(d Declaration) *parse.Attr {
	var last, related *parse.Attr
	path := splitFollows(d.Follows)
	for _, a := range e.m.InputsAttr.Members.Attrs {
		if len(a.Places) == 0 {
			continue
		}
		last = a
		if d.URL != "" || d.Attrs != nil || len(path) == 0 {
			continue
		}
		if a.Name == path[0] {
			related = a
		} else if in := e.m.Input(a.Name); in != nil && related != nil {
			if follows, ok := in.Follows.Text(); ok && hasPrefix(splitFollows(follows), path[:1]) {
				related = a
			}
		}
	}
	if related != nil {
		return related
	}
	return last
}

// spaced says whether a blank line stands before each but the first of a set's bindings, which are more than two.
func (e *editor) spaced(set *parse.AttrSet) bool {
	if set == e.m.Root.Set || len(set.Bindings) < 3 {
		return false
	}
	for _, b := range set.Bindings[1:] {
		line := e.lines.Line(b.Span.Start) - 1
		for {
			if _, ok := e.commentOn(line); !ok {
				break
			}
			line--
		}
		if !e.startsLine(b.Span.Start) || !e.blank(line) {
			return false
		}
	}
	return true
}

// written gives the lines of a new input: flat, or a block where it has several parts and the file writes blocks.
func (e *editor) written(path string, in *parse.AttrSet, statements []statement) []string {
	flat, block := 0, 0
	for _, input := range e.m.Inputs {
		if input.Attr == nil || len(input.Fields)+len(input.Overrides) < 2 {
			continue
		}
		if len(input.Attr.Places) > 0 && input.Attr.Places[0].Last() {
			block++
		} else {
			flat++
		}
	}
	if len(statements) == 1 || flat > block || (flat == block && in == e.m.Root.Set) {
		return sources("", prefixed(path, statements))
	}
	lines := []string{path + " = {"}
	unit := e.indentUnit()
	if e.oneLine(text.Span{Start: in.Open.Start, End: in.Close.End}) {
		unit = ""
	}
	for _, s := range statements {
		lines = append(lines, unit+s.source(""))
	}
	return append(lines, "};")
}

func prefixed(path string, statements []statement) []statement {
	list := make([]statement, len(statements))
	for i, s := range statements {
		list[i] = statement{path + "." + s.path, s.value}
	}
	return list
}

// insertInputs writes the first input of a file: behind the description, else at the start of the set.
func (e *editor) insertInputs(name string, statements []statement) error {
	root := e.m.Root.Set
	if root.DynamicNames {
		return refuse(root.Open, "the file has an attribute whose name only an evaluation tells")
	}
	lines := sources("inputs.", prefixed(NameSource(name), statements))
	if a := e.m.Attr("description"); a != nil && len(a.Places) == 1 && !a.Places[0].Binding.Inherit {
		return e.insertAfter(a.Places[0].Binding, lines)
	}
	if len(root.Bindings) == 0 {
		return e.fill(root, lines, true)
	}
	first := root.Bindings[0]
	at := text.Span{Start: first.Span.Start, End: first.Span.Start}
	if !e.startsLine(first.Span.Start) {
		e.edits = append(e.edits, text.Edit{Span: at, New: oneLine(lines) + " "})
		return nil
	}
	// Above the comments that speak of the first attribute: right behind the brace.
	indent := e.columnOf(first.Span.Start)
	end, alone := e.endOfLine(root.Open.End)
	if !alone {
		end = root.Open.End
	}
	before := e.eol() + indent
	e.edits = append(e.edits, text.Edit{Span: text.Span{Start: end, End: end}, New: before + strings.Join(lines, before)})
	return nil
}
