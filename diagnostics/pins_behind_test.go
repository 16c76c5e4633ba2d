package diagnostics_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a leaf is told to get by an update what pins has committed and nobody has pushed, or is not told what it does get.
func TestBehindWhatIsNotPushed(t *testing.T) {
	work := filepath.Join(t.TempDir(), "work")
	pins := filepath.Join(work, "pins")
	set := func(version string) string { return "nixpkgs github:NixOS/nixpkgs rev=" + version + " 2026-08-31\n" }
	commit := func(day int, version string) string {
		return realtools.GitCommitAt(t, pins, time.Date(2026, 9, day, 0, 0, 0, 0, time.UTC), map[string]string{
			"flake.nix": `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`, "flake.lock": expanded(t, set(version)),
		})
	}
	for name, of := range map[string][2]string{
		"web": {"github:acme/pins", " rev=a1 2026-09-01"}, "near": {"path:../pins", ""}, "stable": {"github:acme/pins/stable", " rev=a1 2026-09-01"},
		"rev": {"github:acme/pins/0123456789abcdef0123456789abcdef01234567", " rev=a1 2026-09-01"},
	} {
		realtools.WriteFiles(t, filepath.Join(work, name), map[string]string{
			"flake.nix":  `{ inputs.pins.url = "` + of[0] + `"; outputs = _: { }; }`,
			"flake.lock": expanded(t, "pins "+of[0]+of[1]+"\n  "+set("b1")),
		})
	}
	first := commit(1, "b1")
	second := commit(2, "b2")
	commit(3, "b3")
	remote := func(commit string) {
		realtools.WriteFiles(t, pins, map[string]string{
			".git/config":                   "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/pins\n",
			".git/refs/remotes/origin/main": commit + "\n",
		})
	}
	said := func(name string) string {
		t.Helper()
		w := openWorkspace(t, work, t.TempDir())
		findings, err := diagnostics.RunRules(context.Background(), w.Snapshot(), filepath.Join(work, name, "flake.nix"), diagnostics.RuleOf("pins-behind"))
		if err != nil || len(findings) != 1 {
			t.Fatalf("%v %v", findings, err)
		}
		return findings[0].Message
	}
	expect := func(what, name, want string) {
		t.Helper()
		if got := said(name); got != want {
			t.Errorf("%s: %s is told\n%s\nwant\n%s", what, name, got, want)
		}
	}
	const behind = "flake.lock holds the package set of 2026-09-01 of `pins`, 2 package sets behind the newest, of 2026-09-03 (2 days later)."
	for _, name := range []string{"web", "near"} {
		expect("no remote is known", name, behind+" `nix flake update pins` changes `nixpkgs`.")
	}
	remote(second)
	expect("one is pushed", "web", behind+" That is not pushed yet: for now `nix flake update pins` gets an earlier one, and changes `nixpkgs`.")
	expect("one is pushed", "near", behind+" `nix flake update pins` changes `nixpkgs`.")
	realtools.WriteFiles(t, pins, map[string]string{".git/refs/remotes/origin/stable": second + "\n"})
	expect("a branch of its own", "stable", "flake.lock holds the package set of 2026-09-01 of `pins`, 1 package set behind the newest, of 2026-09-02 (1 day later). `nix flake update pins` changes `nixpkgs`.")
	remote(first)
	expect("none is pushed", "web", behind+" That is not pushed yet: `nix flake update pins` gets it once it is.")
	expect("none is pushed", "rev", behind+" The reference of `pins` holds a rev, so no update moves it.")
}
