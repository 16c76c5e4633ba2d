package parse

import (
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// treeBuilder collects the tree of a text while it is recognized. A node is added when its end is known, behind what it holds;
// until the tree is finished its `next` counts the nodes of its subtree, itself among them.
type treeBuilder struct {
	nodes    []node
	comments []text.Span
	scratch  *scratch
}

// scratch is memory that one text after the other uses.
type scratch struct {
	nodes []node
	// places and depths are, while the nodes are put in order, where each goes and how deep it is.
	places, depths []int32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxScratch is the number of nodes over which memory is not kept for the next text.
const maxScratch = 1 << 16

func (b *treeBuilder) begin() {
	b.scratch = scratches.Get().(*scratch)
	b.nodes = b.scratch.nodes[:0]
}

func (b *treeBuilder) release() {
	if cap(b.nodes) <= maxScratch {
		b.scratch.nodes = b.nodes
		scratches.Put(b.scratch)
	}
}

// mark is a place at which a node may begin: what is added from here on will be within it.
type mark struct{ nodes, start int }

// mark is the place of the token.
func (r *recognizer) mark() mark { return mark{len(r.nodes), r.tok.span.Start} }

// wrap adds a node that holds what has been added since the mark, and ends before the token.
func (r *recognizer) wrap(k kind, at mark) { r.wrapTo(k, at, r.before.span.End) }

func (r *recognizer) wrapTo(k kind, at mark, end int) {
	r.nodes = append(r.nodes, node{start: uint32(at.start), end: uint32(end), next: int32(len(r.nodes) - at.nodes + 1), kind: k, named: true})
}

// leaf adds a node that holds nothing.
func (r *recognizer) leaf(k kind, span text.Span) {
	r.nodes = append(r.nodes, node{start: uint32(span.Start), end: uint32(span.End), next: 1, kind: k, named: k < kColon})
}

// leafExpr adds the token as an expression, and takes it.
func (r *recognizer) leafExpr(k kind) {
	r.leaf(k, r.tok.span)
	r.next()
}

// finish gives the tree, or nil where it is deeper than is read.
func (b *treeBuilder) finish(source string) *tree {
	b.nodes = append(b.nodes, node{end: uint32(len(source)), next: int32(len(b.nodes) + 1), kind: kSource, named: true})
	n := len(b.nodes)
	if cap(b.scratch.places) < n {
		b.scratch.places, b.scratch.depths = make([]int32, cap(b.nodes)), make([]int32, cap(b.nodes))
	}
	places, depths := b.scratch.places[:n], b.scratch.depths[:n]
	places[n-1], depths[n-1] = 0, 0
	ordered := make([]node, n)
	// Backwards a node comes before what it holds, and what it holds from last to first.
	for i := n - 1; i >= 0; i-- {
		size, at := b.nodes[i].next, places[i]
		ordered[at] = b.nodes[i]
		ordered[at].next = at + size
		if depths[i] > maxDepth {
			return nil
		}
		end := at + size
		for c, first := int32(i)-1, int32(i)-size+1; c >= first; {
			held := b.nodes[c].next
			end -= held
			places[c], depths[c] = end, depths[i]+1
			c -= held
		}
	}
	return &tree{source: source, nodes: ordered, comments: b.comments}
}
