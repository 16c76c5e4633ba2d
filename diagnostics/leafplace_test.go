package diagnostics_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a leaf that is judged again by the history of pins alone is told something else than by a fresh look: what the rules ask of its
// text is remembered, and each case has something of its own there.
func TestTheHistoryOfPinsAlone(t *testing.T) {
	const behind, skewed = "package set behind", "something else below"
	for name, c := range map[string]struct {
		leaf, settings string
		says, silent   []string
	}{
		"a reference":       {leaf: `inputs.pins.url = "github:acme/pins";`, says: []string{behind, skewed, "changes `nixpkgs`"}},
		"one with a rev":    {leaf: `inputs.pins.url = "github:acme/pins/a1f55ff16f66f43360266b95db6f8fec01d76031";`, says: []string{behind, "holds a rev"}},
		"a set":             {leaf: "inputs.pins = {\n    type = \"github\"; owner = \"acme\"; repo = \"pins\"; };", says: []string{behind, skewed}},
		"another name":      {leaf: `inputs.central.url = "github:acme/central";`, settings: "pins.inputs = [\"central\"]\n", says: []string{"flake update central"}},
		"an override":       {leaf: `inputs.pins = { url = "github:acme/pins"; inputs.nixpkgs.url = "github:NixOS/nixpkgs"; };`, says: []string{behind}, silent: []string{skewed}},
		"one is allowed":    {leaf: "inputs.pins.url = \"github:acme/pins\"; # nix-pins: allow pins-behind(pins)\n", says: []string{skewed}, silent: []string{behind}},
		"another thing is":  {leaf: "inputs.pins.url = \"github:acme/pins\"; # nix-pins: allow pins-behind(crane)\n", says: []string{behind, skewed}},
		"one is off":        {leaf: `inputs.pins.url = "github:acme/pins";`, settings: "[rules]\npins-behind = \"off\"\n", says: []string{skewed}, silent: []string{behind}},
		"one is an error":   {leaf: `inputs.pins.url = "github:acme/pins";`, settings: "[rules]\npins-behind = \"error\"\n", says: []string{"error pins-behind"}},
		"beside a fault":    {leaf: `inputs.pins.url = "github:acme/pins"; inputs.x.url = 1;`, says: []string{behind, skewed}},
		"beside other ones": {leaf: `inputs.a.url = "http://example.org/a.tar.gz"; inputs.pins.url = "github:acme/pins"; inputs.z.url = "http://example.org/z.tar.gz";`, says: []string{behind, skewed, "insecure-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			work := filepath.Join(dir, "work")
			input := "pins"
			if name == "another name" {
				input = "central"
			}
			lockOf := func(nixpkgs string) string {
				return expanded(t, input+" github:acme/"+input+" rev=a1 2026-09-01\n  nixpkgs github:NixOS/nixpkgs rev="+nixpkgs+" 2026-08-31\n")
			}
			files := map[string]string{
				".nix-pins.toml":      c.settings,
				input + "/flake.nix":  `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`,
				input + "/flake.lock": expanded(t, "nixpkgs github:NixOS/nixpkgs rev=b5 2026-10-01\n"),
				"leaf/flake.nix":      "{ " + c.leaf + " outputs = _: { }; }",
				"leaf/flake.lock":     lockOf("b2"),
			}
			others := func(nixpkgs string) []string {
				var paths []string
				for _, other := range []string{"one", "two"} {
					realtools.WriteFiles(t, work, map[string]string{other + "/flake.nix": files["leaf/flake.nix"], other + "/flake.lock": lockOf(nixpkgs)})
					paths = append(paths, filepath.Join(work, other, "flake.lock"))
				}
				return paths
			}
			realtools.WriteFiles(t, work, files)
			others("b1")
			w := openWorkspace(t, work, filepath.Join(dir, "home"))
			var kept diagnostics.Kept
			leaf := filepath.Join(work, "leaf", "flake.nix")
			var keptOfPins diagnostics.Kept // pins, which is no leaf, is judged by its history as well
			look := func(s *workspace.Snapshot) string {
				t.Helper()
				fresh := openWorkspace(t, work, filepath.Join(dir, "home")).Snapshot()
				keptOf(t, &keptOfPins, s, fresh, filepath.Join(work, input, "flake.nix"), "pins")
				got := printed(keptOf(t, &kept, s, fresh, leaf, "the leaf"))
				for _, says := range c.says {
					if !strings.Contains(got, says) {
						t.Errorf("want %q in:\n%s", says, got)
					}
				}
				for _, silent := range c.silent {
					if strings.Contains(got, silent) {
						t.Errorf("want no %q in:\n%s", silent, got)
					}
				}
				return got
			}
			before := look(w.Snapshot())
			for i, change := range []func() []string{
				func() []string {
					lock := expanded(t, "nixpkgs github:NixOS/nixpkgs rev=b6 2026-11-01\n")
					realtools.WriteFiles(t, work, map[string]string{input + "/flake.lock": lock})
					return []string{filepath.Join(work, input, "flake.lock")}
				},
				func() []string { return others("b3") },
			} {
				after := look(w.FilesChanged(change()))
				if after == before && len(c.silent) == 0 {
					t.Errorf("change %d makes no difference, so this shows nothing:\n%s", i, after)
				}
				before = after
				if whole, again := kept.Judged(); whole != 1 || again != i+1 {
					t.Errorf("after change %d it was judged %d times by all rules and %d times by the history of pins alone, want 1 and %d", i, whole, again, i+1)
				}
			}
		})
	}
}
