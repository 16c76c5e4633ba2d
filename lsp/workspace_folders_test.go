package lsp

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

func folders(uris ...string) []any {
	list := []any{}
	for _, uri := range uris {
		list = append(list, map[string]any{"uri": uri, "name": "x"})
	}
	return list
}

// Breaks when one of the ways in which clients name their folders is not understood: then pins is not found, and the leaf is
// thought good.
func TestRoots(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo+"-- alone/flake.nix --\n{ outputs = _: { }; }\n")
	for name, params := range map[string]map[string]any{
		"workspaceFolders":                 {"workspaceFolders": folders(w.URI("web ü"), w.URI("pins"))},
		"workspaceFolders before rootUri":  {"workspaceFolders": folders(w.URI("")), "rootUri": w.URI("alone")},
		"rootUri":                          {"rootUri": w.URI("")},
		"rootUri with a slash at its end":  {"rootUri": w.URI("") + "/"},
		"rootUri before rootPath":          {"rootUri": w.URI(""), "rootPath": w.Path("alone")},
		"rootPath":                         {"rootPath": w.Dir},
		"a folder that is not on the disk": {"workspaceFolders": folders("vscode-vfs://github/o/r", w.URI(""))},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := start(t, nil)
			e.Initialize(params)
			awaitDiagnostics(t, e, open(e, w, "web ü/flake.nix"), "raw-url")
		})
	}
}

// Breaks when a leaf that is opened alone is not judged as part of its polyrepo, or when a change in the rest of it, which the
// client does not watch, is not seen.
func TestLeafOpenedAlone(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo+"-- .nix-pins.toml --\n")
		e := run(t)
		e.Initialize(map[string]any{"workspaceFolders": folders(w.URI("web ü")), "capabilities": full(t)})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")
		rewriteFile(t, w, "pins/flake.nix", "ipetkov/crane", "acme/another")
		awaitDiagnostics(t, e, uri, "")
	})
}

// Breaks when the settings of a leaf that is opened alone make it a polyrepo of its own.
func TestLeafWithSettingsOpenedAlone(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo+"-- .nix-pins.toml --\n-- web ü/.nix-pins.toml --\nrules.pinned-rev = \"off\"\n")
	for name, folders := range map[string]any{"a folder": folders(w.URI("web ü")), "none": nil} {
		t.Run(name, func(t *testing.T) {
			e, _ := start(t, nil)
			e.Initialize(map[string]any{"workspaceFolders": folders})
			awaitDiagnostics(t, e, open(e, w, "web ü/flake.nix"), "raw-url")
		})
	}
}

// Breaks when a folder that is added is not searched, or what is in a removed one counts on.
func TestWorkspaceFolders(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"workspaceFolders": folders(w.URI("web ü"))})
		uri := open(e, w, "web ü/flake.nix")
		pass(time.Minute)
		awaitDiagnostics(t, e, uri, "")
		change := func(added, removed []any) {
			e.Notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": map[string]any{"added": added, "removed": removed}})
		}
		change(folders(w.URI("pins")), folders())
		awaitDiagnostics(t, e, uri, "raw-url")
		change(folders(w.URI("blog")), folders(w.URI("pins")+"/"))
		awaitDiagnostics(t, e, uri, "")
	})
}

// Breaks when a client without a folder gets less than one that names the folder of the document's settings file.
func TestGuessedRoot(t *testing.T) {
	const settings = "-- .nix-pins.toml --\n"
	for name, test := range map[string]struct {
		archive string
		codes   string
	}{
		"settings file above": {polyrepo + settings, "raw-url"},
		"none":                {polyrepo, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, test.archive)
				e := run(t)
				e.Initialize(map[string]any{"workspaceFolders": nil, "capabilities": full(t)})
				uri := open(e, w, "web ü/flake.nix")
				awaitDiagnostics(t, e, uri, test.codes)
				if test.codes == "" {
					pass(time.Minute)
					if got := publications(t, e, uri); len(got) != 1 {
						t.Errorf("then %+v", got[1:])
					}
					return
				}
				// The client watches no folder that it does not know of.
				rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
				awaitDiagnostics(t, e, uri, "")
			})
		})
	}
}

// Breaks when a folder is guessed for a client that names its own.
func TestNothingGuessed(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo+"-- .nix-pins.toml --\n")
		e, log := startWith(t, nil)
		e.Initialize(map[string]any{"rootUri": w.URI("blog")})
		open(e, w, "web ü/flake.nix")
		pass(time.Minute)
		if strings.Contains(log.String(), "root guessed") {
			t.Error(log.String())
		}
	})
}

// Breaks when the whole home is searched for the sake of one file in it, though nothing says that it is a polyrepo.
func TestGuessedHome(t *testing.T) {
	const leaf = "-- flake.nix --\n{\n  inputs.pins.url = \"git+ssh://git@example.org/acme/pins\";\n  inputs.crane.url = \"github:ipetkov/crane\";\n  outputs = _: { };\n}\n"
	for name, test := range map[string]struct{ archive, codes string }{
		"a home":             {polyrepo + leaf, ""},
		"a home of settings": {polyrepo + leaf + "-- .nix-pins.toml --\n", "raw-url"},
	} {
		t.Run(name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, test.archive)
				e := lsptest.Start(t, func(in io.Reader, out io.Writer) int {
					return Serve(context.Background(), in, out, Options{Environment: workspace.Environment{Home: w.Dir}})
				})
				e.Initialize(nil)
				uri := open(e, w, "flake.nix")
				pass(time.Minute)
				all := publications(t, e, uri)
				if got := all[len(all)-1]; (len(got.Diagnostics) > 0) != (test.codes != "") {
					t.Errorf("got %s", got.summary(e))
				}
			})
		})
	}
}
