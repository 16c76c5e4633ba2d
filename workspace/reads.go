package workspace

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Reads is what the answers of a recording snapshot depended on: the files that were read (or looked for), and what was asked of all
// flakes together. While a later snapshot says that all of it is the same, the answers are.
type Reads struct {
	lock sync.Mutex
	// asked has a bit for each subject without a detail that was asked for, or all of them once the answers are there.
	asked atomic.Uint32
	done  bool
	known map[uint32]bool // the files, nil for a few
	// later is what was noted after NoteLater, earlier what was before.
	earlier, later noted
	split          bool
	day            int64 // since 1970, or 0 where nobody asked for the time
	unbounded      bool
	settings       any
	roots          []string
}

// noted is what was read and what was asked, each once.
type noted struct {
	files   []fileRead
	answers []answer
}

// at is where the next thing is noted.
func (r *Reads) at() *noted {
	if r.split {
		return &r.later
	}
	return &r.earlier
}

// knows says whether a question is noted already.
func (r *Reads) knows(q question) bool {
	same := func(a answer) bool { return a.question == q }
	return slices.ContainsFunc(r.earlier.answers, same) || slices.ContainsFunc(r.later.answers, same)
}

// hasRead says whether a file is noted, and that it will be. A leaf reads a few files, pins thousands.
func (r *Reads) hasRead(id uint32) bool {
	const few = 16
	if len(r.earlier.files)+len(r.later.files) < few {
		is := func(f fileRead) bool { return f.id == id }
		return slices.ContainsFunc(r.earlier.files, is) || slices.ContainsFunc(r.later.files, is)
	}
	if r.known == nil {
		r.known = map[uint32]bool{}
		for _, n := range []noted{r.earlier, r.later} {
			for _, f := range n.files {
				r.known[f.id] = true
			}
		}
	}
	known := r.known[id]
	r.known[id] = true
	return known
}

// clipped is the same in no more memory than it takes: it is kept for each leaf.
func (n noted) clipped() noted { return noted{slices.Clone(n.files), slices.Clone(n.answers)} }

// fileRead is one file as it was: an open document, or what the index has of the disk; saved is what that has beside a document which is broken.
type fileRead struct {
	id       uint32
	document *document
	entry    *entry
	saved    *entry
}

// Recording gives the snapshot as one that notes what it is asked. It is for one question after the other; End ends it.
func (s *Snapshot) Recording() (*Snapshot, *Reads) {
	r := &Reads{settings: s.settings, roots: s.roots}
	recording := s.copy()
	recording.generation, recording.caches, recording.reads, recording.base = s.generation, s.caches, r, s.all()
	return recording, r
}

// End says that the answers are there. What is asked of the recording snapshot later, by a fix, is not noted.
func (r *Reads) End() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.done, r.known = true, nil
	r.asked.Store(^uint32(0))
	r.earlier, r.later = r.earlier.clipped(), r.later.clipped()
}

// NoteLater says that what is noted from now on belongs to what comes last: answers that nothing before them has used, so that they can be
// asked for again alone. Where nothing is noted it does nothing.
func (s *Snapshot) NoteLater() {
	if r := s.reads; r != nil {
		r.lock.Lock()
		defer r.lock.Unlock()
		r.split = r.split || !r.done
	}
}

// EndLater is End of another look at what came last: the reads are then those of r before NoteLater, with all that was noted now.
func (r *Reads) EndLater(earlier *Reads) {
	r.lock.Lock()
	defer r.lock.Unlock()
	var later noted
	for _, now := range []noted{r.earlier, r.later} {
		for _, f := range now.files {
			if !slices.ContainsFunc(earlier.earlier.files, func(known fileRead) bool {
				return known.id == f.id && (f.saved == nil || f.saved == known.saved)
			}) {
				later.files = append(later.files, f)
			}
		}
		for _, a := range now.answers {
			if !slices.ContainsFunc(earlier.earlier.answers, func(known answer) bool { return known.question == a.question }) {
				later.answers = append(later.answers, a)
			}
		}
	}
	r.done, r.known, r.split = true, nil, true
	r.asked.Store(^uint32(0))
	r.earlier, r.later = earlier.earlier, later.clipped()
	r.unbounded, r.day = r.unbounded || earlier.unbounded, max(r.day, earlier.day)
}

// all is the snapshot that notes nothing: what it finds out is for everybody.
func (s *Snapshot) all() *Snapshot {
	if s.base != nil {
		return s.base
	}
	return s
}

// noteFile notes how the file of an id was found.
func (s *Snapshot) noteFile(id uint32, d *document, e *entry) {
	r := s.reads
	if r == nil {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if !r.done && !r.hasRead(id) {
		at := r.at()
		at.files = append(at.files, fileRead{id: id, document: d, entry: e})
	}
}

// noteDocument notes that an open document was read.
func (s *Snapshot) noteDocument(path string, d *document) {
	if s.reads != nil {
		s.noteFile(s.workspace.ids.of(path), d, nil)
	}
}

// noteSaved notes that beside an open document, which is noted, what the disk has was read.
func (s *Snapshot) noteSaved(path string, e *entry) {
	r := s.reads
	if r == nil {
		return
	}
	id := s.workspace.ids.of(path)
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.done {
		return
	}
	for _, n := range []noted{r.earlier, r.later} {
		for i := range n.files {
			if f := &n.files[i]; f.id == id && f.document != nil {
				f.saved = e
			}
		}
	}
}

// asks notes a question to all flakes; the caller then answers it out of the snapshot that is given back.
func (s *Snapshot) asks(q question) *Snapshot {
	r, all := s.reads, s.all()
	bit := uint32(1) << q.about
	single := q == question{about: q.about}
	if r == nil || single && r.asked.Load()&bit != 0 { // a rule asks for renames hundreds of times
		return all
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if single {
		r.asked.Or(bit)
	}
	if !r.done && !r.knows(q) {
		q = q.apart()
		at := r.at()
		at.answers = append(at.answers, answer{q, all.hash(q)})
	}
	return all
}

// asksAnything notes a question whose answer may depend on anything.
func (s *Snapshot) asksAnything() *Snapshot {
	if r := s.reads; r != nil {
		r.lock.Lock()
		defer r.lock.Unlock()
		r.unbounded = true
	}
	return s.all()
}

// Same says whether all that was read is in this snapshot as it was, and where that is not so, whether all is that was read before NoteLater.
func (s *Snapshot) Same(r *Reads) (all, earlier bool) {
	if r.unbounded || r.settings != any(s.settings) || !slices.Equal(r.roots, s.roots) || r.day != 0 && r.day != s.day() {
		return false, false
	}
	if !s.same(r.earlier) {
		return false, false
	}
	return s.same(r.later), true
}

func (s *Snapshot) same(n noted) bool {
	for _, f := range n.files {
		if !s.sameFile(f) {
			return false
		}
	}
	for _, a := range n.answers {
		if s.hash(a.question) != a.hash {
			return false
		}
	}
	return true
}

// sameFile says whether a file that was read is as it was. A document with the text that the disk has is: pins is opened more often than
// it is edited, and every leaf has read it.
func (s *Snapshot) sameFile(f fileRead) bool {
	if f.saved != nil {
		return s.open[f.document.file.Path] == f.document && s.sameEntry(f.id, f.saved)
	}
	if f.entry == nil {
		switch now := s.open[f.document.file.Path]; {
		case now == f.document:
			return true
		case now != nil:
			return now.alone() && f.document.alone() && now.file.Text == f.document.file.Text
		}
		e := s.disk.tree.get(f.id, f.document.file.Path)
		if e == nil || !f.document.alone() {
			return false
		}
		e.load(s.workspace)
		return e.holds(f.document.file)
	}
	if len(s.open) > 0 {
		if now := s.open[f.entry.path]; now != nil {
			// Others see what the disk has of one that is broken, as soon as that is not.
			return now.alone() && f.entry.holds(now.file) && (now.sound() || s.sameEntry(f.id, f.entry))
		}
	}
	return s.sameEntry(f.id, f.entry)
}

// sameEntry says whether the disk has of a file what it had.
func (s *Snapshot) sameEntry(id uint32, e *entry) bool {
	now := s.disk.tree.get(id, e.path)
	if now == e || now == nil {
		return now == e
	}
	now.load(s.workspace) // it was looked at again, perhaps to find what was there
	if now.err != nil || e.err != nil {
		return isMissing(now.err) && isMissing(e.err)
	}
	return now.hash == e.hash
}

// alone says that other files see no other version of the document than this one.
func (d *document) alone() bool {
	return d.good == nil || d.sound()
}

// sound says that the document is known to have no syntax error.
func (d *document) sound() bool { return d.file.parsed() && d.file.Manifest().Clean() }

func (s *Snapshot) day() int64 { return s.now.Unix() / (24 * 60 * 60) }
