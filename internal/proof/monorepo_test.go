package proof

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a leaf that lies in one repository with pins, and refers to it by a relative path, is not fixed as one that has it
// by a URL: attribute form, a plain source, a nested URL, a dead override and a closed pattern in one file.
func TestMonorepo(t *testing.T) {
	l := newLab(t)
	root := filepath.Join(l.base, "monorepo")
	leaf := l.local(`{
  inputs = {
    pins.url = "path:../pins"; # the whole repository has one version of it
    nixpkgs = { type = "git"; url = "file://UPSTREAM/nixpkgs"; };
    assets = {
      url = "github:test/assets";
      flake = false;
    };
    hm.follows = "pins/hm";
    hm.inputs.nixpkgs.follows = "nixpkgs";
    tool = {
      url = "github:test/tool";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.utils.url = "github:test/utils";
    };
  };
  outputs = { self, pins, nixpkgs, assets, hm }: { ok = true; };
}
`)
	leaf = strings.ReplaceAll(leaf, "UPSTREAM", filepath.Join(l.base, "upstream"))
	realtools.GitCommit(t, root, map[string]string{
		"web/flake.nix": leaf,
		"pins/flake.nix": l.local(`{
  inputs.nixpkgs.url = "github:test/nixpkgs";
  inputs.assets = { url = "github:test/assets"; flake = false; };
  inputs.hm = { url = "github:test/hm"; inputs.nixpkgs.follows = "nixpkgs"; };
  inputs.utils.url = "github:test/utils";
  outputs = _: { };
}
`),
	})
	web := filepath.Join(root, "web", "flake.nix")
	if _, _, err := l.nix.Run(filepath.Join(root, "web"), "eval", ".#ok"); err == nil {
		t.Error("the closed pattern evaluates before the fix")
	}
	fixed, err := diagnostics.FixAll(context.Background(), index(t, root), []string{web}, safe)
	if err != nil {
		t.Fatal(err)
	}
	realtools.GitCommit(t, root, map[string]string{"web/flake.nix": fixed.Texts[web]})
	locked, warnings, err := l.nix.FlakeLock(t, filepath.Join(root, "web"))
	if err != nil || strings.Contains(strings.Join(warnings, "\n"), "non-existent") {
		t.Fatalf("%v %v in\n%s", err, warnings, fixed.Texts[web])
	}
	g := graphOf(t, locked)
	for input, path := range map[string]string{
		"nixpkgs": "pins/nixpkgs", "assets": "pins/assets", "hm": "pins/hm", "tool/nixpkgs": "nixpkgs", "tool/utils": "pins/utils", "pins/hm/nixpkgs": "pins/nixpkgs",
	} {
		hasEdge(t, "after all safe fixes", g, strings.Split(input, "/"), strings.Split(path, "/"))
	}
	if strings.Contains(fixed.Texts[web], "hm.inputs") || !strings.Contains(fixed.Texts[web], "# the whole repository") {
		t.Errorf("the dead override stays, or the comment does not:\n%s", fixed.Texts[web])
	}
	if out, _, err := l.nix.Run(filepath.Join(root, "web"), "eval", ".#ok"); err != nil || strings.TrimSpace(string(out)) != "true" {
		t.Errorf("the outputs do not evaluate after the fix: %s %v\n%s", out, err, fixed.Texts[web])
	}
}

// Breaks when a relative path at which Nix fails, because it leads out of the repository, passes in silence, or one that Nix takes is
// found fault with: beside the flake, at the top of its repository, in the work tree around a submodule.
func TestRelativePathsOutOfTheRepository(t *testing.T) {
	l := newLab(t)
	root := filepath.Join(l.base, "side")
	other := "{ outputs = _: { }; }\n"
	realtools.GitCommit(t, filepath.Join(root, "pins"), map[string]string{"flake.nix": other})
	for url, works := range map[string]bool{"path:../beside": true, "../beside": true, "path:..": true, "path:../../pins": false, "../../pins": false} {
		dir := filepath.Join(root, "web", "part")
		realtools.GitCommit(t, filepath.Join(root, "web"), map[string]string{
			"part/flake.nix": "{ inputs.x.url = \"" + url + "\"; outputs = _: { }; }\n", "beside/flake.nix": other, "flake.nix": other,
		})
		_, _, err := l.nix.FlakeLock(t, dir)
		if (err == nil) != works {
			t.Errorf("%s: Nix says %v", url, err)
		}
		findings := run(t, index(t, root), filepath.Join(dir, "flake.nix"))
		found := slices.ContainsFunc(findings, func(f diagnostics.Finding) bool { return f.Code == "machine-path" })
		if found == works {
			t.Errorf("%s: found %v", url, findings)
		}
	}
}

// Breaks when `dir` is taken to lead out of the folder of a path, which it does not: a flake that Nix does not find passes in silence, or one that
// it finds is found fault with.
func TestDirThatLeadsUp(t *testing.T) {
	l := newLab(t)
	other := "{ outputs = _: { }; }\n"
	for query, works := range map[string]bool{"?dir=../beside": false, "?dir=../../out": false, "?dir=../within": true, "?dir=../../within/../within": true, "?dir=within": true} {
		root := realtools.TempDir(t)
		realtools.GitCommit(t, root, map[string]string{
			"web/flake.nix": "{ inputs.x.url = \"path:../source" + query + "\"; outputs = _: { }; }\n", "source/flake.nix": other, "source/within/flake.nix": other, "beside/flake.nix": other,
		})
		_, _, err := l.nix.FlakeLock(t, filepath.Join(root, "web"))
		if (err == nil) != works {
			t.Errorf("%s: Nix says %v", query, err)
		}
		findings := run(t, index(t, root), filepath.Join(root, "web", "flake.nix"))
		found := slices.ContainsFunc(findings, func(f diagnostics.Finding) bool { return f.Severity == diagnostics.Error })
		if found == works {
			t.Errorf("%s: found %v", query, findings)
		}
	}
}

// Breaks when a rev that Nix refuses when it fetches passes in silence, or a reference that it takes is found fault with.
func TestRevsThatAreNone(t *testing.T) {
	l := newLab(t)
	dir := filepath.Join(l.base, "revs")
	for query, works := range map[string]bool{"": true, "?rev=main": false, "?rev=449ce03": false, "?shallow=1&rev=v1.2": false} {
		realtools.GitCommit(t, dir, map[string]string{"flake.nix": "{ inputs.x.url = \"git+file://" + l.upstream("nixpkgs") + query + "\"; outputs = _: { }; }\n"})
		_, _, err := l.nix.FlakeLock(t, dir)
		if (err == nil) != works {
			t.Errorf("%s: Nix says %v", query, err)
		}
		findings := run(t, index(t, dir), filepath.Join(dir, "flake.nix"))
		refused := func(f diagnostics.Finding) bool {
			return f.Code == "invalid-reference" && f.Severity == diagnostics.Error
		}
		if slices.ContainsFunc(findings, refused) == works {
			t.Errorf("%s: found %v", query, findings)
		}
	}
}
