package diagnostics

import (
	"cmp"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// duplicate is an input of the tree that is locked apart from another one of the same source.
type duplicate struct {
	*lockedInput
	// other is the input that it could follow, and follow the path to write.
	other  *lockedInput
	follow []string
	// sameRev says that both hold the same today, sameVersion that both ask for the same.
	sameRev, sameVersion bool
	// below counts the duplicates below it, which go with it.
	below int
}

// sameContent says whether two nodes hold the same.
func sameContent(a, b lock.Node) bool {
	if a.Rev() != "" && a.Rev() == b.Rev() {
		return true
	}
	return a.NarHash() != "" && a.NarHash() == b.NarHash()
}

// duplicates finds them.
type duplicates struct {
	pass    *Pass
	locking *locking
	// pins is the name of the pins input of a leaf, "" where the flake has none.
	pins string
	// names are, for a node, the inputs of the flake itself that stand for it, sorted.
	names map[*lockedNode][]string
	// tops are the inputs of the flake itself by their names.
	tops map[string]*workspace.Input
	// traversed are the paths through which an input follows another one.
	traversed map[string]bool
	// long says that some of them are too long to be among these.
	long bool
	// budget bounds how often the whole tree is gone over to see whether an edit leaves it whole.
	budget int
	// unfollowed are the inputs of leaves that stand for our pins and do not follow it.
	unfollowed map[*lockedInput]bool
	// list has no duplicate that goes with one above it.
	list []*duplicate
}

// wholeTreeChecks is that budget. Real trees need less than ten.
const wholeTreeChecks = 50

func (p *Pass) findDuplicates() *duplicates {
	d := &duplicates{pass: p, locking: p.assumedLocking(), pins: p.ownPins(), budget: wholeTreeChecks}
	groups := d.repeated()
	if len(groups) == 0 {
		return d
	}
	d.names, d.tops, d.unfollowed = map[*lockedNode][]string{}, map[string]*workspace.Input{}, map[*lockedInput]bool{}
	for _, u := range p.unfollowedPins() {
		d.unfollowed[u.lockedInput] = true
	}
	for _, in := range p.Flake.Inputs {
		d.tops[in.Name] = in
	}
	for _, in := range d.locking.root.inputs {
		if !ref.IsID(in.name) {
			continue
		}
		w := way{locking: d.locking}
		if node, _ := w.find(in, []string{in.name}); node != nil {
			d.names[node] = append(d.names[node], in.name)
		}
	}
	found := map[*lockedInput]*duplicate{}
	for _, group := range groups {
		d.match(group, found)
	}
	if len(found) > 0 {
		d.collect(d.locking.root, found, nil)
	}
	return d
}

// ownPins is the name of the pins input of a leaf, "" where the flake is none: what is locked below it is a matter of the pins
// flake.
func (p *Pass) ownPins() string {
	if p.Pins == nil || !p.Pins.Called {
		return ""
	}
	return p.Pins.Input
}

// repeated are the inputs of each source that the lock has more than once, the best to be followed first, where any of them could follow
// another one.
func (d *duplicates) repeated() [][]*lockedInput {
	graph := d.pass.Flake.Lock
	alike, count := d.pass.Snapshot.Alike(graph)
	if alike == nil {
		return nil
	}
	all := make([][]*lockedInput, count+1)
	seen := make([]bool, graph.Len())
	for _, in := range d.locking.byPath() {
		if id := in.entry.ID(); in.kept && in.entry == graph.Node(id) && alike[id] != 0 && !seen[id] {
			seen[id] = true
			all[alike[id]] = append(all[alike[id]], in)
		}
	}
	return slices.DeleteFunc(all, func(group []*lockedInput) bool {
		if len(group) < 2 || !slices.ContainsFunc(group, func(in *lockedInput) bool { return d.rank(in) >= 2 }) {
			return true
		}
		d.sort(group)
		return false
	})
}

// sort puts the inputs of one source in order, the best to be followed first.
func (d *duplicates) sort(group []*lockedInput) {
	changed := make(map[*lockedInput]int64, len(group)) // in seconds
	for _, in := range group {
		if at, ok := in.entry.LastModified(); ok {
			changed[in] = at.Unix()
		}
	}
	slices.SortFunc(group, func(a, b *lockedInput) int {
		return cmp.Or(cmp.Compare(d.rank(a), d.rank(b)), cmp.Compare(len(a.path), len(b.path)), cmp.Compare(changed[b], changed[a]), slices.Compare(a.path, b.path))
	})
}

// rank says how good an input is to be followed: one that pins offers, one of the flake itself, one further below pins, any
// other. Those of the latter two can follow an earlier one.
func (d *duplicates) rank(in *lockedInput) int {
	switch below := in.path[0] == d.pins; {
	case below && len(in.path) == 2:
		return 0
	case len(in.path) == 1:
		return 1
	case below:
		return 2
	}
	return 3
}

// match gives the inputs of one source, the best to be followed first, what they could follow. Each can follow an
// earlier one only. Which one is decided by what is asked for, and then by the name; so
// one input for each version and name is all that is looked at, however many there are.
func (d *duplicates) match(group []*lockedInput, found map[*lockedInput]*duplicate) {
	type namedVersion struct {
		asked wanted
		name  string
	}
	byVersion, byAsked, byName := map[namedVersion]*lockedInput{}, map[wanted]*lockedInput{}, map[string]*lockedInput{}
	first := group[0]
	versions := map[string]int{} // how many inputs of this source one flake has
	for _, in := range group {
		versions[parentKey(in)]++
	}
	add := func(in *lockedInput) {
		asked, name := d.asked(in), d.nameOf(in)
		if byVersion[namedVersion{asked, name}] == nil {
			byVersion[namedVersion{asked, name}] = in
		}
		if byAsked[asked] == nil {
			byAsked[asked] = in
		}
		if byName[name] == nil {
			byName[name] = in
		}
	}
	for _, in := range group {
		asked, name := d.asked(in), d.nameOf(in)
		other := cmp.Or(byAsked[asked], byName[name], first)
		if same := byVersion[namedVersion{asked, name}]; same != nil && d.rank(same) < 2 {
			other = same
		}
		if d.rank(in) >= 2 && other != in && !d.apartOnPurpose(in, other, versions[parentKey(in)]) {
			found[in] = &duplicate{
				lockedInput: in, other: other, follow: d.pathTo(other, in),
				sameRev: sameContent(in.entry, other.entry), sameVersion: d.asked(other) == asked,
			}
		}
		add(in)
	}
}

// apartOnPurpose says whether who declares an input surely means it to be another version: it names a rev, or it has several inputs
// of the source, under names of their own.
func (d *duplicates) apartOnPurpose(in, other *lockedInput, siblings int) bool {
	if d.asked(in) == d.asked(other) || sameContent(in.entry, other.entry) {
		return false
	}
	return in.entry.Original().Rev() != "" || siblings > 1 && d.nameOf(in) != d.nameOf(other)
}

func parentKey(in *lockedInput) string { return pathKey(in.path[:len(in.path)-1]) }

// wanted is what of a source an input asks for: a branch or a rev, or the address of an archive.
type wanted struct{ branch, rev, archive string }

// asked is what an input asks for of its source.
func (d *duplicates) asked(in *lockedInput) wanted {
	asked := d.pass.resolved(in.entry.Original())
	v := wanted{branch: branchOf(asked), rev: asked.Rev()}
	if asked.Type() == ref.Tarball || asked.Type() == ref.File {
		v.archive = asked.Canonical().String()
	}
	return v
}

// nameOf is the name of an input, as far as `follows.aliases` tells names apart.
func (d *duplicates) nameOf(in *lockedInput) string {
	if alias := d.pass.Config.Follows.Aliases[in.name]; alias != "" {
		return alias
	}
	return in.name
}

// pathTo is the path to write for an input: that of an input of the flake itself which stands for it, if there is one, of several
// the one with the name of who is to follow.
func (d *duplicates) pathTo(other, from *lockedInput) []string {
	names := d.names[other.node]
	if len(names) == 0 {
		return other.path
	}
	for _, name := range []string{from.name, d.nameOf(from), other.name} {
		if slices.Contains(names, name) {
			return []string{name}
		}
	}
	return []string{names[0]}
}

// collect takes the duplicates of the tree. What lies below one of them, or below a pins that does not follow ours, goes with it.
func (d *duplicates) collect(node *lockedNode, found map[*lockedInput]*duplicate, above *duplicate) {
	for _, in := range node.inputs {
		if in.node == nil || d.unfollowed[in] || len(in.path) == 1 && in.name == d.pins {
			continue
		}
		next := above
		switch dup := found[in]; {
		case dup == nil || d.ignored(in):
		case above != nil:
			above.below++
		default:
			d.list = append(d.list, dup)
			next = dup
		}
		d.collect(in.node, found, next)
	}
}

// ignored says whether a setting lets an input keep a version of its own.
func (d *duplicates) ignored(in *lockedInput) bool {
	ignore := d.pass.Config.Follows.Ignore
	return slices.Contains(ignore, in.name) || slices.Contains(ignore, key(in.path))
}

// mayFollow says whether the tree stays whole when an input follows a path: no circle, and nothing that leads through it now would
// lead nowhere.
func (d *duplicates) mayFollow(in *lockedInput, path []string) bool {
	if slices.ContainsFunc(path, func(name string) bool { return !ref.IsID(name) }) {
		return false
	}
	was := *in
	in.isFollow, in.follows, in.node = true, path, nil
	defer func() { *in = was }()
	if !d.leadsThrough(in.path) {
		return true
	}
	if d.budget--; d.budget < 0 {
		return false
	}
	return !slices.ContainsFunc(d.locking.edges, func(edge *lockedInput) bool {
		if isBelow(edge.path, in.path) {
			return false // it goes
		}
		f := d.locking.faultOf(edge)
		return f != nil && f.how != unknown
	})
}

// leadsThrough says whether an input follows a path that is this one or leads through it.
func (d *duplicates) leadsThrough(path []string) bool {
	if d.traversed == nil {
		d.traversed = map[string]bool{}
		for _, edge := range d.locking.edges {
			if len(edge.follows) > longestTraversed {
				d.long = true
			} else if edge.isFollow {
				for i := range edge.follows {
					d.traversed[pathKey(edge.follows[:i+1])] = true
				}
			}
		}
	}
	return d.long || d.traversed[pathKey(path)]
}

// longestTraversed is how many names a follows path may have to be noted with all paths on its way. Real ones have at most five.
const longestTraversed = 64

// isBelow says whether a path leads to something below another one.
func isBelow(path, above []string) bool {
	return len(path) > len(above) && slices.Equal(path[:len(above)], above)
}

// topInput is the input of the judged flake below which an input of the tree stands.
func (p *Pass) topInput(in *lockedInput) *workspace.Input { return p.Flake.Input(in.path[0]) }
