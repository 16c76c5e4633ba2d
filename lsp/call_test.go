package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/sourcegraph/jsonrpc2"
	"go.uber.org/goleak"
)

// asker is a server with a method that asks the client, and gives what it answered.
func asker() map[string]method {
	more := probes()
	var server *Server
	more["test/self"] = serial(func(s *Server, _ *none) (any, error) { server = s; return nil, nil })
	more["test/ask"] = request(func(ctx context.Context, _ *view, p *struct{ Method string }) (any, error) {
		var result json.RawMessage
		err := server.connection.call(ctx, p.Method, map[string]any{"items": []any{1, 2}}, &result)
		return result, err
	})
	return more
}

// Breaks when a call to the client from within a request deadlocks, loses its answer or takes that of another.
func TestCalls(t *testing.T) {
	e, _ := start(t, asker())
	e.Initialize(nil)
	e.Call("test/self", nil, nil)
	e.Handle("echo", func(json.RawMessage) (any, error) {
		// Real clients ask the server something before they answer.
		answer := e.Await(e.Request("test/document", uriParams{"file:///none"}))
		return string(answer.Result), nil
	})
	e.Handle("refuse", func(json.RawMessage) (any, error) { return nil, &lsptest.ResponseError{Code: -1, Message: "no"} })
	var ids []string
	for range 50 {
		ids = append(ids, e.Request("test/ask", map[string]any{"method": "echo"}), e.Request("test/ask", map[string]any{"method": "workspace/configuration"}))
	}
	for i, id := range ids {
		answer, want := e.Await(id), []string{`"null"`, `[null,null]`}[i%2]
		if string(answer.Result) != want {
			t.Fatalf("%s: %s, %v; want %s", id, answer.Result, answer.Error, want)
		}
	}
	if got := code(e.Await(e.Request("test/ask", map[string]any{"method": "refuse"}))); got != -1 {
		t.Errorf("the client's error: code %d", got)
	}
	if got := code(e.Await(e.Request("test/ask", map[string]any{"method": "unheard"}))); got != -32601 {
		t.Errorf("the client's unknown method: code %d", got)
	}
}

// Breaks when a call to the client outlives the request that makes it, and the client is not told.
func TestCallCancelled(t *testing.T) {
	e, _ := start(t, asker())
	e.Initialize(nil)
	e.Call("test/self", nil, nil)
	release := make(chan struct{})
	e.Handle("slow", func(json.RawMessage) (any, error) { <-release; return nil, nil })
	defer close(release)
	id := e.Request("test/ask", map[string]any{"method": "slow"})
	e.WaitFor("slow", nil)
	e.Cancel(id)
	if got := code(e.Await(id)); got != -32800 {
		t.Errorf("code %d", got)
	}
	e.WaitFor("$/cancelRequest", func(p json.RawMessage) bool { return strings.Contains(string(p), `"id":1`) })
}

// Breaks when a task that waits for the client holds up the end, or a panic in one ends the server.
func TestTasks(t *testing.T) {
	ended := make(chan error, 1)
	more := probes()
	maps.Copy(more, map[string]method{
		"test/task": notification(func(s *Server, _ *none) error {
			s.background("ask", func(ctx context.Context) error {
				err := s.connection.call(ctx, "never", nil, nil)
				ended <- err
				return err
			})
			s.background("panic", func(context.Context) error { panic("in a task") })
			return nil
		}),
	})
	e, log := start(t, more)
	e.Initialize(nil)
	release := make(chan struct{})
	e.Handle("never", func(json.RawMessage) (any, error) { <-release; return nil, nil })
	defer close(release)
	e.Notify("test/task", nil)
	e.WaitFor("never", nil)
	alive(t, e)
	began := time.Now()
	e.CloseInput()
	if got := e.Wait(); got != 1 || time.Since(began) > time.Second {
		t.Errorf("exit code %d after %s", got, time.Since(began))
	}
	if err := <-ended; !errors.Is(err, errDisconnected) {
		t.Errorf("the call ended with %v", err)
	}
	if !strings.Contains(log.String(), "in a task") {
		t.Error("the panic of a task is not in the log")
	}
}

// Breaks when the server stops reading because the client does: both would wait for ever.
func TestSlowReader(t *testing.T) {
	defer goleak.VerifyNone(t)
	const requests = 300
	serverIn, in := io.Pipe()
	out, serverOut := io.Pipe()
	s := newServer(Options{})
	s.methods["test/large"] = request(func(context.Context, *view, *none) (string, error) { return strings.Repeat("x", 100_000), nil })
	var running sync.WaitGroup
	running.Go(func() { s.serve(context.Background(), serverIn, serverOut); serverOut.Close() })
	write := func(body string) {
		if _, err := in.Write(frame([]byte(body))); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"id":0,"method":"initialize","params":{"capabilities":{}}}`)
	for i := range requests { // nobody reads an answer meanwhile
		write(fmt.Sprintf(`{"id":%d,"method":"test/large"}`, i+1))
	}
	frames := newFrameReader(bufio.NewReader(out), maxBody)
	for range requests + 1 {
		if _, err := frames.next(); err != nil {
			t.Fatal(err)
		}
	}
	in.Close()
	running.Wait()
}

// Breaks when an error's text or data is written as broken JSON.
func TestErrorFrames(t *testing.T) {
	data := json.RawMessage(`{"retry":true}`)
	failure := &jsonrpc2.Error{Code: -32803, Message: "a \"quoted\"\n\xff <é>", Data: &data}
	body, err := newFrameReader(strings.NewReader(string(failureFrame(nil, failure))), maxBody).next()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID    any
		Error jsonrpc2.Error
	}
	if err := json.Unmarshal(body, &got); err != nil || got.Error.Message != "a \"quoted\"\n\uFFFD <é>" || string(*got.Error.Data) != string(data) {
		t.Errorf("%s: %+v, %v", body, got, err)
	}
}
