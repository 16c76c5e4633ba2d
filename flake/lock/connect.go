package lock

// connect gives the root and each edge its node.
func (p *parser) connect() {
	g := p.graph
	root, ok := p.ids[p.rootKey]
	if !ok {
		// Nix reads this as a lock without inputs.
		root = NodeID(len(g.nodes))
		g.nodes = append(g.nodes, node{key: p.name(p.rootKey), flake: true})
		if !p.rootSpan.Empty() {
			p.report(false, MissingNode, NoNode, p.rootSpan, "`nodes` has no node %q", p.rootKey)
		}
	}
	g.root = root
	g.edges = make([]edge, len(p.edges))
	for id := range g.nodes {
		n := &g.nodes[id]
		for i := n.firstEdge; i < n.firstEdge+n.edgeCount; i++ {
			e := p.edges[i].edge
			if !e.isFollows {
				p.aim(NodeID(id), &e, p.edges[i].key)
			}
			g.edges[i] = e
		}
	}
	p.edges = p.edges[:0]
}

// aim sets the target of an edge that names a node.
func (p *parser) aim(from NodeID, e *edge, key string) {
	e.state = missing
	target, ok := p.ids[key]
	switch {
	case !ok:
		p.report(true, MissingNode, from, e.span.span(), "the input %q leads to the node %q, which `nodes` lacks", p.graph.name(e.name), key)
	case target == p.graph.root:
		p.report(true, RootCycle, from, e.span.span(), "the input %q leads to the root node", p.graph.name(e.name))
	default:
		e.target, e.state = target, resolved
	}
}

// reach marks the nodes that Nix looks at: those that a chain of edges leads to from the root, follows not counted. It judges
// each, and finds nodes that contain themselves.
func (p *parser) reach() {
	type frame struct {
		id   NodeID
		next uint32
	}
	g := p.graph
	open := make([]bool, len(g.nodes))
	enter := func(id NodeID) frame {
		g.nodes[id].reached, open[id] = true, true
		if id != g.root {
			p.judge(id)
		}
		return frame{id, g.nodes[id].firstEdge}
	}
	stack := []frame{enter(g.root)}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		n := &g.nodes[top.id]
		if top.next == n.firstEdge+n.edgeCount {
			open[top.id] = false
			stack = stack[:len(stack)-1]
			continue
		}
		e := &g.edges[top.next]
		top.next++
		switch {
		case e.isFollows || e.target == NoNode:
		case open[e.target]:
			p.report(true, NodeCycle, top.id, e.span.span(), "the input %q leads back to the node %q, which contains it",
				g.name(e.name), g.name(g.nodes[e.target].key))
		case !g.nodes[e.target].reached:
			stack = append(stack, enter(e.target))
		}
	}
	for id := range g.nodes {
		if n := &g.nodes[id]; !n.reached {
			p.report(false, UnreachableNode, NodeID(id), n.keySpan.span(), "nothing leads to the node %q; Nix drops it", g.name(n.key))
		}
	}
}
