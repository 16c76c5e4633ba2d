package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
	process "github.com/nix-pins-lsp/nix-pins-lsp/internal/run"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// locking is what is done with one flake: its flake.nix is written, where that is changed, and it is locked.
type locking struct {
	dir string
	// change is nil for a flake that only has a changed one by a path.
	change *changedFile
	// updates are the inputs of the flake that lead, by relative paths, to a changed one. Nix keeps what flake.lock says of the inputs
	// of these until it is told to update them: without that the outputs are called with what they had.
	updates []inputUpdate
}

// inputUpdate is an input that leads to another flake that is locked.
type inputUpdate struct{ input, dir string }

// lockings are the changed flakes, sorted by path, and those that have one of them by relative paths. A flake comes behind those, whose
// locks Nix reads.
func lockings(s *workspace.Snapshot, changes []changedFile) []*locking {
	var all []*locking
	byDir := map[string]*locking{}
	for i, c := range changes {
		l := &locking{dir: filepath.Dir(c.path), change: &changes[i]}
		all = append(all, l)
		if parse.KindOf(c.path) == parse.Flake {
			byDir[l.dir] = l
		}
	}
	var nested []*workspace.Flake // those with a lock and a relative path
	for summary := range s.Flakes() {
		relative := false
		for in := range summary.Inputs() {
			relative = relative || len(in.Path) == 1 && in.HasReference && in.Reference.Relative()
		}
		if !relative {
			continue
		}
		if flake := s.Flake(summary.Dir); flake != nil && flake.Lock != nil {
			nested = append(nested, flake)
		}
	}
	for more := true; more; {
		more = false
		for _, flake := range nested {
			if byDir[flake.Dir] == nil && len(updates(s, flake, byDir)) > 0 {
				byDir[flake.Dir], more = &locking{dir: flake.Dir}, true
				all = append(all, byDir[flake.Dir])
			}
		}
	}
	var sorted []*locking
	begun := map[*locking]bool{}
	var visit func(l *locking)
	visit = func(l *locking) {
		if begun[l] {
			return
		}
		begun[l] = true
		if flake := s.Flake(l.dir); flake != nil && byDir[l.dir] == l {
			l.updates = updates(s, flake, byDir)
			for _, in := range flake.Inputs {
				if behind := s.FlakeBehind(flake, in); behind != nil && byDir[behind.Dir] != nil {
					visit(byDir[behind.Dir])
				}
			}
		}
		sorted = append(sorted, l)
	}
	for _, l := range all {
		visit(l)
	}
	return sorted
}

// updates are the inputs of a flake that are one of those that are locked, by a relative path.
func updates(s *workspace.Snapshot, flake *workspace.Flake, byDir map[string]*locking) (list []inputUpdate) {
	for _, in := range flake.Inputs {
		if !in.HasReference || in.IsFollow || !in.Reference.Relative() {
			continue
		}
		if behind := s.FlakeBehind(flake, in); behind != nil && behind.Dir != flake.Dir && byDir[behind.Dir] != nil {
			list = append(list, inputUpdate{in.Name, behind.Dir})
		}
	}
	return list
}

// without leaves out the updates to flakes that are as they were after all, and says whether there is anything left to do.
func (l *locking) without(failed map[string]bool) bool {
	l.updates = slices.DeleteFunc(l.updates, func(u inputUpdate) bool { return failed[u.dir] })
	return l.change != nil || len(l.updates) > 0
}

// do writes and locks, or does neither, and tells which inputs have moved.
func (l *locking) do(ctx context.Context) (locked string, err error) {
	c := l.change
	if c != nil {
		if err := atomicfile.Replace(c.path, []byte(c.before), []byte(c.after)); err != nil || parse.KindOf(c.path) != parse.Flake {
			return "", err
		}
	}
	locked, err = lockFlake(ctx, l.dir, l.updates)
	switch {
	case err == nil:
		return locked, nil
	case c == nil:
		return "", fmt.Errorf("%s is left as it was: %w", fromHere(filepath.Join(l.dir, "flake.lock")), err)
	}
	err = fmt.Errorf("%s is left as it was: %w", fromHere(c.path), err)
	return "", errors.Join(err, atomicfile.Replace(c.path, []byte(c.after), []byte(c.before)))
}

// lockFlake runs `nix flake lock` in the folder of a flake, or, where inputs are to be updated, `nix flake update`, and tells in a
// sentence which of its inputs have moved by that. Where Nix refuses, or is stopped, the lock is as it was.
func lockFlake(ctx context.Context, dir string, updates []inputUpdate) (changed string, err error) {
	path := filepath.Join(dir, "flake.lock")
	before, had, err := readLock(path)
	if err != nil {
		return "", err
	}
	var calls [][]string
	for _, u := range updates {
		arguments, err := commands.UpdateArguments(u.input)
		if err != nil {
			return "", err
		}
		calls = append(calls, arguments)
	}
	if len(calls) == 0 { // an update locks too
		calls = append(calls, commands.LockArguments())
	}
	for _, arguments := range calls {
		if err == nil {
			_, err = process.Command{Program: "nix", Arguments: arguments, Dir: dir}.Run(ctx)
		}
	}
	after, has, readErr := readLock(path)
	if err == nil {
		err = readErr
	}
	if err == nil && has { // Nix writes none where there are no inputs
		changed, err = moved(string(before), string(after))
	}
	if err != nil {
		err = errors.New(commands.Plain(err.Error()))
		if has != had || string(after) != string(before) {
			err = errors.Join(err, putBack(ctx, path, before, had))
		}
		return "", err
	}
	return changed, nil
}

// moved tells which of a flake's own inputs are another version by a new lock than they were by the old one, whoever they follow.
func moved(before, after string) (string, error) {
	graph, err := lock.Parse(after)
	if err != nil {
		return "", fmt.Errorf("the flake.lock that nix has written: %w", err)
	}
	var changes []commands.Change
	for in := range graph.Root().Inputs() {
		now, ok := commands.Held(after, in.Name)
		if !ok {
			continue // by a path within the repository
		}
		if was, had := commands.Held(before, in.Name); !had || was.String() != now.String() || was.Source != now.Source {
			changes = append(changes, commands.Change{Input: in.Name, From: was, To: now})
		}
	}
	if len(changes) == 0 {
		return "locked; none of its own inputs has moved", nil
	}
	return "locked; " + commands.Sentence(changes), nil
}

func readLock(path string) (content []byte, exists bool, err error) {
	content, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return content, err == nil, err
}

// untracking is how long Git may take to forget a file.
const untracking = 10 * time.Second

// putBack makes a lock what it was. Nix tells Git of a new one (git add --intent-to-add), which is undone too.
func putBack(ctx context.Context, path string, content []byte, had bool) error {
	if had {
		return atomicfile.Create(path, content)
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), untracking) // a person may have ended it
	defer cancel()
	git := func(arguments ...string) error {
		_, err := process.Command{Program: "git", Arguments: arguments, Dir: filepath.Dir(path)}.Run(ctx)
		return err
	}
	if git("rev-parse", "--is-inside-work-tree") != nil {
		return nil // there is no repository, or no git: Nix has told nobody
	}
	return git("reset", "--quiet", "--", filepath.Base(path))
}
