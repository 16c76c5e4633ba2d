package graph

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Polyrepo is the graph of the flakes of some folders, named from the folder root: each leaf leads to the package set that its
// lock holds, the set to its pins flake, and each flake to what its lock holds of its own for its inputs. Flakes without a lock
// stand alone. What pins locks for itself is its newest set, and not drawn.
func Polyrepo(s *workspace.Snapshot, root string, dirs []string) *Graph {
	p := &polyrepo{
		snapshot: s, root: root, graph: &Graph{Version: 1, Of: "polyrepo", Nodes: []Node{}, Edges: []Edge{}},
		pins: map[workspace.PinsID]string{}, sets: map[setKey]string{}, sources: map[version]string{}, besides: map[version]bool{},
	}
	p.edges = newEdges(p.graph)
	leaves := map[string]*workspace.Leaf{}
	for _, l := range s.Leaves() {
		leaves[l.Dir] = l
	}
	isPins := map[string]workspace.PinsID{}
	for _, id := range s.AllPins() {
		isPins[id.Dir] = id
	}
	for _, dir := range dirs {
		if id, ok := isPins[dir]; ok && dir != "" {
			p.pinsNode(id)
			continue
		}
		node := p.add(Node{Kind: Flake, Name: p.name(dir)}, version{})
		leaf := leaves[dir]
		if leaf != nil && leaf.Set != nil {
			p.edges.add(node, p.setNode(leaf), leaf.Input, false)
		}
		if l := s.LockOf(dir); l != nil {
			p.own(node, leaf, l)
		}
	}
	p.graph.markRepeated(p.versions, p.besides)
	return p.graph
}

type polyrepo struct {
	snapshot *workspace.Snapshot
	root     string
	graph    *Graph
	edges    *edges
	versions []version // of the nodes of the graph
	pins     map[workspace.PinsID]string
	sets     map[setKey]string
	sources  map[version]string
	// besides are the versions that package sets hold.
	besides map[version]bool
}

// setKey is a package set as leaves of one branch of pins see it: how many newer ones there are is another number for another branch.
type setKey struct {
	pins       workspace.PinsID
	branch, id string
}

func (p *polyrepo) add(n Node, v version) string {
	n.ID = fmt.Sprintf("n%d", len(p.graph.Nodes))
	p.graph.Nodes, p.versions = append(p.graph.Nodes, n), append(p.versions, v)
	return n.ID
}

// name is a folder from the root.
func (p *polyrepo) name(dir string) string {
	name, err := filepath.Rel(p.root, dir)
	switch {
	case err != nil:
		return filepath.ToSlash(dir)
	case name == ".":
		return filepath.Base(dir)
	}
	return filepath.ToSlash(name)
}

func (p *polyrepo) pinsNode(id workspace.PinsID) string {
	node, known := p.pins[id]
	if !known {
		n := Node{Kind: Pins, Name: ref.Redact(string(id.Source)), Dir: id.Folder}
		if id.Dir != "" {
			n.Name, n.Dir = p.name(id.Dir), ""
		}
		node = p.add(n, version{})
		p.pins[id] = node
	}
	return node
}

func (p *polyrepo) setNode(l *workspace.Leaf) string {
	key := setKey{l.Pins, p.snapshot.OtherBranch(l), l.Set.ID}
	node, known := p.sets[key]
	if known {
		return node
	}
	n := Node{Kind: Set, Name: l.Set.ID, Ref: key.branch}
	n.takesVersion(l.Set.Base)
	if standing, ok := p.snapshot.HistoryOf(l).Standing(l); ok {
		n.Behind = &standing.Behind
	}
	node = p.add(n, version{})
	p.sets[key] = node
	p.edges.add(node, p.pinsNode(l.Pins), "", false)
	for _, in := range l.Set.Inputs() {
		if v := versionOf(p.snapshot, in.Node); v != (version{}) {
			p.besides[v] = true
		}
	}
	return node
}

// own draws what a lock holds for the inputs of its flake, but what is part of the flake, and pins.
func (p *polyrepo) own(from string, leaf *workspace.Leaf, l *lock.Graph) {
	for in := range l.Root().Inputs() {
		if in.Follows != nil || in.Target == lock.NoNode || leaf != nil && in.Name == leaf.Input {
			continue
		}
		n := l.Node(in.Target)
		v := versionOf(p.snapshot, n)
		if v == (version{}) {
			continue
		}
		to, known := p.sources[v]
		if !known {
			var node Node
			node.takes(p.snapshot, n)
			to = p.add(node, v)
			p.sources[v] = to
		}
		p.edges.add(from, to, in.Name, false)
	}
}

// The numbers from which on things are drawn as one: what does not fit on a screen is no picture.
const (
	maxFlakes  = 12 // that have the same package set and nothing else
	maxSources = 40 // that one flake alone has
	maxNamed   = 6  // of what is drawn as one
)

// Folded is a graph of a polyrepo that a person can look at: flakes that lead to the same nodes are one node where they are many,
// and so are the sources that one flake alone has.
func (g *Graph) Folded() *Graph {
	if g.Of != "polyrepo" {
		return g
	}
	return g.foldSources().foldFlakes()
}

// foldFlakes draws as one the flakes of a set which have nothing else, where they are many.
func (g *Graph) foldFlakes() *Graph {
	out := map[string][]string{}
	for _, e := range g.Edges {
		out[e.From] = append(out[e.From], e.To)
	}
	groups := map[string][]string{}
	for _, n := range g.Nodes {
		if n.Kind == Flake {
			key := fmt.Sprint(slices.Sorted(slices.Values(out[n.ID])))
			groups[key] = append(groups[key], n.ID)
		}
	}
	f := folding{into: map[string]string{}}
	for _, ids := range groups {
		if len(ids) > maxFlakes {
			f.fold(ids)
		}
	}
	return f.apply(g, Flakes)
}

// foldSources draws as one the sources that one flake alone has, where they are many. Those that stand at several revs stay.
func (g *Graph) foldSources() *Graph {
	user := map[string]string{}
	shared := map[string]bool{}
	for _, e := range g.Edges {
		if first, known := user[e.To]; known && first != e.From {
			shared[e.To] = true
		}
		user[e.To] = e.From
	}
	var alone []string
	for _, n := range g.Nodes {
		if n.Kind == Source && !n.Repeated && !shared[n.ID] {
			alone = append(alone, n.ID)
		}
	}
	f := folding{into: map[string]string{}}
	if len(alone) > maxSources {
		f.fold(alone)
	}
	return f.apply(g, Sources)
}

// folding says which nodes are drawn as which.
type folding struct{ into map[string]string }

func (f *folding) fold(ids []string) {
	for _, id := range ids {
		f.into[id] = ids[0]
	}
}

// apply is the graph with the nodes folded; those that stand for several become of the kind.
func (f *folding) apply(g *Graph, kind Kind) *Graph {
	if len(f.into) == 0 {
		return g
	}
	folded := &Graph{Version: g.Version, Of: g.Of, Nodes: []Node{}, Edges: []Edge{}}
	at := map[string]int{}
	for _, n := range g.Nodes {
		into, is := f.into[n.ID]
		if !is {
			folded.Nodes = append(folded.Nodes, n)
			continue
		}
		i, known := at[into]
		if !known {
			i = len(folded.Nodes)
			at[into] = i
			folded.Nodes = append(folded.Nodes, Node{ID: into, Kind: kind})
		}
		group := &folded.Nodes[i]
		group.Members = append(group.Members, n.Name)
		group.Count++
	}
	for i := range folded.Nodes {
		if n := &folded.Nodes[i]; n.Count > 0 && n.Name == "" {
			n.Name = fmt.Sprintf("%d %s", n.Count, n.Kind)
		}
	}
	to := func(id string) string { return cmp.Or(f.into[id], id) }
	edges := newEdges(folded)
	for _, e := range g.Edges {
		edge := edges.add(to(e.From), to(e.To), "", e.Follows)
		edge.Count += max(1, e.Count)
		for _, name := range e.Inputs {
			edges.add(edge.From, edge.To, name, e.Follows)
		}
	}
	return folded
}
