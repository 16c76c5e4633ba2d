package diagnostics

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// locking is the tree of inputs that Nix makes when it locks a flake, as far as the files on this disk tell: flake.nix, the
// entries of flake.lock that are kept, and the flakes behind path: references. Where only a fetch could tell what a flake's
// inputs are, its node is open. It goes the way of computeLocks in Nix 2.34's flake.cc.
type locking struct {
	pass  *Pass
	flake *workspace.Flake
	root  *lockedNode
	// edges are all inputs of the tree, a parent before what lies below it; sorted are the same, see byPath.
	edges  []*lockedInput
	sorted []*lockedInput
	// refused are faults, and possible possibleFaults, where these were found.
	refused, possible []*fault
	faulted, supposed bool
	overrides         map[string]lockEntry
	// trail is memory for faultOf.
	trail [][]string
	// size is the sum of the lengths of all paths.
	size int
	// circular are the inputs whose flake leads back to itself.
	circular []*lockedInput
	// refetched says that Nix reads the flake of a kept entry again. In a tree that is assumed, the entry stands for what it
	// will find there.
	refetched, assumed bool
	// places are where Nix would read the flake.nix of an input and there is none.
	places map[*lockedInput]string

	// What the tree is made of comes from larger pieces: a polyrepo has a million inputs.
	inputs chunk[lockedInput]
	nodes  chunk[lockedNode]
	lists  chunk[*lockedInput]
	names  chunk[string]
	room   *lockingRoom
}

// lockingRoom is memory for one tree after the other. It has no names: findings may hold paths.
type lockingRoom struct {
	inputs []lockedInput
	nodes  []lockedNode
	lists  []*lockedInput
	edges  []*lockedInput
}

var lockingRooms = sync.Pool{New: func() any { return new(lockingRoom) }}

// giveBack gives the memory of a tree to the next one. Nobody may look at the tree any more.
func (l *locking) giveBack() {
	clear(l.room.inputs)
	clear(l.room.nodes)
	clear(l.room.lists)
	clear(l.room.edges)
	lockingRooms.Put(l.room)
	*l = locking{}
}

// roomFor is a list of so many zero values, in the memory of one that is cleared where that is enough.
func roomFor[T any](cleared []T, n int) []T { return slices.Grow(cleared[:0], n)[:n] }

// chunk is memory that is handed out in parts.
type chunk[T any] []T

// chunkSize is the least number of values of a piece.
const chunkSize = 32

// take gives so many zero values.
func (c *chunk[T]) take(n int) []T {
	if n > len(*c) {
		*c = make([]T, max(n, chunkSize))
	}
	part := (*c)[:n:n]
	*c = (*c)[n:]
	return part
}

// lockedNode is a flake, or a source, in the tree.
type lockedNode struct {
	inputs lockedInputs
	// open says that it may have other inputs than these.
	open bool
	// flake is the flake.nix that told the inputs, nil where the lock did or nothing.
	flake *workspace.Flake
	// isFlake is false for an input with flake = false.
	isFlake bool
}

// lockedInputs are the inputs of one flake of the tree, each name once, sorted by name. Nobody changes them once the flake is
// locked.
type lockedInputs []*lockedInput

func byName(in *lockedInput, name string) int { return strings.Compare(in.name, name) }

// named is the input of a name, or nil.
func (l lockedInputs) named(name string) *lockedInput {
	if i, found := slices.BinarySearchFunc(l, name, byName); found {
		return l[i]
	}
	return nil
}

// sortedInputs are inputs as a node has them: of several of one name the last. Those of a lock are sorted already.
func sortedInputs(list []*lockedInput) lockedInputs {
	for i := 1; i < len(list); i++ {
		if list[i-1].name < list[i].name {
			continue
		}
		slices.SortStableFunc(list, func(a, b *lockedInput) int { return strings.Compare(a.name, b.name) })
		kept := list[:0]
		for i, in := range list {
			if i+1 == len(list) || list[i+1].name != in.name {
				kept = append(kept, in)
			}
		}
		return kept
	}
	return list
}

// names are those of all inputs, sorted.
func (l lockedInputs) names() []string {
	names := make([]string, len(l))
	for i, in := range l {
		names[i] = in.name
	}
	return names
}

// lockedInput is one input in the tree. A tree has hundreds: the fields are in the order in which they take least memory.
type lockedInput struct {
	lockEntry
	// kept says that flake.lock has its entry and Nix keeps it; entry is valid then.
	kept bool
	// nowhere says that Nix refuses what it follows, valid once faults were found.
	nowhere bool
	// path is the path of the input from the root.
	path []string
	// node is what it stands for; nil where it follows.
	node  *lockedNode
	entry lock.Node
}

// lockEntry is what decides about one input: its declaration, or the outermost override of it.
type lockEntry struct {
	name      string
	reference ref.Ref
	// follows is the path from the root.
	follows []string
	// input is where it is written and of the flake that wrote it; nil where only the lock says so.
	input *workspace.Input
	of    *workspace.Flake
	// writer is the length of the path of the flake that wrote it, which the path of the input begins with.
	writer       int32
	hasReference bool
	isFlake      bool
	isFollow     bool
}

// declarer is the path of the flake that wrote what counts of the input.
func (in *lockedInput) declarer() []string { return in.path[:in.writer] }

// overrides are those that are written below it.
func (e *lockEntry) overrides() []*workspace.Input {
	if e.input == nil {
		return nil
	}
	return e.input.Overrides
}

// maxLocked bounds the size of the tree that is made: a hostile lock can stand for any tree. The largest real ones have 5,000.
const maxLocked = 200_000

// lockingOf is the tree of the judged flake, made once for all rules.
func (p *Pass) lockingOf() *locking {
	if p.locking != nil {
		return p.locking
	}
	p.locking = p.lock(false)
	return p.locking
}

// assumedLocking is the tree for what need not be certain: where Nix reads the flake of a kept entry again, it is taken to have the
// inputs that it had when it was locked. Only where it has been changed since in its place (a path, or a lock put together by
// hand) it does not.
func (p *Pass) assumedLocking() *locking {
	if p.assumed == nil {
		if p.assumed = p.lockingOf(); p.assumed.refetched {
			p.assumed = p.lock(true)
		}
	}
	return p.assumed
}

func (p *Pass) lock(assumed bool) *locking {
	f := p.Flake
	l := &locking{pass: p, flake: f, assumed: assumed, overrides: map[string]lockEntry{}, root: &lockedNode{isFlake: true, flake: f, open: !f.Manifest.WholeInputs()}}
	l.reserve()
	l.compute(l.root, l.entriesOf(f, nil), nil, lockOf(f, nil), nil)
	return l
}

// reserve makes room for a tree of the size that the lock lets expect.
func (l *locking) reserve() {
	nodes, inputs := 0, len(l.flake.Inputs)
	if graph := l.flake.Lock; graph != nil {
		nodes, inputs = min(graph.Len(), maxReserved), min(inputs+graph.EdgeCount()-graph.Root().InputCount(), maxReserved)
	}
	r := lockingRooms.Get().(*lockingRoom)
	r.inputs, r.nodes, r.lists, r.edges = roomFor(r.inputs, inputs), roomFor(r.nodes, nodes), roomFor(r.lists, inputs), roomFor(r.edges, inputs)
	l.room, l.inputs, l.nodes, l.lists, l.names = r, r.inputs, r.nodes, r.lists, make(chunk[string], 2*inputs)
	l.edges = r.edges[:0:inputs]
}

// maxReserved is the number of inputs beyond which room is made as they come: a hostile lock may have nodes that nothing leads to.
const maxReserved = 1000

// entriesOf are the inputs that a flake declares; prefix is its path from the root.
func (l *locking) entriesOf(f *workspace.Flake, prefix []string) []lockedInput {
	entries := l.inputs.take(len(f.Inputs))
	for i, in := range f.Inputs {
		entries[i].lockEntry = entryOf(in, f, prefix)
	}
	return entries
}

func entryOf(in *workspace.Input, of *workspace.Flake, prefix []string) lockEntry {
	e := lockEntry{
		name: in.Name, reference: in.Reference, hasReference: in.HasReference, isFlake: in.IsFlake, isFollow: in.IsFollow,
		input: in, of: of, writer: int32(len(prefix)),
	}
	if in.IsFollow {
		e.follows = pathBelow(prefix, in.Follows)
	}
	return e
}

// pathBelow is a path that goes on with another one. It may be that one itself: nobody changes a path of the tree.
func pathBelow(prefix, path []string) []string {
	if len(prefix) == 0 {
		return path
	}
	return slices.Concat(prefix, path)
}

// written is where the judged flake itself says it; nil where another flake or the lock does.
func (l *locking) written(e lockEntry) *workspace.Input {
	if e.of != l.flake {
		return nil
	}
	return e.input
}

// lockedBefore is the node of a lock from which a flake's inputs may be kept.
type lockedBefore struct {
	graph *lock.Graph // nil where there is none
	node  lock.Node
	// prefix leads from the root to the flake whose lock it is; uncertain says that there may be one that we cannot read.
	prefix    []string
	uncertain bool
	// trusted says that the flake's own entry is kept, deeper than the root's inputs.
	trusted bool
}

// lockOf is where the inputs of a flake may be kept from, at first.
func lockOf(f *workspace.Flake, prefix []string) lockedBefore {
	old := lockedBefore{graph: f.Lock, prefix: prefix, uncertain: f.LockPath != "" && f.Lock == nil}
	if f.Lock != nil {
		old.node = f.Lock.Root()
	}
	return old
}

// compute locks the inputs of one flake, of which the entries are filled in. chain holds the references of the flakes that are being
// locked above it.
func (l *locking) compute(node *lockedNode, inputs []lockedInput, prefix []string, old lockedBefore, chain []ref.Ref) {
	for i := range inputs {
		if e := &inputs[i].lockEntry; len(e.overrides()) > 0 {
			l.addOverrides(*e, append(slices.Clone(prefix), e.name))
		}
	}
	list := l.lists.take(len(inputs))[:0]
	defer func() { node.inputs = sortedInputs(list) }()
	length := len(prefix) + 1
	var at lock.Cursor
	for i := range inputs {
		if l.size += length; l.size > maxLocked {
			node.open = true
			return
		}
		in := &inputs[i]
		in.path = l.names.take(length)
		copy(in.path, prefix)
		in.path[len(prefix)] = in.name
		if override, ok := l.overrideOf(prefix, in.name); ok {
			override.isFlake = in.isFlake // an override's own is ignored
			in.lockEntry = override
		}
		list = append(list, in)
		l.edges = append(l.edges, in)
		if !in.isFollow {
			in.node = &l.nodes.take(1)[0]
			in.node.isFlake = in.isFlake
			l.lockInput(in, old, &at, chain)
		}
	}
}

// overrideOf is the outermost override of an input of a flake.
func (l *locking) overrideOf(flake []string, name string) (override lockEntry, ok bool) {
	if len(l.overrides) == 0 {
		return lockEntry{}, false
	}
	var room [128]byte
	path := room[:0]
	for _, name := range flake {
		path = append(append(path, name...), 0)
	}
	override, ok = l.overrides[string(append(path, name...))] // as pathKey, and without a copy
	return override, ok
}

// pathKey joins a path of names, which may hold slashes.
func pathKey(path []string) string { return strings.Join(path, "\x00") }

// addOverrides notes the overrides below an input. What an outer flake says, which is noted first, stands.
func (l *locking) addOverrides(e lockEntry, path []string) {
	for _, o := range e.overrides() {
		at := append(slices.Clone(path), o.Name)
		entry := entryOf(o, e.of, path[:e.writer])
		// A reference that cannot be read is one nevertheless.
		says := o.IsFollow || o.Syntax.URL != nil || o.Syntax.Type != nil
		if _, there := l.overrides[pathKey(at)]; !there && says {
			l.overrides[pathKey(at)] = entry
		}
		l.addOverrides(entry, at)
	}
}

// lockInput finds out what the flake behind one input has for inputs. at is where its entry may be.
func (l *locking) lockInput(in *lockedInput, old lockedBefore, at *lock.Cursor, chain []ref.Ref) {
	if !in.hasReference {
		in.node.open = true
		return
	}
	entry, ok := old.entryOf(in, at)
	if in.kept, in.entry = ok, entry; ok && !l.refetches(in, entry, old) {
		l.keep(in, entry, old, chain)
		return
	}
	if !in.isFlake {
		return
	}
	in.node.open = true
	if old.uncertain {
		return
	}
	if place := l.absentPlace(in); place != "" {
		if l.places == nil {
			l.places = map[*lockedInput]string{}
		}
		l.places[in] = place
	}
	if slices.Contains(chain, in.reference) {
		l.circular = append(l.circular, in)
		return
	}
	if in.input == nil || in.reference.Type() != ref.Path {
		return // what lies in a Git repository on this disk may be at another commit
	}
	flake, ok := l.pass.Snapshot.LocalFlake(in.input, in.of)
	if !ok {
		return
	}
	from := lockOf(flake, in.path)
	if in.kept {
		from = lockedBefore{graph: old.graph, node: entry, prefix: old.prefix}
	}
	in.node.flake, in.node.open = flake, !flake.Manifest.WholeInputs()
	l.compute(in.node, l.entriesOf(flake, in.path), in.path, from, append(slices.Clip(chain), in.reference))
}

// entryOf is the entry of an input, if there is one that Nix keeps.
func (old lockedBefore) entryOf(in *lockedInput, at *lock.Cursor) (entry lock.Node, kept bool) {
	if old.graph == nil {
		return lock.Node{}, false
	}
	entry, ok := old.node.EntryFrom(at, in.name)
	return entry, ok && entry.Keeps(in.reference, in.declarer())
}

// refetches says whether Nix reads the flake of a kept entry again.
func (l *locking) refetches(in *lockedInput, entry lock.Node, old lockedBefore) bool {
	again := !old.trusted && entry.Refetches(func(name string) bool {
		_, overridden := l.overrideOf(in.path, name)
		return overridden
	})
	if again {
		l.refetched = true
	}
	return again && !l.assumed
}

// keep takes the inputs of a flake from its kept entry.
func (l *locking) keep(in *lockedInput, entry lock.Node, old lockedBefore, chain []ref.Ref) {
	entries := l.inputs.take(entry.InputCount())
	i := 0
	for edge := range entry.Inputs() {
		e := &entries[i].lockEntry
		i++
		e.name, e.writer = edge.Name, int32(len(in.path))
		switch {
		case edge.Follows != nil:
			e.isFollow, e.follows = true, pathBelow(old.prefix, edge.Follows)
		case edge.Target != lock.NoNode:
			below := old.graph.Node(edge.Target)
			e.reference = below.Original()
			e.hasReference, e.isFlake = !e.reference.IsZero(), below.Flake()
		}
	}
	l.compute(in.node, entries, in.path, lockedBefore{graph: old.graph, node: entry, prefix: old.prefix, trusted: true}, chain)
}

// absentPlace is where Nix looks for the flake.nix of a path: input, where there is surely none although the place is one of
// this disk: below the flake, or in a folder that is there. A missing absolute path is a matter of the machine, and of the
// rule machine-path.
func (l *locking) absentPlace(in *lockedInput) string {
	if in.reference.Type() != ref.Path || in.of == nil {
		return ""
	}
	folder := filepath.FromSlash(in.reference.Path())
	if filepath.IsAbs(folder) {
		if l.pass.isAbsent(folder) {
			return ""
		}
	} else {
		folder = filepath.Join(in.of.Dir, folder)
	}
	place := filepath.Join(in.reference.FlakeFolder(folder), "flake.nix")
	if !l.pass.isAbsent(place) {
		return ""
	}
	return place
}

// isAbsent says whether there is surely nothing at a path.
func (p *Pass) isAbsent(path string) bool {
	_, err := p.Snapshot.File(path)
	return errors.Is(err, fs.ErrNotExist)
}
