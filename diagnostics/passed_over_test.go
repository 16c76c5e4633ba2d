package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when stale-lock does not speak of a flake by a relative path of whose change a real Nix takes no note, is wrong about the command
// that settles it, or speaks where Nix needs none; when what it says of outputs that are called without an input is untrue.
func TestPassedOverInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	const (
		before = `inputs.x.url = "URL/x"; inputs.y.url = "URL/y"; outputs = { self, x, y }: { v = 1; };`
		own    = `inputs.b.url = "path:../b"; outputs = { self, b }: { v = b.v; };`
	)
	for name, c := range map[string]struct {
		a, b, c   string // their flake.nix when they are locked; c is a flake that b may have
		later     string // that of b later
		laterC    string
		want      string // in the message; "" where nothing is said of a
		evaluates bool   // whether the outputs of a can be had by the lock of before
		moves     bool   // whether an update moves b as it moves any input
	}{
		"the same":          {b: before, later: before + " # other words", evaluates: true},
		"a new one":         {b: before, later: `inputs.x.url = "URL/x"; inputs.y.url = "URL/y"; inputs.z.url = "URL/z"; outputs = { self, x, y, z }: { v = 1; };`, want: "`b` from before its flake.nix declared `z`"},
		"a new one, unused": {b: before, later: `inputs.x.url = "URL/x"; inputs.y.url = "URL/y"; inputs.z.url = "URL/z"; outputs = { self, ... }: { v = 1; };`, want: "declared `z`", evaluates: true},
		"one less":          {b: before, later: `inputs.x.url = "URL/x"; outputs = { self, x }: { v = 1; };`, want: "dropped `y`"},
		"another reference": {b: before, later: strings.Replace(before, "URL/y", "URL/z", 1), want: "changed `y`", evaluates: true},
		"a follows":         {b: before, later: strings.Replace(before, `y.url = "URL/y"`, `y.follows = "x"`, 1), want: "changed `y`", evaluates: true},
		"at an absolute place": {
			a: `inputs.b.url = "URL/mono?dir=b"; outputs = { self, b }: { v = b.v; };`,
			b: before, later: strings.Replace(before, "URL/y", "URL/z", 1), evaluates: true, moves: true,
		},
		"overridden": {
			a: `inputs.x.url = "URL/x"; inputs.b = { url = "path:../b"; inputs.y.follows = "x"; }; outputs = { self, x, b }: { v = b.v; };`,
			b: before, later: strings.Replace(before, "URL/y", "URL/z", 1), evaluates: true,
		},
		"below it": {
			b: `inputs.c.url = "path:../c"; outputs = { self, c }: { v = c.v; };`, later: `inputs.c.url = "path:../c"; outputs = { self, c }: { v = c.v; };`,
			c: before, laterC: `inputs.x.url = "URL/x"; inputs.y.url = "URL/y"; inputs.z.url = "URL/z"; outputs = { self, x, y, z }: { v = 1; };`,
			want: "`b/c` from before its flake.nix declared `z`",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := realtools.TempDir(t)
			for _, source := range []string{"x", "y", "z"} {
				realtools.GitCommit(t, filepath.Join(dir, source), map[string]string{"flake.nix": "{ outputs = _: { }; } # " + source})
			}
			text := func(s string) string { return "{ " + strings.ReplaceAll(s, "URL", "git+file://"+dir) + "\n}\n" }
			repo := filepath.Join(dir, "mono")
			run := func(folder string, arguments ...string) error {
				_, _, err := nix.Run(filepath.Join(repo, folder), arguments...)
				return err
			}
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			if c.a == "" {
				c.a = own
			}
			files := map[string]string{"a/flake.nix": text(c.a), "b/flake.nix": text(c.b)}
			if c.c != "" {
				files["c/flake.nix"] = text(c.c)
			}
			realtools.GitCommit(t, repo, files)
			for _, folder := range []string{"c", "b", "a"} {
				if files[folder+"/flake.nix"] != "" {
					must(run(folder, "flake", "lock"))
					realtools.GitCommit(t, repo, nil)
				}
			}
			files = map[string]string{"b/flake.nix": text(c.later)}
			if c.laterC != "" {
				files["c/flake.nix"] = text(c.laterC)
			}
			realtools.GitCommit(t, repo, files)
			for _, folder := range []string{"c", "b"} {
				if files[folder+"/flake.nix"] != "" {
					must(run(folder, "flake", "lock"))
					realtools.GitCommit(t, repo, nil)
				}
			}

			said := staleIn(t, dir, filepath.Join(repo, "a", "flake.nix"))
			if (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
				t.Errorf("it says %q, want %q", said, c.want)
			}
			lockOf := func() string { return readText(t, filepath.Join(repo, "a", "flake.lock")) }
			old := lockOf()
			if err := run("a", "eval", ".#v"); (err == nil) != c.evaluates {
				t.Errorf("the outputs of a: %v", err)
			} else if err != nil && strings.Contains(err.Error(), "without required argument") != strings.Contains(said, "calls its outputs without") {
				t.Errorf("it says %q, and Nix %v", said, err)
			}
			must(run("a", "flake", "lock"))
			if lockOf() != old {
				t.Error("`nix flake lock` takes note of it")
			}
			must(run("a", "flake", "update", "b"))
			if (lockOf() != old) != (c.want != "" || c.moves) {
				t.Errorf("`nix flake update b` changes something: %t", lockOf() != old)
			}
			if said = staleIn(t, dir, filepath.Join(repo, "a", "flake.nix")); said != "" {
				t.Errorf("after that it says %q", said)
			}
			must(run("a", "eval", ".#v"))
		})
	}
}

// staleIn is what stale-lock says of a file.
func staleIn(t *testing.T, dir, path string) string {
	t.Helper()
	findings, err := diagnostics.RunRules(context.Background(), openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot(), path, diagnostics.RuleOf("stale-lock"))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range findings {
		said = append(said, f.Message)
	}
	return strings.Join(said, "\n")
}

func readText(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Breaks when the flakes by relative paths are looked at as often as there are paths to them: of these thirty there are a billion. Then it
// does not end. Nix writes no such lock: each has a parent of its own there.
func TestPassedOverByManyPaths(t *testing.T) {
	const levels = 30
	var flakes, nodes strings.Builder
	for i := range levels {
		text, inputs, parent := "{ outputs = _: { }; }", "", `"b"`
		if i < levels-1 {
			text = fmt.Sprintf(`{ inputs.l.url = "path:../f%d"; inputs.r.url = "path:../f%[1]d"; outputs = _: { }; }`, i+1)
			inputs = fmt.Sprintf(`"l": "f%d", "r": "f%[1]d"`, i+1)
		}
		if i == 0 {
			parent = ""
		}
		fmt.Fprintf(&flakes, "-- f%d/flake.nix --\n%s\n", i, text)
		fmt.Fprintf(&nodes, `"f%d": { "inputs": {%s}, "locked": { "path": "../f%[1]d", "type": "path" }, "original": { "path": "../f%[1]d", "type": "path" }, "parent": [%[3]s] }, `, i, inputs, parent)
	}
	lock := "{ \"nodes\": { " + nodes.String() + `"root": { "inputs": { "b": "f0" } } }, "root": "root", "version": 7 }`
	dir := layFlakes(t, flakes.String()+"-- a/flake.nix --\n{ inputs.b.url = \"path:../f0\"; outputs = _: { }; }\n-- a/flake.lock --\n"+lock+"\n")
	path := filepath.Join(dir, "a", "flake.nix")
	if said := staleIn(t, dir, path); strings.Contains(said, "from before") {
		t.Errorf("of what is as it was it says %q", said)
	}
	realtools.WriteFiles(t, dir, map[string]string{"f29/flake.nix": `{ inputs.x.url = "github:acme/x"; outputs = _: { }; }`})
	if said := staleIn(t, dir, path); !strings.Contains(said, "declared `x`") {
		t.Errorf("it says %q", said)
	}
}
