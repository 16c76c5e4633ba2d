package ide

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Usage is a place at which an input is named.
type Usage struct {
	Path string
	Span text.Span
	// Declares says that the input is declared there, and not only named.
	Declares bool
}

// Usages gives where the input at a byte offset of a flake.nix is named, the place itself among them: its declaration, the follows
// paths that lead to it or through it, the arguments of outputs and what its body makes of them, what the files take that get the
// inputs handed, and, for an input of pins or of another flake that is at hand, the flakes of the workspace that name it. ok is false
// where no input stands there; the error is that of the context.
func Usages(ctx context.Context, s *workspace.Snapshot, path string, offset int) (usages []Usage, ok bool, err error) {
	r, wanted, _ := usedAt(s, path, offset)
	if r == nil {
		return nil, false, nil
	}
	var elsewhere []Usage
	if n, ok := r.declaredBy(wanted); ok {
		elsewhere, err = r.usagesOf(ctx, n)
	} else if pins, name, of := r.pinsInput(wanted); of {
		elsewhere, err = r.followersOf(ctx, pins, name)
	}
	return append(r.usagesHere(wanted), elsewhere...), true, err
}

// UsagesHere are those of the same file.
func UsagesHere(s *workspace.Snapshot, path string, offset int) []Usage {
	r, wanted, _ := usedAt(s, path, offset)
	if r == nil {
		return nil
	}
	return r.usagesHere(wanted)
}

// usedAt is the path of the input that stands at an offset, and its place; the request is nil where none does.
func usedAt(s *workspace.Snapshot, path string, offset int) (r *request, wanted []string, span text.Span) {
	file, err := s.File(path)
	if err != nil || parse.KindOf(path) != parse.Flake || offset < 0 || offset > len(file.Text) {
		return nil, nil, span
	}
	r = newRequest(s, file, parse.Flake, -1)
	at, found := r.flakePlace(offset)
	switch {
	case !found:
		wanted, span = r.usedInOutputs(offset)
		if wanted == nil {
			return nil, nil, span
		}
		return r, wanted, span
	case at.attribute != "", at.follows != nil && len(at.follows) == 0: // the flake itself
		return nil, nil, span
	case at.follows != nil:
		return r, at.follows, at.span
	}
	return r, at.input.Path, r.nameAt(at, offset)
}

// nameAt is the name of the input at the offset, or of where it is declared first: the place may be its url.
func (r *request) nameAt(at flakePlace, offset int) text.Span {
	if at.formal || at.input.Syntax == nil || at.input.Syntax.Attr == nil {
		return at.span
	}
	places := at.input.Syntax.Attr.Places
	for _, place := range places {
		if place.Name().Span.Touches(offset) {
			return place.Name().Span
		}
	}
	return places[0].Name().Span
}

// usedInOutputs is the input, or the input of one, that the body of outputs names at an offset; nil where it names none.
func (r *request) usedInOutputs(offset int) (path []string, span text.Span) {
	if r.flake == nil || r.flake.Manifest.OutputsFunction == nil || !r.flake.Manifest.OutputsFunction.Body.Touches(offset) {
		return nil, span
	}
	uses := r.flake.Manifest.Uses()
	for _, in := range r.flake.Inputs {
		for _, use := range uses.Names[in.Name] {
			if use.Span.Touches(offset) {
				return in.Path, use.Span
			}
		}
	}
	for _, use := range uses.Nested {
		if use.Span.Touches(offset) {
			return use.Path, use.Span
		}
	}
	return nil, span
}

// usagesHere are the places of the file that name an input by a path of it, or by another path that leads to the same flake.
func (r *request) usagesHere(wanted []string) []Usage {
	usages := usagesIn(r.flake, wanted)
	if n, ok := r.declaredBy(wanted); ok {
		usages = append(usages, r.usagesBelow(n)...)
	}
	return inOrder(usages)
}

// usagesBelow are the places of the file that name an input of an input.
func (r *request) usagesBelow(n named) []Usage {
	below := rewrite.Renaming{Old: n.name, Leads: r.leadsTo(n)}
	var usages []Usage
	add := func(span text.Span) { usages = append(usages, Usage{r.flake.File.Path, span, false}) }
	for _, top := range r.flake.Inputs {
		top.Walk(func(in *workspace.Input) {
			if in.Syntax == nil {
				return
			}
			if slices.Contains(below.Names(in.Path), len(in.Path)-1) {
				for _, place := range in.Syntax.Attr.Places {
					add(place.Name().Span)
				}
			}
			if in.Syntax.Follows == nil || in.Syntax.Alias {
				return
			}
			for _, i := range below.Names(in.Follows) {
				add(pathElement(r.flake.File.Text, in.Syntax.Follows, i))
			}
		})
	}
	f := r.flake.Manifest.OutputsFunction
	if f != nil && strings.Contains(f.Body.In(r.source), n.name) {
		for _, use := range r.flake.Manifest.Uses().Nested {
			if last := len(use.Path) - 1; use.Path[last] == n.name && below.Leads(use.Path[:last]) {
				add(use.Span)
			}
		}
	}
	return usages
}

// usagesOf are the places outside of the file that name an input: in the flake that declares it, in the files that this one hands its
// inputs to, and in the flakes that have it as an input.
func (r *request) usagesOf(ctx context.Context, n named) ([]Usage, error) {
	var usages []Usage
	if n.flake.Dir != r.flake.Dir {
		usages = usagesIn(n.flake, []string{n.name})
	}
	hands, _ := handedOn(n.flake)
	if files, handed, err := r.companions(n.flake, n.name, hands); err == nil {
		for _, file := range files {
			for _, use := range handed.Uses(parse.UsesInFile(file.Text), n.name) {
				usages = append(usages, Usage{file.Path, use.Span, false})
			}
		}
	}
	consumers := r.consumers(n)
	found, err := inEach(ctx, consumers, func(c consumer) (usages []Usage) {
		in := r.requestOf(c.dir)
		if in == nil {
			return nil
		}
		if c.dir != r.flake.Dir && (c.names || strings.Contains(in.source, n.name)) {
			usages = inOrder(in.usagesBelow(n))
		}
		return append(usages, in.usagesInFiles(n)...)
	})
	return append(usages, found...), err
}

// inEach looks at many flakes side by side. What is found is in the order of the list; the error is that of the context.
func inEach[T any](ctx context.Context, list []T, look func(T) []Usage) ([]Usage, error) {
	found := make([][]Usage, len(list))
	err := workers.Each(ctx, len(list), func(i int) error {
		found[i] = look(list[i])
		return ctx.Err()
	})
	return slices.Concat(found...), err
}

// usagesInFiles are the places that name an input of an input of the flake, in the files that this one hands its inputs to.
func (r *request) usagesInFiles(n named) []Usage {
	if !mentionsInputs(r.flake.Manifest) {
		return nil
	}
	files, _, err := r.companions(r.flake, n.name, handsSet(r.flake))
	if err != nil {
		return nil
	}
	leads := r.leadsTo(n)
	var usages []Usage
	for _, file := range files {
		for _, use := range parse.UsesInFile(file.Text).Nested {
			if last := len(use.Path) - 1; use.Path[last] == n.name && leads(use.Path[:last]) {
				usages = append(usages, Usage{file.Path, use.Span, false})
			}
		}
	}
	return usages
}

func inOrder(usages []Usage) []Usage {
	sortslice.StableFunc(usages, func(a, b Usage) int { return a.Span.Start - b.Span.Start })
	return slices.CompactFunc(usages, func(a, b Usage) bool { return a.Span == b.Span })
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
			add(pathElement(flake.File.Text, in.Syntax.Follows, len(wanted)-1), false)
		})
	}
	if uses := flake.Manifest.Uses(); len(wanted) == 1 && uses != nil {
		for _, use := range uses.Names[wanted[0]] {
			add(use.Span, false)
		}
	}
	return inOrder(usages)
}

// pathElement is the place of the nth element of a follows path, or the whole value where that is not written out.
func pathElement(source string, follows *parse.Field, n int) text.Span {
	value := follows.Attr.Value
	if value == nil || value.Kind != parse.String || value.Content.In(source) != value.Text {
		return follows.Span()
	}
	return rewrite.Element(source, value, n)
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
func (r *request) followersOf(ctx context.Context, id workspace.PinsID, name string) ([]Usage, error) {
	var usages []Usage
	if id.Dir != "" && id.Dir != r.flake.Dir {
		if pins := r.snapshot.Flake(id.Dir); pins != nil {
			usages = usagesIn(pins, []string{name})
		}
	}
	var dirs []string // each once: they are sorted
	for _, follower := range r.snapshot.Followers(id)[name] {
		if follower.Dir != r.flake.Dir && (len(dirs) == 0 || dirs[len(dirs)-1] != follower.Dir) {
			dirs = append(dirs, follower.Dir)
		}
	}
	found, err := inEach(ctx, dirs, func(dir string) []Usage {
		leaf, flake := r.snapshot.LeafAt(dir), r.snapshot.Flake(dir)
		if leaf == nil || flake == nil || flake.File.Path != filepath.Join(dir, "flake.nix") {
			return nil
		}
		return usagesIn(flake, []string{leaf.Input, name})
	})
	return append(usages, found...), err
}
