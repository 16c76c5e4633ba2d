package parse

import "strconv"

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

	values pieces[Value]
	thunks pieces[thunk]
}

// value makes a value.
func (v *evaluator) value(is Value) *Value {
	value := v.values.one()
	*value = is
	return value
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
	return &evaluator{source: source}
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
	t := value.thunk
	if t == nil {
		return value
	}
	if t.running {
		return v.unknownThunk(t)
	}
	t.running = true
	var result *Value
	if t.attr != nil {
		result = v.set(t.expr, t.attr.Members, t.scope)
	} else {
		result = v.eval(t.expr, t.scope)
	}
	if result == nil {
		result = v.unknownThunk(t)
	}
	*value = *result
	value.thunk = nil
	return value
}

// unknownThunk is the value of a thunk that cannot be told. For a set that only paths make the source is its first binding.
func (v *evaluator) unknownThunk(t *thunk) *Value {
	if t.expr == nil {
		return &Value{Kind: UnknownValue, Text: t.attr.Places[0].Binding.Span.In(v.source)}
	}
	return v.unknown(t.expr)
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
	return v.later(thunk{expr: e, scope: s})
}

// later is a value that is computed later.
func (v *evaluator) later(t thunk) *Value {
	how := v.thunks.one()
	*how = t
	return v.value(Value{thunk: how})
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
		return v.value(Value{Kind: StringValue, Text: e.Text, Expr: e})
	case Path:
		return v.value(Value{Kind: PathValue, Text: e.Text, Expr: e})
	case Interpolated:
		return v.concat(e, s)
	case Integer:
		if n, err := strconv.ParseInt(e.Text, 10, 64); err == nil {
			return v.value(Value{Kind: IntegerValue, Integer: n, Expr: e})
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
		return v.value(Value{Kind: FunctionValue, Text: e.Outer.In(v.source), Expr: e})
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
	if set.Rec && set.Attr("__overrides") != nil {
		return nil // Nix takes the attributes in it for those of the set
	}
	inner := s
	if set.Rec {
		inner = &scope{attrs: set, outer: s}
	}
	value := v.value(Value{Kind: SetValue, Expr: e, Members: make([]Member, 0, len(set.Attrs))})
	for _, a := range set.Attrs {
		value.Members = append(value.Members, Member{a.Name, v.attr(a, inner, s)})
	}
	if len(set.dynamic) > 0 && !v.addDynamic(value, set, inner, s) {
		return nil
	}
	return value
}

// addDynamic adds the attributes whose names are computed, and says whether all of them can be told. Nix leaves one out
// whose name is null, and refuses one that is there already.
func (v *evaluator) addDynamic(value *Value, set *AttrSet, inner, outer *scope) bool {
	taken := make(map[string]bool, len(set.Attrs)+len(set.dynamic))
	for _, a := range set.Attrs {
		taken[a.Name] = true
	}
	for _, d := range set.dynamic {
		name := v.name(d.name, inner)
		if name.Kind == NullValue {
			continue
		}
		if name.Kind != StringValue || taken[name.Text] {
			return false
		}
		taken[name.Text] = true
		value.Members = append(value.Members, Member{name.Text, v.attr(d.attr, inner, outer)})
	}
	return true
}

// name computes a dynamic name; e is nil where it could not be parsed.
func (v *evaluator) name(e *Expr, s *scope) *Value {
	if e == nil {
		return &Value{}
	}
	return v.eval(e, s)
}

// attr is the value of an attribute. inner is the scope of the set's values, outer that of its plain inherits.
func (v *evaluator) attr(a *Attr, inner, outer *scope) *Value {
	if a.computed != nil {
		return a.computed
	}
	p, value := a.Places[0], (*Value)(nil)
	switch {
	case p.Binding.Inherit && p.Binding.From == nil:
		value = v.delay(a.Value, outer)
	case a.Members != nil:
		value = v.later(thunk{expr: a.Value, attr: a, scope: inner})
	default:
		value = v.delay(a.Value, inner)
	}
	a.computed = value
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
		return v.value(Value{Kind: BoolValue, Bool: e.Text == "true", Expr: e})
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
	value, missing := v.selected(e, s)
	switch {
	case missing && len(e.Args) == 2:
		return v.eval(e.Args[1], s)
	case value == nil || value.Kind == UnknownValue:
		return nil
	}
	return value
}

// selected is the value at the end of the attribute path of a Select or HasAttr; nil where it is not known, or where an attribute is known
// to be missing.
func (v *evaluator) selected(e *Expr, s *scope) (value *Value, missing bool) {
	if len(e.Args) == 0 {
		return nil, false
	}
	value = v.eval(e.Args[0], s)
	for _, n := range e.Attrpath {
		name, known := v.pathElement(n, s)
		if value.Kind == UnknownValue || !known {
			return nil, false
		}
		next := value.Member(name)
		if next == nil {
			return nil, true
		}
		value = v.force(next)
	}
	return value, false
}

// pathElement is the name of an element of a path that selects.
func (v *evaluator) pathElement(n Name, s *scope) (name string, known bool) {
	if !n.Dynamic {
		return n.Text, true
	}
	value := v.name(n.expr, s)
	return value.Text, value.Kind == StringValue
}

func (v *evaluator) hasAttr(e *Expr, s *scope) *Value {
	value, missing := v.selected(e, s)
	if value == nil && !missing {
		return nil
	}
	return &Value{Kind: BoolValue, Bool: !missing, Expr: e}
}
