package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// recordedClient is a real editor, by the params of initialize that it sent when scripts/record-clients drove it.
type recordedClient struct {
	name, params string
	capabilities shape
}

func recordedClients(t *testing.T) []recordedClient {
	t.Helper()
	paths, err := filepath.Glob("testdata/clients/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded clients: %v", err)
	}
	var all []recordedClient
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var params any
		if err := json.Unmarshal(content, &params); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, recordedClient{strings.TrimSuffix(filepath.Base(path), ".json"), string(content), shape{params}.at("capabilities")})
	}
	return all
}

// initialize sends what the editor sent, for a folder of this test and the process of none. It gives the server's capabilities.
func (c recordedClient) initialize(t *testing.T, e *lsptest.Editor, w *lsptest.Workspace) shape {
	t.Helper()
	var params map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(c.params, "/RECORDED/polyrepo", w.Dir)), &params); err != nil {
		t.Fatal(err)
	}
	params["processId"] = nil
	var result any
	if err := json.Unmarshal(e.Initialize(params), &result); err != nil {
		t.Fatal(err)
	}
	return shape{result}.at("capabilities")
}

// can says whether a list in the editor's capabilities has a value.
func (c recordedClient) can(path, value string) bool {
	return slices.Contains(c.capabilities.at(path).strings(), value)
}

// checkAsked holds all that the server asked or told the editor to what the editor said that it can.
func (c recordedClient) checkAsked(t *testing.T, e *lsptest.Editor) {
	t.Helper()
	need := func(message string, paths ...string) {
		if !slices.ContainsFunc(paths, func(path string) bool { return c.capabilities.at(path).flag() }) {
			t.Errorf("%s came to an editor that has no %v", message, paths)
		}
	}
	for _, m := range e.Received("") {
		switch m.Method {
		case "client/registerCapability":
			var p struct{ Registrations []struct{ Method string } }
			if err := json.Unmarshal(m.Params, &p); err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Registrations {
				need("a registration of "+r.Method, strings.ReplaceAll(r.Method, "/", ".")+".dynamicRegistration")
			}
		case "workspace/configuration", "workspace/workspaceFolders", "workspace/applyEdit":
			need(m.Method, strings.ReplaceAll(m.Method, "/", "."))
		case "window/workDoneProgress/create", "$/progress":
			need(m.Method, "window.workDoneProgress")
		case "window/showDocument":
			need(m.Method, "window.showDocument.support")
		case "experimental/serverStatus":
			need(m.Method, "experimental.serverStatusNotification")
		case "textDocument/publishDiagnostics", "window/logMessage", "window/showMessage", "window/showMessageRequest", "$/logTrace":
		default:
			subject, refreshes := strings.CutSuffix(m.Method, "/refresh")
			if !refreshes {
				t.Errorf("%s is no method that every client knows", m.Method)
			}
			subject = strings.ReplaceAll(subject, "/", ".")
			need(m.Method, subject+".refreshSupport", subject+"s.refreshSupport")
		}
	}
}

// Breaks when the server refuses what a real editor says of itself, or the main job fails under it: the finding comes by another way
// than the editor takes or at another place, the fix has another form or edits something else, a proposal is written out wrongly, an
// input keeps its name somewhere, no command can be reached, a text comes in a markup that the editor does not show, or the server asks for what the editor cannot do.
func TestRecordedClients(t *testing.T) {
	for _, client := range recordedClients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e := run(t)
				offer := client.initialize(t, e, w)
				encoding := offer.at("positionEncoding").string()
				if encoding != "utf-16" && !client.can("general.positionEncodings", encoding) {
					t.Errorf("positions count %s", encoding)
				}
				asks := client.capabilities.at("textDocument.diagnostic").object()
				if asks != offer.at("diagnosticProvider").object() {
					t.Errorf("the editor asks for diagnostics: %v; the server offers %v", asks, offer.at("diagnosticProvider").value)
				}

				uri := open(e, w, "web ü/flake.nix") // lsptest asks if the server wants that, and fails if it is sent any besides
				finding := awaitDiagnostics(t, e, uri, "raw-url").Diagnostics[0]
				if got := e.In(uri, finding.Range); got != `"github:ipetkov/crane"` {
					t.Errorf("found in %s", got)
				}
				if finding.CodeDescription != nil && !client.capabilities.at("textDocument.diagnostic.codeDescriptionSupport").flag() {
					t.Errorf("a link to the rule: %s", finding.raw)
				}

				var hover struct{ Contents struct{ Kind, Value string } }
				e.Call("textDocument/hover", positionIn(uri, rangeAt(t, e, uri, "crane.url").Start), &hover)
				kind := "plaintext"
				if client.can("textDocument.hover.contentFormat", "markdown") {
					kind = "markdown"
				}
				if hover.Contents.Kind != kind || strings.Contains(hover.Contents.Value, "**") != (kind == "markdown") {
					t.Errorf("hover %+v", hover.Contents)
				}

				fix := action(t, offered(e, uri, finding.Range, map[string]any{"diagnostics": []any{finding.raw}}), "Follow pins/crane")
				codeAction := client.capabilities.at("textDocument.codeAction")
				if late := client.can("textDocument.codeAction.resolveSupport.properties", "edit") && codeAction.at("dataSupport").flag(); late != (fix.Edit == nil) {
					t.Errorf("the editor takes edits late: %v: %s", late, fix.raw)
				}
				if fix.IsPreferred != codeAction.at("isPreferredSupport").flag() {
					t.Errorf("preferred: %s", fix.raw)
				}
				if fix.Edit == nil {
					e.Call("codeAction/resolve", fix.raw, &fix)
				}
				if versioned := client.capabilities.at("workspace.workspaceEdit.documentChanges").flag(); versioned != (len(fix.Edit.DocumentChanges) > 0) || versioned == (len(fix.Edit.Changes) > 0) {
					t.Errorf("the editor takes versioned edits: %v: %+v", versioned, fix.Edit)
				}
				want := strings.Replace(e.Text(uri), `url = "github:ipetkov/crane"`, `follows = "pins/crane"`, 1)
				e.Apply(*fix.Edit)
				if got := e.Text(uri); got != want {
					t.Errorf("text\n%s\nwant\n%s", got, want)
				}
				awaitDiagnostics(t, e, uri, "")

				var renamed lsptest.WorkspaceEdit
				params := positionIn(uri, rangeAt(t, e, uri, "crane.follows").Start)
				if client.capabilities.at("textDocument.rename.prepareSupport").flag() {
					var prepared struct{ Placeholder string }
					if e.Call("textDocument/prepareRename", params, &prepared); prepared.Placeholder != "crane" {
						t.Errorf("to be renamed: %+v", prepared)
					}
				}
				params["newName"] = "kran"
				e.Call("textDocument/rename", params, &renamed)
				want = strings.NewReplacer("inputs.crane", "inputs.kran", "{ crane,", "{ kran,").Replace(want)
				if e.Apply(renamed); e.Text(uri) != want {
					t.Errorf("renamed\n%s\nwant\n%s", e.Text(uri), want)
				}

				var lenses []struct{ Command struct{ Title string } }
				pins := open(e, w, "pins/flake.nix")
				e.Call("textDocument/codeLens", positionIn(pins, lsptest.Position{}), &lenses)
				commands := offered(e, pins, rangeAt(t, e, pins, "crane"), map[string]any{"only": []string{"source.nixPins"}})
				if client.capabilities.at("textDocument.codeLens").object() && len(lenses) == 0 || len(commands) == 0 {
					t.Errorf("%d lenses, and %s", len(lenses), titles(commands))
				}

				at := strings.Index(e.Text(uri), "inputs.kran")
				e.Replace(uri, at, at, `inputs.nixpkgs.follows = "pins/n"; `)
				at += len(`inputs.nixpkgs.follows = "pins/n`)
				chosen := item(t, proposed(e, uri, e.Position(uri, at)), "pins/nixpkgs")
				if chosen.LabelDetails != nil && !client.capabilities.at("textDocument.completion.completionItem.labelDetailsSupport").flag() {
					t.Errorf("label details: %s", chosen.raw)
				}
				var resolved proposedItem
				e.Call("completionItem/resolve", chosen.raw, &resolved)
				documentation := `"`
				if client.can("textDocument.completion.completionItem.documentationFormat", "markdown") {
					documentation = `{"kind":"markdown","value":"`
				}
				if !strings.HasPrefix(string(resolved.Documentation), documentation) {
					t.Errorf("documentation %s", resolved.Documentation)
				}
				e.Apply(lsptest.WorkspaceEdit{Changes: map[string][]lsptest.TextEdit{uri: append(chosen.AdditionalTextEdits, chosen.TextEdit)}})
				if got := e.Text(uri); !strings.Contains(got, `inputs.nixpkgs.follows = "pins/nixpkgs"; inputs.kran`) {
					t.Errorf("text\n%s", got)
				}
				e.Replace(uri, 0, len(e.Text(uri)), "{ inputs.crane. }")
				attribute := item(t, proposed(e, uri, e.Position(uri, len("{ inputs.crane."))), "url")
				snippets := client.capabilities.at("textDocument.completion.completionItem.snippetSupport").flag()
				if snippets != (attribute.InsertTextFormat == 2) || snippets != strings.Contains(attribute.TextEdit.NewText, "$") {
					t.Errorf("the editor takes snippets: %v: %s", snippets, attribute.raw)
				}

				pass(10 * time.Second) // for what the server does by itself
				client.checkAsked(t, e)
				if got := e.Shutdown(); got != 0 {
					t.Errorf("exit code %d", got)
				}
			})
		})
	}
}

// Breaks when the server offers an editor a request, or promises to resolve, and then does not know the method; or when a request that
// an editor may make of any place ends in an error of the server's.
func TestRecordedClientsAskEverything(t *testing.T) {
	for _, client := range recordedClients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, lockedLeaf)
				e := run(t)
				client.initialize(t, e, w)
				for _, name := range []string{"web ü/flake.nix", "web ü/flake.lock", "pins/flake.nix", ".nix-pins.toml"} {
					uri := w.URI(name)
					content := "[pins]\n"
					if name != ".nix-pins.toml" {
						content = w.Text(name)
					}
					e.Open(uri, "", content)
					pass(time.Second)
					for _, method := range Requests() {
						if strings.HasPrefix(method, "workspace/") || strings.HasSuffix(method, "/resolve") {
							continue // of no document
						}
						params := actionParams(uri, lsptest.Range{Start: e.Position(uri, 0), End: e.Position(uri, len(content))}, map[string]any{"includeDeclaration": true})
						params["position"] = e.Position(uri, strings.Index(content, "crane")+1)
						params["newName"] = "other"
						if answer := e.Await(e.Request(method, params)); answer.Error != nil && answer.Error.Code != codeRequestFailed {
							t.Errorf("%s in %s: %v", method, name, answer.Error)
						}
					}
				}
				if client.capabilities.at("textDocument.diagnostic").object() {
					answer := e.Await(e.Request("workspace/diagnostic", map[string]any{"identifier": "nix-pins", "previousResultIds": []any{}}))
					if answer.Error != nil || !strings.Contains(string(answer.Result), `"raw-url"`) {
						t.Errorf("workspace/diagnostic: %s, %v", answer.Result, answer.Error)
					}
				}
				pass(10 * time.Second)
				client.checkAsked(t, e)
			})
		})
	}
}

// Breaks when the tooltip of a hint comes at once to an editor that asks for it later, or never to one that does not ask, or in a markup
// that the editor does not show.
func TestRecordedClientsTooltips(t *testing.T) {
	for _, client := range recordedClients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, hintedLeaf)
				e := run(t)
				client.initialize(t, e, w)
				hints := hintsOf(e, open(e, w, "web ü/flake.nix"))
				if len(hints) != 1 {
					t.Fatalf("hints %+v", hints)
				}
				hint := hints[0]
				if late := client.can("textDocument.inlayHint.resolveSupport.properties", "tooltip"); late != (hint.Tooltip == nil) {
					t.Errorf("the editor takes tooltips late: %v: %s", late, hint.raw)
				} else if late {
					e.Call("inlayHint/resolve", hint.raw, &hint)
				}
				markdown := client.can("textDocument.hover.contentFormat", "markdown")
				if tooltip := fmt.Sprint(hint.Tooltip); !strings.Contains(tooltip, "github:ipetkov/crane") || markdown != strings.Contains(tooltip, "**") {
					t.Errorf("tooltip %s", tooltip)
				}
				pass(10 * time.Second)
				client.checkAsked(t, e)
			})
		})
	}
}
