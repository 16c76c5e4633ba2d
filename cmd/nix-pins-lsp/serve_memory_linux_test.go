package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// Breaks when a document over the cap takes more than three times its size while somebody types in it, beside what the program takes of
// itself: a new version of it is made with each key. It is measured on the program as it is shipped, since the race detector takes several
// times as much.
func TestServeHugeDocument(t *testing.T) {
	server := filepath.Join(t.TempDir(), "nix-pins-lsp")
	if out, err := exec.Command("go", "build", "-o", server, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	strangerHome(t) // Go has its cache in the other one
	w := lsptest.NewWorkspace(t, leaf)
	e := lsptest.StartCommand(t, server)
	e.Initialize(map[string]any{
		"rootUri": w.URI(""), "initializationOptions": map[string]any{"editor": map[string]any{"debounce": 0}},
		"capabilities": map[string]any{"textDocument": map[string]any{"publishDiagnostics": map[string]any{"versionSupport": true}}},
	})
	uri := w.URI("web/flake.nix")
	diagnosed := func() {
		version := fmt.Sprintf(`"version":%d,`, e.Version(uri))
		e.WaitFor("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), version) })
	}
	e.Open(uri, "nix", w.Text("web/flake.nix"))
	diagnosed()
	before := resident(t, e.Process)
	huge := strings.Repeat("# a comment as long as they mostly are, in a text that is too large\n", 16<<20/68)
	e.Close(uri)
	e.Open(uri, "nix", huge)
	diagnosed()
	most := 0
	for range 20 {
		e.Replace(uri, 100, 100, " ")
		diagnosed()
		most = max(most, resident(t, e.Process)-before)
	}
	if most > 3*len(huge) {
		t.Errorf("%d MB are resident beside the program's own for a text of %d MB, expected at most three times as much", most>>20, len(huge)>>20)
	}
}

// resident is how many bytes of a process are in memory.
func resident(t *testing.T, process int) int {
	t.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", process))
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(statm), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
