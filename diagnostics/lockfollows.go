package diagnostics

import (
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// fault is a follows of the tree that Nix refuses.
type fault struct {
	// edge is the follows at which it is reported, cause the one on its way whose path leads nowhere.
	edge, cause *lockedInput
	how         outcome
	// at is, where the way dangles, the index in cause.follows of the name that is not there, and node the flake that lacks it.
	at   int
	node *lockedNode
	// circle is, where it is circular, the paths from the first one that is met again to itself.
	circle [][]string
}

// way is a path being followed as Nix does: it never forgets where it was, so that it also takes for a circle what meets one
// followed path twice and ends nevertheless.
type way struct {
	locking *locking
	trail   [][]string
	// end is the path of the node that was found, of which nothing on the way follows.
	end []string
}

// find goes along the path that an edge follows.
func (w *way) find(edge *lockedInput, path []string) (*lockedNode, *fault) {
	for i, before := range w.trail {
		if slices.Equal(before, path) {
			return nil, &fault{cause: edge, how: circular, circle: append(slices.Clone(w.trail[i:]), path)}
		}
	}
	w.trail = append(w.trail, path)
	at, end := w.locking.root, []string(nil)
	for i, name := range path {
		in := at.inputs.named(name)
		if in == nil && at.open {
			// Nix refuses the path if there is no such input. If there is, what an override says of it counts.
			if override, _ := w.locking.overrideOf(end, name); override.isFollow {
				in = &lockedInput{lockEntry: override, path: pathBelow(end, []string{name})}
			}
		}
		switch {
		case in == nil && at.open:
			return nil, &fault{cause: edge, how: unknown, at: i, node: at}
		case in == nil:
			return nil, &fault{cause: edge, how: dangling, at: i, node: at}
		case in.isFollow:
			node, f := w.find(in, in.follows)
			if f != nil {
				return nil, f
			}
			at, end = node, w.end
		default:
			at, end = in.node, in.path
		}
	}
	w.end = end
	return at, nil
}

// faultOf says why Nix refuses what an edge follows; nil where it does not, or where the edge follows nothing. The fault may be
// that of another edge on the way.
func (l *locking) faultOf(edge *lockedInput) *fault {
	w := way{locking: l, trail: l.trail[:0]}
	_, f := w.find(edge, edge.follows)
	l.trail = w.trail
	if f != nil {
		f.edge = edge
	}
	return f
}

// faults are the follows for which Nix refuses to lock the flake, each at the edge that is its cause, as far as the judged
// flake or its lock says it: what another flake says on its own is a finding of that flake. They are found by the first rule that asks.
func (l *locking) faults() []*fault {
	if !l.faulted {
		l.refused, l.faulted = l.findFaults(), true
	}
	return l.refused
}

func (l *locking) findFaults() []*fault {
	var list []*fault
	circles := map[string]*fault{}
	for _, edge := range l.edges {
		if !edge.isFollow {
			continue
		}
		f := l.faultOf(edge)
		if f == nil || f.how == unknown {
			continue
		}
		edge.nowhere = true
		if f.how == dangling {
			if f.cause == edge || !l.blamed(f.cause) { // else the cause's own turn comes
				if l.blamed(edge) {
					list = append(list, f)
				}
			}
			continue
		}
		name := circleKey(f.circle)
		on := slices.ContainsFunc(f.circle, func(path []string) bool { return slices.Equal(path, edge.path) })
		switch known := circles[name]; {
		case !l.blamed(edge):
		case known == nil:
			circles[name] = f
			list = append(list, f)
		case on && !slices.ContainsFunc(known.circle, func(path []string) bool { return slices.Equal(path, known.edge.path) }):
			*known = *f // an edge of the circle says more than one that leads into it
		}
	}
	return list
}

// circleKey names a circle wherever one enters it.
func circleKey(circle [][]string) string {
	var keys []string
	for _, path := range circle[1:] {
		keys = append(keys, key(path))
	}
	slices.Sort(keys)
	return pathKey(keys)
}

// blamed says whether a fault of the edge is one of the judged flake: it wrote the edge, its lock holds it, or an override of
// its own reaches into the flake that wrote it.
func (l *locking) blamed(edge *lockedInput) bool {
	if l.written(edge.lockEntry) != nil || edge.input == nil {
		return true
	}
	return slices.ContainsFunc(l.edges, func(other *lockedInput) bool {
		return len(other.path) > 1 && other.path[0] == edge.path[0] && l.written(other.lockEntry) != nil
	})
}

// blame is the input of the judged flake at which a fault of the edge is reported: the edge itself, else the top-level input
// below which it stands.
func (l *locking) blame(edge *lockedInput) *workspace.Input {
	if in := l.written(edge.lockEntry); in != nil {
		return in
	}
	return l.flake.Input(edge.path[0])
}

// certainty says how sure it is that an override of the judged flake counts.
type certainty uint8

const (
	// idle: Nix does not look at it.
	idle certainty = iota
	// possible: only a fetch could tell whether the overridden flake has such an input.
	possible
	// certain: the overridden flake has such an input.
	certain
)

// counts says whether an input, or an override, that the judged flake writes is part of the tree.
func (l *locking) counts(in *workspace.Input) certainty {
	at := l.root
	for i, name := range in.Path {
		edge := at.inputs.named(name)
		if edge == nil {
			if at.open {
				return possible
			}
			return idle
		}
		switch {
		case i == len(in.Path)-1:
			if l.written(edge.lockEntry) == in {
				return certain
			}
			return idle
		case edge.isFollow:
			return idle
		}
		at = edge.node
	}
	return idle
}

// byPath are all inputs in an order that does not depend on that of the declarations: what is below one comes right after it.
func (l *locking) byPath() []*lockedInput {
	if l.sorted != nil {
		return l.sorted
	}
	list := l.root.appendBelow(make([]*lockedInput, 0, len(l.edges)))
	if len(list) != len(l.edges) { // one took the place of another one of its name
		list = slices.Clone(l.edges)
		slices.SortStableFunc(list, func(a, b *lockedInput) int { return slices.Compare(a.path, b.path) })
	}
	l.sorted = list
	return list
}

// appendBelow appends all inputs below a node, in the order of their paths.
func (n *lockedNode) appendBelow(list []*lockedInput) []*lockedInput {
	for _, in := range n.inputs {
		if list = append(list, in); in.node != nil {
			list = in.node.appendBelow(list)
		}
	}
	return list
}

// edgeOf is the edge that an input of the judged flake makes, nil where it makes none or follows.
func (l *locking) edgeOf(in *workspace.Input) *lockedInput {
	at := l.root
	for i, name := range in.Path {
		edge := at.inputs.named(name)
		if edge == nil || edge.node == nil {
			return nil
		}
		if i == len(in.Path)-1 {
			if l.written(edge.lockEntry) == in {
				return edge
			}
			return nil
		}
		at = edge.node
	}
	return nil
}

// inputAt is the input of the tree at a path; nil where there is none, or where it or one on the way follows.
func (l *locking) inputAt(path []string) *lockedInput {
	at, node := (*lockedInput)(nil), l.root
	for _, name := range path {
		if at = node.inputs.named(name); at == nil || at.node == nil {
			return nil
		}
		node = at.node
	}
	return at
}
