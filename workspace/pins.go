package workspace

import (
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Role is what a flake is in the polyrepo.
type Role uint8

// The roles. RoleUnknown is a flake of which nothing says so: it is treated as a leaf where it has a pins input.
const (
	RoleUnknown Role = iota
	RolePins
	RoleLeaf
	RoleStandalone
)

// Pins is the pins flake as one leaf sees it.
type Pins struct {
	// Input is the name under which the leaf has it or, where it has no such input yet, the name that it would get.
	Input string
	// Declared is the leaf's own input; nil where the leaf lacks it (Flake is then set).
	Declared *Input
	// Called says that a setting, a role or a name of `pins.inputs` calls it pins. Where it is false, others merely follow
	// through it: good for completion and hover, never for a finding.
	Called bool
	// Flake is the pins flake where it lies in the workspace (or on this disk behind a path: reference), else nil.
	Flake *Flake
	// Reference is how leaves of the workspace refer to it, most used first place wins: what an edit that adds the input
	// writes. "" where nothing is known.
	Reference string
	// Offers are the inputs that it offers, in the order of their declaration (of the lock, where only that is known).
	Offers []*Offer
}

// Offer finds an offer by the name of the input, or gives nil; p may be nil.
func (p *Pins) Offer(name string) *Offer {
	if p == nil {
		return nil
	}
	for _, o := range p.Offers {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// Origin says from where an offer is known.
type Origin uint8

// The origins, best first.
const (
	FromManifest Origin = iota // pins' flake.nix in the workspace
	FromLock                   // the leaf's own flake.lock, node pins
)

// Offer is one input of pins.
type Offer struct {
	// Name is the input's name in pins, Path what a leaf writes: "pins/NAME".
	Name, Path string
	Origin     Origin
	// Reference is what pins declares for it (for FromLock the node's `original`), valid where HasReference; an offer that
	// itself follows has the reference of its end where that is known.
	Reference    ref.Ref
	HasReference bool
	IsFlake      bool
	// Locked is what pins' own lock (else the leaf's) holds for it.
	Locked Locked
	// InLock says that the leaf's lock has it below its pins node: without `nix flake update pins` it can be followed.
	InLock bool
	// Declaration is where pins declares it; Path "" where the manifest is not at hand.
	Declaration Location
}

// Locked is what a lock says of a node.
type Locked struct {
	// Rev is the full commit id, "" where the source has none.
	Rev string
	// Modified is the time of the source, zero where it is not known.
	Modified time.Time
	NarHash  string
}

// Location is a span of a file.
type Location struct {
	Path string
	Span text.Span
}
