package ide_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
)

// Breaks when a reference leads elsewhere than its archive shows, or when a link or its tooltip repeats a credential.
func TestLinks(t *testing.T) {
	run(t, "links", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		var b strings.Builder
		for _, link := range ide.Links(s.Snapshot(), s.path) {
			target := link.URL
			if link.Path != "" {
				relative, err := filepath.Rel(s.root, link.Path)
				if err != nil {
					t.Fatal(err)
				}
				target = relative
			}
			if strings.Contains(link.URL+link.Tooltip, "hunter2") {
				t.Errorf("the link says a credential: %+v", link)
			}
			fmt.Fprintf(&b, "‹%s› %s\n    %s\n", link.Span.In(s.text), target, strings.ReplaceAll(link.Tooltip, s.root, ""))
		}
		return b.String()
	})
}
