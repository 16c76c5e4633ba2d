package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

type proposedItem struct {
	Label, FilterText, SortText, Detail string
	InsertTextFormat                    int
	LabelDetails                        *struct{ Description string }
	TextEdit                            lsptest.TextEdit
	AdditionalTextEdits                 []lsptest.TextEdit
	Documentation                       json.RawMessage
	raw                                 json.RawMessage
}

func (i *proposedItem) UnmarshalJSON(data []byte) error {
	type plain proposedItem
	i.raw = slices.Clone(data)
	return json.Unmarshal(data, (*plain)(i))
}

func completionAt(e *lsptest.Editor, uri string, p lsptest.Position) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": p}
}

func proposed(e *lsptest.Editor, uri string, p lsptest.Position) []proposedItem {
	var list struct {
		IsIncomplete bool
		Items        []proposedItem
	}
	e.Call("textDocument/completion", completionAt(e, uri, p), &list)
	return list.Items
}

// item is the proposed one with a label.
func item(t *testing.T, items []proposedItem, label string) proposedItem {
	t.Helper()
	var labels []string
	for _, i := range items {
		if i.Label == label {
			return i
		}
		labels = append(labels, i.Label)
	}
	t.Fatalf("no item %q among %s", label, strings.Join(labels, " "))
	return proposedItem{}
}

// Breaks when a proposal replaces another place than the one that is typed in, under one of the encodings, comes as a snippet
// to a client that writes it out, or has its documentation in a form that the client does not show.
func TestCompletion(t *testing.T) {
	for _, test := range []struct{ name, typed, label, want string }{
		{"in a follows", `follows = "pins/n$0"; }`, "pins/nixpkgs", `follows = "pins/nixpkgs"; }`},
		{"an input's name", "$0", "nixpkgs", ""},
	} {
		for _, client := range clients(t) {
			for _, lineEnd := range []string{"\n", "\r\n"} {
				t.Run(test.name+", "+client.name+strings.ReplaceAll(lineEnd, "\r\n", ", CRLF"), func(t *testing.T) {
					inClock(t, func(t *testing.T) {
						w := lsptest.NewWorkspace(t, polyrepo)
						e := run(t)
						e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
						uri := w.URI("web ü/flake.nix")
						before, _, _ := strings.Cut(w.Text("web ü/flake.nix"), `inputs.crane`)
						before = strings.ReplaceAll(before, "\n", lineEnd)
						head, tail := "inputs.nixpkgs = { ", lineEnd+"  outputs = _: { };"+lineEnd+"}"+lineEnd
						if test.want == "" {
							head = "inputs."
						}
						typed, rest, _ := strings.Cut(test.typed, "$0")
						e.Open(uri, "nix", before+head+typed+rest+tail)
						pass(time.Second) // until the other files are known
						items := proposed(e, uri, e.Position(uri, len(before+head+typed)))
						chosen := item(t, items, test.label)
						if chosen.InsertTextFormat == 2 && !client.full {
							t.Errorf("a snippet: %s", chosen.raw)
						}
						// Editors cut off what is beside the label: the branch comes first.
						if details := chosen.LabelDetails; (details != nil) != client.full || details != nil && details.Description != "nixos-26.05 · NixOS/nixpkgs" ||
							!strings.Contains(chosen.Detail, "github:NixOS/nixpkgs/nixos-26.05") {
							t.Errorf("details: %s", chosen.raw)
						}
						var resolved proposedItem
						e.Call("completionItem/resolve", chosen.raw, &resolved)
						switch documentation := string(resolved.Documentation); {
						case client.full && !strings.HasPrefix(documentation, `{"kind":"markdown","value":"`),
							!client.full && !strings.HasPrefix(documentation, `"`), !strings.Contains(documentation, "nixpkgs"):
							t.Errorf("documentation %s", documentation)
						}
						resolved.Documentation, resolved.raw = nil, nil
						if edit := resolved.TextEdit; edit != chosen.TextEdit || resolved.Label != chosen.Label || resolved.FilterText != chosen.FilterText || resolved.SortText != chosen.SortText {
							t.Errorf("resolve changed\n%s", chosen.raw)
						}
						e.Apply(lsptest.WorkspaceEdit{Changes: map[string][]lsptest.TextEdit{uri: append(chosen.AdditionalTextEdits, chosen.TextEdit)}})
						want := before + head + test.want + tail
						if test.want == "" {
							want = before + `inputs.nixpkgs.follows = "pins/nixpkgs";` + tail
						}
						if got := e.Text(uri); got != want {
							t.Errorf("text\n%s\nwant\n%s", got, want)
						}
					})
				})
			}
		}
	}
}

// Breaks when a request sees an edit that came after it: then its edits are of another text than the client takes them for.
func TestCompletionDuringEdits(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI("")})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	at := strings.Index(e.Text(uri), "inputs.crane")
	e.Replace(uri, at, at, `inputs.nixpkgs.follows = "pins/"; `)
	at += len(`inputs.nixpkgs.follows = "pins/`)
	var ids []string
	for range 100 { // the cursor moves by one line with every edit
		ids = append(ids, e.Request("textDocument/completion", completionAt(e, uri, e.Position(uri, at))))
		e.Replace(uri, 0, 0, "\n")
		at++
	}
	for i, id := range ids {
		var list struct{ Items []proposedItem }
		answer := e.Await(id)
		if err := json.Unmarshal(answer.Result, &list); err != nil || len(list.Items) == 0 {
			t.Fatalf("request %d: %s, %v, %v", i, answer.Result, answer.Error, err)
		}
		if line := list.Items[0].TextEdit.Range.Start.Line; line != 2+i {
			t.Fatalf("request %d edits line %d", i, line)
		}
	}
}

// Breaks when a question about no document, or about a place that is not in it, is not answered as the client expects.
func TestCompletionNowhere(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI("")})
	for _, uri := range []string{w.URI("blog/flake.nix"), "untitled:flake.nix", ""} {
		if got := string(e.Await(e.Request("textDocument/completion", completionAt(e, uri, lsptest.Position{}))).Result); got != `{"isIncomplete":false,"items":[]}` {
			t.Errorf("%s: %s", uri, got)
		}
		e.Open("untitled:flake.nix", "nix", "{ }")
	}
	uri := open(e, w, "blog/flake.nix")
	if got := code(e.Await(e.Request("textDocument/completion", completionAt(e, uri, lsptest.Position{Line: 99})))); got != codeContentModified {
		t.Errorf("beyond the text: code %d", got)
	}
	if got := string(e.Await(e.Request("completionItem/resolve", map[string]any{"label": "x", "data": map[string]any{"uri": "file:///none", "id": "?"}})).Result); !strings.Contains(got, `"label":"x"`) {
		t.Errorf("resolved to %s", got)
	}
}

// Breaks when a snippet is sent to a client that would write out its dollar signs, or none to one that has them; or when what
// a completion changes elsewhere is lost: the formals of a closed pattern.
func TestCompletionSnippetsAndAdditionalEdits(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e := run(t)
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
				uri := w.URI("web ü/flake.nix")
				text := "{\n  inputs.pins.url = \"git+ssh://git@example.org/acme/pins\";\n  inputs.\n  outputs = { self, pins /* 😀 */ }: { };\n}\n"
				e.Open(uri, "nix", text)
				pass(time.Second)
				at := strings.Index(text, "inputs.\n") + len("inputs.")
				chosen := item(t, proposed(e, uri, e.Position(uri, at)), "crane")
				e.Apply(lsptest.WorkspaceEdit{Changes: map[string][]lsptest.TextEdit{uri: append(chosen.AdditionalTextEdits, chosen.TextEdit)}})
				if got := e.Text(uri); !strings.Contains(got, `inputs.crane.follows = "pins/crane";`) || strings.Count(got, "crane") != 3 {
					t.Errorf("text %s", got)
				}
				e.Replace(uri, 0, len(e.Text(uri)), "{ inputs.crane. }")
				attribute := item(t, proposed(e, uri, e.Position(uri, len("{ inputs.crane."))), "url")
				want, format := `url = "";`, 1
				if client.full {
					want, format = `url = "$0";`, 2
				}
				if attribute.TextEdit.NewText != want || attribute.InsertTextFormat != format {
					t.Errorf("%s", attribute.raw)
				}
			})
		})
	}
}

// Breaks when a client that got a part of what fits is not told to ask again.
func TestCompletionIncomplete(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	for i := range 600 {
		if err := os.Mkdir(w.Path(fmt.Sprintf("pins/%03d", i)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI("")})
	uri := open(e, w, "pins/flake.nix")
	for typed, incomplete := range map[string]bool{"./": true, "./5": false} {
		source := `{ inputs.x.url = "` + typed
		e.Replace(uri, 0, len(e.Text(uri)), source)
		var list struct {
			IsIncomplete bool
			Items        []struct{ Kind int }
		}
		e.Call("textDocument/completion", completionAt(e, uri, e.Position(uri, len(source))), &list)
		if list.IsIncomplete != incomplete || len(list.Items) == 0 || list.Items[0].Kind != 19 {
			t.Errorf("%s: incomplete %t, %d items: %+v", typed, list.IsIncomplete, len(list.Items), list.Items[:min(1, len(list.Items))])
		}
	}
}
