package workspace_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a text that is only tried out reaches the workspace, the disk or the snapshot that it was tried on.
func TestWithText(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "flake.nix")
	if err := os.WriteFile(path, []byte(`{ inputs.a.url = "github:o/a"; outputs = _: { }; }`), 0o644); err != nil {
		t.Fatal(err)
	}
	w := workspace.New(workspace.Options{Roots: []string{dir}})
	before := w.Open(path, 7, `{ inputs.b.url = "github:o/b"; outputs = _: { }; }`)
	after := before.WithText(path, `{ inputs.c.url = "github:o/c"; outputs = _: { }; }`)
	for _, c := range []struct {
		name string
		s    *workspace.Snapshot
		want string
	}{{"tried", after, "c"}, {"tried on", before, "b"}, {"workspace", w.Snapshot(), "b"}, {"disk", w.Close(path), "a"}} {
		if f := c.s.Flake(dir); len(f.Inputs) != 1 || f.Inputs[0].Name != c.want {
			t.Errorf("%s: inputs are %v, want %s", c.name, f.Inputs, c.want)
		}
	}
	if file, err := after.File(path); err != nil || file.Version != 7 {
		t.Errorf("the tried text has version %v, %v", file, err)
	}
}
