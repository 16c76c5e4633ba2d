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
func (r *recognizer) applied(at mark) {
	for r.fault == nil && r.startsOperand() {
		r.selection()
		r.wrap(kApply, at)
	}
}

// selection reads `expr_select`.
func (r *recognizer) selection() {
	at := r.mark()
	r.operand()
	r.selectRest(at)
}

func (r *recognizer) selectRest(at mark) {
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
		r.wrap(kSelect, at)
		return
	}
	if r.tok.kind == tokenName && r.tok.text == "or" {
		r.leafExpr(kVariable)
		r.wrap(kApply, at)
	}
}

// operand reads `expr_simple`.
func (r *recognizer) operand() {
	if r.fault != nil {
		return
	}
	open, at := r.tok, r.mark()
	switch t := r.tok; t.kind {
	case tokenName:
		if t.text == "or" {
			break
		}
		r.leafExpr(kVariable)
		return
	case tokenSearchPath:
		r.leafExpr(kSearchPath)
		return
	case tokenURI:
		r.leafExpr(kURI)
		return
	case tokenInteger:
		if _, err := strconv.ParseInt(t.text, 10, 64); err != nil {
			r.fail(faultOther, t.span, "the integer "+t.text+" does not fit into 64 bits")
			return
		}
		r.leafExpr(kInteger)
		return
	case tokenFloat:
		if _, err := strconv.ParseFloat(t.text, 64); err != nil {
			r.fail(faultOther, t.span, "the number "+t.text+" is too large")
			return
		}
		r.leafExpr(kFloat)
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
			r.wrap(kRecAttrset, at)
			return
		}
		if t.text == "let" && r.peek("{") {
			r.next()
			r.braces(r.tok)
			r.wrap(kLetAttrset, at)
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
			r.wrap(kAttrset, at)
			return
		case "(":
			r.next()
			r.expr()
			if r.fault == nil && r.tok.kind == tokenEnd {
				r.unclosed(open, ")")
				return
			}
			r.close(open, ")", "expected ')', found "+r.tok.describe())
			r.wrap(kParenthesized, at)
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
			r.wrap(kList, at)
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
	if r.enter() {
		r.braces(r.tok)
	}
	r.depth--
}

// braces reads the bindings of a set from its brace on.
func (r *recognizer) braces(open token) {
	r.leaf(kOpenBrace, open.span)
	r.next()
	r.binds(open, "}")
	r.leaf(kCloseBrace, r.tok.span)
	r.next()
}

// path reads the rest of a path at its first piece.
func (r *recognizer) path() {
	start, first := r.tok.span.Start, r.mark()
	kind := kPath
	if r.source[start] == '~' {
		kind = kHomePath
	}
	at := r.pos
	interpolated := strings.HasPrefix(r.source[at:], "${")
	if interpolated {
		r.leaf(kPathFragment, text.Span{Start: start, End: at})
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
		r.leaf(kPathFragment, text.Span{Start: at, End: at + n})
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
	r.wrap(kind, first)
}

// hole reads the inside of a ${ } at its opening; the position is then behind the }, and no token is read.
func (r *recognizer) hole() {
	open, at := r.tok, r.mark()
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
	r.wrapTo(kInterpolation, at, r.pos)
}

// quoted reads a string at its quotes.
func (r *recognizer) quoted(indented bool) {
	if !r.enter() {
		return
	}
	defer func() { r.depth-- }()
	open, first := r.tok, r.mark()
	kind, quote := kString, kQuote
	if indented {
		kind, quote = kIndentedString, kIndentedQuote
	}
	r.leaf(quote, open.span)
	at := r.pos
	for {
		next, ended, hole := stringPiece(r.source, at, indented)
		if hole {
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
		r.leaf(quote, r.tok.span)
		r.pos = next
		r.next()
		r.wrap(kind, first)
		return
	}
}
