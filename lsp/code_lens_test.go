package lsp

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// sentCommand is a command as a client gets it and sends it back.
type sentCommand struct {
	Title, Command string
	Arguments      []map[string]any
}

type sentLens struct {
	Range   lsptest.Range
	Command *sentCommand
}

// Breaks when a lens stands at another place under one of the encodings, does not name its document as the client does, has a command
// that the server does not know, is offered to a client that cannot show it, or when one that can is not told that a leaf has changed.
func TestCodeLens(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				// The input pins stands behind what is of another length in each encoding.
				first, web, _ := strings.Cut(hintedLeaf, "-- web ü/flake.nix --")
				web = strings.Replace(web, "inputs.pins", "inputs.CRANE", 1)
				web = strings.Replace(web, `inputs.crane.url = "github:ipetkov/crane"`, `inputs.pins.url = "git+ssh://git@example.org/acme/pins"`, 1)
				web = strings.Replace(web, `inputs.CRANE.url = "git+ssh://git@example.org/acme/pins"`, `inputs.crane.url = "github:ipetkov/crane"`, 1)
				w := lsptest.NewWorkspace(t, first+"-- web ü/flake.nix --"+web)
				e := run(t)
				var refreshed atomic.Int32
				e.Handle("workspace/codeLens/refresh", func(json.RawMessage) (any, error) { refreshed.Add(1); return nil, nil })
				answer := string(e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities}))
				if offered := strings.Contains(answer, "codeLensProvider"); offered != client.full {
					t.Errorf("lenses are offered: %t", offered)
				}
				leaf, pins := open(e, w, "web ü/flake.nix"), open(e, w, "pins/flake.nix")
				pass(time.Second)
				ask := func(uri string) (lenses []sentLens) {
					e.Call("textDocument/codeLens", map[string]any{"textDocument": map[string]any{"uri": uri}}, &lenses)
					for _, l := range lenses {
						if l.Command == nil || !slices.Contains(commands.Names(), l.Command.Command) || len(l.Command.Arguments) != 1 {
							t.Errorf("%+v", l.Command)
						}
					}
					return lenses
				}
				lenses := ask(leaf)
				i := slices.IndexFunc(lenses, func(l sentLens) bool { return e.In(leaf, l.Range) == "pins" })
				if i < 0 || lenses[i].Command.Command != "nix-pins.updateInput" || lenses[i].Command.Arguments[0]["input"] != "pins" || lenses[i].Command.Arguments[0]["uri"] != leaf {
					t.Fatalf("%+v", lenses)
				}
				followed := func() string {
					for _, l := range ask(pins) {
						if e.In(pins, l.Range) == "crane" && l.Command.Command == "nix-pins.openReport" {
							return l.Command.Title
						}
					}
					return ""
				}
				if said := followed(); said != "followed by 1 leaf" {
					t.Errorf("%q", said)
				}
				before := refreshed.Load()
				rewriteFile(t, w, "blog/flake.nix", `follows = "pins/crane"`, `url = "github:ipetkov/crane"`)
				e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix"))
				pass(time.Second)
				if said := followed(); said != "followed by no leaf" {
					t.Errorf("after a leaf has changed: %q", said)
				}
				if told := refreshed.Load() > before; told != client.full {
					t.Errorf("told to ask again: %t", told)
				}
			})
		})
	}
}

// Breaks when a client that has no lenses is not offered the commands as actions, when they burn its lamp unasked, or when one that
// resolves every action before it runs it is refused.
func TestCommandActions(t *testing.T) {
	for _, client := range clients(t) {
		if strings.HasPrefix(client.name, "minimal") {
			continue // takes no actions
		}
		t.Run(client.name, func(t *testing.T) {
			w := lsptest.NewWorkspace(t, hintedLeaf)
			e, _ := start(t, nil)
			e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
			uri := open(e, w, "web ü/flake.nix")
			at := rangeAt(t, e, uri, "github:ipetkov/crane")
			update := action(t, offered(e, uri, at, map[string]any{}), "Update crane")
			var sent struct {
				Command sentCommand
				Edit    any
			}
			check := func() {
				t.Helper()
				if update.Kind != "source.nixPins" || sent.Command.Command != "nix-pins.updateInput" || sent.Command.Arguments[0]["uri"] != uri || sent.Edit != nil {
					t.Errorf("%+v", sent)
				}
			}
			if err := json.Unmarshal(update.raw, &sent); err != nil {
				t.Fatal(err)
			}
			check()
			e.Call("codeAction/resolve", update.raw, &sent)
			check()
			for _, context := range []map[string]any{{"triggerKind": 2}, {"only": []string{"quickfix"}}} {
				if list := offered(e, uri, at, context); strings.Contains(titles(list), "Update crane") {
					t.Errorf("offered for %v: %s", context, titles(list))
				}
			}
			action(t, offered(e, uri, at, map[string]any{"only": []string{"source"}}), "Update crane")
		})
	}
}
