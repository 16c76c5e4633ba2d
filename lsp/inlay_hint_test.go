package lsp

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// hintedLeaf is a leaf whose crane, which stands behind characters of many lengths, is locked.
const hintedLeaf = polyrepo + `-- web ü/flake.lock --
{ "nodes": { "crane": { "locked": { "type": "github", "owner": "ipetkov", "repo": "crane", "rev": "1111111111111111111111111111111111111111", "lastModified": 1767225600, "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }, "original": { "type": "github", "owner": "ipetkov", "repo": "crane" } }, "root": { "inputs": { "crane": "crane" } } }, "root": "root", "version": 7 }
`

// Breaks when a hint or a link stands at another place under one of the encodings, when a client that cannot show hints is offered them, or
// when one that can is not told that a lock has changed.
func TestInlayHint(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, hintedLeaf)
				e := run(t)
				var refreshed atomic.Int32
				e.Handle("workspace/inlayHint/refresh", func(json.RawMessage) (any, error) { refreshed.Add(1); return nil, nil })
				answer := string(e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities}))
				if offered := strings.Contains(answer, "inlayHintProvider"); offered != client.full {
					t.Errorf("hints are offered: %t", offered)
				}
				uri := open(e, w, "web ü/flake.nix")
				pass(time.Second)
				url := `"github:ipetkov/crane"`
				end := strings.Index(e.Text(uri), url) + len(url)
				whole := lsptest.Range{Start: e.Position(uri, 0), End: e.Position(uri, len(e.Text(uri)))}
				ask := func() (hints []struct {
					Position lsptest.Position
					Label    string
					Tooltip  any
				}) {
					e.Call("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": uri}, "range": whole}, &hints)
					return hints
				}
				hints := ask()
				if len(hints) != 1 || hints[0].Position != e.Position(uri, end) || hints[0].Label != "1111111111 (2026-01-01)" {
					t.Fatalf("%+v, want one at %+v", hints, e.Position(uri, end))
				}
				if _, plain := hints[0].Tooltip.(string); plain == client.full {
					t.Errorf("the tooltip is %v", hints[0].Tooltip)
				}
				var links []struct {
					Range  lsptest.Range
					Target string
				}
				e.Call("textDocument/documentLink", map[string]any{"textDocument": map[string]any{"uri": uri}}, &links)
				if len(links) != 1 || e.In(uri, links[0].Range) != "github:ipetkov/crane" || links[0].Target != "https://github.com/ipetkov/crane" {
					t.Errorf("%+v", links)
				}
				before := refreshed.Load()
				rewriteFile(t, w, "web ü/flake.lock", "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222")
				e.Notify("workspace/didChangeWatchedFiles", watched(w, "web ü/flake.lock"))
				pass(time.Second)
				if hints := ask(); len(hints) != 1 || hints[0].Label != "2222222222 (2026-01-01)" {
					t.Errorf("after the lock has changed: %+v", hints)
				}
				if told := refreshed.Load() > before; told != client.full {
					t.Errorf("told to ask again: %t", told)
				}
			})
		})
	}
}
