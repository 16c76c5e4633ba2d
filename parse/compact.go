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

// A tree is twice the number of its nodes (one more where its names are not all good) and then the nodes, a number being a uvarint. A node is a byte for its kind and its gap: how far it
// starts behind the node before it, from that one's start where it lies within it, else from its end. Then follow
//
//   - the gap, where it is neither 0 nor 1;
//   - of a kind with nothing within it, the length, unless the kind has one length;
//   - of another kind, twice the number of nodes within it; one more, and then the length, where it does not end as the last of these.
//
// otherwiseNamed stands before a node that is a rule of the grammar although its kind is a token, or the other way round.
const otherwiseNamed = 0xff

// The first byte is the kind, one of three times as many: with a gap of 0, of 1, or of more.
const (
	gapOne  = byte(kindCount)
	gapMore = 2 * byte(kindCount)
)

var _ [otherwiseNamed - 3*int(kindCount)]struct{} // they fit into a byte

// isToken says of a kind whether it is a token of the grammar, and no rule.
func (k kind) isToken() bool { return k >= kColon || k == kKeyword }

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

// compact gives the tree of a text without faults. goodNames says that checkNames and checkHomePaths had nothing to say.
func (t *tree) compact(goodNames bool) Compact {
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
	head := uint64(kept[len(t.nodes)]) << 1
	if !goodNames {
		head |= 1
	}
	out = binary.AppendUvarint(out, head)
	from := uint32(0) // where the gap is counted from
	for i, n := range t.nodes {
		if kept[i+1] == kept[i] {
			continue
		}
		within := kept[n.next] - kept[i+1]
		if n.start < from || leaves[n.kind] && within > 0 || fixed[n.kind] > 0 && n.end-n.start != fixed[n.kind] {
			return ""
		}
		if n.named == n.kind.isToken() {
			out = append(out, otherwiseNamed)
		}
		switch gap := n.start - from; gap {
		case 0:
			out = append(out, byte(n.kind))
		case 1:
			out = append(out, gapOne+byte(n.kind))
		default:
			out = append(out, gapMore+byte(n.kind))
			out = binary.AppendUvarint(out, uint64(gap))
		}
		from = n.end
		switch {
		case fixed[n.kind] > 0:
		case leaves[n.kind]:
			out = binary.AppendUvarint(out, uint64(n.end-n.start))
		case within > 0 && n.end == t.nodes[lastKept(kept, n.next)].end:
			out = binary.AppendUvarint(out, uint64(within)<<1)
			from = n.start
		default:
			out = binary.AppendUvarint(out, uint64(within)<<1|1)
			out = binary.AppendUvarint(out, uint64(n.end-n.start))
			if within > 0 {
				from = n.start
			}
		}
	}
	return Compact(out)
}

// lastKept is the last node before another one that is kept.
func lastKept(kept []int32, before int32) int32 {
	i := before - 1
	for kept[i+1] == kept[i] {
		i--
	}
	return i
}

// drops says whether nothing reads a node: it has no nodes within it.
func (t *tree) drops(i int32) bool {
	n := &t.nodes[i]
	return n.next == i+1 && (unread[n.kind] || n.kind == kIdentifier && i > 0 && t.nodes[i-1].kind == kVariable && t.nodes[i-1].next == i+1)
}

// goodNames says whether it is known that nothing is wrong with the names in the text.
func (c Compact) goodNames() bool { return c != "" && c[0]&1 == 0 }

// expand is the tree that a text has.
func (c Compact) expand(source string) *tree {
	at := 0
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
	if c == "" {
		return &tree{source: source}
	}
	t := &tree{source: source, nodes: nodesOf(int(number() >> 1))}
	from := uint32(0)
	for i := range t.nodes {
		code, otherwise := c[at], false
		if at++; code == otherwiseNamed {
			code, otherwise = c[at], true
			at++
		}
		start := from
		switch {
		case code >= gapMore:
			code -= gapMore
			start += number()
		case code >= gapOne:
			code -= gapOne
			start++
		}
		k := kind(code)
		n := node{start: start, end: start + fixed[k], next: int32(i) + 1, kind: k, named: k.isToken() == otherwise}
		switch {
		case fixed[k] > 0:
		case leaves[k]:
			n.end += number()
		default:
			within := number()
			n.next += int32(within >> 1)
			if within&1 != 0 {
				n.end += number()
			} else {
				n.end = endsAsLast
			}
		}
		if from = n.end; n.next > int32(i)+1 {
			from = start
		}
		t.nodes[i] = n
	}
	for i := range slices.Backward(t.nodes) {
		if n := &t.nodes[i]; n.end == endsAsLast {
			n.end = t.nodes[n.next-1].end
		}
	}
	return t
}

// endsAsLast stands for the end of a node until that of the last one within it is known.
const endsAsLast = ^uint32(0)
