package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// codeLens gives what stands above the inputs of a document. The list is never nil.
func codeLens(ctx context.Context, v *view, params *protocol.CodeLensParams) ([]protocol.CodeLens, error) {
	answers := []protocol.CodeLens{}
	document := v.document(params.TextDocument.URI)
	if document == nil || document.Path == "" {
		return answers, nil
	}
	lenses, err := ide.Lenses(ctx, v.snapshot, document.path())
	if err != nil {
		return nil, err
	}
	for _, lens := range lenses {
		answers = append(answers, protocol.CodeLens{Range: v.rangeOf(document.Lines, lens.Span), Command: v.command(lens.Title, lens.Command)})
	}
	return answers, nil
}

// refreshLenses lets the client ask for its lenses again: what they say stands in other files.
func (s *Server) refreshLenses() {
	if !s.client.CodeLens || !s.client.RefreshCodeLenses {
		return
	}
	s.background("refresh lenses", func(ctx context.Context) error {
		return s.connection.call(ctx, "workspace/codeLens/refresh", nil, nil)
	})
}
