package diagnostics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// passedOver is a flake by a relative path whose flake.nix has other inputs than flake.lock says. Nix takes no note of that: an entry that
// is kept tells it the inputs.
type passedOver struct {
	path []string
	node lock.Node
	// declared are the inputs that the lock lacks, dropped those that it still has, changed those that refer to or follow something else.
	declared, dropped, changed []string
}

// passedPlace is a flake of this disk and the node of the lock that it is held against.
type passedPlace struct {
	dir  string
	node lock.NodeID
}

// reportPassedOver speaks of the inputs of the judged flake that are such a flake, or have one by relative paths.
func (p *Pass) reportPassedOver() {
	l := p.lockingOf()
	for _, in := range l.root.inputs {
		if !in.kept || in.node.flake != nil {
			continue // where Nix reads the flake again, the tree has it
		}
		over := l.passedOver(in.input, l.flake, in.entry, in.path, map[passedPlace]bool{})
		if over == nil {
			continue
		}
		var how []string
		for _, part := range []struct {
			verb  string
			names []string
		}{{"declared", over.declared}, {"dropped", over.dropped}, {"changed", over.changed}} {
			if len(part.names) > 0 {
				how = append(how, part.verb+" "+listed(part.names))
			}
		}
		then := "Nix does not look there again by itself"
		if len(over.declared) > 0 {
			then += ", and calls its outputs without " + listed(over.declared)
		}
		p.Report(Finding{
			Span: inputSpan(in.input), Object: in.name,
			Message: fmt.Sprintf("flake.lock has %s from before its flake.nix %s. %s; `nix flake update %s` settles it.", quoted(key(over.path)), strings.Join(how, ", "), then, in.name),
			Related: []Related{p.nodePlace(over.node, "this is what was locked")},
		})
	}
}

// passedOver is the first flake, of an input and those that it has by relative paths, that has other inputs than the lock says; nil where
// there is none. node is the input's in the lock, path its path. seen are those that were looked at: there may be more paths to one than
// anybody could go.
func (l *locking) passedOver(in *workspace.Input, of *workspace.Flake, node lock.Node, path []string, seen map[passedPlace]bool) *passedOver {
	if !in.Reference.Relative() {
		return nil // another path is locked with its content, and moves on by an update like any other input
	}
	flake, ok := l.pass.Snapshot.LocalFlake(in, of)
	if !ok || !flake.Manifest.WholeInputs() {
		return nil
	}
	place := passedPlace{flake.Dir, node.ID()}
	if seen[place] {
		return nil
	}
	seen[place] = true
	over := &passedOver{path: path, node: node}
	for _, in := range flake.Inputs {
		edge, ok := node.Input(in.Name)
		if !ok {
			over.declared = append(over.declared, in.Name)
		} else if len(path) == 1 && l.changed(in, edge, path) { // deeper, flakes on the way may override it
			over.changed = append(over.changed, in.Name)
		}
	}
	for edge := range node.Inputs() {
		if flake.Input(edge.Name) == nil {
			over.dropped = append(over.dropped, edge.Name)
		}
	}
	if len(over.declared)+len(over.dropped)+len(over.changed) > 0 {
		slices.Sort(over.declared) // the order of a flake.nix means nothing
		slices.Sort(over.changed)
		return over
	}
	for _, in := range flake.Inputs {
		edge, _ := node.Input(in.Name)
		if edge.Follows != nil {
			continue
		}
		if below := l.passedOver(in, flake, node.Of(edge.Target), append(slices.Clone(path), in.Name), seen); below != nil {
			return below
		}
	}
	return nil
}

// changed says whether an input of the flake at a path refers to something else than the lock says, or follows, and nobody overrides it.
// The lock never has it following: Nix reads the flake again then.
func (l *locking) changed(in *workspace.Input, edge lock.Input, path []string) bool {
	if _, overridden := l.overrideOf(path, in.Name); overridden {
		return false
	}
	return in.IsFollow || in.HasReference && !l.flake.Lock.Node(edge.Target).Keeps(in.Reference, path)
}
