package lsp

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// heldLog is a log that, while it is told to, holds up whoever looks into a folder whose .gitignore is one: such is worth a
// warning.
type heldLog struct {
	slog.Handler
	held    atomic.Pointer[chan struct{}]
	indexed atomic.Int32 // how many times the workspace has been read
}

func newHeldLog() *heldLog {
	return &heldLog{Handler: slog.NewTextHandler(io.Discard, nil)}
}

func (h *heldLog) hold() (release func()) {
	until := make(chan struct{})
	h.held.Store(&until)
	return func() { h.held.Store(nil); close(until) }
}

// startHeld runs a server with such a log on a workspace with such a folder.
func startHeld(t *testing.T, w *lsptest.Workspace, held *heldLog) *lsptest.Editor {
	t.Helper()
	if err := os.Mkdir(w.Path(".gitignore"), 0o755); err != nil {
		t.Fatal(err)
	}
	return lsptest.Start(t, func(in io.Reader, out io.Writer) int {
		s := newServer(Options{Log: slog.New(held)})
		maps.Copy(s.methods, probes())
		return s.serve(context.Background(), in, out)
	})
}

func (h *heldLog) Handle(_ context.Context, record slog.Record) error {
	switch record.Message {
	case "a list of ignored files cannot be read":
		if until := h.held.Load(); until != nil {
			<-*until
		}
	case "indexed":
		h.indexed.Add(1)
	}
	return nil
}

// Breaks when an open document waits for the reading of all others, or is not judged again after it.
func TestJudgedBeforeIndex(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		held := newHeldLog()
		e, release := startHeld(t, w, held), held.hold()
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "")
		e.Call("textDocument/completion", completionAt(e, uri, lsptest.Position{Line: 1}), nil)
		pass(time.Second)
		if got := len(publications(t, e, uri)); got != 1 {
			t.Errorf("%d publications before the index", got)
		}
		e.Notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": map[string]any{"added": folders("file:///none"), "removed": folders()}})
		alive(t, e)
		release()
		awaitDiagnostics(t, e, uri, "raw-url")
		pass(time.Second)
		if got := held.indexed.Load(); got != 1 {
			t.Errorf("read %d times to the end, though the first reading was overtaken", got)
		}
	})
}

// Breaks when all files are read at the expense of the document that is about to be opened, or wait longer than for that.
func TestHeadStart(t *testing.T) {
	for _, opens := range []bool{true, false} {
		inClock(t, func(t *testing.T) {
			w := lsptest.NewWorkspace(t, polyrepo)
			held := newHeldLog()
			e := startHeld(t, w, held)
			e.Initialize(map[string]any{"rootUri": w.URI("")})
			synctest.Wait()
			if got := held.indexed.Load(); got != 0 {
				t.Errorf("read %d times before anybody could open a document", got)
			}
			if opens {
				awaitDiagnostics(t, e, open(e, w, "web ü/flake.nix"), "")
			} else {
				pass(headStart)
			}
			synctest.Wait()
			if got := held.indexed.Load(); got != 1 {
				t.Errorf("read %d times after that, where a document is opened: %t", got, opens)
			}
		})
	}
}

// Breaks when a change that is told of while the disk is looked at is forgotten.
func TestChangeWhileLooking(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		held := newHeldLog()
		e := startHeld(t, w, held)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")
		rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
		release := held.hold()
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix"))
		pass(time.Second)
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "pins/flake.nix"))
		alive(t, e)
		release()
		awaitDiagnostics(t, e, uri, "")
	})
}

// Breaks when the end of the session waits for the reading of a large workspace.
func TestEndWhileIndexing(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	held := newHeldLog()
	e, release := startHeld(t, w, held), held.hold()
	defer release()
	e.Initialize(map[string]any{"rootUri": w.URI("")})
	begun := time.Now()
	if got := e.Shutdown(); got != 0 || time.Since(begun) > time.Second {
		t.Errorf("exit code %d after %s", got, time.Since(begun))
	}
}
