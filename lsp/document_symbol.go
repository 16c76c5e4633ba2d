package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

var symbolKinds = map[ide.SymbolKind]protocol.SymbolKind{
	ide.RootSymbol:    protocol.SymbolKindPackage,
	ide.NodeSymbol:    protocol.SymbolKindModule,
	ide.EdgeSymbol:    protocol.SymbolKindField,
	ide.FollowsSymbol: protocol.SymbolKindProperty,
}

// documentSymbol gives the outline of a document: DocumentSymbols to a client that takes a tree, else a list in which each
// symbol names the one that holds it.
func documentSymbol(_ context.Context, v *view, params *protocol.DocumentSymbolParams) (any, error) {
	tree, list := []protocol.DocumentSymbol{}, []protocol.SymbolInformation{}
	if document := v.document(params.TextDocument.URI); document != nil && document.Path != "" {
		symbols := ide.Symbols(v.snapshot, document.path())
		if v.client.HierarchicalSymbols {
			tree = v.documentSymbols(document, symbols)
		} else {
			list = v.symbolInformation(list, document, symbols, nil)
		}
	}
	if v.client.HierarchicalSymbols {
		return tree, nil
	}
	return list, nil
}

func (v *view) documentSymbols(document *Document, symbols []ide.Symbol) []protocol.DocumentSymbol {
	answer := make([]protocol.DocumentSymbol, 0, len(symbols))
	for _, s := range symbols {
		symbol := protocol.DocumentSymbol{
			Name: s.Name, Kind: symbolKinds[s.Kind],
			Range: v.rangeOf(document.Lines, s.Span), SelectionRange: v.rangeOf(document.Lines, s.NameSpan),
		}
		if s.Detail != "" {
			symbol.Detail = &s.Detail
		}
		if len(s.Children) > 0 {
			symbol.Children = v.documentSymbols(document, s.Children)
		}
		answer = append(answer, symbol)
	}
	return answer
}

func (v *view) symbolInformation(list []protocol.SymbolInformation, document *Document, symbols []ide.Symbol, container *string) []protocol.SymbolInformation {
	for _, s := range symbols {
		place := protocol.Location{URI: document.URI, Range: v.rangeOf(document.Lines, s.Span)}
		list = append(list, protocol.SymbolInformation{Name: s.Name, Kind: symbolKinds[s.Kind], Location: place, ContainerName: container})
		list = v.symbolInformation(list, document, s.Children, &s.Name)
	}
	return list
}
