package workspace

import (
	"slices"
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

	seen map[string]bool // Versions, once there are many
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
	bySource := map[lockedFlake]*Occurrences{}
	for n := range g.Nodes() {
		at, version, ok := s.lockedFlake(n)
		if !ok {
			continue
		}
		o := bySource[at]
		if o == nil {
			o = &Occurrences{}
			bySource[at] = o
		}
		o.add(n, version)
		of[n.ID()] = o
	}
	return of, true
}

// OccurrencesOf is what Occurrences has for one node; nil where it has nothing. All of the lock is looked through at the first question.
func (s *Snapshot) OccurrencesOf(g *lock.Graph, of lock.Node) (o *Occurrences, complete bool) {
	known, there := s.caches.occurrences.Load(g)
	if !there {
		of, complete := s.Occurrences(g)
		known, _ = s.caches.occurrences.LoadOrStore(g, allOccurrences{of, complete})
	}
	all := known.(allOccurrences)
	return all.of[of.ID()], all.complete
}

// allOccurrences is what Occurrences gives.
type allOccurrences struct {
	of       map[lock.NodeID]*Occurrences
	complete bool
}

// lockedFlake is a flake in the sense of Occurrences.
type lockedFlake struct {
	source ref.Source
	dir    string
}

// lockedFlake is what a node holds, and which version; ok is false where it is left out.
func (s *Snapshot) lockedFlake(n lock.Node) (at lockedFlake, version string, ok bool) {
	if version = LockedVersion(n); version == "" || !n.Reachable() {
		return at, "", false
	}
	at = lockedFlake{s.LockedSource(n), n.Locked().Dir()}
	return at, version, at.source != ""
}

func (o *Occurrences) add(n lock.Node, version string) {
	o.Nodes = append(o.Nodes, n)
	if o.seen == nil && len(o.Versions) < 8 { // as in all real locks
		if !slices.Contains(o.Versions, version) {
			o.Versions = append(o.Versions, version)
		}
		return
	}
	if o.seen == nil {
		o.seen = make(map[string]bool)
		for _, v := range o.Versions {
			o.seen[v] = true
		}
	}
	if !o.seen[version] {
		o.seen[version] = true
		o.Versions = append(o.Versions, version)
	}
}
