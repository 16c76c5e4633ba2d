package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a client that asks for diagnostics is sent them too (the fake editor fails the test then), one that does not ask gets none,
// or one that cannot be told of news is left to ask.
func TestPullOrPush(t *testing.T) {
	for _, client := range []struct {
		name, capabilities string
		pulls              bool
	}{
		{"neither said", `{}`, false},
		{"push", `{"textDocument": {"publishDiagnostics": {}}}`, false},
		{"pull", `{"textDocument": {"diagnostic": {}}}`, true},
		{"both, refresh", `{"textDocument": {"publishDiagnostics": {}, "diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": true}}}`, true},
		{"both, refresh as Helix spells it", `{"textDocument": {"publishDiagnostics": {}, "diagnostic": {}}, "workspace": {"diagnostic": {"refreshSupport": true}}}`, true},
		{"both, no refresh", `{"textDocument": {"publishDiagnostics": {}, "diagnostic": {}}}`, false},
	} {
		t.Run(client.name, func(t *testing.T) {
			w := lsptest.NewWorkspace(t, polyrepo)
			e, _ := start(t, nil)
			var result struct {
				Capabilities struct {
					DiagnosticProvider *struct {
						Identifier                                  string
						InterFileDependencies, WorkspaceDiagnostics bool
					}
				}
			}
			raw := e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": json.RawMessage(client.capabilities)})
			if err := json.Unmarshal(raw, &result); err != nil {
				t.Fatal(err)
			}
			provider := result.Capabilities.DiagnosticProvider
			if (provider != nil) != client.pulls || provider != nil && (provider.Identifier != "nix-pins" || !provider.InterFileDependencies || !provider.WorkspaceDiagnostics) {
				t.Errorf("%s", raw)
			}
		})
	}
}

// report is the answer to textDocument/diagnostic, or one of those in that to workspace/diagnostic.
type report struct {
	URI, Kind, ResultID string
	Version             *int
	Items               []publishedDiagnostic
}

func pullDocument(e *lsptest.Editor, uri, previous string) report {
	var r report
	e.Call("textDocument/diagnostic", map[string]any{"textDocument": map[string]any{"uri": uri}, "previousResultId": previous}, &r)
	return r
}

// Breaks when what has not changed is sent again, what has changed is not, or a document that nobody opened, or that lies in no folder,
// is an error.
func TestResultIDs(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	first := pullDocument(e, uri, "")
	if first.Kind != "full" || len(first.Items) != 1 || first.Items[0].Code != "raw-url" || first.ResultID == "" {
		t.Fatalf("first %+v", first)
	}
	if again := pullDocument(e, uri, first.ResultID); again.Kind != "unchanged" || again.ResultID != first.ResultID || again.Items != nil {
		t.Errorf("again %+v", again)
	}
	e.Replace(uri, 0, 0, "\n")
	if moved := pullDocument(e, uri, first.ResultID); moved.Kind != "full" || moved.Items[0].Range.Start.Line != first.Items[0].Range.Start.Line+1 {
		t.Errorf("after a line more %+v", moved)
	}
	for _, uri := range []string{w.URI("blog/flake.nix"), w.URI("none/flake.nix"), "untitled:x", "http://example.org/flake.nix"} {
		var raw json.RawMessage
		e.Call("textDocument/diagnostic", map[string]any{"textDocument": map[string]any{"uri": uri}}, &raw)
		if !strings.Contains(string(raw), `"items":[]`) {
			t.Errorf("%s, which is not open: %s", uri, raw)
		}
	}
}

// Breaks when the client is not asked to ask again after what is said of one document has changed by another, or is asked where nothing
// has: then all of its documents are judged for nothing.
func TestRefreshDiagnostics(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		refreshed := func() int {
			synctest.Wait()
			pass(time.Minute)
			return len(e.Received("workspace/diagnostic/refresh"))
		}
		web, blog := open(e, w, "web ü/flake.nix"), open(e, w, "blog/flake.nix")
		awaitDiagnostics(t, e, web, "raw-url")
		before := refreshed()
		e.Replace(web, 0, 0, "\n")
		if got := refreshed(); got != before {
			t.Errorf("%d wishes after an edit that matters to no other file", got-before)
		}
		pins := open(e, w, "pins/flake.nix")
		before = refreshed()
		at := strings.Index(e.Text(pins), "github:ipetkov")
		e.Replace(pins, at, at+len("github"), "gitlab")
		awaitDiagnostics(t, e, web, "")
		if got := refreshed(); got != before+1 {
			t.Errorf("%d wishes after an edit that changes one finding", got-before)
		}
		if last := publications(t, e, blog); len(last) != 1 {
			t.Errorf("a file of which there is nothing to say was told of %d times", len(last))
		}
	})
}

// Breaks when a document whose text was lost keeps the findings of the text that it had.
func TestPullOfLostDocument(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	e.Notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": uri, "version": 0}, "contentChanges": []any{map[string]any{"range": lsptest.Range{}, "text": "x"}},
	})
	awaitDiagnostics(t, e, uri, "")
}

// workspacePulls is a client that asks for the diagnostics of all files, again and again.
type workspacePulls struct {
	e     *lsptest.Editor
	known map[string]string
}

// begin asks; more are members of the params.
func (p *workspacePulls) begin(more map[string]any) (id string) {
	previous := []any{}
	for uri, id := range p.known {
		previous = append(previous, map[string]any{"uri": uri, "value": id})
	}
	params := map[string]any{"identifier": "nix-pins", "previousResultIds": previous}
	for name, value := range more {
		params[name] = value
	}
	return p.e.Request("workspace/diagnostic", params)
}

// take notes what an answer, or a part of it, tells, and gives it in short: `FOLDER@VERSION: CODES`, sorted.
func (p *workspacePulls) take(t *testing.T, w *lsptest.Workspace, raw json.RawMessage) string {
	t.Helper()
	var answer struct{ Items []report }
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Items == nil {
		t.Fatalf("%s: %v", raw, err)
	}
	var lines []string
	for _, r := range answer.Items {
		if r.Kind != "full" || r.ResultID == "" || !strings.Contains(string(raw), `"version"`) {
			t.Errorf("%+v", r)
		}
		p.known[r.URI] = r.ResultID
		name, version := strings.TrimPrefix(r.URI, w.URI("")+"/"), ""
		if r.Version != nil {
			version = fmt.Sprintf("@%d", *r.Version)
		}
		lines = append(lines, fmt.Sprintf("%s%s: %s", strings.TrimSuffix(name, "/flake.nix"), version, codesOf(publication{Diagnostics: r.Items})))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Breaks when closed files are not told of, the first answer comes before the files are read, what has not changed is told again or
// answered at once (a client would ask for ever), what has changed is not told, or a file that is gone keeps its findings.
func TestWorkspaceDiagnostics(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		p := &workspacePulls{e, map[string]string{}}
		if got, want := p.take(t, w, e.Await(p.begin(nil)).Result), "web%20%C3%BC: raw-url"; got != want {
			t.Errorf("first answer:\n%s\nwant:\n%s", got, want)
		}

		id := p.begin(nil)
		synctest.Wait()
		pass(time.Hour)
		if answers := e.Unclaimed(); len(answers) > 0 {
			t.Errorf("answered though nothing has changed: %s", answers[0].Result)
		}
		rewriteFile(t, w, "blog/flake.nix", `follows = "pins/crane"`, `url = "github:ipetkov/crane"`)
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "blog/flake.nix"))
		if got, want := p.take(t, w, e.Await(id).Result), "blog: raw-url"; got != want {
			t.Errorf("after a change on the disk:\n%s\nwant:\n%s", got, want)
		}

		// What pins has is now another source, of which both leaves are told.
		id = p.begin(nil)
		pins := open(e, w, "pins/flake.nix")
		at := strings.Index(e.Text(pins), "github:ipetkov")
		e.Replace(pins, at, at+len("github"), "gitlab")
		if got, want := p.take(t, w, e.Await(id).Result), "blog: raw-url\nweb%20%C3%BC: raw-url"; got != want {
			t.Errorf("after an edit of pins:\n%s\nwant:\n%s", got, want)
		}

		id = p.begin(nil)
		web := open(e, w, "web ü/flake.nix")
		e.Replace(web, 0, len(e.Text(web)), "{")
		if got, want := p.take(t, w, e.Await(id).Result), "blog: raw-url\nweb%20%C3%BC@2: syntax-error"; got != want {
			t.Errorf("after an edit of web:\n%s\nwant:\n%s", got, want)
		}

		id = p.begin(nil)
		e.Close(web)
		if err := os.RemoveAll(w.Path("web ü")); err != nil {
			t.Fatal(err)
		}
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "web ü/flake.nix"))
		if got, want := p.take(t, w, e.Await(id).Result), "blog: \nweb%20%C3%BC: "; got != want {
			t.Errorf("after the folder is gone:\n%s\nwant:\n%s", got, want)
		}
	})
}

// Breaks when a wait for news cannot be cancelled, or holds up the end.
func TestHeldWorkspaceDiagnostics(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	p := &workspacePulls{e, map[string]string{}}
	p.take(t, w, e.Await(p.begin(nil)).Result)
	id := p.begin(nil)
	e.Cancel(id)
	if got := code(e.Await(id)); got != -32800 {
		t.Errorf("cancelled: code %d", got)
	}
	id = p.begin(nil)
	e.Call("shutdown", nil, nil)
	if got := p.take(t, w, e.Await(id).Result); got != "" {
		t.Errorf("at shutdown: %s", got)
	}
	e.Notify("exit", nil)
	if got := e.Wait(); got != 0 {
		t.Errorf("exit code %d", got)
	}
}

// Breaks when a large answer is not told in the parts that the client takes, loses a file between them, or tells one twice.
func TestWorkspaceDiagnosticsInParts(t *testing.T) {
	const leaves = 250
	archive := polyrepo
	for i := range leaves {
		archive += fmt.Sprintf("-- leaf%03d/flake.nix --\n{\n  inputs.pins.url = \"git+ssh://git@example.org/acme/pins\";\n"+
			"  inputs.crane.url = \"github:ipetkov/crane\";\n  outputs = { crane, ... }: { };\n}\n", i)
	}
	w := lsptest.NewWorkspace(t, archive)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	p := &workspacePulls{e, map[string]string{}}
	answer := e.Await(p.begin(map[string]any{"partialResultToken": 7}))
	told := strings.Count(p.take(t, w, answer.Result)+"\n", "raw-url\n")
	parts := 0
	for _, m := range e.Received("$/progress") {
		var progress struct{ Token, Value json.RawMessage }
		if err := json.Unmarshal(m.Params, &progress); err != nil {
			t.Fatal(err)
		}
		if string(progress.Token) != "7" {
			continue
		}
		parts++
		told += strings.Count(p.take(t, w, progress.Value)+"\n", "raw-url\n")
	}
	if parts != 2 || told != leaves+1 || len(p.known) != leaves+1 {
		t.Errorf("%d files, %d of them different, in %d parts and the answer", told, len(p.known), parts)
	}
}

// Breaks when closed files are shown to who does not want them, or stay shown.
func TestNoWorkspaceDiagnostics(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	settings := func(on bool) {
		e.Handle("workspace/configuration", func(json.RawMessage) (any, error) {
			return []any{map[string]any{"editor": map[string]any{"workspace-diagnostics": on}}}, nil
		})
	}
	settings(true)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	p := &workspacePulls{e, map[string]string{}}
	p.take(t, w, e.Await(p.begin(nil)).Result)
	id := p.begin(nil)
	settings(false)
	e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": nil})
	if got, want := p.take(t, w, e.Await(id).Result), "web%20%C3%BC: "; got != want {
		t.Errorf("switched off: %s", got)
	}
}

// Breaks when a client that cannot be told to ask again, and takes no publications, is answered before the other files are read: it would
// show what is found without them until the next edit.
func TestPullBeforeFilesAreRead(t *testing.T) {
	files := polyrepo
	for i := range 300 { // so that reading takes longer than asking
		files += fmt.Sprintf("-- more/%d/flake.nix --\n{ inputs.pins.url = \"git+ssh://git@example.org/acme/pins\"; outputs = _: { }; }\n", i)
	}
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, files)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": map[string]any{"textDocument": map[string]any{"diagnostic": map[string]any{}}}})
		uri := open(e, w, "web ü/flake.nix") // lsptest asks, once
		pass(time.Second)
		if all := publications(t, e, uri); len(all) != 1 || codesOf(all[0]) != "raw-url" {
			t.Errorf("answered with %+v", all)
		}
	})
}

// Breaks when an answer about all files is taken to be as it was although a related place in it stands elsewhere by now: its offset is of the
// last text without errors, its line of the text there is. The soak came across it.
func TestResultsWithRelatedPlaces(t *testing.T) {
	const path = "/w/pins/flake.nix"
	findings := []diagnostics.Finding{{Related: []diagnostics.Related{{Location: workspace.Location{Path: path}}}}}
	open := func(text string) *view {
		return &view{documents: map[string]*Document{path: newDocument("file://"+path, "nix", 1, text)}}
	}
	before := open("{ }")
	var r results
	r.keep(before, "/w/web/flake.nix", findings, "id")
	for what, test := range map[string]struct {
		v        *view
		findings []diagnostics.Finding
		want     string
	}{
		"as it was":                 {before, findings, "id"},
		"another text":              {open("\n{"), findings, ""},
		"closed":                    {&view{}, findings, ""},
		"judged again":              {before, slices.Clone(findings), ""},
		"nothing is found any more": {before, nil, ""},
	} {
		if got := r.of(test.v, "/w/web/flake.nix", test.findings); got != test.want {
			t.Errorf("%s: %q, want %q", what, got, test.want)
		}
	}
}

// Breaks when a client that was told what is in an open document, and forgets the result once the document is out of sight, as VS Code does,
// is never told that nothing of it is left: it would show it until the document is opened again. Or when it is
// told so again and again, or of all that is good.
func TestFindingsOfADocumentThatIsOutOfSight(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		pass(time.Second)
		broken := open(e, w, "pins/flake.nix")
		good := open(e, w, "blog/flake.nix")
		pullDocument(e, good, "")
		for _, what := range []string{"out of sight", "closed"} {
			e.Replace(broken, 0, 0, "; ")
			if got := pullDocument(e, broken, ""); len(got.Items) == 0 {
				t.Fatal("nothing is found")
			}
			e.Replace(broken, 0, len("; "), "")
			if what == "closed" {
				e.Close(broken)
				pass(time.Second)
			}
			for _, again := range []bool{false, true} {
				var answer struct{ Items []report }
				e.Call("workspace/diagnostic", map[string]any{"previousResultIds": []any{}}, &answer)
				told := map[string]report{}
				for _, r := range answer.Items {
					told[r.URI] = r
				}
				r, ok := told[broken]
				switch {
				case again && ok:
					t.Errorf("%s: the client is told again that nothing is left: %+v", what, r)
				case !again && (!ok || r.Kind != "full" || len(r.Items) > 0):
					t.Errorf("%s: of what was broken the client is told %+v", what, r)
				}
				if r, ok := told[good]; ok {
					t.Errorf("%s: of what was good all the time the client is told %+v", what, r)
				}
			}
		}
	})
}
