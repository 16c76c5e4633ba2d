package diagnostics

import (
	"fmt"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when one input of pins is said to move as another one does, because the place where its text is remembered is the same.
func TestRememberedMoves(t *testing.T) {
	text, err := locksketch.Expand("a github:o/a rev=a1 2026-09-01\nb github:o/a rev=b2 2026-10-01\n")
	if err != nil {
		t.Fatal(err)
	}
	graph, err := lock.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	node := func(name string) lock.Node {
		n, err := graph.Resolve([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var remembered moveTexts
	for range 2 {
		for i := range 3 * len(remembered) {
			c := workspace.SetChange{Name: fmt.Sprint("input-", i), From: node("a"), To: node("b")}
			m := move{c.Name, "goes", c.From.Locked(), c.To.Locked()}
			if got, want := remembered.text(m, c), m.text(c); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		}
	}
}
