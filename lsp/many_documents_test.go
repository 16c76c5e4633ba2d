package lsp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// Breaks when hundreds of open documents are too many: each opening costs a look at all the others, one is left unjudged, or an edit of
// one is judged only after all the others have been. A thousand took minutes once; ten thousand are measured by hand.
func TestManyDocuments(t *testing.T) {
	const documents = 400
	for name, capabilities := range map[string]map[string]any{"pushed": {}, "pulled": full(t)} {
		t.Run(name, func(t *testing.T) {
			w := lsptest.NewWorkspace(t, polyrepo)
			e, _ := start(t, probes())
			e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": capabilities})
			var uris []string
			for i := range documents {
				uris = append(uris, w.URI(fmt.Sprintf("leaf%d/flake.nix", i)))
				e.Open(uris[i], "nix", w.Text("web ü/flake.nix"))
			}
			left := map[string]bool{}
			for _, uri := range uris {
				left[uri] = true
			}
			e.WaitFor("textDocument/publishDiagnostics", func(raw json.RawMessage) bool {
				if p := decodePublication(t, raw); codesOf(p) == "raw-url" {
					delete(left, p.URI)
				}
				return len(left) == 0
			})
			first := uris[0]
			before, after, _ := strings.Cut(e.Text(first), "github:ipetkov/crane")
			e.Replace(first, len(before), len(e.Text(first))-len(after), "github:ipetkov")
			awaitDiagnostics(t, e, first, "invalid-reference")
			for uri := range slices.Values(uris) {
				e.Close(uri)
			}
			if got := serverText(e, first); got != "" {
				t.Errorf("closed, and still there: %q", got)
			}
		})
	}
}
