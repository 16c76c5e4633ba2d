package diagnostics_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// hostileLock is a lock whose tree of inputs has no end, and doubles at every step.
func hostileLock() string {
	const original = `"original": { "owner": "o", "repo": "r", "type": "github" }`
	const locked = `"locked": { "owner": "o", "repo": "r", "rev": "0123456789abcdef0123456789abcdef01234567", "type": "github" }`
	return fmt.Sprintf(`{ "nodes": {
  "root": { "inputs": { "a": "a" } },
  "a": { %s, %s, "inputs": { "left": "a", "right": "a" } }
}, "root": "root", "version": 7 }`, original, locked)
}

// Breaks when a lock that stands for an endless tree is followed to the end, or when what hangs in it is judged nevertheless.
func TestHostileLock(t *testing.T) {
	root := t.TempDir()
	realtools.WriteFiles(t, root, map[string]string{
		"flake.nix":  "{ inputs.a.url = \"github:o/r\"; inputs.b.follows = \"a/left/right\"; inputs.c.follows = \"a" + strings.Repeat("/left", 5000) + "/nope\"; outputs = _: { }; }",
		"flake.lock": hostileLock(),
	})
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	want := []string{"invalid-lock: Nix refuses flake.lock: the input `left` leads back to the node `a`, which contains it."}
	if found := errorsOf(t, s, filepath.Join(root, "flake.nix")); !slices.Equal(found, want) {
		t.Error(found)
	}
}

// Breaks when what lies in a Git repository on this disk counts as what Nix will read: it may be at another commit.
func TestGitRepositoriesAreNotRead(t *testing.T) {
	root := t.TempDir()
	realtools.WriteFiles(t, root, map[string]string{
		"leaf/flake.nix": "{ inputs.a.url = \"git+file://" + root + "/dep\"; inputs.b.follows = \"a/x\"; outputs = _: { }; }",
		"dep/flake.nix":  "{ outputs = _: { }; }",
	})
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	findings, err := diagnostics.Run(context.Background(), s, filepath.Join(root, "leaf", "flake.nix"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Code == "unknown-follows" {
			t.Error(f.Message)
		}
	}
}
