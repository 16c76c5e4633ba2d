package lsptest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Position is a place in a document, in units of the negotiated encoding.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// Range is a half-open range of a document.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// TextEdit is one edit as a server gives it.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// WorkspaceEdit is an edit of several documents, in either of its two forms.
type WorkspaceEdit struct {
	Changes         map[string][]TextEdit `json:"changes"`
	DocumentChanges []struct {
		TextDocument struct {
			URI     string `json:"uri"`
			Version *int   `json:"version"`
		} `json:"textDocument"`
		Edits []TextEdit `json:"edits"`
	} `json:"documentChanges"`
}

// document is the editor's own copy of one version of an open document.
type document struct {
	version int
	text    string
}

// Open opens a document with version 1.
func (e *Editor) Open(uri, language, content string) {
	e.t.Helper()
	e.mu.Lock()
	e.documents[uri] = &document{1, content}
	e.mu.Unlock()
	e.Notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": language, "version": 1, "text": content}})
	e.pull(uri)
}

// Close closes a document.
func (e *Editor) Close(uri string) {
	e.t.Helper()
	e.mu.Lock()
	delete(e.documents, uri)
	e.mu.Unlock()
	e.Notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri}})
	e.closed(uri)
}

// Text is the editor's copy of an open document.
func (e *Editor) Text(uri string) string {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.documents[uri]
	if d == nil {
		e.t.Fatalf("%s is not open", uri)
	}
	return d.text
}

// Version is the version of an open document.
func (e *Editor) Version(uri string) int {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.documents[uri].version
}

// Replace types: it replaces bytes of an open document and tells the server.
func (e *Editor) Replace(uri string, start, end int, content string) {
	e.t.Helper()
	edit := TextEdit{Range{e.Position(uri, start), e.Position(uri, end)}, content}
	check(e.t, e.apply(uri, nil, []TextEdit{edit}))
}

// Position is the place of a byte offset of an open document, in the negotiated encoding.
func (e *Editor) Position(uri string, offset int) Position {
	e.t.Helper()
	p := text.NewLines(e.Text(uri)).Position(offset, e.Encoding)
	return Position{p.Line, p.Character}
}

// Apply makes a workspace edit as an editor does: open documents in the editor, which tells the server of it, others on
// the disk. An edit that does not fit the text, or is of another version, fails the test.
func (e *Editor) Apply(edit WorkspaceEdit) {
	e.t.Helper()
	check(e.t, e.applyAll(edit))
}

// applyEdit handles workspace/applyEdit.
func (e *Editor) applyEdit(params json.RawMessage) (any, error) {
	var wanted struct{ Edit WorkspaceEdit }
	if err := json.Unmarshal(params, &wanted); err != nil {
		return nil, err
	}
	if err := e.applyAll(wanted.Edit); err != nil {
		return map[string]any{"applied": false, "failureReason": err.Error()}, nil
	}
	return map[string]any{"applied": true}, nil
}

func (e *Editor) applyAll(edit WorkspaceEdit) error {
	for uri, edits := range edit.Changes {
		if err := e.apply(uri, nil, edits); err != nil {
			return err
		}
	}
	for _, change := range edit.DocumentChanges {
		if err := e.apply(change.TextDocument.URI, change.TextDocument.Version, change.Edits); err != nil {
			return err
		}
	}
	return nil
}

func (e *Editor) apply(uri string, version *int, edits []TextEdit) error {
	// Two edits at once, such as a person's and one of workspace/applyEdit, reach the server in the order of versions.
	e.editing.Lock()
	defer e.editing.Unlock()
	e.mu.Lock()
	d := e.documents[uri]
	e.mu.Unlock()
	if d == nil {
		return e.applyOnDisk(uri, edits)
	}
	if version != nil && *version != d.version {
		return fmt.Errorf("%s: an edit of version %d, the document has %d", uri, *version, d.version)
	}
	after, changes, err := edited(d.text, edits, e.Encoding)
	if err != nil {
		return fmt.Errorf("%s: %w", uri, err)
	}
	next := &document{d.version + 1, after}
	e.mu.Lock()
	e.documents[uri] = next
	e.mu.Unlock()
	e.Notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri, "version": next.version},
		"contentChanges": changes,
	})
	e.pull(uri)
	return nil
}

func (e *Editor) applyOnDisk(uri string, edits []TextEdit) error {
	parsed, err := url.Parse(uri)
	if err != nil || parsed.Scheme != "file" {
		return fmt.Errorf("%s is neither open nor a file", uri)
	}
	before, err := os.ReadFile(parsed.Path)
	if err != nil {
		return err
	}
	after, _, err := edited(string(before), edits, e.Encoding)
	if err != nil {
		return fmt.Errorf("%s: %w", uri, err)
	}
	return os.WriteFile(parsed.Path, []byte(after), 0o644)
}

// edited is the text after the edits, all of which speak of the text as it was, and the changes that tell a server of
// them: from the last to the first, so that each still speaks of the right place when it is made after the others.
func edited(source string, edits []TextEdit, encoding text.Encoding) (string, []map[string]any, error) {
	lines := text.NewLines(source)
	offset := func(p Position) (int, error) {
		at, err := lines.Offset(text.Position{Line: p.Line, Character: p.Character}, encoding)
		// A server has no business to name a place that does not exist, though an editor would take it for the line's end.
		if err == nil && lines.Position(at, encoding) != (text.Position{Line: p.Line, Character: p.Character}) {
			err = fmt.Errorf("no position %d:%d in the text", p.Line, p.Character)
		}
		return at, err
	}
	spans := make([]text.Edit, len(edits))
	for i, edit := range edits {
		start, err := offset(edit.Range.Start)
		if err != nil {
			return "", nil, err
		}
		end, err := offset(edit.Range.End)
		if err != nil {
			return "", nil, err
		}
		spans[i] = text.Edit{Span: text.Span{Start: start, End: end}, New: edit.NewText}
	}
	after, err := text.Apply(source, spans)
	if err != nil {
		return "", nil, err
	}
	text.Sort(spans)
	changes := make([]map[string]any, 0, len(spans))
	for _, edit := range slices.Backward(spans) {
		start, end := lines.Position(edit.Span.Start, encoding), lines.Position(edit.Span.End, encoding)
		changes = append(changes, map[string]any{"range": Range{Position(start), Position(end)}, "text": edit.New})
	}
	return after, changes, nil
}

// Offset is the byte offset of a position of an open document, in the negotiated encoding. A position that the text does
// not have fails the test.
func (e *Editor) Offset(uri string, p Position) int {
	e.t.Helper()
	lines := text.NewLines(e.Text(uri))
	offset, err := lines.Offset(text.Position(p), e.Encoding)
	check(e.t, err)
	if lines.Position(offset, e.Encoding) != text.Position(p) {
		e.t.Fatalf("%s has no position %d:%d", uri, p.Line, p.Character)
	}
	return offset
}

// In is the text of a range of an open document.
func (e *Editor) In(uri string, r Range) string {
	e.t.Helper()
	return e.Text(uri)[e.Offset(uri, r.Start):e.Offset(uri, r.End)]
}
