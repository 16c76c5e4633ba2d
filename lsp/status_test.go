package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

func awaitStatus(t *testing.T, e *lsptest.Editor) serverStatus {
	t.Helper()
	var status serverStatus
	if err := json.Unmarshal(e.WaitFor("experimental/serverStatus", nil), &status); err != nil {
		t.Fatal(err)
	}
	return status
}

// Breaks when a client that shows how the server is does not learn that it reads, what it has read, that something is wrong, or that it is
// right again; or is told again what it knows.
func TestStatus(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	// A folder with a name of 255 bytes below others such cannot be searched: its path is longer than the system takes.
	deep := w.Path("deep")
	if err := os.Mkdir(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(deep)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 255)
	for range 20 {
		if err := root.Mkdir(long, 0o755); err != nil {
			t.Fatal(err)
		}
		below, err := root.OpenRoot(long)
		if err != nil {
			t.Fatal(err)
		}
		root.Close()
		root = below
	}
	root.Close()

	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	if got := awaitStatus(t, e); got.Quiescent || got.Health != "ok" {
		t.Errorf("at the beginning %+v", got)
	}
	got := awaitStatus(t, e)
	if !got.Quiescent || got.Health != "warning" || !strings.HasPrefix(got.Message, "3 flakes, pins is pins; 1 folder cannot be searched: "+deep) {
		t.Errorf("with a folder that cannot be searched %+v", got)
	}
	if err := os.RemoveAll(deep); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.Path(""), "blog")); err != nil {
		t.Fatal(err)
	}
	e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix", "deep"))
	for got = awaitStatus(t, e); got.Health != "ok"; got = awaitStatus(t, e) {
		if strings.HasPrefix(got.Message, "2 flakes") && !strings.Contains(got.Message, "searched") {
			t.Errorf("after all is well %+v", got)
		}
	}
	if got.Message != "2 flakes, pins is pins" || !got.Quiescent {
		t.Errorf("at the end %+v", got)
	}
	statuses := e.Received("experimental/serverStatus")
	for i := range statuses[1:] {
		if string(statuses[i].Params) == string(statuses[i+1].Params) {
			t.Errorf("told again: %s", statuses[i].Params)
		}
	}
}
