package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// keptTexts are texts for the files of the property test, by name.
var keptTexts = map[string][]string{
	"flake.nix": {
		`{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`,
		`{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
		`{ inputs.pins.url = "github:acme/pins"; inputs.nixpkgs.follows = "pins/nixpkgs"; outputs = _: { }; }`,
		`{ inputs.pins.url = "github:acme/pins"; inputs.nixpkgs.url = "github:NixOS/nixpkgs"; inputs.tool.url = "github:acme/tool"; outputs = _: { }; }`,
		`{ inputs.pins.url = "path:../pins"; inputs.crane.follows = "pins/crane"; inputs.tool.url = "github:acme/tool"; outputs = _: { }; }`,
		`{ inputs.pins.url = "pins"; inputs.nixpkgs.url = "nixpkgs"; outputs = { self, pins, nixpkgs, crane }: { }; }`,
		`{ inputs.nixpkgs.follows = "pins/nixpkgs"; outputs = _: { }; }`,
		`{ outputs = _: { }; }`,
		`{ inputs.pins.url = "github:acme/pins"; inputs.x = { url = "github:acme/x"; inputs.crane.url = "github:ipetkov/crane"; }; outputs = _: { }; }`,
		// What a leaf asks of pins, one by one, and what pins may say of it.
		`{ # somewhere else
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05"; inputs.nixpkgs-unstable.url = "github:NixOS/nixpkgs/nixos-unstable"; outputs = _: { }; }`,
		`{ inputs.tool = { url = "github:acme/tool"; inputs.nixpkgs.follows = "nixpkgs"; }; inputs.nixpkgs.url = "nixpkgs"; outputs = _: { }; }`,
		`{ inputs.tool.url = "github:acme/tool"; inputs.nixpkgs.follows = "tool/nixpkgs"; inputs.crane.follows = "tool"; outputs = _: { }; }`,
		`{ inputs.tool = { url = "github:acme/tool"; flake = false; }; inputs.home-manager.url = "github:nix-community/home-manager"; outputs = _: { }; }`,
		`{ inputs.pins = { url = "github:acme/pins"; inputs.nixpkgs.follows = "nixpkgs"; inputs.tool.url = "github:acme/fork"; }; inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05"; outputs = _: { }; }`,
		`{ inputs.pins.url = "github:acme/pins"; inputs.home-manager = { url = "github:nix-community/home-manager/release-25.05"; inputs.nixpkgs.follows = "pins/nixpkgs"; }; inputs.tool = { url = "github:acme/tool"; inputs.nixpkgs.follows = "pins/nixpkgs"; }; outputs = _: { }; }`,
		`{ inputs.pins.url = "github:acme/pins"; inputs.nixpkg.follows = "pins/nixpkg"; inputs.crane.url = "pins/crane"; outputs = { self, pins, tool, ... }: { }; }`,
	},
	"flake.lock": {
		"pins github:acme/pins rev=a1 2026-09-01\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n",
		"pins github:acme/pins rev=a2 2026-10-01\n  nixpkgs github:NixOS/nixpkgs rev=b2 2026-09-30\n",
		"pins github:acme/pins rev=a2 2026-10-01\n  nixpkgs github:NixOS/nixpkgs rev=b3 2026-10-30\n",
		"nixpkgs github:NixOS/nixpkgs rev=b3 2026-10-30\n",
		"nixpkgs github:NixOS/nixpkgs rev=b4 2026-11-01\ncrane github:ipetkov/crane rev=c1 2026-11-01\n",
		"",
	},
	".nix-pins.toml": {"", "role = \"pins\"\n", "role = \"standalone\"\n", "pins.inputs = [\"central\"]\n", "[rules]\nraw-url = \"warning\"\n", "[sources.aliases]\n\"github:acme/tool\" = \"github:ipetkov/crane\"\n"},
	".git/config":    {"", "[remote \"origin\"]\n\turl = git@github.com:acme/pins.git\n"},
}

// expanded is the flake.lock of a sketch.
func expanded(t *testing.T, sketch string) string {
	t.Helper()
	text, err := locksketch.Expand(sketch)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// printed is all that a person sees of findings, but their fixes.
func printed(findings []diagnostics.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %d-%d %s %s: %s\n", f.Path, f.Span.Start, f.Span.End, f.Severity, f.Code, f.Message)
		for _, r := range f.Related {
			fmt.Fprintf(&b, "  %s %d-%d %s\n", r.Path, r.Span.Start, r.Span.End, r.Message)
		}
	}
	return b.String()
}

// keptOf is what is kept of a file, which must be what a fresh look at a workspace finds.
func keptOf(t *testing.T, kept *diagnostics.Kept, s, fresh *workspace.Snapshot, path, what string) []diagnostics.Finding {
	t.Helper()
	got, err := kept.Run(context.Background(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := diagnostics.Run(context.Background(), fresh, path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(printed(want), printed(got)); d != "" {
		t.Errorf("%s: what is kept of %s is old (-fresh +kept):\n%s", what, path, d)
	}
	return got
}

// Breaks when a finding is kept although something that it depends on has changed: another manifest, a lock, settings, a remote, a
// registry, what all flakes say together, an open document.
func TestKeptFindingsAreThoseOfAFreshLook(t *testing.T) {
	names := []string{"flake.nix", "flake.nix", "flake.lock", "flake.lock", ".nix-pins.toml", ".git/config"}
	folders := []string{"pins", "pins", "one", "two", "two/three"}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		work, home := filepath.Join(dir, "work"), filepath.Join(dir, "home")
		if err := os.Mkdir(work, 0o755); err != nil {
			t.Fatal(err)
		}
		kept := new(diagnostics.Kept)
		open := map[string]string{}
		draw := func(folder, name string) (path, text string) {
			text = rapid.SampledFrom(keptTexts[name]).Draw(rt, "text")
			if name == "flake.lock" {
				text = expanded(t, text)
			}
			return filepath.Join(work, folder, filepath.FromSlash(name)), text
		}
		for _, folder := range folders { // an edit of a flake that nobody looks at shows little
			for _, name := range []string{"flake.nix", "flake.lock", ".git/config"} {
				if !rapid.Bool().Draw(rt, "there") {
					continue
				}
				path, text := draw(folder, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		w := openWorkspace(t, work, home)
		for step := range rapid.IntRange(2, 10).Draw(rt, "steps") {
			name := rapid.SampledFrom(names).Draw(rt, "name")
			path, text := draw(rapid.SampledFrom(folders).Draw(rt, "folder"), name)
			switch action := rapid.SampledFrom([]string{"write", "write", "write", "remove", "open", "close"}).Draw(rt, "action"); {
			case action == "write":
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				w.FilesChanged([]string{path})
			case action == "remove":
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				w.FilesChanged([]string{path})
			case action == "open" && name != ".git/config":
				w.Open(path, int32(step), text)
				open[path] = text
			case action == "close" && open[path] != "":
				w.Close(path)
				delete(open, path)
			}
			s := w.Snapshot()
			got, err := kept.RunAll(context.Background(), s, judged(s), nil)
			if err != nil {
				t.Fatal(err)
			}
			fresh := openWorkspace(t, work, home)
			for path, text := range open {
				fresh.Open(path, 1, text)
			}
			afresh := fresh.Snapshot()
			want, err := diagnostics.RunAll(context.Background(), afresh, judged(afresh), nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(printed(want), printed(got)); d != "" {
				rt.Fatal(d)
			}
		}
	})
}

// Breaks when a change lets files be judged again whose findings cannot be others, or does not reach those that it can change.
func TestOnlyWhatCanChangeIsJudgedAgain(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	put := func(name, text string) string {
		path := filepath.Join(work, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const leaves = 30
	pins := `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`
	put("pins/flake.nix", pins)
	put("pins/flake.lock", expanded(t, "nixpkgs github:NixOS/nixpkgs rev=b1 2026-09-01\n"))
	put("pins/.git/config", "[remote \"origin\"]\n\turl = git@github.com:acme/pins.git\n")
	put("alone/flake.nix", `{ outputs = _: { }; }`)
	for i := range leaves {
		name := fmt.Sprintf("leaf-%02d/", i)
		put(name+"flake.nix", fmt.Sprintf(`{ inputs.pins.url = "github:acme/pins"; inputs.nixpkgs.follows = "pins/nixpkgs"; inputs.own-%d.url = "github:acme/own-%[1]d"; outputs = _: { }; }`, i))
		put(name+"flake.lock", expanded(t, fmt.Sprintf("pins github:acme/pins rev=a1 2026-09-01\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-09-01\nown-%d github:acme/own-%[1]d rev=c%[1]d 2026-09-01\nnixpkgs -> pins/nixpkgs\n", i)))
	}
	w := openWorkspace(t, work, filepath.Join(dir, "home"))
	kept := new(diagnostics.Kept)
	all := judged(w.Snapshot())
	byHistory := 0 // how many were judged by the rules alone that judge by history
	expect := func(what string, s *workspace.Snapshot, most, least int) {
		t.Helper()
		before, beforeAgain := kept.Judged()
		if _, err := kept.RunAll(context.Background(), s, all, nil); err != nil {
			t.Fatal(err)
		}
		n, again := kept.Judged()
		if n -= before; n > most || n < least {
			t.Errorf("%s: %d files are judged again, want %d to %d", what, n, least, most)
		}
		byHistory = again - beforeAgain
	}
	if n := slices.IndexFunc(all, func(path string) bool { return strings.Contains(path, "leaf-07/flake.nix") }); n < 0 {
		t.Fatal(all)
	}
	expect("at first", w.Snapshot(), len(all), len(all))
	expect("nothing changed", w.Snapshot(), 0, 0)
	pinsPath := filepath.Join(work, "pins", "flake.nix")
	expect("pins opened as it is", w.Open(pinsPath, 1, pins), 0, 0)
	expect("a letter typed in pins", w.Change(pinsPath, 2, pins+" "), 1, 1)
	expect("and taken back, and pins closed", w.Close(pinsPath), len(all), 0)
	expect("pins opened once more", w.Open(pinsPath, 1, pins), 0, 0)
	expect("and closed", w.Close(pinsPath), 0, 0)
	path := filepath.Join(work, "leaf-07", "flake.nix")
	text := `{ inputs.pins.url = "github:acme/pins"; inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`
	s := w.Open(path, 1, text)
	expect("a leaf is edited", s, 2, 1)
	s = w.Change(path, 2, text+"\n")
	expect("it is edited again", s, 2, 1)
	s = w.Close(path)
	expect("it is closed", s, 2, 1)
	lock := put("leaf-03/flake.lock", expanded(t, "pins github:acme/pins rev=a1 2026-09-01\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-09-01\nown-3 github:acme/own-3 rev=d1 2026-11-01\nnixpkgs -> pins/nixpkgs\n"))
	expect("a leaf moves an input of its own", w.FilesChanged([]string{lock}), 2, 1)
	expect("a flake that follows nobody", w.FilesChanged([]string{put("alone/flake.nix", `{ inputs.x.url = "github:acme/x"; outputs = _: { }; }`)}), 2, 1)
	declare := func(name, url string) *workspace.Snapshot {
		return w.FilesChanged([]string{put("pins/flake.nix", strings.Replace(pins, "outputs", fmt.Sprintf("inputs.%s.url = %q; outputs", name, url), 1))})
	}
	expect("pins declares an input that no leaf has", declare("crane", "github:ipetkov/crane"), 1, 1)
	expect("pins declares one that a leaf has", declare("own", "github:acme/own-5"), 2, 2)
	expect("pins says something else of it", declare("own", "github:acme/own-5/v2"), 2, 2)
	expect("pins declares one that another leaf has", declare("own", "github:acme/own-6"), 3, 3)
	for i := range 3 { // what is kept of the last look must do for the next one
		expect("pins is locked anew", w.FilesChanged([]string{put("pins/flake.lock", expanded(t, fmt.Sprintf("nixpkgs github:NixOS/nixpkgs rev=b%d 2026-10-0%[1]d\n", i+2)))}), 3, 1)
		if byHistory < leaves || byHistory > leaves+3 {
			t.Errorf("when pins is locked anew %d files are judged by its history alone, want all %d leaves", byHistory, leaves)
		}
		expect("and nothing after that", w.Snapshot(), 0, 0)
		if byHistory > 0 {
			t.Errorf("%d files are judged by an unchanged history", byHistory)
		}
	}
}

// Breaks when one of the things that a leaf asks of pins one by one is not noted, or its answer is remembered without a part that a finding
// shows: the leaf's findings stay as they were, though pins says something else.
func TestWhatALeafAsksOfPins(t *testing.T) {
	const leaf = `inputs.pins.url = "github:acme/pins"; `
	outside := `{ inputs.pins.url = "path:../../outside/pins"; inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`
	for name, c := range map[string]struct{ leaf, lock, file, before, after string }{
		"where it declares an offer": {
			leaf: leaf + `inputs.crane.url = "github:ipetkov/crane";`, file: "work/pins/flake.nix",
			before: `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
			after:  `{   inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
		},
		"another version of an offer": {
			leaf: leaf + `inputs.crane.url = "github:ipetkov/crane";`, file: "work/pins/flake.nix",
			before: `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
			after:  `{ inputs.crane.url = "github:ipetkov/crane/v2"; outputs = _: { }; }`,
		},
		"a source that it did not offer": {
			leaf: leaf + `inputs.crane.url = "github:ipetkov/crane";`, file: "work/pins/flake.nix",
			before: `{ inputs.tools.url = "github:ipetkov/cranes"; outputs = _: { }; }`,
			after:  `{ inputs.tools.url = "github:ipetkov/crane"; outputs = _: { }; }`,
		},
		"what it has locked": {
			leaf: leaf + `inputs.crane.url = "github:ipetkov/crane";`, lock: "crane github:ipetkov/crane rev=c1 2026-09-01\n", file: "work/pins/flake.lock",
			before: "crane github:ipetkov/crane rev=c1 2026-09-01\n", after: "crane github:ipetkov/crane rev=c2 2026-09-01\n",
		},
		"what an offer follows": {
			leaf: leaf + `inputs.pins.inputs.tool.follows = "tool"; inputs.tool.url = "github:acme/tool";`, file: "work/pins/flake.nix",
			before: `{ inputs.tool.url = "github:acme/tool"; inputs.a = { follows = "tool"; }; outputs = _: { }; }`,
			after:  `{ inputs.tool.url = "github:acme/tool"; inputs.a = { url = "github:acme/tool"; }; outputs = _: { }; }`,
		},
		"where it declares the package set of a release": {
			leaf: leaf + `inputs.hm = { url = "github:nix-community/home-manager/release-25.05"; inputs.nixpkgs.follows = "pins/nixpkgs"; };`, file: "work/pins/flake.nix",
			before: `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11"; outputs = _: { }; }`,
			after:  `{   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11"; outputs = _: { }; }`,
		},
		"what it has for an override": {
			leaf: leaf + `inputs.x = { url = "github:acme/x"; inputs.tool.follows = "mine"; }; inputs.mine.url = "github:acme/mine";`,
			lock: "pins github:acme/pins rev=a1 2026-09-01\n  tool github:acme/tool rev=d1 2026-09-01\nx github:acme/x rev=c1 2026-09-01\n  tool -> mine\nmine github:acme/mine rev=c2 2026-09-01\n", file: "work/pins/flake.nix",
			before: `{ inputs.tool.url = "github:acme/tool"; outputs = _: { }; }`,
			after:  `{ inputs.tool.url = "github:acme/mind"; outputs = _: { }; }`,
		},
		"an offer of a name": {
			leaf: leaf + `inputs.crane.url = "pins/crane";`, file: "work/pins/flake.nix",
			before: `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
			after:  `{ inputs.cranf.url = "github:ipetkov/crane"; outputs = _: { }; }`,
		},
		"a name of another source": {
			leaf: leaf + `inputs.tool.url = "github:acme/tool";`, file: "work/pins/flake.nix",
			before: `{ inputs.tool.url = "github:acme/other"; outputs = _: { }; }`,
			after:  `{ inputs.toil.url = "github:acme/other"; outputs = _: { }; }`,
		},
		"a package set that is newer": {
			leaf: leaf + `inputs.crane.follows = "pins/crane"; inputs.old.url = "http://example.org/old.tar.gz";`,
			lock: "pins github:acme/pins rev=a1 2026-09-01\n  crane github:ipetkov/crane rev=c1 2026-09-01\ncrane -> pins/crane\n", file: "work/pins/flake.lock",
			before: "crane github:ipetkov/crane rev=c1 2026-09-01\n", after: "crane github:ipetkov/crane rev=c2 2026-10-01\n",
		},
		"an offer of a pins that had none": {
			leaf: leaf + `inputs.x.url = "github:acme/x"; inputs.x.inputs.crane.url = "github:ipetkov/crane";`, file: "work/pins/flake.nix",
			before: `{ outputs = _: { }; }`,
			after:  `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
		},
		"an id of a pins that had none": {
			leaf: leaf + `inputs.foo.url = "crane";`, file: "work/pins/flake.nix",
			before: `{ outputs = _: { }; }`,
			after:  `{ inputs.crane.url = "crane"; outputs = _: { }; }`,
		},
		"a flake that was not there": {leaf: "outside", file: "outside/pins/flake.nix", after: `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			work := filepath.Join(dir, "work")
			put := func(name, text string) string {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(name, ".lock") {
					text = expanded(t, text)
				}
				if text != "" {
					if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				return path
			}
			flake := "{ " + c.leaf + " outputs = _: { }; }"
			if c.leaf == "outside" {
				flake = outside
			} else {
				put("work/pins/flake.nix", `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`)
			}
			put("work/.nix-pins.toml", "[rules]\noverride-drift = \"warning\"\n")
			put("work/other/flake.nix", `{ inputs.tool.url = "github:acme/tool"; outputs = _: { }; }`)
			judgedLeaf := put("work/leaf/flake.nix", flake)
			if c.lock != "" {
				put("work/leaf/flake.lock", c.lock)
			}
			put(c.file, c.before)
			w := openWorkspace(t, work, filepath.Join(dir, "home"))
			var kept diagnostics.Kept
			look := func(s *workspace.Snapshot) string {
				findings, err := kept.Run(context.Background(), s, judgedLeaf)
				if err != nil {
					t.Fatal(err)
				}
				return printed(findings)
			}
			before := look(w.Snapshot())
			got := look(w.FilesChanged([]string{put(c.file, c.after)}))
			want, err := diagnostics.Run(context.Background(), openWorkspace(t, work, filepath.Join(dir, "home")).Snapshot(), judgedLeaf)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(printed(want), got); d != "" {
				t.Errorf("after the change (-want +got):\n%s", d)
			}
			if before == got {
				t.Errorf("the change makes no difference, so this shows nothing:\n%s", got)
			}
		})
	}
}

// Breaks when what is kept does not notice that the branch of pins went back, where leaves hold the commits that are gone, so that its history
// has all sets as before: a leaf is told that pins has dropped an input by what the repository of pins itself knows.
func TestKeptFollowsTheBranchOfPins(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	const one = `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`
	const both = `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`
	pins := filepath.Join(work, "pins")
	var revs []string
	for i, v := range [][2]string{
		{one, "nixpkgs github:NixOS/nixpkgs rev=b0 2026-08-01\n"},
		{both, "crane github:ipetkov/crane rev=c1 2026-08-30\nnixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n"},
		{one, "nixpkgs github:NixOS/nixpkgs rev=b2 2026-09-01\n"},
	} {
		revs = append(revs, realtools.GitCommitAt(t, pins, time.Date(2026, 9, 1+i, 12, 0, 0, 0, time.UTC), map[string]string{"flake.nix": v[0], "flake.lock": expanded(t, v[1])}))
	}
	realtools.WriteFiles(t, work, map[string]string{
		"pins/.git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/pins\n",
		"leaf/flake.nix":   `{ inputs.pins.url = "github:acme/pins"; inputs.nixpkgs.follows = "pins/nixpkgs"; inputs.crane.follows = "pins/crane"; outputs = _: { }; }`,
		"leaf/flake.lock":  expanded(t, "pins github:acme/pins rev="+revs[1]+" 2026-09-02\n  crane github:ipetkov/crane rev=c1 2026-08-30\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\ncrane -> pins/crane\nnixpkgs -> pins/nixpkgs\n"),
		"new/flake.nix":    `{ inputs.pins.url = "github:acme/pins"; inputs.nixpkgs.follows = "pins/nixpkgs"; outputs = _: { }; }`,
		"new/flake.lock":   expanded(t, "pins github:acme/pins rev="+revs[2]+" 2026-09-03\n  nixpkgs github:NixOS/nixpkgs rev=b2 2026-09-01\nnixpkgs -> pins/nixpkgs\n"),
	})
	w := openWorkspace(t, work, filepath.Join(dir, "home"))
	var kept diagnostics.Kept
	leaf := filepath.Join(work, "leaf", "flake.nix")
	look := func(s *workspace.Snapshot) string {
		findings, err := kept.Run(context.Background(), s, leaf)
		if err != nil {
			t.Fatal(err)
		}
		return printed(findings)
	}
	if before := look(w.Snapshot()); !strings.Contains(before, "any more") {
		t.Fatalf("nobody says that pins dropped it:\n%s", before)
	}
	branch := filepath.Join(pins, ".git", "refs", "heads", "main")
	realtools.WriteFiles(t, pins, map[string]string{".git/refs/heads/main": revs[0] + "\n"})
	got := look(w.FilesChanged([]string{branch}))
	want, err := diagnostics.Run(context.Background(), openWorkspace(t, work, filepath.Join(dir, "home")).Snapshot(), leaf)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(printed(want), got); d != "" || strings.Contains(got, "any more") {
		t.Errorf("after the branch went back (-want +got):\n%s", d)
	}
}

// Breaks when what is kept of pins does not notice that a leaf refers to another branch of it, or to that branch no more: pins names the leaves
// that have a set of their own, and one at another branch is none of them.
func TestKeptFollowsTheBranchOfALeaf(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	pins := filepath.Join(work, "pins")
	const one = `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`
	rev := realtools.GitCommitAt(t, pins, time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), map[string]string{"flake.nix": one, "flake.lock": expanded(t, "nixpkgs github:NixOS/nixpkgs rev=b0 2026-08-01\n")})
	leafAt := func(reference string) string {
		return `{ inputs.pins.url = "` + reference + `"; inputs.nixpkgs.follows = "pins/nixpkgs"; outputs = _: { }; }`
	}
	realtools.WriteFiles(t, work, map[string]string{
		"pins/.git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/pins\n",
		"leaf/flake.nix":   leafAt("github:acme/pins/stable"),
		"leaf/flake.lock":  expanded(t, "pins github:acme/pins rev="+rev+" 2026-09-01\n  nixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\nnixpkgs -> pins/nixpkgs\n"),
	})
	w := openWorkspace(t, work, filepath.Join(dir, "home"))
	var kept diagnostics.Kept
	judged := filepath.Join(pins, "flake.nix")
	s := w.Snapshot()
	for i, c := range []struct {
		reference string
		skewed    bool
	}{{"github:acme/pins/stable", false}, {"github:acme/pins", true}, {"github:acme/pins/stable", false}} {
		realtools.WriteFiles(t, work, map[string]string{"leaf/flake.nix": leafAt(c.reference)})
		if i > 0 {
			s = w.FilesChanged([]string{filepath.Join(work, "leaf", "flake.nix")})
		}
		what := fmt.Sprintf("step %d, with the leaf at %s", i, c.reference)
		got := printed(keptOf(t, &kept, s, openWorkspace(t, work, filepath.Join(dir, "home")).Snapshot(), judged, what))
		if strings.Contains(got, "something else below") != c.skewed {
			t.Errorf("%s:\n%s", what, got)
		}
	}
}

// Breaks when what is kept does not notice a change on the disk of a file that is open and broken: others see what the disk has of it, as soon as
// that is sound. The leaf was judged before the file was opened, or since.
func TestKeptSeesTheDiskBehindABrokenDocument(t *testing.T) {
	const pins = "{ inputs.nixpkgs.url = \"github:NixOS/nixpkgs\"; outputs = _: { }; }\n"
	lockOf := func(nixpkgs string) string {
		return expanded(t, "pins github:acme/pins rev=a1 2026-09-02\n  nixpkgs github:NixOS/nixpkgs rev="+nixpkgs+" 2026-08-31\nnixpkgs -> pins/nixpkgs\n")
	}
	for name, c := range map[string]struct{ file, broken, before, after string }{
		"pins":     {"pins/flake.nix", pins + "{", pins + "{", pins},
		"the lock": {"leaf/flake.lock", "{", lockOf("b2"), lockOf("b1")}, // which the other leaves have at that commit of pins
	} {
		for _, opened := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, opened before: %t", name, opened), func(t *testing.T) {
				dir := t.TempDir()
				work := filepath.Join(dir, "work")
				const text = "{\n  inputs.pins.url = \"github:acme/pins\";\n  inputs.crane.follows = \"pins/crane\";\n  outputs = _: { };\n}\n"
				files := map[string]string{
					"pins/flake.nix": pins, "leaf/flake.nix": text,
					"one/flake.nix": text, "one/flake.lock": lockOf("b1"), "two/flake.nix": text, "two/flake.lock": lockOf("b1"),
				}
				files[c.file] = c.before
				realtools.WriteFiles(t, work, files)
				w := openWorkspace(t, work, filepath.Join(dir, "home"))
				path, leaf := filepath.Join(work, filepath.FromSlash(c.file)), filepath.Join(work, "leaf", "flake.nix")
				var kept diagnostics.Kept
				look := func(s *workspace.Snapshot) string {
					t.Helper()
					return printed(keptOf(t, &kept, s, s, leaf, "the disk behind a broken document"))
				}
				if !opened {
					look(w.Snapshot())
				}
				before := look(w.Open(path, 1, c.broken))
				realtools.WriteFiles(t, work, map[string]string{c.file: c.after})
				if after := look(w.FilesChanged([]string{path})); after == before {
					t.Errorf("the disk makes no difference, so this shows nothing:\n%s", after)
				}
			})
		}
	}
}
