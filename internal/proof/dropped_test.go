package proof

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a leaf is not told that pins has dropped what it follows before Nix refuses the next update, and pins which leaf that is; or
// when they are told so of a pins whose repository does not know the commit that the leaf has locked: that pins is older, and may get the
// input yet.
func TestDroppedInputOfPins(t *testing.T) {
	l := newLab(t)
	const both = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; inputs.systems.url = "github:test/systems"; outputs = _: { }; }`
	const one = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; outputs = _: { }; }`
	const leaf = `{ inputs.pins.url = "github:test/pins"; inputs.nixpkgs.follows = "pins/nixpkgs"; inputs.systems.follows = "pins/systems"; outputs = _: { }; }`
	// The workspace has a clone of pins with the references that its author writes.
	work := filepath.Join(l.base, "work")
	commit := func(clone, text string) {
		t.Helper()
		locked, err := l.lockFlake(t, l.upstream("pins"), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		realtools.GitCommit(t, l.upstream("pins"), nil)
		realtools.GitCommit(t, filepath.Join(work, clone), map[string]string{"flake.nix": text, "flake.lock": l.remoteLock(t, locked)})
	}
	said := func() string {
		t.Helper()
		w := workspace.New(workspace.Options{Roots: []string{work}, Environment: workspace.Environment{Home: l.base}, RuleCodes: diagnostics.Codes()})
		if err := w.Index(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		var messages []string
		for _, of := range [][2]string{{"leaf", "unknown-follows"}, {"pins", "dropped-input"}} {
			findings, err := diagnostics.RunRules(context.Background(), w.Snapshot(), filepath.Join(work, of[0], "flake.nix"), diagnostics.RuleOf(of[1]))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				messages = append(messages, f.Severity.String()+": "+f.Message)
			}
		}
		return strings.Join(messages, "\n")
	}

	commit("pins", both)
	locked, err := l.lockFlake(t, filepath.Join(l.base, "leaf"), leaf, nil)
	if err != nil {
		t.Fatal(err)
	}
	realtools.WriteFiles(t, filepath.Join(work, "leaf"), map[string]string{"flake.nix": leaf, "flake.lock": l.remoteLock(t, locked)})
	if got := said(); got != "" {
		t.Errorf("with pins as it is locked: %s", got)
	}
	commit("pins", one)
	const want = "information: `systems` follows `pins/systems`, which flake.lock holds, but `pins` of this workspace has no input `systems` any more: `nix flake update pins` fails." +
		"\ninformation: `systems` is no input any more, but `leaf` follows it; the next update of pins fails there."
	if got := said(); got != want {
		t.Errorf("after pins has dropped it:\n%s\nwant\n%s", got, want)
	}
	_, stderr, err := l.nix.Run(filepath.Join(l.base, "leaf"), "flake", "update", "pins", "--flake", "path:"+filepath.Join(l.base, "leaf"))
	if err == nil || !strings.Contains(stderr, "non-existent input 'pins/systems'") {
		t.Errorf("Nix says of the update: %v\n%s", err, stderr)
	}

	// Another clone, which never had it.
	if err := os.RemoveAll(filepath.Join(work, "pins")); err != nil {
		t.Fatal(err)
	}
	commit("pins", one)
	if got := said(); got != "" {
		t.Errorf("with a pins that does not know the locked commit: %s", got)
	}
}

// Breaks when a leaf is said to lose an input of pins by an override which Nix does not go along: that of an input which does not have it.
func TestDroppedInputThatNobodyTakes(t *testing.T) {
	l := newLab(t)
	const both = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; inputs.systems.url = "github:test/systems"; outputs = _: { }; }`
	const one = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; outputs = _: { }; }`
	const leaf = `{ inputs.pins.url = "github:test/pins"; inputs.app = { url = "github:test/nixpkgs"; inputs.systems.follows = "pins/systems"; }; outputs = _: { }; }`
	work, leafDir := filepath.Join(l.base, "work"), filepath.Join(l.base, "leaf")
	for _, text := range []string{both, one} {
		locked, err := l.lockFlake(t, l.upstream("pins"), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		realtools.GitCommit(t, l.upstream("pins"), nil)
		realtools.GitCommit(t, filepath.Join(work, "pins"), map[string]string{"flake.nix": text, "flake.lock": l.remoteLock(t, locked)})
		if text == both {
			if locked, err = l.lockFlake(t, leafDir, leaf, nil); err != nil {
				t.Fatal(err)
			}
			realtools.WriteFiles(t, filepath.Join(work, "leaf"), map[string]string{"flake.nix": leaf, "flake.lock": l.remoteLock(t, locked)})
		}
	}
	if _, stderr, err := l.nix.Run(leafDir, "flake", "update", "pins", "--flake", "path:"+leafDir); err != nil {
		t.Errorf("Nix refuses the update: %v\n%s", err, stderr)
	}
	for _, f := range run(t, index(t, work), filepath.Join(work, "pins", "flake.nix")) {
		if f.Code == "dropped-input" {
			t.Errorf("%s", f.Message)
		}
	}
}

// Breaks when pins is not told of a leaf that an update fails in because the leaf names the branch of pins, or because its lock is older than what
// it follows; or when Nix does not fail there, or where a leaf is at another branch is told of it.
func TestDroppedInputOfABranch(t *testing.T) {
	l := newLab(t)
	const none = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; outputs = _: { }; }`
	const both = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; inputs.systems.url = "github:test/systems"; outputs = _: { }; }`
	work := filepath.Join(l.base, "work")
	commit := func(text string) {
		t.Helper()
		locked, err := l.lockFlake(t, l.upstream("pins"), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		head := realtools.GitCommit(t, l.upstream("pins"), nil)
		realtools.GitCommit(t, filepath.Join(work, "pins"), map[string]string{"flake.nix": text, "flake.lock": l.remoteLock(t, locked)})
		if text == both {
			realtools.WriteFiles(t, l.upstream("pins"), map[string]string{".git/refs/heads/stable": head + "\n"})
		}
	}
	leaf := func(name, reference, systems string) {
		t.Helper()
		text := `{ inputs.pins.url = "` + reference + `"; inputs.nixpkgs.follows = "pins/nixpkgs"; outputs = _: { }; }`
		follows := strings.Replace(text, "outputs", `inputs.systems.follows = "pins/systems"; outputs`, 1)
		if systems == "locked" {
			text = follows
		}
		locked, err := l.lockFlake(t, filepath.Join(l.base, name), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		realtools.WriteFiles(t, filepath.Join(l.base, name), map[string]string{"flake.nix": l.local(follows)})
		realtools.WriteFiles(t, filepath.Join(work, name), map[string]string{"flake.nix": follows, "flake.lock": l.remoteLock(t, locked)})
	}
	commit(none)
	leaf("stale", "github:test/pins", "written later")
	commit(both)
	leaf("branch", "github:test/pins/main", "locked")
	leaf("other", "github:test/pins/stable", "locked")
	commit(none)

	for name, fails := range map[string]bool{"stale": true, "branch": true, "other": false} {
		dir := filepath.Join(l.base, name)
		_, stderr, err := l.nix.Run(dir, "flake", "update", "pins", "--flake", "path:"+dir)
		if refused := err != nil && strings.Contains(stderr, "non-existent input 'pins/systems'"); refused != fails {
			t.Errorf("%s: Nix says of the update: %v\n%s", name, err, stderr)
		}
	}
	const want = "`systems` is no input any more, but 2 leaves follow it: `branch` and `stale`; the next update of pins fails there."
	s := index(t, work)
	var said []string
	for _, f := range run(t, s, filepath.Join(work, "pins", "flake.nix")) {
		if f.Code == "dropped-input" {
			said = append(said, f.Message)
		}
	}
	if strings.Join(said, "\n") != want {
		t.Errorf("%q, want %q", said, want)
	}
	for name, fails := range map[string]bool{"stale": true, "branch": true, "other": false} {
		told := false
		for _, f := range run(t, s, filepath.Join(work, name, "flake.nix")) {
			told = told || f.Code == "unknown-follows"
		}
		if told != fails {
			t.Errorf("%s itself is told: %t", name, told)
		}
	}
}

// Breaks when what pins drops is not told where leaves take pins from the folder beside them and pins is locked anew: no commit and no lock
// tells then that it had the input, but the lock of the leaf does.
func TestDroppedInputOfAFolder(t *testing.T) {
	l := newLab(t)
	root := filepath.Join(l.base, "monorepo")
	const both = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; inputs.systems.url = "github:test/systems"; outputs = _: { }; }`
	const one = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; outputs = _: { }; }`
	const leaf = `{ inputs.pins.url = "path:../pins"; inputs.systems.follows = "pins/systems"; outputs = _: { }; }`
	lock := func(name, text string) {
		t.Helper()
		realtools.GitCommit(t, root, map[string]string{name + "/flake.nix": l.local(text)})
		if _, stderr, err := l.nix.Run(filepath.Join(root, name), "flake", "lock"); err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		realtools.GitCommit(t, root, nil)
	}
	lock("pins", both)
	lock("leaf", leaf)
	if found := codes(run(t, index(t, root), filepath.Join(root, "pins", "flake.nix"))); found["dropped-input"] > 0 {
		t.Error("pins as it is locked has dropped something")
	}
	lock("pins", one)
	if _, stderr, err := l.nix.Run(filepath.Join(root, "leaf"), "flake", "update", "pins"); err == nil || !strings.Contains(stderr, "non-existent input 'pins/systems'") {
		t.Errorf("Nix says of the update: %v\n%s", err, stderr)
	}
	s := index(t, root)
	for name, code := range map[string]string{"pins": "dropped-input", "leaf": "unknown-follows"} {
		if found := codes(run(t, s, filepath.Join(root, name, "flake.nix"))); found[code] != 1 {
			t.Errorf("%s: %v, want one %s", name, found, code)
		}
	}
}

// codes counts findings by their code.
func codes(findings []diagnostics.Finding) map[string]int {
	found := map[string]int{}
	for _, f := range findings {
		found[f.Code]++
	}
	return found
}
