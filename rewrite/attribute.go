package rewrite

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// RenameAttribute gives an attribute another name at all its places, as a rule does with a misspelt `folows`. It is for
// names that nothing refers to; for an input use Rename.
func RenameAttribute(m *parse.Manifest, a *parse.Attr, name string) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	if a.Name == name {
		return Change{}, nil
	}
	for _, p := range a.Places {
		if p.Binding.Inherit || p.Name().Dynamic {
			return Change{}, refuse(p.Name().Span, "%s is not written out here", a.Name)
		}
		for _, beside := range p.Binding.In.Attrs {
			if p.Depth == 0 && beside.Name == name {
				return Change{}, refuse(beside.Span(), "%s is there already", name)
			}
		}
		e.replace(p.Name().Span, NameSource(name))
	}
	if e.inRec() {
		if err := e.refuseAlias(a.Name, name); err != nil {
			return Change{}, err
		}
	}
	return e.finish()
}

// RemoveAttribute takes an attribute away at all its places.
func RemoveAttribute(m *parse.Manifest, a *parse.Attr) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.refuseAlias(a.Name); err != nil {
		return Change{}, err
	}
	if err := e.removeAttribute(a); err != nil {
		return Change{}, err
	}
	return e.finish()
}

// RemoveBinding takes one binding away, such as the second of two that set the same attribute.
func RemoveBinding(m *parse.Manifest, b *parse.Binding) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.removeBinding(b, len(b.Path)); err != nil {
		return Change{}, err
	}
	return e.finish()
}

// SetValue replaces an expression by the source of another.
func SetValue(m *parse.Manifest, expr *parse.Expr, source string) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	e.replace(expr.Outer, source)
	return e.finish()
}

// Quote writes a bare URL, or any expression of which the caller knows the string that it evaluates to, as a literal string.
func Quote(m *parse.Manifest, expr *parse.Expr, value string) (Change, error) {
	if expr.Kind == parse.String && expr.Text == value {
		return Change{}, nil
	}
	return SetValue(m, expr, StringSource(value))
}

// MoveAfter moves a binding behind another of the same set, so that in a rec set a name stands earlier in the file than its
// use, as Nix's flake reader wants. The comments on its own line move with it, and so do those on the lines right above it.
func MoveAfter(m *parse.Manifest, b, after *parse.Binding) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	if b.In != after.In || b == after {
		return Change{}, refuse(b.Span, "the two do not stand in one set")
	}
	if b.Span.Start > after.Span.Start {
		return Change{}, nil
	}
	if b.Semicolon.Empty() || after.Semicolon.Empty() {
		return Change{}, refuse(b.Span, "a semicolon is missing")
	}
	end, alone := e.endOfLine(b.Span.End)
	target, targetAlone := e.endOfLine(after.Span.End)
	if !alone || !targetAlone || !e.startsLine(b.Span.Start) || e.lines.Line(after.Span.Start) <= e.lines.Line(end) {
		if e.lines.Line(b.Span.Start) != e.lines.Line(after.Span.End) {
			return Change{}, refuse(b.Span, "the binding shares its line with others")
		}
		e.pieces = append(e.pieces, b.Span)
		at := text.Span{Start: after.Span.End, End: after.Span.End}
		e.edits = append(e.edits, text.Edit{Span: at, New: " " + b.Span.In(e.source)})
		return e.finish()
	}
	first := e.lines.Line(b.Span.Start)
	for {
		if _, ok := e.commentOn(first - 1); !ok {
			break
		}
		first--
	}
	moved := text.Span{Start: e.lines.Span(first).Start, End: end}
	for _, c := range e.all {
		if moved.Contains(c.Span) {
			e.kept[c.Span] = true
		}
	}
	e.pieces = append(e.pieces, text.Span{Start: moved.Start + len(e.indentOf(moved.Start)), End: moved.End})
	at := text.Span{Start: target, End: target}
	e.edits = append(e.edits, text.Edit{Span: at, New: e.eol() + strings.TrimRight(moved.In(e.source), " \t")})
	return e.finish()
}
