package realtools

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Breaks when a version is accepted that the tests were not written for, or a good one refused.
func TestVersions(t *testing.T) {
	for _, test := range []struct {
		program program
		output  string
		want    bool
	}{
		{nixProgram, "nix (Nix) 2.34.8\n", true},
		{nixProgram, "nix (Determinate Nix 3.12.0) 2.34.1\n", true},
		{nixProgram, "nix (Nix) 2.26.3\n", false},
		{nixInstantiateProgram, "nix-instantiate (Nix) 2.34.8\n", true},
		{neovimProgram, "NVIM v0.12.4\nBuild type: Release\n", true},
		{neovimProgram, "NVIM v0.10.4\n", false},
		{neovimProgram, "NVIM v1.0.0\n", true},
		{emacsProgram, "GNU Emacs 30.2\n", true},
		{emacsProgram, "GNU Emacs 28.2\n", false},
		{helixProgram, "helix 25.07.1 (a05c151b)\n", true},
		{helixProgram, "hex 1.0\n", false},
	} {
		if got := test.program.accepts(test.output); got != test.want {
			t.Errorf("%s: %q accepted: %v, want %v", test.program.name, test.output, got, test.want)
		}
	}
}

// Breaks when a tool is not installed or its wrapper does not reach it.
func TestEditorsStart(t *testing.T) {
	for _, path := range []string{Neovim(t), Emacs(t), Helix(t)} {
		if out, err := exec.Command(path, "--version").CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

// Breaks when Nix here is not the Nix whose answers are recorded.
func TestRecordedVersion(t *testing.T) {
	NewNix(t).Recorded(t)
}

// Breaks when one failing expression takes another's answer with it, or answers lose their order.
func TestEvalKeepsAnswersApart(t *testing.T) {
	answers := NewNix(t).Eval(t, []string{
		`1 + 1`,
		`throw "first"`,
		`{ p = /tmp/nowhere; l = [ /tmp/a "s\nt" ]; }`,
		`undefined`,
		`{ a = `, // the parenthesis around the expression comes next
		`abort "last" # a comment ends with the line`,
	})
	want := []string{"2", "ERR first", `{"l":["/tmp/a","s\nt"],"p":"/tmp/nowhere"}`,
		"ERR undefined variable 'undefined'", "ERR syntax error, unexpected ')'",
		"ERR evaluation aborted with the following error message: 'last'"}
	for i, answer := range answers {
		got := string(answer.JSON)
		if answer.Err != nil {
			got = "ERR " + answer.Err.Error()
		}
		if got != want[i] {
			t.Errorf("%d: got %s, want %s", i, got, want[i])
		}
	}
	if len(answers) != len(want) {
		t.Errorf("got %d answers, want %d", len(answers), len(want))
	}
}

// Breaks when a path is copied to the store, a missing inputs is an error, or a plain argument looks like `{ }:`.
func TestFlakeFiles(t *testing.T) {
	nix, dir := NewNix(t), TempDir(t)
	cases := []struct{ name, source, inputs, formals string }{
		{"none", `{ outputs = inputs: { }; }`, `{}`, `null`},
		{"closed", `{ inputs.a.url = ./x; outputs = { self, a }: { }; }`,
			`{"a":{"url":"` + dir + `/x"}}`, `{"ellipsis":false,"names":{"a":false,"self":false}}`},
		{"open", `{ inputs = { a = { flake = false; }; }; outputs = { a ? 1, ... }@args: args; }`,
			`{"a":{"flake":false}}`, `{"ellipsis":true,"names":{"a":true}}`},
		{"empty pattern", `{ outputs = { }: { }; }`, `{}`, `{"ellipsis":false,"names":{}}`},
		{"name like the attribute", `{ outputs = { ellipsis }: { }; }`, `{}`, `{"ellipsis":false,"names":{"ellipsis":false}}`},
		{"broken", `{ inputs.a.url = x; outputs = _: { }; }`,
			"ERR undefined variable 'x'", "ERR undefined variable 'x'"},
	}
	var files []string
	for _, c := range cases {
		WriteFiles(t, dir, map[string]string{c.name + ".nix": c.source})
		files = append(files, filepath.Join(dir, c.name+".nix"))
	}
	text := func(answer Answer) string {
		if answer.Err != nil {
			return "ERR " + answer.Err.Error()
		}
		return string(answer.JSON)
	}
	inputs, formals, parse := nix.Inputs(t, files), nix.OutputsFormals(t, files), nix.Parse(t, files)
	for i, c := range cases {
		if got := text(inputs[i]); got != c.inputs {
			t.Errorf("%s: inputs are %s, want %s", c.name, got, c.inputs)
		}
		if got := text(formals[i]); got != c.formals {
			t.Errorf("%s: formals are %s, want %s", c.name, got, c.formals)
		}
		if broken := c.name == "broken"; broken != (parse[i] != nil) {
			t.Errorf("%s: parser says %v", c.name, parse[i])
		}
	}
}

// Breaks when a reference is not handed on as it is: quotes, dollars and backslashes are Nix syntax.
func TestParseFlakeRefs(t *testing.T) {
	answers := NewNix(t).ParseFlakeRefs(t, []string{`github:a/b`, `github:a`, `path:/a?x="${y}\`})
	if got, want := string(answers[0].JSON), `{"owner":"a","repo":"b","type":"github"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if answers[1].Err == nil {
		t.Error("github:a has no repo, yet it is accepted")
	}
	if answers[2].Err == nil || !strings.Contains(answers[2].Err.(*Error).Stderr, `"${y}\`) {
		t.Errorf("the reference does not come back as it was: %v", answers[2].Err)
	}
}

// Breaks when repositories on this disk cannot be locked with no network, or warnings and refusals get lost.
func TestFlakeLockOfLocalRepositories(t *testing.T) {
	nix, dir := NewNix(t), TempDir(t)
	GitCommit(t, filepath.Join(dir, "tool"), map[string]string{"flake.nix": `{ outputs = _: { }; }`})
	GitCommit(t, filepath.Join(dir, "pins"), map[string]string{
		"flake.nix": `{ inputs.tool.url = "git+file://` + dir + `/tool"; outputs = _: { }; }`})
	leaf := filepath.Join(dir, "leaf")
	GitCommit(t, leaf, map[string]string{"flake.nix": `{
  inputs.pins.url = "git+file://` + dir + `/pins";
  inputs.pins.inputs.nothing.follows = "tool";
  inputs.tool.follows = "pins/tool";
  outputs = _: { };
}`})
	if _, _, err := nix.FlakeMetadata("git+file://"+leaf, "--no-update-lock-file"); err == nil {
		t.Error("there is no lock, yet Nix is content")
	}
	content, warnings, err := nix.FlakeLock(t, leaf)
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Nodes map[string]struct{ Inputs map[string]any }
	}
	if err := json.Unmarshal(content, &lock); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"pins": "pins", "tool": []any{"pins", "tool"}}
	if diff := cmp.Diff(want, lock.Nodes["root"].Inputs); diff != "" {
		t.Errorf("edges of the root (-want +got):\n%s", diff)
	}
	if !strings.Contains(strings.Join(warnings, "\n"), "has an override for a non-existent input 'nothing'") {
		t.Errorf("warnings are %q", warnings)
	}
	GitCommit(t, leaf, nil)
	if metadata, _, err := nix.FlakeMetadata("git+file://"+leaf, "--no-update-lock-file"); err != nil || !json.Valid(metadata) {
		t.Errorf("the lock that Nix wrote does not satisfy it: %v", err)
	}
}

// Breaks when Nix can reach the network, so that a test's answer may depend on the day.
func TestNoNetwork(t *testing.T) {
	nix := NewNix(t)
	out, err := exec.Command(nix.isolate[0], append(nix.isolate[1:], "cat", "/proc/net/route")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(out), "\n"); lines > 1 {
		t.Errorf("there are routes:\n%s", out)
	}
}

// Breaks when the fixed date or name of commits changes with the machine: tests compare revisions.
func TestGitCommitIsReproducible(t *testing.T) {
	files := map[string]string{"a/b": "c"}
	first, second := GitCommit(t, TempDir(t), files), GitCommit(t, TempDir(t), files)
	if first != second || len(first) != 40 {
		t.Errorf("commits are %s and %s", first, second)
	}
}

// Breaks when the folder lies where a chroot cannot see it, or stays after the test.
func TestTempDir(t *testing.T) {
	var dir string
	t.Run("inner", func(t *testing.T) {
		t.Setenv("TMPDIR", "/var/tmp")
		if dir = TempDir(t); !strings.HasPrefix(dir, "/tmp/") {
			t.Errorf("%s is not below /tmp", dir)
		}
	})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s stays: %v", dir, err)
	}
}

// Breaks when a message shows the trace instead of what Nix refuses.
func TestMessage(t *testing.T) {
	for _, test := range []struct{ stderr, want string }{
		{"error: undefined variable 'x'\n       at /tmp/b.nix:1:7:\n            1| { a = x; }\n", "undefined variable 'x'"},
		{"warning: w\nerror:\n       … while evaluating\n\n       error: path '/x' does not exist\n", "path '/x' does not exist"},
		{"error: first line\n       second line\n", "first line second line"},
		{"killed\n", "killed"},
	} {
		if got := Message(test.stderr); got != test.want {
			t.Errorf("%q gives %q, want %q", test.stderr, got, test.want)
		}
	}
}
