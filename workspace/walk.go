package workspace

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
)

// skippedFolders are never searched.
var skippedFolders = []string{".git", ".hg", ".jj", ".direnv", "node_modules"}

// walker finds files below a folder, as Git sees them: what a .gitignore of the same repository excludes is left out. A
// repository within another one, as in a folder of clones that is a repository itself, is searched although the outer one
// ignores it. Links to folders are not followed; a link to a file counts where it leads to a file below the same root.
type walker struct {
	ctx  context.Context
	log  *slog.Logger
	root string
	want func(path string) bool
	// flat says that folders within the folder are left alone.
	flat bool
	// excluded are the patterns of the settings, which hold everywhere.
	excluded []gitignore.Pattern
	slots    chan struct{}
	group    sync.WaitGroup
	lock     sync.Mutex
	found    []string
	// children are, with flat, the folders that would be searched.
	children []string
}

// folder is a folder on the way: its names from the root, and the patterns that hold in it.
type folder struct {
	path     string
	names    []string
	patterns []gitignore.Pattern
}

// searchJudged gives the files of which a rule may speak below a folder of a root (with flat: in it), in no order; none where
// the folder is ignored or excluded itself. It stops early when the context is done.
func (s *Snapshot) searchJudged(ctx context.Context, dir string, flat bool) []string {
	return s.judgedWalker(ctx, dir, flat).search(dir)
}

func (s *Snapshot) judgedWalker(ctx context.Context, dir string, flat bool) *walker {
	w := &walker{ctx: ctx, log: s.Log(), root: s.RootOf(dir), want: isJudged, flat: flat}
	for _, pattern := range s.Config(filepath.Join(w.root, flakeName)).Files.Exclude {
		w.excluded = append(w.excluded, gitignore.ParsePattern(pattern, nil))
	}
	return w
}

// search gives what is wanted below a folder of the root.
func (w *walker) search(dir string) []string {
	w.slots = make(chan struct{}, workers.Count())
	at := folder{path: w.root}
	for _, name := range below(w.root, dir) {
		at.patterns = w.patternsIn(at, isRepository(at.path), true)
		if at = at.child(name); !w.enters(at) {
			return nil
		}
	}
	w.walk(at)
	w.group.Wait()
	return w.found
}

func (f folder) child(name string) folder {
	return folder{filepath.Join(f.path, name), append(f.names[:len(f.names):len(f.names)], name), slices.Clip(f.patterns)}
}

func isRepository(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil
}

// enters says whether a folder is searched.
func (w *walker) enters(f folder) bool {
	name := f.names[len(f.names)-1]
	if slices.Contains(skippedFolders, name) || matches(w.excluded, f.names, true) {
		return false
	}
	return !matches(f.patterns, f.names, true) || isRepository(f.path)
}

func matches(patterns []gitignore.Pattern, names []string, isDir bool) bool {
	return len(patterns) > 0 && gitignore.NewMatcher(patterns).Match(names, isDir)
}

// patternsIn are the patterns that hold in a folder: those of the folders above in the same repository, and its own, which it may have where
// ignores says so.
func (w *walker) patternsIn(f folder, repository, ignores bool) []gitignore.Pattern {
	patterns := slices.Clip(f.patterns)
	if repository {
		patterns = w.patterns(filepath.Join(f.path, ".git", "info", "exclude"), f.names)
	}
	if ignores {
		patterns = append(patterns, w.patterns(filepath.Join(f.path, ".gitignore"), f.names)...)
	}
	return patterns
}

func (w *walker) patterns(path string, domain []string) []gitignore.Pattern {
	content, _, err := readFile(path, sizeLimit(path))
	if err != nil {
		if !isMissing(err) {
			w.log.Warn("a list of ignored files cannot be read", "path", path, "error", err)
		}
		return nil
	}
	var patterns []gitignore.Pattern
	for line := range strings.Lines(content) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, gitignore.ParsePattern(line, domain))
		}
	}
	return patterns
}

func (w *walker) walk(f folder) {
	if w.ctx.Err() != nil {
		return
	}
	entries, err := os.ReadDir(f.path)
	if err != nil && !isMissing(err) {
		w.log.Warn("a folder cannot be searched", "path", f.path, "error", err)
		w.add(f.path) // what is in it goes unjudged, which somebody must say
	}
	has := func(name string) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name })
	}
	if repository, ignores := has(".git"), has(".gitignore"); repository || ignores {
		f.patterns = w.patternsIn(f, repository, ignores)
	}
	for _, e := range entries {
		next := f.child(e.Name())
		switch {
		case e.IsDir():
			if !w.enters(next) {
				continue
			}
			if isJudged(next.path) { // it stands where a file should
				w.add(next.path)
			}
			if w.flat {
				w.children = append(w.children, next.path)
			} else {
				w.spawn(next)
			}
		case w.want(next.path) && !matches(f.patterns, next.names, false) && !matches(w.excluded, next.names, false):
			if e.Type()&fs.ModeSymlink == 0 || w.leadsInside(next.path) {
				w.add(next.path)
			}
		}
	}
}

func (w *walker) add(path string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.found = append(w.found, path)
}

// spawn searches a folder beside the others where a processor is free.
func (w *walker) spawn(f folder) {
	select {
	case w.slots <- struct{}{}:
		w.group.Go(func() {
			defer func() { <-w.slots }()
			w.walk(f)
		})
	default:
		w.walk(f)
	}
}

// leadsInside says of a link whether it leads to a file below the root.
func (w *walker) leadsInside(link string) bool {
	target, err := filepath.EvalSymlinks(link)
	if err != nil {
		return false
	}
	root, err := filepath.EvalSymlinks(w.root)
	if err != nil || !within(root, target) {
		return false
	}
	info, err := os.Stat(target)
	return err == nil && !info.IsDir()
}
