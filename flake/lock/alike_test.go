package lock_test

import (
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
)

// Breaks when nodes of one source are told apart by their version, or by how it is fetched; when those of other folders, of `flake = false`,
// or relative ones are taken together; or when the answer under other renames is the one that was given before.
func TestAlike(t *testing.T) {
	text, err := locksketch.Expand(`
a github:acme/tool rev=a1 2026-11-10
b git+https://github.com/Acme/tool?ref=main rev=b1 2026-11-11
folder github:acme/tool?dir=sub rev=c1 2026-11-11
source github:acme/tool rev=d1 2026-11-11 flake=false
old github:acme/old-tool rev=e1 2026-11-11
sub path:./sub
also path:./sub
alone github:acme/other rev=f1 2026-11-11
by-id flake:tool locked=github:acme/tool rev=a2 2026-11-11
`)
	if err != nil {
		t.Fatal(err)
	}
	g, err := lock.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		renames ref.Renames
		alike   []string
	}{
		{ref.KnownRenames(), []string{"a", "b", "by-id"}},
		{ref.Renames{"github.com/acme/old-tool": "github.com/acme/tool"}, []string{"a", "b", "by-id", "old"}},
		{ref.KnownRenames(), []string{"a", "b", "by-id"}},
	} {
		groups, count := g.Alike(test.renames, uint64(len(test.alike)))
		if count != 1 || len(groups) != g.Len() {
			t.Fatalf("%d groups of %d nodes, want 1 of %d", count, len(groups), g.Len())
		}
		want := map[string]bool{}
		for _, key := range test.alike {
			want[key] = true
		}
		for n := range g.Nodes() {
			if in := groups[n.ID()] == 1; in != want[n.Key()] {
				t.Errorf("with %d renames: %s is in the group: %t", len(test.renames), n.Key(), in)
			}
		}
	}
}
