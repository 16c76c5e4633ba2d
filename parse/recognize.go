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

// expr reads `expr_function` of Nix's grammar.
func (r *recognizer) expr() {
	if !r.enter() {
		return
	}
	defer func() { r.depth-- }()
	switch t := r.tok; {
	case t.keyword("assert"), t.keyword("with"):
		r.next()
		r.expr()
		if r.expect(";", "expected ';' after the expression of '"+t.text+"'") {
			r.expr()
		}
	case t.keyword("let"):
		r.next()
		if r.tok.is("{") {
			r.ancientLet()
			return
		}
		r.binds(t, "in")
		if r.fault != nil {
			return
		}
		r.next()
		r.expr()
	case t.keyword("if"):
		r.next()
		r.expr()
		for _, word := range []string{"then", "else"} {
			if r.fault != nil {
				return
			}
			if !r.tok.keyword(word) {
				r.missing(word, "expected '"+word+"', as 'if' needs it, and found "+r.tok.describe())
				return
			}
			r.next()
			r.expr()
		}
	case t.kind == tokenName && r.peek(":"), t.kind == tokenName && r.peek("@"):
		r.function()
	case t.is("{") && r.isFormals():
		r.function()
	default:
		r.operation(0)
	}
}

// ancientLet reads `let { … }`, with what may follow it as an operand.
func (r *recognizer) ancientLet() {
	open := r.tok
	r.next()
	r.binds(open, "}")
	if r.fault != nil {
		return
	}
	r.next()
	r.selectRest()
	r.applied()
	r.operators(0)
}

// peek says whether the operator follows the token.
func (r *recognizer) peek(operator string) bool {
	at, open := skipSpace(r.source, r.pos)
	if open >= 0 {
		return false
	}
	return r.token(at).is(operator)
}

// isFormals says whether the { at the token opens a pattern: { }: { }@ { x, { x ? { x }: { x }@ and { ... do.
func (r *recognizer) isFormals() bool {
	at := r.pos
	next := func() token {
		var open int
		if at, open = skipSpace(r.source, at); open >= 0 {
			at = len(r.source)
		}
		t := r.token(at)
		at = t.span.End
		return t
	}
	switch t := next(); {
	case t.is("}"):
		t = next()
		return t.is(":") || t.is("@")
	case t.is("..."), t.is(","):
		return true
	case t.kind == tokenName:
		if t = next(); t.is("}") {
			t = next()
			return t.is(":") || t.is("@")
		}
		return t.is(",") || t.is("?")
	}
	return false
}

func (r *recognizer) function() {
	formals := false
	if r.tok.is("{") {
		r.formals()
		formals = true
	} else {
		r.next()
	}
	if r.tok.is("@") {
		r.next()
		switch {
		case !formals && r.tok.is("{"):
			r.formals()
		case formals && r.tok.kind == tokenName:
			r.next()
		case formals:
			r.missing("name", "expected a name after '@', found "+r.tok.describe())
		default:
			r.missing("{", "expected '{' after '@', found "+r.tok.describe())
		}
	}
	if r.fault == nil && r.expect(":", "expected ':' after the function's argument, found "+r.tok.describe()) {
		r.expr()
	}
}

func (r *recognizer) formals() {
	open := r.tok
	r.next()
	for r.fault == nil && !r.tok.is("}") {
		switch {
		case r.tok.is("..."):
			r.next()
			if !r.tok.is("}") && r.tok.kind != tokenEnd {
				r.fail(faultOther, r.tok.span, "unexpected "+r.tok.describe()+": '...' must be the last of a function's arguments")
			}
		case r.tok.kind == tokenName && r.tok.text != "or":
			r.next()
			if r.tok.is("?") {
				r.next()
				r.expr()
			}
			if r.tok.is(",") {
				r.next()
				if r.tok.is("}") {
					// The ellipsis is put in with an empty span, and so is none.
					r.quirks = append(r.quirks, text.Edit{Span: insertion(r.before.span.End), New: "..."})
				}
			} else if !r.tok.is("}") && r.tok.kind != tokenEnd {
				r.missing(",", "expected ',' between the function's arguments, found "+r.tok.describe())
			}
		case r.tok.kind == tokenEnd:
			r.unclosed(open, "}")
		default:
			r.fail(faultOther, r.tok.span, "unexpected "+r.tok.describe()+", where the name of an argument is expected")
		}
	}
	if r.fault == nil {
		r.next()
	}
}

// levels are the binary operators by how tightly they bind; none marks those that do not associate.
var levels = map[string]struct {
	level int
	none  bool
}{
	"->": {1, false}, "||": {2, false}, "&&": {3, false}, "==": {4, true}, "!=": {4, true},
	"<": {5, true}, ">": {5, true}, "<=": {5, true}, ">=": {5, true}, "//": {6, false},
	"+": {8, false}, "-": {8, false}, "*": {9, false}, "/": {9, false}, "++": {10, false}, "?": {11, false},
}

const (
	levelNot    = 7
	levelNegate = 12
)

// operation reads operators that bind at least as tightly as the level.
func (r *recognizer) operation(level int) {
	if !r.enter() {
		return
	}
	defer func() { r.depth-- }()
	switch {
	case r.tok.is("!"):
		r.next()
		r.operation(levelNot)
	case r.tok.is("-"):
		r.next()
		r.operation(levelNegate)
	default:
		r.selection()
		r.applied()
	}
	r.operators(level)
}

func (r *recognizer) operators(level int) {
	last := 0
	for r.fault == nil && r.tok.kind == tokenOperator {
		op, ok := levels[r.tok.text]
		if r.tok.is("|>") || r.tok.is("<|") {
			r.fail(faultOther, r.tok.span, "the pipe operator '"+r.tok.text+"' is an experimental feature of Nix")
			return
		}
		if !ok || op.level < level {
			return
		}
		if op.none && last == op.level {
			r.fail(faultOther, r.tok.span, "unexpected '"+r.tok.text+"': two of these need parentheses")
			return
		}
		last = op.level
		question := r.tok.is("?")
		r.next()
		if question {
			r.attrpath(false)
		} else {
			r.operation(op.level + 1)
		}
	}
}

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
