package ide_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
)

// Breaks when a place that names an input is missed, or one that names another input is taken for it; when what is highlighted in
// the file is something else than the usages in it.
func TestUsages(t *testing.T) {
	run(t, "usages", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		usages, ok := ide.Usages(s.Snapshot(), s.path, s.start)
		if !ok {
			return "none\n"
		}
		here := 0
		var b strings.Builder
		var order []string
		byPath := map[string][]ide.Usage{}
		for _, u := range usages {
			if byPath[u.Path] == nil {
				order = append(order, u.Path)
			}
			byPath[u.Path] = append(byPath[u.Path], u)
			if u.Path == s.path {
				here++
			}
		}
		if got := ide.UsagesHere(s.Snapshot(), s.path, s.start); len(got) != here {
			t.Errorf("%d usages here are highlighted, want %d", len(got), here)
		}
		for _, path := range order {
			file, err := s.Snapshot().File(path)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(s.root, path)
			if err != nil {
				t.Fatal(err)
			}
			var marked strings.Builder
			at := 0
			for _, u := range byPath[path] {
				opening, closing := "‹", "›"
				if u.Declares {
					opening, closing = "[", "]"
				}
				marked.WriteString(file.Text[at:u.Span.Start] + opening + u.Span.In(file.Text) + closing)
				at = u.Span.End
			}
			marked.WriteString(file.Text[at:])
			for line := range strings.Lines(marked.String()) {
				if strings.ContainsAny(line, "[‹") {
					fmt.Fprintf(&b, "%s: %s\n", name, strings.TrimSpace(line))
				}
			}
		}
		return b.String()
	})
}
