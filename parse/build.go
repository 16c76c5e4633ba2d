package parse

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// builder turns nodes of a flat tree into expressions, and notes what Nix's parser refuses of them.
type builder struct {
	*tree
	errors []SyntaxError
	// path holds the names from the root of the file to the value that is being built; a dynamic name is "${…}".
	path []string

	exprs pieces[Expr]
	sets  pieces[AttrSet]
	binds pieces[Binding]
	attrs pieces[placedAttr]
}

func (b *builder) fail(code ErrorCode, span text.Span, message string) {
	b.errors = append(b.errors, SyntaxError{Code: code, Span: span, Message: message})
}

// children calls f for every child of a node that is no comment.
func (t *tree) children(i int32, f func(c int32)) {
	for c, end := i+1, t.nodes[i].next; c < end; c = t.nodes[c].next {
		if t.nodes[c].kind != kComment {
			f(c)
		}
	}
}

// child gives the first child of a kind, or -1.
func (t *tree) child(i int32, k kind) int32 {
	for c, end := i+1, t.nodes[i].next; c < end; c = t.nodes[c].next {
		if t.nodes[c].kind == k {
			return c
		}
	}
	return -1
}

// isExpression says whether nodes of the kind are expressions.
func (k kind) isExpression() bool {
	switch k {
	case kVariable, kInteger, kFloat, kString, kIndentedString, kPath, kHomePath, kSearchPath, kURI, kFunction, kAssert,
		kWith, kLet, kIf, kHasAttr, kUnary, kBinary, kApply, kSelect, kParenthesized, kAttrset, kLetAttrset, kRecAttrset, kList:
		return true
	}
	return false
}

// expressions gives the children of a node that are expressions.
func (t *tree) expressions(i int32) []int32 {
	var list []int32
	t.children(i, func(c int32) {
		if t.nodes[c].kind.isExpression() {
			list = append(list, c)
		}
	})
	return list
}

// expr builds the expression of a node.
func (b *builder) expr(i int32) *Expr {
	span := b.span(i)
	e := b.exprs.one()
	e.Span, e.Outer, e.node = span, span, i
	if span.Empty() {
		return e // put in by a repair
	}
	switch b.kind(i) {
	case kVariable:
		e.Kind, e.Text = Variable, b.text(i)
	case kInteger:
		e.Kind, e.Text = Integer, b.text(i)
	case kFloat:
		e.Kind, e.Text = Float, b.text(i)
	case kURI:
		e.Kind, e.Text = URI, b.text(i)
	case kSearchPath:
		e.Kind, e.Text = SearchPath, b.text(i)
	case kPath, kHomePath:
		b.pathLiteral(e, i)
	case kString, kIndentedString:
		b.stringLiteral(e, i)
	case kParenthesized:
		inner := b.expressions(i)
		if len(inner) == 0 {
			return e
		}
		e = b.expr(inner[0])
		e.Outer = span
	case kAttrset, kRecAttrset:
		e.Kind = Set
		e.Set = b.attrSet(i, b.kind(i) == kRecAttrset)
	case kLet:
		b.let(e, i)
	case kLetAttrset:
		// let { …; body = e; } is (rec { …; body = e; }).body
		e.Kind = Select
		set := &Expr{Kind: Set, Span: span, Outer: span, Set: b.attrSet(i, true)}
		e.Args = []*Expr{set}
		e.Attrpath = []Name{{Text: "body", Span: span}}
	case kFunction:
		e.Kind = Lambda
		e.Lambda = b.function(i)
	case kList:
		b.parts(e, List, i)
	case kApply:
		b.parts(e, Apply, i)
	case kIf:
		b.parts(e, If, i)
	case kWith:
		b.parts(e, With, i)
	case kAssert:
		b.parts(e, Assert, i)
	case kUnary, kBinary:
		b.parts(e, Operation, i)
		if op := b.child(i, kOperator); op >= 0 {
			e.Text = b.text(op)
		}
	case kSelect:
		b.parts(e, Select, i)
		e.Attrpath = b.attrpathOf(i)
	case kHasAttr:
		b.parts(e, HasAttr, i)
		e.Attrpath = b.attrpathOf(i)
	}
	return e
}

// parts sets the kind of an expression and builds the expressions that it holds. What is in them has no path of its own.
func (b *builder) parts(e *Expr, k Kind, i int32) {
	e.Kind = k
	nodes := b.expressions(i)
	e.Args = make([]*Expr, len(nodes))
	path := b.path
	b.path = nil
	for j, c := range nodes {
		e.Args[j] = b.expr(c)
	}
	b.path = path
}

func (b *builder) let(e *Expr, i int32) {
	path := b.path
	b.path = nil
	e.Set = b.attrSet(i, true)
	b.path = path
	b.parts(e, Let, i)
}

// function builds a lambda; its body and its defaults stay places.
func (b *builder) function(i int32) *Function {
	f := &Function{Span: b.span(i)}
	colon := false
	b.children(i, func(c int32) {
		switch k := b.kind(c); {
		case colon:
			if k.isExpression() {
				f.Body = b.span(c)
			}
		case k == kColon:
			colon = true
		case k == kIdentifier:
			f.Argument = &Name{Text: b.text(c), Span: b.span(c)}
			f.ArgumentFirst = f.Formals == nil
		case k == kAt:
			f.At = b.span(c)
		case k == kFormals:
			f.Formals = b.formals(c)
		}
	})
	if f.At.Empty() {
		f.ArgumentFirst = false
	}
	if f.Body == (text.Span{}) {
		f.Body = text.Span{Start: f.Span.End, End: f.Span.End}
	}
	return f
}

func (b *builder) formals(i int32) *Formals {
	f := &Formals{Close: text.Span{Start: b.span(i).End, End: b.span(i).End}}
	b.children(i, func(c int32) {
		switch b.kind(c) {
		case kOpenBrace:
			f.Open = b.span(c)
		case kCloseBrace:
			f.Close = b.span(c)
		case kEllipsis:
			if !b.span(c).Empty() { // else it was put in, see recognizer
				f.Ellipsis = b.span(c)
			}
		case kFormal:
			formal := &Formal{Span: b.span(c)}
			if name := b.child(c, kIdentifier); name >= 0 {
				formal.Name, formal.NameSpan = b.text(name), b.span(name)
			}
			if b.child(c, kQuestion) >= 0 {
				formal.HasDefault = true
				formal.Default = text.Span{Start: formal.Span.End, End: formal.Span.End}
				if d := b.expressions(c); len(d) > 0 {
					formal.Default = b.span(d[0])
				}
			}
			if !formal.NameSpan.Empty() { // else there is none, or it was put in by a repair
				f.List = append(f.List, formal)
			}
		}
	})
	return f
}

// attrSet builds what stands between the braces, or between let and in, of node i.
func (b *builder) attrSet(i int32, rec bool) *AttrSet {
	end := b.span(i).End
	s := b.sets.one()
	s.Rec, s.Close = rec, text.Span{Start: end, End: end}
	isLet := b.kind(i) == kLet
	b.children(i, func(c int32) {
		switch b.kind(c) {
		case kOpenBrace:
			s.Open = b.span(c)
		case kKeywordLet:
			if isLet {
				s.Open = b.span(c)
			}
		case kCloseBrace, kKeywordIn:
			s.Close = b.span(c)
		case kBindingSet:
			b.bindings(s, c)
		case kError, kBinding, kInherit:
			b.bindingsOf(s, c)
		}
	})
	b.merge(s)
	return s
}

// bindings adds the bindings that node i holds, those within errors too.
func (b *builder) bindings(s *AttrSet, i int32) {
	b.children(i, func(c int32) { b.bindingsOf(s, c) })
}

func (b *builder) bindingsOf(s *AttrSet, c int32) {
	switch b.kind(c) {
	case kBinding:
		s.Bindings = append(s.Bindings, b.binding(s, c))
	case kInherit, kInheritFrom:
		s.Bindings = append(s.Bindings, b.inherit(s, c))
	case kError, kBindingSet:
		b.bindings(s, c)
	}
}

func (b *builder) binding(s *AttrSet, i int32) *Binding {
	g := b.binds.one()
	g.Span, g.In = b.span(i), s
	var value int32 = -1
	b.children(i, func(c int32) {
		switch k := b.kind(c); {
		case k == kAttrpath && g.Path == nil:
			g.Path = b.attrpath(c)
		case k == kEquals:
			g.Equals = b.span(c)
		case k == kSemicolon:
			g.Semicolon = b.span(c)
		case k.isExpression() && value < 0:
			value = c
		}
	})
	if value < 0 {
		at := g.Span.End
		if !g.Semicolon.Empty() {
			at = g.Semicolon.Start
		}
		g.Value = &Expr{Span: text.Span{Start: at, End: at}, Outer: text.Span{Start: at, End: at}}
		return g
	}
	depth := len(b.path)
	for _, n := range g.Path {
		b.path = append(b.path, n.label())
	}
	g.Value = b.expr(value)
	b.path = b.path[:depth]
	return g
}

// label is the name for a message.
func (n Name) label() string {
	if n.Dynamic {
		return "${…}"
	}
	return n.Text
}

func (b *builder) inherit(s *AttrSet, i int32) *Binding {
	g := b.binds.one()
	g.Span, g.Inherit, g.In = b.span(i), true, s
	b.children(i, func(c int32) {
		switch k := b.kind(c); {
		case k == kSemicolon:
			g.Semicolon = b.span(c)
		case k == kInheritedAttrs:
			g.Path = b.attrpath(c)
		case k.isExpression() && g.From == nil:
			path := b.path
			b.path = nil
			g.From = b.expr(c)
			b.path = path
		}
	})
	return g
}

func (b *builder) attrpathOf(i int32) []Name {
	if c := b.child(i, kAttrpath); c >= 0 {
		return b.attrpath(c)
	}
	return nil
}

// attrpath reads the names of an attrpath, or of the attributes of an inherit.
func (b *builder) attrpath(i int32) []Name {
	count := 0
	for c, end := i+1, b.nodes[i].next; c < end; c = b.nodes[c].next {
		if b.isName(c) {
			count++
		}
	}
	if count == 0 {
		return nil
	}
	path := make([]Name, 0, count)
	b.children(i, func(c int32) {
		if !b.isName(c) {
			return
		}
		if n := b.name(c); !n.Span.Empty() { // else it was put in by a repair
			if n.Dynamic {
				n.expr = b.dynamicName(c)
			}
			path = append(path, n)
		}
	})
	if len(path) == 0 {
		return nil
	}
	return path
}

// isName says whether a node is an element of an attribute path.
func (t *tree) isName(i int32) bool {
	k := t.kind(i)
	return k == kIdentifier || k == kString || k == kInterpolation
}

// dynamicName is what a dynamic name is computed from, or nil.
func (b *builder) dynamicName(i int32) *Expr {
	outer := b.path
	b.path = nil
	defer func() { b.path = outer }()
	if b.kind(i) != kInterpolation {
		return b.expr(i)
	}
	if inner := b.expressions(i); len(inner) == 1 {
		return b.expr(inner[0])
	}
	return nil
}

// name reads one element of an attribute path.
func (t *tree) name(i int32) Name {
	n := Name{Span: t.span(i)}
	switch t.kind(i) {
	case kIdentifier:
		n.Text = t.text(i)
		return n
	case kInterpolation:
		inner := t.expressions(i)
		for len(inner) == 1 && t.kind(inner[0]) == kParenthesized {
			inner = t.expressions(inner[0])
		}
		if len(inner) != 1 || t.kind(inner[0]) != kString && t.kind(inner[0]) != kIndentedString {
			n.Dynamic = true
			return n
		}
		i = inner[0]
	}
	if t.child(i, kInterpolation) >= 0 {
		n.Dynamic = true
		return n
	}
	n.Quoted = true
	if t.kind(i) == kIndentedString {
		pieces := indentedPieces(t.source, t.content(i), nil)
		n.Dynamic = len(pieces) > 1
		for _, p := range pieces {
			n.Text += p.Text
		}
		return n
	}
	n.Text = unescape(t.content(i).In(t.source))
	return n
}

// content is what stands between the quotes of a string.
func (t *tree) content(i int32) text.Span {
	s := t.span(i)
	quote := kQuote
	if t.kind(i) == kIndentedString {
		quote = kIndentedQuote
	}
	first := true
	t.children(i, func(c int32) {
		if t.kind(c) != quote {
			return
		}
		if first {
			s.Start = int(t.nodes[c].end)
			first = false
		} else {
			s.End = int(t.nodes[c].start)
		}
	})
	return s
}

// unescape gives the text of a piece of a "…" string.
func unescape(piece string) string {
	if !strings.ContainsAny(piece, "\\\r") {
		return piece
	}
	out := make([]byte, 0, len(piece))
	for i := 0; i < len(piece); i++ {
		c := piece[i]
		switch {
		case c == '\\' && i+1 < len(piece):
			i++
			switch piece[i] {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			default:
				c = piece[i]
			}
		case c == '\r':
			// Nix reads every line end within a string as \n.
			if i+1 < len(piece) && piece[i+1] == '\n' {
				i++
			}
			c = '\n'
		}
		out = append(out, c)
	}
	return string(out)
}
