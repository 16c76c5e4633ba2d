package parse

import "github.com/nix-pins-lsp/nix-pins-lsp/internal/text"

// FileKind says which kind of manifest a file is.
type FileKind uint8

// The kinds of files that are read. The name of the file decides (KindOf).
const (
	Other FileKind = iota
	Flake
	Mana
	Entrypoint
)

// MaxSize is the size in bytes over which a manifest is not parsed. Real ones have at most some tens of kilobytes, and a
// parse in C cannot be interrupted.
const MaxSize = 1 << 20

// Manifest is what one file says. It never changes and holds no C memory.
type Manifest struct {
	Kind FileKind
	Text string
	// Root is the file's expression; Kind Missing where there is none.
	Root *Expr
	// Value is the static value of Root.
	Value *Value
	// Errors are what makes Nix's parser refuse the text, in the order of the text: syntax errors, undefined variables,
	// duplicate formals, duplicate attributes, of a flake.nix paths below the home folder (each tells its kind).
	Errors []SyntaxError
	// Inputs are the flake's inputs in the order of the text, `self` not among them. For a mana.nix they are empty: see
	// Value.
	Inputs []*Input
	// Self is what stands under inputs.self, or nil.
	Self *Input
	// InputsAttr is the attribute `inputs`, or nil.
	InputsAttr *Attr
	// Outputs is the attribute `outputs`, or nil; OutputsFunction its lambda, or nil where it is none that can be read.
	// For an entrypoint.nix OutputsFunction is the file's function.
	Outputs         *Attr
	OutputsFunction *Function
	// Thunks are the places where Nix's flake reader wants a literal and finds something that it would have to evaluate, in
	// its own order (literal.go).
	Thunks []Thunk
	// Comments are all comments outside of outputs' body, in the order of the text, and Suppressions what they say to us.
	Comments     []Comment
	Suppressions []Suppression
	// Generator names the tool that wrote the file, as its header says; "" for a file that people write.
	Generator string

	syntax Compact
}

// Clean says that the tree has no error, so that rules about what is missing or unused may speak.
func (m *Manifest) Clean() bool {
	for _, e := range m.Errors {
		if e.Code == Syntax {
			return false
		}
	}
	return true
}

// WholeInputs says whether the manifest of a flake tells all inputs of it.
func (m *Manifest) WholeInputs() bool {
	if !m.Clean() || m.Root.Kind != Set || m.Root.Set.DynamicNames {
		return false
	}
	if m.InputsAttr == nil {
		return true
	}
	return m.InputsAttr.Members != nil && !m.InputsAttr.Members.DynamicNames
}

// Attr is a top-level attribute of a file that is a set, or nil.
func (m *Manifest) Attr(name string) *Attr {
	if m.Root.Kind != Set {
		return nil
	}
	return m.Root.Set.Attr(name)
}

// Input finds a declared input by its name, or gives nil.
func (m *Manifest) Input(name string) *Input {
	for _, in := range m.Inputs {
		if in.Name == name {
			return in
		}
	}
	return nil
}

// ErrorCode tells the kinds of SyntaxError apart.
type ErrorCode uint8

// What Nix's parser refuses.
const (
	Syntax ErrorCode = iota
	UndefinedVariable
	DuplicateFormal
	DuplicateAttribute
	// HomePath is a path literal ~/…, which Nix refuses where it reads a flake, and only there.
	HomePath
)

// SyntaxError is one reason for which Nix's parser refuses the text.
type SyntaxError struct {
	Code ErrorCode
	Span text.Span
	// Message is in words, without the place.
	Message string
	// Other is, for a duplicate, where the name stands first.
	Other text.Span
	// Path is, for a duplicate attribute, the whole path from the root of the file.
	Path []string
}

// Input is one input, or one override of an input's input.
type Input struct {
	Name string
	// Path holds the names from the top: ["home-manager"], or ["home-manager", "nixpkgs"] for an override.
	Path []string
	// Parent is the input that is overridden; nil at the top.
	Parent *Input
	// Attr is the attribute as written. Its places are all the places that say something of the input.
	Attr *Attr
	// Value is what it evaluates to. Where it is written through a name (`b = a;` in a rec set) Alias is set: the value then
	// stands elsewhere, and no edit may be made as if it stood here.
	Value *Value
	Alias bool
	// URL, Follows, Flake and Type are the attributes of these names; nil where they are not there.
	URL, Follows, Flake, Type *Field
	// Fields are all attributes but `inputs`, in the order of the text, the four above among them.
	Fields []*Field
	// Overrides are what stands under `inputs`; OverridesAttr that attribute itself, or nil.
	Overrides     []*Input
	OverridesAttr *Attr
}

// Override finds an override by its name, or gives nil.
func (in *Input) Override(name string) *Input {
	for _, o := range in.Overrides {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// Field finds an attribute by its name, or gives nil.
func (in *Input) Field(name string) *Field {
	for _, f := range in.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Field is one attribute of an input.
type Field struct {
	Name string
	// Attr is the attribute as written; Attr.Value is its expression.
	Attr  *Attr
	Value *Value
}

// Span is the place to mark for the field: its value where one is written, else its name.
func (f *Field) Span() text.Span {
	if f.Attr.Value != nil {
		return f.Attr.Value.Span
	}
	return f.Attr.Span()
}

// Text is the field's value where that is a string or a path, as `url` and `follows` may be. A nil field has none.
func (f *Field) Text() (string, bool) {
	if f == nil || f.Value == nil || (f.Value.Kind != StringValue && f.Value.Kind != PathValue) {
		return "", false
	}
	return f.Value.Text, true
}

// Comment is one comment.
type Comment struct {
	Span text.Span
	// Text is what it says, without its marks and the space around it.
	Text string
	// Trailing says that code stands before it on its line.
	Trailing bool
}

// Suppression is a comment `# nix-pins: allow CODE(object), CODE …reason`. It speaks for the binding on its own line, or, on
// a line of its own, for the binding that follows; `allow-file` speaks for the whole file.
type Suppression struct {
	Span text.Span
	// Target is the part of the text that it speaks for.
	Target text.Span
	Rules  []SuppressedRule
	Reason string
}

// SuppressedRule is one rule that a comment allows, with the object that it is limited to, or "".
type SuppressedRule struct {
	Code, Object string
	Span         text.Span
}

// Thunk is a place where Nix's flake reader wants a literal.
type Thunk struct {
	// Span is the expression, Path the attribute path from the root of the file.
	Span text.Span
	Path []string
	// Expr is the expression.
	Expr *Expr
	// Wanted is what the reader wants there, in the words of the Nix manual: "a set", "a string or a path", "a function".
	Wanted string
}
