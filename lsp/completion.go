package lsp

import (
	"context"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// completionData is what completionItem/resolve needs to find the item again.
type completionData struct {
	URI string `json:"uri"`
	ID  string `json:"id"`
}

var completionKinds = map[ide.ItemKind]protocol.CompletionItemKind{
	ide.InputItem:      protocol.CompletionItemKindModule,
	ide.OverrideItem:   protocol.CompletionItemKindModule,
	ide.DependencyItem: protocol.CompletionItemKindModule,
	ide.FollowsItem:    protocol.CompletionItemKindReference,
	ide.ReferenceItem:  protocol.CompletionItemKindReference,
	ide.RegistryItem:   protocol.CompletionItemKindReference,
	ide.FolderItem:     protocol.CompletionItemKindFolder,
	ide.FileItem:       protocol.CompletionItemKindFile,
	ide.AttributeItem:  protocol.CompletionItemKindProperty,
	ide.ValueItem:      protocol.CompletionItemKindValue,
	ide.SchemeItem:     protocol.CompletionItemKindKeyword,
	ide.ParameterItem:  protocol.CompletionItemKindField,
	ide.FormalItem:     protocol.CompletionItemKindVariable,
	ide.RuleItem:       protocol.CompletionItemKindEnumMember,
}

// completion proposes what can stand at a position: all of it, the client narrows it down while somebody types on.
func completion(_ context.Context, v *view, params *protocol.TextDocumentPositionParams) (*CompletionList, error) {
	list := &CompletionList{Items: []ProposedItem{}}
	document, offset, err := v.at(params)
	if document == nil {
		return list, err
	}
	completions := ide.Complete(v.snapshot, document.path(), offset)
	list.IsIncomplete = completions.Incomplete
	list.Items = slices.Grow(list.Items, len(completions.Items))
	for _, item := range completions.Items {
		list.Items = append(list.Items, v.completionItem(document, item))
	}
	return list, nil
}

func (v *view) completionItem(document *Document, item ide.Item) ProposedItem {
	edit := protocol.TextEdit{Range: v.rangeOf(document.Lines, item.Edit.Span), NewText: item.Edit.New}
	answer := ProposedItem{
		Label: item.Label, Kind: completionKinds[item.Kind], Detail: item.Detail, FilterText: item.FilterText, SortText: item.SortText,
		InsertTextFormat: protocol.InsertTextFormatPlainText, Data: completionData{document.URI, item.ID},
	}
	if v.client.CompletionSnippets && item.Snippet != "" {
		edit.NewText, answer.InsertTextFormat = item.Snippet, protocol.InsertTextFormatSnippet
	}
	answer.TextEdit = edit
	if v.client.CompletionLabelDetails && item.Brief != "" {
		answer.LabelDetails = &CompletionItemLabelDetails{Description: item.Brief}
	}
	if len(item.Additional) > 0 {
		answer.AdditionalTextEdits = v.textEdits(document.Lines, item.Additional)
	}
	return answer
}

// completionResolve adds the documentation of one item.
func completionResolve(_ context.Context, v *view, params *struct {
	CompletionItem
	Data completionData `json:"data"`
}) (*CompletionItem, error) {
	item := params.CompletionItem
	item.Data = params.Data
	document := v.document(params.Data.URI)
	if document == nil || document.Path == "" {
		return &item, nil // closed meanwhile: nothing more is known of it
	}
	form := formOf(v.client.CompletionDocumentation)
	switch documentation := ide.Resolve(v.snapshot, document.path(), params.Data.ID, form); {
	case documentation == "":
		item.Documentation = nil
	case len(v.client.CompletionDocumentation) == 0:
		item.Documentation = documentation // MarkupContent is younger than documentation
	default:
		item.Documentation = markup(form, documentation)
	}
	return &item, nil
}
