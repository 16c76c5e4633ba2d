package lsp

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/featurearchive"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
	"github.com/rogpeppe/go-internal/diff"
)

// featureArchives are the archives by which package ide is held to what it answers, in bytes.
const featureArchives = "../ide/testdata"

// everyCase takes thrice the time.
var everyCase = flag.Bool("every-case", false, "ask the server about all cases of the features' archives, not only some of each feature")

// wide is what stands before a place to put it elsewhere in each encoding: characters of two, three and four bytes, one with a
// combining mark and one of two code points.
const wide = "é→😀e\u0301🇩🇪"

// variant is a text that says the same as another one.
type variant struct {
	text  string
	plain []int // by offset, the one in the plain text; that of what was inserted is where it was
}

// edited is the plain text with some bytes replaced, each by a text of any length.
func edited(plain string, replaced map[int]string, inserted map[int]string) variant {
	var v variant
	var b strings.Builder
	put := func(s string, at int) {
		b.WriteString(s)
		for range len(s) {
			v.plain = append(v.plain, at)
		}
	}
	for i := range len(plain) {
		put(inserted[i], i)
		if s, ok := replaced[i]; ok {
			put(s, i)
		} else {
			put(plain[i:i+1], i)
		}
	}
	v.text, v.plain = b.String(), append(v.plain, len(plain))
	return v
}

// offset is the place in the variant of one in the plain text, behind what was inserted there; but before a line's end.
func (v variant) offset(plain int) int {
	at, _ := slices.BinarySearch(v.plain, plain+1)
	if at--; at > 0 && v.text[at-1:min(at+1, len(v.text))] == "\r\n" {
		at--
	}
	return at
}

// widened is the text with the wide characters before the cursor on its line: in Nix as a comment, in JSON as a member of what is then
// one line. It is the text itself where neither may stand: in a string, in another comment, or before anything.
func widened(path, plain string, cursor int) (variant, bool) {
	inserted, replaced := map[int]string{}, map[int]string{}
	switch filepath.Ext(path) {
	case ".nix":
		line := strings.LastIndexByte(plain[:cursor], '\n') + 1
		at := line + len(plain[line:]) - len(strings.TrimLeft(plain[line:], " "))
		errors := func(s string) int { return len(parse.Parse(parse.KindOf(path), plain[:at]+s+plain[at:]).Errors) }
		comment := "/* " + wide + " */ "
		// A comment that never ends is an error unless it is none, but part of a string or of a comment.
		if at > cursor || errors("/* ") <= errors("") || errors(comment) != errors("") {
			break
		}
		inserted[at] = comment
	case ".lock", ".json":
		if at := strings.IndexByte(plain, '{') + 1; at > 0 && at <= cursor && strings.Contains(plain[at:], `"`) {
			inserted[at] = `"` + wide + `": 0,`
			for i := at; i < len(plain); i++ {
				if plain[i] == '\n' {
					replaced[i] = " "
				}
			}
		}
	}
	return edited(plain, replaced, inserted), len(inserted) > 0
}

// returned is the text with other line ends.
func returned(plain string) variant {
	inserted := map[int]string{}
	for i := range len(plain) {
		if plain[i] == '\n' && (i == 0 || plain[i-1] != '\r') {
			inserted[i] = "\r"
		}
	}
	return edited(plain, nil, inserted)
}

// archiveSession is an editor with a variant of a case's text open.
type archiveSession struct {
	t       *testing.T
	e       *lsptest.Editor
	root    string
	uri     string
	variant variant
}

// offsets is what the server answered with offsets of the plain texts in the place of positions, and without what only the server
// understands. uri is the document in which positions are until a member says another one.
func (s archiveSession) offsets(value any, uri string) any {
	switch value := value.(type) {
	case []any:
		all := make([]any, len(value))
		for i, element := range value {
			all[i] = s.offsets(element, uri)
		}
		return all
	case map[string]any:
		if line, ok := value["line"].(float64); ok {
			return s.offset(uri, lsptest.Position{Line: int(line), Character: int(value["character"].(float64))})
		}
		document := (shape{value}).at("textDocument.uri").string()
		if own, ok := value["uri"].(string); ok {
			document = own
		}
		if document == "" {
			document = uri
		}
		all := map[string]any{}
		for name, member := range value {
			within := document
			switch {
			case name == "data" || name == "resultId":
				continue
			case strings.HasPrefix(name, "target"): // of a LocationLink
				within, _ = value["targetUri"].(string)
			case strings.HasPrefix(name, "file:"): // of changes
				within = name
			}
			all[name] = s.offsets(member, within)
		}
		return all
	case string:
		value = strings.ReplaceAll(value, "/* "+wide+" */ ", "")
		return strings.ReplaceAll(value, "\r\n", "\n")
	}
	return value
}

// place is `PATH:OFFSET`.
type place string

func placeIn(t *testing.T, root, path string, offset int) place {
	t.Helper()
	relative, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return place(fmt.Sprintf("%s:%d", relative, offset))
}

// placesIn are those in an answer, in their own order.
func placesIn(value any) []place {
	var all []place
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			all = append(all, placesIn(element)...)
		}
	case map[string]any:
		for _, member := range value {
			all = append(all, placesIn(member)...)
		}
	case place:
		all = []place{value}
	}
	slices.Sort(all)
	return all
}

// offset is the place of a position.
func (s archiveSession) offset(uri string, p lsptest.Position) place {
	s.t.Helper()
	path, ok := filePath(uri)
	if !ok {
		s.t.Fatalf("a position in %q", uri)
	}
	if uri == s.uri {
		return placeIn(s.t, s.root, path, s.variant.plain[s.e.Offset(uri, p)])
	}
	content, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	lines := text.NewLines(string(content))
	offset, err := lines.Offset(text.Position(p), s.e.Encoding)
	if err != nil || lines.Position(offset, s.e.Encoding) != text.Position(p) {
		s.t.Errorf("%s has no position %v: %v", path, p, err)
	}
	return placeIn(s.t, s.root, path, offset)
}

// ask gives the answer to a request in offsets, or the error.
func (s archiveSession) ask(method string, params any) any {
	s.t.Helper()
	answer := s.e.Await(s.e.Request(method, params))
	if answer.Error != nil {
		return answer.Error.Error()
	}
	var result any
	if err := json.Unmarshal(answer.Result, &result); err != nil {
		s.t.Fatal(err)
	}
	return result
}

// archiveMethods are the requests about a document or about all.
func archiveMethods() []string {
	return slices.DeleteFunc(Requests(), func(method string) bool {
		return method == "textDocument/diagnostic" || !strings.HasPrefix(method, "textDocument/") && method != "workspace/symbol"
	})
}

// answersOf are the answers of a server, by method, to an editor that opens a variant of a case and asks everything at its cursor.
func answersOf(t *testing.T, root string, scene featurearchive.Scene, v variant, capabilities map[string]any) map[string]any {
	t.Helper()
	e := run(t)
	var offer struct {
		Capabilities struct{ DiagnosticProvider any }
	}
	if err := json.Unmarshal(e.Initialize(map[string]any{"rootUri": fileURI(root), "capabilities": capabilities}), &offer); err != nil {
		t.Fatal(err)
	}
	s := archiveSession{t, e, root, fileURI(scene.Path), v}
	e.Open(s.uri, "", v.text)
	pass(time.Second) // until the other files are known
	answers := map[string]any{}
	if offer.Capabilities.DiagnosticProvider != nil {
		report := s.ask("textDocument/diagnostic", map[string]any{"textDocument": map[string]any{"uri": s.uri}})
		answers["diagnostics"] = s.offsets(shape{report}.at("items").value, s.uri)
	} else {
		for _, m := range e.Received("textDocument/publishDiagnostics") {
			var published any
			if err := json.Unmarshal(m.Params, &published); err != nil {
				t.Fatal(err)
			}
			if (shape{published}).at("uri").string() == s.uri {
				answers["diagnostics"] = s.offsets((shape{published}).at("diagnostics").value, s.uri)
			}
		}
	}
	for _, method := range archiveMethods() {
		start := e.Position(s.uri, v.offset(scene.Start))
		params := actionParams(s.uri, lsptest.Range{Start: start, End: e.Position(s.uri, v.offset(scene.End))}, map[string]any{"includeDeclaration": true})
		params["position"], params["newName"], params["query"] = start, "other", ""
		result := s.ask(method, params)
		switch method { // what is left for later is asked at once
		case "textDocument/codeAction":
			for i, action := range result.([]any) {
				if a := action.(map[string]any); a["edit"] == nil && a["command"] == nil && a["disabled"] == nil {
					result.([]any)[i] = s.ask("codeAction/resolve", a)
				}
			}
		case "textDocument/inlayHint":
			for i, hint := range result.([]any) {
				if hint.(map[string]any)["tooltip"] == nil {
					result.([]any)[i] = s.ask("inlayHint/resolve", hint)
				}
			}
		case "textDocument/completion":
			items := result.(map[string]any)["items"].([]any)
			for i := range min(2, len(items)) {
				items[i] = s.ask("completionItem/resolve", items[i])
			}
		}
		answers[method] = s.offsets(result, s.uri)
	}
	if got := e.Shutdown(); got != 0 {
		t.Errorf("exit code %d", got)
	}
	return answers
}

// capable are the capabilities of a client with all or none, under an encoding, that asks for diagnostics or is sent them.
func capable(t *testing.T, all, asks bool, encoding string) map[string]any {
	capabilities := map[string]any{"textDocument": map[string]any{}}
	if all {
		capabilities = full(t)
		delete(capabilities["textDocument"].(map[string]any), "diagnostic")
	}
	if asks {
		capabilities["textDocument"].(map[string]any)["diagnostic"] = map[string]any{}
	}
	capabilities["general"] = map[string]any{"positionEncodings": []string{encoding}}
	return capabilities
}

// byLayout are the requests whose answers depend on what stands before them on the line, if only a comment: how they lay out what they
// write. Under other encodings they must still be those of utf-8.
var byLayout = []string{"textDocument/codeAction", "textDocument/completion"}

// inBytes is of which places package ide speaks in answer to some requests: the starts and ends of its spans, in their own order.
func inBytes(t *testing.T, root string, scene featurearchive.Scene) map[string][]place {
	t.Helper()
	files := workspace.New(workspace.Options{Roots: []string{root}, RuleCodes: diagnostics.Codes()})
	if err := files.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	files.Open(scene.Path, 1, scene.Text)
	snapshot := files.Snapshot()
	answers := map[string][]place{}
	in := func(method, path string, spans ...text.Span) {
		for _, span := range spans {
			answers[method] = append(answers[method], placeIn(t, root, path, span.Start), placeIn(t, root, path, span.End))
		}
	}
	here := func(method string, spans ...text.Span) { in(method, scene.Path, spans...) }
	findings, err := diagnostics.Run(t.Context(), snapshot, scene.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		here("diagnostics", f.Span)
	}
	for _, action := range ide.Actions(t.Context(), snapshot, scene.Path, text.Span{Start: scene.Start, End: scene.End}, findings, func(string) bool { return true }) {
		if action.Disabled != "" {
			continue
		}
		files, err := action.Edits()
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, edit := range file.Edits {
				in("textDocument/codeAction", file.Path, edit.Span)
			}
		}
	}
	lenses, err := ide.Lenses(t.Context(), snapshot, scene.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, lens := range lenses {
		here("textDocument/codeLens", lens.Span)
	}
	if span, _, ok, err := ide.PrepareRename(snapshot, scene.Path, scene.Start); ok && err == nil {
		here("textDocument/prepareRename", span)
	}
	if renamed, err := ide.Rename(t.Context(), snapshot, scene.Path, scene.Start, "other"); err == nil {
		for _, file := range renamed {
			for _, edit := range file.Edits {
				in("textDocument/rename", file.Path, edit.Span)
			}
		}
	}
	if told, ok := ide.HoverAt(snapshot, scene.Path, scene.Start, ide.Plain); ok {
		here("textDocument/hover", told.Span)
	}
	_, targets := ide.Definition(snapshot, scene.Path, scene.Start)
	for _, target := range targets {
		in("textDocument/definition", target.Path, target.Name)
	}
	usages, _, err := ide.Usages(t.Context(), snapshot, scene.Path, scene.Start)
	if err != nil {
		t.Error(err)
	}
	for _, usage := range usages {
		in("textDocument/references", usage.Path, usage.Span)
	}
	for _, usage := range ide.UsagesHere(snapshot, scene.Path, scene.Start) {
		here("textDocument/documentHighlight", usage.Span)
	}
	for _, link := range ide.Links(snapshot, scene.Path) {
		here("textDocument/documentLink", link.Span)
	}
	var symbols func([]ide.Symbol)
	symbols = func(list []ide.Symbol) {
		for _, symbol := range list {
			here("textDocument/documentSymbol", symbol.Span)
			symbols(symbol.Children)
		}
	}
	symbols(ide.Symbols(snapshot, scene.Path))
	for _, hint := range ide.Hints(snapshot, scene.Path, text.Span{Start: scene.Start, End: scene.End}) {
		answers["textDocument/inlayHint"] = append(answers["textDocument/inlayHint"], placeIn(t, root, scene.Path, hint.Offset))
		if hint.Edit != nil {
			here("textDocument/inlayHint", hint.Edit.Span)
		}
	}
	for _, item := range ide.Complete(snapshot, scene.Path, scene.Start).Items {
		here("textDocument/completion", item.Edit.Span)
		for _, edit := range item.Additional {
			here("textDocument/completion", edit.Span)
		}
	}
	for method := range answers {
		slices.Sort(answers[method])
	}
	return answers
}

// Breaks when an answer to any request names another place than package ide does in bytes, be it under one of the encodings, or behind characters of many lengths, or with
// other line ends; when what is asked for is not what would be sent.
func TestFeatureArchives(t *testing.T) {
	folders, err := os.ReadDir(featureArchives)
	if err != nil || len(folders) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			number, widenedCases, seen := 0, 0, map[string]bool{}
			for _, archive := range featurearchive.Read(t, filepath.Join(featureArchives, folder.Name())) {
				for _, c := range archive.Cases {
					if number++; number > 4 && number%5 != 0 && !*everyCase {
						continue
					}
					t.Run(strings.TrimSuffix(filepath.Base(archive.Path), ".txtar")+", "+c.Title, func(t *testing.T) {
						inClock(t, func(t *testing.T) {
							root := filepath.Join(t.TempDir(), "work")
							scene := featurearchive.Lay(t, root, archive.Shared, c.Files)
							plain := edited(scene.Text, nil, nil)
							wide, could := widened(scene.Path, scene.Text, scene.Start)
							if could {
								widenedCases++
							}
							reference := func(all bool, v variant) map[string]any {
								return answersOf(t, root, scene, v, capable(t, all, false, "utf-8"))
							}
							plainly, widely := map[bool]map[string]any{}, map[bool]map[string]any{}
							for _, all := range []bool{false, true} {
								plainly[all] = reference(all, plain)
							}
							for method, want := range inBytes(t, root, scene) {
								if got := placesIn(plainly[method == "textDocument/codeAction"][method]); !slices.Equal(got, want) {
									t.Errorf("%s: package ide speaks of\n%v, the server of\n%v", method, want, got)
								}
							}
							for k, encoding := range []string{"utf-8", "utf-16", "utf-32"} {
								all, asks := (number+k)%2 == 0, (number/2+k)%2 == 0
								v, name := wide, "wide"
								if (number+k)%3 == 0 {
									v, name = returned(scene.Text), "CRLF"
								}
								seen[fmt.Sprint(encoding, all)] = true
								if name == "wide" && widely[all] == nil {
									widely[all] = reference(all, wide)
								}
								got := answersOf(t, root, scene, v, capable(t, all, asks, encoding))
								for _, method := range slices.Sorted(maps.Keys(got)) {
									want := plainly[all][method]
									if name == "wide" && slices.Contains(byLayout, method) {
										want = widely[all][method]
									}
									if !reflect.DeepEqual(got[method], want) {
										t.Errorf("%s, under %s, all capabilities: %v, asks: %v, %s:\n%s", method, encoding, all, asks, name, diff.Diff("utf-8", indented(want), "got", indented(got[method])))
									}
								}
							}
						})
					})
				}
			}
			if widenedCases == 0 || len(seen) != 6 {
				t.Errorf("%d cases were widened; asked under %v", widenedCases, seen)
			}
		})
	}
}

func indented(v any) []byte {
	content, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return []byte(err.Error())
	}
	return append(content, '\n')
}
