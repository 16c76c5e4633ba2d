package parse

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// fault is the first place at which Nix's parser would stop, and what would mend it.
type fault struct {
	span    text.Span
	message string
	// kind says what is wrong; see repair.
	kind faultKind
	// at is the token that is not expected, before the one ahead of it.
	at, before token
	// open is, for something that is not closed, where it opens.
	open token
	// want is what is missing: a token's text, or "" for an expression.
	want string
}

type faultKind uint8

const (
	faultOther faultKind = iota
	// faultMissing: want should stand behind the token before.
	faultMissing
	// faultUnclosed: the text ends within a set, list, pair of parentheses or let.
	faultUnclosed
	// faultString: a string does not end.
	faultString
	// faultComment: a comment does not end.
	faultComment
	// faultRest: something follows the file's expression.
	faultRest
	// faultDepth: nested deeper than is read.
	faultDepth
	// faultDot: an attribute path ends in a dot at the end of its line.
	faultDot
)

// recognizer reads a text as Nix 2.34's parser does and stops at the first fault. The grammar of the tree is more lenient, and
// does not say what it expected.
type recognizer struct {
	lexer
	pos    int
	tok    token
	before token
	fault  *fault
	depth  int
	// quirks are changes that keep the text's meaning and that the tree's grammar needs.
	quirks []text.Edit
	// suspect is the first quote of a string that seems to lack its end.
	suspect text.Span
}

// recognize gives the first fault of a text, or nil; then quirks are what the tree's grammar cannot read though Nix can, with
// what to write instead.
func recognize(source string) (f *fault, quirks []text.Edit) {
	r := &recognizer{lexer: lexer{source: source}}
	r.next()
	if r.tok.kind == tokenEnd && r.fault == nil {
		message := "the file is empty, where an expression is expected"
		if strings.TrimSpace(source) != "" {
			message = "the file holds nothing but comments, where an expression is expected"
		}
		return &fault{span: text.Span{End: len(source)}, message: message}, nil
	}
	r.expr()
	if r.tok.kind != tokenEnd && r.fault == nil {
		r.fail(faultRest, r.tok.span, "unexpected "+r.tok.describe()+" after the end of the file's expression")
	}
	r.blameString()
	if r.tok.kind == tokenEnd && r.tok.span.Start < len(source) && r.fault == nil {
		// Nix's lexer ends at a NUL.
		rest := text.Span{Start: r.tok.span.Start, End: len(source)}
		r.quirks = append(r.quirks, text.Edit{Span: rest, New: strings.Repeat(" ", rest.Len())})
	}
	return r.fault, r.quirks
}

// describe names a token in a message.
func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "end of the file"
	case tokenInvalid:
		return "character " + strconv.Quote(t.text)
	case tokenOperator:
		if t.text == "\"" || t.text == "''" {
			return "string"
		}
	}
	if len(t.text) > 40 {
		return "'" + strings.ToValidUTF8(t.text[:40], "") + "…'"
	}
	return "'" + t.text + "'"
}

func (r *recognizer) fail(kind faultKind, span text.Span, message string) *fault {
	if r.fault != nil {
		return &fault{}
	}
	r.fault = &fault{kind: kind, span: span, message: message, at: r.tok, before: r.before}
	r.pos = len(r.source)
	r.tok = token{tokenEnd, insertion(len(r.source)), ""}
	return r.fault
}

// next reads a token.
func (r *recognizer) next() {
	if r.fault != nil {
		return
	}
	r.before = r.tok
	at, open := skipSpace(r.source, r.pos)
	for i := r.pos; i < at; i++ {
		// A null byte in a comment ends tree-sitter's text; a lone \r ends a line for Nix only.
		switch c := r.source[i]; {
		case c == 0:
			r.quirks = append(r.quirks, text.Edit{Span: text.Span{Start: i, End: i + 1}, New: " "})
		case c == '\r' && !strings.HasPrefix(r.source[i+1:], "\n"):
			r.quirks = append(r.quirks, text.Edit{Span: text.Span{Start: i, End: i + 1}, New: "\n"})
		}
	}
	if at < len(r.source) && pathByte(r.source[at]) && strings.HasSuffix(r.source[r.pos:at], "*/") {
		// The tree's grammar takes b for more of the path in ./a /* */b.
		r.quirks = append(r.quirks, text.Edit{Span: insertion(at), New: " "})
	}
	if open >= 0 {
		r.tok = token{tokenEnd, insertion(open), ""}
		r.fail(faultComment, text.Span{Start: open, End: open + 2}, "unterminated comment that starts here")
		return
	}
	r.tok = r.token(at)
	r.pos = r.tok.span.End
}

// expect takes the operator, or fails with the message.
func (r *recognizer) expect(operator, message string) bool {
	if !r.tok.is(operator) {
		r.missing(operator, message)
		return false
	}
	r.next()
	return true
}

// close takes the end of what opens at a bracket, or fails with the message.
func (r *recognizer) close(open token, operator, message string) bool {
	if r.tok.is(operator) {
		r.next()
		return true
	}
	r.notClosed(open, operator, message)
	return false
}

// notClosed fails because a bracket is not closed before something that cannot stand in it.
func (r *recognizer) notClosed(open token, want, message string) {
	if r.fault != nil {
		return
	}
	r.missing(want, message)
	r.fault.open = open
}

// missing fails because want should stand here.
func (r *recognizer) missing(want, message string) {
	span := r.tok.span
	kind := faultMissing
	if r.before.span.End > 0 && want == ";" {
		span = r.before.span
	}
	if span.Empty() && span.Start > 0 {
		span = r.before.span
	}
	if r.tok.kind == tokenInvalid {
		kind = faultOther
		span = r.tok.span
		if !strings.HasPrefix(message, "unexpected") {
			message = "unexpected " + r.tok.describe() + ": " + message
		}
		if span.Start == 0 && r.tok.text == byteOrderMark {
			message = "the file starts with a byte order mark, which Nix does not take"
		}
	}
	r.fail(kind, span, message).want = want
}

// unclosed fails because the text ends before what open opens does.
func (r *recognizer) unclosed(open token, want string) {
	f := r.fail(faultUnclosed, open.span, fmt.Sprintf("expected '%s': this '%s' is not closed", want, open.text))
	f.open, f.want = open, want
}

// enter bounds the depth; Nix's parser does so too.
func (r *recognizer) enter() bool {
	r.depth++
	if r.depth > maxDepth {
		r.fail(faultDepth, r.tok.span, "nested too deeply")
		return false
	}
	return r.fault == nil
}
