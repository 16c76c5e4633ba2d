package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// found is what a look at the disk found of paths that may have changed.
type found struct {
	// paths are to be looked at anew, trees with all that lies below them.
	paths, trees []string
	// searched are the folders that were searched anew, for which judged is complete.
	searched []string
	// judged are the files of which a rule may speak, among paths and below searched.
	judged []string
}

// FilesChanged says that files, or folders with all that is in them, were made, changed or removed on the disk.
func (w *Workspace) FilesChanged(paths []string) *Snapshot {
	w.looking.Lock()
	defer w.looking.Unlock()
	f := w.look(paths)
	return w.next(func(s *Snapshot) {
		if w.busy {
			w.changed = append(w.changed, paths...)
		}
		s.apply(f)
	})
}

// look asks the disk what is at the paths. It works on a snapshot of its own, which knows nothing yet, because the current
// one knows what was.
func (w *Workspace) look(paths []string) found {
	now := w.Snapshot()
	s := now.unread()
	var f found
	for _, path := range cleaned(paths) {
		name := filepath.Base(path)
		top, inGit := repositoryOf(path)
		if isHistory(path) {
			f.paths = append(f.paths, path)
			continue
		}
		if inGit && !slices.Contains(gitNames, name) {
			continue // Git's own work, of which there is much
		}
		f.paths = append(f.paths, path)
		search := ""
		info, err := os.Lstat(path)
		switch {
		case inGit:
			// What it excludes may have changed, and whether there is a repository that the one around it does not hide.
			search = top
			f.trees = append(f.trees, filepath.Join(top, ".git"))
		case name == ".gitignore" || name == config.FileName:
			search = filepath.Dir(path)
		case err == nil && info.IsDir(), err != nil && (!isJudged(path) || hasBelow(now.disk.judged, path)):
			search = path
			f.trees = append(f.trees, path)
		case isJudged(path) && s.RootOf(path) != "" && slices.Contains(s.searchJudged(context.Background(), filepath.Dir(path), true), path):
			f.judged = append(f.judged, path)
		}
		if search != "" && s.RootOf(search) != "" {
			f.searched = append(f.searched, search)
			f.judged = append(f.judged, s.searchJudged(context.Background(), search, false)...)
		}
	}
	return f
}

// gitNames are the names within .git, and its own, that say something of a checkout.
var gitNames = []string{".git", gitConfigName, "commondir", "exclude"}

// repositoryOf is the top folder of the work tree whose .git a path is or lies in.
func repositoryOf(path string) (top string, ok bool) {
	upwards(path, func(at string) bool {
		if ok = filepath.Base(at) == ".git"; ok {
			top = filepath.Dir(at)
		}
		return !ok
	})
	return top, ok
}

// unread is a snapshot of the same workspace that knows nothing of the disk, nor of open documents.
func (s *Snapshot) unread() *Snapshot {
	return &Snapshot{workspace: s.workspace, roots: s.roots, settings: s.settings, disk: &disk{tree: newTree()}, facts: new(facts), histories: new(histories), caches: new(caches)}
}

// hasBelow says whether any of the sorted paths lies below a folder.
func hasBelow(sorted []string, dir string) bool {
	prefix := dir + string(filepath.Separator)
	i, _ := slices.BinarySearch(sorted, prefix)
	return i < len(sorted) && within(dir, sorted[i])
}

// apply makes the changes known to a snapshot that is being made.
func (s *Snapshot) apply(f found) {
	next := &disk{tree: s.refreshed(f.paths), judged: s.disk.judged}
	for _, dir := range f.trees {
		for _, id := range s.workspace.ids.under(dir) {
			next.tree = next.tree.fresh(id)
		}
	}
	gone := func(path string) bool {
		if slices.Contains(f.judged, path) {
			return false
		}
		return slices.Contains(f.paths, path) || slices.ContainsFunc(f.searched, func(dir string) bool { return within(dir, path) })
	}
	isNew := func(path string) bool {
		_, known := slices.BinarySearch(next.judged, path)
		return !known
	}
	if slices.ContainsFunc(next.judged, gone) || slices.ContainsFunc(f.judged, isNew) {
		next.judged = slices.Concat(slices.DeleteFunc(slices.Clone(next.judged), gone), f.judged)
		slices.Sort(next.judged)
		next.judged = slices.Compact(next.judged)
	}
	before := s.shapes(f.paths)
	s.disk = next
	if len(f.searched) > 0 || len(f.trees) > 0 || !slices.Equal(s.shapes(f.paths), before) {
		s.forget()
		return
	}
	s.touch(f.paths)
}

// shapes are those of the flakes among the paths, as the disk has them.
func (s *Snapshot) shapes(paths []string) []flakeShape {
	list := make([]flakeShape, 0, len(paths))
	closed := s.copy().withoutDocuments() // s is still being made
	for _, path := range paths {
		if filepath.Base(path) != flakeName {
			continue
		}
		// A flake that nobody has looked at yet would be read as it is by now.
		var shape flakeShape
		if _, known := slices.BinarySearch(s.disk.judged, path); known {
			shape = closed.shapeOf(path)
		}
		list = append(list, shape)
	}
	return list
}

// maxTouched is how many changed flakes are looked up beside the facts before these are found out anew.
const maxTouched = 64

// forget lets the facts be found out anew.
func (s *Snapshot) forget() {
	s.facts, s.histories, s.touched, s.relocked = new(facts), new(histories), nil, nil
}

// touch makes the facts fit files that have changed: a changed flake or lock is laid over them.
func (s *Snapshot) touch(paths []string) {
	touched, relocked := slices.Clone(s.touched), slices.Clone(s.relocked)
	note := func(list *[]string, path string) {
		if dir := filepath.Dir(path); !slices.Contains(*list, dir) {
			*list = append(*list, dir)
		}
	}
	for _, path := range paths {
		switch name := filepath.Base(path); {
		case name == flakeName && s.RootOf(path) != "":
			note(&touched, path)
			s.histories = new(histories)
		case name == lockName:
			note(&relocked, path)
			s.histories = new(histories)
		case isHistory(path):
			s.histories = new(histories)
		case filepath.Ext(name) == ".nix" && name != flakeName:
		default: // settings, a registry, a remote, a flake elsewhere that leaves may mean
			s.forget()
			return
		}
	}
	if s.touched, s.relocked = touched, relocked; len(touched)+len(relocked) > maxTouched {
		s.forget()
	}
}

// refreshed is the tree with nothing known of the paths.
func (s *Snapshot) refreshed(paths []string) tree {
	t := s.disk.tree
	for _, path := range paths {
		t = t.fresh(s.workspace.ids.of(path))
	}
	return t
}
