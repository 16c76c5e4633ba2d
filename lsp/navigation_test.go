package lsp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// lockedLeaf is a leaf with a lock, in which characters of many lengths stand before what is asked for on the same line.
const lockedLeaf = polyrepo + `-- web ü/flake.lock --
{ "nodes": { "é→😀": { "inputs": { "crane": ["pins", "crane"] } }, "crane": { "locked": { "type": "github", "owner": "ipetkov", "repo": "crane", "rev": "1111111111111111111111111111111111111111", "lastModified": 1767225600, "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }, "original": { "type": "github", "owner": "ipetkov", "repo": "crane" } }, "pins": { "inputs": { "crane": "crane" } }, "root": { "inputs": { "é→😀": "é→😀", "pins": "pins" } } }, "root": "root", "version": 7 }
`

func positionIn(uri string, p lsptest.Position) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": p}
}

// lockedSession is an editor with the leaf's lock open, and the position of the first place behind a mark in it.
func lockedSession(t *testing.T, client client) (e *lsptest.Editor, w *lsptest.Workspace, uri string, at func(before string) map[string]any) {
	t.Helper()
	w = lsptest.NewWorkspace(t, lockedLeaf)
	e = run(t)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
	uri = w.URI("web ü/flake.lock")
	e.Open(uri, "json", w.Text("web ü/flake.lock"))
	pass(time.Second) // until the other files are known
	return e, w, uri, func(before string) map[string]any {
		return positionIn(uri, e.Position(uri, strings.Index(e.Text(uri), before)+len(before)))
	}
}

// Breaks when a hover comes in a form that the client does not show, or is told of another place under one of the encodings.
func TestHover(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				e, w, uri, at := lockedSession(t, client)
				var told struct {
					Contents struct{ Kind, Value string }
					Range    lsptest.Range
				}
				e.Call("textDocument/hover", at(`"pins", "cr`), &told)
				if got := e.In(uri, told.Range); got != `"crane"` {
					t.Errorf("told of %s", got)
				}
				kind, mark := "plaintext", "Locked: 1111111111"
				if client.full {
					kind, mark = "markdown", "- **Locked**: `1111111111"
				}
				if told.Contents.Kind != kind || !strings.Contains(told.Contents.Value, mark) {
					t.Errorf("%+v", told.Contents)
				}
				flake := open(e, w, "web ü/flake.nix")
				place := e.Position(flake, strings.Index(e.Text(flake), `inputs.crane`)+len(`inputs.cr`))
				e.Call("textDocument/hover", positionIn(flake, place), &told)
				if got := e.In(flake, told.Range); got != "crane" || !strings.Contains(told.Contents.Value, "flake.lock does not have it yet") {
					t.Errorf("told of %s: %s", got, told.Contents.Value)
				}
			})
		})
	}
}

// Breaks when a definition comes in a form that the client does not take, or leads to another place under one of the encodings.
func TestDefinition(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				e, w, uri, at := lockedSession(t, client)
				for _, c := range []struct{ at, file, name, origin string }{
					{`"pins", "cr`, "web ü/flake.lock", `"crane"`, `"crane"`},
					{`} }, "cr`, "pins/flake.nix", "crane", `"crane"`},
				} {
					target := w.URI(c.file)
					if c.file != "web ü/flake.lock" {
						open(e, w, c.file)
					}
					var links []struct {
						TargetURI                         string
						TargetRange, TargetSelectionRange lsptest.Range
						OriginSelectionRange              lsptest.Range
						URI                               string
						Range                             lsptest.Range
					}
					e.Call("textDocument/definition", at(c.at), &links)
					if len(links) != 1 {
						t.Fatalf("%s leads to %+v", c.at, links)
					}
					link := links[0]
					if !client.full {
						link.TargetURI, link.TargetSelectionRange = link.URI, link.Range
					} else if got := e.In(uri, link.OriginSelectionRange); got != c.origin {
						t.Errorf("from %s", got)
					}
					if got := e.In(target, link.TargetSelectionRange); link.TargetURI != target || got != c.name {
						t.Errorf("%s leads to %s %s", c.at, link.TargetURI, got)
					}
				}
			})
		})
	}
}

// Breaks when the outline comes in a form that the client does not take, or names another place under one of the encodings.
func TestDocumentSymbol(t *testing.T) {
	type symbol struct {
		Name, Detail, ContainerName string
		Range, SelectionRange       lsptest.Range
		Location                    struct{ Range lsptest.Range }
		Children                    []symbol
	}
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				e, _, uri, _ := lockedSession(t, client)
				var symbols []symbol
				e.Call("textDocument/documentSymbol", map[string]any{"textDocument": map[string]any{"uri": uri}}, &symbols)
				var seen []string
				for _, s := range symbols {
					place := s.Location.Range
					if client.full {
						place = s.Range
						if got := e.In(uri, s.SelectionRange); got != `"`+s.Name+`"` {
							t.Errorf("%s selects %s", s.Name, got)
						}
						for _, child := range s.Children {
							seen = append(seen, s.Name+"/"+child.Name+" "+e.In(uri, child.Range))
						}
					} else if s.ContainerName != "" {
						seen = append(seen, s.ContainerName+"/"+s.Name+" "+e.In(uri, place))
						continue
					}
					if got := e.In(uri, place); !strings.HasPrefix(got, `"`+s.Name+`": {`) || !strings.HasSuffix(got, "}") {
						t.Errorf("%s spans %s", s.Name, got)
					}
				}
				want := `[é→😀/crane "crane": ["pins", "crane"] pins/crane "crane": "crane" root/pins "pins": "pins" root/é→😀 "é→😀": "é→😀"]`
				if got := fmt.Sprint(seen); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		})
	}
}

// Breaks when a question about no document, or about a place of which there is nothing to tell, is not answered as the client expects.
func TestNavigationNowhere(t *testing.T) {
	w := lsptest.NewWorkspace(t, lockedLeaf)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI("")})
	open(e, w, "web ü/flake.lock")
	for _, uri := range []string{w.URI("blog/flake.nix"), "untitled:flake.lock", "", w.URI("web ü/flake.lock")} {
		for method, want := range map[string]string{"hover": "null", "definition": "[]", "documentSymbol": "[]"} {
			if method == "documentSymbol" && uri == w.URI("web ü/flake.lock") {
				continue
			}
			answer := e.Await(e.Request("textDocument/"+method, positionIn(uri, lsptest.Position{})))
			if got := string(answer.Result); got != want {
				t.Errorf("%s of %q: %s, %v", method, uri, got, answer.Error)
			}
		}
		e.Open("untitled:flake.lock", "json", "{ }")
	}
	for _, method := range []string{"hover", "definition"} {
		if got := code(e.Await(e.Request("textDocument/"+method, positionIn(w.URI("web ü/flake.lock"), lsptest.Position{Line: 99})))); got != codeContentModified {
			t.Errorf("%s beyond the text: code %d", method, got)
		}
	}
}

// Breaks when a lock that is open in an editor is not judged, or the edits made to it do not count for hovers.
func TestLockIsADocument(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, lockedLeaf)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		uri := w.URI("web ü/flake.lock")
		e.Open(uri, "json", w.Text("web ü/flake.lock"))
		pass(time.Second)
		judged := false
		for _, m := range e.Received("textDocument/publishDiagnostics") {
			var p publication
			if err := json.Unmarshal(m.Params, &p); err != nil {
				t.Fatal(err)
			}
			judged = judged || p.URI == uri && p.Version != nil
		}
		if !judged {
			t.Error("no diagnostics were published for the lock")
		}
		rev := strings.Index(e.Text(uri), "1111111111")
		e.Replace(uri, rev, rev+10, "2222222222")
		var told struct{ Contents struct{ Value string } }
		e.Call("textDocument/hover", positionIn(uri, e.Position(uri, strings.Index(e.Text(uri), `"crane": { "locked"`)+3)), &told)
		if !strings.Contains(told.Contents.Value, "Locked: 2222222222111") {
			t.Errorf("after the edit the hover is\n%s", told.Contents.Value)
		}
	})
}

// Breaks when the places that name an input are other ones under one of the encodings, when the declaration is among them unasked, or
// when those of another file are forgotten.
func TestReferences(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e := run(t)
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
				uri := open(e, w, "web ü/flake.nix")
				pass(time.Second)
				declared := strings.Index(e.Text(uri), "crane")
				at := positionIn(uri, e.Position(uri, declared))
				var places []struct {
					URI   string
					Range lsptest.Range
				}
				for _, declaration := range []bool{false, true} {
					at["context"] = map[string]any{"includeDeclaration": declaration}
					e.Call("textDocument/references", at, &places)
					want := 1
					if declaration {
						want = 2
					}
					if len(places) != want || e.In(uri, places[0].Range) != "crane" || (e.Offset(uri, places[0].Range.Start) == declared) != declaration {
						t.Errorf("with the declaration %t: %+v", declaration, places)
					}
				}
				var marked []struct {
					Range lsptest.Range
					Kind  int
				}
				e.Call("textDocument/documentHighlight", at, &marked)
				if len(marked) != 2 || marked[0].Kind != 3 || marked[1].Kind != 2 || e.In(uri, marked[1].Range) != "crane" {
					t.Errorf("%+v", marked)
				}
				pins := open(e, w, "pins/flake.nix")
				at = positionIn(pins, e.Position(pins, strings.Index(e.Text(pins), "crane")))
				at["context"] = map[string]any{}
				e.Call("textDocument/references", at, &places)
				if len(places) != 1 || places[0].URI != w.URI("blog/flake.nix") {
					t.Errorf("%+v", places)
				}
			})
		})
	}
}
