package workspace

import (
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// Snapshot is the workspace at one time. It never changes and may be used from many goroutines.
//
// A closed file is in it as it was when somebody first asked for it since it was last known to change; see Workspace for how
// changes become known.
type Snapshot struct {
	workspace  *Workspace
	generation uint64
	roots      []string
	settings   *config.Layer // of the editor
	now        time.Time
	disk       *disk
	open       map[string]*document
	facts      *facts
	// touched are the folders of closed flakes that have changed since facts were found out; see overlaid.
	touched []string
	// relocked are those of changed locks; see overlaidLeaves.
	relocked []string

	// histories are shared until a lock, or a commit of pins, is another one.
	histories *histories

	caches *caches
	// reads notes what is asked, where this is a recording snapshot of base; see Recording.
	reads *Reads
	base  *Snapshot
}

// disk is the closed files. It is shared by all snapshots between two changes of the disk.
type disk struct {
	tree tree
	// judged are the paths of the files found below the roots of which a rule may speak, sorted.
	judged []string
}

// document is an open document.
type document struct {
	file *File
	// good is the last version before this one that was parsed without error; nil where there is none but the disk's.
	good *File
}

// Generation numbers the snapshots of a workspace: a later one has a greater number.
func (s *Snapshot) Generation() uint64 { return s.generation }

// Now is the time that rules judge by.
func (s *Snapshot) Now() time.Time {
	if r := s.reads; r != nil {
		r.lock.Lock()
		defer r.lock.Unlock()
		r.day = s.day()
	}
	return s.now
}

// Log is where defects are reported. It is never nil.
func (s *Snapshot) Log() *slog.Logger { return s.workspace.log }

// File gives a file by its absolute path: the text of the open document where there is one, else that of the disk. The error
// has fs.ErrNotExist, or is a *FileError.
func (s *Snapshot) File(path string) (*File, error) {
	path = filepath.Clean(path)
	if d := s.open[path]; d != nil {
		s.noteDocument(path, d)
		if limit := sizeLimit(path); int64(len(d.file.Text)) > limit {
			return nil, &FileError{Path: path, Reason: TooLarge, Size: int64(len(d.file.Text)), Limit: limit}
		}
		return d.file, nil
	}
	return s.entry(path).read(s.workspace)
}

// Unchanged says whether the disk still holds what the snapshot has of a closed file: what an edit of it must ask last. The error is
// that of File, a *FileError with Changed where the file is another one by now.
func (s *Snapshot) Unchanged(path string) error {
	return s.entry(filepath.Clean(path)).unchanged(s.workspace)
}

func (s *Snapshot) entry(path string) *entry {
	id, path := s.workspace.ids.kept(path)
	e := s.disk.tree.get(id, path)
	s.noteFile(id, nil, e)
	return e
}

// settled gives a file as other files see it: an open document in its last version that parsed without error.
func (s *Snapshot) settled(path string) (*File, error) {
	path = filepath.Clean(path)
	d := s.open[path]
	if d == nil {
		return s.entry(path).read(s.workspace)
	}
	s.noteDocument(path, d)
	file, err := s.File(path)
	if err == nil && file.Manifest().Clean() {
		return file, nil
	}
	if d.good != nil {
		return d.good, nil
	}
	// Nothing better is known of a file that is broken on the disk too.
	e := s.entry(path)
	s.noteSaved(path, e)
	if saved, savedErr := e.read(s.workspace); savedErr == nil && (err != nil || saved.Manifest().Clean()) {
		return saved, nil
	}
	return file, err
}

// Flake gives the flake in a folder, in or out of the workspace, as its text is now; nil where there is no flake.nix that can
// be read.
func (s *Snapshot) Flake(dir string) *Flake {
	return s.flake(dir, s.File)
}

// settledFlake gives a flake as other files see it.
func (s *Snapshot) settledFlake(dir string) *Flake {
	return s.flake(dir, s.settled)
}

func (s *Snapshot) flake(dir string, read func(path string) (*File, error)) *Flake {
	dir = filepath.Clean(dir)
	file, err := read(filepath.Join(dir, flakeName))
	if err != nil {
		return nil
	}
	f := &Flake{Dir: dir, File: file, Manifest: file.Manifest(), Inputs: file.flakeInputs()}
	f.Lock, f.LockPath, f.LockError = s.lockBeside(dir)
	return f
}

// lockBeside is the flake.lock of a folder, as Flake has it. The text of a closed one is not read again: the index has its graph.
func (s *Snapshot) lockBeside(dir string) (graph *lock.Graph, path string, err error) {
	path = filepath.Join(dir, lockName)
	if s.open[path] != nil {
		file, err := s.File(path)
		if err != nil {
			return nil, "", nil
		}
		graph, err = file.Lock()
		return graph, path, err
	}
	e := s.entry(path)
	e.asked.Store(true)
	e.load(s.workspace)
	if e.lock == nil {
		return nil, "", nil
	}
	return e.lock.graph, path, e.lock.err
}

// Documents are the open documents, sorted by their paths.
func (s *Snapshot) Documents() []*File {
	files := make([]*File, 0, len(s.open))
	for _, path := range s.openPaths() {
		files = append(files, s.open[path].file)
	}
	return files
}

func (s *Snapshot) openPaths() []string {
	paths := make([]string, 0, len(s.open))
	for path := range s.open {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// Judged gives the paths of the files of which a rule may speak, sorted: flake.nix, flake.lock, mana.nix with its
// entrypoint.nix, and .nix-pins.toml, below the roots or open. They need not be readable.
func (s *Snapshot) Judged() iter.Seq[string] {
	return func(yield func(string) bool) {
		for path := range s.paths() {
			if filepath.Base(path) == entrypointName && !s.exists(filepath.Join(filepath.Dir(path), manaName)) {
				continue
			}
			if !yield(path) {
				return
			}
		}
	}
}

// paths merges the found files with the open ones.
func (s *Snapshot) paths() iter.Seq[string] {
	return func(yield func(string) bool) {
		open := slices.DeleteFunc(s.openPaths(), func(path string) bool { return !isJudged(path) })
		for _, path := range s.disk.judged {
			for len(open) > 0 && open[0] < path {
				if !yield(open[0]) {
					return
				}
				open = open[1:]
			}
			if len(open) > 0 && open[0] == path {
				open = open[1:]
			}
			if !yield(path) {
				return
			}
		}
		for _, path := range open {
			if !yield(path) {
				return
			}
		}
	}
}

func (s *Snapshot) exists(path string) bool {
	if s.open[path] != nil {
		return true
	}
	_, found := slices.BinarySearch(s.disk.judged, path)
	return found
}

// Flakes gives a summary of every flake of the workspace, sorted by folder; of an open one in its last version that parsed
// without error. Flakes that cannot be read are left out.
func (s *Snapshot) Flakes() iter.Seq[*Summary] {
	s = s.asksAnything()
	return func(yield func(*Summary) bool) {
		for path := range s.paths() {
			if filepath.Base(path) != flakeName {
				continue
			}
			if summary := s.summary(path); summary != nil && !yield(summary) {
				return
			}
		}
	}
}

// summary is what is known of a flake.nix, nil where it cannot be read.
func (s *Snapshot) summary(path string) *Summary {
	if s.open[path] == nil {
		e := s.entry(path)
		e.load(s.workspace)
		return e.summary
	}
	file, err := s.settled(path)
	if err != nil {
		return nil
	}
	return file.flakeSummary()
}
