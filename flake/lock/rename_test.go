package lock

import (
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Breaks when a name is renamed where it means another input, is left where it means this one, or a lock is edited that says something
// about the new name already, or is not sound.
func TestRenameInput(t *testing.T) {
	const before = `{
  "nodes": {
    "a": { "inputs": { "a": "a_2", "b": ["a", "a"], "c": ["c", "a"], "d": [] }, "locked": { "type": "github", "owner": "a", "repo": "a", "rev": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }, "original": { "type": "github", "owner": "a", "repo": "a" } },
    "a_2": { "locked": { "type": "path", "path": "./a" }, "original": { "type": "path", "path": "./a" }, "parent": [ "a", "a" ] },
    "root": { "inputs": { "a": "a", "b": [ "a", "a" ], "c": ["a"] } }
  },
  "root": "root",
  "version": 7
}`
	if graph, err := Parse(before); err != nil || len(graph.Problems) > 0 {
		t.Fatal(err, graph.Problems)
	}
	after, err := text.Apply(before, RenameInput(before, "a", `new"`))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		`"b": ["a", "a"]`, `"b": ["new\"", "a"]`, `"parent": [ "a", "a" ]`, `"parent": [ "new\"", "a" ]`,
		`{ "inputs": { "a": "a", "b": [ "a", "a" ], "c": ["a"] } }`, `{ "inputs": { "new\"": "a", "b": [ "new\"", "a" ], "c": ["new\""] } }`,
	).Replace(before)
	if after != want {
		t.Errorf("got\n%s\nwant\n%s", after, want)
	}
	for what, edits := range map[string][]text.Edit{
		"a name that is taken":      RenameInput(before, "a", "b"),
		"an input that is not here": RenameInput(before, "d", "e"),
		"no lock":                   RenameInput("{", "a", "b"),
		"an unsound lock":           RenameInput(strings.Replace(before, `["c", "a"]`, `["none"]`, 1), "a", "e"),
	} {
		if len(edits) > 0 {
			t.Errorf("%s: %v", what, edits)
		}
	}
}
