package lsp

import (
	"context"
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// maxWorkspaceSymbols is how many symbols one query gives. Clients ask again at each letter.
const maxWorkspaceSymbols = 200

// workspaceSymbolData is what workspaceSymbol/resolve needs to find an input again.
type workspaceSymbolData struct {
	Path string `json:"path"`
	Name string `json:"name"`
}

// workspaceSymbol gives the inputs of the workspace that a query means. The list is never nil. The files are not read for a client that
// asks for the range of the symbol that somebody chooses.
func workspaceSymbol(ctx context.Context, v *view, params *protocol.WorkspaceSymbolParams) ([]WorkspaceSymbol, error) {
	answers := []WorkspaceSymbol{}
	for _, found := range ide.Search(v.snapshot, params.Query, maxWorkspaceSymbols) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		symbol := WorkspaceSymbol{
			Name: text.Printable(found.Name), Kind: symbolKinds[found.Kind], ContainerName: found.Container,
			Location: WorkspaceSymbolLocation{URI: v.uri(found.Path)},
		}
		if v.client.WorkspaceSymbolLocationOnDemand {
			symbol.Data = workspaceSymbolData{found.Path, found.Name}
		} else if symbol.Location.Range = v.symbolRange(found); symbol.Location.Range == nil {
			continue // changed since it was indexed
		}
		answers = append(answers, symbol)
	}
	return answers, nil
}

// workspaceSymbolResolve finds the place of a symbol.
func workspaceSymbolResolve(_ context.Context, v *view, params *struct {
	WorkspaceSymbol
	Data workspaceSymbolData `json:"data"`
}) (*WorkspaceSymbol, error) {
	symbol := params.WorkspaceSymbol
	symbol.Data = params.Data
	found := ide.Found{Name: params.Data.Name, Path: params.Data.Path}
	if !filepath.IsAbs(found.Path) || filepath.Base(found.Path) != "flake.nix" {
		return nil, rpcError(codeContentModified, "%s is no symbol of ours", symbol.Name)
	}
	if symbol.Location.Range = v.symbolRange(found); symbol.Location.Range == nil {
		return nil, rpcError(codeContentModified, "%s is not in %s any more", symbol.Name, found.Path)
	}
	return &symbol, nil
}

// symbolRange is nil where the input is not there any more.
func (v *view) symbolRange(found ide.Found) *protocol.Range {
	place, ok := found.Place(v.snapshot)
	if !ok {
		return nil
	}
	location, ok := v.location(found.Path, place)
	if !ok {
		return nil
	}
	return &location.Range
}
