package ide

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// SymbolKind is what a symbol stands for. The protocol's side chooses the icon.
type SymbolKind uint8

// The kinds of symbols.
const (
	// RootSymbol is the flake itself, NodeSymbol one of its locked inputs, EdgeSymbol an input of one of these, and
	// FollowsSymbol one that follows another.
	RootSymbol SymbolKind = iota
	NodeSymbol
	EdgeSymbol
	FollowsSymbol
)

// Symbol is a part of a file in its outline.
type Symbol struct {
	Name string
	// Detail is a short text to show beside the name.
	Detail string
	Kind   SymbolKind
	// Span is the whole part, NameSpan what is selected when one goes there; those of children lie within it.
	Span, NameSpan text.Span
	Children       []Symbol
}

// maxSymbols is how many symbols of one file are given. The largest real locks have a few thousand.
const maxSymbols = 20_000

// Symbols gives the outline of a flake.lock: its nodes in the order of the file, which Nix sorts by their keys, each with the
// inputs that it has. The nodes are not nested as the inputs are, because an outline follows the cursor, and the text of one
// node does not hold that of another; the detail of a node is the path that brings it in. A flake.nix has its inputs for symbols.
func Symbols(s *workspace.Snapshot, path string) []Symbol {
	file, err := s.File(path)
	if err != nil {
		return nil
	}
	if parse.KindOf(path) == parse.Flake {
		return flakeSymbols(s.Flake(filepath.Dir(path)))
	}
	if !isLock(path) {
		return nil
	}
	graph, err := file.Lock()
	if err != nil {
		return nil
	}
	paths := placesOf(graph)
	budget := maxSymbols
	var list []Symbol
	for n := range graph.Nodes() {
		if budget--; budget < 0 {
			break
		}
		if n.KeySpan().Empty() || n.Key() == "" {
			continue // clients refuse a symbol without a name
		}
		symbol := Symbol{Name: text.Printable(n.Key()), Kind: NodeSymbol, Span: n.KeySpan().Cover(n.Span()), NameSpan: n.KeySpan()}
		if n == graph.Root() {
			symbol.Kind = RootSymbol
		} else {
			symbol.Detail = nodeDetail(n, paths[n.ID()])
		}
		for in := range n.Inputs() {
			if budget--; budget < 0 {
				break
			}
			if child := edgeSymbol(graph, in); child.Name != "" {
				symbol.Children = append(symbol.Children, child)
			}
		}
		list = append(list, symbol)
	}
	return list
}

// placesOf gives the first place in the tree of each of the first nodes.
func placesOf(graph *lock.Graph) []string {
	paths := make([]string, graph.Len())
	graph.Walk(func(path []string, in lock.Input) bool {
		if in.Follows == nil && in.Target != lock.NoNode && in.Target < maxSymbols && paths[in.Target] == "" {
			paths[in.Target] = pathText(path)
		}
		return true
	})
	return paths
}

// nodeDetail is what is locked, when that was made, and what brings it in where that is not what the key says.
func nodeDetail(n lock.Node, path string) string {
	parts := []string{}
	if source := n.Locked().Source(); n.Locked().Relative() {
		parts = append(parts, n.Locked().Path())
	} else if source != "" {
		parts = append(parts, ref.Redact(string(source)))
	}
	if version := workspace.LockedVersion(n); version != "" {
		parts = append(parts, shortRev(version))
	}
	if at, ok := n.LastModified(); ok {
		parts = append(parts, at.Format(time.DateOnly))
	}
	switch {
	case !n.Reachable():
		parts = append(parts, "nothing leads here")
	case path != "" && path != n.Key():
		parts = append(parts, "by "+path)
	}
	return text.Printable(strings.Join(parts, " · "))
}

func edgeSymbol(graph *lock.Graph, in lock.Input) Symbol {
	symbol := Symbol{Name: text.Printable(in.Name), Kind: EdgeSymbol, Span: in.NameSpan.Cover(in.Span), NameSpan: in.NameSpan}
	switch {
	case in.Follows != nil:
		symbol.Kind, symbol.Detail = FollowsSymbol, "follows "+followsText(in.Follows)
	case in.Target == lock.NoNode:
		symbol.Detail = "→ nowhere"
	default:
		symbol.Detail = "→ " + graph.Node(in.Target).Key()
	}
	symbol.Detail = text.Printable(symbol.Detail)
	return symbol
}
