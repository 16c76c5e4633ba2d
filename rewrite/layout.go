package rewrite

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Flatten writes an input `a = { url = …; inputs.n.follows = …; };` as `a.url = …; a.inputs.n.follows = …;`. Comments keep
// their places. An input that is flat already is no change.
func Flatten(m *parse.Manifest, in *parse.Input) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.writable(in); err != nil {
		return Change{}, err
	}
	for _, p := range in.Attr.Places {
		if !p.Last() || len(p.Binding.Value.Set.Bindings) == 0 {
			continue
		}
		if err := e.flatten(in, p); err != nil {
			return Change{}, err
		}
	}
	return e.finish()
}

func (e *editor) flatten(in *parse.Input, p parse.Place) error {
	b, set := p.Binding, p.Binding.Value.Set
	switch {
	case set.Rec:
		return refuse(set.Open, "%s is a rec set", in.Name)
	case set.Close.Empty() || b.Semicolon.Empty():
		return refuse(b.Span, "%s is not complete", in.Name)
	case strings.TrimSpace(e.source[set.Close.End:b.Semicolon.Start]) != "" || b.Value.Outer != b.Value.Span:
		return refuse(b.Value.Outer, "there is more around the set than its braces")
	case strings.TrimSpace(e.source[b.Path[len(b.Path)-1].Span.End:b.Equals.Start])+strings.TrimSpace(e.source[b.Equals.End:set.Open.Start]) != "":
		return refuse(b.Span, "a comment stands before the brace")
	}
	// The heads and feet are taken away with the space around them, so that the first member moves to where the input began.
	start := set.Open.End + len(e.source[set.Open.End:]) - len(strings.TrimLeft(e.source[set.Open.End:], " \t\r\n"))
	end := set.Open.Start + len(strings.TrimRight(e.source[set.Open.Start:set.Close.Start], " \t\r\n"))
	indent := e.columnOf(b.Span.Start)
	foot := text.Edit{Span: text.Span{Start: end, End: b.Semicolon.End}}
	if c, ok := e.commentEndingAt(end); ok && strings.HasPrefix(c.Span.In(e.source), "#") && e.skipBlanks(b.Span.End) < e.lines.Span(e.lines.Line(b.Span.End)).End {
		// The comment at the end of the set would swallow what stands behind the set.
		foot = text.Edit{Span: text.Span{Start: end, End: e.skipBlanks(b.Span.End)}, New: e.eol() + indent}
	}
	e.edits = append(e.edits, text.Edit{Span: text.Span{Start: b.Span.Start, End: start}}, foot)
	was := indent
	for _, member := range set.Bindings {
		if e.startsLine(member.Span.Start) {
			was = e.indentOf(member.Span.Start)
			break
		}
	}
	if err := e.reindent(start, end, was, indent); err != nil {
		return err
	}
	_, alone := e.endOfLine(b.Span.End)
	apart := e.oneLine(b.Span) && e.startsLine(b.Span.Start) && alone && !e.oneLine(e.m.Root.Span)
	prefix := e.prefix(b.Path[:p.Depth+1])
	for i, member := range set.Bindings {
		if member.Inherit {
			return refuse(member.Span, "an inherit statement cannot be flat")
		}
		at, with := text.Span{Start: member.Span.Start, End: member.Span.Start}, prefix
		if i > 0 && apart && strings.TrimSpace(e.source[set.Bindings[i-1].Span.End:at.Start]) == "" {
			at.Start, with = set.Bindings[i-1].Span.End, e.eol()+indent+prefix
		}
		e.edits = append(e.edits, text.Edit{Span: at, New: with})
	}
	return nil
}

func (e *editor) commentEndingAt(offset int) (parse.Comment, bool) {
	for _, c := range e.all {
		if c.Span.End == offset {
			return c, true
		}
	}
	return parse.Comment{}, false
}

// reindent moves the lines that begin between start and end from one indentation to another, as a block.
func (e *editor) reindent(start, end int, was, indent string) error {
	for line := e.lines.Line(start) + 1; line < e.lines.Count(); line++ {
		span := e.lines.Span(line)
		if span.Start >= end {
			break
		}
		if e.inString(span.Start) {
			return refuse(span, "a string over several lines would change with its indentation")
		}
		if e.blank(line) {
			continue
		}
		now := e.indentOf(span.Start)
		want := indent + strings.TrimPrefix(now, was)
		if !strings.HasPrefix(now, was) {
			want = indent
		}
		e.replace(text.Span{Start: span.Start, End: span.Start + len(now)}, want)
	}
	return nil
}

// inString says whether the offset lies inside a string.
func (e *editor) inString(offset int) bool {
	for expr := range e.m.Root.All() {
		if (expr.Kind == parse.String || expr.Kind == parse.Interpolated) && expr.Span.Start < offset && offset < expr.Span.End {
			return true
		}
	}
	return false
}

// Nest writes an input `a.url = …; a.inputs.n.follows = …;` as `a = { url = …; inputs.n.follows = …; };`. Its bindings must
// stand together, with no other binding between them. An input that is nested already is no change.
func Nest(m *parse.Manifest, in *parse.Input) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.writable(in); err != nil {
		return Change{}, err
	}
	flat := 0
	for _, p := range in.Attr.Places {
		if !p.Last() {
			flat++
		}
	}
	if flat == 0 {
		return Change{}, nil
	}
	if flat < len(in.Attr.Places) {
		return Change{}, refuse(in.Attr.Span(), "%s is written in both ways", in.Name)
	}
	if err := e.nest(in); err != nil {
		return Change{}, err
	}
	return e.finish()
}

func (e *editor) nest(in *parse.Input) error {
	first := in.Attr.Places[0]
	set := first.Binding.In
	member := map[*parse.Binding]parse.Place{}
	for _, p := range in.Attr.Places {
		if p.Binding.In != set || p.Depth != first.Depth {
			return refuse(p.Binding.Span, "the parts of %s stand in different sets", in.Name)
		}
		if p.Binding.Semicolon.Empty() {
			return refuse(p.Binding.Span, "a semicolon is missing")
		}
		member[p.Binding] = p
	}
	var run []*parse.Binding
	for _, b := range set.Bindings {
		_, ours := member[b]
		if ours || (len(run) > 0 && len(run) < len(member)) {
			if !ours {
				return refuse(b.Span, "another binding stands between the parts of %s", in.Name)
			}
			run = append(run, b)
		}
	}
	head := e.pathSource(first.Binding.Path[:first.Depth+1]) + " = {"
	for _, b := range run {
		from := text.Span{Start: b.Span.Start, End: b.Path[first.Depth+1].Span.Start}
		e.edits = append(e.edits, text.Edit{Span: from})
	}
	last := run[len(run)-1]
	begin := run[0].Span.Start
	at := func(offset int, with string) {
		e.edits = append(e.edits, text.Edit{Span: text.Span{Start: offset, End: offset}, New: with})
	}
	end, alone := e.endOfLine(last.Span.End)
	if e.oneLine(text.Span{Start: begin, End: last.Span.End}) && (!alone || !e.startsLine(begin)) {
		at(begin, head+" ")
		at(last.Span.End, " };")
		return nil
	}
	if !e.startsLine(begin) || !alone {
		return refuse(first.Binding.Span, "the parts of %s share lines with others", in.Name)
	}
	indent, unit := e.indentOf(begin), e.indentUnit()
	at(begin, head+e.eol()+indent+unit)
	for line := e.lines.Line(begin) + 1; line <= e.lines.Line(end); line++ {
		span := e.lines.Span(line)
		if e.inString(span.Start) {
			return refuse(span, "a string over several lines would change with its indentation")
		}
		if !e.blank(line) {
			at(span.Start, unit)
		}
	}
	at(end, e.eol()+indent+"};")
	return nil
}
