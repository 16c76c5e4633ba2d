package lock

import (
	"fmt"
	"slices"
	"strings"
)

// PathError says that a path of input names leads to no node.
type PathError struct {
	// Path is the path that was asked for.
	Path []string
	// At is the index in Path of the first name that leads nowhere.
	At int
	// Follows is the path that this input follows, nil where the node simply has no such input or its entry is missing.
	Follows []string
	// Circular says that the follows go in a circle.
	Circular bool
}

func (e *PathError) Error() string {
	input := strings.Join(e.Path[:e.At+1], "/")
	switch {
	case e.Circular:
		return fmt.Sprintf("the input %q follows %q, which goes in a circle", input, strings.Join(e.Follows, "/"))
	case e.Follows != nil:
		return fmt.Sprintf("the input %q follows %q, which does not exist", input, strings.Join(e.Follows, "/"))
	}
	return fmt.Sprintf("the lock has no input %q", input)
}

// Resolve is the node that a path of input names leads to from the root, along edges and follows. The empty path is the
// root. The error is a *PathError.
//
// Nix also takes for a circle a path that meets one and the same followed path twice on its way, though it ends: with
// `p/b` following `p` and `a` following `p` it refuses `a/b`. No real lock does this, and we resolve it.
func (g *Graph) Resolve(path []string) (Node, error) {
	c := g.content()
	at := c.root
	for i, name := range path {
		x, ok := c.find(at, name)
		if !ok {
			return Node{g, NoNode}, &PathError{Path: path, At: i}
		}
		if at = c.edges[x].target; at == NoNode {
			in := c.input(x)
			return Node{g, NoNode}, &PathError{Path: path, At: i, Follows: in.Follows, Circular: in.Circular}
		}
	}
	return Node{g, at}, nil
}

// maxChain bounds what a hostile file can make us say. The longest real chain has five paths.
const maxChain = 100

// Chain gives the follows paths that lead from an input to its node, one after the other: none for an input with an entry of
// its own, one for a plain follows, more where the followed input follows in its turn. It ends where the chain breaks or
// closes into a circle, and after maxChain paths.
func (g *Graph) Chain(in Input) [][]string {
	var chain [][]string
	seen := map[string]bool{}
	for in.Follows != nil && len(chain) < maxChain {
		key := fmt.Sprintf("%q", in.Follows)
		if seen[key] {
			break
		}
		seen[key] = true
		chain = append(chain, in.Follows)
		if len(in.Follows) == 0 {
			break
		}
		last := len(in.Follows) - 1
		parent, err := g.Resolve(in.Follows[:last])
		if err != nil {
			break
		}
		next, ok := parent.Input(in.Follows[last])
		if !ok {
			break
		}
		in = next
	}
	return chain
}

// resolveAll finds the node of every edge that follows. Each edge is resolved once, whatever its chain; a chain may be as
// long as the file, so the stack is our own.
func (p *parser) resolveAll() {
	p.owners = slices.Grow(p.owners[:0], len(p.content.edges))[:len(p.content.edges)]
	r := resolver{p: p, c: p.content, owner: p.owners}
	for id := range r.c.nodes {
		n := &r.c.nodes[id]
		for i := n.firstEdge; i < n.firstEdge+n.edgeCount; i++ {
			r.owner[i] = NodeID(id)
		}
	}
	for id := range r.c.nodes {
		n := &r.c.nodes[id]
		for i := n.firstEdge; i < n.firstEdge+n.edgeCount; i++ {
			if r.c.edges[i].isFollows && r.c.edges[i].state == unresolved {
				r.resolve(i)
			}
		}
	}
}

type resolver struct {
	p     *parser
	c     *content
	owner []NodeID
	stack []pending
}

// pending is a follows edge on whose path we have come to a node, at names in.
type pending struct {
	edge uint32
	at   uint32
	node NodeID
}

func (r *resolver) push(i uint32) {
	r.c.edges[i].state = resolving
	r.stack = append(r.stack, pending{i, 0, r.c.root})
}

func (r *resolver) resolve(i uint32) {
	r.push(i)
	for len(r.stack) > 0 {
		top := &r.stack[len(r.stack)-1]
		e := &r.c.edges[top.edge]
		if top.at == e.follows.count {
			e.target, e.state = top.node, resolved
			r.stack = r.stack[:len(r.stack)-1]
			continue
		}
		name := r.c.name(r.c.steps[e.follows.start+top.at])
		next, ok := r.c.find(top.node, name)
		if !ok {
			r.fail(missing, "the input %q follows %q, but %s has no input %q", r.prefix(top, top.at), name)
			continue
		}
		switch step := &r.c.edges[next]; step.state {
		case resolved:
			top.node = step.target
			top.at++
		case unresolved:
			r.push(next)
		case resolving:
			r.fail(circular, "the input %q follows %q, which goes in a circle at %s", r.prefix(top, top.at+1), "")
		case circular:
			r.fail(circular, "the input %q follows %q, but %s goes in a circle", r.prefix(top, top.at+1), "")
		default:
			r.fail(missing, "the input %q follows %q, but %s leads nowhere", r.prefix(top, top.at+1), "")
		}
	}
}

// fail ends the topmost edge. What waits for it fails in its turn, when it looks at it again.
func (r *resolver) fail(state edgeState, format, where, name string) {
	top := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	e := &r.c.edges[top.edge]
	e.state = state
	code := UnknownFollows
	if state == circular {
		code = FollowsCycle
	}
	args := []any{r.c.name(e.name), strings.Join(r.c.path(e.follows), "/"), where}
	if name != "" {
		args = append(args, name)
	}
	r.p.report(false, code, r.owner[top.edge], e.span.span(), format, args...)
}

// prefix names the first count elements of an edge's path for a message.
func (r *resolver) prefix(at *pending, count uint32) string {
	f := r.c.edges[at.edge].follows
	if count == 0 {
		return "the root"
	}
	return fmt.Sprintf("%q", strings.Join(r.c.path(path{f.start, count}), "/"))
}
