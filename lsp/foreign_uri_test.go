package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// askEverything asks every request about a place in an open document, and gives the results by method. An answer that is an error
// fails the test, but for that there is nothing to rename.
func askEverything(t *testing.T, e *lsptest.Editor, uri, before string) map[string]json.RawMessage {
	t.Helper()
	content := e.Text(uri)
	answers := map[string]json.RawMessage{}
	for _, method := range archiveMethods() {
		params := actionParams(uri, lsptest.Range{Start: e.Position(uri, 0), End: e.Position(uri, len(content))}, map[string]any{"includeDeclaration": true})
		params["position"] = e.Position(uri, strings.Index(content, before)+len(before))
		params["newName"], params["query"] = "other", "crane"
		answer := e.Await(e.Request(method, params))
		if answer.Error != nil && answer.Error.Code != codeRequestFailed {
			t.Errorf("%s of %s: %v", method, uri, answer.Error)
		}
		answers[method] = answer.Result
	}
	return answers
}

// Breaks when a document under a URI as some client spells it is not the file that it names, so that it is answered of the text on the
// disk or not at all; or when an answer calls the document by another name than the client does.
func TestOverEncodedURI(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, lockedLeaf)
		plain := w.URI("web ü/flake.nix")
		for _, uri := range []string{
			plain,
			strings.Replace(plain, "flake.nix", "%66lake.nix", 1),
			strings.ReplaceAll(plain, "%C3%BC", "%c3%bc"),
			strings.ReplaceAll(strings.ReplaceAll(plain, "%20", " "), "%C3%BC", "ü"),
			strings.Replace(plain, "file:///", "file://localhost/", 1),
			strings.Replace(plain, "file:///", "file:/", 1),
			strings.Replace(plain, "/flake.nix", "/./../web%20%C3%BC//flake.nix", 1),
		} {
			e := run(t)
			e.Initialize(map[string]any{"rootUri": strings.Replace(w.URI(""), "/tmp/", "/%74mp/", 1), "capabilities": full(t)})
			// The text is not that of the disk: an answer about that one would name the line before.
			content := strings.Replace(w.Text("web ü/flake.nix"), "{\n", "{\n\n", 1)
			e.Open(uri, "nix", content)
			pass(time.Second)
			found := publications(t, e, uri)
			if len(found) == 0 || len(publications(t, e, plain)) > 0 && plain != uri {
				t.Errorf("%s: nothing is shown, or under another name", uri)
			} else if got := found[len(found)-1].summary(e); !strings.Contains(got, `raw-url "github:ipetkov/crane"`) {
				t.Errorf("%s: found %q", uri, got)
			}
			for method, answer := range askEverything(t, e, uri, "inputs.cr") {
				if text := string(answer); plain != uri && strings.Contains(text, plain) || strings.Contains(text, "/web") && !strings.Contains(text, uri) {
					t.Errorf("%s of %s speaks of another name: %s", method, uri, answer)
				}
				if strings.HasSuffix(method, "/hover") && !strings.Contains(string(answer), `"line":3`) {
					t.Errorf("%s of %s: %s", method, uri, answer)
				}
			}
			at := rangeAt(t, e, uri, `"github:ipetkov/crane"`)
			choose(t, e, action(t, offered(e, uri, at, map[string]any{}), "Follow pins/crane"))
			if got := e.Text(uri); !strings.Contains(got, `inputs.crane.follows = "pins/crane"`) {
				t.Errorf("%s: text %s", uri, got)
			}
			pass(time.Second)
			e.Close(uri)
			if got := e.Shutdown(); got != 0 {
				t.Errorf("exit code %d", got)
			}
		}
	})
}

// Breaks when a leaf that is reached through a link, be it of the workspace, of a folder or of the file, is not answered, or when
// an edit or a place in it has another name than the one under which the editor has it.
func TestLinkedURI(t *testing.T) {
	for _, test := range []struct{ name, root, file, link, target string }{
		{"the workspace", "work", "work/web ü/flake.nix", "work", "."},
		{"a leaf in a workspace that has it by its own name too", "", "linked/flake.nix", "linked", "web ü"},
		{"a leaf of another workspace", "blog", "elsewhere/web ü/flake.nix", "elsewhere", "."},
		{"the file", "", "other/flake.nix", "other/flake.nix", "../web ü/flake.nix"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, lockedLeaf)
				link := w.Path(test.link)
				if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(test.target, link); err != nil {
					t.Fatal(err)
				}
				e := run(t)
				e.Initialize(map[string]any{"rootUri": w.URI(test.root), "capabilities": full(t)})
				uri := open(e, w, test.file)
				pass(time.Second)
				if found := publications(t, e, uri); len(found) == 0 {
					t.Error("nothing is shown")
				}
				for method, answer := range askEverything(t, e, uri, "inputs.cr") {
					switch method {
					case "textDocument/hover", "textDocument/completion", "textDocument/documentSymbol", "textDocument/references", "textDocument/documentHighlight":
						if len(answer) < 10 {
							t.Errorf("%s: %s", method, answer)
						}
					}
					if method == "textDocument/references" && !strings.Contains(string(answer), uri) {
						t.Errorf("%s has not the name of the document: %s", method, answer)
					}
				}
				if test.root == "blog" {
					return // pins is not in this workspace
				}
				at := rangeAt(t, e, uri, `"github:ipetkov/crane"`)
				choose(t, e, action(t, offered(e, uri, at, map[string]any{}), "Follow pins/crane"))
				if got := e.Text(uri); !strings.Contains(got, `inputs.crane.follows = "pins/crane"`) {
					t.Errorf("text %s", got)
				}
			})
		})
	}
}

// Breaks when a document that is no file of the disk is taken for one: it has findings, its answers speak of a file, or asking of it is
// an error. What such a URI holds may well be the path of a file that is open too.
func TestURIOfNoFile(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, lockedLeaf)
				e := run(t)
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
				leaf := open(e, w, "web ü/flake.nix")
				path := strings.TrimPrefix(leaf, "file://")
				for _, uri := range []string{
					"untitled:Untitled-1", "untitled:" + path, "git:" + path + `?%7B%22ref%22%3A%22HEAD%22%7D`, "vscode-notebook-cell:" + path + "#W0sZmlsZQ%3D%3D",
					"vscode-vfs://github/acme/web/flake.nix", "file://server" + path, leaf + "?query", leaf + "#L1", "zipfile://" + path + "::x/flake.nix", path, "flake.nix", "",
				} {
					e.Open(uri, "nix", w.Text("web ü/flake.nix"))
					e.Replace(uri, 0, 0, "\n")
					pass(time.Second)
					for _, p := range publications(t, e, uri) {
						if len(p.Diagnostics) > 0 {
							t.Errorf("%s: %s", uri, p.summary(e))
						}
					}
					for method, answer := range askEverything(t, e, uri, "inputs.cr") {
						switch got := string(answer); {
						case method == "workspace/symbol", got == "", got == "null", got == "[]", got == `{"isIncomplete":false,"items":[]}`:
						default:
							t.Errorf("%s of %s: %s", method, uri, got)
						}
					}
					e.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": uri}})
					e.Close(uri)
				}
				// The file is as it was, and still known.
				if got := e.In(leaf, rangeAt(t, e, leaf, "inputs.crane")); got != "inputs.crane" {
					t.Errorf("got %s", got)
				}
				var told struct{ Contents struct{ Value string } }
				e.Call("textDocument/hover", positionIn(leaf, rangeAt(t, e, leaf, "crane.url").Start), &told)
				if !strings.Contains(told.Contents.Value, "crane") {
					t.Errorf("hover %+v", told)
				}
				if got := e.Shutdown(); got != 0 {
					t.Errorf("exit code %d", got)
				}
			})
		})
	}
}
