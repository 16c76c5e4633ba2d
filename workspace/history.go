package workspace

import (
	"hash/maphash"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

// History is what is known of the package sets that one pins flake has had.
//
// Where the repository of pins lies here, it is the first-parent history of its HEAD, and what leaves have of later commits. Else
// it is what the leaves' locks show, in the order of the commits of pins that they hold, with the lock beside pins' flake.nix as the
// newest one where that lies here. Where leaves disagree about one commit of pins, what most of them have counts as its set.
type History struct {
	Pins PinsID
	// Sets holds each set once, at its newest place, newest first.
	Sets []HistoricSet
	// Newest is the first of Sets, nil where there is none.
	Newest *PackageSet
	// FromGit says that the commits of pins were read, Whole that all of them were.
	FromGit, Whole bool
	// Unpushed is how many of Sets, the newest ones, no remote of pins has, as far as the repository here knows: who fetches pins gets the
	// next, where there is one.
	Unpushed int
	// Commits are what the place of pins itself tells, newest first: its commits, or where these cannot be read the lock beside its
	// flake.nix, as one without a Rev. What leaves hold is not among them.
	Commits []SetCommit
	// Committed are the names of the inputs that the flake.nix of pins declares at its HEAD, sorted; nil where that is not known. The file
	// in the work tree may have others, which nobody who fetches pins gets.
	Committed []string
	// Branch is the branch that HEAD of pins' repository is at, "" where that is not known.
	Branch string

	held   []event        // what leaves hold
	places map[string]int // of a set, by its ID
	revs   map[string]int // of the set of a commit

	hashOnce sync.Once
	sum      uint64

	namesOnce sync.Once
	names     map[string]bool // of the inputs that Commits had
}

// hash tells two histories of one pins apart by all that can be asked of them.
func (h *History) hash() uint64 {
	h.hashOnce.Do(func() {
		for rev, place := range h.revs {
			h.sum += maphash.Comparable(answerSeed, place) ^ maphash.String(answerSeed, rev)
		}
		for i, set := range h.Sets {
			h.sum += maphash.Comparable(answerSeed, [4]any{i, set.ID, set.Rev, set.At.UnixNano()})
			for _, in := range set.Inputs() {
				at, _ := in.Node.LastModified()
				h.sum += maphash.Comparable(answerSeed, [5]any{i, in.Name, in.Follows, in.Node.Locked(), at.Unix()})
			}
		}
		for i, c := range h.Commits {
			h.sum += maphash.Comparable(answerSeed, [3]any{i, c.ID, c.Rev})
		}
		h.sum += maphash.Comparable(answerSeed, [3]bool{h.FromGit, h.Whole, h.Committed != nil}) + maphash.Comparable(answerSeed, h.Unpushed)
		h.sum += maphash.String(answerSeed, h.Branch)
		for i, name := range h.Committed {
			h.sum += maphash.Comparable(answerSeed, i) ^ maphash.String(answerSeed, name)
		}
	})
	return h.sum
}

// HistoricSet is one set of pins' history.
type HistoricSet struct {
	*PackageSet
	// Rev is the newest commit of pins that had it, "" for one that is not committed or of which only the lock is known.
	Rev string
	// At is when pins got it, zero where that is not known.
	At time.Time
}

// SetCommit is a commit of pins and the set that its lock, or the lock of somebody who holds it, has.
type SetCommit struct {
	ID string
	// Rev is "", and At zero, where that is not known.
	Rev string
	At  time.Time
}

// maxCommits is how many commits of pins are looked at: years of one.
const maxCommits = 2000

// event is a commit of pins and its set, or a set without a known commit.
type event struct {
	rev string
	at  time.Time
	set *PackageSet
	// unpushed says that no remote has the commit.
	unpushed bool
}

// newHistory makes a history of events, newest first.
func newHistory(id PinsID, events []event) *History {
	h := &History{Pins: id, places: map[string]int{}, revs: map[string]int{}}
	for i, e := range events {
		place, known := h.places[e.set.ID]
		if !known {
			place = len(h.Sets)
			h.places[e.set.ID] = place
			h.Sets = append(h.Sets, HistoricSet{PackageSet: e.set, Rev: e.rev, At: e.at})
		} else if i > 0 && events[i-1].set.ID == e.set.ID && place == len(h.Sets)-1 && !e.at.IsZero() {
			h.Sets[place].At = e.at // it had it before that already
		}
		if e.rev != "" {
			h.revs[e.rev] = place
			if h.Sets[place].Rev == "" {
				h.Sets[place].Rev = e.rev
			}
		}
	}
	if len(events) > 0 {
		h.Newest = events[0].set
	}
	h.Unpushed = len(h.Sets)
	if i := slices.IndexFunc(events, func(e event) bool { return !e.unpushed }); i >= 0 {
		h.Unpushed = h.places[events[i].set.ID]
	}
	return h
}

// NewHistory is the history that the same facts make in a snapshot: the Commits of pins, and what each of its leaves holds. It is for
// facts that were written down elsewhere: its sets have an ID and nothing else.
func NewHistory(id PinsID, commits, leaves []SetCommit) *History {
	events := func(list []SetCommit) []event {
		var all []event
		for _, c := range list {
			all = append(all, event{rev: c.Rev, at: c.At, set: &PackageSet{ID: c.ID}})
		}
		return all
	}
	return arrangedHistory(id, events(commits), elected(events(leaves)))
}

// observed is what leaves hold of pins.
func observed(leaves []*Leaf) []event {
	var held []event
	for _, l := range leaves {
		if l.Set != nil {
			c := l.Holds()
			held = append(held, event{rev: c.Rev, at: c.At, set: l.Set})
		}
	}
	return elected(held)
}

// elected are the commits of pins that leaves hold, newest first, with the set that most of them have below it.
func elected(held []event) []event {
	type votes struct {
		at     time.Time
		counts map[string]int
		sets   map[string]*PackageSet
	}
	byRev := map[string]*votes{}
	for _, e := range held {
		if e.rev == "" {
			continue
		}
		v := byRev[e.rev]
		if v == nil {
			v = &votes{e.at, map[string]int{}, map[string]*PackageSet{}}
			byRev[e.rev] = v
		}
		v.counts[e.set.ID]++
		if v.sets[e.set.ID] == nil {
			v.sets[e.set.ID] = e.set
		}
	}
	var events []event
	for rev, v := range byRev {
		best := ""
		for id, n := range v.counts {
			if m := v.counts[best]; n > m || n == m && id < best {
				best = id
			}
		}
		events = append(events, event{rev: rev, at: v.at, set: v.sets[best]})
	}
	sortslice.Func(events, func(a, b event) int {
		if c := b.at.Compare(a.at); c != 0 {
			return c
		}
		return strings.Compare(a.rev, b.rev)
	})
	return events
}

// history finds out what is known of a pins flake, with what some leaves hold.
func (s *Snapshot) history(id PinsID, leaves []*Leaf) *History {
	branch := ""
	if id.Dir != "" && s.isRepositoryOf(id.Dir, leaves) {
		branch = s.branch(id.Dir)
	}
	return s.historyWith(id, leaves, observed(slices.DeleteFunc(slices.Clone(leaves), func(l *Leaf) bool { return l.elsewhere(branch) })))
}

// historyWith is history where it is known what the leaves hold.
func (s *Snapshot) historyWith(id PinsID, leaves []*Leaf, held []event) *History {
	if id.Dir == "" {
		return arrangedHistory(id, nil, held)
	}
	var commits []event
	var committed []string
	branch := ""
	whole, ok := false, s.isRepositoryOf(id.Dir, leaves)
	if ok {
		branch, committed = s.branch(id.Dir), s.committedInputs(id.Dir)
		commits, whole, ok = s.commits(id.Dir, "")
	}
	if !ok {
		if own := s.SetOfPins(id.Dir); own != nil {
			commits = []event{{set: own}}
		}
	}
	h := arrangedHistory(id, commits, held)
	h.Whole, h.Committed, h.Branch = ok && whole, committed, branch
	return h
}

// arrangedHistory is the history of pins' commits and of what leaves add: commits that this clone lacks, and those of other
// branches. A lock of pins without a commit is the newest.
func arrangedHistory(id PinsID, commits, held []event) *History {
	merged := slices.Clone(commits)
	on := map[string]bool{}
	for _, c := range commits {
		on[c.rev] = true
	}
	for _, e := range held {
		if on[e.rev] {
			continue
		}
		i := slices.IndexFunc(merged, func(m event) bool { return m.rev != "" && m.at.Before(e.at) })
		if i < 0 {
			i = len(merged)
		}
		merged = slices.Insert(merged, i, e)
	}
	h := newHistory(id, merged)
	h.held = held
	for _, c := range commits {
		h.Commits = append(h.Commits, SetCommit{c.set.ID, c.rev, c.at})
		h.FromGit = h.FromGit || c.rev != ""
	}
	return h
}

// isRepositoryOf says whether the repository around a pins flake is the one that leaves take pins from: it has pins at its top, or
// its remotes are what leaves refer to. A pins that lies in a larger repository, as an example does, has another history there.
func (s *Snapshot) isRepositoryOf(dir string, leaves []*Leaf) bool {
	top, inside := s.repository(dir)
	if top == "" || inside == "" {
		return top != ""
	}
	keys := s.remoteKeys(dir)
	return slices.ContainsFunc(leaves, func(l *Leaf) bool {
		node, ok := l.Node()
		return ok && slices.Contains(keys, checkoutKey{s.Source(node.Locked()), node.Locked().Dir()})
	})
}

// SetOfPins is the set that a pins flake's own lock holds, as it lies beside its flake.nix; nil where it has no lock that can
// be read.
func (s *Snapshot) SetOfPins(dir string) *PackageSet {
	return s.setOf(dir, s.LockOf(dir), nil)
}

// setOf is the set below an input of the flake of a folder, which prefix names, or, where that is empty, of the flake itself, by its lock;
// nil where that has no such input. The index keeps the last one of each lock.
func (s *Snapshot) setOf(dir string, graph *lock.Graph, prefix []string) *PackageSet {
	if graph == nil {
		return nil
	}
	e := s.entry(filepath.Join(dir, lockName))
	e.load(s.workspace)           // nobody has yet where the lock is open
	indexed := e.graph() == graph // else it is an open document's
	if indexed {
		if known := e.lock.set.Load(); known != nil && slices.Equal(known.Prefix, prefix) {
			return known
		}
	}
	base := graph.Root()
	if len(prefix) > 0 {
		if base = inputNode(graph, prefix[0]); base == (lock.Node{}) {
			return nil
		}
	}
	set := newPackageSet(base, prefix)
	if indexed {
		e.lock.set.Store(set)
	}
	return set
}

// histories are those of the closed files, by PinsID and by branchOfPins.
type histories struct{ byPins, byBranch sync.Map }

// History is what is known of a pins flake's package sets. It is never nil.
func (s *Snapshot) History(id PinsID) *History {
	s = s.asks(ofHistory(id))
	known, ok := s.caches.histories.Load(id)
	if !ok {
		known, _ = s.caches.histories.LoadOrStore(id, sync.OnceValue(func() *History { return s.knownHistory(id) }))
	}
	return known.(func() *History)()
}

// knownHistory is that of the closed files where what is open does not matter.
func (s *Snapshot) knownHistory(id PinsID) *History {
	if s.reshaped() {
		return s.history(id, leavesOf(id, s.Leaves()))
	}
	known, ok := s.histories.byPins.Load(id)
	if !ok {
		// What is shared by snapshots must not depend on what is open in one.
		closed := s.closed()
		known, _ = s.histories.byPins.LoadOrStore(id, closed.history(id, leavesOf(id, closed.Leaves())))
	}
	h := known.(*History)
	switch own, leaves := s.tells(h); {
	case own && leaves:
		return h
	case leaves: // ten thousand locks need not be looked at again
		return s.historyWith(id, leavesOf(id, s.Leaves()), h.held)
	}
	return s.history(id, leavesOf(id, s.Leaves()))
}

// tells says whether what a history of the closed files has of pins itself, and of its leaves, is so with the open ones too: most edits
// of a flake.nix move no set.
func (s *Snapshot) tells(h *History) (own, leaves bool) {
	own = true
	for path := range s.open {
		name, dir := filepath.Base(path), filepath.Dir(path)
		switch {
		case name != flakeName && name != lockName:
		case dir == h.Pins.Dir && name == lockName:
			own = false
		case !sameForHistory(s.LeafAt(dir), s.closed().LeafAt(dir)):
			return own, false
		}
	}
	return own, true
}

// sameForHistory says whether two states of a leaf, or of what is none (nil), say the same of the history of pins.
func sameForHistory(a, b *Leaf) bool {
	if a == nil || b == nil || a.Set == nil || b.Set == nil {
		return (a == nil || a.Set == nil) == (b == nil || b.Set == nil)
	}
	return a.Pins == b.Pins && a.Ref == b.Ref && a.Holds() == b.Holds()
}

func leavesOf(id PinsID, all []*Leaf) []*Leaf {
	var list []*Leaf
	for _, l := range all {
		if l.Pins == id {
			list = append(list, l)
		}
	}
	return list
}
