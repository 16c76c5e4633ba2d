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

// uncommitted is a pins as it is committed and as its work tree is, and a leaf that follows an input of it as `crane`.
type uncommitted struct {
	committed, tree, alias, locked, leaf, folder string
	noGit                                        bool
	want                                         string
}

// What an uncommitted is made of: alias takes the place of %s.
const (
	uncommittedBefore = `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; inputs.old.url = "github:ipetkov/crane"; %soutputs = _: { }; }`
	uncommittedAfter  = `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; inputs.new.url = "github:ipetkov/crane"; %soutputs = _: { }; }`
	uncommittedLeaf   = `{ inputs.pins.url = "github:acme/pins"; inputs.crane.follows = "pins/new"; outputs = _: { }; }`
	uncommittedHeld   = "pins github:acme/pins rev=a1 2026-09-01\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n  old github:ipetkov/crane rev=c1 2026-08-30\n"
)

// hold says what the rules find at `crane` and at `tool`.
func (c uncommitted) hold(t *testing.T) {
	t.Helper()
	work := t.TempDir()
	pins := filepath.Join(work, "pins")
	realtools.GitCommit(t, pins, map[string]string{"flake.nix": fmt.Sprintf(c.committed, c.alias)})
	realtools.WriteFiles(t, pins, map[string]string{"flake.nix": fmt.Sprintf(c.tree, c.alias), ".git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/pins\n"})
	if c.noGit {
		if err := os.RemoveAll(filepath.Join(pins, ".git")); err != nil {
			t.Fatal(err)
		}
	}
	folder := cmp.Or(c.folder, "leaf")
	realtools.WriteFiles(t, work, map[string]string{folder + "/flake.nix": cmp.Or(c.leaf, uncommittedLeaf), folder + "/flake.lock": expanded(t, c.locked)})
	s := openWorkspace(t, work, filepath.Join(work, "home")).Snapshot()
	findings, err := diagnostics.RunRules(context.Background(), s, filepath.Join(work, folder, "flake.nix"), diagnostics.RuleOf("unknown-follows"), diagnostics.RuleOf("stale-lock"))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range findings {
		if f.Object == "crane" || f.Object == "tool" {
			said = append(said, fmt.Sprintf("%s %s: %s", f.Severity, f.Code, f.Message))
		}
	}
	if got := strings.Join(said, "\n"); got != c.want {
		t.Errorf("%q\nwant\n%q", got, c.want)
	}
}

// Breaks when a leaf that follows an input which only the work tree of pins has is told that an update or a lock gets it, or that one which
// is committed has to be committed; when a follows that the locked commit of pins lacks is no more than a stale lock where Nix reads
// that commit again. What Nix does then is in package proof.
func TestUncommittedInPins(t *testing.T) {
	const follows = "`crane` follows `pins/new`, but `pins` has no input `new` in flake.lock; the flake.nix of `pins` has one"
	const commit, update = ", which is not committed: commit and push it, then run `nix flake update pins`.", ": run `nix flake update pins`."
	const again, alias = "  also -> pins/nixpkgs\n", `inputs.also.follows = "nixpkgs"; `
	for name, c := range map[string]uncommitted{
		"not committed":                  {committed: uncommittedBefore, tree: uncommittedAfter, locked: uncommittedHeld, want: "error unknown-follows: " + follows + commit},
		"committed":                      {committed: uncommittedAfter, tree: uncommittedAfter, locked: uncommittedHeld, want: "error unknown-follows: " + follows + update},
		"an argument, committed":         {committed: `{ outputs = { self, new }: { }; }%s`, tree: uncommittedAfter, locked: uncommittedHeld, want: "error unknown-follows: " + follows + update},
		"no repository":                  {committed: uncommittedBefore, tree: uncommittedAfter, locked: uncommittedHeld, noGit: true, want: "error unknown-follows: " + follows + update},
		"pins made its inputs":           {committed: `{ inputs = import ./inputs.nix; %soutputs = _: { }; }`, tree: uncommittedAfter, locked: uncommittedHeld, want: "error unknown-follows: " + follows + update},
		"read again, not committed":      {committed: uncommittedBefore, tree: uncommittedAfter, alias: alias, locked: uncommittedHeld + again, want: "warning unknown-follows: " + follows + commit},
		"read again, committed":          {committed: uncommittedAfter, tree: uncommittedAfter, alias: alias, locked: uncommittedHeld + again, want: "warning unknown-follows: " + follows + update},
		"read again, and pins lacks it":  {committed: uncommittedBefore, tree: uncommittedBefore, alias: alias, locked: uncommittedHeld + again, want: "warning unknown-follows: `crane` follows `pins/new`, but `pins` has no input `new` in flake.lock."},
		"read again, it had another one": {committed: uncommittedBefore, tree: uncommittedAfter, alias: alias, locked: uncommittedHeld + again, leaf: strings.Replace(uncommittedLeaf, "pins/new", "pins/old", 1), want: "warning stale-lock: `crane` is not in flake.lock; `nix flake lock` settles it.\nwarning unknown-follows: `crane` follows `pins/old`, but `pins` of this workspace has no input `old`."},
		"a template":                     {committed: uncommittedBefore, tree: uncommittedAfter, locked: uncommittedHeld, folder: "templates/leaf", want: "error unknown-follows: " + follows + update},
		// What Nix reads of a path is the work tree.
		"a path": {committed: uncommittedBefore, tree: uncommittedAfter, locked: strings.Replace(uncommittedHeld, "github:acme/pins rev=a1 2026-09-01", "path:../pins", 1), leaf: strings.Replace(uncommittedLeaf, "github:acme/pins", "path:../pins", 1),
			want: "error unknown-follows: " + follows + update},
		"a path that is read again": {committed: uncommittedBefore, tree: uncommittedAfter, alias: alias, locked: strings.Replace(uncommittedHeld+again, "github:acme/pins rev=a1 2026-09-01", "path:../pins", 1), leaf: strings.Replace(uncommittedLeaf, "github:acme/pins", "path:../pins", 1),
			want: "warning stale-lock: `crane` is not in flake.lock; `nix flake lock` settles it."},
		"a path that is read again and lacks it": {committed: uncommittedBefore, tree: uncommittedBefore, alias: alias, locked: strings.Replace(uncommittedHeld+again, "github:acme/pins rev=a1 2026-09-01", "path:../pins", 1), leaf: strings.Replace(uncommittedLeaf, "github:acme/pins", "path:../pins", 1),
			want: "error unknown-follows: `crane` follows `pins/new`, but `pins` has no input `new`."},
		"another reference, and nobody has it": {committed: uncommittedBefore, tree: uncommittedBefore, locked: strings.Replace(uncommittedHeld, "acme/pins", "acme/base", 1),
			want: "warning stale-lock: `crane` is not in flake.lock; `nix flake lock` settles it.\nwarning unknown-follows: `crane` follows `pins/new`, but `pins` of this workspace has no input `new`."},
		"a path that is not below pins": {committed: uncommittedBefore, tree: uncommittedAfter, locked: uncommittedHeld,
			leaf: `{ inputs.pins.url = "github:acme/pins"; inputs.base.url = "github:acme/base"; inputs.crane.follows = "base/new"; outputs = _: { }; }`,
			want: "warning stale-lock: `crane` is not in flake.lock; `nix flake lock` settles it."},
		"read again, a circle": {committed: uncommittedAfter, tree: uncommittedAfter, alias: alias, locked: uncommittedHeld + "  new -> crane\n", want: "warning stale-lock: `crane` is not in flake.lock; `nix flake lock` settles it."},
		"read again, what another flake follows": {committed: uncommittedBefore, tree: uncommittedBefore, alias: alias, leaf: `{ inputs.pins.url = "github:acme/pins"; inputs.tool.url = "github:acme/tool"; outputs = _: { }; }`,
			locked: uncommittedHeld + again + "tool github:acme/tool rev=d1 2026-08-30\n  crane -> pins/new\n"},
	} {
		t.Run(name, c.hold)
	}
}
