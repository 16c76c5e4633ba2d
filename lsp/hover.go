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
	form := v.hoverForm()
	told, ok := ide.HoverAt(v.snapshot, document.path(), offset, form)
	if !ok {
		return nil, nil
	}
	place := v.rangeOf(document.Lines, told.Span)
	return &protocol.Hover{Contents: markup(form, told.Documentation), Range: &place}, nil
}

// hoverForm is plain text for a client that does not say that it shows Markdown: MarkedString, which came before
// MarkupContent, is Markdown always, and a client that names no format may write it out as it is.
func (v *view) hoverForm() ide.Form { return formOf(v.client.HoverContent) }

// formOf is the form that a client likes best of those that it names.
func formOf(kinds []string) ide.Form {
	if slices.Contains(kinds, string(protocol.MarkupKindMarkdown)) {
		return ide.Markdown
	}
	return ide.Plain
}

// markup is a text that was written in a form.
func markup(form ide.Form, content string) protocol.MarkupContent {
	kind := protocol.MarkupKindPlainText
	if form == ide.Markdown {
		kind = protocol.MarkupKindMarkdown
	}
	return protocol.MarkupContent{Kind: kind, Value: content}
}
