package lsptest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// read reads the server's output to its end. It is strict: the one spelling of the header that every client reads, and
// nothing else on the stream, so a stray print in the server fails the test.
func (e *Editor) read(out io.Reader) {
	in := bufio.NewReader(out)
	var err error
	for err == nil {
		var body []byte
		if body, err = readFrame(in); err == nil {
			err = e.receive(body)
		}
	}
	if err != io.EOF && !errors.Is(err, io.ErrClosedPipe) {
		e.t.Errorf("the server's output: %v", err)
	}
	e.change(func() { e.readError = err })
	// A server that writes on must not block on a reader that is gone.
	_, _ = io.Copy(io.Discard, in)
}

func readFrame(in *bufio.Reader) ([]byte, error) {
	header, err := in.ReadString('\n')
	if err == io.EOF && header == "" {
		return nil, io.EOF
	} else if err != nil {
		return nil, fmt.Errorf("header %q: %w", header, err)
	}
	var length int
	if _, err := fmt.Sscanf(header, "Content-Length: %d\r\n", &length); err != nil || header != fmt.Sprintf("Content-Length: %d\r\n", length) {
		return nil, fmt.Errorf("not a header: %q", header)
	}
	if line, err := in.ReadString('\n'); line != "\r\n" {
		return nil, fmt.Errorf("behind the header: %q, %v", line, err)
	}
	body := make([]byte, length)
	_, err = io.ReadFull(in, body)
	return body, err
}

func (e *Editor) receive(body []byte) error {
	var m struct {
		JSONRPC string `json:"jsonrpc"`
		Message
		Result json.RawMessage `json:"result"`
		Error  *ResponseError  `json:"error"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("body %s: %w", body, err)
	}
	if m.JSONRPC != "2.0" {
		return fmt.Errorf("no jsonrpc 2.0: %s", body)
	}
	if m.Method == "" {
		if (m.Result == nil) == (m.Error == nil) || m.ID == nil {
			return fmt.Errorf("an answer has an id and one of result and error: %s", body)
		}
		answer := Answer{m.ID, m.Result, m.Error}
		e.change(func() {
			if handle := e.pulling.waiting[string(m.ID)]; handle != nil {
				delete(e.pulling.waiting, string(m.ID))
				handle(answer)
			} else {
				e.answers = append(e.answers, answer)
			}
		})
		return nil
	}
	var handler Handler
	e.change(func() {
		if e.pulling.on && m.Method == "textDocument/publishDiagnostics" {
			e.t.Errorf("diagnostics were published to an editor that asks for them: %s", m.Params)
		}
		e.received = append(e.received, m.Message)
		handler = e.handlers[m.Method]
	})
	if m.ID != nil {
		go e.reply(m.Message, handler)
	}
	return nil
}

// reply answers one request of the server.
func (e *Editor) reply(m Message, handler Handler) {
	answer := map[string]any{"jsonrpc": "2.0", "id": m.ID}
	result, err := any(nil), error(&ResponseError{Code: -32601, Message: "no handler for " + m.Method})
	if handler != nil {
		result, err = handler(m.Params)
	}
	var failure *ResponseError
	switch {
	case err == nil:
		answer["result"] = result
	case errors.As(err, &failure):
		answer["error"] = failure
	default:
		answer["error"] = &ResponseError{Code: -32603, Message: err.Error()}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		e.t.Errorf("answer to %s: %v", m.Method, err)
		return
	}
	e.Body(string(body))
}
