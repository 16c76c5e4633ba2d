package graph

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Locked is the graph of one lock; name is what the flake itself is called. Nodes of the lock that hold the same version of one
// flake are one node here. Nodes that nothing leads to are left out.
func Locked(s *workspace.Snapshot, name string, l *lock.Graph) *Graph {
	g := &Graph{Version: 1, Of: "lock", Edges: []Edge{}}
	of := map[lock.NodeID]int{}
	byVersion := map[version]int{}
	var versions []version
	for n := range l.Nodes() {
		if !n.Reachable() {
			continue
		}
		v := versionOf(s, n)
		if i, known := byVersion[v]; known && v != (version{}) {
			of[n.ID()] = i
			g.Nodes[i].Keys = append(g.Nodes[i].Keys, n.Key())
			continue
		}
		of[n.ID()] = len(g.Nodes)
		byVersion[v] = len(g.Nodes)
		node := Node{ID: fmt.Sprintf("n%d", len(g.Nodes)), Keys: []string{n.Key()}}
		if n == l.Root() {
			node.Kind, node.Name = Flake, name
		} else {
			node.takes(s, n)
		}
		g.Nodes, versions = append(g.Nodes, node), append(versions, v)
	}
	edges := newEdges(g)
	for n := range l.Nodes() {
		if !n.Reachable() {
			continue
		}
		for in := range n.Inputs() {
			if to, ok := of[in.Target]; ok && in.Target != lock.NoNode {
				edges.add(g.Nodes[of[n.ID()]].ID, g.Nodes[to].ID, in.Name, in.Follows != nil)
			}
		}
	}
	g.markRepeated(versions, nil)
	return g
}

// edges adds to the edges of a graph, with the inputs between the same two nodes in one edge.
type edges struct {
	graph *Graph
	index map[edgeKey]int
	named map[edgeName]bool
}

type edgeKey struct {
	from, to string
	follows  bool
}

type edgeName struct {
	edgeKey
	input string
}

func newEdges(g *Graph) *edges { return &edges{g, map[edgeKey]int{}, map[edgeName]bool{}} }

// add adds an input to an edge; "" for none. The edge is good until the next one is added.
func (e *edges) add(from, to, input string, follows bool) *Edge {
	key := edgeKey{from, to, follows}
	i, known := e.index[key]
	if !known {
		i = len(e.graph.Edges)
		e.index[key] = i
		e.graph.Edges = append(e.graph.Edges, Edge{From: from, To: to, Inputs: []string{}, Follows: follows})
	}
	edge := &e.graph.Edges[i]
	if name := (edgeName{key, input}); input != "" && !e.named[name] {
		e.named[name] = true
		edge.Inputs = append(edge.Inputs, input)
	}
	return edge
}
