package polyrepogen

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// Pins changes every setDays; there are setCount states of it, and it had fewer inputs at first.
const (
	setCount  = 24
	setDays   = 7
	firstDay  = 1000
	firstPins = 9
)

// pinned are the inputs of pins in the order in which they came to it.
var pinned = []input{
	{name: "nixpkgs", to: byURL["github:NixOS/nixpkgs/nixos-unstable"]},
	{name: "systems", to: byURL["github:nix-systems/default"]},
	{name: "flake-utils", to: byURL["github:numtide/flake-utils"], overrides: []input{follow("systems", "systems")}},
	{name: "flake-parts", to: byURL["github:hercules-ci/flake-parts"], overrides: []input{follow("nixpkgs-lib", "nixpkgs")}},
	{name: "treefmt-nix", to: byURL["github:numtide/treefmt-nix"], overrides: []input{follow("nixpkgs", "nixpkgs")}},
	{name: "home-manager", to: byURL["github:nix-community/home-manager"], overrides: []input{follow("nixpkgs", "nixpkgs")}},
	{name: "crane", to: byURL["github:ipetkov/crane"]},
	{name: "rust-overlay", to: byURL["github:oxalica/rust-overlay"], overrides: []input{follow("nixpkgs", "nixpkgs"), follow("flake-utils", "flake-utils")}},
	{name: "sops-nix", to: byURL["github:Mic92/sops-nix"], overrides: []input{follow("nixpkgs", "nixpkgs"), follow("nixpkgs-stable", "nixpkgs")}},
	{name: "git-hooks", to: byURL["github:cachix/git-hooks.nix"], overrides: []input{follow("nixpkgs", "nixpkgs")}},
	{name: "disko", to: byURL["github:nix-community/disko"], overrides: []input{follow("nixpkgs", "nixpkgs")}},
	{name: "nixos-hardware", to: byURL["github:nixos/nixos-hardware"]},
	{name: "nix-darwin", to: byURL["github:nix-darwin/nix-darwin"], overrides: []input{follow("nixpkgs", "nixpkgs")}},
	{name: "devshell", to: byURL["github:numtide/devshell"], overrides: []input{follow("nixpkgs", "nixpkgs")}},
}

// heavy are the sources with large trees of their own.
var heavy = []*source{
	byURL["github:hyprwm/Hyprland"], byURL["github:input-output-hk/haskell.nix"], byURL["github:nix-community/stylix"], byURL["github:divnix/std"],
	byURL["github:hyprwm/hyprland-guiutils"], byURL["github:hyprwm/hyprlock"], byURL["github:danth/stylix/release-24.05"],
}

// maxNodes is how many nodes the largest lock has, the root among them.
const maxNodes = 150

// pinsAt is pins as it was in one of its states.
func pinsAt(set int) *source {
	s := newSource("pins", "github:acme/pins", true)
	s.inputs = pinned[:min(len(pinned), firstPins+set*(len(pinned)-firstPins+1)/setCount)]
	return s
}

func dayOf(set int) int { return firstDay + set*setDays }

func (g *generator) pins() {
	newest := pinsAt(setCount - 1)
	m := manifestgen.Model{Description: "What every repo of acme follows", Inputs: written(newest.inputs)}
	m.Outputs = manifestgen.Function{Argument: "inputs"}
	g.write("pins/flake.nix", &g.Manifests, manifestgen.Render(m, manifestgen.Layout{}))
	g.write("pins/flake.lock", &g.Locks, lockOf(newest.inputs, dayOf(setCount-1), nil).json())
	g.git("pins", "pins")
}

// git writes what is looked at of a repository.
func (g *generator) git(dir, repository string) {
	g.write(dir+"/.git/config", &g.Others, fmt.Sprintf("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"+
		"[remote \"origin\"]\n\turl = git@github.com:acme/%s.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n"+
		"[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n", repository))
}

// leaf writes a leaf: its flake.nix, its flake.lock, and what lies about it.
func (g *generator) leaf(i int) {
	name := fmt.Sprintf("%s-%s-%d", pick(g, purposes), pick(g, purposes), i)
	dir := fmt.Sprintf("team-%02d/%s", g.random.IntN(40), name)
	switch mono := g.random.IntN(20); {
	case g.chance(12):
		dir = fmt.Sprintf("mono-%02d/%s/%s", mono, pick(g, purposes), name)
		if top := fmt.Sprintf("mono-%02d", mono); g.seen[top] == "" {
			g.seen[top] = top
			g.git(top, top)
		}
	default:
		g.git(dir, name)
	}
	set := setCount - 1 - int(math.Abs(g.random.NormFloat64())*4)
	set = max(0, set)
	var inputs []input
	var root *node
	for lock := ""; lock == "" || g.seen[lock] != "" || root.size() > maxNodes; lock = root.json() {
		var fixed map[string]int
		inputs, fixed = g.inputs(name, set)
		root = lockOf(inputs, dayOf(set), fixed)
	}
	g.write(dir+"/flake.nix", &g.Manifests, g.manifest(name, inputs))
	g.write(dir+"/flake.lock", &g.Locks, root.json())
	g.Shape.Inputs = append(g.Shape.Inputs, len(inputs))
	g.Shape.Nodes = append(g.Shape.Nodes, root.size())
	if g.Shape.Sets == nil {
		g.Shape.Sets = map[int]int{}
	}
	if inputs[0].name == "pins" {
		g.Shape.Sets[set]++
	}
	for _, in := range inputs {
		if in.isFollow && in.follows[0] == "pins" {
			g.Shape.Follows++
		}
	}
	g.around(dir, name)
	if len(g.libraries) < 40 && len(inputs) < 8 && inputs[0].name == "pins" && root.size() < 20 {
		lib := newSource(name, "github:acme/"+name, true)
		lib.inputs = inputs
		g.libraries = append(g.libraries, library{lib, set})
	}
}

// around writes what lies about a flake in its folder.
func (g *generator) around(dir, name string) {
	if g.chance(40) {
		g.write(dir+"/.gitignore", &g.Others, "# what building "+name+" leaves behind\nresult\nresult-*\n.direnv/\n/vendor/\n*.log\n")
		if g.chance(10) { // not to be found
			g.write(dir+"/vendor/dep/flake.nix", nil, "{ outputs = _: { }; } # of "+name+"\n")
		}
	}
	if g.chance(30) {
		g.write(dir+"/nix/module.nix", nil, "{ config, lib, ... }: {\n  options.services."+name+".enable = lib.mkEnableOption \""+name+"\";\n}\n")
	}
	if g.chance(2) {
		g.write(dir+"/templates/new/flake.nix", &g.Manifests, g.manifest(name+"-new", []input{{name: "nixpkgs", to: byURL["github:NixOS/nixpkgs/nixpkgs-unstable"]}}))
	}
}

// inputs draws the inputs of a leaf whose pins is in a state.
func (g *generator) inputs(name string, set int) (inputs []input, fixed map[string]int) {
	// 3 to 30, mostly few.
	count := min(30, 3+int(g.random.ExpFloat64()*6.5))
	fixed = map[string]int{}
	has := func(name string) bool {
		return slices.ContainsFunc(inputs, func(in input) bool { return in.name == name })
	}
	follows := g.chance(88)
	if follows {
		pins := pinsAt(set)
		inputs = append(inputs, input{name: "pins", to: pins})
		for _, i := range g.random.Perm(len(pins.inputs)) {
			if len(inputs) >= count-count/4 {
				break
			}
			inputs = append(inputs, follow(pins.inputs[i].name, "pins/"+pins.inputs[i].name))
		}
	} else {
		inputs = append(inputs, input{name: "nixpkgs", to: byURL["github:NixOS/nixpkgs/nixos-unstable"]})
	}
	if lib := g.library(set); follows && lib != nil && g.chance(25) {
		inputs = append(inputs, input{name: lib.name, to: lib, overrides: []input{follow("pins", "pins")}})
	}
	if g.chance(5) {
		s := pick(g, heavy)
		inputs = append(inputs, input{name: s.name, to: s})
	}
	for len(inputs) < count {
		s := g.raw(name)
		if has(s.name) || s.name == "pins" || s.size() > 12 {
			continue
		}
		in := input{name: s.name, to: s}
		if has("nixpkgs") && !g.chance(10) {
			for _, below := range s.inputs {
				if has(below.name) && !below.isFollow {
					in.overrides = append(in.overrides, follow(below.name, below.name))
				}
			}
		}
		if g.chance(50) {
			fixed[in.name] = dayOf(set) - g.random.IntN(90)
		}
		inputs = append(inputs, in)
	}
	return inputs, fixed
}

// library is a leaf that follows no more than what a state of pins has, or nil.
func (g *generator) library(set int) *source {
	if len(g.libraries) == 0 {
		return nil
	}
	if lib := pick(g, g.libraries); lib.set <= set {
		return lib.source
	}
	return nil
}

// raw is a source that a leaf names itself: mostly a plain one, some of the leaf's own organisation.
func (g *generator) raw(leaf string) *source {
	if g.chance(45) {
		name := fmt.Sprintf("%s-src-%d", pick(g, purposes), g.random.IntN(100_000))
		url := "github:acme/" + name
		switch {
		case g.chance(20):
			url = "git+ssh://git@git.acme.example/" + path.Join(strings.Split(leaf, "-")[0], name)
		case g.chance(10):
			url = "https://files.acme.example/" + name + ".tar.gz"
		}
		return newSource(name, url, g.chance(40))
	}
	for {
		if s := pick(g, sources); g.random.IntN(45) < s.weight {
			return s
		}
	}
}

func pick[T any](g *generator, list []T) T { return list[g.random.IntN(len(list))] }

var purposes = []string{
	"api", "auth", "backup", "billing", "build", "cache", "cli", "config", "core", "crawler", "data", "deploy", "docs", "edge", "fleet",
	"gateway", "hosts", "index", "jobs", "ledger", "login", "mail", "metrics", "mobile", "monitor", "notes", "orders", "proxy", "queue",
	"report", "router", "search", "sensor", "shop", "sync", "tools", "vault", "web", "worker", "zone",
}
