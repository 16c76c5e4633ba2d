package rewrite

import (
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Breaks when the tree of a long text that an edit gave is kept for good, of which a few are a hundred MB, or that of no text is, so that each
// of the fixes that are offered for one is parsed as if nothing were known.
func TestTreesOfResults(t *testing.T) {
	for _, long := range []bool{false, true} {
		source := "{ inputs.a.url = \"github:acme/a\"; outputs = _: { }; }\n"
		if long {
			source += strings.Repeat("# a comment\n", longestResult/12)
		} else {
			source += "# short\n"
		}
		before := results.Len()
		change, err := Add(parse.Parse(parse.Flake, source), "b", Declaration{URL: "github:acme/b"})
		if err != nil || len(change.Edits) == 0 {
			t.Fatal(change, err)
		}
		if now := results.Len(); long && now != before || now == 0 {
			t.Errorf("long %t: %d trees are kept, before %d", long, now, before)
		}
	}
}
