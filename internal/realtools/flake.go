package realtools

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// FlakeMetadata runs `nix flake metadata --json` on a flake reference (such as path:/tmp/x) with more arguments, such as
// --no-update-lock-file (fail if the lock does not satisfy flake.nix) or --no-write-lock-file. It returns Nix's JSON,
// its warnings and, where Nix refuses, an *Error.
func (n *Nix) FlakeMetadata(ref string, args ...string) (metadata json.RawMessage, warnings []string, err error) {
	stdout, stderr, err := n.Run("", append([]string{"flake", "metadata", "--json", ref}, args...)...)
	if err != nil {
		return nil, Warnings(stderr), err
	}
	return stdout, Warnings(stderr), nil
}

// FlakeLock runs `nix flake lock` in dir, a folder or a work tree of git whose flake.nix git tracks, and returns the
// flake.lock that it leaves (nil: a flake with no inputs gets none), its warnings and, where Nix refuses, an *Error.
func (n *Nix) FlakeLock(t testing.TB, dir string, args ...string) (lock json.RawMessage, warnings []string, err error) {
	t.Helper()
	_, stderr, err := n.Run(dir, append([]string{"flake", "lock"}, args...)...)
	if err != nil {
		return nil, Warnings(stderr), err
	}
	content, readErr := os.ReadFile(filepath.Join(dir, "flake.lock"))
	if readErr != nil && !os.IsNotExist(readErr) {
		t.Fatal(readErr)
	}
	return content, Warnings(stderr), nil
}
