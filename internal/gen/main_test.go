package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
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
