package parse

import "github.com/nix-pins-lsp/nix-pins-lsp/internal/text"

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
		if end := r.tok.span.End; r.tok.is("//") && end < len(r.source) && (pathByte(r.source[end]) || r.source[end] == '/') {
			// The tree's grammar takes a//b, //b and ///b for paths.
			r.quirks = append(r.quirks, text.Edit{Span: insertion(end), New: " "})
		}
		r.next()
		if question {
			r.attrpath(false)
		} else {
			r.operation(op.level + 1)
		}
	}
}
