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

// maxFolders is how many folders are told of at a time: more than a person looks through.
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
		if len(name) < len(typed) || !strings.EqualFold(name[:len(typed)], typed) ||
			name[0] == '.' && typed == "" || slices.Contains(skippedFolders, name) {
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
	entries, err := os.ReadDir(dir) // what can be read is there, whatever the error
	if err != nil && !isMissing(err) {
		s.Log().Info("a folder cannot be read", "path", dir, "error", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}
