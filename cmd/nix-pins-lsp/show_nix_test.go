package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// nixTree is what `nix flake metadata` prints below "Inputs:"; refused is why it prints nothing.
func nixTree(nix *realtools.Nix, dir string) (tree, refused string) {
	out, stderr, err := nix.Run(dir, "flake", "metadata", "--no-update-lock-file", "path:"+dir)
	if err != nil {
		return "", stderr
	}
	_, tree, _ = strings.Cut(escapes.ReplaceAllString(string(out), ""), "\nInputs:\n")
	return tree, ""
}

// shown is what show prints of a flake below its first line.
func shown(t *testing.T, flags ...string) string {
	t.Helper()
	_, tree, _ := bytes.Cut(output(t, exitClean, append([]string{"show"}, flags...)...), []byte("\n"))
	return string(tree)
}

func sameTree(t *testing.T, name, got, want string) {
	t.Helper()
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		line := func(lines []string) string {
			if i < len(lines) {
				return lines[i]
			}
			return "(no such line)"
		}
		if line(gotLines) != line(wantLines) {
			t.Errorf("%s: line %d\n got %s\nwant %s", name, i+1, line(gotLines), line(wantLines))
			return
		}
	}
}

// Breaks when a line of the tree is not what the real Nix prints of a lock that it made itself: the order, the branches, the
// locked references of all kinds, dates, follows to the flake itself and to what stands deeper, relative paths.
func TestShowAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	pins := map[string]string{"flake.nix": `{ inputs.tools.url = "git+file://` + at("tools") + `?ref=main"; inputs.data = { url = "path:` + at("data") + `"; flake = false; }; outputs = _: { }; }`}
	tools := realtools.GitCommit(t, at("tools"), map[string]string{"flake.nix": `{ inputs.data.url = "path:` + at("data") + `"; inputs.data.flake = false; outputs = _: { }; }`, "sub/dir/flake.nix": `{ outputs = _: { }; }`})
	realtools.WriteFiles(t, at("data"), map[string]string{"x": "x", "ü b/y": "y"})
	realtools.GitCommit(t, at("pins"), pins)
	nix.FlakeLock(t, at("pins"))
	realtools.GitCommit(t, at("pins"), nil)
	realtools.WriteFiles(t, at("leaf"), map[string]string{
		"flake.nix": `{
  inputs = {
    pins.url = "git+file://` + at("pins") + `";
    tools.follows = "pins/tools";
    data.follows = "pins/tools/data";
    again = { url = "git+file://` + at("pins") + `"; inputs.tools.follows = "tools"; };
    dropped = { url = "git+file://` + at("pins") + `"; inputs.tools.follows = ""; };
    sub.url = "git+file://` + at("tools") + `?dir=sub/dir&rev=` + tools + `&shallow=1";
    plain = { url = "path:` + at("data/ü b") + `"; flake = false; };
    part.url = "./part";
    Zeta.url = "path:` + at("tools") + `";
  };
  outputs = _: { };
}`,
		"part/flake.nix":      `{ inputs.deep.url = "path:./deep"; inputs.up.url = "../other"; outputs = _: { }; }`,
		"part/deep/flake.nix": `{ inputs.tools.url = "git+file://` + at("tools") + `"; outputs = _: { }; }`,
		"other/flake.nix":     `{ outputs = _: { }; }`,
	})
	if _, _, err := nix.FlakeLock(t, at("leaf")); err != nil {
		t.Fatal(err)
	}
	want, refused := nixTree(nix, at("leaf"))
	if refused != "" {
		t.Fatal(refused)
	}
	if strings.Count(want, "\n") < 18 || !strings.Contains(want, "follows input ''") || !strings.Contains(want, "path:../other") {
		t.Errorf("the lock shows too little:\n%s", want)
	}
	// Nix prints dates in UTC wherever it runs.
	before := time.Local
	defer func() { time.Local = before }()
	for _, local := range []*time.Location{time.UTC, time.FixedZone("east", 9*60*60)} {
		time.Local = local
		sameTree(t, local.String(), shown(t, "--plain", at("leaf")), want)
	}
}

// Breaks when a line of the tree of a real project's lock is not what the real Nix prints.
func TestShowRealLocksAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	locks, err := filepath.Glob("../../flake/lock/testdata/real/*.flake.lock")
	if err != nil || len(locks) < 60 {
		t.Fatalf("%d real locks, %v", len(locks), err)
	}
	dir := realtools.TempDir(t)
	compared := 0
	for _, path := range locks {
		name := strings.TrimSuffix(filepath.Base(path), ".flake.lock")
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		declared, err := os.ReadFile(strings.TrimSuffix(path, ".flake.lock") + ".inputs.json")
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := manifestgen.FromJSON(declared)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(dir, name)
		realtools.WriteFiles(t, at, map[string]string{
			"flake.nix":  manifestgen.Render(manifestgen.Model{Inputs: inputs, Outputs: manifestgen.Function{Argument: "inputs"}}, manifestgen.Layout{Style: manifestgen.Nested}),
			"flake.lock": string(content),
		})
		want, refused := nixTree(nix, at)
		if refused != "" {
			// It must fetch an input whose node has follows of its own, or it looks for a relative path, which we do not have.
			t.Logf("%s: %s", name, realtools.Message(refused))
			continue
		}
		compared++
		sameTree(t, name, shown(t, "--plain", at), want)
		// Marks stand behind lines; they change nothing else.
		for line := range strings.Lines(shown(t, at)) {
			if bare, _, _ := strings.Cut(line, "  ["); !strings.Contains(want, strings.TrimSuffix(bare, "\n")+"\n") {
				t.Errorf("%s: with marks there is another line: %s", name, line)
			}
		}
	}
	if compared < 50 {
		t.Errorf("Nix showed only %d of %d locks", compared, len(locks))
	}
}
