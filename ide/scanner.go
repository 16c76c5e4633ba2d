package ide

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// scanner goes over the tokens of a file and keeps account of what is open.
type scanner struct {
	*outline
	stack []frame
	// at is the index of the token at hand, previous the token before it that is no comment.
	at       int
	previous token
	placed   bool
	// cut says that the next token on another line begins a new binding, whatever stands before the cursor.
	cut bool
	// missing says that there are more opening braces than closing ones, surplus that there are fewer.
	missing, surplus bool
	// inDefault says that the default of a formal is being read.
	inDefault bool
}

func (s *scanner) top() *frame { return &s.stack[len(s.stack)-1] }

func (s *scanner) run() {
	depth := 0
	for _, t := range s.tokens {
		switch t.kind {
		case '{', '$':
			depth++
		case '}':
			depth--
		}
	}
	s.missing, s.surplus = depth > 0, depth < 0
	s.bindings = make([]binding, 0, 32)
	s.stack = append(make([]frame, 0, 8), frame{kind: rootFrame, value: true, record: -1})
	for s.at = 0; s.at < len(s.tokens); s.at++ {
		t := s.tokens[s.at]
		if !s.placed && s.cursor >= 0 {
			s.locate(t)
		}
		if t.kind == comment {
			continue
		}
		s.take(t)
		s.previous = t
	}
	if !s.placed && s.cursor >= 0 {
		s.placed = true
		s.set(nil, len(s.tokens))
	}
	// What is open at the end of the text is as good as closed.
	for len(s.stack) > 1 {
		s.pop()
	}
}

// locate sets the place once the cursor's token, or the first one behind the cursor, has come.
func (s *scanner) locate(t token) {
	switch {
	case t.span.End < s.cursor:
		return
	case t.kind == comment && t.span.Start < s.cursor && (s.source[t.span.Start] == '#' || s.cursor < t.span.End):
		s.placed = true
		s.place = place{kind: inComment, word: t.span}
	case t.kind == stringToken && t.content().Start <= s.cursor && s.cursor <= t.content().End:
		s.placed = true
		s.set(&t, s.at+1)
	case t.kind == identifier && t.span.Start <= s.cursor:
		s.placed = true
		s.set(&t, s.at+1)
	case t.kind == other && t.span.Start < s.cursor && s.cursor <= t.span.End:
		s.placed = true
		s.set(&t, s.at+1)
	case t.span.Start >= s.cursor:
		s.placed = true
		s.set(nil, s.at)
	case t.span.End > s.cursor:
		s.placed = true // inside of an operator, or at a quote
	}
}

// set sets the place. t is the token that the cursor is in, nil where it is between two.
func (s *scanner) set(t *token, next int) {
	// The binding that the cursor begins on a line of its own ends what was not ended before.
	at := token{first: true, kind: identifier, span: text.Span{Start: s.cursor, End: s.cursor}}
	if t != nil {
		at = *t
	} else {
		at.first = strings.TrimLeft(s.source[s.line().Start:s.cursor], " \t") == ""
	}
	s.dedent(at)
	f := s.top()
	p := place{word: text.Span{Start: s.cursor, End: s.cursor}, next: next, start: s.cursor}
	if t != nil {
		p.word, p.start = t.span, t.span.Start
		if t.kind == stringToken {
			p.word, p.str = t.content(), *t
		}
	}
	isString := t != nil && t.kind == stringToken
	switch f.kind {
	case setFrame, letFrame:
		if f.foreign {
			p.key = !f.value
			break
		}
		names, dot, key := f.names, f.dot, !f.value
		switch {
		case f.value && f.lambda:
			return
		case f.value && s.continues(at):
			names, dot, key = f.candidate, true, true
			if s.previous.kind != '.' {
				names, dot = nil, false
			}
		case !f.value && len(names) > 0 && !dot:
			if !at.first {
				return // `inputs.a |` wants a `=`
			}
			names = nil
		}
		s.cut = true
		if key {
			p.kind, p.path, p.written = atKey, s.absolute(f, names), len(names)
			if len(names) > 0 {
				p.start = names[0].span.Start
			}
			if t != nil && t.kind == other {
				p.kind = nowhere
			}
			s.place = p
			return
		}
		if len(f.names) == 0 {
			return // behind an inherit
		}
		if f.count > 0 {
			// `pins/` is no value yet: a name and an operator to Nix.
			if isString || strings.ContainsAny(s.source[f.first.span.Start:s.cursor], " \t\r\n\"'(){}[]") {
				return
			}
			p.word.Start = f.first.span.Start
		}
		if t == nil && s.valueBehind(next) {
			return
		}
		p.kind, p.path, p.written, p.start = atValue, s.absolute(f, f.names), len(f.names), f.names[0].span.Start
		if isString {
			p.kind = inString
		}
	case listFrame:
		if f.foreign {
			break
		}
		p.kind, p.path, p.elements = inList, f.path, s.listed(next)
		if isString {
			p.kind = inListString
		}
	case patternFrame:
		if isString || t != nil && t.kind != identifier || s.inDefault && !s.newFormal(at) {
			break
		}
		p.kind = inPattern
	}
	s.place = p
}

// valueBehind says whether a value begins with the given token, on the cursor's line.
func (s *scanner) valueBehind(next int) bool {
	if next >= len(s.tokens) || s.tokens[next].span.Start >= s.line().End {
		return false
	}
	switch s.tokens[next].kind {
	case identifier, stringToken, other, '{', '(', '[':
		return true
	}
	return false
}

// listed are the strings of the list that the cursor is in, but the one at the cursor.
func (s *scanner) listed(next int) []string {
	list := s.top().elements
	for _, t := range s.tokens[next:] {
		if t.kind != stringToken {
			break
		}
		list = append(list, t.content().In(s.source))
	}
	return list
}

// continues says whether a name at the cursor, in a place where a value is read, is rather the beginning of the next binding:
// the value is whole or not there at all, and the name stands on a line of its own.
func (s *scanner) continues(at token) bool {
	f := s.top()
	if s.previous.kind == '.' && len(f.candidate) > 0 && f.candidate[0].first {
		return true
	}
	if !at.first || s.previous.kind == '=' && at.kind == stringToken {
		return false
	}
	switch s.previous.kind {
	case stringToken, identifier, '}', ']', ')':
		return true
	case '=':
		return at.span.Len() > 0
	case other:
		return s.source[s.previous.span.Start] != '/' && s.source[s.previous.span.Start] != '+'
	}
	return false
}

// absolute is the path of names in the set of a frame.
func (s *scanner) absolute(f *frame, names []token) []string {
	path := make([]string, 0, len(f.path)+len(names)+1)
	path = append(path, f.path...)
	for _, t := range names {
		path = append(path, s.name(t))
	}
	return path
}

func (s *scanner) name(t token) string {
	if t.kind == stringToken {
		return t.content().In(s.source)
	}
	return t.span.In(s.source)
}

// dedent closes the sets whose closing brace is missing: those that were opened on a line that is indented as far as the
// binding that begins with t, or further. It is only done in a text that lacks a brace.
func (s *scanner) dedent(t token) {
	if !s.missing || !t.first || t.kind != identifier && t.kind != stringToken {
		return
	}
	indent := s.column(t)
	if indent == 0 && t.span.Empty() {
		return // a cursor on a blank line says nothing
	}
	for len(s.stack) > 2 && s.top().kind == setFrame && s.top().indent > 0 && indent <= s.top().indent && !s.top().foreign {
		s.pop()
	}
}

// begin starts the record of the binding whose `=` has been met.
func (s *scanner) begin(f *frame, names []token) {
	f.value, f.count, f.lambda, f.pending, f.candidate, f.names = true, 0, false, 0, nil, names
	f.record = -1
	if f.foreign || f.kind == letFrame || len(names) == 0 {
		return
	}
	f.record = len(s.bindings)
	s.bindings = append(s.bindings, binding{
		path: s.absolute(f, names), written: len(names),
		key: text.Span{Start: names[0].span.Start, End: names[len(names)-1].span.End},
	})
}

// end ends the binding at hand.
func (s *scanner) end(f *frame) {
	if f.record >= 0 && f.count == 1 {
		b := &s.bindings[f.record]
		switch f.first.kind {
		case stringToken:
			b.value, b.hasValue = f.first.content().In(s.source), !f.first.holes
		case identifier:
			b.value, b.hasValue = f.first.span.In(s.source), true
		}
	}
	f.value, f.names, f.dot, f.candidate, f.count, f.lambda, f.pending, f.record = false, nil, false, nil, 0, false, 0, -1
}

// column is the indentation of a token's line.
func (s *scanner) column(t token) int { return len(indentOf(s.source, t.span.Start)) }

func (s *scanner) push(kind frameKind, path []string, foreign bool, t token) {
	s.stack = append(s.stack, frame{kind: kind, path: path, foreign: foreign, indent: s.column(t), record: -1})
}

func (s *scanner) pop() {
	f := s.top()
	if f.kind == setFrame || f.kind == letFrame {
		s.end(f)
	}
	if f.kind == patternFrame {
		s.inDefault = false
	}
	s.stack = s.stack[:len(s.stack)-1]
}

// close takes a closing bracket: the innermost frame of that kind goes, and what was left open in it.
func (s *scanner) close(kinds ...frameKind) bool {
	for i := len(s.stack) - 1; i > 0; i-- {
		for _, kind := range kinds {
			if s.stack[i].kind == kind {
				for len(s.stack) > i {
					s.pop()
				}
				return true
			}
		}
		if s.stack[i].kind == setFrame || s.stack[i].kind == patternFrame {
			return false
		}
	}
	return false
}

// isOutputs says whether the value at hand is the function whose pattern takes the inputs.
func (s *scanner) isOutputs(f *frame) bool {
	switch {
	case f.lambda || f.foreign || f.count > 0 && s.previous.kind != '@':
		return false
	case f.kind == rootFrame:
		return s.kind == parse.Entrypoint
	case f.kind != setFrame || f.record < 0:
		return false
	}
	b := s.bindings[f.record]
	return s.kind == parse.Flake && slices.Equal(b.path, []string{"outputs"})
}
