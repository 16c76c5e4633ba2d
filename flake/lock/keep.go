package lock

import (
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Keeps says whether Nix keeps this entry for an input, or locks the input again.
//
// effective is the reference after the overrides of all ancestors; declarer is the path, from the root, of the flake that
// wrote it (nil for the root flake): the flake of the outermost override that holds, else the flake that declares the input.
// The entry is kept if its `original` equals effective, both canonical, as attributes and with their case, and if its
// `parent` is the declarer of a relative path, or absent for any other reference. Whether the input is a flake is not
// compared. An input that follows has no entry to keep: compare Input.Follows.
//
// Source: computeLocks in Nix 2.34's flake.cc.
func (n Node) Keeps(effective ref.Ref, declarer []string) bool {
	if n.Original().IsZero() || !n.Original().SameAs(effective) {
		return false
	}
	parent, hasParent := n.Parent()
	if !effective.Relative() {
		return !hasParent
	}
	return hasParent && slices.Equal(parent, declarer)
}

// Refetches says whether Nix fetches the flake of a kept input of the root again to lock it, so that nobody can tell from
// the lock alone what its inputs will be: where the entry has an input that follows, and the root no longer overrides that
// input (flake.nix may have dropped an override, or the input's own flake follows so). overridden tells of an input of this
// node whether the root's flake.nix overrides it.
func (n Node) Refetches(overridden func(input string) bool) bool {
	for in := range n.Inputs() {
		if in.Follows != nil && !overridden(in.Name) {
			return true
		}
	}
	return false
}
