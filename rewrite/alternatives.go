package rewrite

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// maxAlternative is the number of lines that one commented-out alternative may have.
const maxAlternative = 30

// removeAlternatives takes away the comments of the binding's own set, on the lines right above and below it, that set the
// same attribute: one whose path begins with the first depth elements of the binding's.
func (e *editor) removeAlternatives(b *parse.Binding, depth int) {
	inside := text.Span{Start: b.In.Open.End, End: b.In.Close.Start}
	for _, comment := range e.alternativesBeside(b, depth) {
		if !inside.Contains(comment.Span) {
			continue
		}
		e.pieces = append(e.pieces, comment.Span)
		e.alternatives[comment.Span] = e.pathSource(b.Path[:depth])
	}
}

func (e *editor) alternativesBeside(b *parse.Binding, depth int) []parse.Comment {
	if b.Inherit {
		return nil
	}
	path := names(b.Path[:depth])
	var gone []parse.Comment
	first, last := e.lines.Line(b.Span.Start), e.lines.Line(b.Span.End)
	for line := first; ; {
		var run []parse.Comment
		n := 0
		for len(run) < maxAlternative {
			c, ok := e.commentOn(line - len(run) - 1)
			if !ok {
				break
			}
			run = append([]parse.Comment{c}, run...)
			if setsOnly(run, path) {
				n = len(run)
				break
			}
		}
		if n == 0 {
			break
		}
		gone = append(gone, run...)
		line -= n
	}
	for line := last; ; {
		var run []parse.Comment
		n := 0
		for len(run) < maxAlternative {
			c, ok := e.commentOn(line + len(run) + 1)
			if !ok {
				break
			}
			run = append(run, c)
			if setsOnly(run, path) {
				n = len(run)
				break
			}
		}
		if n == 0 {
			break
		}
		gone = append(gone, run...)
		line += n
	}
	return gone
}

// commentOn is the line comment that stands alone on a line.
func (e *editor) commentOn(line int) (parse.Comment, bool) {
	if line < 0 || line >= e.lines.Count() {
		return parse.Comment{}, false
	}
	span := e.lines.Span(line)
	at := e.skipBlanks(span.Start)
	c, ok := e.comments[at]
	return c, ok && strings.HasPrefix(e.source[at:], "#")
}

// setsOnly says whether the comments, read as Nix, are bindings of paths that begin with path, and nothing else.
func setsOnly(comments []parse.Comment, path []string) bool {
	var body strings.Builder
	for _, c := range comments {
		body.WriteString(c.Text)
		body.WriteString("\n")
	}
	if !strings.Contains(body.String(), "=") {
		return false
	}
	for _, end := range []string{"}", ";}"} {
		m := parse.Parse(parse.Other, "{"+body.String()+end)
		if !m.Clean() || m.Root == nil || m.Root.Kind != parse.Set || len(m.Root.Set.Bindings) == 0 {
			continue
		}
		for _, b := range m.Root.Set.Bindings {
			if b.Inherit || !hasPrefix(names(b.Path), path) {
				return false
			}
		}
		return true
	}
	return false
}

func names(path []parse.Name) []string {
	list := make([]string, len(path))
	for i, n := range path {
		list[i] = n.Text
	}
	return list
}

func hasPrefix(path, prefix []string) bool {
	if len(path) < len(prefix) {
		return false
	}
	for i, name := range prefix {
		if path[i] != name {
			return false
		}
	}
	return true
}
