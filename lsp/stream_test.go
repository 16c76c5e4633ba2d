package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"testing/iotest"
)

// Breaks when a frame depends on how the pipe happens to cut it.
func TestFramesInPieces(t *testing.T) {
	bodies := []string{`{"a":1}`, ``, `{"é":"😀"}`}
	var wire []byte
	for _, body := range bodies {
		wire = append(wire, frame([]byte(body[:len(body)/2]), []byte(body[len(body)/2:]))...)
	}
	for name, in := range map[string]io.Reader{"whole": bytes.NewReader(wire), "bytes": iotest.OneByteReader(bytes.NewReader(wire)), "halves": iotest.HalfReader(bytes.NewReader(wire))} {
		frames := newFrameReader(in, 1<<10)
		for _, want := range bodies {
			if got, err := frames.next(); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v; want %q", name, got, err, want)
			}
		}
		if _, err := frames.next(); err != io.EOF {
			t.Errorf("%s: %v at the end", name, err)
		}
	}
	for cut := 1; cut < len(frame([]byte(bodies[0]))); cut++ {
		if _, err := newFrameReader(bytes.NewReader(wire[:cut]), 1<<10).next(); err != io.ErrUnexpectedEOF {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

// Breaks when some bytes make the server crash, hang, or write what is no frame of a JSON-RPC message.
func FuzzStream(f *testing.F) {
	hello := string(frame([]byte(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"capabilities":{"general":{"positionEncodings":["utf-8"]}}}}`)))
	for _, seed := range []string{
		"", "\n", "\r\n", "Content-Length: 2\n\n{}", "content-length: 2\r\n\r\n{}", "Content-Length: 99999999\r\n\r\n", "Content-Length: 4\r\n\r\n[{}]",
		string(frame([]byte(`{"id":1.5,"method":"shutdown"}`))), string(frame([]byte(`{"method":"exit"}`))),
		string(frame([]byte(`{"id":"a","result":{}}`))), string(frame([]byte(`{"id":1,"error":{"code":1,"message":"x"}}`))), string(frame([]byte(`{"id":null,"method":null}`))),
		hello + string(frame([]byte(`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a%20b","languageId":"nix","version":1,"text":"{\r\n}\n"}}}`))) +
			string(frame([]byte(`{"method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a b","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":1},"end":{"line":1,"character":0}},"text":"é"}]}}`))) +
			string(frame([]byte(`{"method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///a b"}}}`))),
		hello + string(frame([]byte(`{"id":"x","method":"shutdown"}`))) + string(frame([]byte(`{"method":"$/cancelRequest","params":{"id":"x"}}`))) + string(frame([]byte(`{"method":"exit"}`))),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		var out bytes.Buffer
		if code := newServer(Options{}).serve(context.Background(), bytes.NewReader(wire), &out); code != 0 && code != 1 {
			t.Errorf("exit code %d", code)
		}
		frames := newFrameReader(&out, maxBody)
		for {
			body, err := frames.next()
			if err == io.EOF {
				return
			}
			if err != nil || !json.Valid(body) {
				t.Fatalf("not a frame of JSON: %q, %v", body, err)
			}
		}
	})
}
