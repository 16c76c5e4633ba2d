package ide

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// flakeSymbols is the outline of a flake.nix: its inputs in the order of the text, each with the overrides that stand within it.
// Overrides that stand elsewhere, as in `inputs.tool.inputs.nixpkgs.follows = …`, are symbols of their own.
func flakeSymbols(flake *workspace.Flake) []Symbol {
	if flake == nil {
		return nil
	}
	var list []Symbol
	for _, in := range flake.Inputs {
		list = append(list, inputSymbols(in)...)
	}
	sortslice.StableFunc(list, func(a, b Symbol) int { return a.Span.Start - b.Span.Start })
	return list[:min(len(list), maxSymbols)]
}

// inputSymbols is an input, and behind it the overrides below it that stand elsewhere. An implicit input is nowhere.
func inputSymbols(in *workspace.Input) []Symbol {
	if in.Syntax == nil || in.Syntax.Attr == nil || len(in.Syntax.Attr.Places) == 0 {
		return nil
	}
	place := in.Syntax.Attr.Places[0]
	symbol := Symbol{Name: text.Printable(pathText(in.Path)), Kind: NodeSymbol, Span: place.Binding.Span, NameSpan: place.Name().Span}
	if in.Name == "" {
		symbol.Name = `""` // clients refuse a symbol without a name
	}
	switch {
	case in.IsFollow:
		symbol.Kind, symbol.Detail = FollowsSymbol, text.Printable("follows "+followsText(in.Follows))
	case in.HasReference:
		symbol.Detail = text.Printable(ref.Redact(urlOf(in.Reference)))
	}
	var elsewhere []Symbol
	for _, override := range in.Overrides {
		for _, below := range inputSymbols(override) {
			if symbol.Span.Contains(below.Span) && symbol.Span != below.Span {
				symbol.Children = append(symbol.Children, below)
			} else {
				elsewhere = append(elsewhere, below)
			}
		}
	}
	sortslice.StableFunc(symbol.Children, func(a, b Symbol) int { return a.Span.Start - b.Span.Start })
	return append([]Symbol{symbol}, elsewhere...)
}
