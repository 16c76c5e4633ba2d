package lsp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// off switches the rule of the leaf off.
func off() map[string]any { return map[string]any{"rules": map[string]any{"raw-url": "off"}} }

// Breaks when the settings that a client sends with initialize do not count from the first diagnostics on, in either of the
// two forms in which clients send them, or count although they are none.
func TestInitializationOptions(t *testing.T) {
	for name, test := range map[string]struct {
		options any
		codes   string
	}{
		"settings":           {off(), ""},
		"settings of all":    {map[string]any{"nixPins": off(), "nil": 1}, ""},
		"none":               {nil, "raw-url"},
		"empty":              {map[string]any{}, "raw-url"},
		"not an object":      {[]any{"x"}, "raw-url"},
		"unknown beside one": {map[string]any{"rules": map[string]any{"raw-url": "off"}, "x": 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e := run(t)
				e.Initialize(map[string]any{"rootUri": w.URI(""), "initializationOptions": test.options})
				uri := open(e, w, "web ü/flake.nix")
				pass(time.Minute)
				all := publications(t, e, uri)
				if last := all[len(all)-1].summary(e); strings.Contains(last, "raw-url") != (test.codes != "") {
					t.Errorf("got %q", last)
				}
			})
		})
	}
}

// Breaks when the settings are not asked for, a changed one does not apply at once, an answer without ours undoes those of
// initialize, or a late answer counts over a newer one.
func TestPulledSettings(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		answers := make(chan any, 10)
		var held chan struct{}
		e.Handle("workspace/configuration", func(params json.RawMessage) (any, error) {
			if got, want := string(params), `{"items":[{"section":"nixPins"}]}`; got != want {
				t.Errorf("asked for %s, want %s", got, want)
			}
			answer := <-answers
			if hold, ok := answer.(chan struct{}); ok {
				<-hold
				answer = map[string]any{}
			}
			return []any{answer}, nil
		})
		held = make(chan struct{})
		answers <- nil
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t), "initializationOptions": off()})
		uri := open(e, w, "web ü/flake.nix")
		pass(time.Minute)
		awaitDiagnostics(t, e, uri, "")
		if got := publications(t, e, uri); len(got) != 1 {
			t.Errorf("no settings of ours changed something: %+v", got)
		}
		changed := func(answer any) {
			answers <- answer
			e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": nil})
		}
		changed(map[string]any{})
		awaitDiagnostics(t, e, uri, "raw-url")
		changed(map[string]any{"rules": map[string]any{"raw-url": "error"}})
		if got := awaitDiagnostics(t, e, uri, "raw-url").Diagnostics[0].Severity; got != 1 {
			t.Errorf("severity %d", got)
		}
		changed(held)
		pass(time.Second)
		changed(off())
		awaitDiagnostics(t, e, uri, "")
		close(held)
		pass(time.Minute)
		all := publications(t, e, uri)
		if last := all[len(all)-1]; len(last.Diagnostics) != 0 {
			t.Error("the late answer counts")
		}
	})
}

// Breaks when a client that can only push is not heard, a push without our settings undoes them, or a client that can be told
// to push is not.
func TestPushedSettings(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": map[string]any{
			"workspace": map[string]any{"didChangeConfiguration": map[string]any{"dynamicRegistration": true}},
		}})
		e.WaitFor("client/registerCapability", func(p json.RawMessage) bool {
			return strings.Contains(string(p), "workspace/didChangeConfiguration") && strings.Contains(string(p), `"section":"nixPins"`)
		})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")
		push := func(settings any) {
			e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": settings})
		}
		push(map[string]any{"nixPins": off()})
		awaitDiagnostics(t, e, uri, "")
		for _, nothing := range []any{nil, map[string]any{}, map[string]any{"nil": off()}, []any{}, map[string]any{"nixPins": nil}, map[string]any{"nixPins": 7}} {
			push(nothing)
		}
		pass(time.Minute)
		all := publications(t, e, uri)
		if last := all[len(all)-1]; len(last.Diagnostics) != 0 {
			t.Error("a push without our settings undid them")
		}
		push(map[string]any{"nixPins": map[string]any{}})
		awaitDiagnostics(t, e, uri, "raw-url")
		push(map[string]any{"nixPins": map[string]any{"files": map[string]any{"exclude": []string{"pins"}}}})
		awaitDiagnostics(t, e, uri, "")
	})
}

// Breaks when a setting that means nothing, or a reference to pins that is none, is passed over in silence, or told again and again; when the name
// that was meant is not told.
func TestSettingsProblems(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "initializationOptions": map[string]any{"rules": map[string]any{"raw-ulr": "off"}}})
		message := string(e.WaitFor("window/showMessage", nil))
		if !strings.Contains(message, "raw-ulr") || !strings.Contains(message, "was `raw-url` meant?") || !strings.Contains(message, `"type":2`) {
			t.Errorf("shown: %s", message)
		}
		for range 3 {
			e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"nixPins": map[string]any{"rules": map[string]any{"raw-ulr": "off"}}}})
		}
		open(e, w, "web ü/flake.nix")
		pass(time.Minute)
		if got := len(e.Received("window/showMessage")); got != 1 {
			t.Errorf("shown %d times", got)
		}
		e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"nixPins": map[string]any{"preveiw": true}}})
		if message := string(e.WaitFor("window/showMessage", nil)); !strings.Contains(message, "preveiw") {
			t.Errorf("shown: %s", message)
		}
		for reference, want := range map[string]string{
			"git@github.com:acme/pins": "The value of `pins.reference` is no reference to a flake: ", "acme pins": "Nix would read `acme pins` as a path.", "svn://acme/pins": "Nix has no scheme `svn:`.",
		} {
			e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"nixPins": map[string]any{"pins": map[string]any{"reference": reference}}}})
			if message := string(e.WaitFor("window/showMessage", nil)); !strings.Contains(message, want) {
				t.Errorf("shown of %s: %s", reference, message)
			}
		}
		pass(time.Minute)
		told := len(e.Received("window/showMessage"))
		e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"nixPins": map[string]any{"pins": map[string]any{"reference": "github:acme/pins"}}}})
		pass(time.Minute)
		if got := len(e.Received("window/showMessage")); got != told {
			t.Errorf("a good reference is told of: %d messages", got-told)
		}
	})
}

// Breaks when the settings file of a folder does not count at once, as it is typed and as it is saved elsewhere.
func TestSettingsFile(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo+"-- .nix-pins.toml --\n[rules]\nraw-url = \"off\"\n")
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "")
		rewriteFile(t, w, ".nix-pins.toml", "off", "hint")
		e.Notify("workspace/didChangeWatchedFiles", watched(w, ".nix-pins.toml"))
		if got := awaitDiagnostics(t, e, uri, "raw-url").Diagnostics[0].Severity; got != 4 {
			t.Errorf("severity %d", got)
		}
		settings := open(e, w, ".nix-pins.toml")
		at := strings.Index(e.Text(settings), "hint")
		e.Replace(settings, at, at+len("hint"), "off")
		awaitDiagnostics(t, e, uri, "")
	})
}
