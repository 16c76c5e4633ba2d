package proof

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// offering is a pins flake with what real projects use most.
const offering = `{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    flake-utils.url = "github:numtide/flake-utils";
    flake-parts = { url = "github:hercules-ci/flake-parts"; inputs.nixpkgs-lib.follows = "nixpkgs"; };
    home-manager = { url = "github:nix-community/home-manager"; inputs.nixpkgs.follows = "nixpkgs"; };
    treefmt-nix = { url = "github:numtide/treefmt-nix"; inputs.nixpkgs.follows = "nixpkgs"; };
    crane.url = "github:ipetkov/crane";
    rust-overlay.url = "github:oxalica/rust-overlay";
    systems.url = "github:nix-systems/default";
    flake-compat = { url = "github:edolstra/flake-compat"; flake = false; };
    sops-nix.url = "github:Mic92/sops-nix";
    disko.url = "github:nix-community/disko";
    devenv.url = "github:cachix/devenv";
  };
  outputs = _: { };
}
`

// everyRule turns on what is off at first.
const everyRule = "preview = true\n[rules]\npinned-rev = \"hint\"\nunused-input = \"hint\"\n"

// leafIn is a workspace with that pins flake and a leaf, whose text is given with each question.
type leafIn struct {
	*workspace.Snapshot
	path string
}

func newLeafIn(t testing.TB, settings string) leafIn {
	t.Helper()
	root := t.TempDir()
	realtools.WriteFiles(t, root, map[string]string{
		"pins/flake.nix": offering, "leaf/flake.nix": "{ outputs = _: { }; }",
		"other/flake.nix": `{ inputs.pins.url = "github:acme/pins"; inputs.fenix.url = "github:nix-community/fenix"; outputs = _: { }; }`,
		".nix-pins.toml":  settings,
	})
	return leafIn{index(t, root), filepath.Join(root, "leaf", "flake.nix")}
}

// hold holds what is found in a text of the leaf, and what the fixes make of it, to what must be so of any text.
func (l leafIn) hold(t rapid.TB, source string) {
	t.Helper()
	s := l.WithText(l.path, source)
	// One Error may give way to another: what had to be evaluated is judged once it is written out.
	errors := func(findings []diagnostics.Finding) (messages []string) {
		for _, f := range findings {
			if f.Severity == diagnostics.Error {
				messages = append(messages, f.Code+": "+f.Message)
			}
		}
		return messages
	}
	findings := run(t, s, l.path)
	for _, f := range findings {
		if f.Path != l.path || f.Span.Start < 0 || f.Span.End < f.Span.Start || f.Span.End > len(source) {
			t.Fatalf("%s at %s %v of %d bytes in %q", f.Code, f.Path, f.Span, len(source), source)
		}
		if f.Message == "" || strings.ContainsFunc(f.Message, unicode.IsControl) {
			t.Fatalf("%s says %q of %q", f.Code, f.Message, source)
		}
		for _, r := range f.Related {
			if file, err := s.File(r.Path); err != nil || r.Span.Start < 0 || r.Span.End < r.Span.Start || r.Span.End > len(file.Text) {
				t.Fatalf("%s shows %s %v: %v in %q", f.Code, r.Path, r.Span, err, source)
			}
		}
		for _, fix := range f.Fixes {
			if strings.ContainsFunc(fix.Title(), unicode.IsControl) {
				t.Fatalf("a fix is called %q of %q", fix.Title(), source)
			}
			edits, err := fix.Edits()
			if err != nil {
				if err.Error() == "" {
					t.Fatalf("%s: refused without a reason in %q", fix.Title(), source)
				}
				continue
			}
			for _, e := range edits {
				file, err := s.File(e.Path)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := text.Apply(file.Text, e.Edits); err != nil {
					t.Fatalf("%s: %v in %q", fix.Title(), err, source)
				}
			}
		}
	}
	fixed, err := diagnostics.FixAll(context.Background(), s, []string{l.path}, safe)
	if err != nil {
		t.Fatalf("%v in %q", err, source)
	}
	after, changed := fixed.Texts[l.path]
	if !changed {
		return
	}
	if had, has := errors(findings), errors(run(t, s.WithText(l.path, after), l.path)); len(has) > len(had) {
		t.Fatalf("after the fixes there are\n%s\nthere were\n%s\nin\n%s\nof\n%s", strings.Join(has, "\n"), strings.Join(had, "\n"), after, source)
	}
}

// texts are the flakes of all archives of the rules, and of the examples.
func texts(t testing.TB) []string {
	t.Helper()
	var list []string
	archives, err := filepath.Glob("../../diagnostics/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if filepath.Base(f.Name) == "flake.nix" {
				list = append(list, strings.ReplaceAll(string(f.Data), "␍\n", "\r\n"))
			}
		}
	}
	return list
}

// Fails when a text makes a rule panic, a span leaves the text, edits overlap, the safe fixes do not come to an end, or one
// makes an Error.
func FuzzRun(f *testing.F) {
	for _, source := range texts(f) {
		f.Add(source)
	}
	l := newLeafIn(f, everyRule)
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 20_000 {
			return
		}
		began := time.Now()
		l.hold(t, source)
		if took := time.Since(began); took > 20*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}

// Breaks when a text with a piece taken out, doubled, or put in from another one breaks what FuzzRun holds.
func TestDamagedText(t *testing.T) {
	all := texts(t)
	l := newLeafIn(t, everyRule)
	rapid.Check(t, func(rt *rapid.T) {
		source := rapid.SampledFrom(all).Draw(rt, "text")
		for range rapid.IntRange(1, 4).Draw(rt, "damages") {
			at := func(s, label string) (int, int) {
				a := rapid.IntRange(0, len(s)).Draw(rt, label)
				return a, min(len(s), a+rapid.IntRange(0, 40).Draw(rt, label+" length"))
			}
			a, b := at(source, "piece")
			switch rapid.IntRange(0, 3).Draw(rt, "damage") {
			case 0:
				source = source[:a] + source[b:]
			case 1:
				source = source[:b] + source[a:]
			case 2:
				other := rapid.SampledFrom(all).Draw(rt, "other")
				c, d := at(other, "from")
				source = source[:a] + other[c:d] + source[a:]
			case 3:
				source = source[:a] + rapid.SampledFrom([]string{";", "}", "{", "\"", "''", "=", ".", "inputs.", "rec ", "follows = \"\";", "\x00", "é", "\r", "${", "#", "/*", "url = "}).Draw(rt, "token") + source[a:]
			}
		}
		l.hold(rt, source)
	})
}

// Breaks when what FuzzRun holds does not hold of a good flake in an odd layout, or when a good one has a syntax error or thunk.
func TestRandomFlakes(t *testing.T) {
	l := newLeafIn(t, everyRule)
	rapid.Check(t, func(rt *rapid.T) {
		source := manifestgen.Render(manifestgen.RandomModel(rt), manifestgen.RandomLayout(rt))
		l.hold(rt, source)
		for _, f := range run(rt, l.WithText(l.path, source), l.path) {
			switch f.Code {
			case "syntax-error", "not-literal", "duplicate-attribute":
				rt.Fatalf("%s: %s in\n%s", f.Code, f.Message, source)
			}
		}
	})
}
