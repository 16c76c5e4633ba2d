package lock

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Fetched is what a node fetches, whatever version of it: the flakes of one repository are told apart by their folder, and a flake from
// a plain source.
type Fetched struct {
	Source ref.Source // "" where the node has no reference
	Dir    string
	Flake  bool
}

// Fetched goes by what was asked for, since of an archive the lock has the address of one version; of an id by what it was then.
func (n Node) Fetched(renames ref.Renames) Fetched {
	is := n.Original()
	if is.Type() == ref.Indirect {
		is = n.Locked()
	}
	return Fetched{renames.Of(is.Source()), n.Locked().Dir(), n.Flake()}
}

// alike is what Alike has found under the renames that a number stands for.
type alike struct {
	renames uint64
	groups  []uint32
	count   int
}

// Alike puts the nodes that fetch the same into groups: by NodeID the number of the group, from 1 to count, and 0 for a node that is alone,
// without a source or relative to the flake that declares it. The list is nil where all are alone, and nobody may change it. Two lists
// of renames have the same number only if they are the same; under the last one the graph knows the answer while its content is at hand.
func (g *Graph) Alike(renames ref.Renames, number uint64) (groups []uint32, count int) {
	c := g.content()
	if known := c.alike.Load(); known != nil && known.renames == number {
		return known.groups, known.count
	}
	found := &alike{renames: number}
	type hashed struct {
		hash uint64
		id   NodeID
	}
	list := make([]hashed, 0, len(c.nodes))
	for id := range c.nodes {
		n := g.Node(NodeID(id))
		if fetched := n.Fetched(renames); fetched.Source != "" && !n.Locked().Relative() {
			list = append(list, hashed{maphash.Comparable(fetchedSeed, fetched), NodeID(id)})
		}
	}
	slices.SortFunc(list, func(a, b hashed) int { return cmp.Compare(a.hash, b.hash) })
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].hash == list[0].hash && g.Node(list[n].id).Fetched(renames) == g.Node(list[0].id).Fetched(renames) {
			n++
		}
		if n > 1 {
			if found.groups == nil {
				found.groups = make([]uint32, len(c.nodes))
			}
			found.count++
			for _, of := range list[:n] {
				found.groups[of.id] = uint32(found.count)
			}
		}
		list = list[n:]
	}
	c.alike.Store(found)
	return found.groups, found.count
}

var fetchedSeed = maphash.MakeSeed()
