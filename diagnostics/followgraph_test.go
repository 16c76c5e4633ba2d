package diagnostics

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// passOf is a pass over the flake in the folder `leaf` of an archive of files. DIR in them stands for the folder of all.
func passOf(t *testing.T, archive string) *Pass {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = strings.ReplaceAll(string(f.Data), "DIR", dir)
	}
	realtools.WriteFiles(t, dir, files)
	w := workspace.New(workspace.Options{Roots: []string{dir}, Environment: workspace.Environment{Home: dir + "/nobody"}})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	s := w.Snapshot()
	flake := s.Flake(dir + "/leaf")
	pins := s.Pins(flake)
	if pins == nil {
		t.Fatal("nothing is pins")
	}
	path := dir + "/leaf/flake.nix"
	return &Pass{Snapshot: s, Path: path, File: flake.File, Manifest: flake.Manifest, Flake: flake, Pins: pins, Config: s.Config(path)}
}

func (o outcome) String() string { return [...]string{"reached", "unknown", "dangling", "circular"}[o] }

const graphFiles = `
-- leaf/flake.nix --
{
  inputs = {
    pins.url = "path:DIR/pins";
    pins.inputs.mine.follows = "own";
    own.url = "github:acme/own";
    nixpkgs.follows = "pins/nixpkgs";
    chain.follows = "nixpkgs";
    self-made.follows = "";
    lost.follows = "nowhere";
    below-lost.follows = "lost/x";
    round.follows = "trip";
    trip.follows = "round";
    below-round.follows = "round/x";
    no-such.follows = "pins/no-such";
    mine.follows = "pins/mine";
    local.url = "path:DIR/local";
    local.inputs.given.follows = "own";
    local.inputs.named.url = "github:acme/named";
    local.inputs.empty = { };
    source = { url = "path:DIR/local"; flake = false; };
    remote.url = "github:acme/remote";
    remote.inputs.told.follows = "own";
    remote.inputs.other.inputs.more.follows = "own";
    local.inputs.extra.url = "github:acme/extra";
    through.follows = "local/extra";
    dead.url = "github:acme/dead";
    dead.inputs.x.url = "github:acme/x";
    dead.inputs.base.inputs.deeper.url = "github:acme/deeper";
    deep.url = "path:DIR/deep";
    deep.inputs.local.inputs.base.follows = "own";
    wrong.url = "github:acme/wrong#fragment";
  };
  outputs = { formal, ... }: { };
}
-- pins/flake.nix --
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs";
    mine.url = "github:acme/mine";
    also.follows = "nixpkgs";
    tool.url = "github:acme/tool";
    tool.inputs.nixpkgs.follows = "nixpkgs";
    hub.url = "path:DIR/local";
  };
  outputs = _: { };
}
-- local/flake.nix --
{
  inputs.base.url = "github:acme/base";
  inputs.given.url = "github:acme/given";
  inputs.named.url = "github:acme/other";
  inputs.empty.url = "github:acme/empty";
  inputs.twin.follows = "base";
  outputs = _: { };
}
-- deep/flake.nix --
{
  inputs.local.url = "path:DIR/local";
  outputs = _: { };
}
-- leaf/flake.lock --
{
  "nodes": {
    "remote": {
      "inputs": { "nixpkgs": ["pins", "nixpkgs"], "own": "own", "gone": "gone", "lost": ["remote", "nowhere"] },
      "locked": { "type": "github", "owner": "acme", "repo": "remote", "rev": "0123456789abcdef0123456789abcdef01234567", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
      "original": { "type": "github", "owner": "acme", "repo": "remote" }
    },
    "own": {
      "locked": { "type": "github", "owner": "acme", "repo": "own", "rev": "0123456789abcdef0123456789abcdef01234567", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
      "original": { "type": "github", "owner": "acme", "repo": "own" }
    },
    "root": { "inputs": { "remote": "remote" } }
  },
  "root": "root",
  "version": 7
}
`

// Breaks when a path of inputs is said to end elsewhere than Nix ends it: outer overrides win, a path starts at the flake that
// declares it, what another flake declares is known from its flake.nix or from the lock, else unknown.
func TestFollowGraph(t *testing.T) {
	g := newFollowGraph(passOf(t, graphFiles))
	for _, test := range []struct{ path, want string }{
		{"own", "reached own"},
		{"formal", "reached formal"},
		{"wrong", "reached wrong"},
		{"nixpkgs", "reached pins/nixpkgs"},
		{"chain", "reached pins/nixpkgs"},
		{"self-made", "reached "},
		{"self-made/own", "reached own"},
		{"pins/also", "reached pins/nixpkgs"},
		{"pins/tool/nixpkgs", "reached pins/nixpkgs"},
		{"pins/tool/unheard-of", "unknown pins/tool/unheard-of"},
		{"pins/tool/unheard-of/more", "unknown pins/tool/unheard-of/more"},
		{"pins/hub/twin", "reached pins/hub/base"},
		{"pins/mine", "reached own"},
		{"mine", "reached own"},
		{"lost", "dangling nowhere"},
		{"below-lost", "dangling nowhere"},
		{"lost/x/y", "dangling nowhere"},
		{"no-such", "dangling pins/no-such"},
		{"round", "circular round"},
		{"round/own", "circular round"},
		{"below-round", "circular round"},
		{"local/base", "reached local/base"},
		{"local/twin", "reached local/base"},
		{"local/given", "reached own"},
		{"local/named", "reached local/named"},
		{"local/empty", "reached local/empty"},
		{"local/nothing", "dangling local/nothing"},
		{"local/extra/x", "unknown local/extra/x"},
		{"source/base", "unknown source/base"},
		{"deep/local/base", "reached own"},
		{"deep/local/twin", "reached own"},
		{"deep/local/given", "reached deep/local/given"},
		{"remote/told", "reached own"},
		{"remote/nixpkgs", "reached pins/nixpkgs"},
		{"remote/own", "reached remote/own"},
		{"remote/gone", "unknown remote/gone"},
		{"remote/lost", "unknown remote/nowhere"},
		{"remote/other", "unknown remote/other"},
		{"remote/other/more", "unknown remote/other/more"},
		{"own/anything", "unknown own/anything"},
	} {
		if e := g.end(strings.Split(test.path, "/")); e.outcome.String()+" "+key(e.path) != test.want {
			t.Errorf("%s: %s %s, want %s", test.path, e.outcome, key(e.path), test.want)
		}
	}
}

// edits are those of a map by joined paths.
func edits(follows map[string][]string) (list []followEdit) {
	for path, follows := range follows {
		list = append(list, followEdit{strings.Split(path, "/"), follows})
	}
	return list
}

// Breaks when an edit is made that leaves a path in a circle or nowhere, or when one is refused for what was wrong before it.
func TestFollowGraphAfterEdits(t *testing.T) {
	p := passOf(t, graphFiles)
	before := newFollowGraph(p)
	for _, test := range []struct {
		name   string
		edits  map[string][]string
		breaks bool
	}{
		{"what is dead then does not matter", map[string][]string{"dead": {"pins", "hub"}}, false},
		{"what led nowhere through it still does", map[string][]string{"lost": {"pins"}}, false},
		{"good", map[string][]string{"local": {"pins", "tool"}}, false},
		{"a circle below what follows", map[string][]string{"deep": {"pins", "hub"}, "pins/hub/local": {"deep", "local"}}, true},
		{"what followed through it", map[string][]string{"own": {"round"}}, true},
		{"another input in a circle", map[string][]string{"pins/nixpkgs": {"chain"}}, true},
		{"nowhere", map[string][]string{"own": {"pins", "no-such"}}, true},
		{"circle", map[string][]string{"own": {"pins", "mine"}}, true},
		{"kept below pins", map[string][]string{"local": {"pins", "hub"}, "pins/hub/extra": {"own"}}, false},
		{"what follows through it is left behind", map[string][]string{"local": {"pins", "hub"}}, true},
		{"circle below pins", map[string][]string{"local": {"pins", "hub"}, "pins/hub/base": {"local", "twin"}, "own": {"local", "base"}}, true},
	} {
		list := edits(test.edits)
		for range 2 { // also where they are many
			if got := p.followGraphWith(list...).breaks(before); got != test.breaks {
				t.Errorf("%s: of %d edits breaks is %t, want %t", test.name, len(list), got, test.breaks)
			}
			for i := range fewEdits {
				list = append(list, followEdit{[]string{fmt.Sprintf("new-%d", i)}, nil})
			}
		}
	}
	// An override with a reference, which is kept below pins, ends where it stands.
	if e := p.followGraphWith(followEdit{[]string{"own"}, nil}).end([]string{"own"}); e.outcome != reached || key(e.path) != "own" {
		t.Errorf("own with a reference: %s %s", e.outcome, key(e.path))
	}
}

// Breaks when the leaf that has no pins yet, and to which an edit adds it, cannot follow it.
func TestFollowGraphWithoutPins(t *testing.T) {
	p := passOf(t, `
-- leaf/flake.nix --
{
  inputs.crane.url = "github:ipetkov/crane";
  outputs = _: { };
}
-- pins/flake.nix --
{
  inputs.crane.url = "github:ipetkov/crane";
  outputs = _: { };
}
`)
	g := p.followGraphWith(followEdit{[]string{"crane"}, []string{"pins", "crane"}})
	if e := g.end([]string{"crane"}); e.outcome != reached || key(e.path) != "pins/crane" {
		t.Errorf("crane: %s %s, want reached pins/crane", e.outcome, key(e.path))
	}
	if e := g.end([]string{"other"}); e.outcome != dangling {
		t.Errorf("other: %s, want dangling", e.outcome)
	}
}

// Breaks when a path through an input that follows another one of as many names goes on from the first one.
func TestFollowGraphThroughAnotherName(t *testing.T) {
	p := passOf(t, `
-- leaf/flake.nix --
{ inputs.pins.url = "path:DIR/pins"; inputs.central.follows = "pins"; outputs = _: { }; }
-- pins/flake.nix --
{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }
`)
	if e := newFollowGraph(p).end([]string{"central", "crane"}); e.outcome != reached || key(e.path) != "pins/crane" {
		t.Errorf("central/crane: %s %s, want reached pins/crane", e.outcome, key(e.path))
	}
}

// Breaks when a pins flake that has itself as an input is followed for ever.
func TestPinsThatContainsItself(t *testing.T) {
	p := passOf(t, `
-- leaf/flake.nix --
{ inputs.pins.url = "path:DIR/pins"; inputs.crane.url = "github:acme/crane"; outputs = _: { }; }
-- pins/flake.nix --
{ inputs.pins.url = "path:DIR/pins"; inputs.crane.follows = "pins/crane"; outputs = _: { }; }
-- .nix-pins.toml --
-- pins/.nix-pins.toml --
role = "pins"
`)
	if e := newFollowGraph(p).end([]string{"pins", "crane"}); e.outcome != circular {
		t.Errorf("%v %v", e.path, e.outcome)
	}
}
