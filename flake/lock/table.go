package lock

import (
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Table keeps the graphs of many lock files in little memory, some 60 bytes a node: each as one text in a store, with the names and
// the references that several hold only once. A graph of it has its content while somebody looks at it. Its methods may be called from
// many goroutines.
type Table struct {
	store *text.Store

	lock sync.Mutex
	// names and references are where each is in the store; nil once the table is complete.
	names      map[string]text.Place
	references map[ref.Ref]text.Place

	// looked are the graphs whose contents were made last.
	looked [lookedAt]*Graph
	next   int
	graphs []Graph // for the next files: side by side they take less room
}

// lookedAt is how many contents a table has at hand, of some KB each. Rules look at the locks of one leaf after another.
const lookedAt = 64

// graphsAtOnce are made at a time.
const graphsAtOnce = 64

// NewTable makes a table that keeps graphs in a store.
func NewTable(store *text.Store) *Table {
	return &Table{store: store, names: map[string]text.Place{}, references: map[ref.Ref]text.Place{}}
}

// Parse is the function Parse of a lock file that the table keeps.
func (t *Table) Parse(source string) (*Graph, error) { return parse(source, t) }

// graph is for the next file.
func (t *Table) graph() *Graph {
	if t == nil {
		return new(Graph)
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.names == nil {
		return new(Graph)
	}
	if len(t.graphs) == 0 {
		t.graphs = make([]Graph, graphsAtOnce)
	}
	g := &t.graphs[0]
	t.graphs = t.graphs[1:]
	return g
}

// Complete says that all files are read, and frees what only reading needs. Graphs that are read later stand alone.
func (t *Table) Complete() {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.names, t.references, t.graphs = nil, nil, nil
}

// The packed content is a list of numbers: the counts of the lists, the lists one after the other, and the parents. A place or an offset
// is its distance from where it would be if the file looked as Nix writes it.
type (
	packer   struct{ out []byte }
	unpacker struct{ text.Packed }
)

func (p *packer) number(n uint32) { p.out = text.AppendNumber(p.out, n) }

func (p *packer) near(n, expected uint32) { p.out = text.AppendNear(p.out, n, expected) }

// span is a place that is expected to start at an offset.
func (p *packer) span(s span32, start uint32) {
	p.near(s.start, start)
	p.number(s.end - s.start)
}

func (u *unpacker) span(start uint32) span32 {
	s := span32{start: u.Near(start)}
	s.end = s.start + u.Number()
	return s
}

// packers are memory that one graph after the other uses.
var packers = sync.Pool{New: func() any { return new(packer) }}

// pack keeps the content of a graph. It says false where there is no room for it; then the graph is as it was.
func (t *Table) pack(g *Graph, c *content) bool {
	p := packers.Get().(*packer)
	defer packers.Put(p)
	p.out = p.out[:0]
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.names == nil || !t.packStrings(p, c) {
		return false
	}
	p.number(uint32(c.root))
	p.number(uint32(len(c.nodes)))
	p.number(uint32(len(c.edges)))
	p.number(uint32(len(c.steps)))
	after := span32{}
	edges := uint32(0)
	for i := range c.nodes {
		n := &c.nodes[i]
		p.number(bit(n.flake) | bit(n.reached)<<1 | bit(n.originalSpan != span32{})<<2 | bit(n.lockedSpan != span32{})<<3)
		p.number(uint32(n.key))
		p.span(n.keySpan, after.end)
		p.span(n.span, n.keySpan.end)
		if n.originalSpan != (span32{}) {
			p.number(uint32(n.original))
			p.span(n.originalSpan, n.span.end)
		}
		if n.lockedSpan != (span32{}) {
			p.number(uint32(n.locked))
			p.span(n.lockedSpan, n.span.start)
		}
		p.near(n.firstEdge, edges)
		p.number(n.edgeCount)
		edges = n.firstEdge + n.edgeCount
		after = n.span
	}
	after = span32{}
	steps := uint32(0)
	for i := range c.edges {
		e := &c.edges[i]
		p.number(uint32(e.state)<<1 | bit(e.isFollows))
		p.number(uint32(e.name))
		p.span(e.nameSpan, after.end)
		p.span(e.span, e.nameSpan.end)
		p.number(uint32(e.target) + 1) // NoNode is 0
		if e.isFollows {
			p.near(e.follows.start, steps)
			p.number(e.follows.count)
			steps = e.follows.start + e.follows.count
		}
		after = e.span
	}
	for _, step := range c.steps {
		p.number(uint32(step))
	}
	p.number(uint32(len(c.parents)))
	for id, parent := range c.parents {
		p.number(uint32(id))
		p.number(parent.start)
		p.number(parent.count)
	}
	at, ok := t.store.Put(string(p.out))
	if !ok {
		return false
	}
	g.table, g.packed = t, at
	g.at.Store(nil)
	return true
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// packStrings writes where the names and the references are.
func (t *Table) packStrings(p *packer, c *content) bool {
	p.number(uint32(len(c.names)))
	for _, name := range c.names {
		at, known := t.names[name]
		if !known {
			var ok bool
			if at, ok = t.store.Put(name); !ok {
				return false
			}
			t.names[t.store.Get(at)] = at
		}
		p.number(uint32(at))
	}
	p.number(uint32(len(c.references)))
	for _, r := range c.references {
		at, known := t.references[r]
		if !known {
			var ok bool
			if at, ok = t.store.Put(string(r.AppendPacked(nil))); !ok {
				return false
			}
			t.references[ref.Unpack(t.store.Get(at))] = at
		}
		p.number(uint32(at))
	}
	return true
}

// unpack makes the content of a graph again.
func (t *Table) unpack(g *Graph) *content {
	u := unpacker{text.Unpack(t.store.Get(g.packed))}
	c := &content{names: make([]string, u.Number())}
	for i := range c.names {
		c.names[i] = t.store.Get(text.Place(u.Number()))
	}
	c.references = make([]ref.Ref, u.Number())
	for i := range c.references {
		c.references[i] = ref.Unpack(t.store.Get(text.Place(u.Number())))
	}
	c.root = NodeID(u.Number())
	c.nodes, c.edges, c.steps = make([]node, u.Number()), make([]edge, u.Number()), make([]nameID, u.Number())
	after := span32{}
	edges := uint32(0)
	for i := range c.nodes {
		n := &c.nodes[i]
		flags := u.Number()
		n.flake, n.reached = flags&1 != 0, flags&2 != 0
		n.key = nameID(u.Number())
		n.keySpan = u.span(after.end)
		n.span = u.span(n.keySpan.end)
		if flags&4 != 0 {
			n.original = referenceID(u.Number())
			n.originalSpan = u.span(n.span.end)
		}
		if flags&8 != 0 {
			n.locked = referenceID(u.Number())
			n.lockedSpan = u.span(n.span.start)
		}
		n.firstEdge = u.Near(edges)
		n.edgeCount = u.Number()
		edges = n.firstEdge + n.edgeCount
		after = n.span
	}
	after = span32{}
	steps := uint32(0)
	for i := range c.edges {
		e := &c.edges[i]
		kind := u.Number()
		e.state, e.isFollows = edgeState(kind>>1), kind&1 != 0
		e.name = nameID(u.Number())
		e.nameSpan = u.span(after.end)
		e.span = u.span(e.nameSpan.end)
		e.target = NodeID(u.Number() - 1)
		if e.isFollows {
			e.follows = path{start: u.Near(steps)}
			e.follows.count = u.Number()
			steps = e.follows.start + e.follows.count
		}
		after = e.span
	}
	for i := range c.steps {
		c.steps[i] = nameID(u.Number())
	}
	if count := u.Number(); count > 0 {
		c.parents = make(map[NodeID]path, count)
		for range count {
			id := NodeID(u.Number())
			start := u.Number()
			c.parents[id] = path{start, u.Number()}
		}
	}
	return t.look(g, c)
}

// look puts a content at hand, and forgets the one that was longest.
func (t *Table) look(g *Graph, c *content) *content {
	if !g.at.CompareAndSwap(nil, c) {
		if now := g.at.Load(); now != nil {
			return now
		}
		return c // forgotten already
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if old := t.looked[t.next]; old != nil {
		old.at.Store(nil)
	}
	t.looked[t.next] = g
	t.next = (t.next + 1) % lookedAt
	return c
}
