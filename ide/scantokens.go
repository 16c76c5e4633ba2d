package ide

import (
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// cutOff ends what is being typed at the cursor: a token that does not go on with it, on another line or behind a blank,
// belongs to something else, though Nix would read it as the next name of the path.
func (s *scanner) cutOff(t token) {
	if !s.cut || t.span.Start < s.place.word.End || t.span == s.place.word || t.content() == s.place.word && !t.content().Empty() {
		return
	}
	s.cut = false
	if t.kind == '.' || t.kind == '=' || t.kind == ';' || !t.first && t.span.Start == s.place.word.End {
		return
	}
	f := s.top()
	f.candidate = nil
	if !f.value {
		f.names, f.dot = nil, false
	}
	if s.previous.kind == '.' {
		s.previous = token{}
	}
}

// take makes one token known to the frame that it stands in.
func (s *scanner) take(t token) {
	s.cutOff(t)
	switch t.kind {
	case '}':
		if s.top().kind == patternFrame {
			s.pattern.close = t.span
		}
		if s.close(setFrame, patternFrame) {
			s.valueToken(t)
		}
		return
	case ']':
		if s.close(listFrame) {
			s.valueToken(t)
		}
		return
	case ')':
		if s.close(parenFrame) {
			s.valueToken(t)
		}
		return
	}
	s.dedent(t)
	switch f := s.top(); f.kind {
	case patternFrame:
		s.patternToken(t)
	case setFrame, letFrame:
		if !f.value {
			s.keyToken(f, t)
			return
		}
		s.valueOf(f, t)
	default:
		s.valueOf(f, t)
	}
}

// keyToken reads an attribute path.
func (s *scanner) keyToken(f *frame, t token) {
	switch t.kind {
	case identifier, stringToken:
		if t.kind == identifier && len(f.names) == 0 {
			switch t.span.In(s.source) {
			case "inherit":
				s.begin(f, nil)
				return
			case "in":
				if f.kind == letFrame {
					s.pop()
					return
				}
			}
		}
		if len(f.names) > 0 && !f.dot {
			f.names = nil
		}
		if f.names == nil {
			f.names = make([]token, 0, 3) // inputs.NAME.url
		}
		f.names, f.dot = append(f.names, t), false
	case '.':
		f.dot = len(f.names) > 0
	case '=':
		s.begin(f, f.names)
	case ';':
		s.end(f)
	case '{', '$', '[', '(':
		s.begin(f, f.names)
		s.open(f, t)
	}
}

// valueOf reads a value, in whatever frame.
func (s *scanner) valueOf(f *frame, t token) {
	switch t.kind {
	case ';':
		switch {
		case f.pending > 0:
			f.pending--
		case f.kind == setFrame || f.kind == letFrame:
			s.end(f)
		}
		return
	case '=':
		if f.kind == rootFrame && !f.lambda && len(f.candidate) > 0 && s.kind != parse.Entrypoint {
			// The opening brace of the file is missing.
			names := f.candidate
			s.push(setFrame, nil, false, t)
			s.begin(s.top(), names)
			return
		}
		if (f.kind == setFrame || f.kind == letFrame) && len(f.candidate) > 0 {
			// Nix knows no `=` in a value: what stands before it is the path of another binding.
			names := f.candidate
			f.count -= 2*len(names) - 1
			if s.surplus && f.count == 0 && f.record >= 0 && names[0].first && s.column(names[0]) > s.column(f.names[0]) {
				// The value is a set whose opening brace is missing: what stands in it is indented.
				s.push(setFrame, s.bindings[f.record].path, false, f.names[0])
				f = s.top()
			} else {
				s.end(f)
			}
			s.begin(f, names)
		}
		return
	case ':':
		if s.isOutputs(f) && s.pattern == nil {
			s.pattern = &pattern{plain: true}
		}
		f.lambda = true
		return
	case identifier:
		switch t.span.In(s.source) {
		case "let":
			s.push(letFrame, nil, true, t)
			return
		case "in":
			if len(s.stack) > 1 && s.stack[len(s.stack)-1].kind == letFrame {
				s.pop()
			}
			return
		case "with", "assert":
			f.pending++
			return
		case "rec":
			return
		}
	case '{', '$', '[', '(':
		s.open(f, t)
		return
	}
	s.valueToken(t)
}

// open pushes the frame of an opening bracket in a value.
func (s *scanner) open(f *frame, t token) {
	foreign := f.foreign || f.lambda || f.kind == letFrame
	var path []string
	switch {
	case f.kind == rootFrame:
		foreign = foreign || f.count > 0
	case f.kind == parenFrame:
		path = f.path
	case f.record >= 0:
		path = s.bindings[f.record].path
		foreign = foreign || f.count > 0
	default:
		foreign = true
	}
	switch t.kind {
	case '{':
		if s.isOutputs(f) && s.pattern == nil {
			s.pattern = &pattern{open: t.span}
			s.push(patternFrame, nil, false, t)
			return
		}
		s.push(setFrame, path, foreign, t)
	case '$':
		s.push(setFrame, nil, true, t)
	case '[':
		s.push(listFrame, path, foreign, t)
	case '(':
		s.push(parenFrame, path, foreign, t)
	}
}

// valueToken counts a token of the value of the frame that is on top.
func (s *scanner) valueToken(t token) {
	f := s.top()
	if f.kind == patternFrame {
		if last := len(s.pattern.formals) - 1; s.inDefault && last >= 0 {
			s.pattern.formals[last].span.End = t.span.End // a bracket of the default was closed
		}
		return
	}
	if f.kind == listFrame && t.kind == stringToken && !(s.placed && t.content() == s.place.word) {
		f.elements = append(f.elements, t.content().In(s.source))
	}
	if f.count == 0 {
		f.first = t
	}
	f.count++
	switch t.kind {
	case identifier, stringToken:
		if s.previous.kind != '.' {
			f.candidate = f.candidate[:0:0]
		}
		f.candidate = append(f.candidate, t)
	case '.':
	default:
		f.candidate = nil
	}
}

// newFormal says whether a token within a default begins the next formal, whose comma is missing.
func (s *scanner) newFormal(t token) bool {
	return t.first && t.kind == identifier && s.previous.kind != '?'
}

// patternToken reads the inside of a pattern.
func (s *scanner) patternToken(t token) {
	p := s.pattern
	last := len(p.formals) - 1
	switch t.kind {
	case identifier:
		if s.inDefault && !s.newFormal(t) {
			p.formals[last].span.End = t.span.End
			return
		}
		s.inDefault = false
		p.formals = append(p.formals, formal{name: t.span.In(s.source), span: t.span})
	case '?':
		s.inDefault = last >= 0
	case ',':
		s.inDefault = false
		if last >= 0 {
			p.formals[last].comma = t.span
		}
	case ellipsis:
		p.ellipsis = t.span
	case '{', '[', '(', '$':
		kind := map[tokenKind]frameKind{'{': setFrame, '$': setFrame, '[': listFrame, '(': parenFrame}[t.kind]
		s.push(kind, nil, true, t)
	case ':', '=', ';':
		// The pattern was never closed: this is the body, or the next binding.
		s.pop()
		if t.kind == ':' {
			s.top().lambda = true
		}
	default:
		if s.inDefault && last >= 0 {
			p.formals[last].span.End = t.span.End
		}
	}
}

// withoutCursor leaves out the formal that is being typed at the cursor.
func (p *pattern) withoutCursor(word text.Span) []formal {
	return slices.DeleteFunc(slices.Clone(p.formals), func(f formal) bool { return f.span.Start == word.Start && !word.Empty() })
}
