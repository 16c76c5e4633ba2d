package rewrite

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// removeAttribute takes away all that the text says of an attribute.
func (e *editor) removeAttribute(a *parse.Attr) error {
	for _, p := range a.Places {
		if p.Binding.Inherit && len(p.Binding.Path) > 1 {
			// The other names of the statement stay.
			e.pieces = append(e.pieces, p.Name().Span)
			continue
		}
		if err := e.removeBinding(p.Binding, p.Depth+1); err != nil {
			return err
		}
	}
	return nil
}

// removeBinding takes away a binding, the comments on its own line, the commented-out alternatives right beside it and the
// suppression that speaks for it. The first depth elements of its path are what the alternatives must set.
func (e *editor) removeBinding(b *parse.Binding, depth int) error {
	if b.Semicolon.Empty() {
		return refuse(b.Span, "a semicolon is missing")
	}
	if e.removed[b] {
		return nil
	}
	e.removed[b] = true
	e.pieces = append(e.pieces, b.Span)
	e.removeOwnComments(b, nil)
	e.removeAlternatives(b, depth)
	for _, s := range e.m.Suppressions {
		// A suppression that stayed would speak for the binding that comes next.
		if s.Target == b.Span && s.Span.End <= b.Span.Start {
			e.pieces = append(e.pieces, e.commentAround(s.Span))
		}
	}
	return nil
}

func (e *editor) commentAround(span text.Span) text.Span {
	for _, c := range e.all {
		if c.Span.Contains(span) {
			return c.Span
		}
	}
	return span
}

// removeOwnComments takes away the comments that stand alone with the binding on its line. Where the binding ends a set that
// speaks of one input only, within gives that set, and comments behind its closing brace count.
func (e *editor) removeOwnComments(b *parse.Binding, within *parse.Place) {
	at := b.Span.End
	if within != nil && within.Last() && within.Binding.Value != nil && within.Binding.Value.Set == b.In {
		if to := e.skipBlanks(at); to == b.In.Close.Start {
			at = within.Binding.Span.End
			if strings.TrimSpace(e.source[b.In.Close.End:at]) != ";" || e.lines.Line(at) != e.lines.Line(to) {
				return
			}
		}
	}
	var after []text.Span
	for {
		at = e.skipBlanks(at)
		c, ok := e.comments[at]
		if !ok {
			break
		}
		after = append(after, c.Span)
		at = c.Span.End
	}
	if at != e.lines.Span(e.lines.Line(at)).End {
		return // more code on the line: the comments may speak of that
	}
	e.pieces = append(e.pieces, after...)
	if before := e.lines.Span(e.lines.Line(b.Span.Start)).Start + len(e.indentOf(b.Span.Start)); before < b.Span.Start {
		if c, ok := e.comments[before]; ok && e.skipBlanks(c.Span.End) == b.Span.Start {
			e.pieces = append(e.pieces, c.Span)
		}
	}
}

// skipBlanks is the offset of the first byte from at that is neither space nor tab.
func (e *editor) skipBlanks(at int) int {
	for at < len(e.source) && (e.source[at] == ' ' || e.source[at] == '\t') {
		at++
	}
	return at
}

// removalEdits turns the pieces that go into deletions that leave the space between what stays as a person would: a line
// that held nothing else goes whole, blank lines do not double, a set that lost all is `{ }`.
func (e *editor) removalEdits() []text.Edit {
	var edits []text.Edit
	for _, set := range e.emptied() {
		inside := text.Span{Start: set.Open.End, End: set.Close.Start}
		e.pieces = slices.DeleteFunc(e.pieces, inside.Contains)
		edits = append(edits, text.Edit{Span: inside, New: " "})
	}
	sortslice.Func(e.pieces, func(a, b text.Span) int { return a.Start - b.Start })
	var groups []text.Span
	for _, p := range e.pieces {
		if n := len(groups) - 1; n >= 0 && (p.Start <= groups[n].End || strings.TrimSpace(e.source[groups[n].End:p.Start]) == "") {
			groups[n].End = max(groups[n].End, p.End)
			continue
		}
		groups = append(groups, p)
	}
	for _, g := range groups {
		edits = append(edits, text.Edit{Span: e.withSpace(g)})
	}
	return edits
}

// emptied are the sets that lose all their bindings and hold no comment that stays.
func (e *editor) emptied() []*parse.AttrSet {
	var sets []*parse.AttrSet
	for b := range e.removed {
		set := b.In
		if slices.Contains(sets, set) || e.filled[set] || set.Close.Empty() || !e.allGone(set) {
			continue
		}
		sets = append(sets, set)
	}
	// A set within a removed binding goes with that binding.
	return slices.DeleteFunc(sets, func(set *parse.AttrSet) bool {
		for b := range e.removed {
			if b.Span.Contains(set.Open) {
				return true
			}
		}
		return false
	})
}

// allGone says whether all of the set's bindings and comments go.
func (e *editor) allGone(set *parse.AttrSet) bool {
	for _, b := range set.Bindings {
		if !e.removed[b] {
			return false
		}
	}
	inside := text.Span{Start: set.Open.End, End: set.Close.Start}
	for _, c := range e.all {
		if inside.Contains(c.Span) && !slices.ContainsFunc(e.pieces, func(p text.Span) bool { return p.Contains(c.Span) }) {
			return false
		}
	}
	return true
}

// withSpace widens a group of removed pieces by the space that must go with it.
func (e *editor) withSpace(g text.Span) text.Span {
	first, last := e.lines.Line(g.Start), e.lines.Line(g.End)
	line, end := e.lines.Span(first), e.lines.Span(last).End
	codeBefore := strings.TrimSpace(e.source[line.Start:g.Start]) != ""
	codeAfter := strings.TrimSpace(e.source[g.End:end]) != ""
	switch {
	case codeBefore && codeAfter:
		if c := e.source[g.Start-1]; c == ' ' || c == '\t' {
			g.End = e.skipBlanks(g.End)
		}
		return g
	case codeBefore:
		return text.Span{Start: line.Start + len(strings.TrimRight(e.source[line.Start:g.Start], " \t")), End: end}
	case codeAfter:
		return text.Span{Start: g.Start, End: e.skipBlanks(g.End)}
	}
	return e.wholeLines(first, last)
}

// wholeLines is the span of lines that go whole, with the blank lines that would double or would stand alone inside a brace.
func (e *editor) wholeLines(first, last int) text.Span {
	blankBefore, blankAfter := e.blank(first-1), e.blank(last+1)
	before := strings.TrimRight(e.source[:e.lines.Span(first).Start], " \t\r\n")
	opens := first == 0 || (!blankBefore && strings.HasSuffix(before, "{"))
	if blankAfter && (blankBefore || opens) {
		for e.blank(last + 1) {
			last++
		}
	} else if blankBefore && last+1 < e.lines.Count() && strings.HasPrefix(strings.TrimLeft(e.lines.Span(last+1).In(e.source), " \t"), "}") {
		for e.blank(first - 1) {
			first--
		}
	}
	if last+1 < e.lines.Count() {
		return text.Span{Start: e.lines.Span(first).Start, End: e.lines.Span(last + 1).Start}
	}
	span := text.Span{Start: e.lines.Span(first).Start, End: len(e.source)}
	if first > 0 {
		span.Start = e.lines.Span(first - 1).End
	}
	return span
}

// blank says whether the text has that line and the line has nothing but space. The place after a last line end is no line.
func (e *editor) blank(line int) bool {
	if line < 0 || line >= e.lines.Count() {
		return false
	}
	span := e.lines.Span(line)
	if span.Start == len(e.source) {
		return false
	}
	return strings.TrimSpace(span.In(e.source)) == ""
}
