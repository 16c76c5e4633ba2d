package parse

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// pathLiteral builds a path: its source is its text, since what it means depends on where the file lies.
func (b *builder) pathLiteral(e *Expr, i int32) {
	e.Text = b.text(i)
	if b.child(i, kInterpolation) < 0 {
		e.Kind = Path
		return
	}
	e.Kind = InterpolatedPath
	e.Text = ""
	b.children(i, func(c int32) {
		if b.kind(c) == kInterpolation {
			e.Args = append(e.Args, b.interpolated(c))
			return
		}
		e.Args = append(e.Args, &Expr{Kind: String, Span: b.span(c), Outer: b.span(c), Content: b.span(c), Text: b.text(c)})
	})
}

// interpolated builds the expression of a ${…}.
func (b *builder) interpolated(i int32) *Expr {
	if inner := b.expressions(i); len(inner) > 0 {
		path := b.path
		b.path = nil
		e := b.expr(inner[0])
		b.path = path
		return e
	}
	return &Expr{Span: b.span(i), Outer: b.span(i)}
}

// stringLiteral builds a "…" or ”…”.
func (b *builder) stringLiteral(e *Expr, i int32) {
	e.Indented = b.kind(i) == kIndentedString
	e.Content = b.content(i)
	e.Kind = String
	if b.child(i, kInterpolation) < 0 {
		if e.Indented {
			pieces := indentedPieces(b.source, e.Content, nil)
			e.joined = len(pieces) > 1
			for _, p := range pieces {
				e.Text += p.Text
			}
			return
		}
		e.Text = unescape(e.Content.In(b.source))
		return
	}
	e.Kind = Interpolated
	var inner []*Expr
	var places []text.Span
	b.children(i, func(c int32) {
		if b.kind(c) == kInterpolation {
			inner = append(inner, b.interpolated(c))
			places = append(places, b.span(c))
		}
	})
	if e.Indented {
		for _, p := range indentedPieces(b.source, e.Content, places) {
			if p.Hole >= 0 {
				e.Args = append(e.Args, inner[p.Hole])
				continue
			}
			e.Args = append(e.Args, literalPiece(p.Span, p.Text))
		}
		return
	}
	at := e.Content.Start
	for j := 0; j <= len(places); j++ {
		end := e.Content.End
		if j < len(places) {
			end = places[j].Start
		}
		if at < end {
			span := text.Span{Start: at, End: end}
			e.Args = append(e.Args, literalPiece(span, unescape(span.In(b.source))))
		}
		if j < len(places) {
			e.Args = append(e.Args, inner[j])
			at = places[j].End
		}
	}
}

func literalPiece(span text.Span, value string) *Expr {
	return &Expr{Kind: String, Span: span, Outer: span, Content: span, Text: value}
}

// piece is one token of an indented string: text, or the interpolation number Hole.
type piece struct {
	Span text.Span
	Text string
	Hole int
	// raw says that the token's spaces are indentation; those of an escape are not.
	raw bool
}

// indentedPieces splits what stands within ”…” into the tokens of Nix's lexer and takes the indentation away, as
// stripIndentation of Nix's parser does. Its quirks are meant: an escape is a token of its own, and whitespace on the last
// line is dropped only if that is one token.
func indentedPieces(source string, content text.Span, holes []text.Span) []piece {
	var pieces []piece
	at := content.Start
	// The quotes take spaces and the line end after them along.
	for i := at; i < content.End; i++ {
		if source[i] == '\n' {
			at = i + 1
			break
		}
		if source[i] != ' ' {
			break
		}
	}
	for j := 0; j <= len(holes); j++ {
		end := content.End
		if j < len(holes) {
			end = holes[j].Start
		}
		pieces = indentedTokens(pieces, source, text.Span{Start: at, End: end})
		if j < len(holes) {
			pieces = append(pieces, piece{Span: holes[j], Hole: j})
			at = holes[j].End
		}
	}
	return stripIndentation(pieces)
}

// indentedTokens appends the tokens of text that holds no interpolation.
func indentedTokens(pieces []piece, source string, span text.Span) []piece {
	s := span.In(source)
	for i := 0; i < len(s); {
		start := i
		for i < len(s) {
			if s[i] == '$' {
				if i+1 >= len(s) || s[i+1] == '{' || s[i+1] == '\'' {
					break
				}
				i += 2
			} else if s[i] == '\'' {
				if i+1 >= len(s) || s[i+1] == '\'' || s[i+1] == '$' {
					break
				}
				i += 2
			} else {
				i++
			}
		}
		p := piece{Text: s[start:i], Hole: -1, raw: true}
		if i == start {
			p.raw = false
			switch rest := s[i:]; {
			case strings.HasPrefix(rest, "''$"):
				p.Text, i = "$", i+3
			case strings.HasPrefix(rest, "'''"):
				p.Text, i = "''", i+3
			case strings.HasPrefix(rest, "''\\") && len(rest) > 3:
				p.Text, i = unescape(rest[2:4]), i+4
			default:
				p.Text, i = rest[:1], i+1
			}
		}
		p.Span = text.Span{Start: span.Start + start, End: span.Start + i}
		pieces = append(pieces, p)
	}
	return pieces
}

func stripIndentation(pieces []piece) []piece {
	least, current := 1_000_000, 0
	startOfLine := true
	for _, p := range pieces {
		if !p.raw {
			if startOfLine {
				startOfLine = false
				least = min(least, current)
			}
			continue
		}
		for i := 0; i < len(p.Text); i++ {
			c := p.Text[i]
			switch {
			case startOfLine && c == ' ':
				current++
			case startOfLine && c == '\n':
				current = 0
			case startOfLine:
				startOfLine = false
				least = min(least, current)
			case c == '\n':
				startOfLine = true
				current = 0
			}
		}
	}
	out := pieces[:0]
	startOfLine = true
	dropped := 0
	for n, p := range pieces {
		if p.Hole >= 0 {
			startOfLine = false
			dropped = 0
			out = append(out, p)
			continue
		}
		var kept []byte
		for i := 0; i < len(p.Text); i++ {
			c := p.Text[i]
			if startOfLine {
				switch c {
				case ' ':
					dropped++
					if dropped <= least {
						continue
					}
				case '\n':
					dropped = 0
				default:
					startOfLine = false
					dropped = 0
				}
			} else if c == '\n' {
				startOfLine = true
			}
			kept = append(kept, c)
		}
		p.Text = string(kept)
		if n == len(pieces)-1 {
			if line := strings.LastIndexByte(p.Text, '\n'); line >= 0 && strings.Trim(p.Text[line+1:], " ") == "" {
				p.Text = p.Text[:line+1]
			}
		}
		if p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}
