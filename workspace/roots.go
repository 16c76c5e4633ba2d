package workspace

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// FindRoot gives the root of the workspace around a path: the outermost folder at or above it that has a .nix-pins.toml, else
// the path itself (of a file, its folder; one that is not there is taken for a folder). why says which, in words that fit after "root: PATH, ".
//
// Settings nest, so those of a leaf must not hide the polyrepo around it. What lies above the home of the user is not looked at. The
// home itself and the top of the disk count only where nothing nearer has settings: somebody's own settings there are no
// reason to search all that they have.
func (e Environment) FindRoot(path string) (root, why string) {
	path = filepath.Clean(path)
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	home, homeErr := os.Stat(e.Home)
	root, why = path, "no "+config.FileName+" here or above"
	found := false
	upwards(path, func(dir string) bool {
		info, err := os.Stat(dir)
		isHome := err == nil && homeErr == nil && os.SameFile(info, home)
		last := isHome || dir == filepath.Dir(dir)
		settings, err := os.Stat(filepath.Join(dir, config.FileName))
		if err == nil && settings.Mode().IsRegular() && !(last && found) {
			root, why, found = dir, "the outermost folder with a "+config.FileName, true
		}
		return !last
	})
	return root, why
}

// Roots are the absolute paths of the folders of the workspace.
func (s *Snapshot) Roots() []string { return slices.Clone(s.roots) }

// CommonFolder is the deepest folder that holds all of the paths, of which there is one at least; they are absolute and clean.
func CommonFolder(paths []string) string {
	common := paths[0]
	for _, path := range paths[1:] {
		for !within(common, path) {
			common = filepath.Dir(common)
		}
	}
	return common
}

// RootOf is the root that a path lies in, the deepest of several; "" where it lies in none.
func (s *Snapshot) RootOf(path string) string { return rootOf(s.roots, path) }

func rootOf(roots []string, path string) string {
	root := ""
	for _, r := range roots {
		if within(r, path) && len(r) > len(root) {
			root = r
		}
	}
	return root
}

// Exempt says whether a file lies in a folder of templates, examples, tests or fixtures below its root, and no setting
// (files.include-templates) says that such count.
func (s *Snapshot) Exempt(path string) bool {
	root := s.RootOf(path)
	if root == "" {
		return false
	}
	names := below(root, filepath.Dir(path))
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(exemptNames, name) }) &&
		!s.Config(path).Files.IncludeTemplates
}
