package ide

import (
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Target is a place to go to.
type Target struct {
	Path string
	// Span is the whole thing, Name the part of it to select.
	Span, Name text.Span
}

// declared is the input, or the override, of a flake that a path of names means; nil where nothing is written of it there.
func declared(flake *workspace.Flake, path []string) *workspace.Input {
	if flake == nil || len(path) == 0 {
		return nil
	}
	in := flake.Input(path[0])
	for _, name := range path[1:] {
		if in == nil {
			return nil
		}
		in = in.Override(name)
	}
	return in
}

// declaration is where an input path is declared: in this flake, as an input or an override; else in the flake that has the
// input, where that is at hand.
func (r *request) declaration(path []string) (Target, bool) {
	r.ask()
	if in := declared(r.flake, path); in != nil {
		return targetOf(r.flake, in), true
	}
	if r.flake == nil || len(path) < 2 {
		return Target{}, false
	}
	last := len(path) - 1
	if flake, _, _ := r.flakeAt(r.settled(path[:last])); flake != nil {
		if in := flake.Input(path[last]); in != nil {
			return targetOf(flake, in), true
		}
	}
	return Target{}, false
}

// nearest is the declaration of an input path or, where that is not at hand, of what brings it in.
func (r *request) nearest(path []string) (Target, bool) {
	for n := len(path); n > 0; n-- {
		if at, ok := r.declaration(path[:n]); ok {
			return at, true
		}
	}
	return Target{}, false
}

// settled is the path without follows: each beginning that follows something is replaced by that.
func (r *request) settled(path []string) []string {
	for range maxSteps {
		next, ok := r.step(path)
		if !ok {
			break
		}
		path = next
	}
	return path
}

func targetOf(flake *workspace.Flake, in *workspace.Input) Target {
	at := Target{Path: flake.File.Path}
	switch {
	case in.Syntax != nil && in.Syntax.Attr != nil:
		place := in.Syntax.Attr.Places[0]
		at.Span, at.Name = place.Binding.Span, place.Name().Span
	case in.Formal != nil:
		at.Span, at.Name = in.Formal.NameSpan, in.Formal.NameSpan
	}
	return at
}

// inLock is the place of a node of the flake.lock beside the flake.
func inLock(dir string, n lock.Node) Target {
	return Target{Path: filepath.Join(dir, "flake.lock"), Span: n.KeySpan().Cover(n.Span()), Name: n.KeySpan()}
}

// end is where an input path of this flake leads to: the declaration at the end of all follows, and the node that is locked for
// it. Either may be missing.
func (r *request) end(path []string) []Target {
	r.ask()
	var targets []Target
	if at, ok := r.declaration(r.settled(path)); ok {
		targets = append(targets, at)
	}
	if r.flake != nil && r.flake.Lock != nil {
		if n, err := r.flake.Lock.Resolve(path); err == nil && n != r.flake.Lock.Root() {
			targets = append(targets, inLock(r.flake.Dir, n))
		}
	}
	return slices.Compact(targets)
}
