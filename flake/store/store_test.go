package store_test

import (
	"encoding/json"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/store"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when real Nix keeps a source elsewhere than we look for it: a folder, a Git repository, one with another hash.
func TestPathInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	files := map[string]string{"flake.nix": "{ outputs = _: { }; }\n", "sub/file": "x\n"}
	folder, repository := realtools.TempDir(t), realtools.TempDir(t)
	realtools.WriteFiles(t, folder, files)
	files["sub/file"] = "y\n"
	realtools.GitCommit(t, repository, files)
	seen := map[string]bool{}
	for _, reference := range []string{"path:" + folder, "git+file://" + repository} {
		answer, _, err := nix.FlakeMetadata(reference)
		if err != nil {
			t.Fatal(err)
		}
		var metadata struct {
			Path   string
			Locked map[string]any
		}
		if err := json.Unmarshal(answer, &metadata); err != nil {
			t.Fatal(err)
		}
		attrs := ref.Attrs{"type": ref.Path, "path": folder, "narHash": metadata.Locked["narHash"]}
		locked, err := ref.FromAttrs(attrs)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := store.Path("/nix/store", locked); !ok || got != metadata.Path || seen[got] {
			t.Errorf("%s lies at %s, Nix says %s", reference, got, metadata.Path)
		}
		seen[metadata.Path] = true
	}
}

// Breaks when a lock leads out of the store, or to a path that Nix would not make.
func TestNoPath(t *testing.T) {
	const hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	for _, attrs := range []ref.Attrs{
		{"type": ref.GitHub, "owner": "o", "repo": "r"},
		{"type": ref.Path, "path": "/x", "narHash": "sha256-AAAA"},
		{"type": ref.Path, "path": "/x", "narHash": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="},
		{"type": ref.Git, "url": "https://h/r", "narHash": hash, "name": "../../etc"},
		{"type": ref.Git, "url": "https://h/r", "narHash": hash, "name": "a/b"},
		{"type": ref.Git, "url": "https://h/r", "narHash": hash, "name": ""},
	} {
		locked, err := ref.FromAttrs(attrs)
		if err != nil {
			t.Fatalf("%v: %v", attrs, err)
		}
		if at, ok := store.Path("/nix/store", locked); ok {
			t.Errorf("%v lies at %s", attrs, at)
		}
	}
	locked, err := ref.FromAttrs(ref.Attrs{"type": ref.Git, "url": "https://h/r", "narHash": hash, "name": "tool"})
	if err != nil {
		t.Fatal(err)
	}
	named, _ := store.Path("/nix/store", locked)
	elsewhere, ok := store.Path("/gnu/store", locked)
	if !ok || named[len("/nix/store/"):] == elsewhere[len("/gnu/store/"):] {
		t.Errorf("the folder of the store is part of the hash: %s, %s", named, elsewhere)
	}
}
