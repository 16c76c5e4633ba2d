package parse

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// attrName reads one element of an attribute path.
func (r *recognizer) attrName() {
	switch {
	case r.tok.kind == tokenName:
		r.next()
	case r.tok.is("\""):
		r.quoted(false)
	case r.tok.is("${"):
		r.hole()
		if r.fault == nil {
			r.next()
		}
	default:
		what := "expected the name of an attribute, found " + r.tok.describe()
		if r.before.is(".") {
			what = "expected the name of an attribute after '.', found " + r.tok.describe()
		}
		r.missing("name", what)
	}
}

func (r *recognizer) startsAttr() bool {
	return r.tok.kind == tokenName || r.tok.is("\"") || r.tok.is("${")
}

// attrpath reads an attribute path. Of a binding's path that has a dot at the end of a line, and goes on no further in than it
// started, Nix takes the next line's name: that line is another binding, and this one half typed.
func (r *recognizer) attrpath(binding bool) {
	start := r.tok.span.Start
	r.attrName()
	for r.fault == nil && r.tok.is(".") {
		dot := r.tok
		r.next()
		if binding && r.startsAttr() && strings.ContainsAny(r.source[dot.span.End:r.tok.span.Start], "\n") &&
			(indentAt(r.source, r.tok.span.Start) <= indentAt(r.source, start) || !startsLine(r.source, start)) {
			f := r.fail(faultDot, dot.span, "expected the name of an attribute after '.'")
			f.before = dot
			return
		}
		r.attrName()
	}
}

// indentAt is the width of the space at the start of the line that holds the offset.
func indentAt(source string, offset int) int {
	start := strings.LastIndexByte(source[:offset], '\n') + 1
	return while(source[start:offset], func(c byte) bool { return c == ' ' || c == '\t' })
}

// startsLine says whether nothing but space stands before the offset on its line.
func startsLine(source string, offset int) bool {
	return strings.LastIndexByte(source[:offset], '\n')+1+indentAt(source, offset) == offset
}

// binds reads bindings up to the closing token, which it leaves.
func (r *recognizer) binds(open token, closing string) {
	for r.fault == nil {
		switch {
		case r.tok.is(closing), r.tok.keyword(closing):
			return
		case r.tok.keyword("inherit"):
			r.inherit()
		case r.startsAttr():
			start := r.tok.span.Start
			r.attrpath(true)
			if r.fault != nil {
				return
			}
			name := text.Span{Start: start, End: r.before.span.End}.In(r.source)
			if !r.tok.is("=") {
				r.missing("=", "expected '=' after '"+name+"', found "+r.tok.describe())
				return
			}
			r.next()
			r.expr()
			if r.fault == nil && !r.tok.is(";") {
				r.missing(";", "expected ';' after the value of '"+name+"'")
				return
			}
			r.next()
		case r.tok.kind == tokenEnd:
			r.unclosed(open, closing)
			return
		default:
			r.fail(faultOther, r.tok.span, "unexpected "+r.tok.describe()+", where the name of an attribute or '"+closing+"' is expected")
			return
		}
	}
}

// blameString turns a fault behind a string that lacks its end quote into one of that string: it then ended at the quote that
// starts the next one, whose text follows with no space between.
func (r *recognizer) blameString() {
	if r.suspect.Empty() || r.fault == nil {
		return
	}
	r.fault = &fault{
		kind: faultString, span: r.suspect, open: token{tokenOperator, r.suspect, "\""},
		message: "unterminated string that starts here",
	}
}

func (r *recognizer) inherit() {
	r.next()
	if r.tok.is("(") {
		open := r.tok
		r.next()
		r.expr()
		if r.fault == nil && r.tok.kind == tokenEnd {
			r.unclosed(open, ")")
			return
		}
		if !r.close(open, ")", "expected ')' after the source of the inherit, found "+r.tok.describe()) {
			return
		}
	}
	if r.tok.is(";") {
		r.quirks = append(r.quirks, text.Edit{Span: insertion(r.before.span.End), New: " x"})
	}
	for r.fault == nil && r.startsAttr() {
		r.attrName()
	}
	if r.fault == nil && !r.tok.is(";") {
		r.missing(";", "expected ';' after the names of the inherit")
	}
	r.next()
}
