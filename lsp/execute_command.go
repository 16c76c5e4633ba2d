package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	process "github.com/nix-pins-lsp/nix-pins-lsp/internal/run"
	"github.com/sourcegraph/jsonrpc2"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// executors are what the commands do. The result tells what has changed, and has a message for a person, who is shown it too.
var executors = map[string]func(context.Context, *execution) (any, error){
	commands.UpdateInput:     updateInput,
	commands.Lock:            lockInputs,
	commands.UpdatePins:      updatePins,
	commands.TryUpgrade:      tryUpgrade,
	commands.PinRegistry:     pinRegistry,
	commands.CheckForUpdates: checkForUpdates,
	commands.Reindex:         reindex,
	commands.OpenReport:      openReport,
}

// executeCommandParams are our own: glsp's reads no token.
type executeCommandParams struct {
	Command       string            `json:"command"`
	Arguments     []json.RawMessage `json:"arguments"`
	WorkDoneToken json.RawMessage   `json:"workDoneToken"`
}

// commandArguments are the members of the one object that commands take; each command takes some of them.
type commandArguments struct {
	URI   string   `json:"uri,omitempty"`   // a file of the flake, or its folder
	URIs  []string `json:"uris,omitempty"`  // nil where absent
	Input string   `json:"input,omitempty"` // a path of names with slashes
	To    string   `json:"to,omitempty"`    // a flake reference
}

// execution is one command that a person chose, under way. It works beside the queue.
type execution struct {
	*Server
	view      *view
	arguments commandArguments
	token     json.RawMessage // of the client, under which it wants to see the progress; nil where it gave none
}

// executions are what commands share. They may be used on any goroutine; trust is set before the first.
type executions struct {
	trust trust

	mu      sync.Mutex
	allowed bool              // a person has said that this session need not ask again
	busy    map[string]string // what runs in a folder, by its path
	answers map[commands.Remote]remoteAnswer
}

func executeCommand(s *Server, raw json.RawMessage) work {
	v := s.view()
	return func(ctx context.Context) (any, error) {
		params, err := decodeParams[executeCommandParams](raw)
		if err != nil {
			return nil, err
		}
		execute := executors[params.Command]
		x := &execution{Server: s, view: v, token: params.WorkDoneToken}
		if string(x.token) == "null" {
			x.token = nil
		}
		switch {
		case execute == nil:
			return nil, rpcError(jsonrpc2.CodeInvalidParams, "there is no command %q", params.Command)
		case len(params.Arguments) > 1:
			return nil, rpcError(jsonrpc2.CodeInvalidParams, "%s takes one object, found %d arguments", params.Command, len(params.Arguments))
		case len(params.Arguments) == 1:
			if err := json.Unmarshal(params.Arguments[0], &x.arguments); err != nil {
				return nil, rpcError(jsonrpc2.CodeInvalidParams, "arguments of a wrong shape: %v", err)
			}
		}
		result, err := execute(ctx, x)
		if err != nil {
			s.log.Info("command failed", "command", params.Command, "error", commands.Plain(err.Error()))
		}
		return result, err
	}
}

// tell shows a message to the person.
func (x *execution) tell(kind protocol.MessageType, message string) {
	if err := x.connection.notify("window/showMessage", protocol.ShowMessageParams{Type: kind, Message: message}); err != nil {
		x.log.Error("cannot show a message", "error", err)
	}
}

// folder is the folder of a flake that is named by its own URI, or that of one of its files.
func (x *execution) folder(uri string) (string, error) {
	path, ok := filePath(uri)
	if !ok {
		return "", rpcError(jsonrpc2.CodeInvalidParams, "`uri` names a flake on this disk, found %q", uri)
	}
	dir := filepath.Clean(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	if _, err := os.Stat(filepath.Join(dir, "flake.nix")); err != nil {
		return "", fmt.Errorf("%s holds no flake.nix", dir)
	}
	return dir, nil
}

// whole waits until all files of the workspace have been read: what concerns all of it is not done to a part.
func (x *execution) whole(ctx context.Context) error {
	v, err := x.indexedView(ctx, x.view)
	if err != nil {
		return err
	} else if v == nil {
		return rpcError(codeRequestCancelled, "the server is shut down")
	}
	x.view = v
	return nil
}

// saved says why Nix, which reads the disk, would not see what the person sees; nil where it does. The person sees what the client had sent
// before its last answer to us: answers are taken as they come, and edits wait for their turn.
func (x *execution) saved(ctx context.Context, dir string) error {
	v, err := x.latestView(ctx)
	if err != nil {
		return err
	} else if v == nil {
		return rpcError(codeRequestCancelled, "the server is shut down")
	}
	for _, name := range []string{"flake.nix", "flake.lock"} {
		path := filepath.Join(dir, name)
		file, err := v.snapshot.File(path)
		if err != nil || !file.Open {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil || strings.TrimPrefix(string(content), "\uFEFF") != strings.TrimPrefix(file.Text, "\uFEFF") {
			return fmt.Errorf("%s has changes that are not saved, and nix reads the disk: save it first", path)
		}
	}
	return nil
}

// free is the error of what runs in a folder; nil where nothing does.
func (e *executions) free(dir string) error {
	dir = resolved(dir)
	e.mu.Lock()
	defer e.mu.Unlock()
	if running, ok := e.busy[dir]; ok {
		return fmt.Errorf("`%s` is still running in %s", running, dir)
	}
	return nil
}

// resolved is the one name of a folder that has several, by links.
func resolved(dir string) string {
	if name, err := filepath.EvalSymlinks(dir); err == nil {
		return name
	}
	return dir
}

// enter keeps other commands out of a folder until leave is called.
func (e *executions) enter(dir, what string) (leave func(), err error) {
	dir = resolved(dir)
	e.mu.Lock()
	defer e.mu.Unlock()
	if running, ok := e.busy[dir]; ok {
		return nil, fmt.Errorf("`%s` is still running in %s", running, dir)
	}
	if e.busy == nil {
		e.busy = map[string]string{}
	}
	e.busy[dir] = what
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.busy, dir)
	}, nil
}

// command is a program with its arguments, and the folder to run it in.
type command struct {
	program, setting string
	arguments        []string
	dir              string
	environment      []string
}

// nix is a call of Nix in the folder of a flake.
func (x *execution) nix(dir string, arguments []string) command {
	c := command{program: x.workspace.Snapshot().Config(filepath.Join(dir, "flake.nix")).Commands.Nix, setting: "commands.nix", arguments: arguments, dir: dir}
	if c.program == "" {
		c.program = "nix"
	}
	return c
}

func (c command) line() string { return commands.Line(c.program, c.arguments) }

// run runs it to its end. The error is the context's, or one that can be shown.
func (x *execution) run(ctx context.Context, c command) (process.Output, error) {
	x.log.Info("runs a program", "command", c.line(), "folder", c.dir)
	output, err := process.Command{Program: c.program, Setting: c.setting, Arguments: c.arguments, Dir: c.dir, Environment: c.environment}.Run(ctx)
	if err != nil && ctx.Err() == nil {
		err = errors.New(commands.Plain(err.Error()))
	}
	return output, err
}

// alone does what one command does in the folder of a flake: with nobody else there, with everything saved, once it is allowed, and with
// a progress that can be cancelled.
func (x *execution) alone(ctx context.Context, c command, do func(context.Context) error) error {
	if err := x.executions.free(c.dir); err != nil {
		return err
	}
	if err := x.saved(ctx, c.dir); err != nil {
		return err
	}
	// A question may stand for long, and keeps nobody out.
	if err := x.permitted(ctx, "`"+c.line()+"`", []string{c.dir}); err != nil {
		return err
	}
	leave, err := x.executions.enter(c.dir, c.line())
	if err != nil {
		return err
	}
	defer leave()
	if err := x.saved(ctx, c.dir); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	progress := x.showWork(workDone{title: c.line(), token: x.token, cancel: cancel})
	defer progress.end()
	progress.report(c.dir, -1)
	return do(ctx)
}

// changed lets the server look at files that a program may have written.
func (x *execution) changed(paths ...string) {
	x.turn("look at what a program wrote", func() {
		x.disk.paths = append(x.disk.paths, paths...)
		x.disk.poll = true
		x.lookAtDisk()
	})
}

// reindex reads the workspace anew. The reading goes on when the answer is sent.
func reindex(_ context.Context, x *execution) (any, error) {
	x.turn("read all files again", x.index)
	return nil, nil
}
