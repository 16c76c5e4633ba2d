package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/lsp"
)

// Breaks when a rule, a setting or an archive has changed and `make gen` has not been run, or when a page outlives its rule.
func TestGenerated(t *testing.T) {
	const root = "../.."
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		have, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Errorf("%v: run `make gen`", err)
		} else if !bytes.Equal(have, files[path]) {
			t.Errorf("%s is stale: run `make gen`", path)
		}
	}
	left, err := orphans(root, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("%v belong to no rule: run `make gen`", left)
	}
}

// Breaks when the server offers what no request of its own stands for: the page of the editors would not have it.
func TestEveryOfferHasARequest(t *testing.T) {
	clients, err := recordedClients("../..")
	if err != nil || len(clients) == 0 {
		t.Fatalf("%d clients, %v", len(clients), err)
	}
	var known []string
	for _, method := range lsp.Requests() {
		_, provider := capabilityOf(method)
		known = append(known, strings.Split(provider, ".")[0])
	}
	for _, c := range clients {
		for name := range c.offered.(map[string]any) {
			if strings.HasSuffix(name, "Provider") && !slices.Contains(known, name) {
				t.Errorf("%s: %s is offered by no request of %v", c.title, name, lsp.Requests())
			}
		}
	}
}
