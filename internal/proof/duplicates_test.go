package proof

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// revsOf are the revs at which a lock holds a source of this name, of nodes that something leads to.
func revsOf(g *lock.Graph, name string) []string {
	var revs []string
	for n := range g.Nodes() {
		if n.Reachable() && strings.HasSuffix(n.Locked().Source().String(), "/"+name) {
			revs = append(revs, n.Rev())
		}
	}
	slices.Sort(revs)
	return slices.Compact(revs)
}

// Breaks when a fix for what is locked more than once does not do what its title says: after Nix has locked the flake with it, the
// input follows, the second rev is gone, comments stay, and the finding is not made again.
func TestDuplicatesAreGone(t *testing.T) {
	l := newLab(t)
	const pins = `{
  inputs.nixpkgs.url = "github:test/nixpkgs";
  inputs.systems.url = "github:test/systems";
  outputs = _: { };
}
`
	for _, c := range []struct {
		name, leaf string
		code       string
		// title is how the fix begins; gone names the source of which one rev must be left, input what follows the path then.
		title, gone string
		input, path []string
	}{
		{"a nixpkgs beside that of pins", `{
  inputs = {
    pins.url = "github:test/pins";
    nixpkgs.follows = "pins/nixpkgs";
    # home-manager, as it comes
    hm.url = "github:test/hm";
  };
  outputs = _: { ok = true; };
}
`, "duplicate-source", "Let hm/nixpkgs follow nixpkgs", "nixpkgs", []string{"hm", "nixpkgs"}, []string{"nixpkgs"}},
		{"systems below utils, twice", `{
  inputs = {
    pins.url = "github:test/pins";
    utils.url = "github:test/utils"; # small
  };
  outputs = _: { ok = true; };
}
`, "duplicate-source", "Let utils/systems follow pins/systems", "systems", []string{"utils", "systems"}, []string{"pins", "systems"}},
		{"deeper down", `{
  inputs = {
    pins.url = "github:test/pins";
    tool = {
      url = "github:test/tool"; # the tool
    };
  };
  outputs = _: { ok = true; };
}
`, "duplicate-source", "Let tool/utils/systems follow pins/systems", "systems", []string{"tool", "utils", "systems"}, []string{"pins", "systems"}},
		{"an override of what is not there", `{
  inputs = {
    pins.url = "github:test/pins";
    hm = {
      url = "github:test/hm";
      inputs.nixpgks.follows = "pins/nixpkgs"; # one of everything
    };
  };
  outputs = _: { ok = true; };
}
`, "unknown-override", "Rename the override to nixpkgs", "nixpkgs", []string{"hm", "nixpkgs"}, []string{"pins", "nixpkgs"}},
	} {
		for _, onDisk := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				laid, err := l.lay(t, polyrepo{pins: pins, leaf: c.leaf, onDisk: onDisk, withLock: true})
				if err != nil {
					t.Fatal(err)
				}
				if revs := revsOf(laid.before, c.gone); len(revs) != 2 {
					t.Fatalf("before the fix %s is locked at %v: this shows nothing", c.gone, revs)
				}
				s := index(t, laid.work)
				fix, ok := fixOf(run(t, s, laid.leafPath()), c.code, c.title)
				if !ok {
					t.Fatalf("%s is not offered; found %v", c.title, run(t, s, laid.leafPath()))
				}
				texts, err := apply(s, fix)
				if err != nil {
					t.Fatal(err)
				}
				after := texts[laid.leafPath()]
				comments := func(text string) int { return len(parse.Parse(parse.Flake, text).Comments) }
				if comments(after) != comments(laid.leaf) {
					t.Errorf("comments are lost:\n%s", after)
				}
				locked, err := laid.lockLeaf(t, after)
				if err != nil {
					t.Fatalf("Nix refuses:\n%s\n%v", after, err)
				}
				hasEdge(t, c.title, locked, c.input, c.path)
				if revs := revsOf(locked, c.gone); len(revs) != 1 {
					t.Errorf("after the fix %s is locked at %v\n%s", c.gone, revs, edges(locked))
				}
				if err := laid.evaluates(t, after); err != nil {
					t.Error(err)
				}
				if _, again := fixOf(run(t, s.WithText(laid.leafPath(), after), laid.leafPath()), c.code, c.title); again {
					t.Error("it is offered again before the lock is written")
				}
			})
		}
	}
}

// fixOf is the first fix of a rule whose title begins so.
func fixOf(findings []diagnostics.Finding, code, title string) (diagnostics.Fix, bool) {
	for _, f := range findings {
		for _, fix := range f.Fixes {
			if f.Code == code && strings.HasPrefix(fix.Title(), title) {
				return fix, true
			}
		}
	}
	return diagnostics.Fix{}, false
}

// Breaks when a leaf behind a leaf keeps a pins of its own after the fix of unfollowed-pins, or when what that one brought stays.
func TestSecondPinsIsGone(t *testing.T) {
	l := newLab(t)
	const pins = `{
  inputs.nixpkgs.url = "github:test/nixpkgs";
  outputs = _: { };
}
`
	if _, err := l.lay(t, polyrepo{pins: pins, leaf: `{ inputs.pins.url = "github:test/pins"; outputs = _: { }; }`}); err != nil {
		t.Fatal(err)
	}
	shop := l.upstream("shop")
	if _, err := l.lockFlake(t, shop, `{
  inputs.pins.url = "github:test/pins";
  inputs.nixpkgs.follows = "pins/nixpkgs";
  outputs = _: { v = "shop"; };
}
`, nil); err != nil {
		t.Fatal(err)
	}
	realtools.GitCommit(t, shop, nil)
	laid, err := l.lay(t, polyrepo{pins: pins, withLock: true, leaf: `{
  inputs = {
    pins.url = "github:test/pins";
    nixpkgs.follows = "pins/nixpkgs";
    shop.url = "github:test/shop"; # what we sell
  };
  outputs = _: { ok = true; };
}
`})
	if err != nil {
		t.Fatal(err)
	}
	if pins, nixpkgs := revsOf(laid.before, "pins"), revsOf(laid.before, "nixpkgs"); len(pins) != 2 || len(nixpkgs) != 2 {
		t.Fatalf("before the fix there are %v and %v: this shows nothing\n%s", pins, nixpkgs, edges(laid.before))
	}
	s := index(t, laid.work)
	findings := run(t, s, laid.leafPath())
	for _, f := range findings {
		if f.Code == "duplicate-source" {
			t.Errorf("what the second pins explains is told again: %s", f.Message)
		}
	}
	fix, ok := fixOf(findings, "unfollowed-pins", "Let shop/pins follow pins")
	if !ok || !fix.Safe() {
		t.Fatalf("not offered as safe: %v", findings)
	}
	texts, err := apply(s, fix)
	if err != nil {
		t.Fatal(err)
	}
	after := texts[laid.leafPath()]
	locked, err := laid.lockLeaf(t, after)
	if err != nil {
		t.Fatalf("Nix refuses:\n%s\n%v", after, err)
	}
	hasEdge(t, "the fix", locked, []string{"shop", "pins"}, []string{"pins"})
	if pins, nixpkgs := revsOf(locked, "pins"), revsOf(locked, "nixpkgs"); len(pins) != 1 || len(nixpkgs) != 1 {
		t.Errorf("after the fix there are %v and %v\n%s", pins, nixpkgs, edges(locked))
	}
	if !strings.Contains(after, "# what we sell") {
		t.Errorf("the comment is lost:\n%s", after)
	}
	if again := run(t, s.WithText(laid.leafPath(), after), laid.leafPath()); slices.ContainsFunc(again, func(f diagnostics.Finding) bool { return f.Code == "unfollowed-pins" }) {
		t.Error("it is found again before the lock is written")
	}
}

// Breaks when the pins flake, where two inputs bring a source in that it does not have, does not get it as an input that both follow.
func TestSourceBecomesInputOfPins(t *testing.T) {
	l := newLab(t)
	const first = `{
  inputs.hm.url = "github:test/hm";
  outputs = { self, hm }: { };
}
`
	dir := filepath.Join(l.base, "pins-flake")
	before, err := l.lockFlake(t, dir, first, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.commitUpstream(t, "nixpkgs", "second")
	second := strings.NewReplacer("outputs", "inputs.shell.url = \"github:test/hm/stable\"; # another one\n  outputs", "hm }", "hm, shell }").Replace(first)
	if before, err = l.lockFlake(t, dir, second, before); err != nil {
		t.Fatal(err)
	}
	if revs := revsOf(graphOf(t, before), "nixpkgs"); len(revs) != 2 {
		t.Fatalf("before the fix nixpkgs is locked at %v: this shows nothing", revs)
	}
	work := filepath.Join(l.base, "work")
	path := filepath.Join(work, "pins", "flake.nix")
	realtools.WriteFiles(t, work, map[string]string{"pins/flake.nix": second, "pins/flake.lock": l.remoteLock(t, before)})
	s := index(t, work)
	fix, ok := fixOf(run(t, s, path), "duplicate-source", "Make nixpkgs an input")
	if !ok {
		t.Fatalf("not offered: %v", run(t, s, path))
	}
	texts, err := apply(s, fix)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := l.lockFlake(t, dir, texts[path], before)
	if err != nil {
		t.Fatalf("Nix refuses:\n%s\n%v", texts[path], err)
	}
	g := graphOf(t, locked)
	for _, input := range []string{"hm", "shell"} {
		hasEdge(t, "the fix", g, []string{input, "nixpkgs"}, []string{"nixpkgs"})
	}
	if revs := revsOf(g, "nixpkgs"); len(revs) != 1 || !strings.Contains(texts[path], "# another one") {
		t.Errorf("after the fix nixpkgs is locked at %v\n%s", revs, texts[path])
	}
}
