package workspace

import (
	"hash/maphash"
	"sync"
	"unique"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// question is something that is asked of all flakes together, or of a pins flake; its answer is remembered as a hash. Each leaf has a dozen.
type question struct {
	about subject
	// What they are belongs to the subject: of history they are the parts of a PinsID.
	source       ref.Source
	folder, name string
}

// apart is the question in words that are no part of a file's text, which it would keep in memory. Leaves ask the same things.
func (q question) apart() question {
	words := func(s string) string { return unique.Make(s).Value() }
	return question{q.about, ref.Source(words(string(q.source))), words(q.folder), words(q.name)}
}

func ofHistory(id PinsID) question {
	return question{about: history, source: id.Source, folder: id.Dir, name: id.Folder}
}

type subject uint8

const (
	calledPins subject = iota
	checkouts
	users
	allSources
	pinsReferences
	registries
	renames
	leaves
	history
	branchHistory
	readableFlake
	pinsDeclares
	pinsInput
	pinsOffer
	pinsSource
	droppedInputs
)

type answer struct {
	question
	hash uint64
}

var answerSeed = maphash.MakeSeed()

// hash is that of the answer to a question.
func (s *Snapshot) hash(q question) uint64 {
	if known, ok := s.caches.answers.get(q); ok {
		return known
	}
	var h maphash.Hash
	h.SetSeed(answerSeed)
	s.writeAnswer(&h, q)
	sum := h.Sum64()
	s.caches.answers.put(q, sum)
	return sum
}

// knownAnswers are the hashes of the answers to the questions that were asked. Leaves ask ten thousand: in a map of values of any kind
// each took five allocations.
type knownAnswers struct {
	lock   sync.RWMutex
	hashes map[question]uint64
}

func (k *knownAnswers) get(q question) (hash uint64, ok bool) {
	k.lock.RLock()
	defer k.lock.RUnlock()
	hash, ok = k.hashes[q]
	return hash, ok
}

func (k *knownAnswers) put(q question, hash uint64) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.hashes == nil {
		k.hashes = map[question]uint64{}
	}
	k.hashes[q] = hash
}

func (s *Snapshot) writeAnswer(h *maphash.Hash, q question) {
	switch q.about {
	case calledPins:
		writeAll(h, s.pinsFlakes())
	case checkouts:
		writeAll(h, s.checkouts(checkoutKey{q.source, q.folder}))
	case users:
		for use := range s.EachSourceUser(q.source) {
			maphash.WriteComparable(h, use.Dir)
			writeAll(h, use.Path)
			maphash.WriteComparable(h, use.Reference)
			maphash.WriteComparable(h, use.Span)
		}
	case allSources:
		writeAll(h, s.Sources())
	case pinsReferences:
		// In any order: the sum of the hashes.
		var sum uint64
		for r, n := range s.pinsReferenceCounts() {
			sum += maphash.Comparable(answerSeed, struct {
				pinsReference
				n int
			}{r, n})
		}
		maphash.WriteComparable(h, sum)
	case registries:
		s.Registry()
		maphash.WriteComparable(h, s.facts.registryHash)
	case renames:
		maphash.WriteComparable(h, s.renamesHash())
	case leaves:
		for _, l := range s.Leaves() {
			maphash.WriteComparable(h, l.Dir)
			maphash.WriteComparable(h, l.Input)
			maphash.WriteComparable(h, l.Pins)
			maphash.WriteComparable(h, l.Ref)
			if l.Set != nil {
				maphash.WriteComparable(h, l.Set.ID)
				maphash.WriteComparable(h, l.Set.key)
				maphash.WriteComparable(h, l.Set.rev)
			}
		}
	case readableFlake:
		maphash.WriteComparable(h, s.sharedFlake(q.folder) != nil)
	case pinsDeclares:
		pins := s.sharedFlake(q.folder)
		maphash.WriteComparable(h, pins != nil && pins.Input(q.name) != nil)
	case pinsInput:
		var in *Input
		if pins := s.sharedFlake(q.folder); pins != nil {
			in = pins.Input(q.name)
		}
		in.writeTo(h)
	case pinsOffer:
		var is said
		if pins := s.sharedFlake(q.folder); pins != nil {
			is = knownOffersOf(pins, "pins").named(q.name).said()
		}
		maphash.WriteComparable(h, is)
	case pinsSource:
		if pins := s.sharedFlake(q.folder); pins != nil {
			for _, i := range s.offersBySource(pins)[q.source] {
				o := knownOffersOf(pins, "pins").list[i]
				maphash.WriteComparable(h, o.Name)
				maphash.WriteComparable(h, o.said())
			}
		}
	case droppedInputs:
		for _, d := range s.Dropped(PinsID{Dir: q.folder}) {
			maphash.WriteComparable(h, d.Name)
			for _, f := range d.Followers {
				maphash.WriteComparable(h, f.Dir)
				writeAll(h, f.Path)
			}
			maphash.WriteComparable(h, len(d.Followers))
		}
	case branchHistory:
		maphash.WriteComparable(h, s.branchHistory(branchOfPins{q.folder, q.name}).hash())
	case history:
		maphash.WriteComparable(h, s.History(PinsID{Dir: q.folder, Source: q.source, Folder: q.name}).hash())
	}
}

// writeTo writes what an input says, but not where.
func (in *Input) writeTo(h *maphash.Hash) {
	if in == nil {
		maphash.WriteComparable(h, false)
		return
	}
	maphash.WriteComparable(h, struct {
		name                                              string
		reference                                         ref.Ref
		hasReference, indirect, faulty, isFollow, isFlake bool
		overrides                                         int
	}{in.Name, in.Reference, in.HasReference, in.Indirect, in.ReferenceError != nil, in.IsFollow, in.IsFlake, len(in.Overrides)})
	writeAll(h, in.Follows)
	for _, o := range in.Overrides {
		o.writeTo(h)
	}
}

func writeAll[S ~string](h *maphash.Hash, list []S) {
	for _, text := range list {
		maphash.WriteComparable(h, string(text))
	}
	maphash.WriteComparable(h, len(list))
}
