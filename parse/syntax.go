package parse

import (
	"iter"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Kind is the syntactic kind of an expression. It is always known, also where the value is not.
type Kind uint8

// The kinds. Missing stands for an expression that is not there or could not be parsed.
const (
	Missing          Kind = iota
	String                // "…" or ''…'' with no interpolation
	Interpolated          // "…${e}…" or ''…${e}…''
	Path                  // ./x ../x /x ~/x with no interpolation
	InterpolatedPath      // ./x/${e}
	SearchPath            // <nixpkgs>
	URI                   // https://example.org, with no quotes
	Integer
	Float
	Variable // true, false and null too: they are variables to Nix's parser
	Set      // { … } and rec { … }
	List
	Lambda
	Let
	With
	If
	Assert
	Apply
	Select    // a.b, a.b or c
	HasAttr   // a ? b
	Operation // unary and binary operators
)

// Expr is an expression of a manifest. The bodies of functions are left as spans: what is in them is asked for on its own
// (see Uses).
type Expr struct {
	Kind Kind
	// Span is the expression without parentheses around it, Outer is with them.
	Span, Outer text.Span
	// Text is the value of a String after its escapes, the name of a Variable, the operator of an Operation, and the source
	// of a Path, SearchPath, URI, Integer or Float; else "".
	Text string
	// Indented says of a string that it is written ''…''.
	Indented bool
	// Content is, of a string, what stands between its quotes.
	Content text.Span
	// Set holds the bindings of a Set and of a Let.
	Set *AttrSet
	// Lambda is set for a Lambda.
	Lambda *Function
	// Args are the parts, in the order of the text: the elements of a List, the operands of an Operation, the parts of an
	// Interpolated string or path (literal pieces are String), function and argument of an Apply, condition and branches of
	// an If, scope and body of a With, the body of a Let, the subject (and default) of a Select or HasAttr.
	Args []*Expr
	// Attrpath is the path of a Select or HasAttr.
	Attrpath []Name
	// joined says of a String that Nix's parser makes it of several pieces, as it does for ''…'' with escapes: a string that
	// has to be put together is no literal to the flake reader.
	joined bool
	// node is the expression's node in the tree that it was built from.
	node int32
}

// All gives the expression and all that is below it, in the order of the text as far as sets go, but for the bodies of functions. Of nil it
// gives nothing.
func (e *Expr) All() iter.Seq[*Expr] {
	return func(yield func(*Expr) bool) { e.visit(yield) }
}

// visit is All as long as nobody has had enough.
func (e *Expr) visit(yield func(*Expr) bool) (goOn bool) {
	if e == nil {
		return true
	}
	if !yield(e) {
		return false
	}
	if e.Set != nil {
		for _, b := range e.Set.Bindings {
			if !b.Value.visit(yield) || !b.From.visit(yield) {
				return false
			}
		}
	}
	for _, arg := range e.Args {
		if !arg.visit(yield) {
			return false
		}
	}
	return true
}

// Sets are the sets and lets among All.
func (e *Expr) Sets() iter.Seq[*AttrSet] {
	return func(yield func(*AttrSet) bool) {
		for part := range e.All() {
			if part.Set != nil && !yield(part.Set) {
				return
			}
		}
	}
}

// Name is one element of an attribute path.
type Name struct {
	// Text is the name; "" where it is Dynamic.
	Text string
	Span text.Span
	// Quoted says that it stands in quotes, or as a constant ${"…"}.
	Quoted bool
	// Dynamic says that Nix's parser does not know it: ${x}, "a${x}".
	Dynamic bool
	// expr is, of a Dynamic name, what it is computed from; nil where that cannot be parsed.
	expr *Expr
}

// AttrSet is the inside of { … }, rec { … } or let … in.
type AttrSet struct {
	Rec bool
	// Open and Close are the braces (for a Let the keywords let and in); Close is empty at the place where it is missing.
	Open, Close text.Span
	// Bindings are the bindings in the order of the text.
	Bindings []*Binding
	// Attrs is what the bindings define after Nix's merging, in the order of first appearance.
	Attrs []*Attr
	// DynamicNames says that a binding has a dynamic name, so that Attrs may not be all.
	DynamicNames bool
	// dynamic are the attributes of those names.
	dynamic []dynamicAttr
	// index finds the attributes of a large set.
	index map[string]*Attr
}

// Attr finds an attribute by its name, or gives nil.
func (s *AttrSet) Attr(name string) *Attr {
	if s == nil {
		return nil
	}
	if s.index != nil {
		return s.index[name]
	}
	for _, a := range s.Attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Binding is one `path = value;` or one inherit statement.
type Binding struct {
	// Span reaches from the first byte of the path to the semicolon, which it includes where it is there.
	Span text.Span
	// Path is the attribute path; for an inherit the names that are inherited.
	Path []Name
	// Equals and Semicolon are empty where they are missing.
	Equals, Semicolon text.Span
	// Value is nil for an inherit.
	Value *Expr
	// Inherit says that it is an inherit statement; From is its (source), nil for the surrounding scope.
	Inherit bool
	From    *Expr
	// In is the set in whose braces it stands.
	In *AttrSet
}

// Place is one place in the text that writes the name of an attribute: the element of a binding's path at Depth.
type Place struct {
	Binding *Binding
	Depth   int
}

// Name is the element of the path at this place.
func (p Place) Name() Name { return p.Binding.Path[p.Depth] }

// Last says whether the binding's value is the attribute's own, rather than that of an attribute below it.
func (p Place) Last() bool { return p.Binding.Inherit || p.Depth == len(p.Binding.Path)-1 }

// Attr is one attribute of a merged set. `inputs.a.url = "x"; inputs = { b.url = "y"; };` has one Attr "inputs" with two
// places, whose Members are "a" and "b".
type Attr struct {
	Name   string
	Places []Place
	// Value is what the attribute is set to at the first place that is Last; nil where only attributes below it are set.
	// An inherited attribute has a Variable or a Select of the name's span.
	Value *Expr
	// Members are what it holds where it is written as a set, by literal sets or by longer paths; nil otherwise.
	Members *AttrSet
	// merged says that Members are made of several sets, at least one of them literal, own that they belong to this attribute
	// alone.
	merged, own bool
	// computed is its value: with no application, it has exactly one.
	computed *Value
}

// Span is the first place's name.
func (a *Attr) Span() text.Span { return a.Places[0].Name().Span }

// Member finds a member by its name, or gives nil; a may be nil.
func (a *Attr) Member(name string) *Attr {
	if a == nil {
		return nil
	}
	return a.Members.Attr(name)
}

// dynamicAttr is an attribute with a dynamic name. Nix's parser merges it with nothing: every one that more path follows has
// a set of its own.
type dynamicAttr struct {
	name *Expr
	attr *Attr
}

// Function is a lambda.
type Function struct {
	Span text.Span
	// Argument is the name of `x: …`, or the one bound by @; nil where there is none.
	Argument *Name
	// At is the @, empty where there is none; ArgumentFirst says that the name stands before it.
	At            text.Span
	ArgumentFirst bool
	// Formals is the pattern { a, b ? c, ... }; nil for a plain argument.
	Formals *Formals
	// Body is where the body stands.
	Body text.Span
}

// Formals is a pattern.
type Formals struct {
	Open, Close text.Span
	List        []*Formal
	// Ellipsis is the `...`, empty where the pattern is closed.
	Ellipsis text.Span
}

// Closed says that the pattern takes no argument that it does not name.
func (f *Formals) Closed() bool { return f.Ellipsis.Empty() }

// Formal finds a formal by its name, or gives nil; f may be nil.
func (f *Formals) Formal(name string) *Formal {
	if f == nil {
		return nil
	}
	for _, formal := range f.List {
		if formal.Name == name {
			return formal
		}
	}
	return nil
}

// Formal is one name of a pattern.
type Formal struct {
	Name     string
	NameSpan text.Span
	// Span holds the name and its default.
	Span text.Span
	// Default is where the default stands, empty where there is none; HasDefault tells.
	Default    text.Span
	HasDefault bool
}
