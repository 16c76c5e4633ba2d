package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// program is this program as testscript has put it on PATH.
func program(t *testing.T) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if path := filepath.Join(dir, "nix-pins-lsp"); filepath.IsAbs(path) {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	t.Fatal("nix-pins-lsp is not on PATH")
	return ""
}

// strangerHome makes the settings and registries of the machine unseen.
func strangerHome(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
}

const leaf = `
-- pins/flake.nix --
{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }
-- web/flake.nix --
{ inputs.pins.url = "pins-planted-secret"; inputs.crane.url = "github:ipetkov/crane"; outputs = { crane, ... }: { }; }
`

// Breaks when one of the ways in which editors start the server does not, when anything but frames comes out of it, or when
// its exit code is not the specification's.
func TestServe(t *testing.T) {
	strangerHome(t)
	for name, test := range map[string]struct {
		arguments []string
		end       func(*lsptest.Editor) int
		code      int
	}{
		"bare":                  {nil, (*lsptest.Editor).Shutdown, 0},
		"--stdio":               {[]string{"--stdio"}, (*lsptest.Editor).Shutdown, 0},
		"serve":                 {[]string{"serve"}, (*lsptest.Editor).Shutdown, 0},
		"serve --stdio":         {[]string{"serve", "--stdio", "--log-level", "debug"}, (*lsptest.Editor).Shutdown, 0},
		"exit without shutdown": {[]string{"serve"}, func(e *lsptest.Editor) int { e.Notify("exit", nil); return e.Wait() }, 1},
		"input closed":          {[]string{"serve"}, func(e *lsptest.Editor) int { e.CloseInput(); return e.Wait() }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := lsptest.NewWorkspace(t, leaf)
			e := lsptest.StartCommand(t, program(t), test.arguments...)
			var result struct {
				ServerInfo struct{ Name, Version string }
			}
			if err := json.Unmarshal(e.Initialize(map[string]any{"rootUri": w.URI("")}), &result); err != nil {
				t.Fatal(err)
			}
			if result.ServerInfo.Name != "nix-pins-lsp" || result.ServerInfo.Version != buildVersion() {
				t.Errorf("%+v", result)
			}
			e.Open(w.URI("web/flake.nix"), "nix", w.Text("web/flake.nix"))
			e.WaitFor("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), "raw-url") })
			if got := test.end(e); got != test.code {
				t.Errorf("exit code %d, want %d", got, test.code)
			}
		})
	}
}

// Breaks when the log goes elsewhere, a second server wipes it, or it holds what people write.
func TestServeLogFile(t *testing.T) {
	strangerHome(t)
	log := filepath.Join(t.TempDir(), "log")
	for range 2 {
		w := lsptest.NewWorkspace(t, leaf)
		e := lsptest.StartCommand(t, program(t), "serve", "--log-file", log, "--log-level", "debug")
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		e.Open(w.URI("web/flake.nix"), "nix", w.Text("web/flake.nix"))
		e.WaitFor("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), "raw-url") })
		e.Shutdown()
	}
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(content), "msg=initialize"); got != 2 {
		t.Errorf("%d sessions in the log:\n%s", got, content)
	}
	if strings.Contains(string(content), "planted-secret") {
		t.Errorf("the log has the text of a document:\n%s", content)
	}
}

// Breaks when a server that cannot start does so without a word, or with the code of a session that went wrong.
func TestServeFlags(t *testing.T) {
	for _, test := range []struct {
		arguments []string
		message   string
	}{
		{[]string{"serve", "--log-level", "loud"}, `--log-level "loud", expected debug, info, warn or error`},
		{[]string{"serve", "--log-file", t.TempDir()}, "--log-file: "},
		{[]string{"serve", "here"}, "here"},
		{[]string{"serve", "--port", "1"}, "--port"},
	} {
		var out, errs bytes.Buffer
		if got := run(test.arguments, strings.NewReader(""), &out, &errs); got != exitFailed || !strings.Contains(errs.String(), test.message) || out.Len() > 0 {
			t.Errorf("%v: exit code %d, %s%s", test.arguments, got, &out, &errs)
		}
	}
}
