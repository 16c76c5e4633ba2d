package ide

import (
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// pinsVersion is another commit of a source, which pins has, than the one that a leaf has locked.
type pinsVersion struct {
	rev string
	at  time.Time // zero where that is not known
	// compare is the page that shows what changed from the older to the newer of the two, "" where the host has none.
	compare string
}

// String is the commit and its day.
func (p pinsVersion) String() string {
	said := shortRev(p.rev)
	if !p.at.IsZero() {
		said += " (" + p.at.Format(time.DateOnly) + ")"
	}
	return said
}

// pinsVersions gives, for the nodes of a leaf's lock that pins has too and at another commit, what pins has: for pins itself its newest
// commit with a package set of its own, for its inputs those of its newest set, and for an input of the leaf's own the one input of pins
// of the same source and, where there are several, of the same name. of is the one node that is asked about, NoNode for all.
func pinsVersions(s *workspace.Snapshot, leaf *workspace.Leaf, of lock.NodeID) map[lock.NodeID]pinsVersion {
	found := map[lock.NodeID]pinsVersion{}
	if leaf == nil || leaf.Set == nil {
		return found
	}
	history := s.HistoryOf(leaf)
	if history.Newest == nil {
		return found
	}
	add := func(n lock.Node, rev string, at time.Time) {
		held, dated := n.LastModified()
		if n.Rev() == "" || rev == "" || n.Rev() == rev {
			return
		}
		from, to := n.Rev(), rev
		if dated && !at.IsZero() && held.After(at) {
			from, to = to, from
		}
		found[n.ID()] = pinsVersion{rev, at, n.Locked().CompareURL(shortRev(from), shortRev(to))}
	}
	pins := leaf.Set.Base
	if at, ok := history.Standing(leaf); ok && at.Behind > at.Unpushed { // a page has what is pushed
		next := history.Sets[at.Unpushed]
		add(pins, next.Rev, next.At)
	}
	newest := history.Newest.Inputs()
	for _, in := range newest {
		edge, ok := pins.Input(in.Name)
		if !ok || edge.Target == lock.NoNode || of != lock.NoNode && edge.Target != of {
			continue
		}
		if held := pins.Of(edge.Target); s.LockedSource(held) == s.LockedSource(in.Node) {
			at, _ := in.Node.LastModified()
			add(held, in.Node.Rev(), at)
		}
	}
	var sources offeredSources
	for edge := range leaf.Lock.Root().Inputs() {
		if edge.Follows != nil || edge.Target == lock.NoNode || edge.Name == leaf.Input || of != lock.NoNode && edge.Target != of {
			continue
		}
		own := leaf.Lock.Node(edge.Target)
		if _, known := found[own.ID()]; known {
			continue
		}
		if sources.count == nil {
			sources = sourcesOf(s, newest)
		}
		if in, ok := sources.like(s, own, edge.Name); ok {
			at, _ := in.LastModified()
			add(own, in.Rev(), at)
		}
	}
	return found
}

// offeredSources are the inputs of a set by what they come from.
type offeredSources struct {
	byName map[namedSource]lock.Node
	// only has the one input of a source, count how many there are.
	only  map[namedSource]lock.Node
	count map[namedSource]int
}

// namedSource is a flake of a source, and the name of an input, "" for any.
type namedSource struct {
	source    ref.Source
	dir, name string
}

func sourcesOf(s *workspace.Snapshot, inputs []workspace.SetInput) offeredSources {
	o := offeredSources{map[namedSource]lock.Node{}, map[namedSource]lock.Node{}, map[namedSource]int{}}
	for _, in := range inputs {
		source := s.LockedSource(in.Node)
		if in.Follows || source == "" {
			continue
		}
		dir := in.Node.Locked().Dir()
		o.byName[namedSource{source, dir, in.Name}] = in.Node
		o.only[namedSource{source, dir, ""}] = in.Node
		o.count[namedSource{source, dir, ""}]++
	}
	return o
}

// like is the input that has the source of a node: the one of its name where there are several.
func (o offeredSources) like(s *workspace.Snapshot, n lock.Node, name string) (found lock.Node, ok bool) {
	key := namedSource{s.LockedSource(n), n.Locked().Dir(), name}
	if found, ok := o.byName[key]; ok {
		return found, true
	}
	key.name = ""
	return o.only[key], o.count[key] == 1
}

// pinsVersions are those of the leaf that the request is about, none where it is none; of one node, or of all for NoNode.
func (r *request) pinsVersions(of lock.NodeID) map[lock.NodeID]pinsVersion {
	if r.flake == nil || r.flake.Lock == nil {
		return nil
	}
	leaf := r.snapshot.LeafAt(r.flake.Dir)
	if leaf == nil || leaf.Lock != r.flake.Lock {
		return nil
	}
	return pinsVersions(r.snapshot, leaf, of)
}

// pinsFields say what pins has instead of a node.
func (r *request) pinsFields(p *page, n lock.Node) {
	if version, ok := r.pinsVersions(n.ID())[n.ID()]; ok {
		p.field("Pins has", version.String(), false)
		p.field("Compare", version.compare, false)
	}
}

// revSpan is where a lock has the rev of a node, without its quotes. ok is false where it has none, or writes it in another way.
func revSpan(source string, n lock.Node) (span text.Span, ok bool) {
	locked := n.LockedSpan()
	if n.Rev() == "" || locked.Empty() {
		return text.Span{}, false
	}
	i := strings.Index(locked.In(source), `"`+n.Rev()+`"`)
	if i < 0 {
		return text.Span{}, false
	}
	start := locked.Start + i + 1
	return text.Span{Start: start, End: start + len(n.Rev())}, true
}
