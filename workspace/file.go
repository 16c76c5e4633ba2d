package workspace

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// File is one version of one file. It never changes; what is read out of it is computed at the first question, once.
type File struct {
	// Path is absolute and clean.
	Path string
	Text string
	// Open says that it is the text of an editor, with the editor's Version, not that of the disk.
	Open    bool
	Version int32

	codes        []string
	versions     *parse.Versions // of an open file, else nil
	hashOnce     sync.Once
	hash         uint64
	syntax       parse.Compact // where it is known from before
	manifestOnce sync.Once
	manifest     atomic.Pointer[parse.Manifest]
	linesOnce    sync.Once
	lines        *text.Lines
	inputsOnce   sync.Once
	inputs       []*Input
	lockOnce     sync.Once
	lock         *lock.Graph
	lockError    error
	layerOnce    sync.Once
	layer        *config.Layer
	summaryOnce  sync.Once
	summary      *Summary
	derived      sync.Map
	offers       atomic.Pointer[knownOffers] // of a flake.nix, those that were asked for last
}

// Manifest is what the file says as Nix source; its name tells the kind.
func (f *File) Manifest() *parse.Manifest {
	f.manifestOnce.Do(func() {
		kind := parse.KindOf(f.Path)
		if f.versions != nil {
			f.manifest.Store(f.versions.Parse(f.Path, kind, f.Text))
		} else {
			f.manifest.Store(parse.Again(kind, f.Text, f.syntax))
		}
	})
	return f.manifest.Load()
}

// textHash is that of the text, as entries have it.
func (f *File) textHash() uint64 {
	f.hashOnce.Do(func() { f.hash = maphash.String(hashSeed, f.Text) })
	return f.hash
}

// Lines is the line index of the text.
func (f *File) Lines() *text.Lines {
	f.linesOnce.Do(func() { f.lines = text.NewLines(f.Text) })
	return f.lines
}

// Lock is the file as a flake.lock. The error is a *lock.Error where it is no JSON.
func (f *File) Lock() (*lock.Graph, error) {
	f.lockOnce.Do(func() { f.lock, f.lockError = lock.Parse(f.Text) })
	return f.lock, f.lockError
}

// Settings is the file as a .nix-pins.toml.
func (f *File) Settings() *config.Layer {
	f.layerOnce.Do(func() { f.layer = config.ParseTOML(f.Path, f.Text, f.codes) })
	return f.layer
}

// flakeInputs are the inputs of a flake.nix as Nix reads them.
func (f *File) flakeInputs() []*Input {
	f.inputsOnce.Do(func() { f.inputs = readInputs(f.Manifest()) })
	return f.inputs
}

// flakeSummary is what the index keeps of a flake.nix.
func (f *File) flakeSummary() *Summary {
	f.summaryOnce.Do(func() { f.summary = summarize(f.Path, f.flakeInputs(), f.Manifest().Syntax()) })
	return f.summary
}

// Derive is what another package reads out of the file, under a key of a type of that package's own: compute gives it at the first question,
// and it must depend on nothing but the path and the text, and never change. Two questions at once may both compute it.
func (f *File) Derive(key any, compute func() any) any {
	if value, ok := f.derived.Load(key); ok {
		return value
	}
	value, _ := f.derived.LoadOrStore(key, compute())
	return value
}

// parsed says whether anybody has asked for the manifest yet.
func (f *File) parsed() bool { return f.manifest.Load() != nil }
