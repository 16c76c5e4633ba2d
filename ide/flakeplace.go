package ide

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// flakePlace is what stands at an offset of a flake.nix, of what this server speaks of.
type flakePlace struct {
	span text.Span
	// input is the input, or the override, that the place is of.
	input *workspace.Input
	// formal says that the place is an argument of outputs, not where the input is declared.
	formal bool
	// follows is, in the path that it follows, the path up to the segment at the offset; nil elsewhere.
	follows []string
	// attribute is the name of an attribute, where the offset is at that; "" elsewhere.
	attribute string
	// inReference says that the place is in the value of an attribute that says what the input refers to.
	inReference bool
}

// flakePlace finds what stands at an offset; ok is false where that is nothing of an input.
func (r *request) flakePlace(offset int) (p flakePlace, ok bool) {
	r.ask()
	if r.flake == nil {
		return p, false
	}
	for _, top := range r.flake.Inputs {
		top.Walk(func(in *workspace.Input) {
			if !ok {
				p, ok = r.placeIn(in, offset)
			}
		})
	}
	function := r.flake.Manifest.OutputsFunction
	if ok || function == nil || function.Formals == nil {
		return p, ok
	}
	for _, formal := range function.Formals.List {
		if in := r.flake.Input(formal.Name); in != nil && formal.NameSpan.Touches(offset) {
			return flakePlace{span: formal.NameSpan, input: in, formal: true}, true
		}
	}
	return p, false
}

func (r *request) placeIn(in *workspace.Input, offset int) (p flakePlace, ok bool) {
	if in.Syntax == nil || in.Syntax.Attr == nil {
		return p, false // an implicit one is found by its formal
	}
	for _, place := range in.Syntax.Attr.Places {
		if span := place.Name().Span; span.Touches(offset) {
			return flakePlace{span: span, input: in}, true
		}
	}
	if in.Syntax.Alias {
		return p, false
	}
	for _, field := range in.Syntax.Fields {
		for _, place := range field.Attr.Places {
			if span := place.Name().Span; span.Touches(offset) {
				return flakePlace{span: span, input: in, attribute: field.Name}, true
			}
		}
		value := field.Attr.Value
		if value == nil || !value.Span.Touches(offset) {
			continue
		}
		p = flakePlace{span: value.Span, input: in, inReference: field == in.Syntax.URL || in.Syntax.Type != nil && field != in.Syntax.Flake}
		if field == in.Syntax.Follows && in.IsFollow {
			p.span, p.follows = segment(r.file.Text, value, in.Follows, offset)
		}
		return p, true
	}
	return p, false
}

// segment is the part of a follows path at an offset, and the path up to there. In a string with escapes it is the whole path.
func segment(source string, value *parse.Expr, path []string, offset int) (text.Span, []string) {
	written := value.Content.In(source)
	if value.Kind != parse.String || written != value.Text {
		return value.Span, path
	}
	n := 0
	for at := 0; at <= len(written); {
		end := len(written)
		if i := strings.IndexByte(written[at:], '/'); i >= 0 {
			end = at + i
		}
		if end > at {
			n++
			if span := (text.Span{Start: value.Content.Start + at, End: value.Content.Start + end}); span.Touches(offset) {
				return span, path[:n]
			}
		}
		at = end + 1
	}
	return value.Span, path
}
