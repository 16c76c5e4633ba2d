package ide_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/polyrepogen"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when an input is not found under what people type, in another order than its archive shows, or at another place. The queries
// are the comments of the cases, one a line.
func TestSearch(t *testing.T) {
	run(t, "search", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		var b strings.Builder
		for query := range strings.Lines(string(c.head.Data)) {
			query = strings.TrimSuffix(strings.TrimSuffix(query, "\n"), "·")
			fmt.Fprintf(&b, "%q\n", query)
			for _, f := range ide.Search(s.Snapshot(), query, 8) {
				file, err := s.Snapshot().File(f.Path)
				if err != nil {
					t.Fatal(err)
				}
				path, err := filepath.Rel(s.root, f.Path)
				if err != nil {
					t.Fatal(err)
				}
				place, ok := f.Place(s.Snapshot())
				if !ok {
					t.Errorf("%s is not in %s", f.Name, f.Path)
				}
				fmt.Fprintf(&b, "    %s in %s, %d: %s ‹%s›\n", f.Name, f.Container, f.Kind, filepath.ToSlash(path), place.In(file.Text))
			}
		}
		return b.String()
	})
}

// BenchmarkSearch is a question to 10,000 flakes.
func BenchmarkSearch(b *testing.B) {
	dir := b.TempDir()
	if _, err := polyrepogen.Write(dir, polyrepogen.Options{Leaves: 10_000}); err != nil {
		b.Fatal(err)
	}
	w := workspace.New(workspace.Options{Roots: []string{dir}})
	if err := w.Index(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
	for _, query := range []string{"", "nixpkgs", "crn", "team-01/nix", "nothing"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				ide.Search(w.Snapshot(), query, 200)
			}
		})
	}
}
