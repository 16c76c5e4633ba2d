package lsp

import (
	"context"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// inlayHint gives what flake.lock and the registries say of the inputs in a range. The list is never nil.
func inlayHint(_ context.Context, v *view, params *InlayHintParams) ([]InlayHint, error) {
	answers := []InlayHint{}
	document := v.document(params.TextDocument.URI)
	if document == nil || document.Path == "" {
		return answers, nil
	}
	span, err := v.span(document, params.Range)
	if err != nil {
		return nil, err
	}
	hints := ide.Hints(v.snapshot, document.path(), span)
	answers = slices.Grow(answers, len(hints))
	for _, hint := range hints {
		answer := InlayHint{
			Position: v.position(document.Lines, hint.Offset), Label: hint.Label, PaddingLeft: true, Tooltip: v.tooltip(hint.Documentation),
		}
		if hint.Edit != nil {
			answer.TextEdits = []protocol.TextEdit{{Range: v.rangeOf(document.Lines, hint.Edit.Span), NewText: hint.Edit.New}}
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// refreshHints lets the client ask for its hints again: what they say stands in other files.
func (s *Server) refreshHints() {
	if !s.client.InlayHint || !s.client.RefreshInlayHints {
		return
	}
	s.background("refresh hints", func(ctx context.Context) error {
		return s.connection.call(ctx, "workspace/inlayHint/refresh", nil, nil)
	})
}

// tooltip is Markdown for a client that shows it in hovers: the specification gives tooltips no capability of their own.
func (v *view) tooltip(told ide.Documentation) any {
	if slices.Contains(v.client.HoverContent, string(protocol.MarkupKindMarkdown)) {
		return protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: told.Markdown}
	}
	return told.Plain
}
