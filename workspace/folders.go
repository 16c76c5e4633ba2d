package workspace

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Folder is a folder that a reference may name.
type Folder struct {
	Name string
	// Flake says that it has a flake.nix, Repository that it is the top of a Git work tree.
	Flake, Repository bool
}

// maxFolders is how many folders, or files, are told of at a time: more than a person looks through.
const maxFolders = 500

// Folders gives the folders within a folder whose names begin with what somebody has typed of one, in any case, sorted; more says that
// there are others. It asks the disk each time. What Nix does not see is left out: links to folders, which it does not follow. Hidden folders
// come only to who has typed their dot.
//
// inSource says that Nix reads the folder as a part of the source of a flake in the same Git work tree, if it is in one: then what Git
// ignores is left out too, and the repositories that lie in it.
func (s *Snapshot) Folders(dir, typed string, inSource bool) (list []Folder, more bool) {
	dir = filepath.Clean(dir)
	names := s.folderNames(dir, inSource)
	slices.Sort(names)
	for _, name := range names {
		if !begins(name, typed) || slices.Contains(skippedFolders, name) {
			continue
		}
		if len(list) == maxFolders {
			return list, true
		}
		path := filepath.Join(dir, name)
		f := Folder{Name: name, Repository: isRepository(path)}
		if inSource && f.Repository && s.OutOfSource(path, dir) {
			continue
		}
		manifest := filepath.Join(path, flakeName)
		info, err := os.Stat(manifest)
		f.Flake = err == nil && info.Mode().IsRegular() || s.open[manifest] != nil
		list = append(list, f)
	}
	return list, false
}

// begins says whether a name is one of those that are meant by what is typed of it; a hidden one is by who has typed its dot.
func begins(name, typed string) bool {
	return len(name) >= len(typed) && strings.EqualFold(name[:len(typed)], typed) && (name[0] != '.' || typed != "")
}

// NixFiles gives the Nix files in a folder whose names begin with what somebody has typed of one, in any case, sorted; more says that there
// are others. It asks the disk each time. Links to files count.
func (s *Snapshot) NixFiles(dir, typed string) (names []string, more bool) {
	for _, e := range s.entries(dir) { // sorted
		name := e.Name()
		if !begins(name, typed) || filepath.Ext(name) != ".nix" {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.Mode().IsRegular() {
			continue // a link that leads nowhere, a folder
		}
		if len(names) == maxFolders {
			return names, true
		}
		names = append(names, name)
	}
	return names, false
}

// entries are what can be read of a folder, whatever the error.
func (s *Snapshot) entries(dir string) []os.DirEntry {
	entries, err := os.ReadDir(dir)
	if err != nil && !isMissing(err) {
		s.Log().Info("a folder cannot be read", "path", dir, "error", err)
	}
	return entries
}

func (s *Snapshot) folderNames(dir string, inSource bool) []string {
	if top, _ := s.repository(dir); inSource && top != "" {
		w := &walker{ctx: context.Background(), log: s.Log(), root: top, want: func(string) bool { return false }, flat: true}
		w.search(dir)
		names := make([]string, 0, len(w.children))
		for _, child := range w.children {
			names = append(names, filepath.Base(child))
		}
		return names
	}
	var names []string
	for _, e := range s.entries(dir) {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}
