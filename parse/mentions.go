package parse

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Mentions are the places of a file at which a name may be that of an input, beside its uses, and what may become of the set of the inputs there.
type Mentions struct {
	// Names are those at which something that is not known to have nothing to do with the set is asked for an attribute of the name
	// (`i.nixpkgs`, `i ? nixpkgs`, `inherit (i) nixpkgs`), and the variables that such a thing, opened by `with`, may define.
	Names []text.Span
	// Strings are the strings that are the name, or an attribute path that begins with it.
	Strings []text.Span
	// Leaks says that the set goes to where it is not followed: it gets another name, or is put into a set or a list, opened by `with`, or is an
	// operand or an argument. `inherit inputs;` and `inputs = inputs;` keep its name.
	Leaks bool
	// Alone says that an argument of the file's own function stands alone somewhere: if it is the set, that may have any name there.
	Alone bool
}

// unrelated are the variables that are taken for what the module system, and nearly everybody, means by them, not for the inputs.
var unrelated = []string{"builtins", "config", "lib", "options", "pkgs", "self", "system"}

// MentionsInFile tells where a file other than flake.nix mentions a name that may be an input's, in time that is nearly linear. The uses are those
// of UsesInFile of the same source.
func MentionsInFile(source string, uses *Uses, name string) *Mentions {
	if len(source) > MaxSize {
		return &Mentions{Names: []text.Span{{End: len(source)}}, Leaks: true}
	}
	t, _ := repaired(source, nil)
	m := &mentionsReader{
		usesReader: newUsesReader(t), name: name, mentions: &Mentions{}, known: map[int]bool{}, escapes: map[text.Span]bool{},
		binders: map[string]binder{}, judged: map[int32]bool{},
	}
	for _, list := range uses.Names {
		for _, u := range list {
			if u.Kind != FormalUse {
				m.known[u.Span.Start] = true
			}
		}
	}
	for _, n := range uses.Nested {
		m.known[n.Span.Start] = true
	}
	for _, e := range uses.Escapes {
		m.escapes[e] = true
	}
	if root := t.root(); root >= 0 {
		m.outer = true
		m.visit(root)
	}
	t.release()
	return m.mentions
}

// mentionsReader walks a tree with what binds the variables in scope.
type mentionsReader struct {
	*usesReader
	name     string
	mentions *Mentions
	known    map[int]bool
	escapes  map[text.Span]bool
	binders  map[string]binder
	// up are the nodes around the one at hand.
	up []int32
	// outer says that it is the file's own function, or its value.
	outer bool
	// withs is how many `with` around open what may be the set.
	withs int
	// judged says of definitions whether they are clean.
	judged map[int32]bool
}

// binder is what binds a variable.
type binder struct {
	kind binderKind
	// outer says that it is an argument of the file's own function.
	outer bool
	// node is the binding or the inherit that defines it.
	node int32
}

type binderKind uint8

const (
	unbound binderKind = iota
	wholeArgument
	formalArgument
	definition
)

// bind visits with some variables bound anew.
func (m *mentionsReader) bind(names []string, binders []binder, visit func()) {
	old := make([]binder, len(names))
	for i, n := range names {
		old[i], m.binders[n] = m.binders[n], binders[i]
	}
	visit()
	for i, n := range slices.Backward(names) {
		m.binders[n] = old[i]
	}
}

func (m *mentionsReader) visitAll(list []int32, outer bool) {
	for _, i := range list {
		m.outer = outer
		m.visit(i)
	}
}

func (m *mentionsReader) visit(i int32) {
	outer := m.outer
	m.outer = false
	if m.escapes[m.span(i)] && (m.kind(i) == kVariable || m.kind(i) == kSelect) && !m.keepsName() {
		m.mentions.Leaks = true
	}
	m.up = append(m.up, i)
	defer func() { m.up = m.up[:len(m.up)-1] }()
	list := m.expressions(i)
	switch m.kind(i) {
	case kVariable:
		m.alone(m.text(i), m.span(i))
	case kString, kIndentedString:
		if s := m.usesReader.name(i); !s.Dynamic && (s.Text == m.name || strings.HasPrefix(s.Text, m.name+".") && !strings.ContainsAny(s.Text, " \t\n")) {
			m.mentions.Strings = append(m.mentions.Strings, m.span(i))
		}
		m.visitChildren(i)
	case kAttrpath, kInheritedAttrs:
		m.children(i, func(c int32) {
			if n := m.usesReader.name(c); n.Dynamic {
				m.visitChildren(c)
			}
		})
	case kSelect, kHasAttr:
		path := m.attrpathOf(i)
		m.asked(list, path, path)
		m.visitChildren(i)
	case kInherit, kInheritFrom:
		m.inherited(i, list)
		m.visitChildren(i)
	case kWith:
		if len(list) != 2 {
			m.visitChildren(i)
			return
		}
		m.visit(list[0])
		opens := 0
		if !m.cleanSource(list[0]) {
			opens = 1
		}
		m.withs += opens
		m.visitAll(list[1:], outer)
		m.withs -= opens
	case kFunction:
		m.functionOf(i, outer)
	case kLet, kRecAttrset, kLetAttrset:
		m.scope(i, outer)
	case kParenthesized:
		m.visitAll(list, outer)
	case kAssert:
		if len(list) == 2 {
			m.visit(list[0])
			list = list[1:]
		}
		m.visitAll(list, outer)
	default:
		m.visitChildren(i)
	}
}

func (m *mentionsReader) visitChildren(i int32) {
	m.children(i, func(c int32) {
		if m.nodes[c].named {
			m.visit(c)
		}
	})
}

func (m *mentionsReader) functionOf(i int32, outer bool) {
	f := m.function(i)
	var names []string
	var binders []binder
	if f.Argument != nil {
		names, binders = append(names, f.Argument.Text), append(binders, binder{kind: wholeArgument, outer: outer})
	}
	if f.Formals != nil {
		for _, formal := range f.Formals.List {
			names, binders = append(names, formal.Name), append(binders, binder{kind: formalArgument, outer: outer})
		}
	}
	m.bind(names, binders, func() {
		m.children(i, func(c int32) {
			if m.nodes[c].named {
				m.outer = outer && m.span(c) == f.Body
				m.visit(c)
			}
		})
	})
}

// scope visits a let or a rec set.
func (m *mentionsReader) scope(i int32, outer bool) {
	s := m.bindingNames(i)
	m.visitAll(s.plain, false)
	var names []string
	var binders []binder
	for _, g := range s.rest {
		list, node := m.child(g, kInheritedAttrs), g
		if list < 0 {
			list = m.child(g, kAttrpath)
		}
		for n, name := range m.attrpathOrNone(list) {
			if m.kind(g) == kBinding && n > 0 {
				binders[len(binders)-1].node = -1 // one part of it
				break
			}
			if !name.Dynamic {
				names, binders = append(names, name.Text), append(binders, binder{kind: definition, node: node})
			} else if m.kind(g) == kBinding {
				break
			}
		}
	}
	m.bind(names, binders, func() {
		m.visitAll(s.rest, false)
		if m.kind(i) == kLet {
			m.visitAll(m.expressions(i), outer)
		}
	})
}

func (m *mentionsReader) attrpathOrNone(i int32) []Name {
	if i < 0 {
		return nil
	}
	return m.attrpath(i)
}

// alone notes a variable that is not asked for an attribute.
func (m *mentionsReader) alone(name string, span text.Span) {
	b := m.binders[name]
	if name == m.name && b.kind == unbound && m.withs > 0 {
		m.mentions.Names = append(m.mentions.Names, span)
	}
	isSet := name == "inputs" || name == "inputs'" || b.kind == formalArgument && slices.Contains(unrelated, name)
	m.mentions.Alone = m.mentions.Alone || b.outer && !isSet && !m.asks()
}

// asks says whether the variable at hand is what an attribute is selected from or inherited from, or what is put into a string.
func (m *mentionsReader) asks() bool {
	for n := len(m.up) - 2; n >= 0; n-- {
		switch i := m.up[n]; m.kind(i) {
		case kParenthesized:
		case kSelect, kHasAttr:
			list := m.expressions(i)
			return len(list) > 0 && list[0] == m.up[n+1]
		default:
			return m.kind(i) == kInheritFrom || m.kind(i) == kInterpolation
		}
	}
	return false
}

// asked notes a name in an attribute path: written are the names that may be one, of the path from an expression.
func (m *mentionsReader) asked(list []int32, path, written []Name) {
	at := slices.IndexFunc(written, func(n Name) bool { return n.Text == m.name && !n.Dynamic })
	if at < 0 || len(list) == 0 || slices.ContainsFunc(path, func(n Name) bool { return m.known[n.Span.Start] }) || m.known[written[at].Span.Start] {
		return
	}
	if m.cleanSource(list[0]) || len(path) > 0 && path[0].Text == m.name && m.holds(list[0]) {
		return
	}
	m.mentions.Names = append(m.mentions.Names, written[at].Span)
}

// holds says whether an expression is a set that is written out here with the name: `{ nixpkgs = 1; }.nixpkgs`.
func (m *mentionsReader) holds(i int32) bool {
	i = m.inner(i)
	return (m.kind(i) == kAttrset || m.kind(i) == kRecAttrset) && slices.Contains(m.bindingNames(i).names, m.name)
}

// inherited notes the names of an inherit.
func (m *mentionsReader) inherited(i int32, from []int32) {
	attrs := m.child(i, kInheritedAttrs)
	if attrs < 0 {
		return
	}
	names := m.attrpath(attrs)
	if len(from) == 0 {
		for _, n := range names {
			if !n.Dynamic {
				m.alone(n.Text, n.Span)
			}
		}
		return
	}
	m.asked(from, nil, names)
}

// cleanSource says whether what is asked for attributes is known to be something else than the set, or than what may hold it.
func (m *mentionsReader) cleanSource(i int32) bool {
	for i = m.inner(i); m.kind(i) == kSelect; i = m.inner(i) {
		list, path := m.expressions(i), m.attrpathOf(i)
		if slices.ContainsFunc(path, func(n Name) bool { return m.known[n.Span.Start] }) {
			return len(list) == 1 // from an input
		}
		if len(list) != 1 || slices.ContainsFunc(path, func(n Name) bool { return n.Text == "inputs" }) {
			return false
		}
		i = list[0]
	}
	return m.kind(i) == kVariable && m.cleanVariable(m.text(i))
}

func (m *mentionsReader) cleanVariable(name string) bool {
	switch b := m.binders[name]; b.kind {
	case definition:
		return b.node >= 0 && m.clean(b.node)
	case formalArgument:
		return slices.Contains(unrelated, name)
	case unbound:
		return slices.Contains(unrelated, name) || isGlobal(name)
	}
	return false
}

// clean says whether a definition is made of inputs and of what has nothing to do with their set.
func (m *mentionsReader) clean(i int32) bool {
	clean, ok := m.judged[i]
	if ok {
		return clean
	}
	m.judged[i] = false // where it is made of itself
	clean = true
	for n := i; n < m.nodes[i].next && clean; n++ {
		switch m.kind(n) {
		case kVariable:
			isSet := m.text(n) == "inputs" || m.text(n) == "inputs'"
			clean = !m.escapes[m.span(n)] && (isSet || m.cleanVariable(m.text(n)))
		case kSelect:
			clean = !m.escapes[m.span(n)]
		case kInherit:
			for _, name := range m.attrpathOrNone(m.child(n, kInheritedAttrs)) {
				clean = clean && m.cleanVariable(name.Text)
			}
		case kInheritedAttrs:
			for _, name := range m.attrpath(n) {
				clean = clean && !m.escapes[name.Span]
			}
		}
	}
	m.judged[i] = clean
	return clean
}

// keepsName says whether the set of the inputs, which stands at a node, gets no other name there: `inputs = inputs;`,
// `inputs' = removeAttrs inputs [ … ];`.
func (m *mentionsReader) keepsName() bool {
	for _, above := range slices.Backward(m.up) {
		switch m.kind(above) {
		case kParenthesized:
			continue
		case kBinary:
			if op := m.child(above, kOperator); op >= 0 && m.text(op) == "//" {
				continue
			}
		case kApply:
			if list := m.expressions(above); len(list) > 0 && slices.Contains(trimmers, m.head(list[0])) {
				continue
			}
		case kBinding:
			path := m.attrpathOrNone(m.child(above, kAttrpath))
			if len(path) == 0 {
				return false
			}
			last := path[len(path)-1]
			return !last.Dynamic && (last.Text == "inputs" || last.Text == "inputs'")
		}
		return false
	}
	return false
}
