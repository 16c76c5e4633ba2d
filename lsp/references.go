package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// references gives where the input at a position is named, in this file and in others. The list is never nil.
func references(ctx context.Context, v *view, params *protocol.ReferenceParams) ([]protocol.Location, error) {
	answers := []protocol.Location{}
	document, offset, err := v.at(&params.TextDocumentPositionParams)
	if document == nil {
		return answers, err
	}
	usages, _, err := ide.Usages(ctx, v.snapshot, document.path(), offset)
	if err != nil {
		return nil, err
	}
	for _, usage := range usages {
		if usage.Declares && !params.Context.IncludeDeclaration {
			continue
		}
		if at, ok := v.location(usage.Path, usage.Span); ok {
			answers = append(answers, at)
		}
	}
	return answers, nil
}
