package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// calls runs a script in a shell in which nix does nothing but to note its arguments, and gives these and the folder of each call.
func calls(t *testing.T, script string) (dirs []string, arguments [][]string) {
	t.Helper()
	command := exec.Command("sh", "-euc", `nix() { printf '%s\0' "$PWD" "$#" "$@"; }`+"\n"+script)
	command.Dir = t.TempDir()
	out, err := command.Output()
	if err != nil {
		t.Fatalf("the script fails: %v\n%s", err, script)
	}
	fields := strings.Split(string(out), "\x00")
	for len(fields) > 1 {
		n := 0
		if err := json.Unmarshal([]byte(fields[1]), &n); err != nil {
			t.Fatal(err)
		}
		dirs, arguments = append(dirs, fields[0]), append(arguments, fields[2:2+n])
		fields = fields[2+n:]
	}
	if left, err := os.ReadDir(command.Dir); err != nil || len(left) > 0 {
		t.Errorf("the script did something else: %v, %v", left, err)
	}
	return dirs, arguments
}

// revs are the commits of a lock by their input paths.
func revs(t *testing.T, dir string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "flake.lock"))
	if err != nil {
		t.Fatal(err)
	}
	graph, err := lock.Parse(string(content))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	graph.Walk(func(path []string, in lock.Input) bool {
		if in.Follows == nil {
			all[strings.Join(path, "/")] = graph.Node(in.Target).Rev()
		}
		return true
	})
	return all
}

// alignCase is a pins flake and one that cannot follow it, with folders whose names a shell could misread. Everything has moved
// on since either was locked.
type alignCase struct {
	nix         *realtools.Nix
	pins, alone string
	// nixpkgs, tool and plug are the commits that pins has, newest is that of nixpkgs by now.
	nixpkgs, tool, plug, newest string
}

func newAlignCase(t *testing.T) *alignCase {
	dir := realtools.TempDir(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	url := func(name string) string {
		return `"git+file://` + strings.NewReplacer(" ", "%20", "'", "%27").Replace(at(name)) + `"`
	}
	c := &alignCase{nix: realtools.NewNix(t), pins: at("pins"), alone: at("alone it's $(touch x) `touch y`; -")}
	const flake = "{ outputs = _: { }; }"
	versions := 0
	advance := func() {
		versions++
		text := flake + strings.Repeat("#", versions)
		c.newest = realtools.GitCommit(t, at("it's & nixpkgs;"), map[string]string{"flake.nix": text})
		realtools.GitCommit(t, at("other"), map[string]string{"flake.nix": text})
		realtools.GitCommit(t, at("plug"), map[string]string{"x": text})
		realtools.GitCommit(t, at("tool"), map[string]string{"flake.nix": `{ inputs.nixpkgs.url = ` + url("it's & nixpkgs;") + `; outputs = _: { }; }` + text[len(flake):]})
	}
	lockIn := func(dir string, args ...string) {
		if _, stderr, err := c.nix.Run(dir, append([]string{"flake"}, args...)...); err != nil {
			t.Fatal(err, stderr)
		}
		realtools.GitCommit(t, dir, nil)
	}
	advance()
	realtools.GitCommit(t, c.pins, map[string]string{"flake.nix": `{
  inputs = {
    packages.url = ` + url("it's & nixpkgs;") + `;
    tool = { url = ` + url("tool") + `; inputs.nixpkgs.follows = "packages"; };
    plug = { url = ` + url("plug") + `; flake = false; };
    new.url = ` + url("other") + `;
  };
  outputs = _: { };
}
`})
	realtools.GitCommit(t, c.alone, map[string]string{".nix-pins.toml": "role = \"standalone\"\n", "flake.nix": `{
  inputs = {
    nixpkgs.url = ` + url("it's & nixpkgs;") + `; # for everybody
    tool.url = ` + url("tool") + `;
    plug = { url = ` + url("plug") + `; flake = false; };
    same.follows = "tool/nixpkgs";
  };
  outputs = _: { };
}
`})
	lockIn(c.pins, "lock")
	lockIn(c.alone, "lock")
	advance()
	lockIn(c.pins, "update")
	pinned := revs(t, c.pins)
	c.nixpkgs, c.tool, c.plug = pinned["packages"], pinned["tool"], pinned["plug"]
	advance()
	return c
}

// aligned is what align prints, with its exit code.
func aligned(t *testing.T, code int, args ...string) string {
	return string(output(t, code, append([]string{"align"}, args...)...))
}

// Breaks when the printed command, run by a shell, does not make a real Nix lock what pins has, moves anything else, or leaves a lock
// that Nix would change again; when align then still sees something to do.
func TestAlignByCommand(t *testing.T) {
	c := newAlignCase(t)
	for _, step := range []struct {
		flags []string
		want  map[string]string
	}{
		// A tool at another commit brings its own nixpkgs, the newest one where it has no lock.
		{nil, map[string]string{"nixpkgs": c.nixpkgs, "tool": c.tool, "plug": c.plug, "tool/nixpkgs": c.newest}},
		{[]string{"--nested"}, map[string]string{"nixpkgs": c.nixpkgs, "tool": c.tool, "plug": c.plug, "tool/nixpkgs": c.nixpkgs}},
	} {
		flags := append([]string{"--pins", c.pins, c.alone}, step.flags...)
		script := aligned(t, exitFindings, flags...)
		dirs, arguments := calls(t, script)
		if len(dirs) != 1 || dirs[0] != c.alone {
			t.Fatalf("called in %q:\n%s", dirs, script)
		}
		if _, stderr, err := c.nix.Run(c.alone, arguments[0]...); err != nil {
			t.Fatalf("%v\n%s\n%s", err, stderr, script)
		}
		if got := revs(t, c.alone); !maps.Equal(got, step.want) {
			t.Errorf("%v: locked is %v, want %v\n%s", step.flags, got, step.want, script)
		}
		if _, stderr, err := c.nix.Run(c.alone, "flake", "metadata", "--no-update-lock-file"); err != nil {
			t.Errorf("Nix is not content: %v %s", err, stderr)
		}
		realtools.GitCommit(t, c.alone, nil)
	}
	if left := aligned(t, exitClean, "--nested", "--pins", c.pins, c.alone); !strings.HasSuffix(left, "# nothing to do\n") {
		t.Errorf("after aligning:\n%s", left)
	}
}

// Breaks when the seed's form, `nix flake update --override-input`, would do as well as the one that is printed: it moves what nobody
// asked for.
func TestUpdateMovesMore(t *testing.T) {
	c := newAlignCase(t)
	_, arguments := calls(t, aligned(t, exitFindings, "--pins", c.pins, c.alone))
	i := slices.Index(arguments[0], "nixpkgs")
	if _, stderr, err := c.nix.Run(c.alone, "flake", "update", "--override-input", "nixpkgs", arguments[0][i+1]); err != nil {
		t.Fatal(err, stderr)
	}
	if got := revs(t, c.alone); got["nixpkgs"] != c.nixpkgs || got["tool"] == c.tool || got["plug"] == c.plug {
		t.Errorf("an update with one override leaves %v; pins has tool %s", got, c.tool)
	}
}

// Breaks when the revs that --write puts into flake.nix are not what a real Nix then locks, when anything else of the text changes, or
// when the diff promises another text.
func TestAlignByEdit(t *testing.T) {
	c := newAlignCase(t)
	path := filepath.Join(c.alone, "flake.nix")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	diff := aligned(t, exitFindings, "--format", "edit", "--pins", c.pins, c.alone)
	aligned(t, exitClean, "--write", "--pins", c.pins, c.alone)
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(after)) {
		if added := !bytes.Contains(before, []byte(line)); added != strings.Contains(diff, "\n+"+line) || added != strings.Contains(line, "rev=") {
			t.Errorf("the line %q is not as the diff has it:\n%s", line, diff)
		}
	}
	if !strings.Contains(string(after), "# for everybody") {
		t.Error("a comment is gone")
	}
	realtools.GitCommit(t, c.alone, nil)
	if _, stderr, err := c.nix.Run(c.alone, "flake", "lock"); err != nil {
		t.Fatal(err, stderr)
	}
	if got, want := revs(t, c.alone), (map[string]string{"nixpkgs": c.nixpkgs, "tool": c.tool, "plug": c.plug, "tool/nixpkgs": c.newest}); !maps.Equal(got, want) {
		t.Errorf("locked is %v, want %v", got, want)
	}
	aligned(t, exitClean, "--pins", c.pins, c.alone)
}

// Breaks when `align --registry` does not make the registry of a real Nix lead to the nixpkgs of pins.
func TestAlignRegistry(t *testing.T) {
	c := newAlignCase(t)
	// Pins calls it packages: there is nothing to compare with.
	output(t, exitFailed, "align", "--registry", "--pins", c.pins)
	manifest := filepath.Join(c.pins, "flake.nix")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	realtools.GitCommit(t, c.pins, map[string]string{"flake.nix": strings.ReplaceAll(string(text), "packages", "nixpkgs")})
	if _, stderr, err := c.nix.Run(c.pins, "flake", "lock", "--override-input", "nixpkgs", "git+file://"+strings.ReplaceAll(filepath.Join(filepath.Dir(c.pins), "it's & nixpkgs;"), " ", "%20")+"?rev="+c.nixpkgs); err != nil {
		t.Fatal(err, stderr)
	}
	realtools.GitCommit(t, c.pins, nil)
	_, arguments := calls(t, string(output(t, exitFindings, "align", "--registry", "--pins", c.pins)))
	if _, stderr, err := c.nix.Run("", arguments[0]...); err != nil {
		t.Fatal(err, stderr)
	}
	out, stderr, err := c.nix.Run("", "flake", "metadata", "--json", "nixpkgs")
	var metadata struct{ Revision string }
	if err != nil || json.Unmarshal(out, &metadata) != nil || metadata.Revision != c.nixpkgs {
		t.Errorf("the registry leads to %q, want %s: %v %s", metadata.Revision, c.nixpkgs, err, stderr)
	}
}

// Breaks when a shell reads a word as anything but what was meant.
func TestShellWord(t *testing.T) {
	words := []string{"", "a", "-n", "--", "it's", "''", "'", `"$HOME" ` + "`id`", "$(id)", "a b\tc", "a\nb", `\`, `\'`, "*", "~", "~root", "a;b", "a&b", "#x", "!x", "{a,b}", "é ", "=ls", "x=y", "\x1b[31m", "%s", "|", "<", "(", "[a]", "\u00a0"}
	_, arguments := calls(t, shellLine(append([]string{"nix"}, words...)))
	if len(arguments) != 1 || !slices.Equal(arguments[0], words) {
		t.Errorf("the shell reads %q, want %q", arguments, words)
	}
}
