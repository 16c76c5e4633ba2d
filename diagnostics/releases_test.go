package diagnostics_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a release is offered before it is there, or after its support is over, or when the older of two comes first.
func TestReleasesOnOffer(t *testing.T) {
	root := t.TempDir()
	realtools.WriteFiles(t, root, map[string]string{"flake.nix": `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
  inputs.home-manager.url = "github:nix-community/home-manager/release-25.05";
  inputs.home-manager.inputs.nixpkgs.follows = "nixpkgs";
  outputs = _: { };
}
`})
	for day, want := range map[string][]string{
		"2025-12-31": nil, // its last day
		"2026-01-01": {"Move nixpkgs and home-manager to 25.11"},
		"2026-05-31": {"Move nixpkgs and home-manager to 25.11"},
		"2026-06-01": {"Move nixpkgs and home-manager to 26.05", "Move nixpkgs and home-manager to 25.11"},
		"2026-11-30": {"Move nixpkgs and home-manager to 26.05"},
		"2026-12-10": {"Move nixpkgs and home-manager to 26.11", "Move nixpkgs and home-manager to 26.05"},
		"2027-01-01": {"Move nixpkgs and home-manager to 26.11"},
	} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		w := workspace.New(workspace.Options{Roots: []string{root}, Environment: workspace.Environment{Home: root}, Clock: func() time.Time { return now }, RuleCodes: diagnostics.Codes()})
		if err := w.Index(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		findings, err := diagnostics.Run(context.Background(), w.Snapshot(), filepath.Join(root, "flake.nix"))
		if err != nil {
			t.Fatal(err)
		}
		spoke := false
		for _, f := range findings {
			if f.Code != "unsupported-release" {
				continue
			}
			spoke = true
			var got []string
			for _, fix := range f.Fixes {
				got = append(got, fix.Title())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s is offered %q, want %q", day, f.Object, got, want)
			}
		}
		if spoke != (want != nil) {
			t.Errorf("%s: spoke %t", day, spoke)
		}
	}
}
