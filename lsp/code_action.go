package lsp

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// codeActionKinds are the kinds of which there are any.
var codeActionKinds = []string{ide.QuickFix, ide.FixAll, ide.Rewrite, ide.RunCommand}

// triggeredByClient is CodeActionTriggerKind.Automatic: nobody asked, the client only wants to know whether to show a lamp.
const triggeredByClient = 2

// codeActionData is what codeAction/resolve needs to find the action again. The span and the text are those of the document
// when the client asked; Nth tells apart actions of one kind and title.
type codeActionData struct {
	URI   string    `json:"uri"`
	Text  string    `json:"text"` // its hash
	Span  text.Span `json:"span"`
	Kind  string    `json:"kind"`
	Title string    `json:"title"`
	Nth   int       `json:"nth"`
}

// codeAction offers what can be done at a range. The edits are made at once only for a client that does not ask for them.
func codeAction(ctx context.Context, v *view, params *CodeActionParams) ([]CodeAction, error) {
	offered := []CodeAction{}
	document := v.document(params.TextDocument.URI)
	if document == nil || document.Path == "" || !v.client.CodeActionLiterals {
		return offered, nil
	}
	span, err := v.span(document, params.Range)
	if err != nil {
		return nil, err
	}
	wants := func(kind string) bool { return wanted(kind, params.Context) }
	actions, err := v.actions(ctx, document, span, wants)
	if err != nil {
		return nil, err
	}
	shown := v.shown(document, actions, params.Context.Diagnostics)
	nth := map[string]int{}
	for _, action := range actions {
		data := codeActionData{document.URI, textHash(document.Text), span, action.Kind, action.Title, nth[action.Kind+"\x00"+action.Title]}
		nth[action.Kind+"\x00"+action.Title]++
		if !shown.concern(action) {
			continue
		}
		answer := CodeAction{Title: action.Title, Kind: action.Kind, Diagnostics: shown.of(action)}
		answer.IsPreferred = action.Preferred && v.client.CodeActionPreferred
		switch {
		// By the specification no lamp burns for what cannot be done: only who asks is told.
		case action.Disabled != "" && (!v.client.CodeActionDisabled || params.Context.TriggerKind == triggeredByClient):
			continue
		case action.Disabled != "":
			answer.Disabled = &CodeActionDisabled{action.Disabled}
		case v.client.resolvesCodeActions():
			answer.Data = data
		default:
			files, err := action.Edits()
			if err != nil { // refused after all; nothing is left to offer
				continue
			}
			if answer.Edit, err = v.workspaceEdit(files); err != nil {
				return nil, err
			}
		}
		offered = append(offered, answer)
	}
	if !wants(ide.RunCommand) {
		return offered, nil
	}
	for _, c := range ide.Commands(v.snapshot, document.path(), span) {
		offered = append(offered, CodeAction{Title: c.Title, Kind: ide.RunCommand, Command: v.command(c.Title, c.Command)})
	}
	return offered, nil
}

// codeActionResolve makes the edits of an action, unless the document has changed since the action was offered. An action that runs a
// command has none: clients send it nevertheless.
func codeActionResolve(ctx context.Context, v *view, params *struct {
	CodeAction
	Data codeActionData `json:"data"`
}) (*CodeAction, error) {
	if params.Command != nil {
		return &params.CodeAction, nil
	}
	data, document := params.Data, v.document(params.Data.URI)
	if document == nil || textHash(document.Text) != data.Text {
		return nil, rpcError(codeContentModified, "%s has changed since `%s` was offered", data.URI, data.Title)
	}
	actions, err := v.actions(ctx, document, data.Span, func(kind string) bool { return kind == data.Kind })
	if err != nil {
		return nil, err
	}
	nth := 0
	for _, action := range actions {
		if action.Kind != data.Kind || action.Title != data.Title {
			continue
		}
		if nth++; nth <= data.Nth {
			continue
		}
		if action.Disabled != "" {
			break
		}
		files, err := action.Edits()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", data.Title, err)
		}
		answer := params.CodeAction
		answer.Data = data
		answer.Edit, err = v.workspaceEdit(files)
		return &answer, err
	}
	return nil, rpcError(codeContentModified, "`%s` can no longer be done: another file has changed", data.Title)
}

// actions is everything of the kinds that are wanted that can be done at a span.
func (v *view) actions(ctx context.Context, document *Document, span text.Span, wanted func(kind string) bool) ([]ide.Action, error) {
	findings, err := diagnostics.Run(ctx, v.snapshot, document.path())
	if err != nil {
		return nil, err
	}
	return ide.Actions(ctx, v.snapshot, document.path(), span, findings, wanted), nil
}

var textSeed = maphash.MakeSeed()

// textHash is a string because a client's JSON may keep only 53 bits of a number.
func textHash(content string) string { return fmt.Sprintf("%016x", maphash.String(textSeed, content)) }

// wanted says whether the client asked for actions of a kind. A kind stands for those below it: source for
// source.fixAll. What concerns the whole file is not offered where nobody asked.
func wanted(kind string, asked CodeActionContext) bool {
	if len(asked.Only) == 0 {
		return asked.TriggerKind != triggeredByClient || !strings.HasPrefix(kind, "source.")
	}
	return slices.ContainsFunc(asked.Only, func(only string) bool {
		return only == "" || kind == only || strings.HasPrefix(kind, only+".")
	})
}

// shownFindings are the client's diagnostics by the findings that they are of.
type shownFindings struct{ byFinding map[findingKey]Diagnostic }

// findingKey tells the findings of one document apart.
type findingKey struct {
	code, message string
	span          text.Span
}

func keyOf(f diagnostics.Finding) findingKey { return findingKey{f.Code, f.Message, f.Span} }

// shown finds the findings of the actions among the diagnostics that the client has at the range. Overtaken ones of ours
// and those of other servers are none of them.
func (v *view) shown(document *Document, actions []ide.Action, context []Diagnostic) shownFindings {
	shown := shownFindings{map[findingKey]Diagnostic{}}
	for _, action := range actions {
		for _, finding := range action.Findings {
			place := v.rangeOf(document.Lines, finding.Span)
			for _, d := range context {
				if d.Source == diagnosticSource && d.Code == finding.Code && d.Range == place && d.Message == finding.Message {
					shown.byFinding[keyOf(finding)] = d
				}
			}
		}
	}
	return shown
}

// concern says whether an action belongs to what the client asks about: a client that names diagnostics of ours wants the
// quick fixes of these, one that names none those of the range.
func (s shownFindings) concern(action ide.Action) bool {
	return len(s.byFinding) == 0 || action.Kind != ide.QuickFix || len(s.of(action)) > 0
}

// of is the diagnostics that an action mends.
func (s shownFindings) of(action ide.Action) []Diagnostic {
	var mended []Diagnostic
	for _, finding := range action.Findings {
		if d, ok := s.byFinding[keyOf(finding)]; ok {
			mended = append(mended, d)
		}
	}
	return mended
}
