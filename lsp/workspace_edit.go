package lsp

import (
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// workspaceEdit is the edits in the form that the client takes: with the versions of open documents, so that the client
// refuses edits of an overtaken text, where it can. The error is of a file that cannot be read, or that is another one by now.
func (v *view) workspaceEdit(files []diagnostics.FileEdit) (*protocol.WorkspaceEdit, error) {
	var paths []string
	byPath := map[string][]text.Edit{}
	for _, file := range files {
		path := filepath.Clean(file.Path)
		if byPath[path] == nil {
			paths = append(paths, path)
		}
		byPath[path] = append(byPath[path], file.Edits...)
	}
	edit := &protocol.WorkspaceEdit{}
	for _, path := range paths {
		uri, lines, err := v.file(path)
		if err != nil {
			return nil, err
		}
		if v.documents[path] == nil {
			if err := v.snapshot.Unchanged(path); err != nil {
				return nil, err
			}
		}
		edits := byPath[path]
		text.Sort(edits)
		if err := text.Check(len(lines.Source()), edits); err != nil {
			return nil, err
		}
		if !v.client.DocumentChanges {
			if edit.Changes == nil {
				edit.Changes = map[string][]protocol.TextEdit{}
			}
			edit.Changes[uri] = v.textEdits(lines, edits)
			continue
		}
		change := protocol.TextDocumentEdit{}
		change.TextDocument.URI = uri
		if document := v.documents[path]; document != nil {
			change.TextDocument.Version = &document.Version
		}
		for _, edit := range v.textEdits(lines, edits) {
			change.Edits = append(change.Edits, edit)
		}
		edit.DocumentChanges = append(edit.DocumentChanges, change)
	}
	return edit, nil
}

func (v *view) textEdits(lines *text.Lines, edits []text.Edit) []protocol.TextEdit {
	list := make([]protocol.TextEdit, len(edits))
	for i, edit := range edits {
		list[i] = protocol.TextEdit{Range: v.rangeOf(lines, edit.Span), NewText: edit.New}
	}
	return list
}
