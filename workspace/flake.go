package workspace

import (
	"slices"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Flake is a flake.nix with what Nix would read out of it: references instead of strings, follows paths instead of text,
// the implicit inputs of outputs' formals among the inputs.
type Flake struct {
	// Dir is the absolute path of the folder, File its flake.nix.
	Dir  string
	File *File
	// Manifest is File's manifest (never nil; one with errors where the text has errors).
	Manifest *parse.Manifest
	// Inputs are the declared inputs in the order of the text, then the implicit ones in the order of the formals.
	Inputs []*Input
	// LockPath is the flake.lock beside it, "" where there is none that can be read; Lock its graph, nil where there is none, and then
	// LockError says why its text is no lock.
	LockPath  string
	Lock      *lock.Graph
	LockError error

	namesOnce sync.Once
	byName    map[string]*Input // where there are many inputs
}

// manyInputs is the number of inputs from which on they are found by a map.
const manyInputs = 16

// Input finds a top-level input by its name, or gives nil.
func (f *Flake) Input(name string) *Input {
	if len(f.Inputs) >= manyInputs {
		f.namesOnce.Do(func() {
			f.byName = make(map[string]*Input, len(f.Inputs))
			for _, in := range slices.Backward(f.Inputs) { // the first of a name counts
				f.byName[in.Name] = in
			}
		})
		return f.byName[name]
	}
	for _, in := range f.Inputs {
		if in.Name == name {
			return in
		}
	}
	return nil
}

// Input is an input or an override as Nix reads it.
type Input struct {
	Name string
	// Path holds the names from the top, as parse.Input.Path.
	Path []string
	// Syntax is where it is written; nil for an implicit input, which has a Formal instead.
	Syntax *parse.Input
	Formal *parse.Formal
	// Parent is the overridden input; nil at the top.
	Parent *Input
	// Reference is what the input refers to, valid where HasReference: its url or its attributes, or, where it declares
	// neither these nor follows, the indirect reference that Nix makes of its name (Indirect is then set). An override with
	// neither has none.
	Reference    ref.Ref
	HasReference bool
	Indirect     bool
	// ReferenceError is why the url or the attributes are no reference; nil where they are one or are unknown.
	ReferenceError error
	// IsFollow says that it has a `follows` that could be read; Follows is its path with empty parts dropped (empty for
	// `follows = ""`, the declaring flake itself), and FollowsText the text.
	IsFollow    bool
	Follows     []string
	FollowsText string
	// IsFlake is false for `flake = false`.
	IsFlake   bool
	Overrides []*Input
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
