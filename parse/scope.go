package parse

import (
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// checkHomePaths finds the path literals below the home folder. Nix parses a flake in pure mode, which knows no home.
func (b *builder) checkHomePaths() {
	for i := range b.nodes {
		n := int32(i)
		if k := b.kind(n); (k == kPath || k == kHomePath) && strings.HasPrefix(b.text(n), "~/") {
			b.fail(HomePath, b.span(n), "the path '"+b.text(n)+"' cannot be resolved: a flake knows no home folder")
		}
	}
}

// checkNames finds the undefined variables, the duplicate formals and, in the bodies of functions, the duplicate attributes
// of a whole file: what Nix's parser refuses before it evaluates anything.
func (b *builder) checkNames() {
	root := b.root()
	if root < 0 {
		return
	}
	scopes := scopesPool.Get().(*scopes)
	c := &nameChecker{builder: b, scopes: scopes}
	c.walk(root)
	if max(len(scopes.bound), cap(scopes.names), cap(scopes.lists)) <= maxPooledNames {
		clear(scopes.bound) // the names are parts of the text
		clear(scopes.names[:cap(scopes.names)])
		scopesPool.Put(scopes)
	}
}

// scopes are the names in scope, as nameChecker walks.
type scopes struct {
	// bound counts for each name how often it is bound. Scopes only nest, so that is enough.
	bound map[string]int
	// names are those of the sets and functions around, the innermost last, and lists the nodes of the bindings of these sets.
	names []placedName
	lists []int32
}

// placedName is a name and where it is written.
type placedName struct {
	name string
	span text.Span
}

// scopesPool is memory for checkNames.
var scopesPool = sync.Pool{New: func() any { return &scopes{bound: map[string]int{}} }}

// maxPooledNames is the number of names over which it is not kept for the next text.
const maxPooledNames = 1 << 12

// nameChecker walks the tree with the names in scope.
type nameChecker struct {
	*builder
	*scopes
	// withs is the number of `with` around: below one, any name may be defined.
	withs int
	// functions is the number of functions around. Outside of them the builder has found the duplicate attributes already.
	functions int
}

func (c *nameChecker) bind(names []placedName) {
	for _, n := range names {
		c.bound[n.name]++
	}
}

func (c *nameChecker) release(names []placedName) {
	for _, n := range names {
		c.bound[n.name]--
	}
}

// firstOf finds the first of the names that is so called. places, which the caller keeps empty at first, makes that fast for many names.
func firstOf(names []placedName, name string, places *map[string]int) (first placedName, found bool) {
	const few = 16
	if len(names) <= few {
		for _, n := range names {
			if n.name == name {
				return n, true
			}
		}
		return placedName{}, false
	}
	if *places == nil {
		*places = map[string]int{}
	}
	for i := len(*places); i < len(names); i++ {
		if _, known := (*places)[names[i].name]; !known {
			(*places)[names[i].name] = i
		}
	}
	i, found := (*places)[name]
	if !found {
		return placedName{}, false
	}
	return names[i], true
}

func (c *nameChecker) use(name string, span text.Span) {
	if c.withs == 0 && c.bound[name] == 0 && !isGlobal(name) {
		c.fail(UndefinedVariable, span, "undefined variable '"+name+"'")
	}
}

func (c *nameChecker) walk(i int32) {
	switch c.kind(i) {
	case kVariable:
		c.use(c.text(i), c.span(i))
	case kFunction:
		c.function(i)
	case kWith:
		for n, e := range c.expressions(i) {
			if n == 0 {
				c.walk(e)
				continue
			}
			c.withs++
			c.walk(e)
			c.withs--
		}
	case kLet, kRecAttrset, kLetAttrset, kAttrset:
		c.set(i)
	default:
		c.walkChildren(i)
	}
}

func (c *nameChecker) walkChildren(i int32) {
	for n, end := i+1, c.nodes[i].next; n < end; n = c.nodes[n].next {
		if c.nodes[n].named && c.nodes[n].kind != kComment {
			c.walk(n)
		}
	}
}

func (c *nameChecker) function(i int32) {
	start := len(c.names)
	argument, formals := int32(-1), int32(-1)
	colon, at, first := false, false, false // first: the argument stands before the formals
	c.children(i, func(n int32) {
		switch k := c.kind(n); {
		case colon:
		case k == kColon:
			colon = true
		case k == kIdentifier:
			argument, first = n, formals < 0
		case k == kAt:
			at = !c.span(n).Empty()
		case k == kFormals:
			formals = n
		}
	})
	var places map[string]int
	note := func(n int32) {
		name := placedName{c.text(n), c.span(n)}
		if formals >= 0 {
			if other, twice := firstOf(c.names[start:], name.name, &places); twice {
				c.errors = append(c.errors, SyntaxError{
					Code: DuplicateFormal, Span: name.span, Other: other.span, Path: []string{name.name},
					Message: "duplicate formal function argument '" + name.name + "'",
				})
				return
			}
		}
		c.names = append(c.names, name)
	}
	if first = first && at; argument >= 0 && first {
		note(argument)
	}
	if formals >= 0 {
		c.children(formals, func(n int32) {
			if c.kind(n) != kFormal {
				return
			}
			if name := c.child(n, kIdentifier); name >= 0 && !c.span(name).Empty() { // else it was put in by a repair
				note(name)
			}
		})
	}
	if argument >= 0 && !first {
		note(argument)
	}
	names := c.names[start:]
	c.bind(names)
	c.functions++
	c.walkChildren(i)
	c.functions--
	c.release(names)
	c.names = c.names[:start]
}

// holdsRec says whether a rec set stands in the node.
func (c *nameChecker) holdsRec(i int32) bool {
	for _, n := range c.nodes[i+1 : c.nodes[i].next] {
		if n.kind == kRecAttrset {
			return true
		}
	}
	return false
}

// set walks a set or a let. Where a name stands twice the bindings are merged first if that can move them into the scope of
// another set, or if nobody has done so.
func (c *nameChecker) set(i int32) {
	start, firstBinding := len(c.names), len(c.lists)
	defer func() { c.names, c.lists = c.names[:start], c.lists[:firstBinding] }()
	var places map[string]int
	twice := false
	c.children(i, func(n int32) {
		if c.kind(n) == kBindingSet {
			c.children(n, func(m int32) { c.lists = append(c.lists, m) })
		}
	})
	bindings := c.lists[firstBinding:]
	inherits := false
	note := func(n int32) {
		name := c.name(n)
		switch {
		case name.Span.Empty():
			return
		case name.Dynamic && inherits:
			c.fail(Syntax, name.Span, "an inherit takes no dynamic attribute")
			return
		case name.Dynamic && c.kind(i) == kLet:
			c.fail(Syntax, name.Span, "a let takes no dynamic attribute")
			return
		case name.Dynamic:
			return
		}
		if !twice {
			_, twice = firstOf(c.names[start:], name.Text, &places)
		}
		c.names = append(c.names, placedName{name.Text, name.Span})
	}
	for _, g := range bindings {
		inherits = c.kind(g) != kBinding
		switch c.kind(g) {
		case kBinding:
			if path := c.child(g, kAttrpath); path >= 0 {
				note(path + 1)
			}
		case kInherit, kInheritFrom:
			if attrs := c.child(g, kInheritedAttrs); attrs >= 0 {
				c.children(attrs, note)
			}
		}
	}
	names := c.names[start:]
	rec := c.kind(i) != kAttrset
	if twice && (c.functions > 0 || c.holdsRec(i)) {
		c.merged(i, rec)
		return
	}
	for _, g := range bindings {
		c.plainInherit(g)
	}
	if rec {
		c.bind(names)
	}
	for _, g := range bindings {
		if c.kind(g) == kBinding || c.inherits(g) >= 0 {
			c.walkChildren(g)
		}
	}
	c.letBody(i)
	if rec {
		c.release(names)
	}
}

// letBody walks the body of a let.
func (c *nameChecker) letBody(i int32) {
	if c.kind(i) != kLet {
		return
	}
	for _, e := range c.expressions(i) {
		c.walk(e)
	}
}

// inherits gives the source of an `inherit (source)`, or -1.
func (c *nameChecker) inherits(g int32) int32 {
	if list := c.expressions(g); len(list) > 0 {
		return list[0]
	}
	return -1
}

// plainInherit looks up the names of an inherit with no source, in the scope around the set.
func (c *nameChecker) plainInherit(g int32) {
	if c.kind(g) == kBinding || c.inherits(g) >= 0 {
		return
	}
	if attrs := c.child(g, kInheritedAttrs); attrs >= 0 {
		c.children(attrs, func(n int32) {
			if name := c.name(n); !name.Dynamic && !name.Span.Empty() {
				c.use(name.Text, name.Span)
			}
		})
	}
}

// merged walks a set in which a name stands twice.
func (c *nameChecker) merged(i int32, rec bool) {
	s := c.attrSet(i, rec)
	c.mergedSet(s, func() { c.letBody(i) })
}

func (c *nameChecker) mergedSet(s *AttrSet, inside func()) {
	for _, g := range s.Bindings {
		if g.Inherit && g.From == nil {
			for _, n := range g.Path {
				if !n.Dynamic {
					c.use(n.Text, n.Span)
				}
			}
		}
	}
	var names []placedName
	if s.Rec {
		for _, a := range s.Attrs {
			names = append(names, placedName{name: a.Name})
		}
	}
	c.bind(names)
	for _, g := range s.Bindings {
		if g.From != nil {
			c.walk(g.From.node)
		}
		for _, n := range g.Path {
			if n.Dynamic {
				c.dynamicName(n)
			}
		}
		if !g.Inherit && len(g.Path) > 0 && g.Path[0].Dynamic && g.Value.Kind != Missing {
			c.walk(g.Value.node)
		}
	}
	for _, a := range s.Attrs {
		c.mergedAttr(a)
	}
	inside()
	c.release(names)
}

func (c *nameChecker) mergedAttr(a *Attr) {
	switch {
	case a.merged:
		c.mergedSet(a.Members, func() {})
	case a.Value == nil && a.Members != nil:
		if len(a.Members.Attrs) == 0 {
			c.walk(a.Places[0].Binding.Value.node)
		}
		for _, m := range a.Members.Attrs {
			c.mergedAttr(m)
		}
	case a.Places[0].Binding.Inherit:
	case a.Value.Kind != Missing:
		c.walk(a.Value.node)
	}
}

// dynamicName walks the expressions within a dynamic name.
func (c *nameChecker) dynamicName(name Name) {
	for i, n := range c.nodes {
		if (n.kind == kString || n.kind == kInterpolation) && c.span(int32(i)) == name.Span {
			c.walkChildren(int32(i))
			return
		}
	}
}
