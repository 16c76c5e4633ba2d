package parse

import (
	"slices"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// UseKind says how an input's name is used.
type UseKind uint8

// The ways in which code names an input.
const (
	// FormalUse is a name in the pattern of a function: `{ nixpkgs, ... }:`.
	FormalUse UseKind = iota
	// VariableUse is the variable that such a pattern defines.
	VariableUse
	// SelectUse is `inputs.nixpkgs` or `inputs."nixpkgs"`; the span is the name as it stands, with its quotes.
	SelectUse
	// InheritUse is a name in `inherit (inputs) nixpkgs;`.
	InheritUse
)

// Use is one place at which code names an input.
type Use struct {
	Span text.Span
	Kind UseKind
	// Quoted says that the name stands in quotes, Inherited that it stands in an inherit, which gives its name to an attribute.
	Quoted, Inherited bool
	// Of is, in a file other than flake.nix, what the attribute `inputs` is selected from, where it is no variable:
	// "flake" for `config.flake.inputs.nixpkgs`, "pins" for `pins.inputs.nixpkgs`, which is then most likely another flake's.
	Of string
}

// NestedUse is one place at which code names an input of an input: `inputs.pins.inputs.nixpkgs`, or `pins.inputs.nixpkgs`.
type NestedUse struct {
	Use
	// Path holds the names of the inputs, from the flake's own: ["pins", "nixpkgs"].
	Path []string
}

// Opened is a place at which the set of all inputs of an input is handed on (`attrValues pins.inputs`), or one of them is
// selected by a name that only an evaluator knows.
type Opened struct {
	Span text.Span
	// Path holds the names of the inputs up to the one whose inputs they are.
	Path []string
}

// Passed is an argument that is the set of all inputs.
type Passed struct {
	Span text.Span
	// Import is the path, as it is written, of the file whose value is called with it (`import ./x.nix inputs`); "" where another function is,
	// or the path is not a literal relative one.
	Import string
}

// Uses is what a piece of code uses of the inputs.
type Uses struct {
	// Names holds the uses by the input's name, in the order of the text. A name of a pattern is there though nothing uses
	// the variable: its uses are then one FormalUse.
	Names map[string][]Use
	// Escapes are the places where the set of all inputs is handed on (`inputs` as an argument, `with inputs`, `inputs @`
	// in a nested call …), and Dynamic those where an input is selected by a name that only an evaluator knows. Where there
	// is one, any input may be used.
	Escapes, Dynamic []text.Span
	// Inherited are those of the Escapes that an inherit gives to an attribute of the same name.
	Inherited []text.Span
	// Passed are the arguments that are the set of all inputs, or one made of it that has them all (`import ./x.nix inputs`,
	// `f (inputs // { … })`), of functions that may refuse one input more: all but those known to take any set.
	Passed []Passed
	// Listed are those of the Escapes at which of each input an entry of a registry or a search path is made, and Each those at which anything
	// else is. See listed.
	Listed, Each []text.Span
	// Nested and Opened are what is used of the inputs of inputs, in the order of the text.
	Nested []NestedUse
	Opened []Opened
}

// Used says whether a name is used other than by being in a pattern, or may be.
func (u *Uses) Used(name string) bool {
	for _, use := range u.Names[name] {
		if use.Kind != FormalUse {
			return true
		}
	}
	return len(u.Escapes)+len(u.Dynamic) > 0
}

// Uses reads the function of outputs (of an entrypoint.nix, the file's) anew and tells what it uses of its argument. Without
// such a function it is nil. Names of the argument set that are defined anew further in are told apart.
func (m *Manifest) Uses() *Uses {
	if m.OutputsFunction == nil {
		return nil
	}
	t := m.tree()
	for i := range t.nodes {
		if t.kind(int32(i)) == kFunction && t.span(int32(i)) == m.OutputsFunction.Span {
			u := newUsesReader(t)
			u.argument(int32(i))
			t.release()
			return u.uses
		}
	}
	t.release()
	return nil
}

// UsesInFile tells what a file other than flake.nix uses of the inputs, which it may be handed under the name `inputs`: by
// selects from, and inherits of, a variable or an attribute of that name, and, as FormalUse, by every pattern that could take
// them one by one. It cannot know what the file is called with: a name of a pattern may have nothing to do with an input.
func UsesInFile(source string) *Uses {
	if len(source) > MaxSize {
		return &Uses{Names: map[string][]Use{}, Escapes: []text.Span{{End: len(source)}}}
	}
	t, _ := repaired(source, nil)
	u := newUsesReader(t)
	u.file = true
	u.sets["inputs"], u.sets["inputs'"] = true, true
	if root := t.root(); root >= 0 {
		u.walk(root)
	}
	return u.uses
}

// usesReader walks a tree with the names in scope.
type usesReader struct {
	*builder
	uses *Uses
	// sets are the variables in scope that hold the set of all inputs, inputs those that hold one.
	sets, inputs map[string]bool
	// copies are the variables in scope that a let gives a value with all inputs: `args = inputs // { … };`.
	copies map[string]bool
	// file says that any `inputs` is taken for the set, however it comes into scope.
	file bool
	// ownImport says whether the text defines something that is called import.
	ownImport func() bool
}

func newUsesReader(t *tree) *usesReader {
	return &usesReader{
		builder: &builder{tree: t}, uses: &Uses{Names: map[string][]Use{}}, sets: map[string]bool{}, inputs: map[string]bool{},
		copies: map[string]bool{}, ownImport: sync.OnceValue(t.definesImport),
	}
}

func (u *usesReader) add(name string, use Use) {
	u.uses.Names[name] = append(u.uses.Names[name], use)
}

// argument walks the function whose argument is the set of all inputs.
func (u *usesReader) argument(i int32) {
	f := u.function(i)
	if f.Argument != nil {
		u.sets[f.Argument.Text] = true
	}
	if f.Formals != nil {
		for _, formal := range f.Formals.List {
			u.add(formal.Name, Use{Span: formal.NameSpan, Kind: FormalUse})
			u.inputs[formal.Name] = true
		}
	}
	u.walkChildren(i)
}

// hide walks with some names defined anew, by a pattern or else by a let or a set. A pattern's `inputs` is taken for the set
// of all inputs, as modules are handed it, and its `inputs'` too, which is that set for one system in flake-parts.
func (u *usesReader) hide(names []string, pattern bool, walk func()) {
	type old struct {
		name             string
		set, input, copy bool
	}
	var undo []old
	for _, n := range names {
		set := (pattern || u.file) && (n == "inputs" || n == "inputs'")
		if u.sets[n] != set || u.inputs[n] || u.copies[n] {
			undo = append(undo, old{n, u.sets[n], u.inputs[n], u.copies[n]})
			u.sets[n], u.inputs[n], u.copies[n] = set, false, false
		}
	}
	walk()
	for _, o := range slices.Backward(undo) {
		u.sets[o.name], u.inputs[o.name], u.copies[o.name] = o.set, o.input, o.copy
	}
}

func (u *usesReader) walkChildren(i int32) {
	for n, end := i+1, u.nodes[i].next; n < end; n = u.nodes[n].next {
		if u.nodes[n].named && u.nodes[n].kind != kComment {
			u.walk(n)
		}
	}
}

func (u *usesReader) walk(i int32) {
	switch u.kind(i) {
	case kVariable:
		u.variable(u.text(i), u.span(i))
	case kSelect, kHasAttr:
		u.selection(i)
	case kApply:
		u.passed(i)
		u.listed(i)
		u.walkChildren(i)
	case kInherit, kInheritFrom:
		u.inherit(i)
	case kFunction:
		f := u.function(i)
		var names []string
		if f.Argument != nil {
			names = append(names, f.Argument.Text)
		}
		if f.Formals != nil {
			for _, formal := range f.Formals.List {
				names = append(names, formal.Name)
				if u.file {
					u.add(formal.Name, Use{Span: formal.NameSpan, Kind: FormalUse})
				}
			}
		}
		u.hide(names, true, func() { u.walkChildren(i) })
	case kLet, kRecAttrset, kLetAttrset:
		u.recursive(i)
	default:
		u.walkChildren(i)
	}
}

// input is the variable that an expression is, parentheses aside, where that holds an input.
func (u *usesReader) input(i int32) (name string, at text.Span, ok bool) {
	for u.kind(i) == kParenthesized {
		inner := u.expressions(i)
		if len(inner) == 0 {
			return "", at, false
		}
		i = inner[0]
	}
	name = u.text(i)
	return name, u.span(i), u.kind(i) == kVariable && u.inputs[name] && name != "self"
}

// below reads what is selected from an input: its own inputs, and theirs. The names of an inherit from there are inherited.
func (u *usesReader) below(path []string, rest []Name, inherited []Name) {
	if path[0] == "self" {
		return // this flake again
	}
	for len(rest) > 0 && rest[0].Text == "inputs" && !rest[0].Dynamic {
		switch {
		case len(rest) > 1 && !rest[1].Dynamic:
			path = append(slices.Clone(path), rest[1].Text)
			u.uses.Nested = append(u.uses.Nested, NestedUse{Use{Span: rest[1].Span, Kind: SelectUse, Quoted: rest[1].Quoted}, path})
			rest = rest[2:]
		case len(rest) > 1:
			u.uses.Opened = append(u.uses.Opened, Opened{rest[1].Span, path})
			return
		case len(inherited) == 0:
			u.uses.Opened = append(u.uses.Opened, Opened{rest[0].Span, path})
			return
		default:
			for _, n := range inherited {
				use := Use{Span: n.Span, Kind: InheritUse, Quoted: n.Quoted, Inherited: true}
				u.uses.Nested = append(u.uses.Nested, NestedUse{use, append(slices.Clone(path), n.Text)})
			}
			return
		}
	}
	for _, n := range inherited {
		if len(rest) == 0 && n.Text == "inputs" {
			u.uses.Opened = append(u.uses.Opened, Opened{n.Span, path})
		}
	}
}

// variable notes a variable that stands alone.
func (u *usesReader) variable(name string, span text.Span) {
	if u.sets[name] {
		u.uses.Escapes = append(u.uses.Escapes, span)
	}
	if u.inputs[name] {
		u.add(name, Use{Span: span, Kind: VariableUse})
	}
}

// subject gives what of an attribute path that starts at node i leads to the set of all inputs: how many of its names. It is
// -1 where it does not.
func (u *usesReader) subject(i int32, path []Name) int {
	for u.kind(i) == kParenthesized {
		inner := u.expressions(i)
		if len(inner) == 0 {
			return -1
		}
		i = inner[0]
	}
	if u.kind(i) == kVariable && u.sets[u.text(i)] {
		return 0
	}
	if u.kind(i) == kVariable && u.text(i) == "self" && u.inputs["self"] && len(path) > 0 && path[0].Text == "inputs" {
		return 1
	}
	if u.file {
		for n, name := range path {
			if name.Text == "inputs" && !name.Dynamic {
				return n + 1
			}
		}
	}
	return -1
}

// isSet says whether an attribute path that starts at node i leads to the set of all inputs, and no further.
func (u *usesReader) isSet(i int32, path []Name) bool {
	at := u.subject(i, path)
	for at >= 0 && at+1 < len(path) && path[at].Text == "self" && path[at+1].Text == "inputs" {
		at += 2
	}
	return at == len(path)
}

// of is what the attribute before the nth name of a path is selected from; "" where it is a variable that is the set.
func (u *usesReader) of(root int32, path []Name, n int) string {
	switch {
	case !u.file || n == 0 || path[n-1].Text != "inputs":
		return ""
	case n > 1:
		return path[n-2].Text
	case u.kind(root) == kVariable:
		return u.text(root)
	}
	return "?"
}

// selection reads `inputs.x`, `inputs.x or y` and `inputs ? x`.
func (u *usesReader) selection(i int32) { u.selected(i, nil) }

// selected is selection of what the names of an inherit are inherited from.
func (u *usesReader) selected(i int32, inherited []Name) {
	parts := u.expressions(i)
	path := u.attrpathOf(i)
	if len(parts) == 0 {
		return
	}
	at := u.subject(parts[0], path)
	name, where, isInput := u.input(parts[0])
	switch {
	case at < 0 && isInput:
		u.add(name, Use{Span: where, Kind: VariableUse})
		u.below([]string{name}, path, inherited)
	case at < 0:
		u.walkChildren(i)
		return
	case at == len(path):
		u.uses.Escapes = append(u.uses.Escapes, u.span(i))
	default:
		// inputs.self.inputs is the set again.
		for at+2 < len(path) && path[at].Text == "self" && path[at+1].Text == "inputs" {
			at += 2
		}
		switch name := path[at]; {
		case name.Dynamic:
			u.uses.Dynamic = append(u.uses.Dynamic, name.Span)
		case name.Text == "self" && at+1 < len(path) && path[at+1].Text == "inputs":
			u.uses.Escapes = append(u.uses.Escapes, u.span(i))
		default:
			u.add(name.Text, Use{Span: name.Span, Kind: SelectUse, Quoted: name.Quoted, Of: u.of(parts[0], path, at)})
			u.below([]string{name.Text}, path[at+1:], inherited)
		}
	}
	if c := u.child(i, kAttrpath); c >= 0 {
		u.walkChildren(c)
	}
	for _, e := range parts[1:] {
		u.walk(e)
	}
	if u.kind(parts[0]) != kVariable && u.kind(parts[0]) != kParenthesized {
		u.walk(parts[0])
	}
}

// inherit reads `inherit (inputs) x y;` and `inherit x;`.
func (u *usesReader) inherit(i int32) {
	attrs := u.child(i, kInheritedAttrs)
	from := u.expressions(i)
	if attrs < 0 {
		for _, e := range from {
			u.walk(e)
		}
		return
	}
	names := u.attrpath(attrs)
	if len(from) == 0 {
		for _, n := range names {
			if u.sets[n.Text] && !n.Dynamic {
				u.uses.Escapes, u.uses.Inherited = append(u.uses.Escapes, n.Span), append(u.uses.Inherited, n.Span)
			}
			if u.inputs[n.Text] && !n.Dynamic {
				u.add(n.Text, Use{Span: n.Span, Kind: VariableUse, Quoted: n.Quoted, Inherited: true})
			}
		}
		return
	}
	var path []Name
	of := ""
	source := from[0]
	for u.kind(source) == kParenthesized {
		inner := u.expressions(source)
		if len(inner) == 0 {
			return
		}
		source = inner[0]
	}
	if u.kind(source) == kSelect {
		path = u.attrpathOf(source)
	}
	// `inherit (self) inputs;` hands the set on.
	root := source
	if parts := u.expressions(source); u.kind(source) == kSelect && len(parts) > 0 {
		root = parts[0]
	}
	for _, n := range names {
		if n.Text == "inputs" && u.isSet(root, append(slices.Clone(path), n)) {
			u.uses.Escapes, u.uses.Inherited = append(u.uses.Escapes, n.Span), append(u.uses.Inherited, n.Span)
		}
	}
	if u.kind(source) == kSelect && len(path) > 0 {
		parts := u.expressions(source)
		if len(parts) == 0 || u.subject(parts[0], path) != len(path) {
			u.selected(source, names)
			return
		}
		of = u.of(parts[0], path, len(path))
	} else if u.subject(source, nil) != 0 {
		if name, _, ok := u.input(source); ok {
			u.below([]string{name}, nil, names)
		}
		u.walk(source)
		return
	}
	for _, n := range names {
		u.add(n.Text, Use{Span: n.Span, Kind: InheritUse, Quoted: n.Quoted, Inherited: true, Of: of})
	}
}

// recursive walks a let or a rec set, whose names hide those around. `inherit (inputs) nixpkgs;` hides one by itself: what
// follows is a use of the new name, not of the input's.
func (u *usesReader) recursive(i int32) {
	s := u.bindingNames(i)
	for _, g := range s.plain {
		u.walk(g)
	}
	u.hide(s.names, false, func() {
		u.copied(s.rest, func() {
			for _, g := range s.rest {
				u.walk(g)
			}
			if u.kind(i) == kLet {
				for _, e := range u.expressions(i) {
					u.walk(e)
				}
			}
		})
	})
}

// bindingNames are the names that a set defines, and its bindings: plain are the inherits without a source, which are read in
// the scope around it.
func (t *tree) bindingNames(i int32) (s struct {
	names       []string
	plain, rest []int32
}) {
	t.children(i, func(set int32) {
		if t.kind(set) != kBindingSet {
			return
		}
		t.children(set, func(g int32) {
			list := t.child(g, kInheritedAttrs)
			if path := t.child(g, kAttrpath); path >= 0 {
				if name := t.name(path + 1); !name.Dynamic {
					s.names = append(s.names, name.Text)
				}
			}
			if list >= 0 {
				t.children(list, func(n int32) {
					if name := t.name(n); !name.Dynamic {
						s.names = append(s.names, name.Text)
					}
				})
				if len(t.expressions(g)) == 0 {
					s.plain = append(s.plain, g)
					return
				}
			}
			s.rest = append(s.rest, g)
		})
	})
	return s
}
