package ide_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Breaks when a hint stands elsewhere than its archive shows, says something else, or its edit is not what it says.
func TestHints(t *testing.T) {
	run(t, "hints", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		var b strings.Builder
		at := 0
		hints := ide.Hints(s.Snapshot(), s.path, text.Span{Start: s.start, End: s.end})
		for _, h := range hints {
			b.WriteString(s.text[at:h.Offset] + "‹" + h.Label + "›")
			at = h.Offset
		}
		b.WriteString(s.text[at:])
		for _, h := range hints {
			fmt.Fprintf(&b, "-- %s\n%s\n", h.Label, h.Documentation(ide.Markdown))
			if h.Edit != nil {
				after, err := text.Apply(s.text, []text.Edit{*h.Edit})
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "edit: %q becomes %q\n", h.Edit.Span.In(s.text), h.Edit.New)
				if !strings.Contains(after, h.Edit.New) {
					t.Errorf("the edit gives\n%s", after)
				}
			}
		}
		return b.String()
	})
}
