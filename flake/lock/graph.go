// Package lock reads flake.lock, versions 5 to 7, into a graph of nodes with the place of every part. It does no I/O and
// never panics on what it reads; what is wrong in a file becomes a Problem, and the rest stays usable.
//
// It reads as Nix does (src/libflake/lockfile.cc, lockFlake in flake.cc), checked against a real Nix 2.34.
package lock

import (
	"iter"
	"sort"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// MaxSize is the number of bytes from which on a lock file is not read: 32 MiB. The largest real ones have about 1 MiB.
const MaxSize = 32 << 20

// NodeID numbers the nodes of one graph without gaps, from 0, in the order of the file.
type NodeID uint32

// NoNode stands where an edge leads nowhere.
const NoNode = ^NodeID(0)

// Graph is one lock file. It never changes, and it always has a root.
//
// Node and Input are views on its content, which is flat lists. Ten thousand leaves are held in memory at once: a graph of a Table has its
// content only for as long as somebody looks at it, and makes it again of what the table keeps.
type Graph struct {
	// Version is the number in the file, 0 where there is none. Nix reads 5, 6 and 7.
	Version int
	// Problems are in the order of the file, the first maxProblems of them.
	Problems []Problem

	// table and packed are where the content is kept, nil where the graph has it for good.
	table  *Table
	packed text.Place
	at     atomic.Pointer[content]
}

// content is what is in a lock file. It never changes once it is read, but for what is found out of it.
type content struct {
	root  NodeID
	nodes []node
	edges []edge
	steps []nameID // the elements of all paths, one after the other

	// names and references hold each value once. The first reference is no reference.
	names      []string
	references []ref.Ref
	// parents are those of the few nodes that have one.
	parents map[NodeID]path

	alike atomic.Pointer[alike] // see Alike
}

// content is made again where it is not at hand.
func (g *Graph) content() *content {
	if c := g.at.Load(); c != nil {
		return c
	}
	return g.table.unpack(g)
}

// nameID and referenceID are indexes into the lists of one graph.
type (
	nameID      uint32
	referenceID uint32
)

// maxProblems bounds what a hostile file can make us say.
const maxProblems = 100

type node struct {
	key                      nameID
	original, locked         referenceID
	keySpan, span            span32
	originalSpan, lockedSpan span32
	firstEdge, edgeCount     uint32
	flake, reached           bool
}

type edge struct {
	name           nameID
	nameSpan, span span32
	follows        path
	target         NodeID // where the edge leads in the end, through all follows
	isFollows      bool
	state          edgeState
}

type edgeState uint8

const (
	unresolved edgeState = iota
	resolving
	resolved
	missing  // leads to a node, or follows a path, that does not exist
	circular // follows itself
)

type path struct{ start, count uint32 }

type span32 struct{ start, end uint32 }

func compact(s text.Span) span32 { return span32{uint32(s.Start), uint32(s.End)} }

func (s span32) span() text.Span { return text.Span{Start: int(s.start), End: int(s.end)} }

func (c *content) name(id nameID) string { return c.names[id] }

// Root is the node of the flake that owns the lock file.
func (g *Graph) Root() Node { return Node{g, g.content().root} }

// Len is the number of nodes, the root and nodes that nothing leads to among them.
func (g *Graph) Len() int { return len(g.content().nodes) }

// EdgeCount is the number of edges of all nodes.
func (g *Graph) EdgeCount() int { return len(g.content().edges) }

// Node is the node of an id of this graph.
func (g *Graph) Node(id NodeID) Node { return Node{g, id} }

// Nodes gives all nodes in the order of the file.
func (g *Graph) Nodes() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for id := range g.content().nodes {
			if !yield(Node{g, NodeID(id)}) {
				return
			}
		}
	}
}

// At is the node whose key or value holds the offset.
func (g *Graph) At(offset int) (Node, bool) {
	for n := range g.Nodes() {
		if n.KeySpan().Cover(n.Span()).Touches(offset) && !n.Span().Empty() {
			return n, true
		}
	}
	return Node{}, false
}

// Node is a view on one node of a graph. Nodes are comparable: equal ones are the same node of the same graph.
type Node struct {
	graph *Graph
	id    NodeID
}

func (n Node) data() *node { return &n.graph.content().nodes[n.id] }

// ID is the node's number in its graph.
func (n Node) ID() NodeID { return n.id }

// Of is another node of the same graph.
func (n Node) Of(id NodeID) Node { return Node{n.graph, id} }

// Key is the node's label in the file. It is no identity: Nix makes it of an input's name and a number.
func (n Node) Key() string {
	c := n.graph.content()
	return c.name(c.nodes[n.id].key)
}

// KeySpan is the place of the key, with its quotes. It is empty for a root that the file lacks.
func (n Node) KeySpan() text.Span { return n.data().keySpan.span() }

// Span is the place of the node's object.
func (n Node) Span() text.Span { return n.data().span.span() }

// OriginalSpan is the place of the object `original`, empty where there is none.
func (n Node) OriginalSpan() text.Span { return n.data().originalSpan.span() }

// LockedSpan is the place of the object `locked`, empty where there is none.
func (n Node) LockedSpan() text.Span { return n.data().lockedSpan.span() }

// Flake is false for an input that is a plain source (`flake = false`).
func (n Node) Flake() bool { return n.data().flake }

// Reachable is false for a node that no chain of edges leads to from the root. Nix does not look at such nodes.
func (n Node) Reachable() bool { return n.data().reached }

// Parent is the path, from the root, of the input whose flake wrote the relative path of this one; ok is false where the
// node has no `parent`. The empty path is the root flake. Nix writes it for relative `path:` inputs since 2.26.
func (n Node) Parent() (path []string, ok bool) {
	c := n.graph.content()
	parent, ok := c.parents[n.id]
	return c.path(parent), ok
}

// Inputs gives the node's edges, sorted by name as Nix has them.
func (n Node) Inputs() iter.Seq[Input] {
	return func(yield func(Input) bool) {
		c := n.graph.content()
		for i := range c.edgesOf(n.id) {
			if !yield(c.input(c.nodes[n.id].firstEdge + uint32(i))) {
				return
			}
		}
	}
}

// InputCount is the number of the node's edges.
func (n Node) InputCount() int { return int(n.data().edgeCount) }

// Input is the edge of that name.
func (n Node) Input(name string) (Input, bool) {
	c := n.graph.content()
	i, ok := c.find(n.id, name)
	if !ok {
		return Input{}, false
	}
	return c.input(i), true
}

// Cursor is where in a node's edges the next one is looked for first: who asks for one name after the other, in their order, finds each at
// once. The zero Cursor is at the first one. It may be of any node.
type Cursor int

// InputFrom is Input with a cursor, which it puts behind the edge.
func (n Node) InputFrom(from *Cursor, name string) (Input, bool) {
	c := n.graph.content()
	i, ok := c.findFrom(n.id, from, name)
	if !ok {
		return Input{}, false
	}
	return c.input(i), true
}

// EntryFrom is the node of an input that has an entry of its own; ok is false where there is no such edge, or it follows another one or
// leads nowhere.
func (n Node) EntryFrom(from *Cursor, name string) (entry Node, ok bool) {
	c := n.graph.content()
	i, ok := c.findFrom(n.id, from, name)
	if !ok || c.edges[i].isFollows || c.edges[i].target == NoNode {
		return Node{}, false
	}
	return Node{n.graph, c.edges[i].target}, true
}

// Target is the node that the edge of that name leads to in the end, NoNode where it leads nowhere; ok is false where there is no such edge.
func (n Node) Target(name string) (target NodeID, ok bool) {
	c := n.graph.content()
	i, ok := c.find(n.id, name)
	if !ok {
		return NoNode, false
	}
	return c.edges[i].target, true
}

// Input is one edge of a node: an input with an entry of its own, or one that follows another.
type Input struct {
	Name string
	// NameSpan is the place of the name with its quotes, Span that of the node's key or of the path.
	NameSpan, Span text.Span
	// Target is the node that the input stands for in the end, through all follows, or NoNode where they lead nowhere or
	// in a circle.
	Target NodeID
	// Follows is the path, from the root of the lock, that the input follows. It is nil for an input with an entry of its
	// own, and empty but not nil for one that follows the root flake.
	Follows []string
	// Circular says that Target is NoNode because the follows go in a circle.
	Circular bool
}

// Names gives the names of the node's inputs, sorted.
func (n Node) Names() []string {
	c := n.graph.content()
	edges := c.edgesOf(n.id)
	names := make([]string, len(edges))
	for i := range edges {
		names[i] = c.name(edges[i].name)
	}
	return names
}

func (c *content) edgesOf(id NodeID) []edge {
	n := &c.nodes[id]
	return c.edges[n.firstEdge : n.firstEdge+n.edgeCount]
}

// find is the index of a node's edge.
func (c *content) find(id NodeID, name string) (uint32, bool) {
	edges := c.edgesOf(id)
	i := sort.Search(len(edges), func(i int) bool { return c.name(edges[i].name) >= name })
	if i == len(edges) || c.name(edges[i].name) != name {
		return 0, false
	}
	return c.nodes[id].firstEdge + uint32(i), true
}

func (c *content) findFrom(id NodeID, from *Cursor, name string) (uint32, bool) {
	first := c.nodes[id].firstEdge
	if edges := c.edgesOf(id); int(*from) < len(edges) && c.name(edges[*from].name) == name {
		*from++
		return first + uint32(*from-1), true
	}
	i, ok := c.find(id, name)
	if ok {
		*from = Cursor(i-first) + 1
	}
	return i, ok
}

func (c *content) input(i uint32) Input {
	e := &c.edges[i]
	in := Input{Name: c.name(e.name), NameSpan: e.nameSpan.span(), Span: e.span.span(), Target: e.target, Circular: e.state == circular}
	if e.isFollows {
		in.Follows = c.path(e.follows)
	}
	return in
}

// path is never nil.
func (c *content) path(p path) []string {
	elements := make([]string, p.count)
	for i, step := range c.steps[p.start : p.start+p.count] {
		elements[i] = c.name(step)
	}
	return elements
}
