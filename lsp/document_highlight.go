package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// documentHighlight gives where the input at a position is named in its file: a declaration is where it is written. The list is
// never nil.
func documentHighlight(_ context.Context, v *view, params *protocol.DocumentHighlightParams) ([]protocol.DocumentHighlight, error) {
	answers := []protocol.DocumentHighlight{}
	document, offset, err := v.at(&params.TextDocumentPositionParams)
	if document == nil {
		return answers, err
	}
	for _, usage := range ide.UsagesHere(v.snapshot, document.path(), offset) {
		kind := protocol.DocumentHighlightKindRead
		if usage.Declares {
			kind = protocol.DocumentHighlightKindWrite
		}
		answers = append(answers, protocol.DocumentHighlight{Range: v.rangeOf(document.Lines, usage.Span), Kind: &kind})
	}
	return answers, nil
}
