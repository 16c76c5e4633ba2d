package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"go.uber.org/goleak"
)

// alive fails unless the server still answers.
func alive(t *testing.T, e *lsptest.Editor) {
	t.Helper()
	if answer := e.Await(e.Request("test/document", uriParams{"file:///none"})); answer.Error != nil || string(answer.Result) != "null" {
		t.Errorf("the server lives, but answers %s, %v", answer.Result, answer.Error)
	}
}

// code is the code of an error answer, 0 of a result.
func code(a lsptest.Answer) int {
	if a.Error == nil {
		return 0
	}
	return a.Error.Code
}

// Breaks when an odd message ends the connection, gets another code than the specification's, or loses its id.
func TestOddMessages(t *testing.T) {
	for _, test := range []struct {
		name, body, id string
		code           int
	}{
		{"malformed", `{"jsonrpc":"2.0","id":1,"method":`, "null", -32700},
		{"empty", ``, "null", -32700},
		{"two values", `{"jsonrpc":"2.0","id":1,"method":"test/fail"} {}`, "null", -32700},
		{"malformed batch", `[{]`, "null", -32700},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]`, "null", -32600},
		{"empty batch", `[]`, "null", -32600},
		{"number", `7`, "null", -32600},
		{"no method", `{"jsonrpc":"2.0","id":"x"}`, `"x"`, -32600},
		{"method of a wrong shape", `{"jsonrpc":"2.0","id":3,"method":4}`, "3", -32600},
		{"id of a wrong shape", `{"jsonrpc":"2.0","id":{},"method":"shutdown"}`, "null", -32600},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"shutdown"}`, "null", -32600},
		{"float id", `{"jsonrpc":"2.0","id":1.50,"method":"test/fail"}`, "1.50", -32803},
		{"negative id", `{"jsonrpc":"2.0","id":-1,"method":"test/fail"}`, "-1", -32803},
		{"string id", `{"jsonrpc":"2.0","id":"a\u0062/é","method":"test/fail"}`, `"a\u0062/é"`, -32803},
		{"large id", `{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"test/fail"}`, "123456789012345678901234567890", -32803},
		{"spaces behind", `{"jsonrpc":"2.0","id":5,"method":"test/fail"}` + "  \r\n ", "5", -32803},
		{"params null", `{"jsonrpc":"2.0","id":5,"method":"test/fail","params":null}`, "5", -32803},
		{"other members", `{"id":5,"x":[{}],"method":"test/fail","id":6}`, "6", -32803},
		{"bytes that are no UTF-8", "{\"id\":5,\"method\":\"test/fail\",\"params\":\"\xff\"}", "5", -32803},
		{"unknown request", `{"id":5,"method":"textDocument/nothing"}`, "5", -32601},
		{"unknown $/ request", `{"id":5,"method":"$/nothing"}`, "5", -32601},
		{"params of a wrong shape", `{"id":5,"method":"test/document","params":[1]}`, "5", -32602},
		{"params member of a wrong shape", `{"id":5,"method":"test/document","params":{"uri":1}}`, "5", -32602},
		{"params missing", `{"id":5,"method":"test/document"}`, "5", -32602},
		{"notification with an id", `{"id":5,"method":"textDocument/didOpen","params":{}}`, "5", -32600},
		{"second initialize", `{"id":5,"method":"initialize","params":{"capabilities":{}}}`, "5", -32600},
		{"panic", `{"id":5,"method":"test/panic"}`, "5", -32603},
		{"panic on the queue", `{"id":5,"method":"test/panicOnQueue"}`, "5", -32603},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, _ := start(t, probes())
			e.Initialize(nil)
			e.Body(test.body)
			if got := code(e.Await(test.id)); got != test.code {
				t.Errorf("code %d, want %d", got, test.code)
			}
			alive(t, e)
			if got := e.Shutdown(); got != 0 {
				t.Errorf("exit code %d", got)
			}
			if rest := e.Unclaimed(); len(rest) > 0 {
				t.Errorf("more answers than requests: %s", rest[0].ID)
			}
		})
	}
}

// Breaks when a message that needs no answer gets one, or ends the connection.
func TestIgnoredMessages(t *testing.T) {
	e, log := start(t, probes())
	e.Initialize(nil)
	for _, body := range []string{
		`{"method":"$/nothing"}`, `{"method":"nothing"}`, `{"method":"test/fail"}`, `{"method":"test/notifyPanic"}`,
		`{"method":"$/cancelRequest","params":{"id":99}}`, `{"method":"$/cancelRequest","params":7}`, `{"method":"$/cancelRequest"}`,
		`{"id":77,"result":null}`, `{"id":null,"error":{"code":-32700,"message":"?"}}`, `{"id":"x","error":3}`,
		`{"method":"textDocument/didOpen","params":3}`, `{"method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///x"}}}`,
	} {
		e.Body(body)
	}
	alive(t, e)
	if e.Shutdown() != 0 || len(e.Unclaimed()) > 0 {
		t.Errorf("unasked answers: %v", e.Unclaimed())
	}
	if !strings.Contains(log.String(), "in a notification") || !strings.Contains(log.String(), "manners_test") && !strings.Contains(log.String(), "wire_test") {
		t.Error("the panic of a notification has no report with a stack in the log")
	}
}

// Breaks when the header is read more strictly than clients write it.
func TestHeaders(t *testing.T) {
	e, _ := start(t, probes())
	e.Initialize(nil)
	body := `{"id":"h","method":"test/fail"}`
	for _, header := range []string{
		"content-length: %d\r\n\r\n", "CONTENT-LENGTH:%d\r\n\r\n", "  Content-Length  :   %d  \r\n\r\n", "Content-Length: 000%d\r\n\r\n",
		"Content-Type: application/vscode-jsonrpc; charset=utf8\r\nContent-Length: %d\r\nX-Other: y\r\n\r\n",
	} {
		e.Raw(fmt.Sprintf(header, len(body)) + body)
		if got := code(e.Await(`"h"`)); got != -32803 {
			t.Errorf("%q: code %d", header, got)
		}
	}
}

// Breaks when bytes that are no frame hang the server, are read as one, or end it without a word.
func TestBrokenFraming(t *testing.T) {
	for _, test := range []struct{ name, bytes, logged string }{
		{"bare \\n", "Content-Length: 2\n\n{}", `bare`},
		{"bare \\n in the empty line", "Content-Length: 2\r\n\n{}", `bare`},
		{"long header line", "X: " + strings.Repeat("x", maxHeaderLine), "more than 8192 bytes"},
		{"many header lines", strings.Repeat("X: y\r\n", maxHeaderLines+1), "more than 32 lines"},
		{"large body", fmt.Sprintf("Content-Length: %d\r\n\r\n", maxBody+1), "at most 67108864"},
		{"huge number", "Content-Length: 99999999999999999999\r\n\r\n", "no decimal number"},
		{"negative", "Content-Length: -5\r\n\r\n", "no decimal number"},
		{"two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "two lines"},
		{"no length", "X: y\r\n\r\n{}", "without Content-Length"},
		{"no header", "\r\n", "without Content-Length"},
		{"no colon", "GET / HTTP/1.1\r\n\r\n", "without a colon"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, log := start(t, probes())
			e.Initialize(nil)
			began := time.Now()
			e.Raw(test.bytes)
			if got := e.Wait(); got != 1 {
				t.Errorf("exit code %d, want 1", got)
			}
			if spent := time.Since(began); spent > time.Second {
				t.Errorf("ended after %s", spent)
			}
			if !strings.Contains(log.String(), test.logged) || !strings.Contains(log.String(), `"ERROR"`) {
				t.Errorf("the log does not say %q: %s", test.logged, log)
			}
		})
	}
}

// Breaks when the server works before initialize or after shutdown, or refuses in another way than the specification.
func TestOrder(t *testing.T) {
	e, _ := start(t, probes())
	e.Notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": "file:///early", "languageId": "nix", "version": 1, "text": "x"}})
	for _, method := range []string{"test/fail", "shutdown", "nothing"} {
		if got := code(e.Await(e.Request(method, nil))); got != -32002 {
			t.Errorf("%s before initialize: %d", method, got)
		}
	}
	if got := code(e.Await(e.Request("initialize", []int{}))); got != -32602 {
		t.Errorf("initialize without an object: %d", got)
	}
	var result struct {
		ServerInfo struct{ Name, Version string }
	}
	if err := json.Unmarshal(e.Initialize(nil), &result); err != nil || result.ServerInfo.Name != "nix-pins-lsp" || result.ServerInfo.Version != "1.2.3" {
		t.Errorf("result of initialize: %+v, %v", result, err)
	}
	if answer := e.Await(e.Request("test/document", uriParams{"file:///early"})); string(answer.Result) != "null" {
		t.Errorf("a notification before initialize was heard: %s", answer.Result)
	}
	e.Call("shutdown", nil, nil)
	for _, method := range []string{"test/fail", "shutdown", "initialize"} {
		if got := code(e.Await(e.Request(method, nil))); got != -32600 {
			t.Errorf("%s after shutdown: %d", method, got)
		}
	}
	e.Notify("exit", nil)
	if got := e.Wait(); got != 0 {
		t.Errorf("exit code %d", got)
	}
}

// Breaks when the process's exit code is not the specification's, or the server outlives its client by a second.
func TestExitCodes(t *testing.T) {
	child := func(t *testing.T) (*os.Process, *os.File) {
		t.Setenv(childRole, "live")
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		process, err := os.StartProcess(os.Args[0], os.Args[:1], &os.ProcAttr{Files: []*os.File{in, nil, nil}})
		if err != nil {
			t.Fatal(err)
		}
		return process, out
	}
	stop := func(t *testing.T, process *os.Process, input *os.File) {
		input.Close()
		if _, err := process.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name string
		code int
		end  func(*testing.T, *lsptest.Editor)
	}{
		{"shutdown and exit", 0, func(_ *testing.T, e *lsptest.Editor) {
			e.Initialize(nil)
			e.Call("shutdown", nil, nil)
			e.Notify("exit", nil)
		}},
		{"in one go, then closed", 0, func(_ *testing.T, e *lsptest.Editor) {
			e.Initialize(nil)
			e.Request("shutdown", nil)
			e.Notify("exit", nil)
			e.CloseInput()
		}},
		{"exit alone", 1, func(_ *testing.T, e *lsptest.Editor) { e.Initialize(nil); e.Notify("exit", nil) }},
		{"exit before initialize", 1, func(_ *testing.T, e *lsptest.Editor) { e.Notify("exit", nil) }},
		{"input closed", 1, func(_ *testing.T, e *lsptest.Editor) { e.Initialize(nil); e.CloseInput() }},
		{"input closed after shutdown", 1, func(_ *testing.T, e *lsptest.Editor) { e.Initialize(nil); e.Call("shutdown", nil, nil); e.CloseInput() }},
		{"input closed within a frame", 1, func(_ *testing.T, e *lsptest.Editor) { e.Raw("Content-Length: 9\r\n\r\n{"); e.CloseInput() }},
		{"input closed while a request runs", 1, func(_ *testing.T, e *lsptest.Editor) {
			e.Initialize(nil)
			e.Request("test/wait", nil)
			e.CloseInput()
		}},
		{"client's process dies", 1, func(t *testing.T, e *lsptest.Editor) {
			process, input := child(t)
			e.Initialize(map[string]any{"processId": process.Pid})
			alive(t, e)
			stop(t, process, input)
		}},
		{"client's process is long gone", 1, func(t *testing.T, e *lsptest.Editor) {
			process, input := child(t)
			stop(t, process, input)
			e.Request("initialize", map[string]any{"processId": process.Pid, "capabilities": map[string]any{}})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, _ := start(t, probes())
			test.end(t, e)
			began := time.Now()
			if got := e.Wait(); got != test.code {
				t.Errorf("exit code %d, want %d", got, test.code)
			}
			if spent := time.Since(began); spent > time.Second {
				t.Errorf("ended after %s", spent)
			}
		})
	}
	t.Run("context ends", func(t *testing.T) {
		defer goleak.VerifyNone(t)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		in, out := io.Pipe()
		defer out.Close()
		if got := Serve(ctx, in, io.Discard, Options{}); got != 1 {
			t.Errorf("exit code %d", got)
		}
	})
	t.Run("output closed", func(t *testing.T) {
		defer goleak.VerifyNone(t)
		in, client := io.Pipe()
		out, server := io.Pipe()
		out.Close()
		defer client.Close()
		go client.Write(frame([]byte(`{"id":1,"method":"x"}`)))
		if got := Serve(context.Background(), in, server, Options{}); got != 1 {
			t.Errorf("exit code %d", got)
		}
	})
}

// Breaks when what was asked before the input ends is not answered any more: a script that pipes messages in gets nothing.
func TestAnswersAfterEnd(t *testing.T) {
	// Work that takes 20 ms, and begins to only when the input has ended.
	more := map[string]method{"test/work": {prepare: func(s *Server, _ json.RawMessage) work {
		return func(ctx context.Context) (any, error) {
			<-s.connection.readEnded
			during, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
			defer cancel()
			<-during.Done()
			return "done", ctx.Err()
		}
	}}}
	e, _ := start(t, more)
	e.Initialize(nil)
	id := e.Request("test/work", nil)
	e.CloseInput()
	if got := e.Await(id); string(got.Result) != `"done"` {
		t.Errorf("%s, %v", got.Result, got.Error)
	}
}

// Breaks when a cancellation waits for the work, reaches the wrong request, or is followed by a second answer.
func TestCancel(t *testing.T) {
	entered, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	more := map[string]method{"test/stubborn": request(func(context.Context, *view, *none) (any, error) {
		close(entered)
		<-release
		defer close(done)
		return "too late", nil
	})}
	maps.Copy(more, probes())
	e, _ := start(t, more)
	e.Initialize(nil)

	stubborn, other := e.Request("test/stubborn", nil), e.Request("test/wait", nil)
	e.RequestID(`"s"`, "test/wait", nil)
	<-entered // one that is cancelled before its turn does not run
	for _, id := range []string{stubborn, `"s"`} {
		e.Cancel(id)
		if got := code(e.Await(id)); got != -32800 {
			t.Errorf("%s: code %d", id, got)
		}
	}
	close(release)
	<-done
	alive(t, e)
	if rest := e.Unclaimed(); len(rest) > 0 {
		t.Errorf("answered again, or without being cancelled: %s", rest[0].ID)
	}
	e.Cancel(stubborn) // has been answered: of no consequence
	e.RequestID(other, "test/fail", nil)
	if got := code(e.Await(other)); got != -32600 {
		t.Errorf("an id used twice: code %d", got)
	}
	e.Cancel(other)
	if got := code(e.Await(other)); got != -32800 {
		t.Errorf("code %d", got)
	}
	if e.Shutdown() != 0 || len(e.Unclaimed()) > 0 {
		t.Errorf("more answers than requests: %v", e.Unclaimed())
	}
}

// Breaks when a cancelled request that still waits for its turn runs after all.
func TestCancelBeforeTurn(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	ran := false
	more := map[string]method{
		"test/hold": notification(func(*Server, *none) error { close(entered); <-release; return nil }),
		"test/mark": serial(func(*Server, *none) (any, error) { ran = true; return nil, nil }),
		"test/ran":  serial(func(*Server, *none) (bool, error) { return ran, nil }),
	}
	e, _ := start(t, more)
	e.Initialize(nil)
	e.Notify("test/hold", nil)
	<-entered
	id := e.Request("test/mark", nil)
	e.Cancel(id)
	if got := code(e.Await(id)); got != -32800 {
		t.Errorf("code %d", got)
	}
	close(release)
	var after bool
	if e.Call("test/ran", nil, &after); after {
		t.Error("the request ran though it was cancelled before")
	}
}

// Breaks when the log holds a document's text or a secret that a client sent.
func TestLogIsDiscreet(t *testing.T) {
	const secret = "ghp_planted0secret"
	more := probes()
	more["test/panicWith"] = request(func(_ context.Context, _ *view, p *uriParams) (any, error) { panic("cannot fetch " + p.URI) })
	e, log := start(t, more)
	e.Initialize(map[string]any{"rootUri": "https://ana:" + secret + "@example.org/w", "initializationOptions": map[string]any{
		"token": secret, "pins": map[string]any{"reference": []any{"https://" + secret + "@github.com/acme/pins"}},
		"registry": map[string]any{"flake-registry": "https://example.org/r?token=" + secret},
	}})
	uri := "file:///w/flake.nix"
	e.Open(uri, "nix", "{ url = \""+secret+"\"; }")
	e.Replace(uri, 0, 1, secret)
	e.Notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": 0}, "contentChanges": []any{map[string]any{"range": lsptest.Range{}, "text": secret}}})
	e.Body(`{"method":"textDocument/didOpen","params":{"textDocument":"` + secret + `"}}`)
	e.Body(`{"method":"` + `textDocument/didChange","params":{"textDocument":{"uri":"` + uri + `","version":"` + secret + `"}}}`)
	e.Body(secret)
	e.Await("null")
	e.Call("test/document", uriParams{uri}, nil)
	e.Await(e.Request("test/panic", nil))
	e.Await(e.Request("test/panicWith", uriParams{"git+https://ana:" + secret + "@example.org/r"}))
	e.Shutdown()
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log tells: %s", log)
	}
	for _, wanted := range []string{
		`"id":"`, `"duration":`, `"generation":`, `"method":"test/document"`, `"stack":`, "cannot fetch git+https://***@example.org/r", "https://***@example.org/w",
	} {
		if !strings.Contains(log.String(), wanted) {
			t.Errorf("the log has no %s", wanted)
		}
	}
}

// Breaks when anything but frames reaches standard output, or the real streams behave unlike pipes within a process.
func TestStandardStreams(t *testing.T) {
	t.Setenv(childRole, "serve")
	e := lsptest.StartCommand(t, os.Args[0])
	e.Initialize(map[string]any{"processId": os.Getpid()})
	if got := code(e.Await(e.Request("nothing", nil))); got != -32601 {
		t.Errorf("code %d", got)
	}
	if got := e.Shutdown(); got != 0 {
		t.Errorf("exit code %d", got)
	}
	e = lsptest.StartCommand(t, os.Args[0])
	e.Initialize(nil)
	e.CloseInput()
	if got := e.Wait(); got != 1 {
		t.Errorf("exit code %d with the input closed", got)
	}
}
