package lsp

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
	"go.uber.org/goleak"
)

// fleet is a polyrepo of real git repositories, locked by a real Nix. Of everything there is a newer commit than is locked.
type fleet struct {
	nix *realtools.Nix
	dir string
	// old and new are the commits of the sources, by name, that were locked first and that there are now; pins is among them.
	old, new map[string]string
	editor   *lsptest.Editor
	log      *logged
}

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }
func (f *fleet) uri(name string) string  { return fileURI(f.path(name)) }

func (f *fleet) text(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(f.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// rev is the commit that the lock of a flake has at a path of names.
func (f *fleet) rev(t *testing.T, name, input string) string {
	t.Helper()
	out, stderr, err := f.nix.Run(f.path(name), "flake", "metadata", "--json", "--no-update-lock-file")
	if err != nil {
		t.Fatal(err, stderr)
	}
	var told struct {
		Locks struct {
			Root  string
			Nodes map[string]struct {
				Inputs map[string]any
				Locked struct{ Rev string }
			}
		}
	}
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatal(err)
	}
	at := told.Locks.Root
	for part := range strings.SplitSeq(input, "/") {
		at, _ = told.Locks.Nodes[at].Inputs[part].(string)
	}
	return told.Locks.Nodes[at].Locked.Rev
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	f := &fleet{nix: realtools.NewNix(t), dir: realtools.TempDir(t), old: map[string]string{}, new: map[string]string{}, log: &logged{}}
	url := func(name string) string { return `"git+file://` + f.path(name) + `"` }
	lock := func(name string, arguments ...string) {
		if _, stderr, err := f.nix.Run(f.path(name), append([]string{"flake"}, arguments...)...); err != nil {
			t.Fatal(err, stderr)
		}
	}
	commit := func(to map[string]string, text string) {
		for _, name := range []string{"nixpkgs", "tool"} {
			to[name] = realtools.GitCommit(t, f.path("sources/"+name), map[string]string{"flake.nix": "{ outputs = _: { }; } # " + name + text})
		}
	}
	commit(f.old, "")
	realtools.WriteFiles(t, f.dir, map[string]string{".nix-pins.toml": "[files]\nexclude = [\"/sources\"]\n"})
	realtools.GitCommit(t, f.path("pins"), map[string]string{"flake.nix": "{\n  inputs.nixpkgs.url = " + url("sources/nixpkgs") + ";\n  inputs.tool.url = " + url("sources/tool") + ";\n  outputs = _: { };\n}\n"})
	lock("pins", "lock")
	f.old["pins"] = realtools.GitCommit(t, f.path("pins"), nil)
	for _, leaf := range []string{"api", "blog", "web"} {
		realtools.GitCommit(t, f.path(leaf), map[string]string{"flake.nix": "{\n  inputs.pins.url = " + url("pins") + ";\n  inputs.nixpkgs.follows = \"pins/nixpkgs\";\n  outputs = _: { };\n}\n"})
		lock(leaf, "lock")
		realtools.GitCommit(t, f.path(leaf), nil)
	}
	commit(f.new, ", newer")
	lock("pins", "update")
	f.new["pins"] = realtools.GitCommit(t, f.path("pins"), nil)
	commit(f.new, ", newest")
	return f
}

// start starts a server whose nix is the fleet's, for a client that can do everything, and opens files.
func (f *fleet) start(t *testing.T, options map[string]any, open ...string) *lsptest.Editor {
	t.Helper()
	f.editor = lsptest.Start(t, func(in io.Reader, out io.Writer) int {
		s := newServer(Options{
			Log:         slog.New(slog.NewJSONHandler(f.log, nil)),
			Environment: workspace.Environment{Home: f.path("home"), Config: f.nix.ConfigHome(), Cache: f.path("home/cache")},
		})
		return s.serve(context.Background(), in, out)
	})
	settings := map[string]any{"commands": map[string]any{"nix": f.nix.Program(t)}}
	for name, value := range options {
		settings[name] = value
	}
	f.editor.Initialize(map[string]any{"rootUri": fileURI(f.dir), "capabilities": full(t), "initializationOptions": settings})
	awaitIndex(t, f.log)
	for _, name := range open {
		f.editor.Open(f.uri(name), "nix", f.text(t, name))
	}
	return f.editor
}

// awaitIndex waits until the server has read all files.
func awaitIndex(t *testing.T, log *logged) {
	t.Helper()
	log.await(t, `"msg":"indexed"`)
}

func execute(name string, arguments any) map[string]any {
	return map[string]any{"command": name, "arguments": []any{arguments}}
}

// told is what commands answer.
type told struct {
	Message string
	Changes []toldChange
	Leaves  []struct {
		URI     string
		Changes []toldChange
	}
	Failed []struct{ URI, Error string }
	Flakes []struct {
		URI    string
		Inputs []struct {
			Input, Repository, Ref, Rev, Reason string
			Locked                              *struct{ Rev, Date string }
			Moved                               bool
		}
	}
	ID, URL, URI string
	Changed      bool
}

type toldChange struct {
	Input    string
	From, To *struct{ Rev, Date string }
}

// shown tells changes as a test reads them.
func shown(changes []toldChange) string {
	var list []string
	for _, c := range changes {
		from, to := "nothing", "nothing"
		if c.From != nil {
			from = c.From.Rev
		}
		if c.To != nil {
			to = c.To.Rev
		}
		list = append(list, c.Input+" "+from+" "+to)
	}
	return strings.Join(list, ", ")
}

// shownMessage is the next text that the person is shown.
func shownMessage(t *testing.T, e *lsptest.Editor) (kind int, text string) {
	t.Helper()
	var m struct {
		Type    int
		Message string
	}
	if err := json.Unmarshal(e.WaitFor("window/showMessage", nil), &m); err != nil {
		t.Fatal(err)
	}
	return m.Type, m.Message
}

// Breaks when an update moves another input than was asked for, or none; when the person is not told from where to where; when the
// hints in an open document go on telling the old commit; or when an input that there is not is passed over.
func TestUpdateInput(t *testing.T) {
	f := newFleet(t)
	e := f.start(t, map[string]any{"trusted": true}, "pins/flake.nix")
	hints := func() string {
		var got []struct{ Label string }
		e.Call("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": f.uri("pins/flake.nix")}, "range": lsptest.Range{End: lsptest.Position{Line: 5}}}, &got)
		var labels []string
		for _, h := range got {
			labels = append(labels, h.Label)
		}
		return strings.Join(labels, ", ")
	}
	locked := f.rev(t, "pins", "nixpkgs")
	tool := f.rev(t, "pins", "tool")
	if got := hints(); !strings.Contains(got, locked[:10]) {
		t.Fatalf("hints are %s", got)
	}
	var result told
	e.Call("workspace/executeCommand", execute("nix-pins.updateInput", map[string]any{"uri": f.uri("pins/flake.nix"), "input": "nixpkgs"}), &result)
	if got, want := shown(result.Changes), "nixpkgs "+locked+" "+f.new["nixpkgs"]; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	if f.rev(t, "pins", "nixpkgs") != f.new["nixpkgs"] || f.rev(t, "pins", "tool") != tool {
		t.Error("the lock does not have what was asked for")
	}
	if kind, text := shownMessage(t, e); kind != 3 || text != "nixpkgs: "+locked[:10]+" (2026-01-01) → "+f.new["nixpkgs"][:10]+" (2026-01-01)" || text != result.Message {
		t.Errorf("the person is shown %d %s", kind, text)
	}
	e.WaitFor("workspace/inlayHint/refresh", func(json.RawMessage) bool { return true })
	for strings.Contains(hints(), locked[:10]) {
		e.WaitFor("workspace/inlayHint/refresh", nil)
	}
	if got := hints(); !strings.Contains(got, f.new["nixpkgs"][:10]) {
		t.Errorf("hints are %s", got)
	}

	e.Call("workspace/executeCommand", execute("nix-pins.updateInput", map[string]any{"uri": f.uri("pins"), "input": "nixpkgs"}), &result)
	if want := "nixpkgs is up to date at " + f.new["nixpkgs"][:10] + " (2026-01-01)."; result.Message != want || len(result.Changes) != 0 {
		t.Errorf("told %s, want %s", result.Message, want)
	}
	shownMessage(t, e)
	e.Call("workspace/executeCommand", execute("nix-pins.updateInput", map[string]any{"uri": f.uri("pins/flake.lock"), "input": "nope"}), &result)
	if kind, text := shownMessage(t, e); kind != 2 || !strings.Contains(text, "'nope' does not match any input") {
		t.Errorf("the person is shown %d %s", kind, text)
	}
	e.Call("workspace/executeCommand", execute("nix-pins.updateInput", map[string]any{"uri": f.uri("web/flake.nix"), "input": "nixpkgs"}), &result)
	if kind, text := shownMessage(t, e); kind != 2 || text != "nixpkgs follows pins/nixpkgs: that is what can be updated." {
		t.Errorf("the person is shown %d %s", kind, text)
	}
	// A path below pins moves that node alone, in a leaf whose pins stays.
	e.Call("workspace/executeCommand", execute("nix-pins.updateInput", map[string]any{"uri": f.uri("web/flake.nix"), "input": "pins/nixpkgs"}), &result)
	if got, want := shown(result.Changes), "pins/nixpkgs "+f.old["nixpkgs"]+" "+f.new["nixpkgs"]; got != want || f.rev(t, "web", "pins") != f.old["pins"] {
		t.Errorf("told %s, want %s", got, want)
	}
}

// Breaks when a flake without a lock gets none, one that is complete is said to have changed, or Nix's own error is lost.
func TestLockCommand(t *testing.T) {
	f := newFleet(t)
	e := f.start(t, map[string]any{"trusted": true})
	if err := os.Remove(f.path("web/flake.lock")); err != nil {
		t.Fatal(err)
	}
	var result told
	lock := func() {
		e.Call("workspace/executeCommand", execute("nix-pins.lock", map[string]any{"uri": f.uri("web/flake.nix")}), &result)
	}
	lock()
	if got := f.rev(t, "web", "pins"); got != f.new["pins"] || !strings.Contains(result.Message, "pins: added, "+got[:10]) {
		t.Errorf("locked is %s, told %s", got, result.Message)
	}
	lock()
	if result.Message != "flake.lock is complete: nothing was changed." {
		t.Error(result.Message)
	}
	realtools.WriteFiles(t, f.dir, map[string]string{"web/flake.nix": `{ inputs.x.url = "git+file://` + f.path("nowhere") + `"; outputs = _: { }; }`})
	before := f.text(t, "web/flake.lock")
	answer := e.Await(e.Request("workspace/executeCommand", execute("nix-pins.lock", map[string]any{"uri": f.uri("web/flake.nix")})))
	if code(answer) != codeRequestFailed || !strings.HasPrefix(answer.Error.Message, "nix: ") || !strings.Contains(answer.Error.Message, "nowhere") {
		t.Errorf("answered %v", answer.Error)
	}
	if f.text(t, "web/flake.lock") != before {
		t.Error("the lock has changed")
	}
}

// Breaks when one leaf that fails holds up the others, is not told of, or is told of without Nix's reason; when a leaf is left out; or
// when only the named ones should move.
func TestUpdatePins(t *testing.T) {
	f := newFleet(t)
	if err := os.WriteFile(f.path("blog/flake.nix"), []byte("{\n  inputs.pins.url = \"git+file://"+f.path("gone")+"\";\n  outputs = _: { };\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e := f.start(t, map[string]any{"trusted": true})
	var result told
	e.Call("workspace/executeCommand", execute("nix-pins.updatePins", map[string]any{"uris": []string{f.uri("web/flake.nix"), f.uri("web")}}), &result)
	if len(result.Leaves) != 1 || f.rev(t, "web", "pins") != f.new["pins"] || f.rev(t, "api", "pins") != f.old["pins"] {
		t.Errorf("of one that was named: %+v", result)
	}
	if kind, text := shownMessage(t, e); kind != 3 || text != "Moved to "+f.new["pins"][:10]+" (2026-01-01): web." {
		t.Errorf("the person is shown %d %s", kind, text)
	}
	result = told{}
	e.Call("workspace/executeCommand", map[string]any{"command": "nix-pins.updatePins"}, &result)
	if len(result.Leaves) != 2 || len(result.Failed) != 1 || result.Failed[0].URI != f.uri("blog") || !strings.Contains(result.Failed[0].Error, "gone") {
		t.Fatalf("told %+v", result)
	}
	if !slices.ContainsFunc(result.Leaves[0].Changes, func(c toldChange) bool {
		return c.Input == "pins" && c.From.Rev == f.old["pins"] && c.To.Rev == f.new["pins"]
	}) {
		t.Errorf("told %+v", result.Leaves[0])
	}
	if f.rev(t, "api", "pins") != f.new["pins"] {
		t.Error("api has not moved")
	}
	if kind, text := shownMessage(t, e); kind != 1 || !strings.HasPrefix(text, "Moved to "+f.new["pins"][:10]+" (2026-01-01): api. Up to date before: 1. Failed: blog (nix: ") {
		t.Errorf("the person is shown %d %s", kind, text)
	}
	for uris, want := range map[string]string{"blog": "Failed: blog (nix: ", "pins": "Failed: pins (it has no pins input)", "": "no leaf is named"} {
		list := []string{}
		if uris != "" {
			list = append(list, f.uri(uris))
		}
		answer := e.Await(e.Request("workspace/executeCommand", execute("nix-pins.updatePins", map[string]any{"uris": list})))
		if code(answer) != codeRequestFailed || !strings.HasPrefix(answer.Error.Message, want) {
			t.Errorf("%q: answered %v", uris, answer.Error)
		}
	}
}

// Breaks when a trial writes anything, tells another change than the update that follows it makes, or cannot try another reference.
func TestTryUpgrade(t *testing.T) {
	f := newFleet(t)
	e := f.start(t, map[string]any{"trusted": true})
	before := f.text(t, "pins/flake.lock")
	was := f.rev(t, "pins", "nixpkgs")
	try := func(name string, arguments map[string]any) (result told) {
		arguments["uri"] = f.uri(name + "/flake.nix")
		e.Call("workspace/executeCommand", execute("nix-pins.tryUpgrade", arguments), &result)
		return result
	}
	result := try("pins", map[string]any{"input": "nixpkgs"})
	if got, want := shown(result.Changes), "nixpkgs "+was+" "+f.new["nixpkgs"]; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	if kind, text := shownMessage(t, e); kind != 3 || !strings.HasPrefix(text, "Would change: nixpkgs: ") || !strings.HasSuffix(text, " Nothing was written.") {
		t.Errorf("the person is shown %d %s", kind, text)
	}
	result = try("pins", map[string]any{"input": "nixpkgs", "to": "git+file://" + f.path("sources/nixpkgs") + "?rev=" + f.old["nixpkgs"]})
	if got, want := shown(result.Changes), "nixpkgs "+was+" "+f.old["nixpkgs"]; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	result = try("pins", map[string]any{"input": "nixpkgs", "to": "git+file://" + f.path("sources/nixpkgs") + "?rev=" + was})
	if len(result.Changes) != 0 || !strings.HasSuffix(result.Message, " would change nothing.") {
		t.Errorf("told %+v", result)
	}
	result = try("web", map[string]any{"input": "pins/nixpkgs"})
	if got, want := shown(result.Changes), "pins/nixpkgs "+f.old["nixpkgs"]+" "+f.new["nixpkgs"]; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	if f.text(t, "pins/flake.lock") != before || f.rev(t, "web", "pins/nixpkgs") != f.old["nixpkgs"] {
		t.Error("a trial has written")
	}
	for _, name := range []string{"pins", "web"} {
		if left, err := os.ReadDir(f.path(name)); err != nil || len(left) != 3 {
			t.Errorf("%s holds %v, %v", name, left, err)
		}
	}
	for input, want := range map[string]string{"nope": "flake.nix and flake.lock tell no reference of nope: name the one to try", "pins/nope": "flake.nix and flake.lock tell no reference of pins/nope: name the one to try"} {
		answer := e.Await(e.Request("workspace/executeCommand", execute("nix-pins.tryUpgrade", map[string]any{"uri": f.uri("web"), "input": input})))
		if code(answer) != codeRequestFailed || answer.Error.Message != want {
			t.Errorf("%s: answered %v", input, answer.Error)
		}
	}
}

// Breaks when the registry does not lead a real Nix to the commit that pins has, an agreement is not seen afterwards, or an input that
// pins does not have is pinned to anything.
func TestPinRegistry(t *testing.T) {
	f := newFleet(t)
	e := f.start(t, map[string]any{"trusted": true})
	pinned := f.rev(t, "pins", "nixpkgs")
	var result told
	e.Call("workspace/executeCommand", execute("nix-pins.pinRegistry", map[string]any{}), &result)
	if !result.Changed || result.ID != "nixpkgs" || !strings.Contains(result.URL, pinned) {
		t.Errorf("told %+v", result)
	}
	if _, text := shownMessage(t, e); text != "The registry's nixpkgs is now that of pins: "+pinned[:10]+" (2026-01-01)." {
		t.Errorf("the person is shown %s", text)
	}
	out, stderr, err := f.nix.Run("", "flake", "metadata", "--json", "nixpkgs")
	var metadata struct{ Revision string }
	if err != nil || json.Unmarshal(out, &metadata) != nil || metadata.Revision != pinned {
		t.Errorf("the registry leads to %q, want %s: %v %s", metadata.Revision, pinned, err, stderr)
	}
	for result.Changed { // until the server has looked
		e.Call("workspace/executeCommand", execute("nix-pins.pinRegistry", map[string]any{"uri": f.uri("web")}), &result)
	}
	if want := "The registry has the nixpkgs of pins already: " + pinned[:10] + " (2026-01-01)."; result.Message != want {
		t.Errorf("told %s, want %s", result.Message, want)
	}
	answer := e.Await(e.Request("workspace/executeCommand", execute("nix-pins.pinRegistry", map[string]any{"input": "--help"})))
	if code(answer) != codeRequestFailed || !strings.HasPrefix(answer.Error.Message, "pins has no input --help") {
		t.Errorf("answered %v", answer.Error)
	}
}
