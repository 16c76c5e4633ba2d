package workspace_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

func registryText(id, target string) string {
	return `{ "version": 2, "flakes": [ { "from": { "type": "indirect", "id": "` + id + `" }, "to": { "type": "path", "path": "` + target + `" } } ] }`
}

// Breaks when the global registry is not the first there is of: our setting, Nix's setting of the user, that of the system, the
// copy of the download, our table; or when the files of user and system do not count, or an unreadable one hides the others.
func TestRegistries(t *testing.T) {
	dir := t.TempDir()
	id, err := ref.Parse("x")
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, want string, provenance registry.Provenance) {
		t.Helper()
		s := indexed(t, options(dir)).Snapshot()
		got := ""
		if result, err := s.Registry().Resolve(id, registry.FlakeInput); err == nil {
			got = result.Ref.Path()
		}
		list := s.Registry().Registries()
		if last := list[len(list)-1]; got != want || last.Kind != registry.Global || last.Provenance != provenance {
			t.Errorf("%s: x is %q by %v, want %q", name, got, last, want)
		}
	}
	check("nothing", "", registry.BuiltIn)
	write(t, dir, "home/.cache/nix/flake-registry.json", registryText("x", "/cached"))
	check("copy", "/cached", registry.CachedCopy)
	write(t, dir, "etc/nix.conf", "# flake-registry = /comment\nflake-registry = https://example.org/registry.json # not fetched\n")
	check("URL", "/cached", registry.CachedCopy)
	write(t, dir, "etc/nix.conf", "max-jobs = 1\nflake-registry = "+write(t, dir, "etc/global.json", registryText("x", "/system"))+"\n")
	check("system", "/system", registry.Setting)
	write(t, dir, "home/.config/nix/nix.conf", "flake-registry="+write(t, dir, "home/global.json", registryText("x", "/user"))+"\n")
	check("user", "/user", registry.Setting)
	write(t, dir, "work/.nix-pins.toml", "registry.flake-registry = \"r.json\"\n")
	write(t, dir, "work/r.json", registryText("x", "/ours"))
	check("ours", "/ours", registry.Setting)

	write(t, dir, "work/.nix-pins.toml", "")
	write(t, dir, "home/.config/nix/nix.conf", "flake-registry =\n")
	write(t, dir, "home/.config/nix/registry.json", registryText("x", "/local"))
	write(t, dir, "etc/registry.json", "<<<<<<< no JSON")
	s := indexed(t, options(dir)).Snapshot()
	if _, err := s.Registry().Resolve(id, registry.FlakeInput); err == nil || len(s.Registry().Registries()) != 1 {
		t.Errorf("an empty setting leaves a global registry: %v", s.Registry().Registries())
	}
	result, err := s.Registry().Resolve(id, registry.CommandLine)
	if err != nil || result.Ref.Path() != "/local" {
		t.Errorf("the user's registry gives %v, %v", result, err)
	}
	if source := s.Source(result.Ref); !strings.HasPrefix(string(source), string(filepath.Separator)) {
		t.Errorf("the source is %s", source)
	}
}

// Breaks when renames of the settings do not make two repositories one.
func TestRenamesOfSettings(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "work/.nix-pins.toml", "[sources.aliases]\n\"github:fork/nixpkgs\" = \"github:NixOS/nixpkgs\"\n")
	write(t, dir, "work/a/flake.nix", `{ inputs.n.url = "github:fork/nixpkgs"; outputs = _: { }; }`)
	s := indexed(t, options(dir)).Snapshot()
	if uses := s.SourceUsers("github.com/nixos/nixpkgs"); len(uses) != 1 {
		t.Errorf("the users are %v", uses)
	}
}

// Breaks when what pins offers is looked up by the renames that held before the settings changed.
func TestOffersAfterRenames(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "work/pins/flake.nix", `{ inputs.n.url = "github:fork/nixpkgs"; outputs = _: { }; }`)
	write(t, dir, "work/a/flake.nix", `{ inputs.pins.url = "path:../pins"; outputs = _: { }; }`)
	settings := write(t, dir, "work/.nix-pins.toml", "")
	w := indexed(t, options(dir))
	offered := func(s *workspace.Snapshot) int {
		return len(s.Pins(s.Flake(filepath.Join(dir, "work", "a"))).OffersOf("github.com/nixos/nixpkgs"))
	}
	if n := offered(w.Snapshot()); n != 0 {
		t.Errorf("%d offers of a source that pins does not have", n)
	}
	if n := offered(w.Open(settings, 1, "[sources.aliases]\n\"github:fork/nixpkgs\" = \"github:NixOS/nixpkgs\"\n")); n != 1 {
		t.Errorf("%d offers of the source under its new name, want 1", n)
	}
	if n := offered(w.Change(settings, 2, "")); n != 0 {
		t.Errorf("%d offers after the setting was taken back", n)
	}
}
