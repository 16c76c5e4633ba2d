package parse

import (
	"math"
	"strconv"
	"strings"
)

// The caps on one evaluation: steps taken, bytes of text made, and levels of nesting. Hostile text can double a string with
// every line; what exceeds a cap is unknown.
const (
	maxSteps     = 200_000
	maxTextBytes = 1 << 20
	maxNesting   = 200
)

// evaluator computes values without applying a function or importing a file. Everything that it cannot know is unknown, and
// what needs an unknown value is unknown too. It is lazy, as Nix is: a member of a set is computed when it is wanted.
type evaluator struct {
	source       string
	steps, bytes int
	nesting      int
	// thunks are the values that are not computed yet.
	thunks map[*Value]*thunk
	// attrs are the values of attributes: with no application, each has exactly one.
	attrs map[*Attr]*Value
}

// thunk is how to compute a value: that of an expression, or that of an attribute which is written as a set.
type thunk struct {
	expr    *Expr
	attr    *Attr
	scope   *scope
	running bool
}

// scope is a set of names in scope, and what surrounds it.
type scope struct {
	attrs *AttrSet
	outer *scope
	// with is, instead of attrs, the value of the set of a `with`: its names count only if nothing else has them.
	with *Value
}

func newEvaluator(source string) *evaluator {
	return &evaluator{source: source, thunks: map[*Value]*thunk{}, attrs: map[*Attr]*Value{}}
}

// evaluate computes an expression wholly.
func (v *evaluator) evaluate(e *Expr) *Value {
	value := v.eval(e, nil)
	v.deep(value, nil)
	return value
}

// deep computes all that is in a value. The result is a tree of bounded size: a set that contains itself is unknown there.
func (v *evaluator) deep(value *Value, above []*Value) {
	v.force(value)
	v.steps++
	if v.steps > maxSteps || len(above) > maxNesting {
		*value = Value{Kind: UnknownValue, Text: sourceOf(v.source, value.Expr), Expr: value.Expr}
		return
	}
	for _, a := range above {
		if len(value.Members) > 0 && len(a.Members) > 0 && &a.Members[0] == &value.Members[0] ||
			len(value.List) > 0 && len(a.List) > 0 && &a.List[0] == &value.List[0] {
			*value = Value{Kind: UnknownValue, Text: sourceOf(v.source, value.Expr), Expr: value.Expr}
			return
		}
	}
	above = append(above, value)
	for _, m := range value.Members {
		v.deep(m.Value, above)
	}
	for _, e := range value.List {
		v.deep(e, above)
	}
}

// force computes a value to its outermost kind, in place.
func (v *evaluator) force(value *Value) *Value {
	t := v.thunks[value]
	if t == nil {
		return value
	}
	if t.running {
		return &Value{Kind: UnknownValue, Text: sourceOf(v.source, t.expr), Expr: t.expr}
	}
	t.running = true
	var result *Value
	if t.attr != nil {
		result = v.set(t.expr, t.attr.Members, t.scope)
	} else {
		result = v.eval(t.expr, t.scope)
	}
	if result == nil {
		result = &Value{Kind: UnknownValue, Text: sourceOf(v.source, t.expr), Expr: t.expr}
	}
	delete(v.thunks, value)
	*value = *result
	return value
}

func sourceOf(source string, e *Expr) string {
	if e == nil {
		return ""
	}
	return e.Outer.In(source)
}

// delay is the value of an expression, computed later where that is any work.
func (v *evaluator) delay(e *Expr, s *scope) *Value {
	switch e.Kind {
	case String, URI, Path, Integer, Float, Lambda:
		return v.eval(e, s)
	}
	value := &Value{}
	v.thunks[value] = &thunk{expr: e, scope: s}
	return value
}

// unknown is the value of what cannot be told.
func (v *evaluator) unknown(e *Expr) *Value {
	return &Value{Kind: UnknownValue, Text: e.Outer.In(v.source), Expr: e}
}

// eval computes an expression in a scope.
func (v *evaluator) eval(e *Expr, s *scope) *Value {
	v.steps++
	if v.steps > maxSteps || v.nesting > maxNesting {
		return v.unknown(e)
	}
	v.nesting++
	value := v.evalKind(e, s)
	v.nesting--
	if value == nil {
		return v.unknown(e)
	}
	return value
}

// evalKind gives nil for what is unknown.
func (v *evaluator) evalKind(e *Expr, s *scope) *Value {
	switch e.Kind {
	case String, URI:
		return &Value{Kind: StringValue, Text: e.Text, Expr: e}
	case Path:
		return &Value{Kind: PathValue, Text: e.Text, Expr: e}
	case Interpolated:
		return v.concat(e, s)
	case Integer:
		if n, err := strconv.ParseInt(e.Text, 10, 64); err == nil {
			return &Value{Kind: IntegerValue, Integer: n, Expr: e}
		}
	case Float:
		if f, err := strconv.ParseFloat(e.Text, 64); err == nil {
			return &Value{Kind: FloatValue, Float: f, Expr: e}
		}
	case Variable:
		return v.variable(e, s)
	case Set:
		return v.set(e, e.Set, s)
	case List:
		list := &Value{Kind: ListValue, Expr: e, List: make([]*Value, len(e.Args))}
		for i, arg := range e.Args {
			list.List[i] = v.delay(arg, s)
		}
		return list
	case Lambda:
		return &Value{Kind: FunctionValue, Text: e.Outer.In(v.source), Expr: e}
	case Let:
		if len(e.Args) == 1 && !e.Set.DynamicNames {
			return v.eval(e.Args[0], &scope{attrs: e.Set, outer: s})
		}
	case With:
		if len(e.Args) == 2 {
			return v.eval(e.Args[1], &scope{outer: s, with: v.eval(e.Args[0], s)})
		}
	case If:
		if len(e.Args) == 3 {
			switch c := v.eval(e.Args[0], s); {
			case c.Kind == BoolValue && c.Bool:
				return v.eval(e.Args[1], s)
			case c.Kind == BoolValue:
				return v.eval(e.Args[2], s)
			}
		}
	case Assert:
		if len(e.Args) == 2 {
			if c := v.eval(e.Args[0], s); c.Kind == BoolValue && c.Bool {
				return v.eval(e.Args[1], s)
			}
		}
	case Select:
		return v.selection(e, s)
	case HasAttr:
		return v.hasAttr(e, s)
	case Operation:
		return v.operation(e, s)
	}
	return nil
}

// set is a set of values that are not computed yet. e may be nil, for a set that only paths make.
func (v *evaluator) set(e *Expr, set *AttrSet, s *scope) *Value {
	if set.DynamicNames {
		return nil
	}
	inner := s
	if set.Rec {
		inner = &scope{attrs: set, outer: s}
	}
	value := &Value{Kind: SetValue, Expr: e, Members: make([]Member, 0, len(set.Attrs))}
	for _, a := range set.Attrs {
		value.Members = append(value.Members, Member{a.Name, v.attr(a, inner, s)})
	}
	return value
}

// attr is the value of an attribute. inner is the scope of the set's values, outer that of its plain inherits.
func (v *evaluator) attr(a *Attr, inner, outer *scope) *Value {
	if value := v.attrs[a]; value != nil {
		return value
	}
	p := a.Places[0]
	var value *Value
	switch {
	case p.Binding.Inherit && p.Binding.From == nil:
		value = v.delay(a.Value, outer)
	case a.Members != nil:
		value = &Value{}
		v.thunks[value] = &thunk{expr: a.Value, attr: a, scope: inner}
	default:
		value = v.delay(a.Value, inner)
	}
	v.attrs[a] = value
	return value
}

// variable looks a name up: the scopes from inside, then the sets of `with` from inside, then what Nix itself defines.
func (v *evaluator) variable(e *Expr, s *scope) *Value {
	for at := s; at != nil; at = at.outer {
		if a := at.attrs.Attr(e.Text); a != nil {
			return v.force(v.attr(a, at, at.outer))
		}
	}
	switch e.Text {
	case "true", "false":
		return &Value{Kind: BoolValue, Bool: e.Text == "true", Expr: e}
	case "null":
		return &Value{Kind: NullValue, Expr: e}
	}
	if isGlobal(e.Text) {
		return nil
	}
	for at := s; at != nil; at = at.outer {
		if at.with == nil {
			continue
		}
		if at.with.Kind != SetValue {
			return nil
		}
		if m := at.with.Member(e.Text); m != nil {
			return v.force(m)
		}
	}
	return nil
}

// selection follows an attribute path. A default counts where an attribute is known to be missing.
func (v *evaluator) selection(e *Expr, s *scope) *Value {
	if len(e.Args) == 0 {
		return nil
	}
	value := v.eval(e.Args[0], s)
	for _, n := range e.Attrpath {
		if value.Kind == UnknownValue || n.Dynamic {
			return nil
		}
		next := value.Member(n.Text)
		if next == nil {
			if len(e.Args) == 2 {
				return v.eval(e.Args[1], s)
			}
			return nil
		}
		value = v.force(next)
	}
	if value.Kind == UnknownValue {
		return nil
	}
	return value
}

func (v *evaluator) hasAttr(e *Expr, s *scope) *Value {
	if len(e.Args) != 1 {
		return nil
	}
	value := v.eval(e.Args[0], s)
	for _, n := range e.Attrpath {
		if value.Kind == UnknownValue || n.Dynamic {
			return nil
		}
		member := value.Member(n.Text)
		if member == nil {
			return &Value{Kind: BoolValue, Expr: e}
		}
		value = v.force(member)
	}
	return &Value{Kind: BoolValue, Bool: true, Expr: e}
}

// concat puts an interpolated string together. Only strings may be interpolated; a path would be copied to the store.
func (v *evaluator) concat(e *Expr, s *scope) *Value {
	var b strings.Builder
	for _, arg := range e.Args {
		part := v.eval(arg, s)
		if part.Kind != StringValue || !v.take(len(part.Text)) {
			return nil
		}
		b.WriteString(part.Text)
	}
	return &Value{Kind: StringValue, Text: b.String(), Expr: e}
}

// take says whether so many more bytes of text may be made.
func (v *evaluator) take(n int) bool {
	v.bytes += n
	return v.bytes <= maxTextBytes
}

func (v *evaluator) operation(e *Expr, s *scope) *Value {
	if len(e.Args) == 1 {
		value := v.eval(e.Args[0], s)
		switch {
		case e.Text == "!" && value.Kind == BoolValue:
			return &Value{Kind: BoolValue, Bool: !value.Bool, Expr: e}
		case e.Text == "-" && value.Kind == IntegerValue && value.Integer != math.MinInt64:
			return &Value{Kind: IntegerValue, Integer: -value.Integer, Expr: e}
		case e.Text == "-" && value.Kind == FloatValue:
			return &Value{Kind: FloatValue, Float: 0 - value.Float, Expr: e}
		}
		return nil
	}
	if len(e.Args) != 2 {
		return nil
	}
	a := v.eval(e.Args[0], s)
	switch e.Text {
	case "&&", "||", "->":
		if a.Kind != BoolValue {
			return nil
		}
		if e.Text == "->" && !a.Bool || e.Text == "||" && a.Bool {
			return &Value{Kind: BoolValue, Bool: true, Expr: e}
		}
		if e.Text == "&&" && !a.Bool {
			return &Value{Kind: BoolValue, Expr: e}
		}
		if b := v.eval(e.Args[1], s); b.Kind == BoolValue {
			return &Value{Kind: BoolValue, Bool: b.Bool, Expr: e}
		}
		return nil
	}
	b := v.eval(e.Args[1], s)
	switch {
	case e.Text == "//" && a.Kind == SetValue && b.Kind == SetValue:
		return update(e, a, b)
	case e.Text == "++" && a.Kind == ListValue && b.Kind == ListValue:
		if !v.take(8 * (len(a.List) + len(b.List))) {
			return nil
		}
		return &Value{Kind: ListValue, Expr: e, List: append(append([]*Value{}, a.List...), b.List...)}
	case e.Text == "+" && a.Kind == StringValue && b.Kind == StringValue:
		if !v.take(len(a.Text) + len(b.Text)) {
			return nil
		}
		return &Value{Kind: StringValue, Text: a.Text + b.Text, Expr: e}
	case a.Kind == IntegerValue && b.Kind == IntegerValue:
		return integers(e, a.Integer, b.Integer)
	case e.Text == "==" || e.Text == "!=":
		if same, known := equal(a, b); known {
			return &Value{Kind: BoolValue, Bool: same == (e.Text == "=="), Expr: e}
		}
	}
	return nil
}

// update is a // b: what b has wins, and stands where a had it.
func update(e *Expr, a, b *Value) *Value {
	value := &Value{Kind: SetValue, Expr: e}
	at := make(map[string]int, len(a.Members)+len(b.Members))
	for _, m := range append(append([]Member{}, a.Members...), b.Members...) {
		if i, ok := at[m.Name]; ok {
			value.Members[i] = m
			continue
		}
		at[m.Name] = len(value.Members)
		value.Members = append(value.Members, m)
	}
	return value
}

// integers computes with 64 bits. Nix throws on overflow and on a division by zero: then there is no value.
func integers(e *Expr, a, b int64) *Value {
	number := func(n int64, ok bool) *Value {
		if !ok {
			return nil
		}
		return &Value{Kind: IntegerValue, Integer: n, Expr: e}
	}
	truth := func(is bool) *Value { return &Value{Kind: BoolValue, Bool: is, Expr: e} }
	switch e.Text {
	case "+":
		return number(a+b, (a+b > a) == (b > 0))
	case "-":
		return number(a-b, (a-b < a) == (b > 0))
	case "*":
		return number(a*b, a == 0 || (a*b)/a == b && !(a == -1 && b == math.MinInt64))
	case "/":
		if b == 0 || a == math.MinInt64 && b == -1 {
			return nil
		}
		return number(a/b, true)
	case "==":
		return truth(a == b)
	case "!=":
		return truth(a != b)
	case "<":
		return truth(a < b)
	case "<=":
		return truth(a <= b)
	case ">":
		return truth(a > b)
	case ">=":
		return truth(a >= b)
	}
	return nil
}

// equal compares scalars; known is false where only an evaluator could tell.
func equal(a, b *Value) (same, known bool) {
	scalar := func(k ValueKind) bool {
		return k == NullValue || k == BoolValue || k == IntegerValue || k == StringValue
	}
	if !scalar(a.Kind) || !scalar(b.Kind) {
		return false, false
	}
	return a.Kind == b.Kind && a.Bool == b.Bool && a.Integer == b.Integer && (a.Kind != StringValue || a.Text == b.Text), true
}
