package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// documentLink gives where the references of a document lead. The list is never nil.
func documentLink(_ context.Context, v *view, params *protocol.DocumentLinkParams) ([]protocol.DocumentLink, error) {
	answers := []protocol.DocumentLink{}
	document := v.document(params.TextDocument.URI)
	if document == nil || document.Path == "" {
		return answers, nil
	}
	for _, link := range ide.Links(v.snapshot, document.path()) {
		target, tooltip := link.URL, link.Tooltip
		if link.Path != "" {
			target = fileURI(link.Path)
		}
		answers = append(answers, protocol.DocumentLink{Range: v.rangeOf(document.Lines, link.Span), Target: &target, Tooltip: &tooltip})
	}
	return answers, nil
}
