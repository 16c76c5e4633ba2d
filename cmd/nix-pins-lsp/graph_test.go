package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/report/graph"
)

// Breaks when the JSON of a graph has a member that its schema does not have, or lacks one; when an edge leads to no node.
func TestGraphSchema(t *testing.T) {
	compiled := schema(t, "../../docs/schema/graph.schema.json")
	locks, err := filepath.Glob("../../flake/lock/testdata/real/*.flake.lock")
	if err != nil || len(locks) < 60 {
		t.Fatalf("%d real locks, %v", len(locks), err)
	}
	dir := t.TempDir()
	for _, path := range locks {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		realtools.WriteFiles(t, filepath.Join(dir, filepath.Base(path)), map[string]string{"flake.lock": string(content), "flake.nix": "{ outputs = _: { }; }"})
	}
	arguments := []string{filepath.Join(dir, filepath.Base(locks[0])), dir, "../../examples/polyrepo"}
	for _, argument := range arguments {
		out := output(t, exitClean, "graph", "--format", "json", argument)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", argument, err)
		}
		var g graph.Graph
		if err := json.Unmarshal(out, &g); err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, n := range g.Nodes {
			if ids[n.ID] {
				t.Errorf("%s: %s stands twice", argument, n.ID)
			}
			ids[n.ID] = true
		}
		for _, e := range g.Edges {
			if !ids[e.From] || !ids[e.To] {
				t.Errorf("%s: an edge from %s to %s leads nowhere", argument, e.From, e.To)
			}
		}
		if len(g.Nodes) < 5 {
			t.Errorf("%s has %d nodes", argument, len(g.Nodes))
		}
		// The schema must be able to fail.
		value.(map[string]any)["nodes"].([]any)[0].(map[string]any)["unheard"] = true
		if compiled.Validate(value) == nil {
			t.Error("the schema takes a member that it does not name")
		}
	}
}
