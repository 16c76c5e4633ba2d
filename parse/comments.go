package parse

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// comments fills in the comments of the manifest and what they say to us.
func (m *Manifest) comments(t *tree) {
	var body text.Span
	if m.OutputsFunction != nil {
		body = m.OutputsFunction.Body
	}
	first := len(t.nodes)
	var bindings []text.Span
	for i := range t.nodes {
		n := &t.nodes[i]
		if n.kind == kBinding || n.kind == kInherit || n.kind == kFunction {
			first = min(first, i)
		}
		if n.kind != kComment {
			continue
		}
		span := t.span(int32(i))
		if !body.Empty() && body.Contains(span) {
			continue
		}
		if strings.HasSuffix(span.In(t.source), "\r") {
			span.End-- // the grammar takes a line end of \r\n for part of the comment
		}
		c := Comment{Span: span, Text: commentText(span.In(t.source)), Trailing: codeBefore(t.source, span.Start) >= 0}
		m.Comments = append(m.Comments, c)
		if i < first && m.Generator == "" {
			m.Generator = generator(c.Text)
		}
		if s, ok := suppression(t.source, c); ok {
			if s.Target == (text.Span{}) {
				if bindings == nil {
					bindings = t.bindings()
				}
				s.Target = suppressed(t.source, c, m.Comments, bindings)
			}
			m.Suppressions = append(m.Suppressions, s)
		}
	}
}

// commentText takes the marks off a comment.
func commentText(s string) string {
	if strings.HasPrefix(s, "/*") {
		s = strings.TrimSuffix(strings.TrimLeft(s[1:], "*"), "*/")
		lines := strings.Split(s, "\n")
		for i, line := range lines {
			lines[i] = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "*"))
		}
		return strings.TrimSpace(strings.Join(lines, "\n"))
	}
	return strings.TrimSpace(strings.TrimLeft(s, "#"))
}

// codeBefore is the offset of the last byte before the offset on its line that is no space, or -1.
func codeBefore(source string, offset int) int {
	for i := offset - 1; i >= 0 && source[i] != '\n' && source[i] != '\r'; i-- {
		if source[i] != ' ' && source[i] != '\t' {
			if i < len(byteOrderMark) && strings.HasPrefix(source, byteOrderMark) {
				return -1
			}
			return i
		}
	}
	return -1
}

const byteOrderMark = "\uFEFF"

// suppressed is the binding that a comment speaks for: the innermost one that holds the code before it on its line, or the
// next one. comments, up to this one, and bindings are those of the file in the order of the text.
func suppressed(source string, c Comment, comments []Comment, bindings []text.Span) text.Span {
	at := codeBefore(source, c.Span.Start)
	for _, other := range slices.Backward(comments) {
		if at < 0 || other.Span.End-1 < at {
			break
		}
		if other.Span.End-1 == at { // another comment is no code
			at = codeBefore(source, other.Span.Start)
		}
	}
	next, _ := slices.BinarySearchFunc(bindings, c.Span.Start, func(b text.Span, at int) int { return b.Start - at })
	if at < 0 {
		if next < len(bindings) {
			return bindings[next]
		}
		return insertion(c.Span.End)
	}
	for _, b := range slices.Backward(bindings[:next]) {
		if b.Start <= at && at < b.End {
			return b
		}
	}
	return insertion(c.Span.End)
}

// bindings are the places of all bindings, in the order of the text.
func (t *tree) bindings() []text.Span {
	var spans []text.Span
	for i, n := range t.nodes {
		if n.kind == kBinding || n.kind == kInherit {
			spans = append(spans, t.span(int32(i)))
		}
	}
	return spans
}

var (
	suppressionMark = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`nix-pins:\s*(allow-file|allow)\s+`) })
	suppressedRule  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([a-z][a-z0-9-]*)(?:\(([^()\n]*)\))?`) })
)

// suppression reads `nix-pins: allow CODE(object), CODE reason`. Its Target is set only for a whole file.
func suppression(source string, c Comment) (Suppression, bool) {
	line := c.Span.In(source)
	mark := suppressionMark().FindStringSubmatchIndex(line)
	if mark == nil || strings.Trim(line[:mark[0]], "#/* \t") != "" {
		return Suppression{}, false
	}
	s := Suppression{Span: c.Span}
	if line[mark[2]:mark[3]] == "allow-file" {
		s.Target = text.Span{End: len(source)}
	}
	at := mark[1]
	for {
		rule := suppressedRule().FindStringSubmatchIndex(line[at:])
		if rule == nil {
			break
		}
		r := SuppressedRule{
			Code: line[at+rule[2] : at+rule[3]],
			Span: text.Span{Start: c.Span.Start + at, End: c.Span.Start + at + rule[1]},
		}
		if rule[4] >= 0 {
			r.Object = strings.TrimSpace(line[at+rule[4] : at+rule[5]])
		}
		s.Rules = append(s.Rules, r)
		at += rule[1]
		rest := strings.TrimLeft(line[at:], " \t")
		if !strings.HasPrefix(rest, ",") {
			break
		}
		at = len(line) - len(strings.TrimLeft(rest[1:], " \t"))
	}
	reason := strings.TrimSpace(line[at:])
	if strings.HasPrefix(line, "/*") {
		reason = strings.TrimSpace(strings.TrimSuffix(reason, "*/"))
	}
	s.Reason = strings.TrimSpace(strings.TrimLeft(reason, ":-–— "))
	return s, len(s.Rules) > 0
}

var (
	generatedMark = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\bdo[ -]not[ -](?:edit|modify|change)\b|@generated|\bauto(?:matically)?[- ]?generated\b`)
	})
	generatedBy = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\b(?:generated|written|managed)(?: automatically)? (?:using|by|with|from) (\S+)`)
	})
)

// generator is the tool that a header comment names, "a tool" where it names none, "" where it is no such header.
func generator(comment string) string {
	if !generatedMark().MatchString(comment) {
		return ""
	}
	if by := generatedBy().FindStringSubmatch(comment); by != nil {
		return strings.TrimRight(by[1], ".,;:)")
	}
	return "a tool"
}
