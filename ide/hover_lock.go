package ide

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// lockHover tells of a node or of an edge of a flake.lock.
func lockHover(s *workspace.Snapshot, file *workspace.File, offset int, p *page) text.Span {
	r := newLockRequest(s, file)
	if r == nil {
		return text.Span{}
	}
	at, ok := r.place(offset)
	if !ok {
		return text.Span{}
	}
	if !at.isEdge {
		p.title(at.node.Key())
		r.nodePage(p, at.node)
		return at.span
	}
	title := pathText(at.follows)
	if at.follows == nil {
		title = at.edge.Name
		if at.node != r.graph.Root() {
			title = at.node.Key() + "/" + title
		}
	}
	p.title(title)
	if at.edge.Follows != nil && at.follows == nil {
		p.field("Follows", followsText(at.edge.Follows), true)
		if chain := r.graph.Chain(at.edge); len(chain) > 1 {
			p.field("Which follows", strings.Join(pathTexts(chain[1:min(len(chain), 1+maxListed)]), " → "), true)
		}
	}
	target, why := r.edgeTarget(at)
	if why != "" {
		p.text(escaped(why))
		return at.span
	}
	if target == r.graph.Root() {
		p.text("This is the flake itself: the input drops a dependency.")
		return at.span
	}
	p.field("Node", target.Key(), true)
	r.nodePage(p, target)
	return at.span
}

// followsText is a follows path as it is written; the flake itself is the empty string.
func followsText(path []string) string {
	if len(path) == 0 {
		return `""`
	}
	return pathText(path)
}

// edgeTarget is the node that an edge, or the part of its path at the place, leads to, or why it leads nowhere.
func (r *lockRequest) edgeTarget(at lockPlace) (target lock.Node, why string) {
	if at.follows != nil {
		target, err := r.graph.Resolve(at.follows)
		if err != nil {
			return target, "It leads nowhere: " + err.Error() + "."
		}
		return target, ""
	}
	switch {
	case at.edge.Target != lock.NoNode:
		return r.graph.Node(at.edge.Target), ""
	case at.edge.Circular:
		return target, "It goes in a circle."
	case at.edge.Follows != nil:
		return target, "It leads nowhere: the lock has no such input."
	}
	return target, "The lock has no such node."
}

// nodePage tells what a node is, who brings it in and where else its source stands.
func (r *lockRequest) nodePage(p *page, n lock.Node) {
	if n == r.graph.Root() {
		p.field("Flake", "this one", false)
		p.list("Inputs", n.Names(), 0)
		p.field("Nodes", fmt.Sprint(r.graph.Len()), false)
		return
	}
	sourceFields(p, n, "", r.snapshot.Now())
	r.storeField(p, n)
	if r.ask(); r.flake != nil && r.flake.Lock == r.graph {
		r.pinsFields(p, n)
	}
	if !n.Reachable() {
		p.text("No input leads here: Nix leaves the node out when it locks the flake again.")
		return
	}
	others, complete := r.others(n)
	ids := []lock.NodeID{n.ID()}
	for _, other := range others {
		ids = append(ids, other.ID())
	}
	l := r.locate(ids...)
	p.list("Brought in by", pathTexts(l.brought), l.moreBrought)
	p.list("Followed by", pathTexts(l.followers), l.moreFollowers)
	p.list("Also reached as", r.aliases(n, l), 0)
	p.list("Inputs", n.Names(), 0)
	for i, other := range others {
		if i == maxListed {
			p.field("Other revs", fmt.Sprintf("%d more", len(others)-i), false)
			break
		}
		p.field("Other rev", shortRev(workspace.LockedVersion(other))+r.dateOf(other)+" at "+pathText(l.path[other.ID()]), false)
	}
	if !complete {
		p.text(fmt.Sprintf("The lock has %d nodes: too many to look for this source at other revs.", r.graph.Len()))
	}
	r.setFields(p, n)
}

// sourceFields say what a node is. asked is the reference that has been told already, "" for none; now is the day by which its age counts,
// which is not told without.
func sourceFields(p *page, n lock.Node, asked string, now time.Time) {
	if original := n.Original(); !original.IsZero() {
		name, url := "Reference", urlOf(original)
		if asked != "" {
			name = "Locked for" // the lock is older than what is written
		}
		if url != asked {
			p.field(name, ref.Redact(url), true)
		}
		if original.Type() == ref.Indirect && !n.Locked().IsZero() {
			p.field("Resolved to", ref.Redact(urlOf(n.Locked().WithoutRev())), true)
		}
	}
	if !n.Flake() {
		p.field("Flake", "no, a plain source", false)
	}
	if rev := n.Rev(); rev != "" {
		p.field("Locked", rev, true)
	} else {
		p.field("Locked", n.NarHash(), true)
	}
	if at, ok := n.LastModified(); ok {
		day := at.Format(time.DateOnly)
		if !now.IsZero() {
			day += ", " + ago(now, at)
		}
		p.field("Date", day, false)
	}
	if parent, ok := n.Parent(); ok {
		of := "this flake"
		if len(parent) > 0 {
			of = pathText(parent)
		}
		p.field("Part of", of, len(parent) > 0)
	}
	p.field("Page", n.Locked().WebURL(), false)
}

func (r *request) dateOf(n lock.Node) string {
	if at, ok := n.LastModified(); ok {
		return " (" + at.Format(time.DateOnly) + ")"
	}
	return ""
}

// others are the nodes with the same source at other revs, one for each rev.
func (r *lockRequest) others(n lock.Node) (others []lock.Node, complete bool) {
	o, complete := r.snapshot.OccurrencesOf(r.graph, n)
	if o == nil || len(o.Versions) < 2 {
		return nil, complete
	}
	seen := map[string]bool{workspace.LockedVersion(n): true}
	for _, other := range o.Nodes {
		if version := workspace.LockedVersion(other); !seen[version] {
			seen[version] = true
			others = append(others, other)
		}
	}
	return others, complete
}

// aliases are paths to a node over something that follows, beside those of the entry and of its followers.
func (r *lockRequest) aliases(n lock.Node, l *located) []string {
	if r.graph.Len() > maxSearched {
		return nil
	}
	var list []string
	for _, path := range r.graph.Paths(n.ID(), 4*maxListed) {
		same := func(other []string) bool { return slices.Equal(path, other) }
		if !slices.ContainsFunc(l.brought, same) && !slices.ContainsFunc(l.followers, same) && len(list) < maxListed {
			list = append(list, pathText(path))
		}
	}
	return list
}

// maxSearched is the number of nodes from which on a lock is not searched for all ways to a node.
const maxSearched = 20_000

// setFields say, on the node of pins in the lock of a leaf, how old its package set is.
func (r *lockRequest) setFields(p *page, n lock.Node) {
	leaf := r.snapshot.LeafAt(r.dir())
	if leaf == nil || leaf.Lock != r.graph {
		return
	}
	if node, ok := leaf.Node(); !ok || node != n {
		return
	}
	standing, ok := r.snapshot.HistoryOf(leaf).Standing(leaf)
	switch {
	case !ok:
	case standing.Behind == 0 && !standing.Own:
		p.field("Package set", "the newest of pins", false)
	case standing.Behind == 0:
		p.field("Package set", "this lock's own: it holds something else below pins than pins does", false)
	default:
		sets := "sets"
		if standing.Behind == 1 {
			sets = "set"
		}
		p.field("Package set", fmt.Sprintf("%d %s behind the newest of pins", standing.Behind, sets), false)
		if n.Original().Rev() == "" && standing.Behind > standing.Unpushed {
			p.field("Update", "nix flake update "+leaf.Input, true)
		}
	}
}

// shortRev is a rev, or a hash, as people read it.
func shortRev(rev string) string { return rev[:min(len(rev), 10)] }
