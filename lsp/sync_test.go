package lsp

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

type change map[string]any

func whole(content string) change { return change{"text": content} }

func part(startLine, startCharacter, endLine, endCharacter int, content string) change {
	return change{"text": content, "range": lsptest.Range{
		Start: lsptest.Position{Line: startLine, Character: startCharacter}, End: lsptest.Position{Line: endLine, Character: endCharacter}}}
}

func didChangeOf(uri string, version any, changes ...change) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri, "version": version}, "contentChanges": changes}
}

// Breaks when an edit that cannot be right leaves a text that the editor has not, diagnostics that speak of it, or a
// document that never comes back; or when a harmless one costs the document.
func TestLostDocuments(t *testing.T) {
	const uri, content = "file:///w/flake.nix", "{\n  a = 1;\n}"
	for _, test := range []struct {
		name    string
		version any
		changes []change
		want    string // "" where the document is lost
	}{
		{"next version", 6, []change{part(1, 6, 1, 7, "22")}, "{\n  a = 22;\n}"},
		{"version with a gap", 60, []change{part(0, 0, 0, 0, "#\n")}, "#\n" + content},
		{"same version", 5, []change{part(0, 0, 0, 0, "#\n")}, "#\n" + content},
		{"in sequence", 6, []change{part(0, 0, 0, 0, "\n\n"), part(2, 0, 2, 1, "(")}, "\n\n(\n  a = 1;\n}"},
		{"no change", 6, nil, content},
		{"character past the end of its line", 6, []change{part(0, 99, 0, 99, "x")}, "{x\n  a = 1;\n}"},
		{"line after the last", 6, []change{part(2, 0, 3, 0, "")}, "{\n  a = 1;\n"},
		{"whole text, version going back", 4, []change{whole("x")}, "x"},
		{"whole text after nonsense", 6, []change{part(99, 0, 99, 0, "?"), whole("x"), part(0, 1, 0, 1, "y")}, "xy"},
		{"version going back", 4, []change{part(0, 0, 0, 0, "#\n")}, ""},
		{"line that is not there", 6, []change{part(4, 0, 4, 0, "x")}, ""},
		{"second change on a line that is not there", 6, []change{part(0, 0, 2, 1, ""), part(2, 0, 2, 0, "x")}, ""},
		{"end before start", 6, []change{part(1, 3, 1, 1, "x")}, ""},
		{"negative position", 6, []change{part(0, -1, 0, 0, "x")}, ""},
		{"version of a wrong shape", "six", []change{part(0, 0, 0, 0, "x")}, ""},
		{"change without a text", 6, []change{{}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, log := start(t, probes())
			e.Initialize(nil)
			e.Notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "nix", "version": 5, "text": content}})
			e.Notify("textDocument/didChange", didChangeOf(uri, test.version, test.changes...))
			if got := serverText(e, uri); got != test.want {
				t.Fatalf("text %q, want %q", got, test.want)
			}
			if test.want != "" {
				for _, got := range e.Received("textDocument/publishDiagnostics") {
					if !strings.Contains(string(got.Params), `"version"`) {
						t.Errorf("diagnostics cleared: %s", got.Params)
					}
				}
				return
			}
			e.WaitFor("textDocument/publishDiagnostics", func(p json.RawMessage) bool {
				return string(p) == `{"uri":"`+uri+`","diagnostics":[]}`
			})
			if !strings.Contains(log.String(), `"WARN"`) {
				t.Error("nothing in the log")
			}
			e.Notify("textDocument/didChange", didChangeOf(uri, 7, part(0, 0, 0, 0, "still unknown")))
			if got := serverText(e, uri); got != "" {
				t.Fatalf("an edit brought it back as %q", got)
			}
			e.Notify("textDocument/didChange", didChangeOf(uri, 3, whole("known\n"), part(1, 0, 1, 0, "again")))
			if got := serverText(e, uri); got != "known\nagain" {
				t.Errorf("after the whole text: %q", got)
			}
			e.Open(uri, "nix", "opened")
			if got := serverText(e, uri); got != "opened" {
				t.Errorf("after opening: %q", got)
			}
		})
	}
}

// Breaks when a document that is opened again, by a message that cannot be read, keeps the text that it had.
func TestUnreadableOpening(t *testing.T) {
	const uri = "file:///w/flake.nix"
	e, _ := start(t, probes())
	e.Initialize(nil)
	e.Open(uri, "nix", "{ }")
	e.Body(`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"` + uri + `","languageId":7,"version":1,"text":"x"}}}`)
	if got := serverText(e, uri); got != "" {
		t.Errorf("text %q", got)
	}
}

// serverText is the text that the server has of a document, "" if none.
func serverText(e *lsptest.Editor, uri string) string {
	var d struct{ Text string }
	e.Call("test/document", uriParams{uri}, &d)
	return d.Text
}

// Breaks when a request sees an edit that the client made after it, or misses one from before.
func TestRequestsSeeTheirTurn(t *testing.T) {
	e, _ := start(t, probes())
	e.Initialize(nil)
	uri := "file:///w/flake.nix"
	e.Open(uri, "nix", "")
	var ids []string
	for i := range 500 {
		e.Replace(uri, 0, len(e.Text(uri)), fmt.Sprint("edit ", i))
		ids = append(ids, e.Request("test/document", uriParams{uri}))
	}
	for i, id := range ids {
		if got := e.Await(id); !strings.Contains(string(got.Result), fmt.Sprintf(`"edit %d"`, i)) {
			t.Fatalf("request %d: %s", i, got.Result)
		}
	}
}

// Breaks when a document with an odd URI is lost, gets a path that it has not, or is known by one spelling only.
func TestDocumentURIs(t *testing.T) {
	e, _ := start(t, probes())
	e.Initialize(nil)
	for uri, path := range map[string]string{
		"untitled:Untitled-1": "", "file:///a%20b/link/flake.nix": "/a b/link/flake.nix", "vscode-vfs://github/o/r/flake.nix": "", "": "",
	} {
		e.Open(uri, "nix", "text of "+uri)
		var d struct{ Text, Path, Language, URI string }
		e.Call("test/document", uriParams{uri}, &d)
		if d.Text != "text of "+uri || d.Path != path || d.URI != uri || d.Language != "nix" {
			t.Errorf("%s: %+v", uri, d)
		}
	}
	if got := serverText(e, "file:///a b/link/flake.nix"); got == "" {
		t.Error("another spelling of the URI is another document")
	}
	e.Close("untitled:Untitled-1")
	e.WaitFor("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), "untitled:Untitled-1") })
	if got := serverText(e, "untitled:Untitled-1"); got != "" {
		t.Errorf("closed, but has %q", got)
	}
}

// Breaks when the server counts in another unit than it told the client, or does not choose the best that the client has.
func TestEncodings(t *testing.T) {
	for _, test := range []struct {
		offered any
		want    text.Encoding
	}{
		{nil, text.UTF16},
		{[]string{"utf-16"}, text.UTF16},
		{[]string{"utf-32", "utf-8", "utf-16"}, text.UTF8},
		{[]string{"utf-32", "utf-16"}, text.UTF16},
		{[]string{"utf-32"}, text.UTF32},
		{[]any{7, "utf-7", "utf-32"}, text.UTF32},
		{[]string{}, text.UTF16},
		{"utf-8", text.UTF16},
	} {
		t.Run(fmt.Sprint(test.offered), func(t *testing.T) {
			e, _ := start(t, probes())
			e.Initialize(map[string]any{"capabilities": map[string]any{"general": map[string]any{"positionEncodings": test.offered}}})
			if e.Encoding != test.want {
				t.Fatalf("encoding %s, want %s", e.Encoding, test.want)
			}
			uri, content := "file:///w/flake.nix", "# 😀é\u0301\r\n{ a = \"😀\"; }\r\n"
			e.Open(uri, "nix", content)
			e.Replace(uri, strings.Index(content, "\";"), strings.Index(content, "\";"), "b😀")
			e.Replace(uri, len("# 😀"), len("# 😀é\u0301\r\n"), " ")
			e.Replace(uri, len(e.Text(uri)), len(e.Text(uri)), "\n# end")
			if got := serverText(e, uri); got != e.Text(uri) {
				t.Errorf("server %q, editor %q", got, e.Text(uri))
			}
		})
	}
}

// Breaks when a text above the caps is cut or edited in the wrong place.
func TestLargeDocument(t *testing.T) {
	e, _ := start(t, probes())
	e.Initialize(nil)
	uri, content := "file:///w/flake.lock", strings.Repeat("\t\"é😀\": {},\r\n", 200_000)
	e.Open(uri, "json", content)
	e.Replace(uri, len(content)/2-3, len(content)/2+40, "x\n")
	e.Replace(uri, 0, 0, "{")
	if got := serverText(e, uri); got != e.Text(uri) {
		t.Errorf("%d bytes in the server, %d in the editor", len(got), len(e.Text(uri)))
	}
}

// Breaks when a document over the cap has more findings than the one that says so, or none; when it is read all the same, an edit of it goes
// astray, or it is held in more than three copies; or when it stays so after it has shrunk.
func TestDocumentOverTheCap(t *testing.T) {
	e, _ := start(t, probes())
	w := lsptest.NewWorkspace(t, polyrepo)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": map[string]any{"textDocument": map[string]any{"publishDiagnostics": map[string]any{}}}})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	before := liveHeap()
	size := len(e.Text(uri))
	e.Replace(uri, size, size, strings.Repeat("# é😀\r\n", 1<<20))
	awaitDiagnostics(t, e, uri, "too-large")
	for range 5 {
		e.Replace(uri, 0, 0, "#\n")
		at := strings.LastIndexByte(e.Text(uri)[:len(e.Text(uri))/2], '\n') + 1
		e.Replace(uri, at, len(e.Text(uri))-len("\r\n"), "")
		e.Replace(uri, size, size, strings.Repeat("# é😀\r\n", 1<<19))
	}
	content := e.Text(uri)
	if got := serverText(e, uri); got != content {
		t.Errorf("%d bytes in the server, %d in the editor", len(got), len(content))
	}
	var symbols []any
	if e.Call("textDocument/documentSymbol", map[string]any{"textDocument": uriParams{uri}}, &symbols); len(symbols) > 0 {
		t.Errorf("it was read: %v", symbols)
	}
	// One copy more is the editor's, which is in this process too.
	if held := liveHeap() - before; held > 4*int64(len(content)) {
		t.Errorf("%d bytes are held of a text of %d", held, len(content))
	}
	e.Replace(uri, 0, len(e.Text(uri)), w.Text("web ü/flake.nix"))
	awaitDiagnostics(t, e, uri, "raw-url")
}

// liveHeap is how much is alive.
func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
