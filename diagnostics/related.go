package diagnostics

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// here is another place of the judged file.
func (p *Pass) here(span text.Span, message string) Related {
	return Related{workspace.Location{Path: p.Path, Span: span}, message}
}

// declaredAt is where an input of any flake is written. An implicit one stands in the pattern of outputs.
func declaredAt(of *workspace.Flake, in *workspace.Input, message string) Related {
	location := workspace.Location{Path: of.File.Path}
	switch {
	case in.Syntax != nil:
		location.Span = in.Syntax.Attr.Span()
	case in.Formal != nil:
		location.Span = in.Formal.NameSpan
	}
	return Related{location, message}
}
