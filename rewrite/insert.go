package rewrite

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// statement is a binding to write: a path relative to some attribute and the source of its value.
type statement struct {
	path, value string
}

func (s statement) source(prefix string) string { return prefix + s.path + " = " + s.value + ";" }

func sources(prefix string, statements []statement) []string {
	lines := make([]string, len(statements))
	for i, s := range statements {
		lines[i] = s.source(prefix)
	}
	return lines
}

// insertMembers writes statements below an attribute: into its set where it has one, else as further bindings with the path
// that leads to it.
func (e *editor) insertMembers(a *parse.Attr, statements []statement) error {
	place, err := e.openPlace(a)
	if err != nil {
		return err
	}
	if !place.Last() {
		return e.insertAfter(place.Binding, sources(e.prefix(place.Binding.Path[:place.Depth+1]), statements))
	}
	set := place.Binding.Value.Set
	if last := lastBinding(set); last != nil {
		return e.insertAfter(last, sources("", statements))
	}
	return e.fill(set, sources("", statements), false)
}

// openPlace is the place of an attribute where something can be added to it: a set of its own, else the last longer path.
func (e *editor) openPlace(a *parse.Attr) (parse.Place, error) {
	var open *parse.Place
	for i, p := range a.Places {
		switch {
		case p.Name().Dynamic || p.Binding.Inherit:
			return parse.Place{}, refuse(p.Name().Span, "%s is not written out here", a.Name)
		case p.Last() && (p.Binding.Value == nil || p.Binding.Value.Kind != parse.Set || p.Binding.Value.Set == nil):
			return parse.Place{}, refuse(p.Binding.Span, "%s is no literal attribute set", a.Name)
		case open == nil || (p.Last() && !open.Last()) || (p.Last() == open.Last() && p.Binding.Span.Start > open.Binding.Span.Start):
			open = &a.Places[i]
		}
	}
	if open == nil {
		return parse.Place{}, refuse(text.Span{}, "%s has no place in the text", a.Name)
	}
	return *open, nil
}

func lastBinding(set *parse.AttrSet) *parse.Binding {
	var last *parse.Binding
	for _, b := range set.Bindings {
		if last == nil || b.Span.Start > last.Span.Start {
			last = b
		}
	}
	return last
}

// insertAfter writes bindings behind one that is there: on lines of their own, or on the same line where that holds more.
func (e *editor) insertAfter(b *parse.Binding, lines []string) error {
	return e.insertBehind(b, lines, false)
}

// insertBehind is insertAfter with a blank line between, where spaced says so.
func (e *editor) insertBehind(b *parse.Binding, lines []string, spaced bool) error {
	if b.Semicolon.Empty() {
		return refuse(b.Span, "a semicolon is missing")
	}
	e.filled[b.In] = true
	at, alone := e.endOfLine(b.Span.End)
	if !alone || e.oneLine(text.Span{Start: b.In.Open.Start, End: b.In.Close.End}) {
		e.edits = append(e.edits, text.Edit{Span: text.Span{Start: b.Span.End, End: b.Span.End}, New: " " + oneLine(lines)})
		return nil
	}
	before := e.eol() + e.columnOf(b.Span.Start)
	written := before + strings.Join(lines, before)
	if spaced {
		written = e.eol() + written
	}
	e.edits = append(e.edits, text.Edit{Span: text.Span{Start: at, End: at}, New: written})
	return nil
}

// insertBefore writes bindings before one that is there and the comments right above it, which speak of that: on lines of their own, or on the same
// line where that holds more.
func (e *editor) insertBefore(b *parse.Binding, lines []string, spaced bool) {
	e.filled[b.In] = true
	at := e.commentedFrom(b.Span.Start)
	if !e.startsLine(at) || e.oneLine(text.Span{Start: b.In.Open.Start, End: b.In.Close.End}) {
		e.edits = append(e.edits, text.Edit{Span: text.Span{Start: at, End: at}, New: oneLine(lines) + " "})
		return
	}
	start := e.lines.Span(e.lines.Line(at)).Start
	indent, eol := e.columnOf(b.Span.Start), e.eol()
	if !e.startsLine(b.Span.Start) { // behind a comment
		indent = e.columnOf(at)
	}
	written := indent + strings.Join(lines, eol+indent) + eol
	if spaced {
		written += eol
	}
	e.edits = append(e.edits, text.Edit{Span: text.Span{Start: start, End: start}, New: written})
}

// commentedFrom is where the comments begin that stand right before an offset, without an empty line between, on its line or on lines that only
// comments share; the offset where there are none.
func (e *editor) commentedFrom(offset int) int {
	before, _ := slices.BinarySearchFunc(e.all, offset, func(c parse.Comment, offset int) int { return cmp.Compare(c.Span.Start, offset) })
	from := offset
	for _, c := range slices.Backward(e.all[:before]) {
		between := text.Span{Start: c.Span.End, End: offset}.In(e.source)
		if strings.TrimSpace(between) != "" || strings.Count(between, "\n") > 1 {
			break
		}
		// One behind another on its line counts as soon as the first of that line does: it may stand behind code.
		offset = c.Span.Start
		if e.startsLine(offset) || e.lines.Line(offset) == e.lines.Line(from) {
			from = offset
		}
	}
	return from
}

func oneLine(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(strings.TrimLeft(line, " \t"))
	}
	return b.String()
}

// endOfLine is the end of the line on which the offset lies; alone says that nothing but space and comments comes before it.
func (e *editor) endOfLine(offset int) (at int, alone bool) {
	for {
		offset = e.skipBlanks(offset)
		c, ok := e.comments[offset]
		if !ok {
			break
		}
		offset = c.Span.End
	}
	at = e.lines.Span(e.lines.Line(offset)).End
	return at, at == offset
}

// fill writes bindings into a set that has none. In a file of several lines they may stand on lines of their own.
func (e *editor) fill(set *parse.AttrSet, lines []string, onLines bool) error {
	if set.Close.Empty() {
		return refuse(set.Open, "the closing brace is missing")
	}
	e.filled[set] = true
	inside := text.Span{Start: set.Open.End, End: set.Close.Start}
	outer, eol := e.indentOf(set.Open.Start), e.eol()
	if strings.TrimSpace(inside.In(e.source)) != "" {
		// Comments stay above what is new.
		before := e.lines.Span(e.lines.Line(set.Close.Start)).Start
		if !e.startsLine(set.Close.Start) {
			// A block comment, for a line comment would have hidden the brace.
			e.edits = append(e.edits, text.Edit{Span: text.Span{Start: set.Close.Start, End: set.Close.Start}, New: oneLine(lines) + " "})
			return nil
		}
		indent := outer + e.indentUnit()
		e.edits = append(e.edits, text.Edit{Span: text.Span{Start: before, End: before}, New: indent + strings.Join(lines, eol+indent) + eol})
		return nil
	}
	if root := e.m.Root.Span; !e.oneLine(root) && (onLines || !e.oneLine(inside)) {
		indent := eol + outer + e.indentUnit()
		e.edits = append(e.edits, text.Edit{Span: inside, New: indent + strings.Join(lines, indent) + eol + outer})
		return nil
	}
	e.edits = append(e.edits, text.Edit{Span: inside, New: " " + oneLine(lines) + " "})
	return nil
}
