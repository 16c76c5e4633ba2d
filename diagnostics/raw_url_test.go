package diagnostics

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when an input is added to another text of pins than its editor has: leaves see an open pins in its last version without a
// syntax error, and the places of that are not those of the text that is there now.
func TestAddToPinsWhileItIsEdited(t *testing.T) {
	const good = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = _: { };\n}\n"
	leaf := "{\n  inputs.pins.url = \"path:../pins\";\n  inputs.tool.url = \"github:acme/tool\";\n  outputs = _: { };\n}\n"
	dir := t.TempDir()
	for name, content := range map[string]string{"pins": good, "web": leaf, "api": leaf} {
		path := filepath.Join(dir, name, "flake.nix")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pins := filepath.Join(dir, "pins", "flake.nix")
	w := workspace.New(workspace.Options{Roots: []string{dir}, RuleCodes: Codes()})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	w.Open(pins, 1, good)
	add := func() (edits []text.Edit, err error) {
		t.Helper()
		findings, err := Run(context.Background(), w.Snapshot(), filepath.Join(dir, "web", "flake.nix"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			for _, fix := range f.Fixes {
				if !strings.HasPrefix(fix.Title(), "Add tool to pins") {
					continue
				}
				files, err := fix.Edits()
				if err != nil {
					return nil, err
				}
				if len(files) != 1 || files[0].Path != pins {
					t.Fatalf("it edits %v", files)
				}
				return files[0].Edits, nil
			}
		}
		t.Fatalf("nothing is offered at %v", findings)
		return nil, nil
	}
	if edits, err := add(); err != nil || len(edits) == 0 {
		t.Errorf("in a pins without a fault: %v, %v", edits, err)
	}
	w.Change(pins, 2, strings.Repeat(" ", 1<<21))
	if edits, err := add(); err == nil {
		t.Errorf("while it is too large: %v", edits)
	}
	w.Change(pins, 3, "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs")
	if edits, err := add(); err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("while it has a fault: %v, %v", edits, err)
	}
	if err := os.WriteFile(pins, []byte("{ outputs = _: { }; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.Change(pins, 4, good+"# one more line\n")
	edits, err := add()
	if err != nil {
		t.Fatal(err)
	}
	after, err := text.Apply(good+"# one more line\n", edits)
	if err != nil || !strings.Contains(after, `inputs.tool.url = "github:acme/tool";`) || !strings.HasSuffix(after, "# one more line\n") {
		t.Errorf("in the text of the editor: %v, %q", err, after)
	}
}
