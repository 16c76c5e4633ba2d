package lsp

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

type offeredAction struct {
	Title, Kind string
	IsPreferred bool
	Diagnostics []publishedDiagnostic
	Disabled    *struct{ Reason string }
	Edit        *lsptest.WorkspaceEdit
	raw         json.RawMessage
}

func (a *offeredAction) UnmarshalJSON(data []byte) error {
	type plain offeredAction
	a.raw = slices.Clone(data)
	return json.Unmarshal(data, (*plain)(a))
}

// rangeAt is the range of a part of an open document.
func rangeAt(t *testing.T, e *lsptest.Editor, uri, part string) lsptest.Range {
	t.Helper()
	at := strings.Index(e.Text(uri), part)
	if at < 0 {
		t.Fatalf("%s has no %s", uri, part)
	}
	return lsptest.Range{Start: e.Position(uri, at), End: e.Position(uri, at+len(part))}
}

func actionParams(uri string, at lsptest.Range, context map[string]any) map[string]any {
	if context["diagnostics"] == nil {
		context["diagnostics"] = []any{}
	}
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "range": at, "context": context}
}

func offered(e *lsptest.Editor, uri string, at lsptest.Range, context map[string]any) []offeredAction {
	var actions []offeredAction
	e.Call("textDocument/codeAction", actionParams(uri, at, context), &actions)
	return actions
}

// action is the offered one with a title.
func action(t *testing.T, actions []offeredAction, title string) offeredAction {
	t.Helper()
	i := slices.IndexFunc(actions, func(a offeredAction) bool { return a.Title == title })
	if i < 0 {
		t.Fatalf("no action %q among %s", title, titles(actions))
	}
	return actions[i]
}

func titles(actions []offeredAction) string {
	var all []string
	for _, a := range actions {
		all = append(all, a.Title)
	}
	return strings.Join(all, "; ")
}

// choose makes the edits of an action, as an editor does that is told to.
func choose(t *testing.T, e *lsptest.Editor, a offeredAction) {
	t.Helper()
	if a.Edit == nil {
		e.Call("codeAction/resolve", a.raw, &a)
	}
	if a.Edit == nil {
		t.Fatalf("no edits: %s", a.raw)
	}
	e.Apply(*a.Edit)
}

// Breaks when a fix is not offered where its finding stands, edits another place than it says under one of the encodings, has
// not the form that the client takes, or leaves the finding.
func TestQuickFix(t *testing.T) {
	for _, client := range clients(t) {
		for _, lineEnd := range []string{"\n", "\r\n"} {
			t.Run(client.name+strings.ReplaceAll(lineEnd, "\r\n", ", CRLF"), func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e, _ := start(t, nil)
				var result struct {
					Capabilities struct{ CodeActionProvider any }
				}
				if err := json.Unmarshal(e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities}), &result); err != nil {
					t.Fatal(err)
				}
				uri := w.URI("web ü/flake.nix")
				e.Open(uri, "nix", strings.ReplaceAll(w.Text("web ü/flake.nix"), "\n", lineEnd))
				finding := awaitDiagnostics(t, e, uri, "raw-url").Diagnostics[0]
				actions := offered(e, uri, finding.Range, map[string]any{"diagnostics": []any{finding.raw}})
				if strings.HasPrefix(client.name, "minimal") {
					if len(actions) > 0 || result.Capabilities.CodeActionProvider != nil {
						t.Errorf("offered to a client that takes commands only: %s", titles(actions))
					}
					return
				}
				fix := action(t, actions, "Follow pins/crane")
				if fix.Kind != "quickfix" || len(fix.Diagnostics) != 1 || fix.Diagnostics[0].Code != "raw-url" || fix.IsPreferred != client.full {
					t.Errorf("%s", fix.raw)
				}
				if (fix.Edit == nil) != client.full {
					t.Errorf("edits made too early, or not at all: %s", fix.raw)
				}
				want := strings.Replace(e.Text(uri), `url = "github:ipetkov/crane"`, `follows = "pins/crane"`, 1)
				choose(t, e, fix)
				if got := e.Text(uri); got != want {
					t.Errorf("text\n%s\nwant\n%s", got, want)
				}
				awaitDiagnostics(t, e, uri, "")
			})
		}
	}
}

// Breaks when a client that asks for some kinds gets others, or not those below the ones that it names; or a lamp is lit for
// what can be done everywhere.
func TestCodeActionKinds(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	for name, test := range map[string]struct {
		context       map[string]any
		yes, no, none string
	}{
		"all":            {map[string]any{}, "quickfix source.fixAll.nixPins refactor.rewrite", "", ""},
		"empty":          {map[string]any{"only": []string{""}}, "quickfix source.fixAll.nixPins refactor.rewrite", "", ""},
		"quickfix":       {map[string]any{"only": []string{"quickfix"}}, "quickfix", "source refactor", ""},
		"source":         {map[string]any{"only": []string{"source"}}, "source.fixAll.nixPins", "quickfix refactor", ""},
		"source.fixAll":  {map[string]any{"only": []string{"source.fixAll"}}, "source.fixAll.nixPins", "quickfix refactor", ""},
		"on saving":      {map[string]any{"only": []string{"source.fixAll.nixPins"}, "triggerKind": 2}, "source.fixAll.nixPins", "quickfix refactor", ""},
		"of another one": {map[string]any{"only": []string{"source.fixAll.other", "source.fix", "refactor.extract"}}, "", "source quickfix refactor", ""},
		"by itself":      {map[string]any{"triggerKind": 2}, "quickfix", "source", ""},
		"two":            {map[string]any{"only": []string{"source.organizeImports", "quickfix"}}, "quickfix", "source refactor", ""},
	} {
		t.Run(name, func(t *testing.T) {
			actions := offered(e, uri, rangeAt(t, e, uri, "github:ipetkov/crane"), test.context)
			has := func(kind string) bool {
				return slices.ContainsFunc(actions, func(a offeredAction) bool { return strings.HasPrefix(a.Kind, kind) })
			}
			for kind := range strings.FieldsSeq(test.yes) {
				if !has(kind) {
					t.Errorf("no %s", kind)
				}
			}
			for kind := range strings.FieldsSeq(test.no) {
				if has(kind) {
					t.Errorf("%s, though nobody asked", kind)
				}
			}
		})
	}
}

// Breaks when all the safe fixes of a file together do not mend it.
func TestFixAll(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	end := strings.Index(e.Text(uri), "outputs")
	e.Replace(uri, end, end, `inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";`+"\n  ")
	awaitDiagnostics(t, e, uri, "raw-url raw-url")
	actions := offered(e, uri, lsptest.Range{}, map[string]any{"only": []string{"source.fixAll"}})
	if len(actions) != 1 || actions[0].Kind != "source.fixAll.nixPins" {
		t.Fatalf("got %s", titles(actions))
	}
	choose(t, e, actions[0])
	if got := e.Text(uri); !strings.Contains(got, `inputs.nixpkgs.follows = "pins/nixpkgs"`) || !strings.Contains(got, `inputs.crane.follows = "pins/crane"`) {
		t.Errorf("text %s", got)
	}
	awaitDiagnostics(t, e, uri, "")
}

// Breaks when an action that was offered for one text is made in another, or in one that has the same version number.
func TestStaleCodeAction(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")
		fix := action(t, offered(e, uri, rangeAt(t, e, uri, "github:ipetkov/crane"), map[string]any{}), "Follow pins/crane")
		stale := func(what string) {
			t.Helper()
			if got := code(e.Await(e.Request("codeAction/resolve", fix.raw))); got != codeContentModified {
				t.Errorf("%s: code %d", what, got)
			}
		}
		e.Replace(uri, 0, 0, "\n")
		stale("after an edit")
		e.Close(uri)
		stale("after closing")
		e.Open(uri, "nix", "# reopened\n"+w.Text("web ü/flake.nix"))
		stale("after opening another text with the same version")
		e.Close(uri)
		e.Open(uri, "nix", w.Text("web ü/flake.nix"))
		choose(t, e, fix)

		e.Close(uri)
		e.Open(uri, "nix", w.Text("web ü/flake.nix"))
		rewriteFile(t, w, "pins/flake.nix", "github:ipetkov/crane", "gitlab:ipetkov/crane")
		e.Notify("workspace/didChangeWatchedFiles", watched(w, "pins/flake.nix"))
		pass(time.Second)
		stale("after pins has changed")
	})
}

// Breaks when a quick fix of another finding is offered to a client that asks about one, or an overtaken diagnostic hides
// what can be done.
func TestCodeActionDiagnostics(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	end := strings.Index(e.Text(uri), "outputs")
	e.Replace(uri, end, end, `inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";`+"\n  ")
	both := awaitDiagnostics(t, e, uri, "raw-url raw-url").Diagnostics
	all := lsptest.Range{End: e.Position(uri, len(e.Text(uri)))}
	like := func(member string, value any) map[string]any {
		d := map[string]any{"range": both[0].Range, "message": both[0].Message, "source": "nix-pins", "code": "raw-url"}
		d[member] = value
		return d
	}
	foreign, overtaken, reworded := like("source", "nil"), like("range", lsptest.Range{}), like("message", "something else")
	for name, test := range map[string]struct {
		context []any
		titles  string
	}{
		"none":                  {[]any{}, "Follow pins/crane; Follow pins/nixpkgs"},
		"one":                   {[]any{both[1].raw}, "Follow pins/nixpkgs"},
		"one of another server": {[]any{foreign}, "Follow pins/crane; Follow pins/nixpkgs"},
		"a reworded one":        {[]any{reworded}, "Follow pins/crane; Follow pins/nixpkgs"},
		"a number for its code": {[]any{like("code", 7)}, "Follow pins/crane; Follow pins/nixpkgs"},
		"an overtaken one":      {[]any{overtaken}, "Follow pins/crane; Follow pins/nixpkgs"},
		"one and others":        {[]any{foreign, both[0].raw, overtaken}, "Follow pins/crane"},
	} {
		t.Run(name, func(t *testing.T) {
			actions := offered(e, uri, all, map[string]any{"diagnostics": test.context, "only": []string{"quickfix"}})
			actions = slices.DeleteFunc(actions, func(a offeredAction) bool { return !strings.HasPrefix(a.Title, "Follow") })
			if got := titles(actions); got != test.titles {
				t.Errorf("got %s, want %s", got, test.titles)
			}
		})
	}
}

// Breaks when the whole document, named by its number of lines as clients do that think in whole lines (coc.nvim), is taken for a place in
// another text; or when such a client gets another answer than one that names the end of the last line.
func TestWholeDocumentByLines(t *testing.T) {
	w := lsptest.NewWorkspace(t, "-- blog/flake.nix --\n{\n  inputs.crane.url = \"github:ipetkov/crane\";\n  outputs = _: { };\n}\n") // alone, so that no answer waits for other files
	e, _ := start(t, probes())
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "blog/flake.nix")
	content := e.Text(uri)
	ask := func(end lsptest.Position) json.RawMessage {
		var answer json.RawMessage
		e.Call("textDocument/codeAction", actionParams(uri, lsptest.Range{End: end}, map[string]any{"only": []string{"refactor.rewrite"}}), &answer)
		return answer
	}
	want := ask(e.Position(uri, len(content)))
	if got := ask(lsptest.Position{Line: strings.Count(content, "\n") + 1}); string(got) != string(want) || string(want) == "null" {
		t.Errorf("got %s, want %s", got, want)
	}
	beyond := lsptest.Range{End: lsptest.Position{Line: strings.Count(content, "\n") + 1, Character: 1}}
	if got := code(e.Await(e.Request("textDocument/codeAction", actionParams(uri, beyond, map[string]any{})))); got != codeContentModified {
		t.Errorf("beyond the text: code %d", got)
	}
}

// Breaks when a question about no document, or about a place that is not in it, is not answered as the client expects.
func TestCodeActionNowhere(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, probes())
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	if got := offered(e, w.URI("blog/flake.nix"), lsptest.Range{}, map[string]any{}); len(got) > 0 {
		t.Errorf("of a document that is not open: %s", titles(got))
	}
	e.Open("untitled:flake.nix", "nix", "{ }")
	if got := offered(e, "untitled:flake.nix", lsptest.Range{}, map[string]any{}); len(got) > 0 {
		t.Errorf("of a document that is no file: %s", titles(got))
	}
	uri := open(e, w, "blog/flake.nix")
	far := lsptest.Range{End: lsptest.Position{Line: 99}}
	if got := code(e.Await(e.Request("textDocument/codeAction", actionParams(uri, far, map[string]any{})))); got != codeContentModified {
		t.Errorf("beyond the text: code %d", got)
	}
	for _, odd := range []any{nil, map[string]any{}, map[string]any{"title": "x", "data": 7}, map[string]any{"title": "x", "data": map[string]any{"uri": uri}}} {
		if got := code(e.Await(e.Request("codeAction/resolve", odd))); got == 0 {
			t.Errorf("resolved %v", odd)
		}
	}
	alive(t, e)
}

// Breaks when edits of several files are made in the wrong one, with the wrong version, or in a text that is not there any more.
func TestWorkspaceEdit(t *testing.T) {
	w := lsptest.NewWorkspace(t, "-- open/flake.nix --\n{ }\n-- closed/flake.nix --\n{ 😀 }\n")
	space := workspace.New(workspace.Options{Roots: []string{w.Dir}})
	document := newDocument(w.URI("open/flake.nix"), "nix", 7, "{ x }\n")
	v := &view{encoding: text.UTF16, documents: map[string]*Document{document.Path: document}, snapshot: space.Open(document.Path, 7, document.Text)}
	edit := func(path string, start, end int, new string) diagnostics.FileEdit {
		return diagnostics.FileEdit{Path: path, Edits: []text.Edit{{Span: text.Span{Start: start, End: end}, New: new}}}
	}
	files := []diagnostics.FileEdit{
		edit(w.Path("open/flake.nix"), 4, 5, "c"), edit(w.Path("closed/flake.nix"), 6, 6, "b"), edit(w.Path("open/flake.nix"), 2, 2, "a"),
	}
	for _, versions := range []bool{true, false} {
		v.client.DocumentChanges = versions
		got, err := v.workspaceEdit(files)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		at := func(start, end string, new string) string {
			return `{"range":{"start":{"line":0,"character":` + start + `},"end":{"line":0,"character":` + end + `}},"newText":"` + new + `"}`
		}
		open, closed := at("2", "2", "a")+","+at("4", "5", "c"), at("4", "4", "b")
		want := `{"documentChanges":[{"textDocument":{"uri":"` + w.URI("open/flake.nix") + `","version":7},"edits":[` + open + `]},` +
			`{"textDocument":{"uri":"` + w.URI("closed/flake.nix") + `","version":null},"edits":[` + closed + `]}]}`
		if !versions {
			want = `{"changes":{"` + w.URI("closed/flake.nix") + `":[` + closed + `],"` + w.URI("open/flake.nix") + `":[` + open + `]}}`
		}
		if string(encoded) != want {
			t.Errorf("got\n%s\nwant\n%s", encoded, want)
		}
	}
	for name, files := range map[string][]diagnostics.FileEdit{
		"overlap": {edit(document.Path, 0, 3, ""), edit(document.Path, 2, 4, "")},
		"outside": {edit(document.Path, 0, 99, "")},
		"no file": {edit(w.Path("none/flake.nix"), 0, 0, "")},
	} {
		if got, err := v.workspaceEdit(files); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Breaks when an answer that would rest on a file as it was is given, or refused as if the client were wrong.
func TestChangedFileIsContentModified(t *testing.T) {
	if got := asRPCError(&workspace.FileError{Path: "/x", Reason: workspace.Changed}); got.Code != codeContentModified {
		t.Errorf("code %d", got.Code)
	}
	if got := asRPCError(&workspace.FileError{Path: "/x", Reason: workspace.TooLarge}); got.Code != codeRequestFailed {
		t.Errorf("code %d", got.Code)
	}
}

// Breaks when of two actions that are called the same the wrong one is made.
func TestCodeActionsOfOneTitle(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	uri := open(e, w, "web ü/flake.nix")
	awaitDiagnostics(t, e, uri, "raw-url")
	end := strings.Index(e.Text(uri), "outputs")
	e.Replace(uri, end, end, `inputs.other.url = "github:ipetkov/crane";`+"\n  ")
	before := e.Text(uri)
	all := lsptest.Range{End: e.Position(uri, len(before))}
	var texts []string
	for _, a := range offered(e, uri, all, map[string]any{"only": []string{"quickfix"}}) {
		if a.Title == "Follow pins/crane" {
			choose(t, e, a)
			texts = append(texts, e.Text(uri))
			e.Replace(uri, 0, len(e.Text(uri)), before)
		}
	}
	want := []string{
		strings.Replace(before, `crane.url = "github:ipetkov/crane"`, `crane.follows = "pins/crane"`, 1),
		strings.Replace(before, `other.url = "github:ipetkov/crane"`, `other.follows = "pins/crane"`, 1),
	}
	if !slices.Equal(texts, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(texts, "\n"), strings.Join(want, "\n"))
	}
}

// Breaks when a client that can show why something cannot be done is not told, one that cannot is offered it, or it is done.
func TestDisabledCodeAction(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			w := lsptest.NewWorkspace(t, polyrepo)
			e, _ := start(t, nil)
			e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
			uri := open(e, w, "web ü/flake.nix")
			awaitDiagnostics(t, e, uri, "raw-url")
			end := strings.Index(e.Text(uri), "outputs")
			e.Replace(uri, end, end, `inputs.other.follows = "pins/nope";`+"\n  ")
			refused := slices.DeleteFunc(offered(e, uri, rangeAt(t, e, uri, "other.follows"), map[string]any{}), func(a offeredAction) bool { return a.Disabled == nil })
			if !client.full {
				if len(refused) > 0 {
					t.Errorf("offered %s", titles(refused))
				}
				return
			}
			if len(refused) == 0 {
				t.Fatal("nothing is refused")
			}
			for _, a := range refused {
				if a.Disabled.Reason == "" || a.Edit != nil || strings.Contains(string(a.raw), `"data"`) {
					t.Errorf("%s", a.raw)
				}
			}
		})
	}
}

// Breaks when the one fix of a finding vanishes without a word while it cannot be made (the open pins has a syntax error), is not offered
// again once it can, lights a lamp although nothing can be done, or is offered to a client that cannot show why not.
func TestDisabledQuickFix(t *testing.T) {
	for _, client := range clients(t) {
		t.Run(client.name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				w := lsptest.NewWorkspace(t, `
-- pins/flake.nix --
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = _: { };
}
-- web/flake.nix --
{
  inputs.pins.url = "git+ssh://git@github.com/acme/pins";
  inputs.tool.url = "github:acme/tool";
  outputs = _: { };
}
-- blog/flake.nix --
{
  inputs.pins.url = "git+ssh://git@github.com/acme/pins";
  inputs.tool.url = "github:acme/tool";
  outputs = _: { };
}
`)
				e := run(t)
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
				pins, web := open(e, w, "pins/flake.nix"), open(e, w, "web/flake.nix")
				pass(time.Minute)
				adds := func(context map[string]any) []offeredAction {
					return slices.DeleteFunc(offered(e, web, rangeAt(t, e, web, "github:acme/tool"), context), func(a offeredAction) bool {
						return !strings.HasPrefix(a.Title, "Add tool to pins")
					})
				}
				broken := strings.Index(e.Text(pins), `"github:NixOS`)
				e.Replace(pins, broken, broken, "; ")
				pass(time.Minute)
				got := adds(map[string]any{})
				switch {
				case client.full && (len(got) != 1 || got[0].Disabled == nil || !strings.Contains(got[0].Disabled.Reason, "pins has a syntax error") || got[0].IsPreferred || got[0].Edit != nil):
					t.Errorf("while pins is broken: %s", titles(got))
				case !client.full && len(got) > 0:
					t.Errorf("while pins is broken, to a client that shows no reasons: %s", got[0].raw)
				}
				if got := adds(map[string]any{"triggerKind": triggeredByClient}); len(got) > 0 {
					t.Errorf("a lamp is lit: %s", got[0].raw)
				}
				e.Replace(pins, broken, broken+len("; "), "")
				pass(time.Minute)
				if strings.HasPrefix(client.name, "minimal") {
					return // it takes commands only
				}
				choose(t, e, action(t, adds(map[string]any{}), "Add tool to pins, at the default branch"))
				if !strings.Contains(e.Text(pins), `inputs.tool.url = "github:acme/tool";`) {
					t.Errorf("pins is %s", e.Text(pins))
				}
			})
		})
	}
}
