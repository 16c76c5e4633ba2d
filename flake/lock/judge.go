package lock

import (
	"maps"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// reference turns the attributes of a node into a reference. Nix reads it only in nodes that it looks at; settle knows.
func (p *parser) reference(id NodeID, what string, value part, info ref.Attrs) referenceID {
	if value.span.Empty() || p.reader.Err() != nil {
		return 0
	}
	if known, ok := references.find(value.text); ok && len(info) == 0 {
		return p.referenceID(known)
	}
	attrs := p.attributes(id, what, value)
	if attrs == nil {
		return 0
	}
	maps.Copy(attrs, info)
	reference, err := ref.FromAttrs(attrs)
	if err != nil {
		p.report(true, InvalidReference, id, value.span, "`%s` is no reference: %v", what, err)
	} else if len(info) == 0 {
		references.keep(value.text, reference)
	}
	return p.referenceID(reference)
}

// judge finds what Nix refuses in one node that it looks at and that is not the root.
func (p *parser) judge(id NodeID) {
	n := p.graph.Node(id)
	if n.OriginalSpan().Empty() {
		p.report(true, MissingAttribute, id, n.KeySpan(), "the node %q has no `original`", n.Key())
	}
	if n.LockedSpan().Empty() {
		p.report(true, MissingAttribute, id, n.KeySpan(), "the node %q has no `locked`", n.Key())
		return
	}
	locked := n.Locked()
	if locked.IsZero() || locked.Relative() {
		return // a problem already, or locked together with the flake that it lies in
	}
	if lacks := lackingLock(locked); lacks != "" {
		hashed := locked.NarHash() != "" // then Nix only warns
		p.report(!hashed, UnlockedInput, id, n.LockedSpan(), "the input is not locked: `locked` has no `%s`", lacks)
	}
}

// lackingLock is the attribute that a reference needs for Nix to get the same source again, or "" if it has it: Nix's
// Input::isLocked, fetcher by fetcher.
func lackingLock(locked ref.Ref) string {
	switch locked.Type() {
	case ref.Git:
		if strings.Trim(locked.Rev(), "0") == "" { // a hash of zeros stands for a dirty tree
			return "rev"
		}
	case ref.Path, ref.Tarball, ref.File:
		if locked.NarHash() == "" {
			return "narHash"
		}
	case ref.Indirect:
		return "type" // other than indirect
	default:
		if locked.Rev() == "" {
			return "rev"
		}
	}
	return ""
}
