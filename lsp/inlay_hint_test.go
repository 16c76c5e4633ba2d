package lsp

import (
	"encoding/json"
	"reflect"
	"slices"
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

type shownHint struct {
	Position lsptest.Position
	Label    string
	Tooltip  any
	raw      json.RawMessage
}

func (h *shownHint) UnmarshalJSON(data []byte) error {
	type plain shownHint
	h.raw = slices.Clone(data)
	return json.Unmarshal(data, (*plain)(h))
}

// hintsOf are the hints of a whole document.
func hintsOf(e *lsptest.Editor, uri string) (hints []shownHint) {
	whole := lsptest.Range{Start: e.Position(uri, 0), End: e.Position(uri, len(e.Text(uri)))}
	e.Call("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": uri}, "range": whole}, &hints)
	return hints
}

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
				hints := hintsOf(e, uri)
				if len(hints) != 1 || hints[0].Position != e.Position(uri, end) || hints[0].Label != "1111111111 (2026-01-01)" {
					t.Fatalf("%+v, want one at %+v", hints, e.Position(uri, end))
				}
				if _, plain := hints[0].Tooltip.(string); plain == client.full || (hints[0].Tooltip == nil) != client.full {
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
				if hints := hintsOf(e, uri); len(hints) != 1 || hints[0].Label != "2222222222 (2026-01-01)" {
					t.Errorf("after the lock has changed: %+v", hints)
				}
				if told := refreshed.Load() > before; told != client.full {
					t.Errorf("told to ask again: %t", told)
				}
			})
		})
	}
}

// Breaks when a tooltip that was left to resolve is another one than a client gets that cannot ask for it, when resolve loses something of
// the hint, or when a hint of an overtaken document gets the tooltip of something else.
func TestInlayHintResolve(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, hintedLeaf)
		session := func(resolves bool) *lsptest.Editor {
			capabilities := full(t)
			if !resolves {
				capabilities["textDocument"].(map[string]any)["inlayHint"] = map[string]any{}
			}
			e := run(t)
			answer := string(e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": capabilities}))
			if got := strings.Contains(answer, `"inlayHintProvider":{"resolveProvider":true}`); got != resolves {
				t.Errorf("offers to resolve: %t", got)
			}
			open(e, w, "web ü/flake.nix")
			pass(time.Second)
			return e
		}
		uri := w.URI("web ü/flake.nix")
		whole := hintsOf(session(false), uri)
		e := session(true)
		hints := hintsOf(e, uri)
		if len(hints) != 1 || len(whole) != 1 {
			t.Fatalf("%+v, %+v", hints, whole)
		}
		hint := hints[0]
		resolve := func() (shownHint, int) {
			answer := e.Await(e.Request("inlayHint/resolve", hint.raw))
			var resolved shownHint
			if answer.Error == nil {
				if err := json.Unmarshal(answer.Result, &resolved); err != nil {
					t.Fatal(err)
				}
			}
			return resolved, code(answer)
		}
		resolved, _ := resolve()
		if !reflect.DeepEqual(resolved.Tooltip, whole[0].Tooltip) || !strings.Contains(string(resolved.raw), "1111111111111111111111111111111111111111") {
			t.Errorf("resolved to %s, want the tooltip of %s", resolved.raw, whole[0].raw)
		}
		members := func(raw json.RawMessage) map[string]any {
			var all map[string]any
			if err := json.Unmarshal(raw, &all); err != nil {
				t.Fatal(err)
			}
			delete(all, "tooltip")
			return all
		}
		if got, want := members(resolved.raw), members(hint.raw); !reflect.DeepEqual(got, want) || want["data"] == nil {
			t.Errorf("%v became %v", want, got)
		}

		e.Replace(uri, 0, 0, "# a line\n")
		if again, _ := resolve(); !reflect.DeepEqual(again.Tooltip, resolved.Tooltip) {
			t.Errorf("in a document in which it has moved: %s", again.raw)
		}
		rewriteFile(t, w, "web ü/flake.lock", "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222")
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "web ü/flake.lock"))
		pass(time.Second)
		if got, code := resolve(); code != codeContentModified {
			t.Errorf("of another commit: %s", got.raw)
		}
		if hint = hintsOf(e, uri)[0]; hint.Label != "2222222222 (2026-01-01)" {
			t.Errorf("hint %s", hint.raw)
		}
		if got, _ := resolve(); !strings.Contains(string(got.raw), "2222222222222222222222222222222222222222") {
			t.Errorf("of the new commit: %s", got.raw)
		}
		at := strings.Index(e.Text(uri), "crane")
		e.Replace(uri, at, at+len("crane"), "other")
		if got, code := resolve(); code != codeContentModified {
			t.Errorf("of an input that is not there any more: %s", got.raw)
		}
		e.Close(uri)
		if got, code := resolve(); code != codeContentModified {
			t.Errorf("of a closed document: %s", got.raw)
		}
		hint.raw = json.RawMessage(`{"position":{"line":0,"character":0},"label":"x"}`)
		if got, code := resolve(); code != codeContentModified {
			t.Errorf("of a hint that is none of ours: %s", got.raw)
		}
	})
}
