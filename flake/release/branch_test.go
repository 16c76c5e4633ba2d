package release

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

func reference(t interface{ Fatalf(string, ...any) }, s string) ref.Ref {
	r, err := ref.ParseInput(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return r
}

func of(r ref.Ref) (Branch, bool) { return Of(r, r.Source()) }

// Breaks when a reference is taken for another release than it asks for, or is renamed wrongly for another one.
func TestBranches(t *testing.T) {
	for _, test := range []struct{ ref, project, release, at, rolling string }{
		{"github:NixOS/nixpkgs/nixos-25.05", "nixpkgs", "25.05", "nixos-26.05", "nixos-unstable"},
		{"github:nixos/nixpkgs/nixos-25.05-small", "nixpkgs", "25.05", "nixos-26.05-small", "nixos-unstable-small"},
		{"github:NixOS/nixpkgs/nixpkgs-24.11-darwin", "nixpkgs", "24.11", "nixpkgs-26.05-darwin", "nixpkgs-unstable"},
		{"github:NixOS/nixpkgs/release-20.09", "nixpkgs", "20.09", "release-26.05", "master"},
		{"github:NixOS/nixpkgs?ref=refs/heads/nixos-23.11", "nixpkgs", "23.11", "nixos-26.05", "nixos-unstable"},
		{"git+https://github.com/NixOS/nixpkgs.git?ref=nixos-25.05&shallow=1", "nixpkgs", "25.05", "nixos-26.05", "nixos-unstable"},
		{"https://github.com/NixOS/nixpkgs/archive/nixos-25.05.tar.gz", "nixpkgs", "25.05", "nixos-26.05", "nixos-unstable"},
		{"https://github.com/NixOS/nixpkgs/archive/refs/heads/release-25.05.zip", "nixpkgs", "25.05", "release-26.05", "master"},
		{"https://channels.nixos.org/nixos-25.05/nixexprs.tar.xz", "nixpkgs", "25.05", "nixos-26.05", "nixos-unstable"},
		{"https://nixos.org/channels/nixpkgs-25.05-darwin/nixexprs.tar.xz", "nixpkgs", "25.05", "nixpkgs-26.05-darwin", "nixpkgs-unstable"},
		{"https://releases.nixos.org/nixos/25.05-small/nixos-25.05.804/nixexprs.tar.xz", "nixpkgs", "25.05", "", ""},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.2505.*", "nixpkgs", "25.05", "0.2605.*", "0.1.*"},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.2505.*.tar.gz", "nixpkgs", "25.05", "0.2605.*", "0.1.*"},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.2505", "nixpkgs", "25.05", "0.2605", "0.1"},
		{"https://flakehub.com/f/NixOS/nixpkgs/~0.2505", "nixpkgs", "25.05", "~0.2605", "~0.1"},
		{"https://flakehub.com/f/NixOS/nixpkgs/%3D0.2505.804391", "nixpkgs", "25.05", "0.2605.*", "0.1.*"},
		{"https://api.flakehub.com/f/pinned/NixOS/nixpkgs/0.2505.812+rev-6fb4/01966538/source.tar.gz", "nixpkgs", "25.05", "", ""},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.1", "nixpkgs", "", "0.2605", "0.1"},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.1.*", "nixpkgs", "", "0.2605.*", "0.1.*"},
		{"https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/0.1", "nixpkgs", "", "0.2605", "0.1"},
		{"https://channels.nixos.org/nixpkgs-unstable/nixexprs.tar.xz", "nixpkgs", "", "nixos-26.05", "nixpkgs-unstable"},
		{"github:NixOS/nixpkgs", "nixpkgs", "", "nixos-26.05", ""},
		{"github:NixOS/nixpkgs/nixos-unstable-small", "nixpkgs", "", "nixos-26.05-small", "nixos-unstable-small"},

		{"github:nix-community/home-manager/release-25.05", "home-manager", "25.05", "release-26.05", "master"},
		{"github:nix-community/home-manager", "home-manager", "", "release-26.05", "master"},
		{"git+https://github.com/rycee/home-manager?ref=master", "home-manager", "", "release-26.05", "master"},
		{"https://github.com/nix-community/home-manager/archive/release-24.05.tar.gz", "home-manager", "24.05", "release-26.05", "master"},
		{"https://flakehub.com/f/nix-community/home-manager/0.2505.*.tar.gz", "home-manager", "25.05", "0.2605.*", "0.1.*"},
		{"github:LnL7/nix-darwin/nix-darwin-25.05", "nix-darwin", "25.05", "nix-darwin-26.05", "master"},
		{"github:nix-darwin/nix-darwin/master", "nix-darwin", "", "nix-darwin-26.05", "master"},
		{"github:danth/stylix/release-24.11", "stylix", "24.11", "release-26.05", "master"},
		{"github:nix-community/stylix", "stylix", "", "release-26.05", "master"},

		// What tells of no release.
		{"https://flakehub.com/f/NixOS/nixpkgs/0", "", "", "", ""},
		{"https://flakehub.com/f/NixOS/nixpkgs/*", "", "", "", ""},
		{"https://flakehub.com/f/NixOS/nixpkgs/>=0.2505", "", "", "", ""},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.2504", "", "", "", ""},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.20.1", "", "", "", ""},
		{"github:NixOS/nixpkgs/23.11", "", "", "", ""}, // a tag
		{"github:NixOS/nixpkgs/nixos-25.04", "", "", "", ""},
		{"github:NixOS/nixpkgs/nixpkgs-25.05", "", "", "", ""},
		{"github:NixOS/nixpkgs/nixos-25.05-backports", "", "", "", ""},
		{"github:NixOS/nixpkgs/6fb4a8ee2d6ad58f13e3c1f5e1cdbd3c1ff23b23", "", "", "", ""},
		{"github:nix-community/home-manager/nixos-25.05", "", "", "", ""},
		{"github:acme/nixpkgs/nixos-25.05", "", "", "", ""},
		{"nixpkgs/nixos-25.05", "", "", "", ""}, // a registry says what it is
		{"path:/src/nixpkgs", "", "", "", ""},
	} {
		b, ok := of(reference(t, test.ref))
		if ok != (test.project != "") {
			t.Errorf("%s: found %t", test.ref, ok)
			continue
		}
		if !ok {
			continue
		}
		number := ""
		if !b.Rolling() {
			number = b.Release.String()
		}
		if b.Project.String() != test.project || number != test.release {
			t.Errorf("%s: %s at %q, want %s at %q", test.ref, b.Project, number, test.project, test.release)
		}
		if at, rolling := b.At(Release{26, 5}), b.AtRolling(); at != test.at || rolling != test.rolling {
			t.Errorf("%s: at 26.05 it is %q, rolling %q; want %q and %q", test.ref, at, rolling, test.at, test.rolling)
		}
	}
}

// Breaks when the name for another release is not read as a branch of that release, or there and back is another name.
func TestAtRoundTrip(t *testing.T) {
	forms := []string{
		"github:NixOS/nixpkgs/nixos-R", "github:NixOS/nixpkgs/nixos-R-small", "github:NixOS/nixpkgs/nixpkgs-R-darwin", "github:NixOS/nixpkgs/release-R",
		"https://channels.nixos.org/nixos-R/nixexprs.tar.xz", "https://nixos.org/channels/nixos-R-small/nixexprs.tar.xz",
		"https://flakehub.com/f/NixOS/nixpkgs/0.D.*", "https://flakehub.com/f/NixOS/nixpkgs/0.D", "https://flakehub.com/f/nix-community/home-manager/~0.D",
		"github:nix-community/home-manager/release-R", "github:nix-darwin/nix-darwin/nix-darwin-R", "git+https://github.com/nix-community/stylix?ref=release-R",
	}
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom(forms).Draw(t, "form")
		pick := func(label string) Release {
			r := Release{21, 5}
			for range rapid.IntRange(0, 60).Draw(t, label) {
				r = r.Next()
			}
			return r
		}
		from, to := pick("from"), pick("to")
		write := func(r Release) string {
			return strings.NewReplacer("R", r.String(), "D", r.digits()).Replace(form)
		}
		b, ok := of(reference(t, write(from)))
		if !ok || b.Release != from {
			t.Fatalf("%s: %+v", write(from), b)
		}
		moved := strings.Replace(write(from), b.Name, b.At(to), 1)
		if moved != write(to) {
			t.Fatalf("%s at %s is %s, want %s", write(from), to, moved, write(to))
		}
		c, ok := of(reference(t, moved))
		if !ok || c.Release != to || c.Project != b.Project || c.At(from) != b.Name {
			t.Fatalf("%s: %+v, back at %q, want %q", moved, c, c.At(from), b.Name)
		}
	})
}
