package ide

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Definition gives where what stands at a byte offset of a flake.nix or a flake.lock leads to, the best place first: none where
// that is not known. from is the part of the text that leads there.
//
// In a flake.nix an input leads to where it ends: its declaration in the flake that it follows into, and its node in the lock; one that
// does not follow to its own flake.nix before that, where that lies on this disk.
// In a flake.lock a node, and the name of an edge, lead to the declaration; the target of an edge leads to the node. Where the source
// that is locked lies in the local Nix store, its flake.nix there is a target too.
func Definition(s *workspace.Snapshot, path string, offset int) (from text.Span, targets []Target) {
	file, err := s.File(path)
	if err != nil || offset < 0 || offset > len(file.Text) {
		return from, nil
	}
	switch {
	case isLock(path):
		return lockDefinition(s, file, offset)
	case parse.KindOf(path) == parse.Flake:
		r := newRequest(s, file, parse.Flake, -1)
		at, ok := r.flakePlace(offset)
		switch {
		case !ok || at.attribute != "":
			return from, nil
		case at.follows != nil:
			return at.span, append(r.segmentTargets(at.follows), r.stored(at.follows)...)
		}
		return at.span, r.inputTargets(at)
	}
	return from, nil
}

// inputTargets are where an input ends. Its declaration is none where the place is in that itself.
func (r *request) inputTargets(at flakePlace) []Target {
	var targets []Target
	in, here := at.input, targetOf(r.flake, at.input)
	stored := r.stored(in.Path)
	if len(in.Path) == 1 && !in.IsFollow {
		if flake := r.behind(r.flake, in.Name); flake != nil {
			targets = append(targets, Target{Path: flake.File.Path})
		} else if !at.formal || in.Syntax == nil {
			targets, stored = stored, nil
		}
	}
	for _, t := range r.end(at.input.Path) {
		if t != here || at.formal && at.input.Syntax != nil {
			targets = append(targets, t)
		}
	}
	return append(targets, stored...)
}

// stored is the flake.nix of what is locked at the end of an input path, where the local store has it.
func (r *request) stored(path []string) []Target {
	if r.flake == nil || r.flake.Lock == nil || len(path) == 0 {
		return nil
	}
	n, err := r.flake.Lock.Resolve(path)
	if err != nil {
		return nil
	}
	return storedFlake(r.snapshot, n)
}

func storedFlake(s *workspace.Snapshot, n lock.Node) []Target {
	if path, ok := s.StoredFlake(n); ok {
		return []Target{{Path: path}}
	}
	return nil
}

// segmentTargets are where the path up to a segment leads: the first one to its declaration here, a later one to where it ends.
func (r *request) segmentTargets(path []string) []Target {
	if len(path) == 1 {
		if at, ok := r.declaration(path); ok {
			return []Target{at}
		}
	}
	return r.end(path)
}

func lockDefinition(s *workspace.Snapshot, file *workspace.File, offset int) (from text.Span, targets []Target) {
	r := newLockRequest(s, file)
	if r == nil {
		return from, nil
	}
	at, ok := r.place(offset)
	if !ok {
		return from, nil
	}
	if at.isEdge && !at.atName() {
		if target, why := r.edgeTarget(at); why == "" {
			targets = append(targets, inLock(r.dir(), target))
		}
		return at.span, targets
	}
	path, ok := r.locate(at.node.ID()).path[at.node.ID()]
	if at.node == r.graph.Root() {
		path, ok = nil, true
	}
	if !ok {
		return at.span, nil
	}
	if at.isEdge {
		path = append(path, at.edge.Name)
	} else if len(path) == 0 {
		return at.span, []Target{{Path: r.file.Path}}
	}
	if t, ok := r.nearest(path); ok {
		targets = append(targets, t)
	}
	if n, err := r.graph.Resolve(path); err == nil {
		targets = append(targets, storedFlake(r.snapshot, n)...)
	}
	return at.span, targets
}
