package parse

import (
	"math"
	"strings"
)

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
