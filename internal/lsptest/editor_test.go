package lsptest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// script is a server that writes what it is given, then reads frames until its input ends and hands them to seen.
func script(written []string, seen func(string)) func(io.Reader, io.Writer) int {
	return func(in io.Reader, out io.Writer) int {
		for _, body := range written {
			fmt.Fprintf(out, "Content-Length: %d\r\n\r\n%s", len(body), body)
		}
		frames := bufio.NewReader(in)
		for {
			body, err := readFrame(frames)
			if err != nil {
				return 7
			}
			seen(string(body))
		}
	}
}

// Breaks when a wait finds a message twice, or not at all, or an answer is given to the wrong request.
func TestWaiting(t *testing.T) {
	e := Start(t, script([]string{
		`{"jsonrpc":"2.0","method":"a","params":1}`, `{"jsonrpc":"2.0","id":1.5,"result":null}`,
		`{"jsonrpc":"2.0","method":"a","params":2}`, `{"jsonrpc":"2.0","id":"x","error":{"code":-1,"message":"no"}}`, `{"jsonrpc":"2.0","method":"a","params":3}`,
	}, func(string) {}))
	if got := string(e.WaitFor("a", func(p json.RawMessage) bool { return string(p) == "2" })); got != "2" {
		t.Errorf("got %s", got)
	}
	if got := string(e.WaitFor("a", nil)); got != "3" {
		t.Errorf("then %s", got)
	}
	if a := e.Await(`"x"`); a.Error == nil || a.Error.Code != -1 {
		t.Errorf("answer %+v", a)
	}
	if rest := e.Unclaimed(); len(rest) != 1 || string(rest[0].ID) != "1.5" {
		t.Errorf("unclaimed %v", rest)
	}
	if len(e.Received("a")) != 3 {
		t.Error("received are used up")
	}
	e.CloseInput()
	if got := e.Wait(); got != 7 {
		t.Errorf("exit code %d", got)
	}
}

// Breaks when a question of the server stays without an answer, or gets one of a wrong shape.
func TestQuestions(t *testing.T) {
	seen := make(chan string, 10)
	edit := `{"documentChanges":[{"textDocument":{"uri":"file:///a","version":%d},"edits":[` +
		`{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":2}},"newText":"b"},` +
		`{"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"newText":"c"}]}]}`
	started := make(chan struct{})
	e := Start(t, func(in io.Reader, out io.Writer) int {
		<-started
		return script([]string{
			`{"jsonrpc":"2.0","id":1,"method":"workspace/configuration","params":{"items":[{},{}]}}`,
			`{"jsonrpc":"2.0","id":2,"method":"unheard"}`,
			`{"jsonrpc":"2.0","id":3,"method":"workspace/applyEdit","params":{"edit":` + fmt.Sprintf(edit, 9) + `}}`,
		}, func(body string) { seen <- body })(in, out)
	})
	e.Encoding = text.UTF16
	e.mu.Lock()
	e.documents["file:///a"] = &document{1, "😀\r\n"}
	e.mu.Unlock()
	close(started)
	var all strings.Builder
	for range 3 {
		all.WriteString(<-seen)
	}
	for _, want := range []string{`"result":[null,null]`, `"code":-32601`, `"applied":false`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no %s in %s", want, &all)
		}
	}
	var w WorkspaceEdit
	if err := json.Unmarshal(fmt.Appendf(nil, edit, 1), &w); err != nil {
		t.Fatal(err)
	}
	e.Apply(w)
	if got := e.Text("file:///a"); got != "b\r\nc" {
		t.Errorf("text %q", got)
	}
	if got := <-seen; strings.Index(got, `"c"`) > strings.Index(got, `"b"`) {
		t.Errorf("the first change moves the second: %s", got)
	}
}

// Breaks when edits that no editor could make are made.
func TestBadEdits(t *testing.T) {
	for _, edits := range [][]TextEdit{
		{{Range{Position{3, 0}, Position{3, 0}}, "x"}},
		{{Range{Position{0, 1}, Position{0, 1}}, "within a character"}},
		{{Range{Position{0, 9}, Position{0, 9}}, "past the end"}},
		{{Range{Position{0, 0}, Position{0, 2}}, "x"}, {Range{Position{0, 0}, Position{1, 0}}, "overlaps"}},
	} {
		if got, _, err := edited("😀\r\n", edits, text.UTF16); err == nil {
			t.Errorf("%v gave %q", edits, got)
		}
	}
}

// Breaks when a file of an archive is written with its mark, or the cursor is elsewhere.
func TestWorkspace(t *testing.T) {
	w := NewWorkspace(t, "-- leaf a/flake.nix --\n{ é = $01; }\n-- flake.lock --\n{}\n")
	if got := w.Text("leaf a/flake.nix"); got != "{ é = 1; }\n" || w.Cursors["leaf a/flake.nix"] != len("{ é = ") {
		t.Errorf("%q, cursor at %d", got, w.Cursors["leaf a/flake.nix"])
	}
	if got := w.URI("leaf a/flake.nix"); !strings.HasPrefix(got, "file:///") || !strings.HasSuffix(got, "/leaf%20a/flake.nix") {
		t.Errorf("URI %s", got)
	}
	e := Start(t, script(nil, func(string) {}))
	e.Apply(WorkspaceEdit{Changes: map[string][]TextEdit{w.URI("flake.lock"): {{Range{Position{0, 1}, Position{0, 1}}, " "}}}})
	if got := w.Text("flake.lock"); got != "{ }\n" {
		t.Errorf("on disk %q", got)
	}
}
