package workspace

import (
	"sync"
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
	// Dir is the folder of the pins flake where it lies in the workspace (or on this disk behind a path: reference), else "".
	Dir string

	// leaf is the flake that sees it, in snapshot; flake is that of Dir, read without a note.
	leaf, flake *Flake
	snapshot    *Snapshot
	asked       int // by one goroutine: a recording snapshot has no more
	noteOnce    sync.Once

	referenceOnce sync.Once
	reference     string
	offersOnce    sync.Once
	offers        []*Offer
	// known is what offers were made of, in the same order; nil where they are of a lock, or none.
	known *knownOffers
}

// Reference is how leaves of the workspace refer to it, most used first place wins: what an edit that adds the input writes. "" where
// nothing is known.
func (p *Pins) Reference() string {
	p.referenceOnce.Do(func() { p.reference = p.snapshot.referenceFor(p.leaf, p) })
	return p.reference
}

// Most leaves need little of what pins says. What they ask for one by one is noted so, and an edit of pins then changes nothing for a leaf
// for which each answer is the same.

// Flake is the pins flake, with all that it says; nil where it is not at hand.
func (p *Pins) Flake() *Flake {
	p.noteOnce.Do(func() {
		if p.flake != nil && p.snapshot.reads != nil {
			p.snapshot.settledFlake(p.Dir)
		}
	})
	return p.flake
}

// Unnoted is Flake without a note: for who edits it, as edits are always made from a fresh look (see Recording), or notes by InputNamed what is
// read of it.
func (p *Pins) Unnoted() *Flake { return p.flake }

// Declares says whether the pins flake is at hand and has an input of a name.
func (p *Pins) Declares(name string) bool {
	if p.flake == nil {
		return false
	}
	p.asks(question{about: pinsDeclares, folder: p.Dir, name: name})
	return p.flake.Input(name) != nil
}

// Offers are the inputs that pins offers, in the order of their declaration (of the lock, where only that is known). The list is not the
// caller's own.
func (p *Pins) Offers() []*Offer {
	p.Flake()
	return p.allOffers()
}

// Offer finds an offer by the name of the input, or gives nil; p may be nil.
func (p *Pins) Offer(name string) *Offer {
	if p == nil {
		return nil
	}
	if p.flake != nil {
		p.asks(question{about: pinsOffer, folder: p.Dir, name: name})
	}
	all := p.allOffers()
	if p.known == nil {
		return offerOf(all, name)
	}
	if i, ok := p.known.index[name]; ok {
		return all[i]
	}
	return nil
}

// mostAsked is how many questions of a leaf to pins are noted one by one. Who asks more depends on nearly all that pins says anyway. An open
// leaf is edited itself, most of the time: what it depends on is of no use then, and there are few.
const mostAsked = 64

func (p *Pins) asks(q question) {
	if p.snapshot.reads == nil {
		return
	}
	if p.asked++; p.asked > mostAsked || p.snapshot.open[p.leaf.File.Path] != nil {
		p.Flake()
		return
	}
	p.snapshot.asks(q)
}

// InputNamed is an input of the pins flake, nil where that has none such or is not at hand. What it says is noted, not where: Flake is to be
// asked by who shows a place.
func (p *Pins) InputNamed(name string) *Input {
	if p.flake == nil {
		return nil
	}
	p.asks(question{about: pinsInput, folder: p.Dir, name: name})
	return p.flake.Input(name)
}

// OffersOf are the offers of a source, as Snapshot.Source gives it of what the references of inputs stand for.
func (p *Pins) OffersOf(source ref.Source) []*Offer {
	s, all := p.snapshot, p.allOffers()
	if p.flake != nil {
		p.asks(question{about: pinsSource, folder: p.Dir, source: source}) // also of a pins that offers nothing yet
	}
	if len(all) == 0 {
		return nil // a leaf whose pins is no flake for it has none, whatever that offers
	}
	var list []*Offer
	if p.flake == nil {
		for _, o := range all {
			if s.Source(s.ResolvedInput(o.Reference)) == source {
				list = append(list, o)
			}
		}
		return list
	}
	for _, i := range s.all().offersBySource(p.flake)[source] {
		list = append(list, all[i])
	}
	return list
}

func (p *Pins) allOffers() []*Offer {
	p.offersOnce.Do(func() { p.offers = p.snapshot.findOffers(p.leaf, p) })
	return p.offers
}

func offerOf(offers []*Offer, name string) *Offer {
	for _, o := range offers {
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
