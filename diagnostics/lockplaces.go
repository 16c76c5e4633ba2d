package diagnostics

import (
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// lockName is the name of the file that Nix locks a flake's inputs in.
const lockName = "flake.lock"

// isLock says whether a path is that of a flake.lock.
func isLock(path string) bool { return filepath.Base(path) == lockName }

// inLock is a place of the flake.lock beside the judged flake.
func (p *Pass) inLock(span text.Span, message string) Related {
	return Related{workspace.Location{Path: p.Flake.LockPath, Span: span}, message}
}

// nodePlace is the key of a node in the flake.lock.
func (p *Pass) nodePlace(n lock.Node, message string) Related { return p.inLock(n.KeySpan(), message) }

// inputSpan is the name of an input of the judged flake, where it is declared.
func inputSpan(in *workspace.Input) text.Span {
	if in.Syntax == nil {
		return in.Formal.NameSpan
	}
	return in.Syntax.Attr.Span()
}

// inputsPlace is where a finding about all inputs of a flake stands: at `inputs`, else at `outputs`, else at the start.
func inputsPlace(m *parse.Manifest) text.Span {
	switch {
	case m.InputsAttr != nil:
		return m.InputsAttr.Span()
	case m.Outputs != nil:
		return m.Outputs.Span()
	}
	return text.Span{}
}
