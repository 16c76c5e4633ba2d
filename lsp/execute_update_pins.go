package lsp

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// pinsResult is what became of the leaves.
type pinsResult struct {
	Message string       `json:"message"`
	Leaves  []leafResult `json:"leaves"`
	Failed  []leafError  `json:"failed"`
}

// leafResult is a leaf whose pins are up to date now; without changes they were before.
type leafResult struct {
	URI     string            `json:"uri"`
	Changes []commands.Change `json:"changes"`
}

type leafError struct {
	URI   string `json:"uri"`
	Error string `json:"error"`
}

// leafToUpdate is a leaf and the call that moves its pins input, or why there is none.
type leafToUpdate struct {
	dir, input string
	command    command
	err        error
}

// updatePins moves the pins input of leaves, one after the other.
func updatePins(ctx context.Context, x *execution) (any, error) {
	if err := x.whole(ctx); err != nil {
		return nil, err
	}
	leaves, err := x.leavesToUpdate()
	if err != nil {
		return nil, err
	}
	var dirs, lines []string
	for _, l := range leaves {
		if l.err != nil {
			continue
		}
		dirs = append(dirs, l.dir)
		if line := "`" + l.command.line() + "`"; !slices.Contains(lines, line) { // pins may have several names
			lines = append(lines, line)
		}
	}
	if len(dirs) > 0 {
		if err := x.permitted(ctx, strings.Join(lines, " or "), dirs); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	progress := x.showWork(workDone{title: "Updating pins", token: x.token, bounded: true, cancel: cancel})
	defer progress.end()
	result := pinsResult{Leaves: []leafResult{}, Failed: []leafError{}}
	for i, l := range leaves {
		progress.report(fmt.Sprintf("%d of %d: %s", i+1, len(leaves), l.dir), 100*i/len(leaves))
		changes, err := x.updateLeaf(ctx, l)
		switch {
		case ctx.Err() != nil:
			return nil, rpcError(codeRequestCancelled, "cancelled after %d of %d leaves", i, len(leaves))
		case err != nil:
			result.Failed = append(result.Failed, leafError{fileURI(l.dir), err.Error()})
		default:
			result.Leaves = append(result.Leaves, leafResult{fileURI(l.dir), changes})
		}
	}
	result.Message = result.sentence()
	switch {
	case len(result.Leaves) == 0:
		return nil, errors.New(result.Message)
	case len(result.Failed) > 0:
		x.tell(protocol.MessageTypeError, result.Message)
	default:
		x.tell(protocol.MessageTypeInfo, result.Message)
	}
	return result, nil
}

// leavesToUpdate are those that the arguments name, else all that there are.
func (x *execution) leavesToUpdate() ([]leafToUpdate, error) {
	snapshot := x.view.snapshot
	var leaves []leafToUpdate
	add := func(dir, input string) {
		arguments, err := commands.UpdateArguments(input)
		leaves = append(leaves, leafToUpdate{dir, input, x.nix(dir, arguments), err})
	}
	if x.arguments.URIs == nil {
		for _, l := range snapshot.Leaves() {
			add(l.Dir, l.Input)
		}
		if len(leaves) == 0 {
			return nil, errors.New("no flake of the workspace has a pins input")
		}
		return leaves, nil
	}
	seen := map[string]bool{}
	for _, uri := range x.arguments.URIs {
		dir, err := x.folder(uri)
		if err != nil {
			return nil, err
		}
		if seen[dir] {
			continue
		}
		seen[dir] = true
		if l := snapshot.LeafAt(dir); l != nil {
			add(l.Dir, l.Input)
		} else {
			leaves = append(leaves, leafToUpdate{dir: dir, err: errors.New("it has no pins input")})
		}
	}
	if len(leaves) == 0 {
		return nil, errors.New("no leaf is named: `uris` is empty")
	}
	return leaves, nil
}

func (x *execution) updateLeaf(ctx context.Context, l leafToUpdate) ([]commands.Change, error) {
	if l.err != nil {
		return nil, l.err
	}
	leave, err := x.executions.enter(l.dir, l.command.line())
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := x.saved(ctx, l.dir); err != nil {
		return nil, err
	}
	changes, _, _, err := x.relock(ctx, l.command)
	return changes, err
}

// sentence tells which leaves have moved where, and which have not.
func (r *pinsResult) sentence() string {
	var said, order []string
	movedTo, upToDate := map[string][]string{}, 0
	for _, l := range r.Leaves {
		if len(l.Changes) == 0 {
			upToDate++
			continue
		}
		to := "another lock"
		if first := l.Changes[0]; first.To != nil { // that of pins itself: changes are sorted by depth
			to = first.To.String()
		}
		if movedTo[to] == nil {
			order = append(order, to)
		}
		movedTo[to] = append(movedTo[to], nameOf(l.URI))
	}
	for _, to := range order {
		said = append(said, fmt.Sprintf("Moved to %s: %s.", to, some(movedTo[to])))
	}
	if upToDate > 0 {
		said = append(said, fmt.Sprintf("Up to date before: %d.", upToDate))
	}
	if len(r.Failed) > 0 {
		var failed, reasons []string
		leaves := map[string][]string{}
		for _, f := range r.Failed {
			if leaves[f.Error] == nil {
				reasons = append(reasons, f.Error)
			}
			leaves[f.Error] = append(leaves[f.Error], nameOf(f.URI))
		}
		for _, reason := range reasons {
			failed = append(failed, some(leaves[reason])+" ("+reason+")")
		}
		said = append(said, "Failed: "+some(failed)+".")
	}
	return commands.Plain(strings.Join(said, " "))
}

// nameOf is the name of a folder that was made a URI.
func nameOf(uri string) string {
	path, _ := filePath(uri)
	return filepath.Base(path)
}
