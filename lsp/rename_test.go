package lsp

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/sourcegraph/jsonrpc2"
)

// renameParams asks for a new name of what stands at the first place of a document behind a mark.
func renameParams(e *lsptest.Editor, uri, before, name string) map[string]any {
	params := positionIn(uri, e.Position(uri, strings.Index(e.Text(uri), before)+len(before)))
	params["newName"] = name
	return params
}

// Breaks when a rename edits other places than it means under one of the encodings, forgets a file, gives edits in a form or of a
// version that the client does not take; when a client that does not ask for it first is offered that, or one that does is not.
func TestRename(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo+"-- api/flake.nix --\n"+apiLeaf)
				e := run(t)
				var result struct {
					Capabilities struct{ RenameProvider json.RawMessage }
				}
				if err := json.Unmarshal(e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities}), &result); err != nil {
					t.Fatal(err)
				}
				want := "true"
				if client.full {
					want = `{"prepareProvider":true}`
				}
				if got := string(result.Capabilities.RenameProvider); got != want {
					t.Errorf("the server says %s, want %s", got, want)
				}
				web, pins := open(e, w, "web ü/flake.nix"), open(e, w, "pins/flake.nix")
				e.Replace(pins, 0, 1, "{ ") // version 2
				pass(time.Second)
				var prepared struct {
					Range       lsptest.Range
					Placeholder string
				}
				e.Call("textDocument/prepareRename", renameParams(e, web, "inputs.cr", ""), &prepared)
				if e.In(web, prepared.Range) != "crane" || prepared.Placeholder != "crane" {
					t.Errorf("prepared %q, %q", e.In(web, prepared.Range), prepared.Placeholder)
				}
				var edit lsptest.WorkspaceEdit
				e.Call("textDocument/rename", renameParams(e, web, "inputs.cr", "kran"), &edit)
				after := strings.NewReplacer("inputs.crane", "inputs.kran", "{ crane,", "{ kran,").Replace(e.Text(web))
				e.Apply(edit)
				if got := e.Text(web); got != after {
					t.Errorf("web is\n%s\nwant\n%s", got, after)
				}

				// In pins, with a leaf that is open, one that is closed, and names behind characters of many lengths.
				blog := open(e, w, "blog/flake.nix")
				edit = lsptest.WorkspaceEdit{}
				e.Call("textDocument/rename", renameParams(e, pins, "inputs.cr", "kran"), &edit)
				if len(edit.DocumentChanges) != 3 == client.full || len(edit.Changes) != 3 == !client.full {
					t.Errorf("the edits are %+v", edit)
				}
				texts := map[string]string{pins: strings.ReplaceAll(e.Text(pins), "crane.url", "kran.url"), blog: strings.ReplaceAll(e.Text(blog), "pins/crane", "pins/kran")}
				e.Apply(edit)
				for uri, want := range texts {
					if got := e.Text(uri); got != want {
						t.Errorf("%s is\n%s\nwant\n%s", uri, got, want)
					}
				}
				if got := w.Text("api/flake.nix"); got != strings.ReplaceAll(apiLeaf, "pins/crane", "pins/kran") {
					t.Errorf("the closed leaf is\n%s", got)
				}

				// Refused, with a reason for a person.
				answer := e.Await(e.Request("textDocument/rename", renameParams(e, pins, "inputs.kr", "a.b")))
				if code(answer) != codeRequestFailed || !strings.Contains(answer.Error.Message, `"a.b" cannot be`) || !strings.Contains(answer.Error.Message, "flake.nix:") {
					t.Errorf("a name that cannot be followed gives %s %v", answer.Result, answer.Error)
				}
			})
		})
	}
}

const apiLeaf = `{
  description = "é→😀e` + "\u0301" + `🇩🇪"; inputs.pins.url = "git+ssh://git@example.org/acme/pins"; inputs.crane.follows = "pins/crane"; outputs = _: { };
}
`

// Breaks when a rename edits a closed file that is another one on the disk by now, or never does after that.
func TestRenameOfChangedFile(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		pins := open(e, w, "pins/flake.nix")
		pass(time.Second)
		ask := func() lsptest.Answer {
			return e.Await(e.Request("textDocument/rename", renameParams(e, pins, "inputs.cr", "kran")))
		}
		if answer := ask(); answer.Error != nil || !strings.Contains(string(answer.Result), "blog") {
			t.Fatalf("%s %v", answer.Result, answer.Error)
		}
		changed := "# another line\n" + w.Text("blog/flake.nix")
		if err := os.WriteFile(w.Path("blog/flake.nix"), []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		if answer := ask(); code(answer) != codeContentModified {
			t.Errorf("of the file as it was: %s %v", answer.Result, answer.Error)
		}
		pass(time.Second) // until the server has looked again
		var edit lsptest.WorkspaceEdit
		e.Call("textDocument/rename", renameParams(e, pins, "inputs.cr", "kran"), &edit)
		e.Apply(edit)
		if got := w.Text("blog/flake.nix"); got != strings.ReplaceAll(changed, "pins/crane", "pins/kran") {
			t.Errorf("the leaf is\n%s", got)
		}
	})
}

// Breaks when a question about no document, about a place where no input stands or where one cannot be renamed, is not answered as
// the client expects.
func TestRenameNowhere(t *testing.T) {
	w := lsptest.NewWorkspace(t, lockedLeaf)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI("")})
	open(e, w, "web ü/flake.nix")
	lock := open(e, w, "web ü/flake.lock")
	for _, uri := range []string{w.URI("blog/flake.nix"), "untitled:flake.nix", "", w.URI("web ü/flake.nix")} {
		if answer := e.Await(e.Request("textDocument/prepareRename", positionIn(uri, lsptest.Position{}))); string(answer.Result) != "null" {
			t.Errorf("prepared in %q: %s %v", uri, answer.Result, answer.Error)
		}
	}
	for method, want := range map[string]int{"prepareRename": codeRequestFailed, "rename": codeRequestFailed} {
		if got := code(e.Await(e.Request("textDocument/"+method, renameParams(e, lock, "", "x")))); got != want {
			t.Errorf("%s in a lock: code %d", method, got)
		}
	}
	params := renameParams(e, lock, "", "x")
	if got := code(e.Await(e.Request("textDocument/rename", positionIn(w.URI("web ü/flake.nix"), lsptest.Position{})))); got != codeRequestFailed {
		t.Errorf("where nothing stands: code %d", got)
	}
	params["position"] = lsptest.Position{Line: 99}
	if got := code(e.Await(e.Request("textDocument/rename", params))); got != codeContentModified {
		t.Errorf("beyond the text: code %d", got)
	}
	params["newName"] = 7
	if got := code(e.Await(e.Request("textDocument/rename", params))); got != jsonrpc2.CodeInvalidParams {
		t.Errorf("a name that is none: code %d", got)
	}
}
