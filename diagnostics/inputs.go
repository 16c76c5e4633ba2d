package diagnostics

import (
	"iter"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// allInputs are inputs and, behind each, the overrides below it.
func allInputs(inputs []*workspace.Input) iter.Seq[*workspace.Input] {
	return func(yield func(*workspace.Input) bool) { visitInputs(inputs, yield) }
}

func visitInputs(inputs []*workspace.Input, yield func(*workspace.Input) bool) bool {
	for _, in := range inputs {
		if !yield(in) || !visitInputs(in.Overrides, yield) {
			return false
		}
	}
	return true
}

// written says whether an input stands in the text as a declaration of its own: it is neither made of a formal nor another
// name for a value that is written elsewhere, which speaks for itself.
func written(in *workspace.Input) bool { return in.Syntax != nil && !in.Syntax.Alias }

// dead says whether Nix does not look at what is written below an input: it follows, or is no flake, or it is itself below
// such a one.
func dead(in *workspace.Input) bool {
	for ; in != nil; in = in.Parent {
		if in.IsFollow || (in.Parent == nil && !in.IsFlake) {
			return true
		}
	}
	return false
}

// referenceSpan is the place at which an input says where it comes from: its url, else its type, else its name.
func referenceSpan(in *parse.Input) text.Span {
	switch {
	case in.URL != nil:
		return in.URL.Span()
	case in.Type != nil:
		return in.Type.Span()
	}
	return in.Attr.Span()
}

// within is the place of a part of the text of a field, which has one. Where the text is written with escapes, it is the whole value.
func within(f *parse.Field, source string, part text.Span) text.Span {
	value := f.Attr.Value
	content := value.Span
	if value.Kind == parse.String {
		content = value.Content
	}
	if said, _ := f.Text(); content.In(source) != said {
		return f.Span()
	}
	return text.Span{Start: content.Start + part.Start, End: content.Start + part.End}
}

// ignored says whether a setting lets an input keep a version of its own.
func (p *Pass) ignored(in *workspace.Input) bool {
	return slices.Contains(p.Config.Follows.Ignore, in.Name) || slices.Contains(p.Config.Follows.Ignore, key(in.Path))
}
