package lock

// Walk visits every input as `nix flake metadata` prints them: the root's inputs by name, below each its own inputs. An
// input that follows has nothing below it, and a node met again is not entered again. The path is good during the call only;
// visit returns false to leave out what lies below.
func (g *Graph) Walk(visit func(path []string, in Input) bool) { g.Root().Walk(visit) }

// Walk is Graph.Walk of what lies below a node, with paths from there.
func (n Node) Walk(visit func(path []string, in Input) bool) {
	c := n.graph.content()
	entered := make([]bool, len(c.nodes))
	entered[n.id] = true
	type frame struct{ next, end uint32 }
	frameOf := func(id NodeID) frame {
		n := &c.nodes[id]
		return frame{n.firstEdge, n.firstEdge + n.edgeCount}
	}
	stack := []frame{frameOf(n.id)}
	var path []string
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == top.end {
			stack = stack[:len(stack)-1]
			path = path[:max(0, len(path)-1)]
			continue
		}
		in := c.input(top.next)
		top.next++
		path = append(path, in.Name)
		if visit(path, in) && in.Follows == nil && in.Target != NoNode && !entered[in.Target] {
			entered[in.Target] = true
			stack = append(stack, frameOf(in.Target))
			continue
		}
		path = path[:len(path)-1]
	}
}

// Paths gives up to limit input paths that lead from the root to a node, the shortest first, those through follows among
// them. The root has the empty path. A node that nothing leads to has none. No path goes through one node twice.
func (g *Graph) Paths(to NodeID, limit int) [][]string {
	type arrival struct {
		from NodeID
		edge uint32
	}
	c := g.content()
	arrivals := make([][]arrival, len(c.nodes))
	for id := range c.nodes {
		n := &c.nodes[id]
		for i := n.firstEdge; i < n.firstEdge+n.edgeCount; i++ {
			if target := c.edges[i].target; target != NoNode && n.reached {
				arrivals[target] = append(arrivals[target], arrival{NodeID(id), i})
			}
		}
	}
	var paths [][]string
	queue := []*suffix{{at: to}}
	// Suffixes that cannot reach the root without going round are rare, but a hostile graph can be full of them.
	for budget := 1000 * (limit + 1); len(queue) > 0 && len(paths) < limit && budget > 0; budget-- {
		s := queue[0]
		queue = queue[1:]
		if s.at == c.root {
			path := []string{}
			for ; s.rest != nil; s = s.rest {
				path = append(path, s.name)
			}
			paths = append(paths, path)
			continue
		}
		for _, a := range arrivals[s.at] {
			if !s.passes(a.from) {
				queue = append(queue, &suffix{a.from, s, c.name(c.edges[a.edge].name)})
			}
		}
	}
	return paths
}

// suffix is the end of a path: from the node at, by the input name, to the rest.
type suffix struct {
	at   NodeID
	rest *suffix
	name string
}

func (s *suffix) passes(id NodeID) bool {
	for ; s != nil; s = s.rest {
		if s.at == id {
			return true
		}
	}
	return false
}
