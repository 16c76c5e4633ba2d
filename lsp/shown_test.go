package lsp

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Breaks when an edit of one open document that changes the lenses or the hints of another leaves the client with the old ones, when the
// client is told to ask for all again though nothing of what it shows is another, or when one that cannot be told is.
func TestRefreshAfterAnotherDocument(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, hintedLeaf)
				e := run(t)
				var lenses, hints atomic.Int32
				e.Handle("workspace/codeLens/refresh", func(json.RawMessage) (any, error) { lenses.Add(1); return nil, nil })
				e.Handle("workspace/inlayHint/refresh", func(json.RawMessage) (any, error) { hints.Add(1); return nil, nil })
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
				leaf, lock, pins, other := open(e, w, "web ü/flake.nix"), open(e, w, "web ü/flake.lock"), open(e, w, "pins/flake.nix"), open(e, w, "blog/flake.nix")
				pass(time.Second)
				followers := func() string {
					var all []sentLens
					e.Call("textDocument/codeLens", map[string]any{"textDocument": map[string]any{"uri": pins}}, &all)
					for _, l := range all {
						if e.In(pins, l.Range) == "crane" && l.Command.Command == "nix-pins.openReport" {
							return l.Command.Title
						}
					}
					return ""
				}
				hint := func() string {
					for _, h := range hintsOf(e, leaf) {
						return h.Label
					}
					return ""
				}
				settle := func(what, follow, hinted string, lensNews, hintNews int32) {
					t.Helper()
					lensesBefore, hintsBefore := lenses.Load(), hints.Load()
					pass(2 * time.Second)
					if !client.full {
						lensNews, hintNews = 0, 0
					}
					if got := lenses.Load() - lensesBefore; got != lensNews {
						t.Errorf("%s: told %d times to ask for lenses, want %d", what, got, lensNews)
					}
					if got := hints.Load() - hintsBefore; got != hintNews {
						t.Errorf("%s: told %d times to ask for hints, want %d", what, got, hintNews)
					}
					if got := followers(); got != follow {
						t.Errorf("%s: the lens is %q, want %q", what, got, follow)
					}
					if got := hint(); got != hinted {
						t.Errorf("%s: the hint is %q, want %q", what, got, hinted)
					}
				}
				replace := func(uri, old, new string) {
					t.Helper()
					at := rangeAt(t, e, uri, old)
					start := e.Offset(uri, at.Start)
					e.Replace(uri, start, start+len(old), new)
				}
				followers()
				hint()
				settle("at first", "followed by 1 leaf", "1111111111 (2026-01-01)", 0, 0)
				replace(other, `follows = "pins/crane"`, `url = "github:ipetkov/crane"`)
				settle("a leaf that follows no more", "followed by no leaf", "1111111111 (2026-01-01)", 1, 0)
				replace(lock, "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222")
				settle("another lock in a buffer", "followed by no leaf", "2222222222 (2026-01-01)", 0, 1)
				replace(other, "outputs", "# nothing that matters\n  outputs")
				settle("an edit that matters to nobody", "followed by no leaf", "2222222222 (2026-01-01)", 0, 0)
				rewriteFile(t, w, "blog/flake.nix", "outputs", "# nothing that matters\n  outputs")
				e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix"))
				settle("a file that matters to nobody", "followed by no leaf", "2222222222 (2026-01-01)", 0, 0)
				e.Close(other)
				settle("a leaf that is closed without being saved", "followed by 1 leaf", "2222222222 (2026-01-01)", 1, 0)
				// What the client shows of an overtaken text it asks for again by itself.
				replace(leaf, "github:ipetkov/crane", "github:ipetkov/crane/next")
				e.Close(lock)
				settle("the document itself is edited", "followed by 1 leaf", "", 0, 0)
			})
		})
	}
}

// Breaks when what an editor has on the screen is forgotten for what it had before, when one question is kept twice, when all parts of a
// document that was scrolled through are kept, or an answer about an overtaken text is.
func TestNoteShown(t *testing.T) {
	var shown onScreen
	first, second := &Document{}, &Document{}
	note := func(document *Document, refresh string, at int, hash uint64) {
		shown.note(document, shownAnswer{refresh: refresh, span: text.Span{Start: at}, hash: hash})
	}
	check := func(want ...uint64) {
		t.Helper()
		var got []uint64
		for _, a := range shown.answers {
			got = append(got, a.hash)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d, want %d", got, want)
		}
	}
	note(first, codeLensRefresh, 0, 1)
	for i := range maxShown {
		note(first, inlayHintRefresh, i, uint64(2+i))
	}
	check(1, 2, 3, 4, 5)
	note(first, inlayHintRefresh, 0, 6)
	check(1, 3, 4, 5, 6)
	note(first, inlayHintRefresh, 9, 7)
	check(1, 4, 5, 6, 7)
	note(first, codeLensRefresh, 0, 8)
	check(4, 5, 6, 7, 8)
	note(second, inlayHintRefresh, 9, 9)
	check(9)
}

// Breaks when a client that does not ask after each edit keeps lenses and hints that a change of another file on the disk made untrue.
func TestRefreshOfAnOlderVersion(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, hintedLeaf)
		e := run(t)
		var lenses, hints atomic.Int32
		e.Handle("workspace/codeLens/refresh", func(json.RawMessage) (any, error) { lenses.Add(1); return nil, nil })
		e.Handle("workspace/inlayHint/refresh", func(json.RawMessage) (any, error) { hints.Add(1); return nil, nil })
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		pins := open(e, w, "pins/flake.nix")
		pass(time.Second)
		e.Call("textDocument/codeLens", map[string]any{"textDocument": map[string]any{"uri": pins}}, nil)
		e.Replace(pins, len(e.Text(pins)), len(e.Text(pins)), "# x\n")
		pass(time.Second)
		if got := lenses.Load(); got != 0 {
			t.Errorf("told %d times after an edit of its own", got)
		}
		if err := os.WriteFile(w.Path("blog/flake.nix"), []byte("{ outputs = _: { }; }\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix"))
		pass(time.Second)
		if l, h := lenses.Load(), hints.Load(); l != 1 || h != 0 {
			t.Errorf("told %d times to ask for lenses and %d times for hints, want once for lenses, of which there are old ones", l, h)
		}
	})
}

// Breaks when a client that got the tooltips along with the hints keeps one that tells an old commit because the label stays the same, or
// when it is told to ask again though neither label nor tooltip is another.
func TestRefreshOfATooltip(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, hintedLeaf)
		e := run(t)
		var hints atomic.Int32
		e.Handle("workspace/inlayHint/refresh", func(json.RawMessage) (any, error) { hints.Add(1); return nil, nil })
		capabilities := full(t)
		delete(capabilities["textDocument"].(map[string]any)["inlayHint"].(map[string]any), "resolveSupport")
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": capabilities})
		leaf := open(e, w, "web ü/flake.nix")
		pass(time.Second)
		rev := strings.Repeat("1", 40)
		for _, change := range []struct {
			what, old, new string
			told           int32
		}{
			{"another commit with the same first digits", `"rev": "` + rev, `"rev": "` + rev[:39] + "2", 1},
			{"another day of the same length", `1767225600`, `1767225601`, 0},
			{"a plain source", `"original":`, `"flake": false, "original":`, 1},
			{"the way in which the lock is written", `"root": "root"`, `  "root":  "root"`, 0},
		} {
			before := hintsOf(e, leaf)
			told := hints.Load()
			rewriteFile(t, w, "web ü/flake.lock", change.old, change.new)
			e.Notify("workspace/didChangeWatchedFiles", watched(w, "web ü/flake.lock"))
			pass(2 * time.Second)
			if got := hints.Load() - told; got != change.told {
				t.Errorf("%s: told %d times to ask again, want %d", change.what, got, change.told)
			}
			after := hintsOf(e, leaf)
			if change.told > 0 && (len(before) != 1 || len(after) != 1 || before[0].Label != after[0].Label || reflect.DeepEqual(before[0].Tooltip, after[0].Tooltip)) {
				t.Errorf("%s: the hints were %+v and are %+v", change.what, before, after)
			}
		}
	})
}
