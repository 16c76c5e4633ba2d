package lsp

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// folderPaths are the paths of the folders that are on this disk; others cannot be searched.
func (s *Server) folderPaths(uris []string) []string {
	var paths []string
	for _, uri := range uris {
		if path, ok := filePath(uri); ok {
			paths = append(paths, filepath.Clean(path))
		} else {
			s.log.Warn("a folder of the workspace is not on this disk", "uri", uri)
		}
	}
	return paths
}

func didChangeWorkspaceFolders(s *Server, params *protocol.DidChangeWorkspaceFoldersParams) error {
	uris := func(folders []protocol.WorkspaceFolder) (uris []string) {
		for _, folder := range folders {
			uris = append(uris, folder.URI)
		}
		return uris
	}
	removed := s.folderPaths(uris(params.Event.Removed))
	s.roots = slices.DeleteFunc(s.roots, func(root string) bool { return slices.Contains(removed, root) })
	s.roots = append(s.roots, s.folderPaths(uris(params.Event.Added))...)
	s.setRoots()
	return nil
}

// setRoots makes the folders known and searches them.
func (s *Server) setRoots() {
	roots := s.searched()
	if len(roots) == 0 {
		roots = s.guessed
	}
	s.workspace.SetRoots(roots)
	s.index()
	s.judgeOpenDocuments(0)
}

// searched are the folders to search: for each one that the client names the outermost with a settings file at or above it. Who
// opens a leaf alone wants it judged as the leaf that it is.
func (s *Server) searched() []string {
	var roots []string
	for _, folder := range s.roots {
		root, _ := s.options.Environment.FindRoot(folder)
		if root != folder {
			s.log.Info("root widened", "folder", folder, "root", root)
			s.lookBySelf() // clients watch only below the folders that they know of
		}
		if !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	return roots
}

// guessRoot makes the folder around a document a root where the client has named none: the outermost with a settings file
// above it, else its own. A home or the root of the disk is too much to search for the sake of one file.
func (s *Server) guessRoot(path string) {
	if len(s.roots) > 0 || s.workspace.Snapshot().RootOf(path) != "" {
		return
	}
	dir := filepath.Dir(filepath.Clean(path))
	root, _ := s.options.Environment.FindRoot(dir)
	home := s.options.Environment.Home
	if _, err := os.Stat(filepath.Join(root, config.FileName)); err != nil && (root == filepath.Dir(root) || root == home) {
		return
	}
	s.log.Info("root guessed", "root", root)
	s.guessed = append(s.guessed, root)
	s.lookBySelf() // clients watch only below the folders that they know of
	s.setRoots()
}
