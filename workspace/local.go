package workspace

import (
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
)

// LocalFlake gives the flake behind an input of a flake where it lies on this disk: behind a path: or git+file: reference, or
// an id that the registries resolve to one. ok is false where the input refers to something else, follows, or where there is
// no flake.nix that can be read. An open one is given in its last version that parsed without error.
func (s *Snapshot) LocalFlake(in *Input, of *Flake) (f *Flake, ok bool) {
	if !in.HasReference || in.IsFollow || !in.IsFlake {
		return nil, false
	}
	dir, ok := s.localDir(s.ResolvedInput(in.Reference), of.Dir)
	if !ok {
		return nil, false
	}
	f = s.settledFlake(dir)
	return f, f != nil
}

// Reaching are the folders of the flakes that refer to the flake of a folder that is meant by its place on this disk (a path, the URL of a
// local repository, or an id that the registries resolve to one), and of those that so refer to one of these.
func (s *Snapshot) Reaching(isMeant func(dir string) bool) map[string]bool {
	readers := map[string][]string{} // of a folder
	for summary := range s.Flakes() {
		for in := range summary.Inputs() {
			if !in.HasReference || in.IsFollow {
				continue
			}
			if dir, ok := s.localDir(s.ResolvedInput(in.Reference), summary.Dir); ok && dir != summary.Dir {
				readers[dir] = append(readers[dir], summary.Dir)
			}
		}
	}
	reaching := map[string]bool{}
	var add func(dir string)
	add = func(dir string) {
		for _, reader := range readers[dir] {
			if !reaching[reader] {
				reaching[reader] = true
				add(reader)
			}
		}
	}
	for dir := range readers {
		if isMeant(dir) {
			add(dir)
		}
	}
	return reaching
}

// identified is a reference with the id resolved, or as it is where no registry has the id.
func (s *Snapshot) identified(r ref.Ref, purpose registry.Purpose) ref.Ref {
	if r.Type() == ref.Indirect {
		if result, err := s.Registry().Resolve(r, purpose); err == nil {
			return result.Ref
		}
	}
	return r
}

// ResolvedInput is what a reference of an input stands for after the registries that answer for the inputs of a flake. An id that they do
// not have stands for itself.
func (s *Snapshot) ResolvedInput(r ref.Ref) ref.Ref { return s.identified(r, registry.FlakeInput) }

// localDir is the folder of the flake that a reference in the flake of the folder base means, where that is on this disk.
func (s *Snapshot) localDir(r ref.Ref, base string) (dir string, ok bool) {
	if r.Type() != ref.Path && r.Type() != ref.Git || !r.Source().Local() {
		return "", false
	}
	dir = filepath.FromSlash(string(r.Source()))
	return r.FlakeFolder(resolved(base, dir)), true
}
