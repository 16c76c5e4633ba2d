package lsp

import (
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// Breaks when a panic leaves no report for `nix-pins-lsp bug`, one with a secret in it, or more than is kept.
func TestPanicReports(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "panics.log")
	e := lsptest.Start(t, func(in io.Reader, out io.Writer) int {
		s := newServer(Options{Version: "1.2.3", PanicReports: path})
		maps.Copy(s.methods, probes())
		s.methods["test/panicWith"] = request(func(_ context.Context, _ *view, p *uriParams) (any, error) { panic("cannot fetch " + p.URI) })
		return s.serve(context.Background(), in, out)
	})
	e.Initialize(nil)
	e.Await(e.Request("test/panicWith", uriParams{"https://ana:planted@example.org"}))
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{"version 1.2.3\n", "test/panicWith: cannot fetch https://***@example.org\n", "panic_report_test.go"} {
		if !strings.Contains(string(kept), wanted) {
			t.Errorf("no %q in %s", wanted, kept)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, make([]byte, maxPanicReports), 0o600); err != nil {
		t.Fatal(err)
	}
	e.Await(e.Request("test/panic", nil))
	if kept, err = os.ReadFile(path); err != nil || len(kept) > 100_000 || !strings.Contains(string(kept), "test/panic") {
		t.Errorf("%d bytes kept, %v", len(kept), err)
	}
}
