package registry

import (
	"fmt"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// WellKnownDate is the day of the official registry that WellKnown agrees with.
const WellKnownDate = "2026-06-27"

// WellKnown is our own table of the best known ids of the official global registry, for machines where neither the setting
// `flake-registry` nor Nix's copy of the download can be read. Its Provenance is BuiltIn. It is not complete: that it lacks an
// id proves nothing (NotFoundError.Uncertain). Each line agrees with the official registry of WellKnownDate.
var WellKnown = sync.OnceValue(func() *Registry {
	r := &Registry{Kind: Global, Provenance: BuiltIn}
	add := func(from, to string, exact bool) {
		r.Entries = append(r.Entries, Entry{From: mustParse(from), To: mustParse(to), Exact: exact})
	}
	// Since 2026 nixpkgs is a channel's tarball; a ref that is no channel still means the repository.
	add("nixpkgs", channel("nixpkgs-unstable"), true)
	for name := range strings.FieldsSeq(nixpkgsChannels) {
		add("nixpkgs/"+name, channel(name), true)
	}
	add("nixpkgs", "github:NixOS/nixpkgs/nixpkgs-unstable", false)
	for line := range strings.Lines(repositories) {
		if id, repository, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			add(id, "github:"+repository, false)
		}
	}
	return r
})

func channel(name string) string { return "https://channels.nixos.org/" + name + "/nixexprs.tar.xz" }

// mustParse reads a reference of the table; a test has read them all.
func mustParse(s string) ref.Ref {
	r, err := ref.Parse(s)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", s, err))
	}
	return r
}

const nixpkgsChannels = "nixos-unstable nixos-unstable-small nixpkgs-unstable nixos-26.05 nixos-26.05-small nixpkgs-26.05-darwin"

// An id and its repository on GitHub a line, by use: Nix itself, writing flakes, systems and homes, secrets and disks,
// languages and programs.
const repositories = `
nix NixOS/nix
hydra NixOS/hydra
nixops NixOS/nixops
bundlers NixOS/bundlers
templates NixOS/templates
patchelf NixOS/patchelf
nixos-search NixOS/nixos-search
cachix cachix/cachix

flake-utils numtide/flake-utils
flake-parts hercules-ci/flake-parts
hercules-ci-agent hercules-ci/hercules-ci-agent
hercules-ci-effects hercules-ci/hercules-ci-effects
systems nix-systems/default

home-manager nix-community/home-manager
nix-darwin nix-darwin/nix-darwin
nixos-hardware NixOS/nixos-hardware
nixos-anywhere nix-community/nixos-anywhere
nur nix-community/NUR
arion hercules-ci/arion
nixvim nix-community/nixvim

agenix ryantm/agenix
sops-nix Mic92/sops-nix
disko nix-community/disko

emacs-overlay nix-community/emacs-overlay
fenix nix-community/fenix
poetry2nix nix-community/poetry2nix
agda agda/agda
helix helix-editor/helix
nickel tweag/nickel
`
