package lsp

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// Breaks when an input of the workspace is not found, or at another place under one of the encodings, or when a client that does not
// resolve symbols gets one without a range.
func TestWorkspaceSymbol(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e := run(t)
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
				uri := open(e, w, "web ü/flake.nix")
				pass(time.Second)
				type symbol struct {
					Name, ContainerName string
					Location            struct {
						URI   string
						Range *lsptest.Range
					}
					raw json.RawMessage
				}
				var answers []json.RawMessage
				e.Call("workspace/symbol", map[string]any{"query": "crane"}, &answers)
				var symbols []symbol
				for _, raw := range answers {
					s := symbol{raw: raw}
					if err := json.Unmarshal(raw, &s); err != nil {
						t.Fatal(err)
					}
					symbols = append(symbols, s)
				}
				if len(symbols) != 3 || symbols[0].ContainerName != "pins" || symbols[2].ContainerName != "web ü" || symbols[2].Location.URI != uri {
					t.Fatalf("%s", answers)
				}
				for _, s := range symbols {
					if (s.Location.Range == nil) != client.full {
						t.Errorf("%s", s.raw)
					}
				}
				last := symbols[2]
				if client.full {
					e.Call("workspaceSymbol/resolve", last.raw, &last)
				}
				if last.Location.Range == nil || e.In(uri, *last.Location.Range) != "crane" || last.Location.Range.Start.Line != 2 {
					t.Errorf("%+v", last.Location)
				}
				if !client.full {
					return
				}
				// What is gone, and what is none of ours, is refused.
				if err := os.WriteFile(w.Path("blog/flake.nix"), []byte("{ outputs = _: { }; }"), 0o644); err != nil {
					t.Fatal(err)
				}
				e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix"))
				pass(time.Second)
				for _, raw := range []any{symbols[1].raw, map[string]any{"name": "x", "kind": 2, "location": map[string]any{"uri": uri}, "data": map[string]any{"path": "/etc/passwd", "name": "x"}}} {
					if answer := e.Await(e.Request("workspaceSymbol/resolve", raw)); answer.Error == nil || answer.Error.Code != codeContentModified {
						t.Errorf("%s: %s", raw, answer.Result)
					}
				}
			})
		})
	}
}
