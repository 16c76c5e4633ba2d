package lsp

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// Breaks when a client is not told what it wants to be told of the server's doing, is told more than that, or is told a text.
func TestTrace(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, probes())
	e.Initialize(map[string]any{"rootUri": w.URI(""), "trace": "messages"})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	told := func() (message, verbose string) {
		var params struct{ Message, Verbose string }
		raw := e.WaitFor("$/logTrace", func(raw json.RawMessage) bool { return strings.Contains(string(raw), "test/") })
		if err := json.Unmarshal(raw, &params); err != nil {
			t.Fatal(err)
		}
		return params.Message, params.Verbose
	}
	e.Call("test/document", uriParams{uri}, nil)
	message, verbose := told()
	if !regexp.MustCompile(`^test/document \(\d+\) was answered in \S+$`).MatchString(message) || verbose != "" {
		t.Errorf("messages: %q, %q", message, verbose)
	}
	e.Notify("$/setTrace", map[string]any{"value": "verbose"})
	e.Call("test/document", uriParams{uri}, nil)
	if _, verbose := told(); !regexp.MustCompile(`^generation [1-9]\d*, a result of \d+ bytes$`).MatchString(verbose) {
		t.Errorf("verbose: %q", verbose)
	}
	e.Await(e.Request("test/fail", nil))
	if _, verbose := told(); !strings.HasSuffix(verbose, "error -32803") {
		t.Errorf("verbose, of an error: %q", verbose)
	}
	e.Notify("$/setTrace", map[string]any{"value": "off"})
	before := len(e.Received("$/logTrace"))
	e.Call("test/document", uriParams{uri}, nil)
	e.Notify("$/setTrace", map[string]any{"value": "no such value"})
	e.Call("test/document", uriParams{uri}, nil)
	if after := len(e.Received("$/logTrace")); after != before {
		t.Errorf("told of %d answers after it was switched off", after-before)
	}
	for _, m := range e.Received("$/logTrace") {
		if strings.Contains(string(m.Params), "crane") {
			t.Errorf("a text is told: %s", m.Params)
		}
	}
}
