package lsp

import (
	"context"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// hover tells of what stands at a position; nil where there is nothing to tell.
func hover(_ context.Context, v *view, params *protocol.TextDocumentPositionParams) (*protocol.Hover, error) {
	document, offset, err := v.at(params)
	if document == nil {
		return nil, err
	}
	told, ok := ide.HoverAt(v.snapshot, document.path(), offset)
	if !ok {
		return nil, nil
	}
	place := v.rangeOf(document.Lines, told.Span)
	return &protocol.Hover{Contents: v.hoverContent(told.Documentation), Range: &place}, nil
}

// hoverContent is plain text for a client that does not say that it shows Markdown: MarkedString, which came before
// MarkupContent, is Markdown always, and a client that names no format may write it out as it is.
func (v *view) hoverContent(told ide.Documentation) protocol.MarkupContent {
	if slices.Contains(v.client.HoverContent, string(protocol.MarkupKindMarkdown)) {
		return protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: told.Markdown}
	}
	return protocol.MarkupContent{Kind: protocol.MarkupKindPlainText, Value: told.Plain}
}
