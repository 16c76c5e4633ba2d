package parse

import (
	"encoding/binary"
	"slices"
	"sync"
)

// Compact is the syntax tree of a text in a few bytes for each node, so that an index can keep the trees of ten thousand files and
// give their manifests again without parsing them. It is empty where a text has syntax errors: those are parsed again.
type Compact string

// compactor is memory that one text after the other uses.
type compactor struct {
	kept []int32
	out  []byte
}

var compactors = sync.Pool{New: func() any { return new(compactor) }}

// unread are the kinds of nodes that nothing asks for once a text is known to have no fault.
var unread = func() (set [kindCount]bool) {
	for _, k := range []kind{
		kOther, kKeyword, kFragment, kEscape, kDollarEscape, kDot, kOr, kOpenBracket, kCloseBracket, kOpenParen, kCloseParen,
		kOpenInterpolation, kComma, kKeywordRec, kKeywordInherit, kKeywordWith, kKeywordIf, kKeywordThen, kKeywordElse, kKeywordAssert,
	} {
		set[k] = true
	}
	return set
}()

// A node is its kind, how far behind the last node it starts, its length (unless the kind has one length) and the number of nodes
// within it (unless the kind has none): the last three as uvarints. namedBit is set in the kind of a rule of the grammar.
const namedBit = 0x80

// bytesOfNode is the least number of bytes of a node.
const bytesOfNode = 2

// fixed are the lengths of the tokens that have one, leaves the kinds of nodes that have nothing within them.
var fixed, leaves = func() (lengths [kindCount]uint32, none [kindCount]bool) {
	for k, length := range map[kind]uint32{
		kColon: 1, kAt: 1, kOpenBrace: 1, kCloseBrace: 1, kQuote: 1, kIndentedQuote: 2, kQuestion: 1, kSemicolon: 1, kEquals: 1, kKeywordLet: 3, kKeywordIn: 2,
	} {
		lengths[k], none[k] = length, true
	}
	for _, k := range []kind{kVariable, kIdentifier, kInteger, kFloat, kComment, kURI, kSearchPath, kEllipsis, kOperator} {
		none[k] = true
	}
	return lengths, none
}()

// compact gives the tree of a text without faults.
func (t *tree) compact() Compact {
	if t.broken || t.status != parsed {
		return ""
	}
	work := compactors.Get().(*compactor)
	defer compactors.Put(work)
	// kept counts the nodes before each that are kept.
	kept := slices.Grow(work.kept[:0], len(t.nodes)+1)[:len(t.nodes)+1]
	kept[0] = 0
	out := work.out[:0]
	defer func() { work.kept, work.out = kept, out }()
	for i, n := range t.nodes {
		kept[i+1] = kept[i]
		if !t.drops(int32(i)) {
			kept[i+1]++
		}
		if n.start > n.end {
			return ""
		}
	}
	last := uint32(0)
	for i, n := range t.nodes {
		if kept[i+1] == kept[i] {
			continue
		}
		within := kept[n.next] - kept[i+1]
		if n.start < last || leaves[n.kind] && within > 0 || fixed[n.kind] > 0 && n.end-n.start != fixed[n.kind] {
			return ""
		}
		k := byte(n.kind)
		if n.named {
			k |= namedBit
		}
		out = append(out, k)
		out = binary.AppendUvarint(out, uint64(n.start-last))
		if fixed[n.kind] == 0 {
			out = binary.AppendUvarint(out, uint64(n.end-n.start))
		}
		if !leaves[n.kind] {
			out = binary.AppendUvarint(out, uint64(within))
		}
		last = n.start
	}
	return Compact(out)
}

// drops says whether nothing reads a node: it has no nodes within it.
func (t *tree) drops(i int32) bool {
	n := &t.nodes[i]
	return n.next == i+1 && (unread[n.kind] || n.kind == kIdentifier && i > 0 && t.nodes[i-1].kind == kVariable && t.nodes[i-1].next == i+1)
}

// expand is the tree that a text has.
func (c Compact) expand(source string) *tree {
	t := &tree{source: source, nodes: nodesOf(len(c)/bytesOfNode + 1)[:0]}
	at, start := 0, uint32(0)
	number := func() uint32 {
		value := uint32(0)
		for shift := 0; ; shift += 7 {
			b := c[at]
			at++
			value |= uint32(b&0x7f) << shift
			if b < 0x80 {
				return value
			}
		}
	}
	for at < len(c) {
		k := c[at]
		at++
		start += number()
		n := node{start: start, kind: kind(k &^ namedBit), named: k&namedBit != 0}
		if n.end = start + fixed[n.kind]; n.end == start {
			n.end += number()
		}
		n.next = int32(len(t.nodes)) + 1
		if !leaves[n.kind] {
			n.next += int32(number())
		}
		t.nodes = append(t.nodes, n)
	}
	return t
}
