package proof

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when Nix stops to refuse inputs that lead back to a flake of which nothing is locked, when the workspace does not tell, or when the
// fix does not end the circle.
func TestCircleOfUnlockedFlakes(t *testing.T) {
	l := newLab(t)
	const pins = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; inputs.web.url = "github:test/web"; outputs = _: { }; }`
	const web = "{\n  inputs.pins.url = \"github:test/pins\";\n  inputs.nixpkgs.follows = \"pins/nixpkgs\";\n  outputs = _: { };\n}\n"
	for name, text := range map[string]string{"pins": pins, "web": web} {
		realtools.GitCommit(t, l.upstream(name), map[string]string{"flake.nix": l.local(text)})
		realtools.WriteFiles(t, filepath.Join(l.base, "work", name), map[string]string{
			"flake.nix": text, ".git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/test/" + name + "\n",
		})
	}
	dir := filepath.Join(l.base, "nix")
	if _, err := l.lockFlake(t, dir, web, nil); err == nil || !strings.Contains(err.Error(), "circular import of flake") {
		t.Errorf("Nix says: %v", err)
	}
	s := index(t, filepath.Join(l.base, "work"))
	path := filepath.Join(l.base, "work", "web", "flake.nix")
	fix, ok := fixOf(run(t, s, path), "invalid-reference", "Let pins/web be this flake itself")
	if !ok {
		t.Fatalf("not offered: %v", run(t, s, path))
	}
	texts, err := apply(s, fix)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := l.lockFlake(t, dir, texts[path], nil)
	if err != nil {
		t.Fatalf("Nix refuses:\n%s\n%v", texts[path], err)
	}
	if edge, ok := graphOf(t, locked).Root().Input("pins"); !ok || edge.Follows != nil {
		t.Errorf("pins is not locked: %s", locked)
	}
	if _, again := fixOf(run(t, s.WithText(path, texts[path]), path), "invalid-reference", "Let pins/web"); again {
		t.Error("it is found again after the fix")
	}
}

// Breaks when Nix takes an override and a path that lead into each other, whether or not pins has the input: that is an Error with no look at
// pins.
func TestOverrideThatLeadsBack(t *testing.T) {
	const leaf = `{ inputs.pins.url = "github:test/pins"; inputs.pins.inputs.nixpkgs.follows = "nixpkgs"; inputs.nixpkgs.follows = "pins/nixpkgs"; outputs = _: { }; }`
	for pins, want := range map[string]string{
		`{ inputs.nixpkgs.url = "github:test/nixpkgs"; outputs = _: { }; }`: "follow cycle detected",
		`{ outputs = _: { }; }`: "non-existent input 'pins/nixpkgs'",
	} {
		l := newLab(t)
		realtools.GitCommit(t, l.upstream("pins"), map[string]string{"flake.nix": l.local(pins)})
		if _, err := l.lockFlake(t, filepath.Join(l.base, "nix"), leaf, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Nix says %v, want %s", pins, err, want)
		}
	}
}

// Breaks when a flake that an input leads to twice is not looked at anew the second time: what is overridden on the way decides about a circle
// as much as the flake itself. Or when a flake that is merely met twice is taken for a circle.
func TestCircleOnTheSecondWay(t *testing.T) {
	for what, c := range map[string]struct {
		flakes map[string]string // by name; the judged flake has `a`
		back   string            // where the circle closes, "" where Nix locks it
	}{
		"an override leads back the second time": {map[string]string{
			"a": `inputs.p.url = "github:test/x"; inputs.q = { url = "github:test/x"; inputs.y.url = "github:test/a"; };`,
			"x": `inputs.y.url = "github:test/z";`, "z": "",
		}, "a/q/y"},
		"an override ended it the first time": {map[string]string{
			"a": `inputs.p.url = "github:test/x"; inputs.q.url = "github:test/y";`,
			"x": `inputs.y = { url = "github:test/y"; inputs.x.follows = ""; };`,
			"y": `inputs.x.url = "github:test/x";`,
		}, "a/q/x/y"},
		"an override leads to what was good": {map[string]string{
			"a": `inputs.p.url = "github:test/x"; inputs.q = { url = "github:test/y"; inputs.z.url = "github:test/x"; };`,
			"x": `inputs.y.url = "github:test/y";`,
			"y": `inputs.z.url = "github:test/z";`, "z": "",
		}, "a/q/z/y"},
		"met twice": {map[string]string{
			"a": `inputs.p.url = "github:test/x"; inputs.q = { url = "github:test/x"; inputs.y.url = "github:test/z"; };`,
			"x": `inputs.y.url = "github:test/y";`,
			"y": `inputs.z.url = "github:test/z";`, "z": "",
		}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			l := newLab(t)
			const leaf = `{ inputs.a.url = "github:test/a"; outputs = _: { }; }`
			work := filepath.Join(l.base, "work")
			realtools.WriteFiles(t, filepath.Join(work, "leaf"), map[string]string{"flake.nix": leaf})
			for name, inputs := range c.flakes {
				text := "{ " + inputs + " outputs = _: { }; }"
				realtools.GitCommit(t, l.upstream(name), map[string]string{"flake.nix": l.local(text)})
				realtools.WriteFiles(t, filepath.Join(work, name), map[string]string{
					"flake.nix": text, ".git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/test/" + name + "\n",
				})
			}
			_, err := l.lockFlake(t, filepath.Join(l.base, "nix"), leaf, nil)
			if refused := err != nil && strings.Contains(err.Error(), "circular import of flake"); refused != (c.back != "") || err != nil && !refused {
				t.Fatalf("Nix says: %v", err)
			}
			said := ""
			for _, f := range run(t, index(t, work), filepath.Join(work, "leaf", "flake.nix")) {
				if f.Code == "invalid-reference" {
					said += f.Message
				}
			}
			if c.back == "" && said != "" || !strings.Contains(said, c.back) {
				t.Errorf("%q, want %q", said, c.back)
			}
		})
	}
}

// Breaks when Nix takes a circle that goes through what an unlocked pins follows, when the pins of the workspace does not tell of it, or when
// the fix does not end it.
func TestCircleThroughUnlockedPins(t *testing.T) {
	const pins = `{ inputs.nixpkgs.url = "github:test/nixpkgs"; inputs.lib.follows = "nixpkgs"; inputs.tool.url = "github:test/tool"; outputs = _: { }; }`
	for inputs, circular := range map[string]bool{
		`inputs.pins.inputs.nixpkgs.follows = "nixpkgs"; inputs.nixpkgs.follows = "pins/lib";`:                           true,
		`inputs.pins.inputs.nixpkgs.follows = "pins/lib";`:                                                               true,
		`inputs.pins.inputs.tool.inputs.nixpkgs.follows = "nixpkgs"; inputs.nixpkgs.follows = "pins/tool/nixpkgs";`:      true,
		`inputs.pins.inputs.lib.follows = "nixpkgs"; inputs.nixpkgs.follows = "pins/nixpkgs";`:                           false,
		`inputs.pins.inputs.tool.inputs.nixpkgs.follows = "pins/nixpkgs"; inputs.nixpkgs.follows = "pins/tool/nixpkgs";`: false,
	} {
		t.Run(inputs, func(t *testing.T) {
			l := newLab(t)
			leaf := "{\n  inputs.pins.url = \"github:test/pins\";\n  " + strings.ReplaceAll(inputs, "; ", ";\n  ") + "\n  outputs = _: { };\n}\n"
			work, dir := filepath.Join(l.base, "work"), filepath.Join(l.base, "nix")
			for name, text := range map[string]string{"pins": pins, "tool": `{ inputs.nixpkgs.url = "github:test/nixpkgs"; outputs = _: { }; }`, "nixpkgs": "{ outputs = _: { }; }"} {
				realtools.GitCommit(t, l.upstream(name), map[string]string{"flake.nix": l.local(text)})
			}
			realtools.WriteFiles(t, work, map[string]string{"pins/flake.nix": pins, "web/flake.nix": leaf})
			_, err := l.lockFlake(t, dir, leaf, nil)
			if refused := err != nil && strings.Contains(err.Error(), "follow cycle detected"); refused != circular || err != nil && !refused {
				t.Fatalf("Nix says: %v", err)
			}
			s, path := index(t, work), filepath.Join(work, "web", "flake.nix")
			fix, found := fixOf(run(t, s, path), "follows-cycle", "Remove the override")
			if found != circular {
				t.Fatalf("found: %v", run(t, s, path))
			}
			if !found {
				return
			}
			texts, err := apply(s, fix)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.lockFlake(t, dir, texts[path], nil); err != nil {
				t.Errorf("Nix refuses:\n%s\n%v", texts[path], err)
			}
		})
	}
}
