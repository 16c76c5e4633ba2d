package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
	process "github.com/nix-pins-lsp/nix-pins-lsp/internal/run"
	"github.com/sourcegraph/jsonrpc2"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// lockResult is what became of one flake.lock.
type lockResult struct {
	Message string            `json:"message"`
	Changes []commands.Change `json:"changes"`
}

// updateInput moves one input of a flake.
func updateInput(ctx context.Context, x *execution) (any, error) {
	arguments, err := commands.UpdateArguments(x.arguments.Input)
	if err != nil {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "%v", err)
	}
	return x.relocked(ctx, arguments, func(after, warnings string) (protocol.MessageType, string) {
		if path, ok := commands.Followed(after, x.arguments.Input); ok {
			return protocol.MessageTypeWarning, fmt.Sprintf("%s follows %s: that is what can be updated.", x.arguments.Input, path)
		} else if warnings != "" { // such as that there is no such input
			return protocol.MessageTypeWarning, warnings
		} else if v, ok := commands.Held(after, x.arguments.Input); ok {
			return protocol.MessageTypeInfo, fmt.Sprintf("%s is up to date at %s.", x.arguments.Input, v)
		}
		return protocol.MessageTypeInfo, "Nothing was changed."
	})
}

// lockInputs completes the lock of a flake.
func lockInputs(ctx context.Context, x *execution) (any, error) {
	return x.relocked(ctx, commands.LockArguments(), func(_, warnings string) (protocol.MessageType, string) {
		if warnings != "" {
			return protocol.MessageTypeWarning, "flake.lock is complete. " + warnings
		}
		return protocol.MessageTypeInfo, "flake.lock is complete: nothing was changed."
	})
}

// relocked runs nix on the flake of the arguments and tells what it has changed; unchanged is what is told where that is nothing, by what the lock
// is and what nix warned of.
func (x *execution) relocked(ctx context.Context, arguments []string, unchanged func(after, warnings string) (protocol.MessageType, string)) (any, error) {
	dir, err := x.folder(x.arguments.URI)
	if err != nil {
		return nil, err
	}
	var result lockResult
	kind := protocol.MessageTypeInfo
	c := x.nix(dir, arguments)
	err = x.alone(ctx, c, func(ctx context.Context) error {
		changes, after, output, err := x.relock(ctx, c)
		if err != nil {
			return err
		}
		result = lockResult{commands.Sentence(changes), changes}
		if len(changes) == 0 {
			kind, result.Message = unchanged(after, commands.Warnings(output.Stderr))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	x.tell(kind, result.Message)
	return result, nil
}

// relock runs a nix that may write the flake.lock of its folder, and tells what that is after it and what has changed. Where nix has
// not come to its end, the lock is what it was before, or what nix made of it, but no part of that.
func (x *execution) relock(ctx context.Context, c command) (changes []commands.Change, after string, output process.Output, err error) {
	path := filepath.Join(c.dir, "flake.lock")
	before, had, err := readLock(path)
	if err != nil {
		return nil, "", output, err
	}
	output, err = x.run(ctx, c)
	defer x.changed(path)
	content, has, readErr := readLock(path)
	if err != nil {
		if readErr != nil || had && !has || has && !json.Valid(content) && string(content) != string(before) {
			err = errors.Join(err, restore(path, before, had))
		}
		return nil, "", output, err
	}
	if readErr != nil {
		return nil, "", output, readErr
	}
	changes, err = commands.Compare(string(before), string(content))
	return changes, string(content), output, err
}

func readLock(path string) (content []byte, exists bool, err error) {
	content, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return content, err == nil, err
}

// restore puts a lock back of which nix has left a part.
func restore(path string, content []byte, had bool) error {
	if had {
		return atomicfile.Create(path, content)
	}
	return os.Remove(path)
}

// tryUpgrade tells what another version of an input would change.
func tryUpgrade(ctx context.Context, x *execution) (any, error) {
	dir, err := x.folder(x.arguments.URI)
	if err != nil {
		return nil, err
	}
	input, to := x.arguments.Input, x.arguments.To
	if err := commands.CheckInput(input); err != nil {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "%v", err)
	}
	if to == "" {
		if to, err = commands.NewestOf(x.view.snapshot, dir, input); err != nil {
			return nil, err
		}
	}
	arguments, err := commands.TryArguments(input, to)
	if err != nil {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "%v", err)
	}
	var result lockResult
	c := x.nix(dir, arguments)
	err = x.alone(ctx, c, func(ctx context.Context) error {
		before, _, err := readLock(filepath.Join(dir, "flake.lock"))
		if err != nil {
			return err
		}
		output, err := x.run(ctx, c)
		if err != nil {
			return err
		}
		tried, err := commands.Tried(output.Stdout)
		if err != nil {
			return err
		}
		if result.Changes, err = commands.Compare(string(before), tried); err != nil {
			return err
		}
		if result.Message = fmt.Sprintf("%s at %s would change nothing.", input, commands.Plain(to)); len(result.Changes) > 0 {
			result.Message = fmt.Sprintf("Would change: %s. Nothing was written.", commands.Sentence(result.Changes))
		} else if warnings := commands.Warnings(output.Stderr); warnings != "" {
			result.Message += " " + warnings
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	x.tell(protocol.MessageTypeInfo, result.Message)
	return result, nil
}
