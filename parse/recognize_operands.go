package parse

import (
	"strconv"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// startsOperand says whether the token starts an `expr_simple`.
func (r *recognizer) startsOperand() bool {
	switch r.tok.kind {
	case tokenName, tokenInteger, tokenFloat, tokenPath, tokenSearchPath, tokenURI:
		return true
	case tokenKeyword:
		return r.tok.text == "rec" || r.tok.text == "let" && r.peek("{")
	case tokenOperator:
		switch r.tok.text {
		case "\"", "''", "(", "{", "[":
			return true
		}
	}
	return false
}

// applied reads the arguments that a function is applied to.
func (r *recognizer) applied() {
	for r.fault == nil && r.startsOperand() {
		r.selection()
	}
}

// selection reads `expr_select`.
func (r *recognizer) selection() {
	r.operand()
	r.selectRest()
}

func (r *recognizer) selectRest() {
	if r.fault != nil {
		return
	}
	if r.tok.is(".") {
		r.next()
		r.attrpath(false)
		if r.fault == nil && r.tok.kind == tokenName && r.tok.text == "or" {
			r.next()
			if r.enter() {
				r.selection()
			}
			r.depth--
		}
		return
	}
	if r.tok.kind == tokenName && r.tok.text == "or" {
		r.next()
	}
}

// operand reads `expr_simple`.
func (r *recognizer) operand() {
	if r.fault != nil {
		return
	}
	open := r.tok
	switch t := r.tok; t.kind {
	case tokenName:
		if t.text == "or" {
			break
		}
		r.next()
		return
	case tokenSearchPath, tokenURI:
		r.next()
		return
	case tokenInteger:
		if _, err := strconv.ParseInt(t.text, 10, 64); err != nil {
			r.fail(faultOther, t.span, "the integer "+t.text+" does not fit into 64 bits")
			return
		}
		r.next()
		return
	case tokenFloat:
		if _, err := strconv.ParseFloat(t.text, 64); err != nil {
			r.fail(faultOther, t.span, "the number "+t.text+" is too large")
			return
		}
		r.next()
		return
	case tokenPath:
		r.path()
		return
	case tokenKeyword:
		if t.text == "rec" {
			r.next()
			if !r.tok.is("{") {
				r.missing("{", "expected '{' after 'rec', found "+r.tok.describe())
				return
			}
			r.set()
			return
		}
		if t.text == "let" && r.peek("{") {
			r.next()
			brace := r.tok
			r.next()
			r.binds(brace, "}")
			r.next()
			return
		}
	case tokenOperator:
		switch t.text {
		case "\"":
			r.quoted(false)
			return
		case "''":
			r.quoted(true)
			return
		case "{":
			r.set()
			return
		case "(":
			r.next()
			r.expr()
			if r.fault == nil && r.tok.kind == tokenEnd {
				r.unclosed(open, ")")
				return
			}
			r.close(open, ")", "expected ')', found "+r.tok.describe())
			return
		case "[":
			r.next()
			for r.fault == nil && r.startsOperand() {
				if r.enter() {
					r.selection()
				}
				r.depth--
			}
			if r.fault == nil && r.tok.kind == tokenEnd {
				r.unclosed(open, "]")
				return
			}
			r.close(open, "]", "expected ']' or an element of the list, found "+r.tok.describe())
			return
		}
	}
	what := "expected an expression"
	if r.before.is("=") {
		what = "expected a value after '='"
	}
	if r.tok.kind == tokenOperator || r.tok.kind == tokenKeyword || r.tok.kind == tokenInvalid {
		what = "unexpected " + r.tok.describe() + ": " + what
	}
	r.missing("", what)
}

// set reads { … } at its brace.
func (r *recognizer) set() {
	open := r.tok
	r.next()
	if r.enter() {
		r.binds(open, "}")
	}
	r.depth--
	r.next()
}

// path reads the rest of a path at its first piece.
func (r *recognizer) path() {
	start := r.tok.span.Start
	at := r.pos
	interpolated := strings.HasPrefix(r.source[at:], "${")
	if interpolated && r.source[start] == '~' {
		r.quirks = append(r.quirks, text.Edit{Span: text.Span{Start: start, End: start + 1}, New: "."})
	}
	for {
		if strings.HasPrefix(r.source[at:], "${") {
			r.pos = at
			r.next()
			r.hole()
			if r.fault != nil {
				return
			}
			at = r.pos
			continue
		}
		n := while(r.source[at:], func(c byte) bool { return pathByte(c) || c == '/' })
		if n == 0 {
			break
		}
		at += n
		if !interpolated && !strings.HasPrefix(r.source[at:], "${") {
			r.fail(faultOther, text.Span{Start: at - n, End: at}, "unexpected '"+r.source[at-n:at]+"' after the path")
			return
		}
		interpolated = true
	}
	span := text.Span{Start: start, End: at}
	if r.source[at-1] == '/' {
		r.fail(faultOther, span, "the path "+span.In(r.source)+" has a trailing slash")
		return
	}
	r.tok.span, r.tok.text = span, span.In(r.source)
	r.pos = at
	r.next()
}

// hole reads the inside of a ${ } at its opening; the position is then behind the }, and no token is read.
func (r *recognizer) hole() {
	open := r.tok
	r.next()
	r.expr()
	if r.fault != nil {
		return
	}
	if !r.tok.is("}") {
		if r.tok.kind == tokenEnd {
			r.unclosed(open, "}")
			return
		}
		r.notClosed(open, "}", "expected '}' after the expression of '${', found "+r.tok.describe())
		return
	}
	r.pos = r.tok.span.End
}

// quoted reads a string at its quotes.
func (r *recognizer) quoted(indented bool) {
	if !r.enter() {
		return
	}
	defer func() { r.depth-- }()
	open := r.tok
	at := r.pos
	for {
		next, ended, hole := stringPiece(r.source, at, indented)
		if hole {
			if indented && loneQuote(r.source[at:next-2]) {
				// The tree's grammar does not take a ' that stands alone before ${ and behind ''', ''\' or the opening quotes.
				r.quirks = append(r.quirks, text.Edit{Span: text.Span{Start: next - 3, End: next - 2}, New: "x"})
			}
			r.pos = next - 2
			r.tok = token{tokenOperator, text.Span{Start: next - 2, End: next}, "${"}
			r.pos = next
			r.hole()
			if r.fault != nil {
				return
			}
			at = r.pos
			continue
		}
		if !ended {
			f := r.fail(faultString, open.span, "unterminated string that starts here")
			f.open = open
			return
		}
		span := text.Span{Start: open.span.Start, End: next}
		if nul := strings.IndexByte(span.In(r.source), 0); nul >= 0 {
			r.fail(faultOther, text.Span{Start: span.Start + nul, End: span.Start + nul + 1}, "a string cannot hold a null byte")
			return
		}
		if !indented && r.suspect.Empty() && next < len(r.source) && strings.IndexByte(span.In(r.source), '\n') >= 0 &&
			(r.source[next] == '"' || r.source[next] == '$' || uriByte(r.source[next])) && !strings.ContainsRune(".,+?", rune(r.source[next])) {
			r.suspect = open.span
		}
		r.tok = token{tokenOperator, text.Span{Start: next - len(open.text), End: next}, open.text}
		r.pos = next
		r.next()
		return
	}
}

// loneQuote says whether a piece of an indented string ends in a ' that belongs to no escape.
func loneQuote(piece string) bool {
	before := strings.TrimRight(piece, "'")
	quotes := len(piece) - len(before)
	if strings.HasSuffix(before, `''\`) {
		quotes--
	}
	return quotes%3 == 1
}
