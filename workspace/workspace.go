package workspace

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Options is what a workspace is told by whoever makes it.
type Options struct {
	// Roots are absolute paths of folders.
	Roots []string
	// Settings is the editor's settings object (see package config); nil for none.
	Settings json.RawMessage
	// RuleCodes are the codes that [rules] may name; nil allows all.
	RuleCodes   []string
	Environment Environment
	// Clock tells the time that rules judge by; nil is time.Now.
	Clock func() time.Time
	// Log gets what has gone wrong here; nil is silence.
	Log *slog.Logger
}

// Environment is where Nix keeps what belongs to the user and the machine. An empty path stands for a folder that is not
// there, but Config and Cache default to .config and .cache below Home.
type Environment struct {
	Home string
	// Config and Cache are the user's folders ($XDG_CONFIG_HOME, $XDG_CACHE_HOME): Nix's files are in nix/ below them.
	Config, Cache string
	// System is the folder of Nix's own configuration, usually /etc/nix.
	System string
	// Store is the folder of the Nix store as its paths name it, usually /nix/store, and StoreRoot the folder below which it lies on this
	// machine, "" for the top.
	Store, StoreRoot string
}

// ProcessEnvironment is the environment of this process.
func ProcessEnvironment() Environment {
	e := Environment{Config: os.Getenv("XDG_CONFIG_HOME"), Cache: os.Getenv("XDG_CACHE_HOME"), System: os.Getenv("NIX_CONF_DIR")}
	if home, err := os.UserHomeDir(); err == nil { // without a home there are no files of the user
		e.Home = home
	}
	if e.System == "" {
		e.System = "/etc/nix"
	}
	if e.Store = os.Getenv("NIX_STORE_DIR"); e.Store == "" {
		e.Store = "/nix/store"
	}
	// A store that is a folder: its paths name /nix/store too.
	if root := os.Getenv("NIX_REMOTE"); filepath.IsAbs(root) {
		e.StoreRoot = root
	}
	return e
}

// WithDefaults is the environment with the folders of Config and Cache where they are below Home unless something else is said.
func (e Environment) WithDefaults() Environment {
	if e.Home != "" && e.Config == "" {
		e.Config = filepath.Join(e.Home, ".config")
	}
	if e.Home != "" && e.Cache == "" {
		e.Cache = filepath.Join(e.Home, ".cache")
	}
	return e
}

// Workspace holds the files of a polyrepo and makes a Snapshot after each change. It learns of changes by being told: Open,
// Change and Close of documents, FilesChanged of the disk; Poll looks by itself. Its methods may be called from many
// goroutines.
type Workspace struct {
	options Options
	log     *slog.Logger
	ids     *ids
	recent  recent
	// versions has the trees of the open documents that were parsed last.
	versions parse.Versions
	// stale are files whose text was wanted again and was another one by then.
	stale pathSet

	current atomic.Pointer[Snapshot]
	// history guards gitVersions.
	history     sync.Mutex
	gitVersions gitVersions
	// change is held while the next snapshot is made. It guards busy (Index is at work), changed (the paths that were
	// reported meanwhile) and indexed (when the last Index that counts began).
	change  sync.Mutex
	busy    bool
	changed []string
	indexed time.Time
	// looking is held from a look at the disk until the next snapshot has what it found, indexing by Index.
	looking, indexing sync.Mutex
	poller            poller
}

// New makes a workspace that has looked at nothing yet: open documents can be judged at once, Index finds the others.
func New(options Options) *Workspace {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	options.Environment = options.Environment.WithDefaults()
	w := &Workspace{
		options: options, log: options.Log, ids: &ids{byPath: map[string]numbered{}},
		gitVersions: gitVersions{map[versionKey]versions{}, map[string]*PackageSet{}, map[string][]string{}, map[reachedKey]int{}},
	}
	w.current.Store(&Snapshot{
		workspace: w, now: options.Clock(), roots: cleaned(options.Roots), settings: w.parseSettings(options.Settings),
		disk: &disk{tree: newTree()}, facts: new(facts), histories: new(histories), caches: new(caches),
	})
	return w
}

func cleaned(paths []string) []string {
	clean := make([]string, 0, len(paths))
	for _, path := range paths {
		if path = filepath.Clean(path); !slices.Contains(clean, path) {
			clean = append(clean, path)
		}
	}
	return clean
}

func (w *Workspace) parseSettings(raw json.RawMessage) *config.Layer {
	return config.ParseJSON(raw, w.options.RuleCodes)
}

// Snapshot is the workspace as it is now.
func (w *Workspace) Snapshot() *Snapshot { return w.current.Load() }

// next makes the next snapshot: edit changes a copy of the current one.
func (w *Workspace) next(edit func(s *Snapshot)) *Snapshot {
	w.change.Lock()
	defer w.change.Unlock()
	s := w.current.Load().copy()
	s.generation++
	s.now = w.options.Clock()
	if stale := w.stale.take(); len(stale) > 0 {
		s.disk = &disk{tree: s.refreshed(stale), judged: s.disk.judged}
		s.touch(stale)
	}
	edit(s)
	w.current.Store(s)
	return s
}

// copy is a snapshot to be changed before anybody sees it.
func (s *Snapshot) copy() *Snapshot {
	return &Snapshot{
		workspace: s.workspace, generation: s.generation, now: s.now, roots: s.roots, settings: s.settings,
		disk: s.disk, open: s.open, facts: s.facts, touched: s.touched, relocked: s.relocked, histories: s.histories, caches: new(caches),
	}
}

// Open lays the text of an editor over a file, which need not exist. Opening an open document begins it anew.
func (w *Workspace) Open(path string, version int32, text string) *Snapshot {
	return w.next(func(s *Snapshot) { s.lay(path, version, text, nil) })
}

// Change gives an open document its next text.
func (w *Workspace) Change(path string, version int32, text string) *Snapshot {
	return w.next(func(s *Snapshot) { s.lay(path, version, text, s.open[filepath.Clean(path)]) })
}

// WithText is the snapshot as it would be with another text of a file, open or not. The workspace does not learn of it.
func (s *Snapshot) WithText(path, text string) *Snapshot {
	return s.WithTexts(map[string]string{path: text})
}

// WithTexts is WithText for many files, by path.
func (s *Snapshot) WithTexts(texts map[string]string) *Snapshot {
	next := s.copy()
	next.open = make(map[string]*document, len(s.open)+len(texts))
	maps.Copy(next.open, s.open)
	for path, text := range texts {
		path = filepath.Clean(path)
		old, version := s.open[path], int32(0)
		if old != nil {
			version = old.file.Version
		}
		next.put(path, version, text, old)
	}
	return next
}

// lay puts a text over a file; old is the document that it is the next version of, nil where there is none.
func (s *Snapshot) lay(path string, version int32, text string, old *document) {
	open := make(map[string]*document, len(s.open)+1)
	maps.Copy(open, s.open)
	s.open = open
	s.put(filepath.Clean(path), version, text, old)
}

// put is lay on a map of documents that no other snapshot has, of a clean path.
func (s *Snapshot) put(path string, version int32, text string, old *document) {
	d := &document{file: &File{Path: path, Text: text, Open: true, Version: version, codes: s.workspace.options.RuleCodes, versions: &s.workspace.versions}}
	switch {
	case old == nil:
	// A version that nobody has parsed was overtaken: it is not parsed now only to be able to fall back on it.
	case old.file.parsed() && old.file.Manifest().Clean():
		d.good = old.file
	default:
		d.good = old.good
	}
	s.open[path] = d
	if filepath.Base(path) == config.FileName {
		s.touch([]string{path})
	}
}

// Close takes the text of an editor away; the file counts as the disk has it now.
func (w *Workspace) Close(path string) *Snapshot {
	path = filepath.Clean(path)
	w.looking.Lock()
	defer w.looking.Unlock()
	w.versions.Forget(path)
	found := w.look([]string{path})
	return w.next(func(s *Snapshot) {
		s.open = maps.Clone(s.open)
		delete(s.open, path)
		s.apply(found)
	})
}

// SetRoots changes the folders of the workspace. What was found in the old ones is forgotten; call Index.
func (w *Workspace) SetRoots(roots []string) *Snapshot {
	return w.next(func(s *Snapshot) {
		s.roots, s.disk = cleaned(roots), &disk{tree: newTree()}
		s.forget()
	})
}

// SetSettings changes the editor's settings object.
func (w *Workspace) SetSettings(raw json.RawMessage) *Snapshot {
	return w.next(func(s *Snapshot) {
		s.settings = w.parseSettings(raw)
		s.forget()
	})
}

// Index finds the files below the roots and reads what the workspace needs to know of each. progress, which may be nil, is
// told from one goroutine at a time how many of the files found so far are done. The error is the context's. Snapshots taken
// meanwhile know the files that they ask for, but not who else is there.
func (w *Workspace) Index(ctx context.Context, progress func(done, found int)) error {
	w.indexing.Lock()
	defer w.indexing.Unlock()
	w.change.Lock()
	w.busy, w.changed = true, nil
	w.change.Unlock()
	begun := time.Now()
	fresh := w.Snapshot().unread()
	var judged []string
	for _, root := range fresh.roots {
		judged = append(judged, fresh.searchJudged(ctx, root, false)...)
	}
	slices.Sort(judged)
	fresh.disk.judged = slices.Compact(judged)
	for i, path := range fresh.disk.judged {
		_, fresh.disk.judged[i] = w.ids.kept(path)
	}
	fresh.warm(ctx, progress)
	if ctx.Err() == nil {
		for _, id := range fresh.AllPins() {
			fresh.History(id) // it reads a repository, which no rule should have to wait for
		}
	}
	if ctx.Err() == nil {
		w.next(func(s *Snapshot) {
			if slices.Equal(s.roots, fresh.roots) {
				s.disk, w.indexed = fresh.disk, begun
				s.forget()
				if s.settings == fresh.settings && !s.hasOpenSettings() { // which fresh does not have
					s.facts, s.histories = fresh.facts, fresh.histories
				}
			}
		})
	}
	w.change.Lock()
	changed := w.changed
	w.busy, w.changed = false, nil
	w.change.Unlock()
	if len(changed) > 0 {
		w.FilesChanged(changed)
	}
	return ctx.Err()
}

// hasOpenSettings says whether an open document is a file of settings.
func (s *Snapshot) hasOpenSettings() bool {
	for path := range s.open {
		if filepath.Base(path) == config.FileName {
			return true
		}
	}
	return false
}

// warm reads the files that the index keeps something of.
func (s *Snapshot) warm(ctx context.Context, progress func(done, found int)) {
	var lock sync.Mutex
	done := 0
	keep := newKeeper()
	defer keep.complete()
	s.disk.tree.slab = new(slab[entry])
	defer func() { s.disk.tree.slab = nil }()
	folders := byFolders(s.disk.judged)
	_ = workers.Each(ctx, len(folders), func(i int) error { // the error is the context's, which Index looks at
		for _, path := range folders[i] {
			switch filepath.Base(path) {
			case flakeName:
				e, dir := s.entry(path), filepath.Dir(path)
				e.loadInto(s.workspace, keep)
				// What the facts ask of each flake, which one goroutine finds out.
				s.remotes(dir)
				c := s.configIn(dir)
				if e.err == nil && e.summary != nil {
					s.entry(filepath.Join(dir, lockName)).loadInto(s.workspace, keep)
					s.pinsSet(e.summary, c)
				}
			case config.FileName, lockName:
				s.entry(path).loadInto(s.workspace, keep)
			}
		}
		lock.Lock()
		defer lock.Unlock()
		done += len(folders[i])
		if progress != nil {
			progress(done, len(s.disk.judged))
		}
		return nil
	})
}

// byFolders splits sorted paths where the folder changes: a flake and its lock are read by one goroutine, which would wait for the other.
func byFolders(paths []string) [][]string {
	var runs [][]string
	start, dir := 0, ""
	for i, path := range paths {
		if at := filepath.Dir(path); i == 0 || at != dir {
			if i > 0 {
				runs = append(runs, paths[start:i])
			}
			start, dir = i, at
		}
	}
	if len(paths) > 0 {
		runs = append(runs, paths[start:])
	}
	return runs
}

// ids numbers paths without gaps. A path keeps its number for the life of the workspace.
type ids struct {
	lock   sync.RWMutex
	byPath map[string]numbered
	texts  text.Store // of the paths
}

// numbered is a path by its number and the place of its text, NoPlace where it is too long for a store.
type numbered struct {
	id uint32
	at text.Place
}

// of gives the number of a path.
func (i *ids) of(path string) uint32 { return i.number(path).id }

// kept is of with the path as the ids have it: who keeps that keeps no other copy.
func (i *ids) kept(path string) (id uint32, same string) {
	n := i.number(path)
	if n.at == text.NoPlace {
		return n.id, path
	}
	return n.id, i.texts.Get(n.at)
}

func (i *ids) number(path string) numbered {
	i.lock.RLock()
	n, ok := i.byPath[path]
	i.lock.RUnlock()
	if ok {
		return n
	}
	i.lock.Lock()
	defer i.lock.Unlock()
	if n, ok = i.byPath[path]; !ok {
		at, ok := i.texts.Put(path)
		if ok {
			path = i.texts.Get(at)
		}
		n = numbered{uint32(len(i.byPath)), at}
		i.byPath[path] = n
	}
	return n
}

// under gives the numbers of a path and of all below it.
func (i *ids) under(path string) []uint32 {
	i.lock.RLock()
	defer i.lock.RUnlock()
	var list []uint32
	for p, n := range i.byPath {
		if within(path, p) {
			list = append(list, n.id)
		}
	}
	return list
}
