package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// codeLens gives what stands above the inputs of a document. The list is never nil.
func codeLens(ctx context.Context, s *Server, v *view, params *protocol.CodeLensParams) ([]protocol.CodeLens, error) {
	answers := []protocol.CodeLens{}
	document := v.document(params.TextDocument.URI)
	if document == nil || document.Path == "" {
		return answers, nil
	}
	lenses, err := ide.Lenses(ctx, v.snapshot, document.path())
	if err != nil {
		return nil, err
	}
	s.answered(v, document, codeLensRefresh, text.Span{}, lensesHash(lenses))
	for _, lens := range lenses {
		answers = append(answers, protocol.CodeLens{Range: v.rangeOf(document.Lines, lens.Span), Command: v.command(lens.Title, lens.Command)})
	}
	return answers, nil
}
