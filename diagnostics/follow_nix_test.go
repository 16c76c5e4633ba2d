package diagnostics_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Flakes that real Nix locks without a network. DIR stands for the folder of all of them.
const followFlakes = `
-- lib/flake.nix --
{ outputs = _: { }; }
-- mine/flake.nix --
{ outputs = _: { }; }
-- tool/flake.nix --
{ inputs.lib.url = "path:DIR/lib"; outputs = _: { }; }
-- pins/flake.nix --
{
  inputs.lib.url = "path:DIR/lib";
  inputs.tool.url = "path:DIR/tool";
  inputs.tool.inputs.lib.follows = "lib";
  outputs = _: { };
}
`

// Breaks when a fix of raw-url or its kin leaves a flake that Nix refuses, or in which an input gets something else than the
// fix's title says.
func TestFollowFixesInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	for _, test := range []struct {
		name, leaf string
		// object chooses the finding, fix the beginning of the fix's title; "" where there must be no finding.
		object, fix string
		safe        bool
		// ends are paths of the lock after the fix, each with the path that must lead to the same node.
		ends map[string]string
	}{
		{
			name: "a plain input", object: "lib", fix: "Follow pins/lib", safe: true,
			leaf: `{ inputs.pins.url = "path:DIR/pins"; inputs.lib.url = "path:DIR/lib"; outputs = _: { }; }`,
			ends: map[string]string{"lib": "pins/lib"},
		},
		{
			name: "an override that pins has too", object: "tool", fix: "Follow pins/tool", safe: true,
			leaf: `{
  inputs.pins.url = "path:DIR/pins";
  inputs.lib.follows = "pins/lib";
  inputs.tool.url = "path:DIR/tool";
  inputs.tool.inputs.lib.follows = "lib";
  outputs = _: { };
}`,
			ends: map[string]string{"tool": "pins/tool", "tool/lib": "pins/lib"},
		},
		{
			name: "an override that is lost", object: "tool", fix: "Follow pins/tool (drops",
			leaf: `{
  inputs.pins.url = "path:DIR/pins";
  inputs.mine.url = "path:DIR/mine";
  inputs.tool.url = "path:DIR/tool";
  inputs.tool.inputs.lib.follows = "mine";
  outputs = _: { };
}`,
			ends: map[string]string{"tool/lib": "pins/lib"},
		},
		{
			name: "an override that is kept below pins", object: "tool", fix: "Follow pins/tool (keeps",
			leaf: `{
  inputs.pins.url = "path:DIR/pins";
  inputs.mine.url = "path:DIR/mine";
  inputs.tool.url = "path:DIR/tool";
  inputs.tool.inputs.lib.follows = "mine";
  outputs = _: { };
}`,
			ends: map[string]string{"tool": "pins/tool", "tool/lib": "mine"},
		},
		{
			name: "an override of an input's input", object: "tool/lib", fix: "Follow pins/lib", safe: true,
			leaf: `{
  inputs.pins.url = "path:DIR/pins";
  inputs.tool.url = "path:DIR/other-tool";
  inputs.tool.inputs.lib.url = "path:DIR/lib";
  outputs = _: { };
}
-- other-tool/flake.nix --
{ inputs.lib.url = "path:DIR/lib"; outputs = _: { }; }`,
			ends: map[string]string{"tool/lib": "pins/lib"},
		},
		{
			name: "a leaf without pins", object: "lib", fix: "Add the input pins and follow pins/lib",
			leaf: `{ inputs.lib.url = "path:DIR/lib"; outputs = { self, lib }: { }; }
-- other/flake.nix --
{ inputs.pins.url = "path:DIR/pins"; outputs = _: { }; }`,
			ends: map[string]string{"lib": "pins/lib"},
		},
		{
			name: "a circle", object: "lib",
			leaf: `{
  inputs.pins.url = "path:DIR/pins";
  inputs.pins.inputs.lib.follows = "lib";
  inputs.lib.url = "path:DIR/lib";
  outputs = _: { };
}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := layFlakes(t, "-- leaf/flake.nix --\n"+test.leaf+"\n"+followFlakes)
			leaf := filepath.Join(dir, "leaf")
			s := openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot()
			fix, found := findFix(t, s, filepath.Join(leaf, "flake.nix"), "raw-url", test.object, test.fix)
			if test.fix == "" {
				if found {
					t.Error("there is a finding")
				}
				blind := strings.Replace(test.leaf, `inputs.lib.url = "path:DIR/lib"`, `inputs.lib.follows = "pins/lib"`, 1)
				realtools.WriteFiles(t, leaf, map[string]string{"flake.nix": strings.ReplaceAll(blind, "DIR", dir)})
				if _, _, err := nix.FlakeLock(t, leaf); err == nil || !strings.Contains(err.Error(), "cycle") {
					t.Errorf("Nix says of the circle: %v", err)
				}
				return
			}
			if fix.Safe() != test.safe {
				t.Errorf("%q: safe is %t", fix.Title(), fix.Safe())
			}
			after, err := apply(s, fix)
			if err != nil {
				t.Fatal(err)
			}
			realtools.WriteFiles(t, leaf, map[string]string{"flake.nix": after[filepath.Join(leaf, "flake.nix")]})
			graph := lockOf(t, nix, leaf)
			for path, want := range test.ends {
				got, err := graph.Resolve(strings.Split(path, "/"))
				if err != nil {
					t.Fatal(err)
				}
				expected, err := graph.Resolve(strings.Split(want, "/"))
				if err != nil {
					t.Fatal(err)
				}
				if got != expected {
					t.Errorf("%s is the node %s, want that of %s, %s", path, got.Key(), want, expected.Key())
				}
			}
		})
	}
}

// Breaks when the title's warning is wrong: Nix refuses to follow what an older pins in the lock lacks, until pins is updated.
func TestOlderPinsInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := layFlakes(t, followFlakes+`
-- leaf/flake.nix --
{ inputs.pins.url = "path:DIR/pins"; inputs.mine.url = "path:DIR/mine"; outputs = _: { }; }
`)
	leaf := filepath.Join(dir, "leaf")
	lockOf(t, nix, leaf)
	realtools.WriteFiles(t, dir, map[string]string{
		"pins/flake.nix": `{ inputs.mine.url = "path:` + dir + `/mine"; outputs = _: { }; }`,
	})
	s := openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot()
	fix, _ := findFix(t, s, filepath.Join(leaf, "flake.nix"), "raw-url", "mine", "Follow pins/mine (first")
	if fix.Safe() {
		t.Errorf("%q is safe", fix.Title())
	}
	after, err := apply(s, fix)
	if err != nil {
		t.Fatal(err)
	}
	realtools.WriteFiles(t, leaf, map[string]string{"flake.nix": after[filepath.Join(leaf, "flake.nix")]})
	if _, _, err := nix.FlakeLock(t, leaf); err == nil || !strings.Contains(err.Error(), "non-existent input") {
		t.Errorf("before the update Nix says: %v", err)
	}
	if _, stderr, err := nix.Run(leaf, "flake", "update", "pins"); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if _, err := lockOf(t, nix, leaf).Resolve([]string{"mine"}); err != nil {
		t.Error(err)
	}
}

// Breaks when what dead-override calls dead has an effect on the lock.
func TestDeadOverridesInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := layFlakes(t, followFlakes+`
-- leaf/flake.nix --
{
  inputs.pins.url = "path:DIR/pins";
  inputs.mine.url = "path:DIR/mine";
  inputs.tool = { follows = "pins/tool"; inputs.lib.follows = "mine"; };
  inputs.source = { url = "path:DIR/tool"; flake = false; inputs.lib.follows = "mine"; };
  inputs.other.url = "path:DIR/tool";
  inputs.other.inputs.lib = { url = "path:DIR/mine"; flake = false; };
  outputs = _: { };
}
`)
	leaf := filepath.Join(dir, "leaf")
	before, _, err := nix.FlakeLock(t, leaf)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(leaf, "flake.nix")
	w := openWorkspace(t, dir, filepath.Join(dir, "nobody"))
	fixed, err := diagnostics.FixAll(context.Background(), w.Snapshot(), []string{path}, func(f diagnostics.Finding, fix diagnostics.Fix) bool {
		return f.Code == "dead-override" && fix.Safe()
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(fixed.Applied) != 3 {
		t.Errorf("%d fixes, want 3", len(fixed.Applied))
	}
	realtools.WriteFiles(t, leaf, map[string]string{"flake.nix": fixed.Texts[path]})
	if err := os.Remove(filepath.Join(leaf, "flake.lock")); err != nil {
		t.Fatal(err)
	}
	after, _, err := nix.FlakeLock(t, leaf)
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) {
		t.Errorf("the lock was\n%s\nand is\n%s", before, after)
	}
}

// Breaks when closed-outputs speaks of a pattern that Nix calls, is silent about one that it does not, or adds too little.
func TestClosedOutputsInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	for pattern, closed := range map[string]bool{
		"{ self, lib }": false, "{ self, lib, ... }": false, "inputs": false, "{ self, lib }@inputs": false, "{ self, lib ? null }": false,
		"{ lib }": true, "{ self }": true, "{ }": true, "{ self }@inputs": true,
	} {
		dir := layFlakes(t, followFlakes+"-- leaf/flake.nix --\n{ inputs.lib.url = \"path:DIR/lib\"; outputs = "+pattern+": { x = 1; }; }\n")
		leaf := filepath.Join(dir, "leaf")
		path := filepath.Join(leaf, "flake.nix")
		works := func() bool {
			_, stderr, err := nix.Run(leaf, "eval", "path:"+leaf+"#x")
			if err != nil && !strings.Contains(stderr, "called with unexpected argument") {
				t.Fatalf("%s: %v", pattern, err)
			}
			return err == nil
		}
		s := openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot()
		fix, found := findFix(t, s, path, "closed-outputs", "outputs", "")
		if found != closed || works() == closed {
			t.Errorf("%s: a finding %t, works in Nix %t", pattern, found, works())
		}
		if !found {
			continue
		}
		after, err := apply(s, fix)
		if err != nil {
			t.Fatal(err)
		}
		realtools.WriteFiles(t, leaf, map[string]string{"flake.nix": after[path]})
		if !works() {
			t.Errorf("%s: after %q it does not work", pattern, fix.Title())
		}
	}
}

// layFlakes writes the files of an archive into a folder that Nix can see.
func layFlakes(t *testing.T, archive string) string {
	t.Helper()
	dir := realtools.TempDir(t)
	files := map[string]string{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = strings.ReplaceAll(string(f.Data), "DIR", dir)
	}
	realtools.WriteFiles(t, dir, files)
	return dir
}

// findFix finds the fix of a rule's finding about an object by the beginning of its title; found says whether there is such a
// finding at all. A finding without such a fix ends the test, unless the title is "" and there is none to be had.
func findFix(t *testing.T, s *workspace.Snapshot, path, code, object, title string) (fix diagnostics.Fix, found bool) {
	t.Helper()
	findings, err := diagnostics.Run(context.Background(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Code != code || f.Object != object {
			continue
		}
		var titles []string
		for _, fix := range f.Fixes {
			if strings.HasPrefix(fix.Title(), title) {
				return fix, true
			}
			titles = append(titles, fix.Title())
		}
		t.Fatalf("%s of %s offers %q, and no %q", code, object, titles, title)
	}
	if title != "" {
		t.Fatalf("no %s of %s among %v", code, object, findings)
	}
	return diagnostics.Fix{}, false
}

// lockOf locks a flake with real Nix and reads the lock.
func lockOf(t *testing.T, nix *realtools.Nix, dir string) *lock.Graph {
	t.Helper()
	content, _, err := nix.FlakeLock(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := lock.Parse(string(content))
	if err != nil {
		t.Fatal(err)
	}
	return graph
}
