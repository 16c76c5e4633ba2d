package workspace

import (
	"context"
	"path/filepath"
	"slices"
)

// The most that SiblingFiles reads: far more than a flake has that people write by hand.
const (
	maxSiblings     = 2000
	maxSiblingBytes = 16 << 20
)

type siblings struct {
	files    []*File
	complete bool
}

// SiblingFiles gives the other .nix files of the repository that a flake lies in (of its folder where there is none), sorted
// by path, with flake.nix files of folders among them. complete is false where some could not be read or there are too many
// to read: then nothing can be said of what none of them holds.
func (s *Snapshot) SiblingFiles(f *Flake) (files []*File, complete bool) {
	s = s.asksAnything()
	top, _ := s.repository(f.Dir)
	if top == "" {
		top = f.Dir
	}
	found, ok := s.caches.siblings.Load(top)
	if !ok {
		found, _ = s.caches.siblings.LoadOrStore(top, s.nixFiles(top))
	}
	all := found.(*siblings)
	for _, file := range all.files {
		if file.Path != f.File.Path {
			files = append(files, file)
		}
	}
	return files, all.complete
}

func (s *Snapshot) nixFiles(top string) *siblings {
	w := &walker{ctx: context.Background(), log: s.Log(), root: top, want: func(path string) bool { return filepath.Ext(path) == ".nix" }}
	paths := w.search(top)
	for _, path := range s.openPaths() {
		if within(top, path) && filepath.Ext(path) == ".nix" && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	all := &siblings{complete: len(paths) <= maxSiblings}
	size := 0
	for _, path := range paths[:min(len(paths), maxSiblings)] {
		file, err := s.File(path)
		if err != nil {
			all.complete = false
			continue
		}
		if size += len(file.Text); size > maxSiblingBytes {
			all.complete = false
			break
		}
		all.files = append(all.files, file)
	}
	return all
}
