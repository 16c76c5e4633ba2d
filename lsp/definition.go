package lsp

import (
	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// definition gives where a position leads to: LocationLinks to a client that takes them, else Locations.
func definition(_ context.Context, v *view, params *protocol.TextDocumentPositionParams) (any, error) {
	links, locations := []protocol.LocationLink{}, []protocol.Location{}
	document, offset, err := v.at(params)
	if document == nil {
		return locations, err
	}
	from, targets := ide.Definition(v.snapshot, document.path(), offset)
	origin := v.rangeOf(document.Lines, from)
	for _, target := range targets {
		uri, lines, err := v.file(target.Path)
		if err != nil {
			continue // gone since: what is left may still help
		}
		name := v.rangeOf(lines, target.Name)
		links = append(links, protocol.LocationLink{OriginSelectionRange: &origin, TargetURI: uri, TargetRange: v.rangeOf(lines, target.Span), TargetSelectionRange: name})
		locations = append(locations, protocol.Location{URI: uri, Range: name})
	}
	if v.client.DefinitionLinks {
		return links, nil
	}
	return locations, nil
}
