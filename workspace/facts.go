package workspace

import (
	"hash/maphash"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// facts is what the flakes of the workspace say together. It is found out at the first question and shared by all snapshots
// until a file on the disk or a setting changes. What open flakes say is not among it: each snapshot adds that itself.
type facts struct {
	registryOnce sync.Once
	registry     *registry.Set
	registryHash uint64

	renamesOnce sync.Once
	renames     ref.Renames
	renamesHash uint64

	// merged are the settings of the folders that have a file of them, and of the top: dir → *config.Config.
	merged sync.Map

	flakesOnce sync.Once
	flakes     flakeFacts

	leavesOnce sync.Once
	leaves     []*Leaf // of the closed flakes, sorted by folder

	adoptions sync.Map // adoptionKey → *Adoption of the closed flakes
}

// flakeFacts is what the closed flakes say.
type flakeFacts struct {
	// called are the folders of the flakes that are called pins, by a role or by name.
	called []string
	// byRemote maps a source, and the folder within it, to the flakes that are checkouts of it.
	byRemote map[checkoutKey][]string
	// users maps a source to who refers to it.
	users map[ref.Source]sourceUses
	// pinsReferences maps a flake to how it refers to pins, and counts says how many do so.
	pinsReferences map[string]pinsReference
	counts         map[pinsReference]int
}

// pinsReference is a way to refer to pins: with the folder that is meant where that is on this disk, because a relative path
// says nothing alone.
type pinsReference struct {
	reference ref.Ref
	dir       string
}

// checkoutKey is a flake of a repository.
type checkoutKey struct {
	source ref.Source
	dir    string
}

// flakeFacts finds out what the closed flakes say.
func (s *Snapshot) flakeFacts() *flakeFacts {
	s.facts.flakesOnce.Do(func() {
		f := flakeFacts{
			byRemote: map[checkoutKey][]string{}, users: map[ref.Source]sourceUses{},
			pinsReferences: map[string]pinsReference{}, counts: map[pinsReference]int{},
		}
		users := map[ref.Source][]summaryUse{}
		sources := map[ref.Ref]ref.Source{} // ten thousand leaves refer to a few thousand
		for _, path := range s.disk.judged {
			if filepath.Base(path) != flakeName {
				continue
			}
			dir := filepath.Dir(path)
			if s.calledPins(dir) {
				f.called = append(f.called, dir)
			}
			for _, key := range s.remoteKeys(dir) {
				f.byRemote[key] = append(f.byRemote[key], dir)
			}
			e := s.entry(path)
			e.load(s.workspace)
			if e.summary == nil || s.Exempt(path) {
				continue
			}
			e.summary.eachInput(func(at uint32, in SummaryInput) bool {
				if in.refers() {
					source, known := sources[in.Reference]
					if !known {
						source = s.Source(in.Reference)
						sources[in.Reference] = source
					}
					users[source] = append(users[source], summaryUse{e.summary, at})
				}
				return true
			})
			if r, ok := s.pinsReference(e.summary); ok {
				f.pinsReferences[dir] = r
				f.counts[r]++
			}
		}
		for source, uses := range users {
			slices.SortStableFunc(uses, func(a, b summaryUse) int { return strings.Compare(a.of.Dir, b.of.Dir) })
			known := sourceUses{list: slices.Clone(uses)} // at its length
			for i, u := range uses {
				if i == 0 || uses[i-1].of.Dir != u.of.Dir {
					known.flakes++
				}
			}
			f.users[source] = known
		}
		s.facts.flakes = f
	})
	return &s.facts.flakes
}

// overlaid are the flakes of which the facts do not tell the present state, by folder: open ones, and those that have changed
// on the disk since. One that cannot be read, or that is not part of the workspace, has no summary.
func (s *Snapshot) overlaid() map[string]*Summary {
	s.caches.overlaidOnce.Do(func() { s.caches.overlaid = s.findOverlaid() })
	return s.caches.overlaid
}

func (s *Snapshot) findOverlaid() map[string]*Summary {
	over := map[string]*Summary{}
	for path := range s.open {
		if filepath.Base(path) == flakeName {
			over[filepath.Dir(path)] = s.summary(path)
		}
	}
	for _, dir := range s.touched {
		path := filepath.Join(dir, flakeName)
		if over[dir] = nil; s.exists(path) {
			over[dir] = s.summary(path)
		}
	}
	return over
}

// counted are the summaries of overlaid flakes that count: templates and the like do not.
func (s *Snapshot) counted() map[string]*Summary {
	s.caches.countedOnce.Do(func() {
		s.caches.counted = maps.Clone(s.overlaid())
		for dir, summary := range s.caches.counted {
			if summary != nil && s.Exempt(filepath.Join(dir, flakeName)) {
				s.caches.counted[dir] = nil
			}
		}
	})
	return s.caches.counted
}

// openUses are the uses that counted flakes make of each source, sorted by folder.
func (s *Snapshot) openUses() map[ref.Source][]SourceUse {
	s.caches.openUsesOnce.Do(func() {
		uses := map[ref.Source][]SourceUse{}
		over := s.counted()
		for _, dir := range slices.Sorted(maps.Keys(over)) {
			if over[dir] != nil {
				s.eachUse(over[dir], func(source ref.Source, use SourceUse) { uses[source] = append(uses[source], use) })
			}
		}
		s.caches.openUses = uses
	})
	return s.caches.openUses
}

// SourceUse is one place where a flake of the workspace refers to a source.
type SourceUse struct {
	// Dir is the flake's folder, File its flake.nix; Path is the input or override.
	Dir, File string
	Path      []string
	Reference ref.Ref
	// Span is where the file, as the index has it, says so.
	Span text.Span
}

// sourceUses are the uses of one source, sorted by folder, and flakes the number of folders.
type sourceUses struct {
	list   []summaryUse
	flakes int
}

// has says whether the flake of a folder is one of the users.
func (u sourceUses) has(dir string) bool {
	_, found := slices.BinarySearchFunc(u.list, dir, func(u summaryUse, dir string) int { return strings.Compare(u.of.Dir, dir) })
	return found
}

// summaryUse is a SourceUse as facts keep it.
type summaryUse struct {
	of *Summary
	at uint32 // of the input
}

func (u summaryUse) use() SourceUse { return useOf(u.of, u.of.inputAt(u.at)) }

func useOf(s *Summary, in SummaryInput) SourceUse {
	return SourceUse{s.Dir, s.file, in.Path, in.Reference, in.Span}
}

// refers says whether an input refers to a source that is the same one in all flakes.
func (in SummaryInput) refers() bool { return in.HasReference && !in.Reference.Relative() }

// eachUse gives the sources that a flake refers to. Relative paths mean something else in each flake, and are left out.
func (s *Snapshot) eachUse(summary *Summary, f func(ref.Source, SourceUse)) {
	for in := range summary.Inputs() {
		if in.refers() {
			f(s.Source(in.Reference), useOf(summary, in))
		}
	}
}

// eachResolvedUse is eachUse with registry ids resolved, as the inputs of a flake are.
func (s *Snapshot) eachResolvedUse(summary *Summary, f func(ref.Source, SourceUse)) {
	s.eachUse(summary, func(_ ref.Source, use SourceUse) {
		f(s.Source(s.ResolvedInput(use.Reference)), use)
	})
}

// Source is the identity of what a reference fetches from, by the known renames and those of the setting sources.aliases of
// the first root.
func (s *Snapshot) Source(r ref.Ref) ref.Source {
	s = s.asks(question{about: renames})
	s.readRenames()
	return s.facts.renames.Of(r.Source())
}

// Fetched is what a node of a lock fetches, by the same renames.
func (s *Snapshot) Fetched(n lock.Node) lock.Fetched {
	s = s.asks(question{about: renames})
	s.readRenames()
	return n.Fetched(s.facts.renames)
}

// Alike are the groups of nodes of a lock that fetch the same, by the same renames; see Graph.Alike.
func (s *Snapshot) Alike(g *lock.Graph) (groups []uint32, count int) {
	s = s.asks(question{about: renames})
	s.readRenames()
	return g.Alike(s.facts.renames, s.facts.renamesHash)
}

// renamesHash is that of the renames by which sources are told apart.
func (s *Snapshot) renamesHash() uint64 {
	s = s.all()
	s.readRenames()
	return s.facts.renamesHash
}

func (s *Snapshot) readRenames() {
	s.facts.renamesOnce.Do(func() {
		s.facts.renames = s.findRenames()
		for from, to := range s.facts.renames {
			s.facts.renamesHash += maphash.Comparable(answerSeed, [2]ref.Source{from, to}) // in any order
		}
	})
}

func (s *Snapshot) findRenames() ref.Renames {
	if len(s.roots) == 0 {
		return ref.KnownRenames()
	}
	renames, err := ref.NewRenames(s.configIn(s.roots[0]).Sources.Aliases)
	if err != nil {
		s.Log().Warn("the setting sources.aliases cannot be read", "error", err)
		return ref.KnownRenames()
	}
	return renames
}

// SourceUsers gives the places where flakes of the workspace (pins among them, templates and the like not) refer to a source,
// sorted by folder.
func (s *Snapshot) SourceUsers(source ref.Source) []SourceUse {
	return slices.Collect(s.EachSourceUser(source))
}

// EachSourceUser is SourceUsers one by one: a source may have thousands of users.
func (s *Snapshot) EachSourceUser(source ref.Source) iter.Seq[SourceUse] {
	s = s.asks(question{about: users, source: source})
	over := s.counted()
	closed := s.flakeFacts().users[source].list
	opened := s.openUses()[source]
	return func(yield func(SourceUse) bool) {
		open := opened
		for _, u := range closed {
			if _, replaced := over[u.of.Dir]; replaced {
				continue
			}
			for len(open) > 0 && open[0].Dir < u.of.Dir {
				if !yield(open[0]) {
					return
				}
				open = open[1:]
			}
			if !yield(u.use()) {
				return
			}
		}
		for _, use := range open {
			if !yield(use) {
				return
			}
		}
	}
}

// OtherUsers gives a place in each of the first few flakes of the workspace that refer to a source, sorted by folder, and says how many
// there are in all. The flakes of some folders do not count.
func (s *Snapshot) OtherUsers(source ref.Source, most int, but ...string) (first []SourceUse, count int) {
	s = s.asks(question{about: users, source: source})
	over, closed, opened := s.counted(), s.flakeFacts().users[source], s.openUses()[source]
	count = closed.flakes - s.replacedUsers(source)
	for i, use := range opened {
		if i == 0 || opened[i-1].Dir != use.Dir {
			count++
		}
	}
	for i, dir := range but {
		if _, replaced := over[dir]; slices.Contains(but[:i], dir) {
			continue
		} else if replaced && uses(opened, dir) || !replaced && closed.has(dir) {
			count--
		}
	}
	for use := range s.EachSourceUser(source) {
		if len(first) == min(most, count) {
			break
		}
		if !slices.Contains(but, use.Dir) && (len(first) == 0 || first[len(first)-1].Dir != use.Dir) {
			first = append(first, use)
		}
	}
	return first, count
}

// uses says whether the flake of a folder is among those of a list of uses, which is sorted by folder.
func uses(list []SourceUse, dir string) bool {
	_, found := slices.BinarySearchFunc(list, dir, func(use SourceUse, dir string) int { return strings.Compare(use.Dir, dir) })
	return found
}

// replacedUsers is the number of closed flakes that use a source, as the facts tell, and are overlaid.
func (s *Snapshot) replacedUsers(source ref.Source) int {
	if known, ok := s.caches.replacedUsers.Load(source); ok {
		return known.(int)
	}
	over, closed, n := s.counted(), s.flakeFacts().users[source], 0
	if len(over) < len(closed.list) { // in an editor one or two are open, and thousands may use the source
		for dir := range over {
			if closed.has(dir) {
				n++
			}
		}
	} else {
		for i, u := range closed.list {
			if _, replaced := over[u.of.Dir]; replaced && (i == 0 || closed.list[i-1].of != u.of) {
				n++
			}
		}
	}
	s.caches.replacedUsers.Store(source, n)
	return n
}

// Sources are the sources that flakes of the workspace refer to, sorted.
func (s *Snapshot) Sources() []ref.Source {
	s = s.asks(question{about: allSources})
	over := s.counted()
	used := map[ref.Source]bool{}
	for source, uses := range s.flakeFacts().users {
		used[source] = slices.ContainsFunc(uses.list, func(u summaryUse) bool {
			_, replaced := over[u.of.Dir]
			return !replaced
		})
	}
	for source := range s.openUses() {
		used[source] = true
	}
	maps.DeleteFunc(used, func(_ ref.Source, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(used))
}
