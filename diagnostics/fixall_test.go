package diagnostics_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
)

// Breaks when fix-all edits another file than the one of the finding, though every fix may be chosen: many leaves would each
// add their own version of a source to pins.
func TestFixAllKeepsToTheFile(t *testing.T) {
	dir := layFlakes(t, `
-- pins/flake.nix --
{ inputs.lib.url = "github:acme/lib"; outputs = _: { }; }
-- a/flake.nix --
{ inputs.pins.url = "github:acme/pins"; inputs.lib.url = "github:acme/lib"; inputs.x.url = "github:acme/x/v1"; outputs = _: { }; }
-- b/flake.nix --
{ inputs.pins.url = "github:acme/pins"; inputs.x.url = "github:acme/x/v2"; outputs = _: { }; }
`)
	s := openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot()
	a := filepath.Join(dir, "a", "flake.nix")
	if _, found := findFix(t, s, a, "raw-url", "x", "Add x to pins"); !found {
		t.Fatal("x is not offered to be added to pins")
	}
	fixed, err := diagnostics.FixAll(context.Background(), s, judged(s), func(diagnostics.Finding, diagnostics.Fix) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	if len(fixed.Texts) != 1 || !strings.Contains(fixed.Texts[a], `inputs.lib.follows = "pins/lib"`) {
		t.Errorf("the changed files are %q", fixed.Texts)
	}
}
