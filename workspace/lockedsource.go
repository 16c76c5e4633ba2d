package workspace

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// LockedSource is the identity of what a node of a lock was fetched from. What the input asks for tells, because the address
// of what is locked can be that of one release (of FlakeHub, of a channel); of a registry id only the locked one does. It is
// "" for the root, and for a relative path, which is a part of the flake that has it.
func (s *Snapshot) LockedSource(n lock.Node) ref.Source {
	asked := n.Original()
	if asked.IsZero() || asked.Type() == ref.Indirect {
		asked = n.Locked()
	}
	if asked.Relative() {
		return ""
	}
	return s.Source(asked)
}

// LockedVersion is which version of its source a node of a lock holds: the commit, else the hash of its content without
// "sha256-". It is "" where the lock has neither.
func LockedVersion(n lock.Node) string {
	if rev := n.Rev(); rev != "" {
		return rev
	}
	return strings.TrimPrefix(n.NarHash(), "sha256-")
}

// Occurrences are the nodes of one lock that hold one flake (its source and `dir`), in the order of the file. Nodes that Nix
// does not look at are not among them.
type Occurrences struct {
	Nodes []lock.Node
	// Versions are the versions that they hold, each once, in the order of Nodes.
	Versions []string
}

// maxOccurrences is the number of nodes from which on a lock is not searched for sources that stand there twice: the largest
// real ones have a few hundred.
const maxOccurrences = 20_000

// Occurrences gives for each node of a lock where its source stands in the same lock; nodes without a source or a version are
// left out. complete is false, and nothing found, where the lock is far larger than any real one.
func (s *Snapshot) Occurrences(g *lock.Graph) (of map[lock.NodeID]*Occurrences, complete bool) {
	of = map[lock.NodeID]*Occurrences{}
	if g.Len() > maxOccurrences {
		return of, false
	}
	type flake struct {
		source ref.Source
		dir    string
	}
	type held struct {
		flake
		version string
	}
	bySource := map[flake]*Occurrences{}
	seen := map[held]bool{}
	for n := range g.Nodes() {
		source, version := s.LockedSource(n), LockedVersion(n)
		if !n.Reachable() || source == "" || version == "" {
			continue
		}
		at := flake{source, n.Locked().Dir()}
		o := bySource[at]
		if o == nil {
			o = &Occurrences{}
			bySource[at] = o
		}
		o.Nodes = append(o.Nodes, n)
		if !seen[held{at, version}] {
			seen[held{at, version}] = true
			o.Versions = append(o.Versions, version)
		}
		of[n.ID()] = o
	}
	return of, true
}
