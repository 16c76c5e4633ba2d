package diagnostics_test

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/polyrepogen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
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

// Breaks when fix-all gives other texts than it does where every file is judged again after each round, and each fix is made.
func TestFixAllAsJudgedAnew(t *testing.T) {
	root := t.TempDir()
	if _, err := polyrepogen.Write(root, polyrepogen.Options{Seed: 11, Leaves: 60}); err != nil {
		t.Fatal(err)
	}
	s := openWorkspace(t, root, filepath.Join(root, "nobody")).Snapshot()
	for name, choose := range map[string]func(diagnostics.Finding, diagnostics.Fix) bool{
		"all": func(diagnostics.Finding, diagnostics.Fix) bool { return true }, "safe": func(_ diagnostics.Finding, fix diagnostics.Fix) bool { return fix.Safe() },
	} {
		fixed, err := diagnostics.FixAll(context.Background(), s, judged(s), choose)
		if err != nil || fixed.Err() != nil || len(fixed.Texts) == 0 {
			t.Fatal(err, fixed.Err(), len(fixed.Texts))
		}
		want := map[string]string{}
		for at := s; ; {
			texts := map[string]string{}
			for _, path := range judged(s) {
				findings, err := diagnostics.Run(context.Background(), at, path)
				if err != nil {
					t.Fatal(err)
				}
				if edits := firstEdits(findings, choose); len(edits) > 0 {
					file, err := at.File(path)
					if err != nil {
						t.Fatal(err)
					}
					if texts[path], err = text.Apply(file.Text, edits); err != nil {
						t.Fatal(err)
					}
				}
			}
			if len(texts) == 0 {
				break
			}
			maps.Copy(want, texts)
			at = at.WithTexts(texts)
		}
		if diff := cmp.Diff(want, fixed.Texts); diff != "" {
			t.Errorf("%s (- anew, + fix-all):\n%s", name, diff)
		}
	}
}

// firstEdits are the edits of the chosen fixes that keep clear of each other.
func firstEdits(findings []diagnostics.Finding, choose func(diagnostics.Finding, diagnostics.Fix) bool) (all []text.Edit) {
	for _, f := range findings {
		i := slices.IndexFunc(f.Fixes, func(fix diagnostics.Fix) bool { return choose(f, fix) })
		if i < 0 {
			continue
		}
		files, err := f.Fixes[i].Edits()
		if err != nil || len(files) != 1 || files[0].Path != f.Path || slices.ContainsFunc(files[0].Edits, func(e text.Edit) bool {
			return slices.ContainsFunc(all, func(other text.Edit) bool { return e.Span.Overlaps(other.Span) || e.Span.Start == other.Span.Start })
		}) {
			continue
		}
		all = append(all, files[0].Edits...)
	}
	return all
}
