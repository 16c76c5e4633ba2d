package locksketch

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a sketch is no lock that Nix accepts for the flake that it is of, or when Nix would write it otherwise: another
// key for a node, another attribute, another order.
func TestExpandAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	for name, c := range map[string]struct{ inputs, sketch string }{
		"the example": {`
			nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
			pins.url = "git+ssh://git@github.com/acme/pins";
			assets = { url = "github:acme/assets"; flake = false; };`, `
nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a1 2026-11-01
pins git+ssh://git@github.com/acme/pins rev=b1 2026-11-20 count=12
  nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a2 2026-11-10
  crane github:ipetkov/crane rev=c1 2026-11-02
    nixpkgs -> pins/nixpkgs
assets github:acme/assets rev=d1 2026-11-02 flake=false
`},
		"every kind of reference": {`
			channel.url = "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz";
			hub.url = "https://flakehub.com/f/NixOS/nixpkgs/0.2605.*.tar.gz";
			id.url = "nixpkgs";
			folder.url = "path:/srv/tool";
			file = { url = "https://acme.example/words.txt"; flake = false; };
			mercurial.url = "hg+https://hg.example/tool";
			host.url = "gitlab:acme/tool?host=git.acme.example&dir=nix";
			sub.url = "./sub";
			empty.follows = "";`, `
channel https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz rev=e1 2026-10-01
hub https://flakehub.com/f/NixOS/nixpkgs/0.2605.*.tar.gz rev=e2 2026-10-02 count=900
id nixpkgs locked=github:NixOS/nixpkgs/nixpkgs-unstable rev=e3 2026-10-03
folder path:/srv/tool 2026-10-04
file https://acme.example/words.txt flake=false
mercurial hg+https://hg.example/tool rev=e4
host gitlab:acme/tool?host=git.acme.example&dir=nix rev=e5 2026-10-05
sub ./sub
empty ->
`},
		"keys with numbers, in the order of names": {`
			zeta.url = "github:acme/zeta";
			alpha.url = "github:acme/alpha";
			nixpkgs.url = "github:NixOS/nixpkgs";`, `
zeta github:acme/zeta rev=1
  nixpkgs github:NixOS/nixpkgs rev=2
    nixpkgs github:acme/other rev=3
nixpkgs github:NixOS/nixpkgs rev=4
alpha github:acme/alpha rev=5
  nixpkgs github:NixOS/nixpkgs rev=6
  root github:acme/root rev=7
`},
		"nothing": {``, "# no inputs\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := Expand(c.sketch)
			if err != nil {
				t.Fatal(err)
			}
			g, err := lock.Parse(text)
			if err != nil || len(g.Problems) > 0 {
				t.Fatal(err, g.Problems)
			}
			dir := realtools.TempDir(t)
			realtools.WriteFiles(t, dir, map[string]string{
				"flake.nix": "{ inputs = {" + c.inputs + " }; outputs = _: { }; }", "flake.lock": text,
				"sub/flake.nix": "{ outputs = _: { }; }",
			})
			answer, _, err := nix.FlakeMetadata("path:"+dir, "--no-update-lock-file")
			if err != nil {
				t.Fatal(err)
			}
			var metadata struct{ Locks any }
			var ours any
			if err := json.Unmarshal(answer, &metadata); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(text), &ours); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(metadata.Locks, ours); diff != "" {
				t.Errorf("Nix would write another lock (-Nix +ours):\n%s", diff)
			}
		})
	}
}

var narHash = regexp.MustCompile(`sha256-[A-Za-z0-9+/]{43}=`)

// Breaks when the text is laid out otherwise than Nix lays it out, or when one sketch gives two texts.
func TestExpand(t *testing.T) {
	got, err := Expand("pins github:acme/pins rev=b1 2026-11-20\n  self ->\n  tool github:acme/tool rev=c1 key=shared\nplain path:/x flake=false\nagain key=shared\n")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "nodes": {
    "pins": {
      "inputs": {
        "self": [],
        "tool": "shared"
      },
      "locked": {
        "lastModified": 1795176000,
        "narHash": "HASH",
        "owner": "acme",
        "repo": "pins",
        "rev": "` + Rev("b1") + `",
        "type": "github"
      },
      "original": {
        "owner": "acme",
        "repo": "pins",
        "type": "github"
      }
    },
    "plain": {
      "flake": false,
      "locked": {
        "narHash": "HASH",
        "path": "/x",
        "type": "path"
      },
      "original": {
        "path": "/x",
        "type": "path"
      }
    },
    "root": {
      "inputs": {
        "again": "shared",
        "pins": "pins",
        "plain": "plain"
      }
    },
    "shared": {
      "locked": {
        "narHash": "HASH",
        "owner": "acme",
        "repo": "tool",
        "rev": "` + Rev("c1") + `",
        "type": "github"
      },
      "original": {
        "owner": "acme",
        "repo": "tool",
        "type": "github"
      }
    }
  },
  "root": "root",
  "version": 7
}
`
	if diff := cmp.Diff(want, narHash.ReplaceAllString(got, "HASH")); diff != "" {
		t.Error(diff)
	}
	if rev := Rev("b1"); len(rev) != 40 || !strings.HasPrefix(rev, "b1") || rev == Rev("b2") {
		t.Error(rev)
	}
}

// Breaks when a slip in a sketch is taken for something else, or when the error does not say where it is and what was expected.
func TestErrors(t *testing.T) {
	for _, c := range [][2]string{
		{"pins", `line 1: "pins" alone; expected a name, then a reference, ` + "`->` or key=NAME"},
		{"\n\ta b", "line 2: a tab; expected spaces as indentation"},
		{"  a github:a/b rev=1", "line 1: an indented input; expected one of the root first"},
		{"a github:a/b", `line 1: no rev for "github:a/b"; expected rev= with up to 40 hexadecimal digits`},
		{"a github:a/b rev=xyz", `line 1: "rev=xyz"; expected up to 40 hexadecimal digits`},
		{"a nixpkgs", `line 1: "flake:nixpkgs" is an id; expected locked= with what it was locked to`},
		{"a github:a/b rev=1 2026-13-01", `line 1: "2026-13-01"; expected a day such as 2026-11-01`},
		{"a github:a/b rev=1 flake=true", `line 1: "flake=true"; expected flake=false`},
		{"a github:a/b rev=1 colour=red", `line 1: "colour=red"; expected a day`},
		{"a github:a/b rev=1 count=x", `line 1: "count=x"; expected a number of commits`},
		{"a github:a/b rev=1 parent=x", `line 1: parent= for "github:a/b"; expected it for a relative path only`},
		{"a ./b rev=1", "line 1: a rev or a day for a relative path; expected none"},
		{"a path:/b rev=1", `line 1: a rev for "path:/b"; expected none for a path`},
		{"a https://x.y/#z rev=1", `line 1: "https://x.y/#z" is no flake reference`},
		{"a github:a/b rev=1\na github:a/b rev=2", `line 2: the input "a" a second time; expected another name`},
		{"a github:a/b rev=1 flake=false\n  b -> a", "line 2: an input of an input with flake=false; expected none"},
		{"a -> b c", `line 1: "c" after the path; expected nothing`},
		{"a key=b", "line 1: no input with a reference has key=b; expected one"},
		{"a key=b rev=1", `line 1: "rev=1" after "key=b"; expected the reference before it, or nothing`},
		{"a path:/a key=k\nb path:/b key=k", "line 2: key=k a second time with a reference; expected it alone"},
	} {
		if _, err := Expand(c[0]); err == nil || !strings.HasPrefix(err.Error(), c[1]) {
			t.Errorf("%q: %v\nexpected %s", c[0], err, c[1])
		}
	}
}
