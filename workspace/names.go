package workspace

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// The names of the files that are looked for.
const (
	flakeName          = "flake.nix"
	lockName           = "flake.lock"
	manaName           = "mana.nix"
	manaLockName       = "lock.json"
	entrypointName     = "entrypoint.nix"
	registryName       = "registry.json"
	globalRegistryName = "flake-registry.json"
	gitConfigName      = "config"
	packedRefsName     = "packed-refs"
)

// judgedNames are the names of files of which a rule may speak.
var judgedNames = []string{flakeName, lockName, manaName, entrypointName, config.FileName}

func isJudged(path string) bool { return slices.Contains(judgedNames, filepath.Base(path)) }

// exemptNames are names of folders whose flakes are made to be copied or to be tried, not to be kept up to date.
var exemptNames = []string{"template", "templates", "example", "examples", "test", "tests", "testdata", "fixture", "fixtures"}

// within says whether a path is the folder or lies below it.
func within(folder, path string) bool {
	if folder == path {
		return true
	}
	if !strings.HasSuffix(folder, string(filepath.Separator)) {
		folder += string(filepath.Separator)
	}
	return strings.HasPrefix(path, folder)
}

// below gives the names that lead from a folder to a path within it.
func below(folder, path string) []string {
	rest := strings.Trim(strings.TrimPrefix(path, folder), string(filepath.Separator))
	if rest == "" {
		return nil
	}
	return strings.Split(rest, string(filepath.Separator))
}

// upwards calls f for a folder and those above it until f says that it has seen enough.
func upwards(dir string, f func(dir string) bool) {
	for f(dir) {
		parent := filepath.Dir(dir)
		if parent == dir {
			return
		}
		dir = parent
	}
}
