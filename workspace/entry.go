package workspace

import (
	"hash/maphash"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"weak"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
)

// entry is what is known of one path of the disk, as it was when it was first asked for. It keeps no text: a text is read
// again when it is needed again, and must then be the same.
type entry struct {
	path string
	// asked says that somebody needed the file itself, so that Poll looks after it; indexed files alone are too many.
	asked atomic.Bool
	// stale says that the disk holds something else by now.
	stale atomic.Bool
	// young is a youth: so long the stamp alone does not tell whether it does.
	young atomic.Int64

	once    sync.Once
	reading sync.Mutex
	// onDisk is unseen until the file has been looked at. Of five entries, three are of files that are not there: they share absent.
	*onDisk
}

// onDisk is what was found at a path.
type onDisk struct {
	stamp stamp
	hash  uint64
	err   error // fs.ErrNotExist itself where nothing is there
	// What is kept of a flake.nix, of a flake.lock and of a Git configuration; nil for other files.
	summary *Summary
	lock    *lockEntry
	git     *gitEntry

	file weak.Pointer[File]
}

var unseen, absent = new(onDisk), &onDisk{err: fs.ErrNotExist}

// lockEntry is what the index keeps of a flake.lock.
type lockEntry struct {
	// graph needs no text; err says why there is none.
	graph *lock.Graph
	err   error
	// set is the package set that was asked for last.
	set atomic.Pointer[PackageSet]
}

// gitEntry is what the index keeps of a Git configuration.
type gitEntry struct {
	remotes []remote // origin first
	names   []string // of all remotes, origin first
}

// graph is that of a flake.lock, nil where there is none.
func (e *entry) graph() *lock.Graph {
	if e.lock == nil {
		return nil
	}
	return e.lock.graph
}

var hashSeed = maphash.MakeSeed()

// holds says whether a loaded entry is of a file with the same text.
func (e *entry) holds(f *File) bool { return e.err == nil && e.hash == f.textHash() }

// load looks at the file, once.
func (e *entry) load(w *Workspace) { e.loadInto(w, nil) }

// loadInto is load of a file of which the keeper keeps what the index has of it.
func (e *entry) loadInto(w *Workspace, k *keeper) {
	e.once.Do(func() {
		if filepath.Base(e.path) == lockName && e.loadLock(w, k) {
			return
		}
		content, at, err := readFile(e.path, sizeLimit(e.path))
		if isMissing(err) && at == (stamp{}) {
			e.onDisk = absent
			return
		}
		e.onDisk = k.place()
		e.stamp, e.err = at, err
		if err != nil {
			return
		}
		e.hash = maphash.String(hashSeed, content)
		e.young.Store(int64(at.young(w.options.Clock())))
		file := &File{Path: e.path, Text: content, codes: w.options.RuleCodes}
		switch filepath.Base(e.path) {
		case flakeName:
			e.summary = k.summary(file.flakeSummary())
		case lockName:
			graph, err := file.Lock()
			e.lock = &lockEntry{graph: graph, err: err}
		case gitConfigName:
			e.git = w.gitEntryOf(file)
		}
		e.file = weak.Make(file)
		w.recent.keep(e, file)
	})
}

// lockTexts are memory for the texts of locks: a graph keeps nothing of one.
var lockTexts = sync.Pool{New: func() any { return new([lockRoom]byte) }}

// lockRoom is the size of a text that is read so, in bytes. Ten thousand real locks have 11,000 at the mean.
const lockRoom = 64 << 10

// loadLock looks at a flake.lock in which nothing is wrong; else it says false.
func (e *entry) loadLock(w *Workspace, k *keeper) bool {
	room := lockTexts.Get().(*[lockRoom]byte)
	defer lockTexts.Put(room)
	content, at, err := readInto(room[:], e.path, lockRoom-1)
	if err != nil {
		return false
	}
	graph, err := k.parseLock(content)
	if err != nil || len(graph.Problems) > 0 { // what is said of a text may be parts of it
		return false
	}
	e.onDisk = k.place()
	e.stamp, e.hash, e.lock = at, maphash.String(hashSeed, content), k.lockEntry()
	e.lock.graph = graph
	e.young.Store(int64(at.young(w.options.Clock())))
	return true
}

// read gives the file. It is a *FileError with Changed where the disk no longer holds what it did at the first look; the
// next snapshot looks anew.
func (e *entry) read(w *Workspace) (*File, error) {
	e.asked.Store(true)
	return e.glance(w)
}

// glance is read for what only the index needs: Poll does not look after it.
func (e *entry) glance(w *Workspace) (*File, error) {
	e.load(w)
	if e.err != nil {
		return nil, e.failure()
	}
	if file := e.text(w.options.RuleCodes); file != nil {
		w.recent.keep(e, file)
		return file, nil
	}
	return nil, e.changed(w)
}

// failure is why there is no text.
func (e *entry) failure() error {
	if e.onDisk == absent {
		return &fs.PathError{Op: "stat", Path: e.path, Err: syscall.ENOENT}
	}
	return e.err
}

// changed is the error where the disk no longer holds what it did.
func (e *entry) changed(w *Workspace) error {
	e.stale.Store(true)
	w.stale.add(e.path)
	return &FileError{Path: e.path, Reason: Changed}
}

// unchanged looks at the disk again, whether or not the text is still at hand.
func (e *entry) unchanged(w *Workspace) error {
	e.load(w)
	if e.err != nil {
		return e.failure()
	}
	if content, _, err := readFile(e.path, sizeLimit(e.path)); err != nil || maphash.String(hashSeed, content) != e.hash {
		return e.changed(w)
	}
	return nil
}

// changedUnseen says whether the disk holds something else under the same stamp. Once the stamp is old enough it will not.
func (e *entry) changedUnseen(w *Workspace) bool {
	young := youth(e.young.Load())
	if young == 0 {
		return false
	}
	left := young.at(w.options.Clock()) // before the look
	content, _, err := readFile(e.path, sizeLimit(e.path))
	if err != nil || maphash.String(hashSeed, content) != e.hash {
		return true
	}
	e.young.Store(int64(left))
	return false
}

// text is the file, read again if need be, or nil where the disk holds something else now.
func (e *entry) text(codes []string) *File {
	e.reading.Lock()
	defer e.reading.Unlock()
	if file := e.file.Value(); file != nil {
		return file
	}
	content, _, err := readFile(e.path, sizeLimit(e.path))
	if err != nil || maphash.String(hashSeed, content) != e.hash {
		return nil
	}
	file := &File{Path: e.path, Text: content, codes: codes}
	if e.summary != nil {
		file.syntax = e.summary.syntax
	}
	if e.lock != nil {
		file.lockOnce.Do(func() { file.lock, file.lockError = e.lock.graph, e.lock.err })
	}
	e.file = weak.Make(file)
	return file
}

// recentFiles is how many texts are kept for the next question, whoever asks it: the pins flake and its lock, above all.
// Larger ones than recentSize are not.
const (
	recentFiles = 64
	recentSize  = 1 << 20
)

// recent keeps the files that were used last.
type recent struct {
	lock  sync.Mutex
	files [recentFiles]recentFile
	next  int
}

type recentFile struct {
	of   *entry
	file *File
}

func (r *recent) keep(of *entry, file *File) {
	if len(file.Text) > recentSize {
		return
	}
	if old := r.replace(recentFile{of, file}); old.of != nil {
		old.of.forget(old.file)
	}
}

// replace gives what has to go.
func (r *recent) replace(f recentFile) (old recentFile) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if slices.Contains(r.files[:], f) {
		return recentFile{}
	}
	old, r.files[r.next] = r.files[r.next], f
	r.next = (r.next + 1) % recentFiles
	return old
}

// forget drops the file of the entry, because a weak pointer costs memory even when what it led to is gone.
func (e *entry) forget(file *File) {
	e.reading.Lock()
	defer e.reading.Unlock()
	if e.file.Value() == file {
		e.file = weak.Pointer[File]{}
	}
}

// pathSet collects paths from many goroutines.
type pathSet struct {
	lock  sync.Mutex
	paths []string
}

func (p *pathSet) add(path string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.paths = append(p.paths, path)
}

// take gives the paths and forgets them.
func (p *pathSet) take() []string {
	p.lock.Lock()
	defer p.lock.Unlock()
	paths := p.paths
	p.paths = nil
	return paths
}
