package rewrite

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Elsewhere is what the caller knows of the uses of the flake's inputs in the other .nix files of its repository. It counts
// where outputs hands its inputs on (as an argument, in specialArgs, to mkFlake).
type Elsewhere struct {
	// Searched says that the files were looked at, and the rest is to be believed.
	Searched bool
	// Dynamic says that one of them uses an input whose name only an evaluation tells.
	Dynamic bool
	// Names are the inputs that they use. Rename leaves those uses to its caller, Remove refuses.
	Names map[string]bool
}

// Remove takes an input away, with its name in the pattern of outputs. It refuses while anything uses the input: a follows of
// this file, the body of outputs, another file.
func Remove(m *parse.Manifest, in *parse.Input, elsewhere Elsewhere) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.cleanBody(); err != nil {
		return Change{}, err
	}
	if in.Parent != nil {
		return Change{}, refuse(text.Span{}, "%s is an override", in.Name)
	}
	if err := e.placed(in); err != nil {
		return Change{}, err
	}
	if err := e.refuseAlias(in.Name); err != nil {
		return Change{}, err
	}
	for _, other := range followers(m, in.Name) {
		if other != in && (other.Path[0] != in.Name) {
			return Change{}, refuse(other.Follows.Span(), "an input follows %s", in.Name)
		}
	}
	if uses := bodyUses(m, in.Name); len(uses) > 0 {
		return Change{}, refuse(uses[0].Span, "outputs uses %s", in.Name)
	}
	if err := e.seenElsewhere(in.Name, elsewhere); err != nil {
		return Change{}, err
	}
	if elsewhere.Names[in.Name] {
		return Change{}, refuse(in.Attr.Span(), "another file uses %s", in.Name)
	}
	if err := e.removeAttribute(in.Attr); err != nil {
		return Change{}, err
	}
	formals, err := e.formals()
	if err != nil {
		return Change{}, err
	}
	if formal := formals.Formal(in.Name); formal != nil {
		e.removeFormal(formals, formal)
		e.note("removes %s from the arguments of outputs", in.Name)
	}
	return e.finish()
}

// followers are all inputs and overrides of the file whose follows begins with the name.
func followers(m *parse.Manifest, name string) []*parse.Input {
	var list []*parse.Input
	var walk func([]*parse.Input)
	walk = func(inputs []*parse.Input) {
		for _, in := range inputs {
			if path, ok := in.Follows.Text(); ok && hasPrefix(splitFollows(path), []string{name}) {
				list = append(list, in)
			}
			walk(in.Overrides)
		}
	}
	walk(m.Inputs)
	return list
}
