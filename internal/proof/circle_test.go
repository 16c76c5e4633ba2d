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
