package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// adoptCase is a polyrepo of git repositories in which nobody has a pins input yet. What the leaves have locked is older than what
// pins has; leaf is in the way most people write, and all of its inputs can follow.
type adoptCase struct {
	nix            *realtools.Nix
	dir            string
	before, pinned string // the commits of nixpkgs
}

func newAdoptCase(t *testing.T) *adoptCase {
	t.Helper()
	c := &adoptCase{nix: realtools.NewNix(t), dir: realtools.TempDir(t)}
	t.Setenv("PATH", filepath.Dir(c.nix.Program(t))+string(filepath.ListSeparator)+os.Getenv("PATH"))
	url := func(name string) string { return "git+file://" + filepath.Join(c.dir, name) }
	lock := func(repo string, folders ...string) {
		for _, folder := range append(folders, "")[:max(len(folders), 1)] {
			if _, stderr, err := c.nix.Run(filepath.Join(c.path(repo), folder), "flake", "lock"); err != nil {
				t.Fatal(err, stderr)
			}
		}
		realtools.GitCommit(t, c.path(repo), nil)
	}
	const flake = "{ outputs = _: { }; }"
	commit := func(name, text string) string {
		return realtools.GitCommit(t, c.path(name), map[string]string{"flake.nix": text})
	}
	realtools.WriteFiles(t, c.dir, map[string]string{".nix-pins.toml": "[pins]\nreference = \"" + url("pins") + "\"\n[files]\nexclude = [\"/sources\"]\n[rules]\nmachine-path = \"off\"\n"})
	c.before = commit("sources/nixpkgs", flake)
	commit("sources/tool", `{ inputs.nixpkgs.url = "`+url("sources/nixpkgs")+`"; outputs = _: { }; }`)
	commit("leaf", `{
  inputs = {
    nixpkgs.url = "`+url("sources/nixpkgs")+`";
    tool = {
      url = "`+url("sources/tool")+`";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };
  outputs = { self, nixpkgs, tool }: { x = builtins.attrNames { inherit nixpkgs tool; }; };
}
`)
	lock("leaf")
	// A monorepo: a has b by a path, and calls what b has; user has a alone and nothing to change.
	realtools.GitCommit(t, c.path("mono"), map[string]string{
		"a/flake.nix":    `{ inputs.b.url = "path:../b"; inputs.nixpkgs.url = "` + url("sources/nixpkgs") + `"; outputs = { self, b, nixpkgs }: { x = b.x; }; }`,
		"b/flake.nix":    `{ inputs.nixpkgs.url = "` + url("sources/nixpkgs") + `"; outputs = { self, nixpkgs }: { x = nixpkgs.rev; }; }`,
		"user/flake.nix": `{ inputs.a.url = "path:../a"; outputs = { self, a }: { x = a.x; }; }`,
	})
	lock("mono", "b", "a", "user")
	// Nix refuses to lock this one.
	commit("refused", `{ inputs.gone.url = "`+url("gone")+`"; inputs.nixpkgs.url = "`+url("sources/nixpkgs")+`"; outputs = _: { }; }`)
	// Nothing here may follow unasked.
	commit("own", `{ inputs.nixpkgs.url = "`+url("sources/nixpkgs")+`"; # on purpose: the kernel of next week
  outputs = _: { }; }`)
	c.pinned = commit("sources/nixpkgs", flake+" # newer")
	commit("pins", `{
  inputs.nixpkgs.url = "`+url("sources/nixpkgs")+`";
  inputs.tool = { url = "`+url("sources/tool")+`"; inputs.nixpkgs.follows = "nixpkgs"; };
  outputs = _: { };
}
`)
	lock("pins")
	return c
}

func (c *adoptCase) path(name string) string { return filepath.Join(c.dir, name) }

func (c *adoptCase) text(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(c.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Breaks when `fix --adopt --lock` leaves a leaf that a real Nix would lock again, at another commit than pins has, or whose outputs fail;
// when a flake that Nix refuses is not as it was, or holds up the others; when one is changed in which nothing may follow unasked; when
// what it prints of versions is untrue; when a second run does anything.
func TestFixAdoptLock(t *testing.T) {
	c := newAdoptCase(t)
	refused, own := c.text(t, "refused/flake.nix"), c.text(t, "own/flake.nix")
	t.Setenv("HOME", t.TempDir())
	t.Chdir(c.dir)
	var out, errs bytes.Buffer
	if code := run([]string{"fix", "--adopt", "--lock", "."}, strings.NewReader(""), &out, &errs); code != exitFailed {
		t.Fatalf("exit code %d, want %d: Nix refuses one\n%s%s", code, exitFailed, &out, &errs)
	}
	if c.text(t, "refused/flake.nix") != refused || c.text(t, "own/flake.nix") != own {
		t.Errorf("changed are\n%s\nor\n%s", c.text(t, "refused/flake.nix"), c.text(t, "own/flake.nix"))
	}
	if _, err := os.Stat(c.path("refused/flake.lock")); !os.IsNotExist(err) {
		t.Errorf("a lock is left behind in refused: %v", err)
	}
	if said := errs.String(); !strings.Contains(said, "refused/flake.nix is left as it was: ") || !strings.Contains(said, "gone") || !strings.Contains(said, "Made 4 fixes in 3 files.") {
		t.Errorf("it says:\n%s", said)
	}
	for _, leaf := range []string{"leaf", "mono/a", "mono/b"} {
		if leaf == "mono/a" && !strings.Contains(c.text(t, "mono/a/flake.nix"), `inputs.b.inputs.pins.follows = "pins";`) {
			t.Errorf("what the lock of a shows is not mended:\n%s", c.text(t, "mono/a/flake.nix"))
		}
		if got := revs(t, c.path(leaf)); got["pins/nixpkgs"] != c.pinned || got["pins"] == "" || got["nixpkgs"] != "" {
			t.Errorf("%s has locked %v, want pins/nixpkgs at %s", leaf, got, c.pinned)
		}
		if _, stderr, err := c.nix.Run(c.path(leaf), "flake", "metadata", "--no-update-lock-file"); err != nil {
			t.Errorf("%s: Nix is not content: %v %s", leaf, err, stderr)
		}
		line := leaf + "/flake.lock: locked; nixpkgs: " + c.before[:10] + " ("
		if !strings.Contains(out.String(), line) || !strings.Contains(out.String(), ") → "+c.pinned[:10]+" (") {
			t.Errorf("no line begins with %q:\n%s", line, &out)
		}
	}
	for flake, want := range map[string]string{"leaf": `["nixpkgs","tool"]`, "mono/b": `"` + c.pinned + `"`, "mono/a": `"` + c.pinned + `"`, "mono/user": `"` + c.pinned + `"`} {
		if x, stderr, err := c.nix.Run(c.path(flake), "eval", "--json", ".#x"); err != nil || strings.TrimSpace(string(x)) != want {
			t.Errorf("the outputs of %s are %s, want %s: %v %s", flake, x, want, err, stderr)
		}
	}
	out.Reset()
	if run([]string{"fix", "--adopt", "--lock", "leaf", "mono", "own"}, strings.NewReader(""), &out, &errs); out.Len() > 0 {
		t.Errorf("a second run does\n%s", &out)
	}
}

// Breaks when --adopt writes what its diff does not show, locks unasked, or when a run without it does not say what it would do.
func TestFixAdoptDiff(t *testing.T) {
	c := newAdoptCase(t)
	t.Setenv("HOME", t.TempDir())
	t.Chdir(c.dir)
	before, lock := c.text(t, "leaf/flake.nix"), c.text(t, "leaf/flake.lock")
	var out, errs bytes.Buffer
	if code := run([]string{"fix", "leaf"}, strings.NewReader(""), &out, &errs); code != exitClean || out.Len() > 0 {
		t.Fatalf("without --adopt: exit code %d\n%s%s", code, &out, &errs)
	}
	const notice = "1 flake has no input pins: `nix-pins-lsp fix --adopt --diff` shows what would add it and let 2 inputs follow it."
	if !strings.Contains(errs.String(), notice) {
		t.Errorf("it says\n%s, want %s", &errs, notice)
	}
	diff := string(output(t, exitClean, "fix", "--adopt", "--diff", "leaf"))
	if c.text(t, "leaf/flake.nix") != before {
		t.Error("--diff writes")
	}
	output(t, exitClean, "fix", "--adopt", "leaf")
	after := c.text(t, "leaf/flake.nix")
	for line := range strings.Lines(after) {
		if !strings.Contains(before, line) && !strings.Contains(diff, "\n+"+line) {
			t.Errorf("%q is not in the diff:\n%s", line, diff)
		}
	}
	for _, want := range []string{`nixpkgs.follows = "pins/nixpkgs";`, `follows = "pins/tool";`, `pins.url = "git+file://`, "{ self, nixpkgs, tool, pins }"} {
		if !strings.Contains(after, want) {
			t.Errorf("no %q in\n%s", want, after)
		}
	}
	if strings.Contains(after, "inputs.nixpkgs.follows") {
		t.Errorf("the override that pins has too is still there:\n%s", after)
	}
	if c.text(t, "leaf/flake.lock") != lock {
		t.Error("the lock is another one, though nobody asked for that")
	}
	var none bytes.Buffer
	if code := run([]string{"fix", "--lock", "--diff", "leaf"}, strings.NewReader(""), &none, &none); code != exitFailed {
		t.Errorf("--diff with --lock: exit code %d", code)
	}
}

// Breaks when a flake is updated to what another one was to become and has not, as Nix refused that one.
func TestFixLockAfterRefusal(t *testing.T) {
	c := newAdoptCase(t)
	t.Setenv("HOME", t.TempDir())
	t.Chdir(c.dir)
	// a has nothing to change of its own.
	realtools.GitCommit(t, c.path("mono"), map[string]string{"a/flake.nix": `{ inputs.b.url = "path:../b"; outputs = { self, b }: { x = b.x; }; }`})
	if _, stderr, err := c.nix.Run(c.path("mono/a"), "flake", "lock"); err != nil {
		t.Fatal(err, stderr)
	}
	if err := os.Remove(c.path("mono/b/flake.lock")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(c.path("mono/b/flake.lock"), 0o755); err != nil {
		t.Fatal(err)
	}
	b := c.text(t, "mono/b/flake.nix")
	lock := c.text(t, "mono/a/flake.lock")
	var out, errs bytes.Buffer
	if code := run([]string{"fix", "--adopt", "--lock", "mono"}, strings.NewReader(""), &out, &errs); code != exitFailed {
		t.Fatalf("exit code %d\n%s%s", code, &out, &errs)
	}
	if c.text(t, "mono/b/flake.nix") != b || strings.Count(errs.String(), "mono/b/flake.nix is left as it was") != 1 {
		t.Errorf("it says\n%s and b is\n%s", &errs, c.text(t, "mono/b/flake.nix"))
	}
	if now := c.text(t, "mono/a/flake.lock"); now != lock || !strings.Contains(lock, c.before) {
		t.Errorf("the lock of a was\n%s\nand is\n%s", lock, now)
	}
}

// Breaks when a flake that has no inputs is taken to have failed, as Nix writes no lock for it.
func TestFixLockWithoutInputs(t *testing.T) {
	c := newAdoptCase(t)
	t.Setenv("HOME", t.TempDir())
	realtools.GitCommit(t, c.path("none"), map[string]string{"flake.nix": "{\n  description = \"a\";\n  description = \"a\";\n  outputs = _: { };\n}\n"})
	t.Chdir(c.dir)
	output(t, exitClean, "fix", "--lock", "none")
	if got, want := c.text(t, "none/flake.nix"), "{\n  description = \"a\";\n  outputs = _: { };\n}\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

// Breaks when Git is left with a lock that is not there, after nix wrote a new one and failed: a stash fails then.
func TestFixLockForgetsNewLock(t *testing.T) {
	c := newAdoptCase(t)
	t.Setenv("HOME", t.TempDir())
	leaf := c.path("new")
	realtools.GitCommit(t, leaf, map[string]string{"flake.nix": strings.ReplaceAll(c.text(t, "leaf/flake.nix"), " # ", " ")})
	bin := t.TempDir()
	failing := "#!/bin/sh\n'" + c.nix.Program(t) + "' \"$@\"\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "nix"), []byte(failing), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Chdir(c.dir)
	var out, errs bytes.Buffer
	if code := run([]string{"fix", "--adopt", "--lock", "new"}, strings.NewReader(""), &out, &errs); code != exitFailed {
		t.Fatalf("exit code %d\n%s%s", code, &out, &errs)
	}
	status, err := exec.Command("git", "-C", leaf, "status", "--porcelain").CombinedOutput()
	if err != nil || len(status) > 0 {
		t.Errorf("git status: %v\n%s\nit says %s", err, status, &errs)
	}
}
