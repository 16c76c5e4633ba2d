package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// soakFor is the environment variable that lets the soak run for a time such as 1h, on one seed after the other; soakSeed is for one
// seed alone.
const (
	soakFor  = "NIX_PINS_SOAK"
	soakSeed = "NIX_PINS_SOAK_SEED"
)

// soakSteps is how many things the editors of one seed do together.
const soakSteps = 300

// soakNudges is how many single things happen after that, with a look at the whole after each.
const soakNudges = 12

// Breaks when what an editor shows at the end of a long day is not what it would show after a new start: a version, a notification, a
// change of the disk or of the settings that was lost on the way, whatever was asked and taken back meanwhile; when a goroutine is left,
// an answer is missing, the server panics, or two goroutines meet at one value (under -race).
func TestSoak(t *testing.T) {
	first, last := uint64(1), uint64(6)
	deadline := time.Time{}
	if text := os.Getenv(soakFor); text != "" {
		duration, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("%s: %v", soakFor, err)
		}
		first, deadline = uint64(time.Now().UnixNano()), time.Now().Add(duration)
		last = first
	}
	if text := os.Getenv(soakSeed); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", soakSeed, err)
		}
		first, last = seed, seed
	}
	for seed := first; seed <= last || time.Now().Before(deadline); seed++ {
		good := t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := &soak{random: rand.New(rand.NewPCG(seed, 0))}
			for range 2 {
				s.folders = append(s.folders, newSoakFolder(t)) // it starts processes, for which the clock would not wait
			}
			capabilities := full(t)
			inClock(t, func(t *testing.T) {
				s.t = t
				for i := range 4 {
					s.start(s.folders[i%len(s.folders)], maps.Clone(capabilities))
				}
				for range soakSteps {
					s.step()
				}
				s.settle()
				for _, e := range s.editors {
					s.compare(e)
				}
				for range soakNudges {
					s.nudge()
				}
				for _, e := range s.editors {
					e.end(t)
				}
			})
		})
		if !good && !deadline.IsZero() {
			t.Fatalf("again with %s=%d", soakSeed, seed)
		}
	}
}

// soak is several editors at work, two on each folder. One goroutine lets them act, and hardly ever waits for an answer.
type soak struct {
	t       *testing.T
	random  *rand.Rand
	folders []*soakFolder
	editors []*soaking
}

// soakFolder is a polyrepo, with the texts that each of its files takes in turn; "" is none.
type soakFolder struct {
	*moving
	names []string
	texts map[string][]string
}

func newSoakFolder(t *testing.T) *soakFolder {
	f := &soakFolder{moving: newMoving(t), texts: map[string][]string{}}
	f.texts = map[string][]string{
		"pins/flake.nix": {
			"{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\";\n  outputs = _: { };\n}\n",
			"{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\";\n  inputs.crane.url = \"github:ipetkov/crane\";\n  inputs.tool.url = \"path:../tool\";\n  outputs = _: { };\n}\n",
			"{\n  inputs.crane = { url = \"github:ipetkov/crane\"; inputs.nixpkgs.follows = \"nixpkgs\"; };\n  outputs = { self, ... }: { };\n}\n",
		},
		"pins/flake.lock": {f.pinsLock("a1"), f.pinsLock("a2"), f.sketched("nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a3 2026-11-12\ncrane github:ipetkov/crane rev=c1 2026-11-02\n")},
		"web/flake.nix": {
			followingLeaf,
			strings.ReplaceAll(followingLeaf, "\n", "\r\n"),
			"{\n  description = \"é→😀e\u0301🇩🇪\"; inputs.crane.url = \"github:ipetkov/crane\";\n  inputs.pins.url = \"git+ssh://git@example.org/acme/pins\";\n  outputs = { crane, nixpkgs, ... }: { x = crane; };\n}\n",
			"{\n  inputs = {\n    pins.url = \"git+ssh://git@example.org/acme/pins\";\n    nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\";\n    crane.follows = \"pins/crane\";\n    crane.inputs.nixpkgs.follows = \"nixpkgs\";\n  };\n  outputs = inputs: inputs;\n}\n",
		},
		"web/flake.lock": {f.leafLock(f.first, "a1"), f.leafLock(f.next, "a2"), "", f.sketched("pins git+ssh://git@example.org/acme/pins rev=" + f.first + " count=1 2026-11-20\n  nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a2 2026-11-10\ncrane github:ipetkov/crane rev=c9 2026-10-02\n  nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a4 2026-11-01\n")},
		"blog ü/flake.nix": {
			"{\n  inputs.pins.url = \"git+ssh://git@example.org/acme/pins\";\n  inputs.crane.follows = \"pins/crane\";\n  outputs = { crane, ... }: { };\n}\n",
			"",
			"{\n  inputs.nixpkgs.follows = \"pins/nixpkgs\";\n  outputs = { pins, ... }: { };\n}\n",
		},
		// An editor that does not watch would not learn of a new flake further down (workspace.Poll).
		"api/flake.nix":       {"", followingLeaf, "{\n  inputs.web.url = \"path:../web\";\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = _: { };\n}\n"},
		"team/big/flake.nix":  {followingLeaf, "{\n  inputs.pins.url = \"github:acme/pins\";\n  outputs = _: { };\n}\n"},
		"team/big/flake.lock": {"", f.leafLock(f.next, "a9")},
		"tool/mana.nix":       {"{\n  dependencies.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\";\n}\n", ""},
		"tool/flake.nix":      {"{\n  outputs = _: { };\n}\n", "{\n  inputs.nixpkgs.url = \"nixpkgs\";\n  outputs = _: { };\n}\n"},
		".nix-pins.toml":      {"", "[rules]\nraw-url = \"warning\"\n", "[pins]\ninputs = [\"pins\"]\nunheard = 1\n", "preview = true\n"},
	}
	f.names = slices.Sorted(maps.Keys(f.texts))
	for _, name := range f.names {
		f.put(name, f.texts[name][0])
		if f.texts[name][0] == "" {
			f.remove(name)
		}
	}
	return f
}

func (f *soakFolder) remove(name string) {
	if err := os.RemoveAll(f.Path(name)); err != nil {
		f.t.Fatal(err)
	}
}

// soaking is one editor, with what it has to remember.
type soaking struct {
	*lsptest.Editor
	log    *logged
	folder *soakFolder
	// initial are the params of initialize, offers what the server can do.
	initial map[string]any
	offers  struct{ InlayHintProvider, CodeActionProvider, DiagnosticProvider, RenameProvider, CodeLensProvider any }
	watches bool
	asks    bool // whether the server asks it for settings
	// untold are the files whose change the server has not been told of.
	untold map[string]bool
	open   []string
	// flying are the requests without an answer, with their methods.
	flying []flight
	// all is the request for the diagnostics of the workspace, known what came of those before.
	all   string
	known map[string]string
}

type flight struct{ id, method string }

// soakSettings are what the editors' settings are set to in turn.
var soakSettings = []map[string]any{
	{}, {"editor": map[string]any{"debounce": 0}}, {"rules": map[string]any{"raw-url": "warning", "missing-lock": "off"}},
	{"hints": map[string]any{"follows": false}, "editor": map[string]any{"debounce": 250}}, {"files": map[string]any{"exclude": []string{"team", "tool"}}},
	{"editor": map[string]any{"workspace-diagnostics": false}}, {"pins": map[string]any{"inputs": []string{"sources"}}}, {"unheard": 1},
}

// start begins a session: one that pulls, one that takes what it is sent, or one that can hardly do anything.
func (s *soak) start(f *soakFolder, capabilities map[string]any) {
	encoding := []string{"utf-8", "utf-16", "utf-32"}[s.random.IntN(3)]
	kind := len(s.editors) % 3
	switch kind {
	case 1:
		document := maps.Clone(capabilities["textDocument"].(map[string]any))
		delete(document, "diagnostic")
		capabilities["textDocument"] = document
	case 2:
		capabilities = map[string]any{"textDocument": map[string]any{"codeAction": map[string]any{"codeActionLiteralSupport": map[string]any{}}}}
	}
	capabilities["general"] = map[string]any{"positionEncodings": []string{encoding}}
	e := newSoaking(s.t, f, map[string]any{
		"rootUri": f.URI(""), "capabilities": capabilities, "initializationOptions": soakSettings[s.random.IntN(len(soakSettings))],
	})
	e.watches, e.asks = kind != 2, kind != 2
	s.editors = append(s.editors, e)
}

func newSoaking(t *testing.T, f *soakFolder, initial map[string]any) *soaking {
	e := &soaking{folder: f, initial: initial, untold: map[string]bool{}, known: map[string]string{}, log: &logged{}}
	e.Editor = lsptest.Start(t, func(in io.Reader, out io.Writer) int {
		server := newServer(Options{Log: slog.New(slog.NewJSONHandler(e.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		maps.Copy(server.methods, probes())
		server.methods["test/readable"] = request(readable)
		return server.serve(context.Background(), in, out)
	})
	settings, err := json.Marshal([]any{initial["initializationOptions"]})
	if err != nil {
		t.Fatal(err)
	}
	e.answerSettings(settings)
	var result struct{ Capabilities any }
	result.Capabilities = &e.offers
	if err := json.Unmarshal(e.Initialize(initial), &result); err != nil {
		t.Fatal(err)
	}
	return e
}

// readable says whether a document's text is one that other files see.
func readable(_ context.Context, v *view, params *uriParams) (bool, error) {
	file, err := v.snapshot.File(v.document(params.URI).path())
	switch {
	case err != nil:
		return false, err
	case strings.HasSuffix(file.Path, ".lock"):
		_, err := file.Lock()
		return err == nil, nil
	}
	return !strings.HasSuffix(file.Path, ".nix") || file.Manifest().Clean(), nil
}

func (e *soaking) answerSettings(answer json.RawMessage) {
	e.Handle("workspace/configuration", func(json.RawMessage) (any, error) { return answer, nil })
}

// ask sends a request, whose answer nobody waits for now.
func (e *soaking) ask(method string, params map[string]any) string {
	id := e.Request(method, params)
	e.flying = append(e.flying, flight{id, method})
	return id
}

// land waits for the answers of all but the last few requests.
func (e *soaking) land(t *testing.T, but int) {
	t.Helper()
	for len(e.flying) > but {
		flight := e.flying[0]
		e.flying = e.flying[1:]
		e.answered(t, flight, e.Await(flight.id))
	}
}

// answered looks at an answer: an error may only be of what was taken back, or of what changed meanwhile.
func (e *soaking) answered(t *testing.T, f flight, answer lsptest.Answer) bool {
	t.Helper()
	if answer.Error == nil {
		return true
	}
	refused := answer.Error.Code == codeRequestFailed && (f.method == "textDocument/rename" || f.method == "textDocument/prepareRename")
	if answer.Error.Code != codeRequestCancelled && answer.Error.Code != codeContentModified && !refused {
		t.Errorf("%s: %v", f.method, answer.Error)
	}
	return false
}

// step lets one editor do one thing, and sometimes time go by: to the very moments at which the server's own timers are due, too.
func (s *soak) step() {
	e := s.editors[s.random.IntN(len(s.editors))]
	s.openSome(e)
	name := e.open[s.random.IntN(len(e.open))]
	switch n := s.random.IntN(100); {
	case n < 35:
		s.edit(e, name)
	case n < 60:
		s.question(e, name)
	case n < 70:
		s.act(e, name)
	case n < 74:
		s.rename(e, name)
	case n < 84:
		s.change(e.folder)
	case n < 88:
		s.save(e, name)
	case n < 91:
		s.tell(e)
	case n < 94:
		e.Close(e.folder.URI(name))
		e.open = slices.DeleteFunc(e.open, func(other string) bool { return other == name })
	case n < 97:
		s.set(e)
	default:
		if len(e.flying) > 0 {
			e.Cancel(e.flying[s.random.IntN(len(e.flying))].id)
		}
	}
	e.land(s.t, 10)
	s.followWorkspace(e)
	if waits := []time.Duration{0, time.Millisecond, 50 * time.Millisecond, quiet, pollInterval}; s.random.IntN(3) == 0 {
		pass(waits[s.random.IntN(len(waits))])
	}
}

// openSome opens a file, whether it is there or not, where none is open, and now and then one more.
func (s *soak) openSome(e *soaking) {
	if len(e.open) > 0 && s.random.IntN(8) > 0 {
		return
	}
	name := e.folder.names[s.random.IntN(len(e.folder.names))]
	if slices.Contains(e.open, name) {
		return
	}
	content, err := os.ReadFile(e.folder.Path(name))
	if err != nil {
		content = []byte(s.text(e.folder, name))
	}
	e.Open(e.folder.URI(name), "nix", string(content))
	e.open = append(e.open, name)
}

// text is one of a file's texts, but for none.
func (s *soak) text(f *soakFolder, name string) string {
	for {
		if text := f.texts[name][s.random.IntN(len(f.texts[name]))]; text != "" {
			return text
		}
	}
}

// typed is what is typed.
var typed = []string{
	"", " ", "\n", "\r\n", "}", "{", "\"", ";", "😀", "e\u0301", "# nix-pins: allow raw-url\n", "inputs.crane.url = \"github:ipetkov/crane\";\n", "  inputs.pins.url = \"pins\";\n",
	"inputs.nixpkgs.follows = \"pins/nixpkgs\";\n", ".inputs.nixpkgs.follows = \"\";", "inputs.", "follows = \"pins/", "url = \"github:", "crane, ", "[rules]\n",
}

// edit types somewhere, or writes the document anew.
func (s *soak) edit(e *soaking, name string) {
	uri := e.folder.URI(name)
	before := e.Text(uri)
	if s.random.IntN(6) == 0 {
		e.Replace(uri, 0, len(before), s.text(e.folder, name))
		return
	}
	// Between two lines the text is more often right than within one.
	starts := []int{0}
	for i := range before {
		if before[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	start := starts[s.random.IntN(len(starts))]
	end := start
	if s.random.IntN(3) == 0 {
		end = starts[min(slices.Index(starts, start)+1, len(starts)-1)]
	}
	if s.random.IntN(4) == 0 {
		start = charStart(before, s.random.IntN(len(before)+1))
		end = start
	}
	e.Replace(uri, start, end, typed[s.random.IntN(len(typed))])
}

// charStart is the start of the character at an offset, where \r\n is one.
func charStart(text string, offset int) int {
	for offset > 0 && offset < len(text) && (text[offset]&0xC0 == 0x80 || text[offset] == '\n' && text[offset-1] == '\r') {
		offset--
	}
	return offset
}

// at is a position of a document, params as most requests have them.
func (s *soak) at(e *soaking, name string) map[string]any {
	uri := e.folder.URI(name)
	content := e.Text(uri)
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": e.Position(uri, charStart(content, s.random.IntN(len(content)+1)))}
}

func wholeRange(e *soaking, name string) map[string]any {
	uri := e.folder.URI(name)
	all := lsptest.Range{Start: e.Position(uri, 0), End: e.Position(uri, len(e.Text(uri)))}
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "range": all}
}

func (s *soak) question(e *soaking, name string) {
	params := s.at(e, name)
	switch methods := []string{"completion", "hover", "definition", "references", "documentHighlight", "documentSymbol", "documentLink", "inlayHint", "codeLens", "diagnostic"}; methods[s.random.IntN(len(methods))] {
	case "references":
		params["context"] = map[string]any{"includeDeclaration": true}
		e.ask("textDocument/references", params)
	case "documentSymbol":
		e.ask("textDocument/documentSymbol", params)
	case "documentLink":
		e.ask("textDocument/documentLink", params)
	case "inlayHint":
		if e.offers.InlayHintProvider != nil {
			e.ask("textDocument/inlayHint", wholeRange(e, name))
		}
	case "codeLens":
		if e.offers.CodeLensProvider != nil {
			e.ask("textDocument/codeLens", params)
		}
	case "diagnostic":
		e.ask("textDocument/diagnostic", params)
	case "completion":
		e.ask("textDocument/completion", params)
	case "hover":
		e.ask("textDocument/hover", params)
	case "definition":
		e.ask("textDocument/definition", params)
	case "documentHighlight":
		e.ask("textDocument/documentHighlight", params)
	}
}

// act has an action done, as a person does who sees the lamp.
func (s *soak) act(e *soaking, name string) {
	if e.offers.CodeActionProvider == nil {
		return
	}
	params := wholeRange(e, name)
	if s.random.IntN(2) == 0 {
		at := s.at(e, name)["position"]
		params["range"] = map[string]any{"start": at, "end": at}
	}
	params["context"] = map[string]any{"diagnostics": []any{}}
	id := e.Request("textDocument/codeAction", params)
	if s.random.IntN(4) == 0 {
		s.edit(e, name) // the answer is of an overtaken text, and nobody uses it
		e.flying = append(e.flying, flight{id, "textDocument/codeAction"})
		return
	}
	answer := e.Await(id)
	if !e.answered(s.t, flight{id, "textDocument/codeAction"}, answer) {
		return
	}
	var actions []json.RawMessage
	if err := json.Unmarshal(answer.Result, &actions); err != nil {
		s.t.Fatalf("actions: %v", err)
	}
	if len(actions) == 0 {
		return
	}
	chosen := actions[s.random.IntN(len(actions))]
	var action struct {
		Edit     *lsptest.WorkspaceEdit
		Disabled any
	}
	if err := json.Unmarshal(chosen, &action); err != nil {
		s.t.Fatalf("action: %v", err)
	}
	if action.Edit == nil && action.Disabled == nil {
		id := e.Request("codeAction/resolve", chosen)
		if answer := e.Await(id); !e.answered(s.t, flight{id, "codeAction/resolve"}, answer) {
			return
		} else if err := json.Unmarshal(answer.Result, &action); err != nil {
			s.t.Fatalf("resolved: %v", err)
		}
	}
	if action.Edit != nil {
		s.apply(e, *action.Edit)
	}
}

func (s *soak) rename(e *soaking, name string) {
	if e.offers.RenameProvider == nil {
		return
	}
	params := s.at(e, name)
	e.ask("textDocument/prepareRename", params)
	renaming := maps.Clone(params)
	renaming["newName"] = []string{"crane", "rust", "a b", "nixpkgs"}[s.random.IntN(4)]
	id := e.Request("textDocument/rename", renaming)
	answer := e.Await(id)
	var edit *lsptest.WorkspaceEdit
	if !e.answered(s.t, flight{id, "textDocument/rename"}, answer) {
		return
	} else if err := json.Unmarshal(answer.Result, &edit); err != nil {
		s.t.Fatalf("rename: %v", err)
	}
	if edit != nil {
		s.apply(e, *edit)
	}
}

// apply makes an edit, which may change files that are not open.
func (s *soak) apply(e *soaking, edit lsptest.WorkspaceEdit) {
	e.Apply(edit)
	for _, name := range e.folder.names {
		_, changed := edit.Changes[e.folder.URI(name)]
		for _, change := range edit.DocumentChanges {
			changed = changed || change.TextDocument.URI == e.folder.URI(name)
		}
		if changed && !slices.Contains(e.open, name) {
			s.onDisk(e.folder, name)
		}
	}
}

// onDisk notes that a file has changed, which every editor on the folder tells its server sooner or later, if it does.
func (s *soak) onDisk(f *soakFolder, name string) {
	for _, e := range s.editors {
		if e.folder == f && e.watches {
			e.untold[name] = true
			if s.random.IntN(2) == 0 {
				s.tell(e)
			}
		}
	}
}

func (s *soak) tell(e *soaking) {
	if len(e.untold) > 0 {
		e.Notify("workspace/didChangeWatchedFiles", watched(e.folder.Workspace, slices.Sorted(maps.Keys(e.untold))...))
		clear(e.untold)
	}
}

// change changes a file behind the editors' backs, or commits to pins.
func (s *soak) change(f *soakFolder) {
	if s.random.IntN(6) == 0 {
		f.put("pins/.git/refs/heads/main", []string{f.first, f.next}[s.random.IntN(2)]+"\n")
		s.onDisk(f, "pins/.git/refs/heads/main")
		return
	}
	name := f.names[s.random.IntN(len(f.names))]
	if text := f.texts[name][s.random.IntN(len(f.texts[name]))]; text == "" {
		f.remove(name)
	} else {
		f.put(name, text)
	}
	s.onDisk(f, name)
}

func (s *soak) save(e *soaking, name string) {
	uri := e.folder.URI(name)
	e.folder.put(name, e.Text(uri))
	e.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": uri}})
	s.onDisk(e.folder, name)
}

// set changes the editor's settings.
func (s *soak) set(e *soaking) {
	settings := soakSettings[s.random.IntN(len(soakSettings))]
	e.initial["initializationOptions"] = settings
	answer, err := json.Marshal([]any{settings})
	if err != nil {
		s.t.Fatal(err)
	}
	e.answerSettings(answer)
	e.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{settingsSection: settings}})
}

// followWorkspace asks for the diagnostics of all files, and as soon as it has them, again.
func (s *soak) followWorkspace(e *soaking) {
	if e.offers.DiagnosticProvider == nil {
		return
	}
	if e.all != "" {
		if !slices.ContainsFunc(e.Unclaimed(), func(a lsptest.Answer) bool { return string(a.ID) == e.all }) {
			return
		}
		answer := e.Await(e.all)
		if e.answered(s.t, flight{e.all, "workspace/diagnostic"}, answer) {
			e.noteWorkspace(s.t, answer.Result)
		}
	}
	previous := []any{}
	for uri, id := range e.known {
		previous = append(previous, map[string]any{"uri": uri, "value": id})
	}
	e.all = e.Request("workspace/diagnostic", map[string]any{"previousResultIds": previous})
}

func (e *soaking) noteWorkspace(t *testing.T, result json.RawMessage) {
	var reports struct{ Items []report }
	if err := json.Unmarshal(result, &reports); err != nil {
		t.Fatalf("workspace/diagnostic: %v", err)
	}
	for _, r := range reports.Items {
		e.known[r.URI] = r.ResultID
	}
}

// settle lets everything come to rest. Of a text that cannot be read other files see the last one that could, which a new server does
// not know of, so all are made readable.
func (s *soak) settle() {
	for _, e := range s.editors {
		e.land(s.t, 0)
		s.tell(e)
	}
	s.rest()
	for _, e := range s.editors {
		for _, name := range e.open {
			uri, readable := e.folder.URI(name), false
			if e.Call("test/readable", map[string]any{"uri": uri}, &readable); !readable {
				e.Replace(uri, 0, len(e.Text(uri)), s.text(e.folder, name))
			}
		}
	}
	s.rest()
	for _, e := range s.editors {
		s.followWorkspace(e)
	}
	s.rest()
	for _, e := range s.editors {
		s.followWorkspace(e) // takes what came, and asks again
	}
	s.rest()
}

// nudge lets one thing happen, and nothing after it that would make good what it forgot.
func (s *soak) nudge() {
	e := s.editors[s.random.IntN(len(s.editors))]
	var names []string // that others may see change
	for _, name := range e.folder.names {
		if !slices.Contains(e.open, name) {
			names = append(names, name)
		}
	}
	switch n := s.random.IntN(5); {
	case n == 0 && len(e.open) > 1:
		name := e.open[s.random.IntN(len(e.open))]
		e.Close(e.folder.URI(name))
		e.open = slices.DeleteFunc(slices.Clone(e.open), func(other string) bool { return other == name })
	case n == 1 && len(e.open) > 0:
		name := e.open[s.random.IntN(len(e.open))]
		uri := e.folder.URI(name)
		e.Replace(uri, 0, len(e.Text(uri)), s.text(e.folder, name))
	case n == 2 && len(names) > 0:
		name := names[s.random.IntN(len(names))]
		e.Open(e.folder.URI(name), "nix", s.text(e.folder, name))
		e.open = append(slices.Clone(e.open), name)
	case n == 3:
		s.set(e)
	default:
		s.change(e.folder)
		for _, other := range s.editors {
			s.tell(other)
		}
	}
	s.rest()
	// Each takes what came, and asks again: who has nothing yet is answered at once, and may have been before the change.
	for range 2 {
		for _, other := range s.editors {
			if other.folder == e.folder {
				s.followWorkspace(other)
			}
		}
		s.rest()
	}
	for _, other := range s.editors {
		if other.folder == e.folder {
			s.compare(other)
		}
	}
}

// rest waits until nobody has anything to do but to look at the disk now and then, which everybody has done.
func (s *soak) rest() {
	pass(10 * pollInterval)
	synctest.Wait()
}

// shown is what the editor shows of an open document, as JSON.
func (e *soaking) shown(t *testing.T, name string) string {
	shown := "[]"
	for _, m := range e.Received("textDocument/publishDiagnostics") {
		var p struct {
			URI         string
			Diagnostics json.RawMessage
		}
		if err := json.Unmarshal(m.Params, &p); err != nil {
			t.Fatal(err)
		}
		if p.URI == e.folder.URI(name) {
			shown = string(p.Diagnostics)
		}
	}
	return shown
}

// compare starts another server, opens the same texts, and compares what the two say of everything.
func (s *soak) compare(e *soaking) {
	fresh := newSoaking(s.t, e.folder, e.initial)
	fresh.open = e.open
	for _, name := range e.open {
		fresh.Open(e.folder.URI(name), "nix", e.Text(e.folder.URI(name)))
	}
	s.rest()
	for _, name := range e.open {
		uri := e.folder.URI(name)
		var has struct{ Text string }
		e.Call("test/document", map[string]any{"uri": uri}, &has)
		if has.Text != e.Text(uri) {
			s.t.Errorf("%s: the server has the text\n%s\nthe editor\n%s", name, has.Text, e.Text(uri))
			continue
		}
		if got, want := e.shown(s.t, name), fresh.shown(s.t, name); got != want {
			s.t.Errorf("%s\n%s\nshows\n%s\na new server says\n%s", name, has.Text, got, want)
		}
		requests := []string{"documentSymbol", "documentLink", "references", "definition", "hover", "completion"}
		if e.offers.InlayHintProvider != nil {
			requests = append(requests, "inlayHint")
		}
		if e.offers.CodeLensProvider != nil {
			requests = append(requests, "codeLens")
		}
		params := s.at(e, name)
		params["range"] = wholeRange(e, name)["range"]
		params["context"] = map[string]any{"includeDeclaration": true}
		for _, request := range requests {
			var got, want json.RawMessage
			e.Call("textDocument/"+request, params, &got)
			fresh.Call("textDocument/"+request, params, &want)
			if string(got) != string(want) {
				s.t.Errorf("%s of %s at %v\n%s\nis\n%s\na new server says\n%s", request, name, params["position"], has.Text, got, want)
				continue
			}
			if request != "inlayHint" {
				continue
			}
			var hints []shownHint
			if err := json.Unmarshal(got, &hints); err != nil {
				s.t.Fatal(err)
			}
			for _, hint := range hints {
				if hint.Tooltip != nil {
					continue
				}
				e.Call("inlayHint/resolve", hint.raw, &got)
				fresh.Call("inlayHint/resolve", hint.raw, &want)
				if string(got) != string(want) {
					s.t.Errorf("the hint of %s\n%s\nis\n%s\na new server says\n%s", name, has.Text, got, want)
				}
			}
		}
	}
	if e.offers.DiagnosticProvider != nil {
		if got, want := e.everything(s.t), fresh.everything(s.t); got != want {
			s.t.Errorf("of the workspace it says\n%s\na new server\n%s", got, want)
		}
		fresh.noteWorkspace(s.t, fresh.pullEverything())
		if got, want := e.told(), fresh.told(); got != want {
			s.t.Errorf("of closed files the editor was told\n%s\na new server says\n%s", got, want)
		}
	}
	fresh.end(s.t)
}

// told is what the editor was told of closed files in the end, by result ids. Of an open one it asks by itself.
func (e *soaking) told() string {
	var lines []string
	for uri, id := range e.known {
		open := slices.ContainsFunc(e.open, func(name string) bool { return e.folder.URI(name) == uri })
		if !open && id != noFinding.ResultID {
			lines = append(lines, uri+" "+id)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (e *soaking) pullEverything() json.RawMessage {
	var result json.RawMessage
	e.Call("workspace/diagnostic", map[string]any{"previousResultIds": []any{}}, &result)
	return result
}

// everything is what the server says of all files, with a line for each of which there is something to say. To a client that may show what
// it once got of a document it also says that nothing is left.
func (e *soaking) everything(t *testing.T) string {
	var reports struct {
		Items []struct {
			URI   string
			Items json.RawMessage
		}
	}
	if err := json.Unmarshal(e.pullEverything(), &reports); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range reports.Items {
		if string(r.Items) != string(noItems) {
			lines = append(lines, r.URI+" "+string(r.Items))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// end ends the session and looks for what went wrong in it.
func (e *soaking) end(t *testing.T) {
	if e.all != "" {
		e.Cancel(e.all)
		e.Await(e.all)
	}
	if code := e.Shutdown(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for line := range strings.Lines(e.log.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "notification failed") || strings.Contains(line, `"msg":"panic"`) {
			t.Errorf("log: %s", line)
		}
	}
}
