package lock

import (
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Original is the reference as a flake.nix has it. It is the zero Ref where the node has none (the root) or where it is
// wrong, which is a problem then.
func (n Node) Original() ref.Ref {
	c := n.graph.content()
	return c.references[c.nodes[n.id].original]
}

// Locked is the reference with all that fixes it; in version 5 with what stands under `info`. It is the zero Ref where the
// node has none (the root) or where it is wrong, which is a problem then.
func (n Node) Locked() ref.Ref {
	c := n.graph.content()
	return c.references[c.nodes[n.id].locked]
}

// Rev is the locked commit hash, or "".
func (n Node) Rev() string { return n.Locked().Rev() }

// NarHash is the locked hash of the source's NAR serialisation, as an SRI string, or "".
func (n Node) NarHash() string { return n.Locked().NarHash() }

// LastModified is the time of the locked commit or of the newest file, in UTC. ok is false where the lock does not tell.
func (n Node) LastModified() (at time.Time, ok bool) {
	seconds, ok := n.Locked().Integer("lastModified")
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// RevCount is the number of ancestors of the locked commit. ok is false where the lock does not tell, as with forges.
func (n Node) RevCount() (count int64, ok bool) {
	return n.Locked().Integer("revCount")
}
