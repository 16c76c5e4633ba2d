package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/polyrepogen"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// BenchmarkAllLeaves is what a change of pins costs: a thousand leaves of a generated polyrepo are judged again, after another
// flake.nix or another flake.lock of pins.
func BenchmarkAllLeaves(b *testing.B) {
	root := b.TempDir()
	if _, err := polyrepogen.Write(root, polyrepogen.Options{Seed: 1, Leaves: 1000}); err != nil {
		b.Fatal(err)
	}
	for _, change := range []struct{ name, old, new string }{
		{"flake.nix", "github:numtide/devshell", "github:numtide/devshell/v%d"},
		{"flake.lock", `"rev": "`, `"rev": "%08d`},
	} {
		b.Run(change.name, func(b *testing.B) {
			w := workspace.New(workspace.Options{Roots: []string{root}, RuleCodes: diagnostics.Codes()})
			if err := w.Index(context.Background(), nil); err != nil {
				b.Fatal(err)
			}
			files := slices.Collect(w.Snapshot().Judged())
			path := filepath.Join(root, "pins", change.name)
			text, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				changed := strings.Replace(string(text), change.old, fmt.Sprintf(change.new, i), 1)
				if changed == string(text) {
					b.Fatal("nothing is changed")
				}
				if err := diagnostics.RunEach(context.Background(), w.Open(path, int32(i), changed), files, func(int, []diagnostics.Finding) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
