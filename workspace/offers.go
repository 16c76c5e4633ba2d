package workspace

import (
	"slices"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// findOffers finds what a leaf can follow below its pins: what pins declares where its flake.nix is at hand, else what the leaf's
// lock holds.
func (s *Snapshot) findOffers(f *Flake, p *Pins) []*Offer {
	if !ref.IsID(p.Input) || p.Declared != nil && !p.Declared.IsFlake {
		return nil
	}
	node, locked := pinsNode(f, p)
	var list []*Offer
	if p.flake == nil {
		if !locked {
			return nil
		}
		for in := range node.Inputs() {
			if o := newOffer(p.Input, in.Name, FromLock); o != nil && in.Target != lock.NoNode {
				o.InLock = true
				o.take(f.Lock.Node(in.Target))
				list = append(list, o)
			}
		}
		return list
	}
	known := knownOffersOf(p.flake, p.Input)
	p.known = known
	if last := known.last.Load(); last != nil && last.node == node {
		return last.list
	}
	list = known.list
	for i, o := range known.list {
		target, inLock := lock.NoNode, false
		if locked {
			target, inLock = node.Target(o.Name)
		}
		if inLock && (known.own[i] || target == lock.NoNode) {
			continue
		}
		if &list[0] == &known.list[0] {
			list = slices.Clone(known.list)
		}
		own := *o
		if own.InLock = inLock; !known.own[i] && target != lock.NoNode {
			own.lockedAt(f.Lock.Node(target))
		}
		list[i] = &own
	}
	known.last.Store(&leafOffers{node, list})
	return list
}

// knownOffers are what a pins flake offers under a name to a leaf whose lock has all of it: the same for most leaves. Nobody changes
// them.
type knownOffers struct {
	input string
	lock  *lock.Graph // of the pins flake
	list  []*Offer
	own   []bool         // whether the lock of the pins flake tells what is locked
	index map[string]int // of list, by name
	// sources are those of list under the renames that held last, nil where a registry has a say in them.
	sources atomic.Pointer[sourcedOffers]
	// last are the offers to the leaf that was looked at last: somebody may be typing in it.
	last atomic.Pointer[leafOffers]
}

// leafOffers are what the leaves are offered whose lock has a node for pins; the zero Node stands for those whose lock has none.
type leafOffers struct {
	node lock.Node
	list []*Offer
}

// sourcedOffers are the indices of offers by their sources, under renames with a hash.
type sourcedOffers struct {
	renames uint64
	by      map[ref.Source][]int
}

// named is the offer of a name, or nil.
func (k *knownOffers) named(name string) *Offer {
	if i, ok := k.index[name]; ok {
		return k.list[i]
	}
	return nil
}

// knownOffersOf are those of a pins flake under a name.
func knownOffersOf(pins *Flake, input string) *knownOffers {
	place := &pins.File.offers
	if known := place.Load(); known != nil && known.input == input && known.lock == pins.Lock {
		return known
	}
	known := &knownOffers{input: input, lock: pins.Lock, index: make(map[string]int, len(pins.Inputs))}
	for _, in := range pins.Inputs {
		o := newOffer(input, in.Name, FromManifest)
		if o == nil {
			continue
		}
		o.InLock, o.IsFlake, o.Declaration = true, in.IsFlake, declarationOf(pins, in)
		if end := endOf(pins, in); end != nil {
			o.Reference, o.HasReference, o.IsFlake = end.Reference, end.HasReference, end.IsFlake
		}
		own := inputNode(pins.Lock, in.Name)
		if own != (lock.Node{}) {
			o.lockedAt(own)
			if in.IsFollow && !o.HasReference {
				o.Reference, o.IsFlake = own.Original(), own.Flake()
				o.HasReference = !o.Reference.IsZero()
			}
		}
		if _, there := known.index[o.Name]; !there {
			known.index[o.Name] = len(known.list)
		}
		known.list, known.own = append(known.list, o), append(known.own, own != lock.Node{})
	}
	place.Store(known)
	return known
}

// offersBySource are the indices of what a pins flake offers by their sources. They stay as they are while somebody types in a leaf.
func (s *Snapshot) offersBySource(pins *Flake) map[ref.Source][]int {
	if known, ok := s.caches.offered.Load(pins.File); ok {
		return known.(map[ref.Source][]int)
	}
	offers, renames := knownOffersOf(pins, "pins"), s.renamesHash()
	sources := offers.sources.Load()
	if sources == nil || sources.renames != renames {
		sources = &sourcedOffers{renames, map[ref.Source][]int{}}
		resolved := false
		for i, o := range offers.list {
			source := s.Source(s.ResolvedInput(o.Reference))
			sources.by[source] = append(sources.by[source], i)
			resolved = resolved || o.Reference.Type() == ref.Indirect
		}
		if !resolved {
			offers.sources.Store(sources)
		}
	}
	s.caches.offered.Store(pins.File, sources.by)
	return sources.by
}

// said is what a pins flake says of an offer.
type said struct {
	there, hasReference, isFlake bool
	reference                    ref.Ref
	rev, narHash                 string
	modified                     int64
	declaration                  Location
}

func (o *Offer) said() said {
	if o == nil {
		return said{}
	}
	return said{true, o.HasReference, o.IsFlake, o.Reference, o.Locked.Rev, o.Locked.NarHash, o.Locked.Modified.UnixNano(), o.Declaration}
}

func newOffer(input, name string, origin Origin) *Offer {
	if !ref.IsID(name) {
		return nil
	}
	return &Offer{Name: name, Path: input + "/" + name, Origin: origin, IsFlake: true}
}

// take fills an offer from the node that a lock has for it.
func (o *Offer) take(n lock.Node) {
	o.Reference, o.IsFlake = n.Original(), n.Flake()
	o.HasReference = !o.Reference.IsZero()
	o.lockedAt(n)
}

func (o *Offer) lockedAt(n lock.Node) {
	o.Locked = Locked{Rev: n.Rev(), NarHash: n.NarHash()}
	if at, ok := n.LastModified(); ok {
		o.Locked.Modified = at
	}
}

// pinsNode is the node of pins in the leaf's own lock.
func pinsNode(f *Flake, p *Pins) (lock.Node, bool) {
	if p.Declared == nil {
		return lock.Node{}, false
	}
	n := inputNode(f.Lock, p.Input)
	return n, n != (lock.Node{})
}

// inputNode is the node of a root input, the zero Node where there is none.
func inputNode(g *lock.Graph, name string) lock.Node {
	if g == nil {
		return lock.Node{}
	}
	n, err := g.Resolve([]string{name})
	if err != nil {
		return lock.Node{}
	}
	return n
}

// endOf is the input of the same flake at which an input's follows end; nil where they lead into another flake, nowhere or
// in a circle.
func endOf(f *Flake, in *Input) *Input {
	for range f.Inputs {
		if !in.IsFollow {
			return in
		}
		if len(in.Follows) != 1 {
			return nil
		}
		if in = f.Input(in.Follows[0]); in == nil {
			return nil
		}
	}
	return nil
}

func declarationOf(f *Flake, in *Input) Location {
	at := Location{Path: f.File.Path}
	if in.Syntax != nil {
		at.Span = in.Syntax.Attr.Span()
	} else {
		at.Span = in.Formal.NameSpan
	}
	return at
}
