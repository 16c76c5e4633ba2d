package workspace

import (
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/store"
)

// StoredFlake is the flake.nix of what a node of a lock holds, where the local Nix store has it. The lock alone says where it would
// be: nothing is evaluated, fetched or asked of Nix. ok is false where it is not there, where the lock has no hash of it, and for a
// relative path, which is a part of the flake that has it.
func (s *Snapshot) StoredFlake(n lock.Node) (path string, ok bool) {
	e := s.workspace.options.Environment
	locked := n.Locked()
	if e.Store == "" || locked.Relative() {
		return "", false
	}
	at, ok := store.Path(filepath.ToSlash(e.Store), locked)
	dir := filepath.FromSlash(locked.Dir())
	if !ok || dir != "" && !filepath.IsLocal(dir) {
		return "", false
	}
	path = filepath.Join(e.StoreRoot, filepath.FromSlash(at), dir, flakeName)
	if _, err := s.File(path); err != nil {
		return "", false
	}
	return path, true
}
