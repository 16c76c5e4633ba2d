package diagnostics_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when an edit of pins that is not saved yet does not tell which leaves lose an input by it, in pins itself; or when what is kept of pins
// does not notice that another file changed the answer: a leaf edited beside it, closed leaves, a save. Each step is compared with a fresh look.
func TestDroppedByAnEdit(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	const both = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.crane.url = \"github:ipetkov/crane\";\n  outputs = _: { };\n}\n"
	one := strings.Replace(both, "  inputs.crane.url = \"github:ipetkov/crane\";\n", "", 1)
	leaf := func(follows string) string {
		return "{\n  inputs.pins.url = \"github:acme/pins\";\n  inputs.crane.follows = \"" + follows + "\";\n  outputs = _: { };\n}\n"
	}
	files := map[string]string{
		"pins/flake.nix": both, "web/flake.nix": leaf("pins/crane"), "api/flake.nix": leaf("pins/crane/nixpkgs"), "other/flake.nix": leaf("pins/nixpkgs"),
		"at/flake.nix":            strings.Replace(leaf("pins/crane"), "acme/pins", "acme/pins/v1", 1),
		"rev/flake.nix":           strings.Replace(leaf("pins/crane"), "acme/pins", "acme/pins?rev="+strings.Repeat("a", 40), 1),
		"tarball/flake.nix":       strings.Replace(leaf("pins/crane"), "github:acme/pins", "https://github.com/acme/pins/archive/main.tar.gz", 1),
		"through/flake.nix":       strings.Replace(leaf("pins/crane"), `inputs.pins.url = "github:acme/pins"`, `inputs.base.url = "github:acme/base"; inputs.pins.follows = "base/pins"`, 1),
		"templates/new/flake.nix": leaf("pins/crane"),
	}
	realtools.WriteFiles(t, work, files)
	w := openWorkspace(t, work, filepath.Join(dir, "home"))
	path := func(name string) string { return filepath.Join(work, filepath.FromSlash(name)) }
	pins := path("pins/flake.nix")
	var kept diagnostics.Kept
	said := func(what string, s *workspace.Snapshot, want string) {
		t.Helper()
		findings := keptOf(t, &kept, s, s, pins, what)
		var messages []string
		for _, f := range findings {
			if f.Code != "dropped-input" {
				continue
			}
			line := fmt.Sprintf("%d %s", f.Span.Start, f.Message)
			for _, r := range f.Related {
				file, err := s.File(r.Path)
				if err != nil {
					t.Fatal(err)
				}
				line += fmt.Sprintf("\n  %s: %s: %s", filepath.Base(filepath.Dir(r.Path)), r.Span.In(file.Text), r.Message)
			}
			messages = append(messages, line)
		}
		if got := strings.Join(messages, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
		}
	}
	const two = "4 `crane` is no input any more, but 2 leaves follow it: `api` and `web`; the next update of pins fails there." +
		"\n  api: \"pins/crane/nixpkgs\": `crane` of `api` follows it here\n  web: \"pins/crane\": `crane` of `web` follows it here"
	const onlyWeb = "4 `crane` is no input any more, but `web` follows it; the next update of pins fails there.\n  web: \"pins/crane\": `crane` of `web` follows it here"

	said("as it is on the disk", w.Snapshot(), "")
	said("opened", w.Open(pins, 1, both), "")
	said("removed, not saved", w.Change(pins, 2, one), two)
	said("not finished", w.Change(pins, 3, one+"{"), "")
	said("renamed", w.Change(pins, 4, strings.Replace(both, "crane.url", "kran.url", 1)), two)
	said("a leaf follows it no more, not saved", w.Open(path("api/flake.nix"), 1, leaf("pins/nixpkgs")), onlyWeb)
	said("the leaf closed again", w.Close(path("api/flake.nix")), two)
	realtools.WriteFiles(t, work, map[string]string{"api/flake.nix": leaf("pins/nixpkgs")})
	said("a closed leaf changed", w.FilesChanged([]string{path("api/flake.nix")}), onlyWeb)
	said("undone", w.Change(pins, 5, both), "")
	said("removed again", w.Change(pins, 6, one), onlyWeb)
	// With no lock beside it and no repository nothing tells any more that pins had it; unknown-follows speaks in the leaf.
	realtools.WriteFiles(t, work, map[string]string{"pins/flake.nix": one})
	said("saved", w.FilesChanged([]string{pins}), "")
	realtools.WriteFiles(t, work, map[string]string{
		"pins/flake.lock": expanded(t, "crane github:ipetkov/crane rev=c1 2026-08-30\nnixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n"),
		"web/flake.lock":  expanded(t, "crane -> pins/crane\npins github:acme/pins rev=a1 2026-09-01\n  crane github:ipetkov/crane rev=c1 2026-08-30\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n"),
	})
	said("saved, with locks", w.FilesChanged([]string{path("pins/flake.lock"), path("web/flake.lock")}), onlyWeb)
	said("closed", w.Close(pins), onlyWeb)
}

// Breaks when many leaves make a message that nobody reads to its end, or a leaf that follows an input twice is counted so.
func TestDroppedFromManyLeaves(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	files := map[string]string{"pins/flake.nix": `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`}
	for i := range 7 {
		files[fmt.Sprintf("leaf%d/flake.nix", i)] = `{ inputs.pins.url = "github:acme/pins"; inputs.crane.follows = "pins/crane"; inputs.again.follows = "pins/crane"; outputs = _: { }; }`
	}
	realtools.WriteFiles(t, work, files)
	w := openWorkspace(t, work, filepath.Join(dir, "home"))
	path := filepath.Join(work, "pins", "flake.nix")
	findings, err := diagnostics.RunRules(context.Background(), w.Open(path, 1, "{ inputs = { }; outputs = _: { }; }"), path, diagnostics.RuleOf("dropped-input"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "`crane` is no input any more, but 7 leaves follow it: `leaf0`, `leaf1`, `leaf2`, `leaf3`, `leaf4` and 2 more; the next update of pins fails there."
	if len(findings) != 1 || findings[0].Message != want || len(findings[0].Related) != 5 {
		t.Errorf("%v\nwant\n%s", findings, want)
	}
}
