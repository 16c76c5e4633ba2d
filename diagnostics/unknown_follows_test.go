package diagnostics_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a leaf is told that pins has dropped an input though the pins at hand is no newer than its lock, or is not told where it is. What
// Nix does then is in package proof; here are the ways to know it.
func TestDroppedByPins(t *testing.T) {
	const both = `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`
	const one = `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`
	const bothLocked = "crane github:ipetkov/crane rev=c1 2026-08-30\nnixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n"
	const oneLocked = "nixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n"
	const leaf = `{ inputs.pins.url = "github:acme/pins"; inputs.nixpkgs.follows = "pins/nixpkgs"; inputs.crane.follows = "pins/crane"; outputs = _: { }; }`
	const held = "pins github:acme/pins rev=%s 2026-09-01\n  crane github:ipetkov/crane rev=%s 2026-08-30\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\ncrane -> pins/crane\nnixpkgs -> pins/nixpkgs\n"
	const dropped = "information 110-115 `crane` follows `pins/crane`, which flake.lock holds, but `pins` of this workspace has no input `crane` any more: `nix flake update pins` fails."
	type version struct{ flake, lock string }
	for name, c := range map[string]struct {
		versions []version
		noGit    bool
		// crane is the commit of crane that the leaf has locked; byRev says that it has locked the first commit of pins.
		crane string
		byRev bool
		leaf  string
		// folder is that of the leaf, where it is not "leaf".
		folder string
		want   string
	}{
		"its set was the one of pins":        {versions: []version{{both, bothLocked}, {one, oneLocked}}, crane: "c1", want: dropped},
		"its commit was one of pins":         {versions: []version{{both, bothLocked}, {one, oneLocked}}, crane: "c2", byRev: true, want: dropped},
		"pins does not know what it has":     {versions: []version{{both, bothLocked}, {one, oneLocked}}, crane: "c2"},
		"pins never had it":                  {versions: []version{{one, oneLocked}}, crane: "c1"},
		"nothing tells what pins had":        {versions: []version{{both, bothLocked}, {one, oneLocked}}, noGit: true, crane: "c1"},
		"pins has not been locked since":     {versions: []version{{one, bothLocked}}, noGit: true, crane: "c1", want: dropped},
		"a template":                         {versions: []version{{both, bothLocked}, {one, oneLocked}}, crane: "c1", folder: "templates/leaf"},
		"the leaf is at a version":           {versions: []version{{both, bothLocked}, {one, oneLocked}}, crane: "c1", leaf: strings.Replace(leaf, "github:acme/pins", "https://github.com/acme/pins/archive/v1.tar.gz", 1)},
		"another one has the leaf's pins":    {versions: []version{{both, bothLocked}, {one, oneLocked}}, crane: "c1", leaf: strings.Replace(leaf, `inputs.pins.url = "github:acme/pins"`, `inputs.base.url = "github:acme/base"; inputs.pins.follows = "base/pins"`, 1)},
		"pins has it":                        {versions: []version{{one, oneLocked}, {both, bothLocked}}, crane: "c1"},
		"pins makes its inputs":              {versions: []version{{both, bothLocked}, {`{ inputs = import ./inputs.nix; outputs = _: { }; }`, oneLocked}}, crane: "c1"},
		"the leaf is at a branch":            {versions: []version{{both, bothLocked}, {one, oneLocked}}, crane: "c1", leaf: strings.Replace(leaf, "acme/pins", "acme/pins/old", 1)},
		"the leaf follows pins and no input": {versions: []version{{one, oneLocked}}, crane: "c1", leaf: strings.Replace(leaf, `"pins/crane"`, `"pins"`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			work := t.TempDir()
			pins, first := filepath.Join(work, "pins"), ""
			for i, v := range c.versions {
				rev := realtools.GitCommitAt(t, pins, time.Date(2026, 9, 1+i, 0, 0, 0, 0, time.UTC), map[string]string{"flake.nix": v.flake, "flake.lock": expanded(t, v.lock)})
				if i == 0 {
					first = rev
				}
			}
			if c.noGit {
				if err := os.RemoveAll(filepath.Join(pins, ".git")); err != nil {
					t.Fatal(err)
				}
			} else {
				realtools.WriteFiles(t, pins, map[string]string{".git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/pins\n"})
			}
			rev, text := "a1", leaf
			if c.byRev {
				rev = first
			}
			if c.leaf != "" {
				text = c.leaf
			}
			folder := cmp.Or(c.folder, "leaf")
			realtools.WriteFiles(t, work, map[string]string{folder + "/flake.nix": text, folder + "/flake.lock": expanded(t, fmt.Sprintf(held, rev, c.crane))})
			s := openWorkspace(t, work, filepath.Join(work, "home")).Snapshot()
			findings, err := diagnostics.RunRules(context.Background(), s, filepath.Join(work, folder, "flake.nix"), diagnostics.RuleOf("unknown-follows"))
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, f := range findings {
				said = append(said, fmt.Sprintf("%s %d-%d %s", f.Severity, f.Span.Start, f.Span.End, f.Message))
				if len(f.Related) != 1 || f.Related[0].Path != filepath.Join(pins, "flake.nix") {
					t.Errorf("related: %v", f.Related)
				}
			}
			if got := strings.Join(said, "\n"); got != c.want {
				t.Errorf("%q\nwant\n%q", got, c.want)
			}
		})
	}
}
