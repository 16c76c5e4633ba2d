package parse

import "slices"

// expr reads `expr_function` of Nix's grammar.
func (r *recognizer) expr() {
	if !r.enter() {
		return
	}
	defer func() { r.depth-- }()
	at := r.mark()
	switch t := r.tok; {
	case t.keyword("assert"), t.keyword("with"):
		r.next()
		r.expr()
		if r.expect(";", "expected ';' after the expression of '"+t.text+"'") {
			r.expr()
		}
		if t.text == "with" {
			r.wrap(kWith, at)
		} else {
			r.wrap(kAssert, at)
		}
	case t.keyword("let"):
		r.next()
		if r.tok.is("{") {
			r.ancientLet(at)
			return
		}
		r.leaf(kKeywordLet, t.span)
		r.binds(t, "in")
		if r.fault != nil {
			return
		}
		r.leaf(kKeywordIn, r.tok.span)
		r.next()
		r.expr()
		r.wrap(kLet, at)
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
		r.wrap(kIf, at)
	case t.kind == tokenName && r.peek(":"), t.kind == tokenName && r.peek("@"):
		r.function()
	case t.is("{") && r.isFormals():
		r.function()
	default:
		r.operation(0)
	}
}

// ancientLet reads `let { … }`, with what may follow it as an operand.
func (r *recognizer) ancientLet(at mark) {
	open := r.tok
	r.braces(open)
	if r.fault != nil {
		return
	}
	r.wrap(kLetAttrset, at)
	r.selectRest(at)
	r.applied(at)
	r.operators(0, at)
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
	start := r.mark()
	formals := false
	if r.tok.is("{") {
		r.formals()
		formals = true
	} else {
		r.leaf(kIdentifier, r.tok.span)
		r.next()
	}
	if r.tok.is("@") {
		r.leaf(kAt, r.tok.span)
		r.next()
		switch {
		case !formals && r.tok.is("{"):
			r.formals()
		case formals && r.tok.kind == tokenName:
			r.leaf(kIdentifier, r.tok.span)
			r.next()
		case formals:
			r.missing("name", "expected a name after '@', found "+r.tok.describe())
		default:
			r.missing("{", "expected '{' after '@', found "+r.tok.describe())
		}
	}
	colon := r.tok.span
	if r.fault == nil && r.expect(":", "expected ':' after the function's argument, found "+r.tok.describe()) {
		r.leaf(kColon, colon)
		r.expr()
		r.wrap(kFunction, start)
	}
}

func (r *recognizer) formals() {
	open, start := r.tok, r.mark()
	r.leaf(kOpenBrace, open.span)
	r.next()
	for r.fault == nil && !r.tok.is("}") {
		switch {
		case r.tok.is("..."):
			r.leaf(kEllipsis, r.tok.span)
			r.next()
			if !r.tok.is("}") && r.tok.kind != tokenEnd {
				r.fail(faultOther, r.tok.span, "unexpected "+r.tok.describe()+": '...' must be the last of a function's arguments")
			}
		case r.tok.kind == tokenName && r.tok.text != "or":
			formal := r.mark()
			r.leaf(kIdentifier, r.tok.span)
			r.next()
			if r.tok.is("?") {
				r.leaf(kQuestion, r.tok.span)
				r.next()
				r.expr()
			}
			r.wrap(kFormal, formal)
			if r.tok.is(",") {
				r.next()
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
		r.leaf(kCloseBrace, r.tok.span)
		r.next()
		r.wrap(kFormals, start)
	}
}

// levels are the binary operators by how tightly they bind; none marks those that do not associate, right those of which the
// last of a row is applied first.
var levels = map[string]struct {
	level       int
	none, right bool
}{
	"->": {level: 1, right: true}, "||": {level: 2}, "&&": {level: 3}, "==": {level: 4, none: true}, "!=": {level: 4, none: true},
	"<": {level: 5, none: true}, ">": {level: 5, none: true}, "<=": {level: 5, none: true}, ">=": {level: 5, none: true},
	"//": {level: 6, right: true}, "+": {level: 8}, "-": {level: 8}, "*": {level: 9}, "/": {level: 9}, "++": {level: 10, right: true},
	"?": {level: 11},
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
	at := r.mark()
	switch {
	case r.tok.is("!"):
		r.leaf(kOperator, r.tok.span)
		r.next()
		r.operation(levelNot)
		r.wrap(kUnary, at)
	case r.tok.is("-"):
		r.leaf(kOperator, r.tok.span)
		r.next()
		r.operation(levelNegate)
		r.wrap(kUnary, at)
	default:
		r.selection()
		r.applied(at)
	}
	r.operators(level, at)
}

// operators reads what follows the operand at the mark.
func (r *recognizer) operators(level int, at mark) {
	last := 0
	// open are the operands of a row of operators of one level whose last is applied first.
	var open []mark
	closeRow := func() {
		for _, m := range slices.Backward(open) {
			r.wrap(kBinary, m)
		}
		open = open[:0]
	}
	defer closeRow()
	operand := at
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
		if last != op.level {
			closeRow()
		}
		last = op.level
		question := r.tok.is("?")
		if !question {
			r.leaf(kOperator, r.tok.span)
		}
		r.next()
		switch {
		case question:
			r.attrpath(false)
			r.wrap(kHasAttr, at)
		case op.right:
			if len(open) == 0 {
				operand = at
			}
			open = append(open, operand)
			operand = r.mark()
			r.operation(op.level + 1)
		default:
			r.operation(op.level + 1)
			r.wrap(kBinary, at)
		}
	}
}
