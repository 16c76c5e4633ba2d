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

// reportPassedOver speaks of the inputs of the judged flake that are such a flake, or have one by relative paths, unless something has
// been said of them.
func (p *Pass) reportPassedOver(said map[*workspace.Input]bool) {
	l := p.lockingOf()
	for _, in := range l.root.inputs {
		if !in.kept || in.node.flake != nil || !in.isFlake || in.input == nil || said[in.input] || !in.reference.Relative() {
			continue // where Nix reads the flake again, the tree has it
		}
		over := l.passedOver(in.input, l.flake, in.entry, in.path)
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
// there is none. node is the input's in the lock, path its path.
func (l *locking) passedOver(in *workspace.Input, of *workspace.Flake, node lock.Node, path []string) *passedOver {
	flake, ok := l.pass.Snapshot.LocalFlake(in, of)
	if !ok || !flake.Manifest.WholeInputs() || len(path) > maxDepth {
		return nil
	}
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
		if edge.Follows != nil || edge.Target == lock.NoNode || !in.HasReference || !in.Reference.Relative() {
			continue
		}
		if below := l.passedOver(in, flake, node.Of(edge.Target), append(slices.Clone(path), in.Name)); below != nil {
			return below
		}
	}
	return nil
}

// changed says whether an input of the flake at a path refers to or follows something else than the lock says, and nobody overrides it.
func (l *locking) changed(in *workspace.Input, edge lock.Input, path []string) bool {
	if _, overridden := l.overrideOf(path, in.Name); overridden {
		return false
	}
	switch {
	case in.IsFollow:
		return len(in.Follows) > 0 && !slices.Equal(edge.Follows, pathBelow(path, in.Follows))
	case !in.HasReference || edge.Follows == nil && edge.Target == lock.NoNode:
		return false
	}
	return edge.Follows != nil || !l.flake.Lock.Node(edge.Target).Keeps(in.Reference, path)
}
