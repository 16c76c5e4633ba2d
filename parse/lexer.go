package parse

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// tokenKind is what Nix's lexer calls a token.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenKeyword
	tokenInteger
	tokenFloat
	tokenPath
	tokenSearchPath
	tokenURI
	tokenOperator // and punctuation; "\"" and "''" start a string
	tokenString   // a piece of a string, from a quote or a } to a quote or to before a ${; only scan gives it
	tokenInvalid
)

// token is one token of Nix's lexer. Its strings and interpolated paths are read piece by piece (see recognizer).
type token struct {
	kind tokenKind
	span text.Span
	text string
}

func (t token) is(operator string) bool { return t.kind == tokenOperator && t.text == operator }

func (t token) keyword(word string) bool { return t.kind == tokenKeyword && t.text == word }

func nameStart(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func nameByte(c byte) bool { return nameStart(c) || digit(c) || c == '\'' || c == '-' }

func pathByte(c byte) bool {
	return nameStart(c) || digit(c) || c == '.' || c == '-' || c == '+'
}

func schemeByte(c byte) bool {
	return c != '_' && nameStart(c) || digit(c) || c == '+' || c == '-' || c == '.'
}

func uriByte(c byte) bool {
	return nameStart(c) || digit(c) || strings.IndexByte("%/?:@&=+$,-.!~*'", c) >= 0
}

// while is the length of the longest start of s whose bytes all satisfy ok.
func while(s string, ok func(byte) bool) int {
	for i := 0; i < len(s); i++ {
		if !ok(s[i]) {
			return i
		}
	}
	return len(s)
}

// skipSpace is the offset of the first byte from at on that belongs to no space and to no comment. open is the offset of a
// comment that does not end, or -1.
func skipSpace(source string, at int) (next, open int) {
	for at < len(source) {
		switch c := source[at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			at++
		case c == '#':
			if i := strings.IndexAny(source[at:], "\r\n"); i >= 0 {
				at += i
			} else {
				at = len(source)
			}
		case c == '/' && strings.HasPrefix(source[at:], "/*"):
			i := strings.Index(source[at+2:], "*/")
			if i < 0 {
				return at, at
			}
			at += 2 + i + 2
		default:
			return at, -1
		}
	}
	return at, -1
}

// isKeyword says whether the name is a keyword. `or` is one only after an attribute path, and counts as a name here.
func isKeyword(name string) bool {
	switch name {
	case "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit":
		return true
	}
	return false
}

// operatorLength is the length of the operator or punctuation that s starts with, or 0.
func operatorLength(s string) int {
	next := byte(0)
	if len(s) > 1 {
		next = s[1]
	}
	two := false
	switch s[0] {
	case '.':
		if strings.HasPrefix(s, "...") {
			return 3
		}
	case '=', '!', '>':
		two = next == '='
	case '<':
		two = next == '=' || next == '|'
	case '&', '\'':
		if next != s[0] {
			return 0
		}
		two = true
	case '|':
		if next != '|' && next != '>' {
			return 0
		}
		two = true
	case '-':
		two = next == '>'
	case '/', '+':
		two = next == s[0]
	case '$':
		if next != '{' {
			return 0
		}
		two = true
	case '{', '}', '[', ']', '(', ')', ':', '@', ',', ';', '?', '*', '"':
	default:
		return 0
	}
	if two {
		return 2
	}
	return 1
}

// lexer reads the tokens of a text, at any offset.
type lexer struct {
	source string
	// runStart and runEnd enclose bytes that all can stand in a path, and behind them is one that cannot. Looked at for each
	// token anew, a long a.b.c.d would take quadratic time.
	runStart, runEnd int
}

// run is the end of the bytes from at on that can stand in a path.
func (l *lexer) run(at int) int {
	if at < l.runStart || at >= l.runEnd {
		l.runStart, l.runEnd = at, at+while(l.source[at:], pathByte)
	}
	return l.runEnd
}

// maxScheme is the number of bytes that the scheme of a URL may have. Nix has no such bound; it keeps the time linear.
const maxScheme = 256

// pathLength is the length of the path without interpolation that s starts with, or 0. A trailing slash belongs to it.
func pathLength(s string) int {
	i := 0
	if strings.HasPrefix(s, "~/") {
		i = 1
	} else {
		i = while(s, pathByte)
	}
	n := 0
	for i < len(s) && s[i] == '/' {
		segment := while(s[i+1:], pathByte)
		if segment == 0 {
			break
		}
		i += 1 + segment
		n = i
	}
	if n > 0 && n < len(s) && s[n] == '/' {
		n++
	}
	return n
}

// interpolatedPathLength is the length of what stands before the first ${ of a path such as ./${x}, or 0.
func interpolatedPathLength(s string) int {
	i := while(s, pathByte)
	if i == 0 && strings.HasPrefix(s, "~/") {
		i = 1
	}
	if strings.HasPrefix(s[i:], "/${") {
		return i + 1
	}
	return 0
}

func uriLength(s string) int {
	if s[0] == '_' || !nameStart(s[0]) {
		return 0
	}
	i := while(s, schemeByte)
	if i >= len(s) || s[i] != ':' {
		return 0
	}
	n := while(s[i+1:], uriByte)
	if n == 0 {
		return 0
	}
	return i + 1 + n
}

func searchPathLength(s string) int {
	i := 1
	for {
		n := while(s[i:], pathByte)
		if n == 0 {
			return 0
		}
		i += n
		switch {
		case strings.HasPrefix(s[i:], "/"):
			i++
		case strings.HasPrefix(s[i:], ">"):
			return i + 1
		default:
			return 0
		}
	}
}

// numberLength is the length of the number that s starts with, or 0.
func numberLength(s string) (n int, float bool) {
	whole := while(s, digit)
	if whole < len(s) && s[whole] == '.' {
		fraction := while(s[whole+1:], digit)
		if whole > 0 && s[0] != '0' || fraction > 0 && (whole == 0 || whole == 1 && s[0] == '0') {
			n = whole + 1 + fraction
			if e := s[n:]; len(e) > 0 && (e[0] == 'e' || e[0] == 'E') {
				sign := 1
				if len(e) > 1 && (e[1] == '+' || e[1] == '-') {
					sign = 2
				}
				if digits := while(e[sign:], digit); digits > 0 {
					n += sign + digits
				}
			}
			return n, true
		}
	}
	return whole, false
}

// token reads the token at the offset, where no space stands. As in every lexer made by flex the longest match wins.
func (l *lexer) token(at int) token {
	source := l.source
	if at >= len(source) || source[at] == 0 {
		return token{tokenEnd, insertion(at), ""}
	}
	s := source[at:]
	kind, length := tokenOperator, operatorLength(s)
	if length == 0 {
		kind = tokenInvalid
	}
	try := func(k tokenKind, n int) {
		if n > length {
			kind, length = k, n
		}
	}
	switch c := s[0]; {
	case nameStart(c):
		n := while(s, nameByte)
		if isKeyword(s[:n]) {
			try(tokenKeyword, n)
		} else {
			try(tokenName, n)
		}
		if end := l.run(at); end < len(source) && source[end] == '/' {
			try(tokenPath, pathLength(s))
		} else if end < len(source) && source[end] == ':' && end-at <= maxScheme {
			try(tokenURI, uriLength(s))
		}
	case pathByte(c) || c == '/' || c == '~':
		n, float := numberLength(s)
		if float {
			try(tokenFloat, n)
		} else {
			try(tokenInteger, n)
		}
		if end := l.run(at); c == '~' || end < len(source) && source[end] == '/' {
			try(tokenPath, pathLength(s))
		}
	case c == '<':
		try(tokenSearchPath, searchPathLength(s))
	}
	if end := l.run(at); s[0] == '~' || end < len(source) && source[end] == '/' {
		if n := interpolatedPathLength(s); n > 0 && n+2 > length {
			kind, length = tokenPath, n
		}
	}
	if length == 0 {
		length = 1
		for length < len(s) && s[length]&0xC0 == 0x80 {
			length++
		}
	}
	return token{kind, text.Span{Start: at, End: at + length}, s[:length]}
}

// stringPiece reads on in a string from at, up to its end or the next ${: next is the offset behind, or the end of the text
// for a string that does not end (then ended and hole are false).
func stringPiece(source string, at int, indented bool) (next int, ended, hole bool) {
	for at < len(source) {
		rest := source[at:]
		switch c := rest[0]; {
		case strings.HasPrefix(rest, "${"):
			return at + 2, false, true
		case c == '$' && len(rest) > 1 && !indented && rest[1] != '"' && rest[1] != '\\',
			c == '$' && len(rest) > 1 && indented && rest[1] != '\'',
			c == '\\' && !indented:
			at += 2
		case c == '"' && !indented:
			return at + 1, true, false
		case c == '\'' && indented && strings.HasPrefix(rest, "''"):
			switch {
			case strings.HasPrefix(rest, "''$"), strings.HasPrefix(rest, "'''"):
				at += 3
			case strings.HasPrefix(rest, "''\\"):
				at += 4
			default:
				return at + 2, true, false
			}
		case c == '\'' && indented && len(rest) > 1 && rest[1] != '$':
			at += 2
		default:
			at++
		}
	}
	return len(source), false, false
}

// scan gives the tokens of a text, broken or not, until yield says false. It knows nothing of the grammar.
func scan(source string, yield func(token) bool) {
	// holes are the interpolations around: how many braces are open in each, and the kind of its string.
	type hole struct {
		braces   int
		indented bool
	}
	var holes []hole
	l := lexer{source: source}
	at, open := skipSpace(source, 0)
	for open < 0 {
		t := l.token(at)
		if t.kind == tokenEnd {
			return
		}
		inString, indented := false, false
		switch n := len(holes); {
		case t.is("\""), t.is("''"):
			inString, indented = true, t.text == "''"
		case (t.is("{") || t.is("${")) && n > 0:
			holes[n-1].braces++
		case t.is("}") && n > 0:
			if holes[n-1].braces > 0 {
				holes[n-1].braces--
				break
			}
			if !yield(t) {
				return
			}
			t = token{tokenString, insertion(t.span.End), ""}
			inString, indented = true, holes[n-1].indented
			holes = holes[:n-1]
		}
		if inString {
			next, _, isHole := stringPiece(source, t.span.End, indented)
			t = token{tokenString, text.Span{Start: t.span.Start, End: next}, ""}
			if isHole {
				t.span.End -= len("${")
				if !yield(t) {
					return
				}
				holes = append(holes, hole{indented: indented})
				t = token{tokenOperator, text.Span{Start: next - 2, End: next}, "${"}
			}
		}
		if !yield(t) {
			return
		}
		at, open = skipSpace(source, t.span.End)
	}
}
