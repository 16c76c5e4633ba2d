package lsp

import (
	"context"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// inlayHintData is what inlayHint/resolve needs to find the hint again.
type inlayHintData struct {
	URI string `json:"uri"`
	ID  string `json:"id"`
}

// inlayHint gives what flake.lock and the registries say of the inputs in a range. The list is never nil. The tooltips
// are left to resolve where the client asks for that of the hint that somebody points at.
func inlayHint(_ context.Context, s *Server, v *view, params *InlayHintParams) ([]InlayHint, error) {
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
	s.answered(v, document, inlayHintRefresh, span, hintsHash(hints))
	answers = slices.Grow(answers, len(hints))
	for _, hint := range hints {
		answer := InlayHint{Position: v.position(document.Lines, hint.Offset), Label: hint.Label, PaddingLeft: true}
		if v.client.resolvesTooltips() {
			answer.Data = inlayHintData{document.URI, hint.ID}
		} else {
			answer.Tooltip = v.tooltip(hint)
		}
		if hint.Edit != nil {
			answer.TextEdits = []protocol.TextEdit{{Range: v.rangeOf(document.Lines, hint.Edit.Span), NewText: hint.Edit.New}}
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// inlayHintResolve adds the tooltip of one hint. A hint that says something else by now, or is not there any more, is ContentModified: the
// client asks for all of them again after an edit, and when it is told to.
func inlayHintResolve(_ context.Context, v *view, params *struct {
	InlayHint
	Data inlayHintData `json:"data"`
}) (*InlayHint, error) {
	answer := params.InlayHint
	answer.Data = params.Data
	document := v.document(params.Data.URI)
	if document == nil || document.Path == "" {
		return nil, rpcError(codeContentModified, "%s is not open any more", params.Data.URI)
	}
	hint, ok := ide.ResolveHint(v.snapshot, document.path(), params.Data.ID)
	if !ok || hint.Label != answer.Label {
		return nil, rpcError(codeContentModified, "%s has changed since it had the hint `%s`", params.Data.URI, answer.Label)
	}
	answer.Tooltip = v.tooltip(hint)
	return &answer, nil
}

// resolvesTooltips says whether the client asks for the tooltip of a hint when somebody points at it.
func (c *clientCapabilities) resolvesTooltips() bool {
	return slices.Contains(c.InlayHintResolve, "tooltip")
}

// tooltip is Markdown for a client that shows it in hovers: the specification gives tooltips no capability of their own.
func (v *view) tooltip(hint ide.Hint) any {
	form := v.hoverForm()
	content := hint.Documentation(form)
	if form == ide.Plain {
		return content
	}
	return markup(form, content)
}
