package diagnostics

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// candidate is an offer of pins that has the source of an input.
type candidate struct {
	*workspace.Offer
	// SameVersion says that ref and rev (of an archive, its URL) are equal too, SameName that the names are, as far as
	// `follows.aliases` tells them apart.
	SameVersion, SameName bool
}

// candidates are the offers of pins with the source, dir and flake of an input that has a reference: those of the same version
// first, of these the one of the same name first.
func (p *Pass) candidates(in *workspace.Input) []candidate {
	wanted := p.resolved(in.Reference)
	source := p.Snapshot.Source(wanted)
	var list []candidate
	for _, offer := range p.Pins.OffersOf(source) {
		resolved := p.resolved(offer.Reference)
		if offer.IsFlake != in.IsFlake || resolved.Dir() != wanted.Dir() {
			continue
		}
		list = append(list, candidate{offer, sameVersion(wanted, resolved), offer.Name == in.Name || p.Config.Follows.Aliases[in.Name] == offer.Name})
	}
	rank := func(c candidate) int {
		switch {
		case c.SameVersion && c.SameName:
			return 0
		case c.SameVersion:
			return 1
		case c.SameName:
			return 2
		}
		return 3
	}
	if len(list) > 1 {
		sortslice.StableFunc(list, func(a, b candidate) int { return rank(a) - rank(b) })
	}
	return list
}

// resolved is what a reference stands for; see ResolvedInput.
func (p *Pass) resolved(r ref.Ref) ref.Ref { return p.Snapshot.ResolvedInput(r) }

// sameVersion says whether two references to one source ask for the same of it. `main` and no ref at all are different: which
// branch is the default one only the host knows.
func sameVersion(a, b ref.Ref) bool {
	if a == b {
		return true
	}
	if x, ok := a.FlakeHub(); ok {
		y, _ := b.FlakeHub() // of the same source, and so of FlakeHub too
		return x.Requirement == y.Requirement
	}
	for _, r := range []ref.Ref{a, b} {
		// The version of an archive stands in its address.
		if r.Type() == ref.Tarball || r.Type() == ref.File {
			return a.Canonical() == b.Canonical()
		}
	}
	for _, name := range gitContent {
		if a.Is(name) != b.Is(name) {
			return false
		}
	}
	return branchOf(a) == branchOf(b) && a.Rev() == b.Rev() && a.NarHash() == b.NarHash()
}

// gitContent are the Booleans of a Git reference that decide what is fetched of a commit.
var gitContent = []string{"submodules", "lfs"}

// branchOf is the ref in the short form in which forges have it.
func branchOf(r ref.Ref) string { return strings.TrimPrefix(r.Ref(), "refs/heads/") }

// versionOf names what of its source a reference asks for, for a message: "ref `nixos-26.05`".
func versionOf(r ref.Ref) string {
	version := "the default branch"
	if hub, ok := r.FlakeHub(); ok {
		version = "version " + quoted(hub.Requirement)
	} else if r.Type() == ref.Tarball || r.Type() == ref.File || r.Type() == ref.Path {
		version = quoted(ref.Redact(r.String()))
	} else if r.Rev() != "" {
		version = "rev " + quoted(shortRev(r.Rev()))
	} else if r.Ref() != "" {
		version = "ref " + quoted(branchOf(r))
	}
	for _, name := range gitContent {
		if r.Is(name) {
			version += " with " + name
		}
	}
	if r.NarHash() != "" {
		version += " with a narHash"
	}
	return version
}

func shortRev(rev string) string { return rev[:min(len(rev), 10)] }

// offerNames are the names of all inputs that pins offers.
func offerNames(pins *workspace.Pins) []string {
	offers := pins.Offers()
	names := make([]string, len(offers))
	for i, o := range offers {
		names[i] = o.Name
	}
	return names
}
