package ide

import (
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// What an item says of a source stands in two places. Beside the label there is room for some thirty characters in most editors, which cut
// off the rest: there what tells one offer from another comes first, the branch and the day, then the source. The detail has the whole.

// between stands between the parts of what is said of a source.
const between = " · "

// brief is a reference and what is locked for it, for beside a label: "nixos-26.05 · 2026-11-10 · NixOS/nixpkgs".
func brief(r ref.Ref, at workspace.Locked) string {
	room := make([]byte, 0, 80)
	version := r.Rev()
	if version = version[:min(len(version), 10)]; version == "" {
		version = r.Ref()
	}
	if room = append(room, version...); version != "" {
		room = append(room, between...)
	}
	if !at.Modified.IsZero() {
		room = append(at.Modified.UTC().AppendFormat(room, time.DateOnly), between...)
	}
	return string(append(room, briefSource(r)...))
}

// dated is a reference as it is to be read, and the day of what is locked for it.
func dated(reference string, at workspace.Locked) string {
	if at.Modified.IsZero() {
		return reference
	}
	room := append(append(make([]byte, 0, len(reference)+len(between)+len(time.DateOnly)), reference...), between...)
	return string(at.Modified.UTC().AppendFormat(room, time.DateOnly))
}

// briefSource is the source of a reference as people call it: OWNER/REPO on a forge.
func briefSource(r ref.Ref) string {
	if owner, repo := r.Owner(), r.Repo(); owner != "" && repo != "" {
		return owner + "/" + repo
	}
	if r.Type() == ref.Indirect {
		return r.ID()
	}
	return ref.Redact(string(r.Source()))
}

// updateFirst is said of what pins offers and the pins that flake.lock has does not: to follow it fails until pins is updated.
const updateFirst = "update pins first"

// ahead says that an offer is of that kind.
func (r *request) ahead(o *workspace.Offer) bool {
	return r.flake != nil && r.flake.Lock != nil && !o.InLock && r.pins.Declared != nil
}

// briefOffer and wholeOffer tell of what pins offers.
func (r *request) briefOffer(o *workspace.Offer) string {
	said := ""
	if o.HasReference {
		said = brief(o.Reference, o.Locked)
	}
	if r.ahead(o) {
		return strings.TrimSuffix(updateFirst+between+said, between)
	}
	return said
}

func (r *request) wholeOffer(o *workspace.Offer) string {
	if !o.HasReference {
		return ""
	}
	return dated(shown(o.Reference), o.Locked)
}
