package lock

import (
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/spanjson"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Parse reads the text of a flake.lock. The error is an *Error and says that there is nothing to read; then the graph is nil.
// Everything else that is wrong stands in the graph's Problems.
func Parse(source string) (*Graph, error) { return parse(source, nil) }

// parse is Parse of a graph that is kept in a table, or, where that is nil, by itself.
func parse(source string, table *Table) (*Graph, error) {
	work := scratchPool.Get().(*scratch)
	g := table.graph()
	p := &parser{reader: spanjson.NewReader(source, MaxSize), graph: g, content: &work.content, scratch: work}
	defer p.release()
	g.at.Store(p.content)
	p.referenceID(ref.Ref{})
	p.file()
	p.reader.End()
	if err := p.reader.Err(); err != nil {
		return nil, err
	}
	p.connect()
	p.reach()
	p.resolveAll()
	p.settle()
	if table == nil || !table.pack(g, p.content) {
		g.at.Store(p.content.clone())
	}
	return g, nil
}

type parser struct {
	reader   *spanjson.Reader
	graph    *Graph
	content  *content // of the graph, in the scratch
	rootKey  string
	rootSpan text.Span
	*scratch
}

// scratch is memory that one text after the other uses: what is looked up, and the lists until their lengths are known.
type scratch struct {
	ids          map[string]NodeID
	seen         map[string]bool // the names of the node that is being read
	nameIDs      map[string]nameID
	referenceIDs map[ref.Ref]referenceID

	edges   []keyedEdge
	content content // with names that are parts of the text
	owners  []NodeID
}

var scratchPool = sync.Pool{New: func() any {
	return &scratch{
		ids: map[string]NodeID{}, seen: map[string]bool{}, nameIDs: map[string]nameID{}, referenceIDs: map[ref.Ref]referenceID{},
	}
}}

// maxPooled is the number of names or edges over which memory is not kept for the next text. Real locks have a tenth of it.
const maxPooled = 1 << 12

// release gives the scratch back, and makes it forget the text, of which names are parts. The graph holds nothing of it.
func (p *parser) release() {
	s, c := p.scratch, p.content
	if max(len(s.ids), len(s.seen), len(s.nameIDs), len(s.referenceIDs), cap(s.edges), cap(c.steps)) > maxPooled {
		return
	}
	clear(s.ids)
	clear(s.seen)
	clear(s.nameIDs)
	clear(s.referenceIDs)
	clear(s.edges[:cap(s.edges)])
	clear(c.names[:cap(c.names)])
	clear(c.references[:cap(c.references)])
	s.edges = s.edges[:0]
	*c = content{nodes: c.nodes[:0], edges: c.edges[:0], steps: c.steps[:0], names: c.names[:0], references: c.references[:0]}
	scratchPool.Put(s)
}

// name is the index of a name.
func (p *parser) name(name string) nameID {
	id, known := p.nameIDs[name]
	if !known {
		id = nameID(len(p.content.names))
		p.nameIDs[name] = id
		p.content.names = append(p.content.names, name)
	}
	return id
}

// referenceID is the index of a reference.
func (p *parser) referenceID(reference ref.Ref) referenceID {
	id, known := p.referenceIDs[reference]
	if !known {
		id = referenceID(len(p.content.references))
		p.referenceIDs[reference] = id
		p.content.references = append(p.content.references, reference)
	}
	return id
}

// keyedEdge is an edge whose node has perhaps not been read yet.
type keyedEdge struct {
	edge
	key string
}

func (p *parser) file() {
	start := p.reader.Kind()
	var versionSpan text.Span
	seen := map[string]bool{}
	span, ok := p.reader.Object(func(name string, span text.Span) {
		p.duplicate(seen, name, span, NoNode)
		switch name {
		case "version":
			versionSpan = p.version()
		case "root":
			key, span, ok := p.reader.String()
			if !ok {
				p.report(true, WrongType, NoNode, span, "`root` is no string: it must be the key of a node")
			}
			p.rootKey, p.rootSpan = key, span
		case "nodes":
			p.nodes()
		}
	})
	if start == 0 {
		return
	}
	if !ok {
		p.report(true, WrongType, NoNode, span, "a lock file is an object with `nodes`, `root` and `version`")
		return
	}
	if p.rootSpan.Empty() {
		p.report(true, MissingAttribute, NoNode, text.Span{Start: span.Start, End: span.Start + 1}, "`root` is missing")
	}
	if p.graph.Version < 5 || p.graph.Version > 7 {
		if versionSpan.Empty() {
			versionSpan = text.Span{Start: span.Start, End: span.Start + 1}
		}
		p.report(true, UnsupportedVersion, NoNode, versionSpan, "the lock file has version %d; Nix reads 5, 6 and 7", p.graph.Version)
	}
}

func (p *parser) version() text.Span {
	p.graph.Version = 0
	value, span, ok := p.reader.Scalar()
	number, isNumber := value.(int64)
	if !ok || !isNumber {
		p.report(true, WrongType, NoNode, span, "`version` is no number")
	} else if number == int64(int32(number)) {
		p.graph.Version = int(number)
	}
	return span
}

// nodes reads the object of all nodes. Where it stands twice the last one counts.
func (p *parser) nodes() {
	p.content.nodes, p.content.steps, p.edges = p.content.nodes[:0], p.content.steps[:0], p.edges[:0]
	p.content.parents = nil
	p.retract(func(id NodeID) bool { return id != NoNode })
	clear(p.ids)
	span, ok := p.reader.Object(func(key string, keySpan text.Span) {
		id, again := p.ids[key]
		if again {
			p.retract(func(other NodeID) bool { return other == id })
			delete(p.content.parents, id)
			p.report(false, DuplicateName, NoNode, keySpan, "the node %q stands twice; the last one counts", key)
		} else {
			id = NodeID(len(p.content.nodes))
			p.ids[key] = id
			p.content.nodes = append(p.content.nodes, node{})
		}
		n := p.node(id, key)
		n.keySpan = compact(keySpan)
		p.content.nodes[id] = n
	})
	if !ok && p.reader.Err() == nil {
		p.report(true, WrongType, NoNode, span, "`nodes` is no object")
	}
}

func (p *parser) node(id NodeID, key string) node {
	n := node{key: p.name(key), flake: true, firstEdge: uint32(len(p.edges))}
	clear(p.seen)
	var original, locked part
	var info ref.Attrs
	span, ok := p.reader.Object(func(name string, span text.Span) {
		p.duplicate(p.seen, name, span, id)
		switch name {
		case "inputs":
			p.edges = p.edges[:n.firstEdge]
			p.inputs(id)
		case "original":
			original = p.part()
			n.originalSpan = compact(original.span)
		case "locked":
			locked = p.part()
			n.lockedSpan = compact(locked.span)
		case "info":
			// Version 5 kept narHash and lastModified apart.
			info = p.attributes(id, name, p.part())
		case "flake":
			value, span, _ := p.reader.Scalar()
			flake, ok := value.(bool)
			if !ok {
				p.report(true, WrongType, id, span, "`flake` is no boolean")
				flake = true
			}
			n.flake = flake
		case "parent":
			parent, span, ok := p.path(id)
			if !ok {
				p.report(true, WrongType, id, span, "`parent` is no list of input names")
			}
			delete(p.content.parents, id)
			if ok {
				if p.content.parents == nil {
					p.content.parents = map[NodeID]path{}
				}
				p.content.parents[id] = parent
			}
		}
	})
	if !ok && p.reader.Err() == nil {
		p.report(true, WrongType, id, span, "the node %q is no object", key)
	}
	n.original = p.reference(id, "original", original, nil)
	n.locked = p.reference(id, "locked", locked, info)
	n.span = compact(span)
	p.sortInputs(id, n.firstEdge)
	n.edgeCount = uint32(len(p.edges)) - n.firstEdge
	return n
}

// part is a value that is read later.
type part struct {
	text string
	span text.Span
}

func (p *parser) part() part {
	value, span := p.reader.Raw()
	return part{value, span}
}

// attributes reads the value of `original`, `locked` or `info`. It is nil where something is wrong, and has been said.
func (p *parser) attributes(id NodeID, what string, value part) ref.Attrs {
	if p.reader.Err() != nil {
		return nil
	}
	attrs, wrong := ref.Attrs{}, false
	reader := p.reader.Within(value.span)
	_, ok := reader.Object(func(name string, _ text.Span) {
		value, span, ok := reader.Scalar()
		if !ok {
			p.report(true, WrongType, id, span, "`%s.%s` must be a string, a number or a boolean", what, name)
			wrong = true
		}
		attrs[name] = value
	})
	if !ok {
		p.report(true, WrongType, id, value.span, "`%s` is no object", what)
		wrong = true
	}
	if wrong {
		attrs = nil
	}
	return attrs
}

func (p *parser) inputs(id NodeID) {
	if p.reader.Kind() == 'n' { // Nix takes null for an empty object
		return
	}
	span, ok := p.reader.Object(func(name string, nameSpan text.Span) {
		e := keyedEdge{edge: edge{name: p.name(name), nameSpan: compact(nameSpan), target: NoNode}}
		if p.reader.Kind() == '[' {
			follows, span, ok := p.path(id)
			if !ok {
				p.report(true, WrongInput, id, span, "the follows path of the input %q must be a list of input names", name)
				return
			}
			e.isFollows, e.follows, e.span = true, follows, compact(span)
		} else {
			target, span, ok := p.reader.String()
			if !ok && p.reader.Err() == nil {
				p.report(true, WrongInput, id, span, "the input %q must be the key of a node, or the list of input names that it follows", name)
				return
			}
			e.span, e.key = compact(span), target
		}
		p.edges = append(p.edges, e)
	})
	if !ok && p.reader.Err() == nil {
		p.report(true, WrongInput, id, span, "`inputs` is no object")
	}
}

// path reads a list of input names.
func (p *parser) path(id NodeID) (path, text.Span, bool) {
	at := path{start: uint32(len(p.content.steps))}
	strings := true
	span, ok := p.reader.Array(func(int) {
		name, _, ok := p.reader.String()
		strings = strings && ok
		p.content.steps = append(p.content.steps, p.name(name))
	})
	at.count = uint32(len(p.content.steps)) - at.start
	return at, span, ok && strings
}

// sortInputs sorts the edges from first on, those of one node, by name. Of equal names it keeps the last one.
func (p *parser) sortInputs(id NodeID, first uint32) {
	edges := p.edges[first:]
	sortslice.StableFunc(edges, func(a, b keyedEdge) int { return strings.Compare(p.content.name(a.name), p.content.name(b.name)) })
	kept := edges[:0]
	for i, e := range edges {
		if i+1 < len(edges) && edges[i+1].name == e.name {
			p.report(false, DuplicateName, id, edges[i+1].nameSpan.span(), "the input %q stands twice; the last one counts", p.content.name(e.name))
			continue
		}
		kept = append(kept, e)
	}
	p.edges = p.edges[:int(first)+len(kept)]
}

func (p *parser) duplicate(seen map[string]bool, name string, span text.Span, id NodeID) {
	if seen[name] {
		p.report(false, DuplicateName, id, span, "`%s` stands twice; the last one counts", name)
	}
	seen[name] = true
}

// clone is a copy that holds nothing of the text.
func (c *content) clone() *content {
	copied := &content{root: c.root, nodes: slices.Clone(c.nodes), edges: slices.Clone(c.edges), steps: slices.Clone(c.steps), references: slices.Clone(c.references), parents: c.parents}
	all := strings.Clone(strings.Join(c.names, "")) // of one name Join gives that itself
	copied.names = make([]string, len(c.names))
	for i, name := range c.names {
		copied.names[i], all = all[:len(name)], all[len(name):]
	}
	return copied
}
