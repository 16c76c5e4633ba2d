// Package lsptest is a fake editor for tests: it talks to a language server over a pipe, keeps what the server sends,
// answers what the server asks, and keeps its own copies of the documents. It has its own reading and writing of the wire
// and imports nothing of package lsp, so that a fault there cannot hide here. Nothing in it sleeps: a wait ends when the
// server says the word, or fails the test at a deadline.
package lsptest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Deadline is how long any wait may take before it fails the test.
const Deadline = 20 * time.Second

// Handler answers a request of the server: a result, or an error (a *ResponseError is sent as it is).
type Handler func(params json.RawMessage) (any, error)

// ResponseError is the error object of an answer.
type ResponseError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

func (e *ResponseError) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// Answer is what the server answered to one request. ID is as it stood on the wire.
type Answer struct {
	ID     json.RawMessage `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *ResponseError  `json:"error"`
}

// Message is a notification of the server, or a request if it has an ID.
type Message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// Editor is one client and the server that it started. Its methods may be called from any goroutine, but those that wait
// or say that they fail the test only from the test's own.
type Editor struct {
	// Encoding is what the server chose in Initialize.
	Encoding text.Encoding
	// Process is the number of the process that StartCommand has started, 0 of a server within the test.
	Process int

	t      testing.TB
	in     io.WriteCloser
	writes sync.Mutex

	editing sync.Mutex

	mu        sync.Mutex
	changed   chan struct{} // closed and made anew whenever something below changes
	received  []Message
	seen      map[string]int // by method, how much of received WaitFor has used up
	answers   []Answer
	exitCode  *int
	readError error
	handlers  map[string]Handler
	documents map[string]*document
	lastID    int
	pulling   pulling
}

// Start runs a server within the test. The server must return when its input ends; the test fails otherwise.
func Start(t testing.TB, serve func(in io.Reader, out io.Writer) int) *Editor {
	t.Helper()
	serverIn, in := io.Pipe()
	out, serverOut := io.Pipe()
	e := newEditor(t, in)
	go e.read(out)
	go func() {
		code := serve(serverIn, serverOut)
		serverOut.Close()
		e.exited(code)
	}()
	t.Cleanup(func() {
		e.CloseInput()
		e.until("the server's end", e.ended)
		out.Close()
	})
	return e
}

// StartCommand runs a program as an editor does, over its standard input and output. What it says on standard error is
// logged when the test fails. A program that does not end with its input is killed, and fails the test.
func StartCommand(t testing.TB, path string, arguments ...string) *Editor {
	t.Helper()
	serverIn, in, err := os.Pipe()
	check(t, err)
	out, serverOut, err := os.Pipe()
	check(t, err)
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	check(t, err)
	process, err := os.StartProcess(path, append([]string{path}, arguments...), &os.ProcAttr{Files: []*os.File{serverIn, serverOut, stderr}})
	check(t, err)
	serverIn.Close()
	serverOut.Close()
	stderr.Close()
	e := newEditor(t, in)
	e.Process = process.Pid
	go e.read(out)
	go func() {
		state, err := process.Wait()
		if err != nil {
			t.Errorf("wait for %s: %v", path, err)
			e.exited(-1)
			return
		}
		e.exited(state.ExitCode())
	}()
	t.Cleanup(func() {
		e.CloseInput()
		if why, ended := e.wait(e.ended); !ended {
			t.Errorf("%s did not end with its input (%s)", path, why)
			process.Kill()
			e.wait(e.ended)
		}
		out.Close()
		if said, err := os.ReadFile(stderr.Name()); t.Failed() && err == nil && len(said) > 0 {
			t.Logf("standard error of %s:\n%s", path, said)
		}
	})
	return e
}

func newEditor(t testing.TB, in io.WriteCloser) *Editor {
	e := &Editor{t: t, in: in, changed: make(chan struct{}), seen: map[string]int{}, documents: map[string]*document{}}
	e.pulling = pulling{byURI: map[string]*pull{}, waiting: map[string]func(Answer){}}
	nothing := func(json.RawMessage) (any, error) { return nil, nil }
	e.handlers = map[string]Handler{
		"workspace/configuration":          noConfiguration,
		"workspace/applyEdit":              e.applyEdit,
		"client/registerCapability":        nothing,
		"client/unregisterCapability":      nothing,
		"window/workDoneProgress/create":   nothing,
		"window/showMessageRequest":        nothing,
		"workspace/diagnostic/refresh":     e.pullAll,
		"workspace/inlayHint/refresh":      nothing,
		"workspace/codeLens/refresh":       nothing,
		"workspace/semanticTokens/refresh": nothing,
		"workspace/workspaceFolders":       nothing,
	}
	return e
}

// noConfiguration has no value for any item that is asked for.
func noConfiguration(params json.RawMessage) (any, error) {
	var asked struct{ Items []any }
	err := json.Unmarshal(params, &asked)
	return make([]any, len(asked.Items)), err
}

// Handle sets what answers requests of one method. Each runs in a goroutine of its own, so it may call the server.
func (e *Editor) Handle(method string, handler Handler) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handlers[method] = handler
}

// Initialize sends initialize and initialized, and returns the result. What params leave out is filled in: processId
// null, capabilities empty.
func (e *Editor) Initialize(params map[string]any) json.RawMessage {
	e.t.Helper()
	all := map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{}}
	for name, value := range params {
		all[name] = value
	}
	var raw json.RawMessage
	e.Call("initialize", all, &raw)
	var result struct {
		Capabilities struct {
			PositionEncoding   string
			DiagnosticProvider any
		}
	}
	check(e.t, json.Unmarshal(raw, &result))
	e.mu.Lock()
	e.pulling.on = result.Capabilities.DiagnosticProvider != nil
	e.mu.Unlock()
	for _, encoding := range []text.Encoding{text.UTF8, text.UTF16, text.UTF32} {
		if encoding.String() == result.Capabilities.PositionEncoding {
			e.Encoding = encoding
		}
	}
	e.Notify("initialized", map[string]any{})
	return raw
}

// Shutdown ends the session as a well-mannered client does and returns the exit code.
func (e *Editor) Shutdown() int {
	e.t.Helper()
	e.stopPulling()
	e.Call("shutdown", nil, nil)
	e.Notify("exit", nil)
	return e.Wait()
}

// CloseInput ends the server's input, as a client that dies does.
func (e *Editor) CloseInput() {
	e.stopPulling()
	e.in.Close()
}

// Wait waits for the server's end and returns its exit code.
func (e *Editor) Wait() int {
	e.t.Helper()
	e.until("the server's end", func() bool { return e.exitCode != nil })
	return *e.exitCode
}

// Call sends a request, waits for the answer and decodes its result, unless result is nil. An error answer fails the test.
func (e *Editor) Call(method string, params, result any) {
	e.t.Helper()
	answer := e.Await(e.Request(method, params))
	if answer.Error != nil {
		e.t.Fatalf("%s: %v", method, answer.Error)
	}
	if result != nil {
		check(e.t, json.Unmarshal(answer.Result, result))
	}
}

// Request sends a request with an id of its own, which it returns for Await and Cancel.
func (e *Editor) Request(method string, params any) (id string) {
	e.t.Helper()
	e.mu.Lock()
	e.lastID++
	id = strconv.Itoa(e.lastID)
	e.mu.Unlock()
	e.RequestID(id, method, params)
	return id
}

// RequestID sends a request with a given id, which is JSON: `1.5`, `"a"`.
func (e *Editor) RequestID(id, method string, params any) {
	e.t.Helper()
	e.send(map[string]any{"id": json.RawMessage(id)}, method, params)
}

// Cancel asks the server to cancel a request.
func (e *Editor) Cancel(id string) {
	e.t.Helper()
	e.Notify("$/cancelRequest", map[string]any{"id": json.RawMessage(id)})
}

// Await waits for the next answer under an id and takes it. An answer without id has the id `null`.
func (e *Editor) Await(id string) Answer {
	e.t.Helper()
	var found Answer
	e.until("an answer under id "+id, func() bool {
		i := slices.IndexFunc(e.answers, func(a Answer) bool { return string(a.ID) == id })
		if i < 0 {
			return false
		}
		found = e.answers[i]
		e.answers = slices.Delete(e.answers, i, i+1)
		return true
	})
	return found
}

// Unclaimed is every answer that nobody has awaited.
func (e *Editor) Unclaimed() []Answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.answers)
}

// Notify sends a notification.
func (e *Editor) Notify(method string, params any) {
	e.t.Helper()
	e.send(map[string]any{}, method, params)
}

// Body sends a frame around a body that may be anything.
func (e *Editor) Body(body string) {
	e.Raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

// Raw sends bytes as they are. That the server has closed its input is no error: Wait shows it.
func (e *Editor) Raw(bytes string) {
	e.writes.Lock()
	defer e.writes.Unlock()
	_, _ = io.WriteString(e.in, bytes)
}

// send completes a message and sends it. Nil params are left out.
func (e *Editor) send(message map[string]any, method string, params any) {
	e.t.Helper()
	message["jsonrpc"], message["method"] = "2.0", method
	if params != nil {
		message["params"] = params
	}
	body, err := json.Marshal(message)
	if err != nil {
		e.t.Errorf("cannot encode: %v", err)
	}
	e.Body(string(body))
}

// WaitFor waits for a notification or request of the method whose params are wanted (all are, where wanted is nil) and
// returns its params. It begins behind the one that the last WaitFor of this method returned.
func (e *Editor) WaitFor(method string, wanted func(params json.RawMessage) bool) json.RawMessage {
	e.t.Helper()
	var found json.RawMessage
	e.mu.Lock()
	next := e.seen[method]
	e.mu.Unlock()
	e.until(method, func() bool {
		for ; next < len(e.received); next++ { // what was not wanted is not looked at again
			if m := e.received[next]; m.Method == method && (wanted == nil || wanted(m.Params)) {
				e.seen[method] = next + 1
				found = m.Params
				return true
			}
		}
		return false
	})
	return found
}

// Received is every notification and request of a method so far, or of all methods for "".
func (e *Editor) Received(method string) []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []Message
	for _, m := range e.received {
		if method == "" || m.Method == method {
			all = append(all, m)
		}
	}
	return all
}

// until fails the test unless the condition comes true. The condition runs under the lock.
func (e *Editor) until(what string, condition func() bool) {
	e.t.Helper()
	if why, came := e.wait(condition); !came {
		var methods []string
		for _, m := range e.Received("") {
			methods = append(methods, m.Method)
		}
		e.t.Fatalf("%s did not come (%s); received %v", what, why, methods)
	}
}

func (e *Editor) wait(condition func() bool) (why string, came bool) {
	timer := time.NewTimer(Deadline)
	defer timer.Stop()
	for {
		e.mu.Lock()
		came, changed, ended := condition(), e.changed, e.ended()
		e.mu.Unlock()
		switch {
		case came:
			return "", true
		case ended:
			return fmt.Sprintf("the server ended with code %d, its output with %v", *e.exitCode, e.readError), false
		}
		select {
		case <-changed:
		case <-timer.C:
			return "within " + Deadline.String(), false
		}
	}
}

// ended says whether nothing more can come: both the server and its output came to their end.
func (e *Editor) ended() bool { return e.exitCode != nil && e.readError != nil }

// change changes what waits look at.
func (e *Editor) change(do func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	do()
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *Editor) exited(code int) { e.change(func() { e.exitCode = &code }) }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
