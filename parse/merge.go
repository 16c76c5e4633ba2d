package parse

import (
	"slices"
	"strconv"
	"strings"
)

// merge makes the attributes of a set's bindings, as Nix's parser does while it reads them: a path makes the sets on its
// way, two literal sets of one name become one (the first one's rec counts), everything else that comes twice is a
// duplicate.
func (b *builder) merge(in *AttrSet) {
	for _, g := range in.Bindings {
		if g.Inherit {
			for depth, n := range g.Path {
				if n.Dynamic {
					in.DynamicNames = true // Nix's parser refuses it: there is no value
					in.dynamic = append(in.dynamic, dynamicAttr{})
					continue
				}
				a := b.attr(n.Text, Place{g, depth})
				a.Value = inheritedValue(g, n)
				b.define(in, a, b.path)
			}
			continue
		}
		b.definePath(in, g)
	}
}

// definePath adds what a binding defines, along its path.
func (b *builder) definePath(s *AttrSet, g *Binding) {
	for depth, n := range g.Path {
		place := Place{g, depth}
		last := depth == len(g.Path)-1
		if n.Dynamic {
			a := &Attr{Places: []Place{place}, Value: g.Value, own: true}
			if !last {
				a.Value, a.Members = nil, &AttrSet{}
			} else if g.Value.Kind == Set {
				a.Members, a.own = g.Value.Set, false
			}
			s.DynamicNames = true
			s.dynamic = append(s.dynamic, dynamicAttr{n.expr, a})
			s = a.Members
			if last {
				return
			}
			continue
		}
		a := s.Attr(n.Text)
		if a != nil && a.Members == nil && a.Value != nil && a.Value.Kind == Missing {
			// Half typed: whatever comes now is what it is.
			a.Members, a.Value, a.own = &AttrSet{}, nil, true
		}
		switch {
		case a == nil && last:
			a = b.attr(n.Text, place)
			a.Value = g.Value
			if g.Value.Kind == Set {
				a.Members = g.Value.Set
			}
			s.add(a)
			return
		case a == nil:
			a = b.attr(n.Text, place)
			a.Members, a.own = b.sets.one(), true
			s.add(a)
		case last && g.Value.Kind == Missing:
			a.Places = append(a.Places, place)
			return
		case last:
			again := b.attr(n.Text, place)
			again.Value = g.Value
			if g.Value.Kind == Set {
				again.Members = g.Value.Set
			}
			b.define(s, again, b.labels(g, depth))
			return
		case a.Members == nil:
			b.duplicate(a, &Attr{Name: n.Text, Places: []Place{place}}, b.labels(g, depth))
			a.Places = append(a.Places, place)
			return
		default:
			a.unshare()
			a.Places = append(a.Places, place)
		}
		s = a.Members
	}
}

// labels is the path from the root of the file to the set that holds the name at the depth of the binding's path.
func (b *builder) labels(g *Binding, depth int) []string {
	path := slices.Clone(b.path)
	for _, n := range g.Path[:depth] {
		path = append(path, n.label())
	}
	return path
}

// inheritedValue is the value of an inherited name: a variable, or a select of the source.
func inheritedValue(g *Binding, n Name) *Expr {
	if g.From == nil {
		return &Expr{Kind: Variable, Span: n.Span, Outer: n.Span, Text: n.Text}
	}
	return &Expr{Kind: Select, Span: n.Span, Outer: n.Span, Args: []*Expr{g.From}, Attrpath: []Name{n}}
}

// define adds an attribute to a set that belongs to the builder alone. path leads to the set.
func (b *builder) define(s *AttrSet, a *Attr, path []string) {
	old := s.Attr(a.Name)
	if old == nil {
		s.add(a)
		return
	}
	if old.Members == nil || a.Members == nil {
		b.duplicate(old, a, path)
		old.Places = append(old.Places, a.Places...)
		return
	}
	old.Places = append(old.Places, a.Places...)
	if old.Value == nil {
		old.Value = a.Value
	}
	old.unshare()
	old.merged = true
	old.Members.Bindings = append(old.Members.Bindings, a.Members.Bindings...)
	old.Members.DynamicNames = old.Members.DynamicNames || a.Members.DynamicNames
	old.Members.dynamic = append(old.Members.dynamic, a.Members.dynamic...)
	below := append(path[:len(path):len(path)], a.Name)
	for _, m := range a.Members.Attrs {
		b.define(old.Members, m.copy(), below)
	}
}

// unshare gives the attribute members of its own, so that more can be added: those of a literal set stay as that set has them.
func (a *Attr) unshare() {
	if a.own {
		return
	}
	own := &AttrSet{
		Rec: a.Members.Rec, Open: a.Members.Open, Close: a.Members.Close,
		Bindings: slices.Clone(a.Members.Bindings), DynamicNames: a.Members.DynamicNames,
		dynamic: slices.Clone(a.Members.dynamic),
	}
	for _, m := range a.Members.Attrs {
		own.add(m.copy())
	}
	a.Members, a.own, a.merged = own, true, true
}

// copy is the attribute with places of its own; its members are shared until they are merged.
func (a *Attr) copy() *Attr {
	own := *a
	own.Places = slices.Clone(a.Places)
	own.own = false
	return &own
}

// add appends an attribute that the set does not have.
func (s *AttrSet) add(a *Attr) {
	s.Attrs = append(s.Attrs, a)
	if s.index != nil {
		s.index[a.Name] = a
	} else if len(s.Attrs) == indexFrom {
		s.index = make(map[string]*Attr, 2*indexFrom)
		for _, a := range s.Attrs {
			s.index[a.Name] = a
		}
	}
}

// indexFrom is the number of attributes from which a set has an index.
const indexFrom = 12

func (b *builder) duplicate(old, a *Attr, path []string) {
	whole := append(path[:len(path):len(path)], a.Name)
	b.errors = append(b.errors, SyntaxError{
		Code: DuplicateAttribute, Span: a.Span(), Other: old.Span(), Path: whole,
		Message: "attribute '" + pathText(whole) + "' is already defined",
	})
}

// pathText writes an attribute path as Nix does.
func pathText(path []string) string {
	var b strings.Builder
	for i, name := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		if name == "" || !nameStart(name[0]) || while(name, nameByte) < len(name) || isKeyword(name) {
			name = strconv.Quote(name)
		}
		b.WriteString(name)
	}
	return b.String()
}
