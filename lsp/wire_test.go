package lsp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"go.uber.org/goleak"
)

// childRole names the environment variable by which a test makes a process of this program.
const childRole = "NIX_PINS_LSP_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childRole) {
	case "serve": // a server on the real standard streams, whose log prints to standard output, which is wrong
		log := slog.New(slog.NewTextHandler(strayPrinter{}, nil))
		os.Exit(Serve(context.Background(), os.Stdin, os.Stdout, Options{Log: log}))
	case "live": // a process that lives until its input ends
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type strayPrinter struct{}

func (strayPrinter) Write(p []byte) (int, error) { return fmt.Print(string(p)) }

// logged is a log that a test can look at while the server writes it.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed at the next write, where somebody waits for one
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return l.text.Write(p)
}

// await waits until the log has a text.
func (l *logged) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(lsptest.Deadline)
	for {
		l.mu.Lock()
		if l.more == nil {
			l.more = make(chan struct{})
		}
		found, more := bytes.Contains(l.text.Bytes(), []byte(text)), l.more
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("the log has no %s:\n%s", text, l)
		}
	}
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start runs a server with some methods more, and checks at the end that no goroutine of it is left.
func start(t *testing.T, more map[string]method) (*lsptest.Editor, *logged) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	return startWith(t, more)
}

// run is start within inClock, which itself fails where a goroutine is left.
func run(t *testing.T) *lsptest.Editor {
	t.Helper()
	e, _ := startWith(t, nil)
	return e
}

func startWith(t *testing.T, more map[string]method) (*lsptest.Editor, *logged) {
	t.Helper()
	log := &logged{}
	editor := lsptest.Start(t, func(in io.Reader, out io.Writer) int {
		s := newServer(Options{Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Version: "1.2.3"})
		maps.Copy(s.methods, more)
		return s.serve(context.Background(), in, out)
	})
	return editor, log
}

type uriParams struct {
	URI string `json:"uri"`
}

// probes are methods that look into the server, or make it fail.
func probes() map[string]method {
	return map[string]method{
		// The text and version that the server has of a document, null if none.
		"test/document": request(func(_ context.Context, v *view, p *uriParams) (any, error) {
			d := v.document(p.URI)
			if d == nil {
				return nil, nil
			}
			return map[string]any{"text": d.Text, "version": d.Version, "language": d.Language, "path": d.Path, "uri": d.URI}, nil
		}),
		"test/panic": request(func(context.Context, *view, *none) (any, error) {
			var broken *Document
			return broken.Text, nil
		}),
		"test/panicOnQueue": serial(func(*Server, *none) (any, error) { panic("on the queue") }),
		"test/notifyPanic":  notification(func(*Server, *none) error { panic("in a notification") }),
		"test/wait": request(func(ctx context.Context, _ *view, _ *none) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}),
		"test/fail": request(func(context.Context, *view, *none) (any, error) { return nil, fmt.Errorf("no luck") }),
	}
}
