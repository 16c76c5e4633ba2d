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
					in.DynamicNames = true
					continue
				}
				b.define(in, &Attr{Name: n.Text, Places: []Place{{g, depth}}, Value: inheritedValue(g, n)}, b.path)
			}
			continue
		}
		if len(g.Path) == 0 {
			continue
		}
		if a := attrOf(g); a != nil {
			b.define(in, a, b.path)
		}
		if g.Path[0].Dynamic {
			in.DynamicNames = true
		}
	}
}

// attrOf is the attribute that one binding makes on its own, with those below it along its path; nil for a dynamic name.
func attrOf(g *Binding) *Attr {
	var below *Attr
	for depth := len(g.Path) - 1; depth >= 0; depth-- {
		n := g.Path[depth]
		a := &Attr{Name: n.Text, Places: []Place{{g, depth}}}
		switch {
		case depth == len(g.Path)-1:
			a.Value = g.Value
			if g.Value.Kind == Set {
				a.Members = g.Value.Set
			}
		case below == nil:
			a.Members = &AttrSet{DynamicNames: true}
		default:
			a.Members = &AttrSet{Attrs: []*Attr{below}}
		}
		if n.Dynamic {
			below = nil
			continue
		}
		below = a
	}
	if g.Path[0].Dynamic {
		return nil
	}
	return below
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
	if !old.merged {
		// The members may be those of a literal set, which stay as that set has them.
		own := &AttrSet{
			Rec: old.Members.Rec, Open: old.Members.Open, Close: old.Members.Close,
			Bindings: slices.Clone(old.Members.Bindings), DynamicNames: old.Members.DynamicNames,
		}
		for _, m := range old.Members.Attrs {
			own.add(m.copy())
		}
		old.Members, old.merged = own, true
	}
	old.Members.Bindings = append(old.Members.Bindings, a.Members.Bindings...)
	old.Members.DynamicNames = old.Members.DynamicNames || a.Members.DynamicNames
	below := append(path[:len(path):len(path)], a.Name)
	for _, m := range a.Members.Attrs {
		b.define(old.Members, m.copy(), below)
	}
}

// copy is the attribute with places of its own; its members are shared until they are merged.
func (a *Attr) copy() *Attr {
	own := *a
	own.Places = slices.Clone(a.Places)
	own.merged = false
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
		if name == "" || !nameStart(name[0]) || while(name, nameByte) < len(name) || keywords[name] {
			name = strconv.Quote(name)
		}
		b.WriteString(name)
	}
	return b.String()
}
