package ide

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Usage is a place at which an input is named.
type Usage struct {
	Path string
	Span text.Span
	// Declares says that the input is declared there, and not only named.
	Declares bool
}

// maxUsingFlakes is how many other flakes are read for the usages of one input.
const maxUsingFlakes = 1000

// Usages gives where the input at a byte offset of a flake.nix is named, the place itself among them: its declaration, the follows
// paths that lead to it or through it, the arguments of outputs and what its body makes of them, and, for an input of pins, the flakes
// of the workspace that follow it. ok is false where no input stands there.
func Usages(s *workspace.Snapshot, path string, offset int) (usages []Usage, ok bool) {
	r, wanted := usedAt(s, path, offset)
	if r == nil {
		return nil, false
	}
	usages = usagesIn(r.flake, wanted)
	if pins, name, of := r.pinsInput(wanted); of {
		usages = append(usages, r.followersOf(pins, name)...)
	}
	return usages, true
}

// UsagesHere are those of the same file.
func UsagesHere(s *workspace.Snapshot, path string, offset int) []Usage {
	r, wanted := usedAt(s, path, offset)
	if r == nil {
		return nil
	}
	return usagesIn(r.flake, wanted)
}

// usedAt is the path of the input that stands at an offset; the request is nil where none does.
func usedAt(s *workspace.Snapshot, path string, offset int) (r *request, wanted []string) {
	file, err := s.File(path)
	if err != nil || parse.KindOf(path) != parse.Flake || offset < 0 || offset > len(file.Text) {
		return nil, nil
	}
	r = newRequest(s, file, parse.Flake, -1)
	at, found := r.flakePlace(offset)
	switch {
	case !found || at.attribute != "":
		return nil, nil
	case at.follows != nil:
		return r, at.follows
	}
	return r, at.input.Path
}

// usagesIn are the places of one flake that name an input by its path, in the order of the text.
func usagesIn(flake *workspace.Flake, wanted []string) []Usage {
	var usages []Usage
	add := func(span text.Span, declares bool) {
		usages = append(usages, Usage{flake.File.Path, span, declares})
	}
	for _, top := range flake.Inputs {
		top.Walk(func(in *workspace.Input) {
			if in.Syntax == nil {
				return
			}
			if slices.Equal(in.Path, wanted) {
				for _, place := range in.Syntax.Attr.Places {
					add(place.Name().Span, true)
				}
			}
			if in.Syntax.Follows == nil || in.Syntax.Alias || len(in.Follows) < len(wanted) || !slices.Equal(in.Follows[:len(wanted)], wanted) {
				return
			}
			value := in.Syntax.Follows.Attr.Value
			if value == nil || value.Kind != parse.String || value.Content.In(flake.File.Text) != value.Text {
				add(in.Syntax.Follows.Span(), false)
				return
			}
			add(nthSegment(flake.File.Text, value, len(wanted)-1), false)
		})
	}
	if uses := flake.Manifest.Uses(); len(wanted) == 1 && uses != nil {
		for _, use := range uses.Names[wanted[0]] {
			add(use.Span, false)
		}
	}
	slices.SortStableFunc(usages, func(a, b Usage) int { return a.Span.Start - b.Span.Start })
	return slices.CompactFunc(usages, func(a, b Usage) bool { return a.Span == b.Span })
}

// nthSegment is the place of an element of a follows path, empty ones not counted.
func nthSegment(source string, value *parse.Expr, n int) text.Span {
	at := value.Content.Start
	for element := range strings.SplitSeq(value.Content.In(source), "/") {
		if element != "" {
			if n == 0 {
				return text.Span{Start: at, End: at + len(element)}
			}
			n--
		}
		at += len(element) + 1
	}
	return value.Span
}

// pinsInput says which input of which pins flake a path means: one of the flake itself where that is pins, or one below the pins
// input of a leaf.
func (r *request) pinsInput(path []string) (pins workspace.PinsID, name string, ok bool) {
	if len(path) == 1 && r.snapshot.IsPins(r.flake) {
		return workspace.PinsID{Dir: r.flake.Dir}, path[0], true
	}
	leaf := r.snapshot.LeafAt(r.flake.Dir)
	if leaf == nil || len(path) != 2 || path[0] != leaf.Input {
		return pins, "", false
	}
	return leaf.Pins, path[1], true
}

// followersOf are the places in other flakes that name an input of pins: its declaration there, and the paths of those who follow it.
func (r *request) followersOf(id workspace.PinsID, name string) []Usage {
	var usages []Usage
	if id.Dir != "" && id.Dir != r.flake.Dir {
		if pins := r.snapshot.Flake(id.Dir); pins != nil {
			usages = usagesIn(pins, []string{name})
		}
	}
	var dirs []string
	for _, follower := range r.snapshot.Followers(id)[name] {
		if follower.Dir != r.flake.Dir && !slices.Contains(dirs, follower.Dir) && len(dirs) < maxUsingFlakes {
			dirs = append(dirs, follower.Dir)
		}
	}
	for _, dir := range dirs {
		leaf, flake := r.snapshot.LeafAt(dir), r.snapshot.Flake(dir)
		if leaf != nil && flake != nil && flake.File.Path == filepath.Join(dir, "flake.nix") {
			usages = append(usages, usagesIn(flake, []string{leaf.Input, name})...)
		}
	}
	return usages
}
