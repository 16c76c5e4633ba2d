package ide

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// tokenKind is a kind of token. Punctuation is its own kind: '{', '=', ';' and so on; '$' is the `${` of an interpolation
// outside of strings.
type tokenKind byte

const (
	identifier tokenKind = iota + 1
	stringToken
	comment
	ellipsis
	// other is what completion does not look into: numbers, paths, bare URLs, operators.
	other
)

// token is one token of Nix.
type token struct {
	kind tokenKind
	// first says that only blanks stand before it on its line.
	first bool
	// closed says of a string that its closing quotes are there; indented that they are ''.
	closed, indented bool
	// holes says of a string that it has interpolations or escapes.
	holes bool
	span  text.Span
}

// content is, of a string, what stands between the quotes.
func (t token) content() text.Span {
	if t.kind != stringToken {
		return text.Span{}
	}
	quotes := 1
	if t.indented {
		quotes = 2
	}
	inside := text.Span{Start: t.span.Start + quotes, End: t.span.End}
	if t.closed {
		inside.End -= quotes
	}
	return inside
}

// lexer reads Nix's tokens from any text. A string that is not closed on its line, and whose end further down can only be the
// beginning of another one, ends on its line: at the cursor's word where the cursor is in it.
type lexer struct {
	source string
	cursor int
	at     int
	tokens []token
	// wasted counts the bytes that were read in vain for the end of an interpolation.
	wasted int
}

// maxWasted keeps hostile text from costing the square of its length.
const maxWasted = 1 << 22

func lex(source string, cursor int) []token {
	l := lexer{source: source, cursor: cursor, tokens: make([]token, 0, len(source)/5+8)}
	l.at = len(source) - len(strings.TrimPrefix(source, "\uFEFF"))
	first := true
	for l.at < len(source) {
		switch source[l.at] {
		case '\n', '\r':
			first = true
			l.at++
			continue
		case ' ', '\t', '\f', '\v':
			l.at++
			continue
		}
		start := l.at
		t := l.next()
		t.first, t.span = first, text.Span{Start: start, End: l.at}
		first = false
		l.tokens = append(l.tokens, t)
	}
	return l.tokens
}

// next reads one token and moves behind it.
func (l *lexer) next() token {
	rest := l.source[l.at:]
	switch c := rest[0]; {
	case c == '#':
		l.at = lineEnd(l.source, l.at)
		return token{kind: comment}
	case strings.HasPrefix(rest, "/*"):
		if end := strings.Index(rest[2:], "*/"); end >= 0 {
			l.at += end + 4
		} else {
			l.at = len(l.source)
		}
		return token{kind: comment}
	case c == '"':
		return l.plainString()
	case strings.HasPrefix(rest, "''"):
		return l.indentedString()
	case strings.HasPrefix(rest, "${"):
		l.at += 2
		return token{kind: '$'}
	case strings.HasPrefix(rest, "..."):
		l.at += 3
		return token{kind: ellipsis}
	}
	if n := pathLength(rest); n > 0 {
		l.at += n
		return token{kind: other}
	}
	if n := identifierLength(rest); n > 0 {
		if u := uriLength(rest, n); u > 0 {
			l.at += u
			return token{kind: other}
		}
		l.at += n
		return token{kind: identifier}
	}
	for _, operator := range [...]string{"==", "!=", "<=", ">=", "->", "//", "&&", "||", "++"} {
		if strings.HasPrefix(rest, operator) {
			l.at += len(operator)
			return token{kind: other}
		}
	}
	l.at++
	if strings.IndexByte("{}()[]=;.,:@?", rest[0]) >= 0 {
		return token{kind: tokenKind(rest[0])}
	}
	return token{kind: other}
}

func lineEnd(source string, at int) int {
	if i := strings.IndexAny(source[at:], "\r\n"); i >= 0 {
		return at + i
	}
	return len(source)
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

func isIdentifierByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '_' || c == '-' || c == '\''
}

func identifierLength(s string) int {
	if !isLetter(s[0]) && s[0] != '_' {
		return 0
	}
	n := 1
	for n < len(s) && isIdentifierByte(s[n]) {
		n++
	}
	return n
}

func isPathByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '.' || c == '_' || c == '-' || c == '+'
}

// pathLength is the length of the path, or of the number, that s begins with.
func pathLength(s string) int {
	n := 0
	if s[0] == '~' {
		n = 1
	}
	for n < len(s) && isPathByte(s[n]) {
		n++
	}
	head := n
	for n+1 < len(s) && s[n] == '/' && isPathByte(s[n+1]) {
		n += 2
		for n < len(s) && isPathByte(s[n]) {
			n++
		}
	}
	switch {
	case n > head:
		return n
	case head > 0 && isDigit(s[0]):
		return head
	case strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../"):
		return strings.IndexByte(s, '/') + 1
	}
	return 0
}

// uriLength is the length of the bare URL that s begins with, its first n bytes being an identifier.
func uriLength(s string, n int) int {
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || strings.IndexByte("+-.", s[n]) >= 0) {
		n++
	}
	if n >= len(s) || s[n] != ':' || strings.IndexByte(s[:n], '_') >= 0 || strings.IndexByte(s[:n], '\'') >= 0 {
		return 0
	}
	end := n + 1
	for end < len(s) && (isLetter(s[end]) || isDigit(s[end]) || strings.IndexByte("%/?:@&=+$,-_.!~*'", s[end]) >= 0) {
		end++
	}
	if end == n+1 {
		return 0
	}
	return end
}

func (l *lexer) plainString() token {
	start := l.at
	t := token{kind: stringToken, closed: true}
	i := start + 1
	newline := -1
	for i < len(l.source) && l.source[i] != '"' {
		switch l.source[i] {
		case '\\':
			t.holes = true
			i++
		case '\n', '\r':
			if newline < 0 {
				newline = i
			}
		case '$':
			if i+1 < len(l.source) && l.source[i+1] == '{' {
				t.holes = true
				i = l.hole(i)
				continue
			}
		}
		i++
	}
	if i < len(l.source) && !l.beginsAnother(i+1) {
		l.at = i + 1
		return t
	}
	t.closed, t.holes = false, false
	l.at = l.unclosedEnd(start + 1)
	return t
}

// beginsAnother says whether a quote before the offset can only be the opening one of another string: text follows it with
// nothing between.
func (l *lexer) beginsAnother(after int) bool {
	return after < len(l.source) && (isIdentifierByte(l.source[after]) || l.source[after] == '"' || l.source[after] == '/' && !strings.HasPrefix(l.source[after:], "//"))
}

// unclosedEnd is where a string that is not closed ends: on its line, before a semicolon.
func (l *lexer) unclosedEnd(start int) int {
	end := lineEnd(l.source, start)
	if start <= l.cursor && l.cursor <= end {
		end = l.cursor
		for end < len(l.source) && strings.IndexByte(" \t\r\n;{}()[]\"'", l.source[end]) < 0 {
			end++
		}
		return end
	}
	return start + len(strings.TrimRight(l.source[start:end], " \t;"))
}

func (l *lexer) indentedString() token {
	start := l.at
	t := token{kind: stringToken, closed: true, indented: true}
	for i := start + 2; i < len(l.source); {
		rest := l.source[i:]
		switch {
		case strings.HasPrefix(rest, "'''"), strings.HasPrefix(rest, "''$"):
			t.holes = true
			i += 3
		case strings.HasPrefix(rest, `''\`):
			t.holes = true
			i += 4
		case strings.HasPrefix(rest, "''"):
			l.at = i + 2
			return t
		case strings.HasPrefix(rest, "${"):
			t.holes = true
			i = l.hole(i)
		default:
			i++
		}
	}
	t.closed, t.holes = false, false
	l.at = l.unclosedEnd(start + 2)
	return t
}

// hole gives the offset behind the interpolation that begins at the offset; where it has no end, that behind its `${`.
func (l *lexer) hole(at int) int {
	depth := 0
	for i := at + 2; i < len(l.source) && l.wasted < maxWasted; i++ {
		switch l.source[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i + 1
			}
			depth--
		}
	}
	l.wasted += len(l.source) - at
	return at + 2
}
