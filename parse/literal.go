package parse

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// literalReader notes where Nix's flake reader wants a literal and finds a thunk. What counts is what Nix's evaluator makes
// of an attribute while it makes the set (Expr::maybeThunk and Value::isTrivial of its sources): literals, sets with no
// dynamic name, lists, functions, and variables that have their value by then.
type literalReader struct {
	tree  *tree
	found []Thunk
	// order holds, for every name of the file, the place at which Nix's parser comes to know it. Made when first wanted.
	order map[string]int
}

// want notes a thunk unless the attribute is written in a form that the reader takes. The attribute stands in set, whose
// values are read in the scope inner and whose inherits in outer. path gives its path, which few want.
func (r *literalReader) want(wanted string, path func() []string, a *Attr, inner, outer *scope) {
	if !r.thunk(a, inner, outer, maxAliases) {
		return
	}
	e := a.Value
	var span text.Span
	if e != nil {
		span = e.Span
	} else {
		// Only paths make the set, and one of them goes on with a dynamic name: that stands for the whole.
		for _, p := range a.Places {
			if next := p.Depth + 1; next < len(p.Binding.Path) && p.Binding.Path[next].Dynamic {
				e, span = p.Binding.Value, p.Binding.Path[next].Span
				break
			}
		}
		if e == nil {
			return
		}
	}
	for _, t := range r.found {
		if t.Span == span {
			return
		}
	}
	r.found = append(r.found, Thunk{Span: span, Path: path(), Expr: e, Wanted: wanted})
}

// thunk says whether the attribute is one to the reader.
func (r *literalReader) thunk(a *Attr, inner, outer *scope, aliases int) bool {
	if a.Members != nil {
		return a.Members.DynamicNames
	}
	if a.Places[0].Binding.Inherit {
		if a.Places[0].Binding.From != nil {
			return true
		}
		inner = outer
	}
	return r.thunkExpr(a, a.Value, inner, aliases)
}

func (r *literalReader) thunkExpr(a *Attr, e *Expr, s *scope, aliases int) bool {
	switch e.Kind {
	case String:
		return e.joined
	case Interpolated:
		// Nix's parser makes ''${"x"}'' the string that stands in it, but not "${"x"}".
		if !e.Indented || len(e.Args) != 1 || e.Args[0].Kind != String && e.Args[0].Kind != URI && e.Args[0].Kind != Interpolated {
			return true
		}
		return r.thunkExpr(nil, e.Args[0], s, aliases)
	case Missing, Path, URI, Integer, Float, List, Lambda:
		return false
	case Set:
		return e.Set.DynamicNames
	case Variable:
		for at := s; at != nil; at = at.outer {
			target := at.attrs.Attr(e.Text)
			if target == nil {
				continue
			}
			if a != nil && at.attrs.Attr(a.Name) == a && !r.before(e.Text, a.Name) {
				return true
			}
			return aliases == 0 || r.thunk(target, at, at.outer, aliases-1)
		}
		return e.Text == "__curPos"
	}
	return true
}

// before says whether a rec set has the value of its attribute a when it comes to its attribute b. It goes through them in
// the order in which Nix came to know their names: those that Nix itself uses first, then as they stand in the file.
func (r *literalReader) before(a, b string) bool {
	if a == b || knownBefore(b) && !knownBefore(a) {
		return false
	}
	if knownBefore(a) {
		return true
	}
	if r.order == nil {
		r.order = nameOrder(r.tree)
	}
	return r.order[a] < r.order[b]
}

// nameOrder gives the place at which each name is first known. The argument of a function is known only after its body.
func nameOrder(t *tree) map[string]int {
	order := map[string]int{}
	note := func(name string, at int) {
		if old, ok := order[name]; !ok || at < old {
			order[name] = at
		}
	}
	arguments := map[int32]bool{}
	for i := range t.nodes {
		n := int32(i)
		switch t.kind(n) {
		case kFunction:
			t.children(n, func(c int32) {
				if t.kind(c) == kIdentifier {
					arguments[c] = true
					note(t.text(c), t.span(n).End)
				}
			})
		case kIdentifier, kVariable:
			if !arguments[n] {
				note(t.text(n), t.span(n).Start)
			}
		case kAttrpath, kInheritedAttrs:
			t.children(n, func(c int32) {
				if t.kind(c) == kString || t.kind(c) == kInterpolation {
					if name := t.name(c); !name.Dynamic {
						note(name.Text, name.Span.Start)
					}
				}
			})
		}
	}
	return order
}

// listed notes the elements of a list that are thunks.
func (r *literalReader) listed(wanted string, path []string, e *Expr, s *scope) {
	for _, arg := range e.Args {
		if r.thunkExpr(nil, arg, s, maxAliases) {
			r.found = append(r.found, Thunk{Span: arg.Span, Path: path, Expr: arg, Wanted: wanted})
		}
	}
}
