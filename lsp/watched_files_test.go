package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// rewriteFile changes a file of the workspace behind everybody's back.
func rewriteFile(t *testing.T, w *lsptest.Workspace, name, old, new string) {
	t.Helper()
	before := w.Text(name)
	if !strings.Contains(before, old) {
		t.Fatalf("%s has no %s", name, old)
	}
	// At once, as editors save: the server may be reading the file.
	if err := atomicfile.Replace(w.Path(name), []byte(before), []byte(strings.Replace(before, old, new, 1))); err != nil {
		t.Fatal(err)
	}
}

func watched(w *lsptest.Workspace, names ...string) map[string]any {
	var changes []any
	for _, name := range names {
		changes = append(changes, map[string]any{"uri": w.URI(name), "type": 2})
	}
	return map[string]any{"changes": changes}
}

// Breaks when a client that can watch is not asked to, or a file is left out; and when a change that it tells of does not
// reach the open documents: pins changed, made anew, removed.
func TestWatchedFiles(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		var registered struct {
			Registrations []struct {
				ID, Method      string
				RegisterOptions struct {
					Watchers []struct{ GlobPattern any }
				}
			}
		}
		params := e.WaitFor("client/registerCapability", func(p json.RawMessage) bool { return strings.Contains(string(p), "didChangeWatchedFiles") })
		if err := json.Unmarshal(params, &registered); err != nil {
			t.Fatal(err)
		}
		var patterns []string
		for _, watcher := range registered.Registrations[0].RegisterOptions.Watchers {
			patterns = append(patterns, fmt.Sprint(watcher.GlobPattern))
		}
		if got, want := strings.Join(patterns, " "), "**/flake.nix **/flake.lock **/mana.nix **/lock.json **/entrypoint.nix **/.nix-pins.toml **/.git/HEAD **/.git/packed-refs **/.git/refs/heads/**"; got != want {
			t.Errorf("watches %s, want %s", got, want)
		}
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")

		rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
		pass(time.Minute)
		if last := publications(t, e, uri); len(last[len(last)-1].Diagnostics) == 0 {
			t.Error("looked at the disk though the client watches")
		}
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "pins/flake.nix"))
		awaitDiagnostics(t, e, uri, "")

		rewriteFile(t, w, "pins/flake.nix", "gitlab:ipetkov/crane", "github:ipetkov/crane")
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix", "pins/flake.nix"))
		awaitDiagnostics(t, e, uri, "raw-url")

		if err := os.Remove(w.Path("pins/flake.nix")); err != nil {
			t.Fatal(err)
		}
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "pins/flake.nix"))
		awaitDiagnostics(t, e, uri, "")
	})
}

// Breaks when a client that can watch a folder outside of the workspace is not asked to watch those of Nix's configuration, or another
// one is; and when that changes and an id of the registries leads where it led.
func TestConfigurationIsWatched(t *testing.T) {
	for name, can := range map[string]bool{"relative patterns": true, "patterns only": false} {
		t.Run(name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, `
-- repos/leaf/flake.nix --
{
  inputs.house.url = "house";
  outputs = { self, house }: { };
}
-- old.json --
{"version":2,"flakes":[{"from":{"type":"indirect","id":"house"},"to":{"type":"github","owner":"acme","repo":"old"}}]}
-- new.json --
{"version":2,"flakes":[{"from":{"type":"indirect","id":"house"},"to":{"type":"github","owner":"acme","repo":"new"}}]}
-- config/nix/nix.conf --
flake-registry = ROOT/old.json
`)
				rewriteFile(t, w, "config/nix/nix.conf", "ROOT", w.Dir)
				e := lsptest.Start(t, func(in io.Reader, out io.Writer) int {
					environment := workspace.Environment{Home: w.Path("nobody"), Config: w.Path("config"), System: w.Path("nowhere")}
					return Serve(context.Background(), in, out, Options{Environment: environment})
				})
				e.Initialize(map[string]any{"rootUri": w.URI("repos"), "capabilities": map[string]any{
					"workspace": map[string]any{"didChangeWatchedFiles": map[string]any{"dynamicRegistration": true, "relativePatternSupport": can}},
				}})
				params := e.WaitFor("client/registerCapability", func(p json.RawMessage) bool { return strings.Contains(string(p), "didChangeWatchedFiles") })
				relative := fmt.Sprintf(`{"globPattern":{"baseUri":%q,"pattern":"{registry.json,nix.conf}"}}`, w.URI("config/nix"))
				if strings.Contains(string(params), relative) != can || strings.Count(string(params), "baseUri") > 1 {
					t.Errorf("watches %s", params)
				}
				uri := open(e, w, "repos/leaf/flake.nix")
				leads := func(want string) {
					t.Helper()
					var links []struct{ Target string }
					e.Call("textDocument/documentLink", map[string]any{"textDocument": map[string]any{"uri": uri}}, &links)
					if len(links) != 1 || links[0].Target != want {
						t.Errorf("%v, want %s", links, want)
					}
				}
				leads("https://github.com/acme/old")
				rewriteFile(t, w, "config/nix/nix.conf", "old", "new")
				e.Notify("workspace/didChangeWatchedFiles", watched(w, "config/nix/nix.conf"))
				pass(time.Second)
				leads("https://github.com/acme/new")
			})
		})
	}
}

// Breaks when a client that does not watch, or will not, is shown what was true once: the server looks every two seconds
// while a document is open, at opening and at saving. Then again when it looks while none is.
func TestUnwatchedFiles(t *testing.T) {
	for name, capabilities := range map[string]func(t *testing.T) map[string]any{
		"cannot watch":   func(*testing.T) map[string]any { return map[string]any{} },
		"will not watch": full,
	} {
		t.Run(name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e, _ := startWith(t, map[string]method{
					"test/lookDue": serial(func(s *Server, _ *none) (bool, error) { return s.disk.next != nil, nil }),
				})
				e.Handle("client/registerCapability", func(json.RawMessage) (any, error) { return nil, &lsptest.ResponseError{Code: -32601, Message: "no"} })
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": capabilities(t)})
				uri := open(e, w, "web ü/flake.nix")
				awaitDiagnostics(t, e, uri, "raw-url")
				pass(time.Second)

				rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
				begun := time.Now()
				awaitDiagnostics(t, e, uri, "")
				if waited := time.Since(begun); waited == 0 || waited > pollInterval {
					t.Errorf("seen after %s", waited)
				}

				rewriteFile(t, w, "pins/flake.nix", "gitlab:ipetkov/crane", "github:ipetkov/crane")
				begun = time.Now()
				e.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": uri}})
				awaitDiagnostics(t, e, uri, "raw-url")
				if waited := time.Since(begun); waited != 0 {
					t.Errorf("seen %s after saving", waited)
				}

				e.Close(uri)
				pass(time.Minute)
				var due bool
				if e.Call("test/lookDue", nil, &due); due {
					t.Error("looks at the disk though no document is open")
				}
				rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
				open(e, w, "web ü/flake.nix")
				pass(time.Millisecond) // sooner than the next look
				all := publications(t, e, uri)
				if last := all[len(all)-1]; last.Version == nil || len(last.Diagnostics) > 0 {
					t.Errorf("after opening: %+v", last)
				}
			})
		})
	}
}

// Breaks when Helix, which says that it can watch and does not, is believed: what another program does to pins would be seen at the next
// save only. The params are those of the real one.
func TestHelixDoesNotWatch(t *testing.T) {
	clients := recordedClients(t)
	helix := clients[slices.IndexFunc(clients, func(c recordedClient) bool { return c.name == "helix" })]
	if !helix.capabilities.at("workspace.didChangeWatchedFiles.dynamicRegistration").flag() {
		t.Error("Helix no longer says that it can watch: then the server need not know better")
	}
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		helix.initialize(t, e, w)
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")
		rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
		awaitDiagnostics(t, e, uri, "")
	})
}

// Breaks when an odd notification of a change ends the server or hides a good one.
func TestOddWatchedFiles(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, probes())
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
	changes := watched(w, "pins/flake.nix")
	changes["changes"] = append(changes["changes"].([]any), map[string]any{"uri": "untitled:x", "type": 2}, map[string]any{"uri": "", "type": 9},
		map[string]any{"uri": "file:///", "type": 1}, map[string]any{"uri": w.URI("no/such/flake.nix"), "type": 3})
	e.Notify("workspace/didChangeWatchedFiles", changes)
	awaitDiagnostics(t, e, uri, "")
	alive(t, e)
}
