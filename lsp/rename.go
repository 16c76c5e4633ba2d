package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// prepareRename gives the name of the input at a position and where it stands; nil where none stands there. Why one that does cannot
// be renamed is an error.
func prepareRename(_ context.Context, v *view, params *protocol.PrepareRenameParams) (*protocol.RangeWithPlaceholder, error) {
	document, offset, err := v.at(&params.TextDocumentPositionParams)
	if document == nil {
		return nil, err
	}
	at, name, ok, err := ide.PrepareRename(v.snapshot, document.path(), offset)
	if err != nil || !ok {
		return nil, err
	}
	return &protocol.RangeWithPlaceholder{Range: v.rangeOf(document.Lines, at), Placeholder: name}, nil
}

// rename gives the edits, in all files, by which the input at a position gets another name.
func rename(ctx context.Context, v *view, params *protocol.RenameParams) (*protocol.WorkspaceEdit, error) {
	document, offset, err := v.at(&params.TextDocumentPositionParams)
	if document == nil {
		return nil, err
	}
	files, err := ide.Rename(ctx, v.snapshot, document.path(), offset, params.NewName)
	if err != nil {
		return nil, err
	}
	return v.workspaceEdit(files)
}
