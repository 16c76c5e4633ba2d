package lock

import "slices"

// connect gives the root and each edge its node.
func (p *parser) connect() {
	c := p.content
	root, ok := p.ids[p.rootKey]
	if !ok {
		// Nix reads this as a lock without inputs.
		root = NodeID(len(c.nodes))
		c.nodes = append(c.nodes, node{key: p.name(p.rootKey), flake: true})
		if !p.rootSpan.Empty() {
			p.report(false, MissingNode, NoNode, p.rootSpan, "`nodes` has no node %q", p.rootKey)
		}
	}
	c.root = root
	c.edges = slices.Grow(c.edges[:0], len(p.edges))[:len(p.edges)]
	clear(c.edges) // of a node that stands twice only the last edges count
	for id := range c.nodes {
		n := &c.nodes[id]
		for i := n.firstEdge; i < n.firstEdge+n.edgeCount; i++ {
			e := p.edges[i].edge
			if !e.isFollows {
				p.aim(NodeID(id), &e, p.edges[i].key)
			}
			c.edges[i] = e
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
		p.report(true, MissingNode, from, e.span.span(), "the input %q leads to the node %q, which `nodes` lacks", p.content.name(e.name), key)
	case target == p.content.root:
		p.report(true, RootCycle, from, e.span.span(), "the input %q leads to the root node", p.content.name(e.name))
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
	c := p.content
	open := make([]bool, len(c.nodes))
	enter := func(id NodeID) frame {
		c.nodes[id].reached, open[id] = true, true
		if id != c.root {
			p.judge(id)
		}
		return frame{id, c.nodes[id].firstEdge}
	}
	stack := []frame{enter(c.root)}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		n := &c.nodes[top.id]
		if top.next == n.firstEdge+n.edgeCount {
			open[top.id] = false
			stack = stack[:len(stack)-1]
			continue
		}
		e := &c.edges[top.next]
		top.next++
		switch {
		case e.isFollows || e.target == NoNode:
		case open[e.target]:
			p.report(true, NodeCycle, top.id, e.span.span(), "the input %q leads back to the node %q, which contains it",
				c.name(e.name), c.name(c.nodes[e.target].key))
		case !c.nodes[e.target].reached:
			stack = append(stack, enter(e.target))
		}
	}
	for id := range c.nodes {
		if n := &c.nodes[id]; !n.reached {
			p.report(false, UnreachableNode, NodeID(id), n.keySpan.span(), "nothing leads to the node %q; Nix drops it", c.name(n.key))
		}
	}
}
