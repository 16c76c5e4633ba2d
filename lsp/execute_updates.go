package lsp

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

const (
	// answerAge is how long what a remote said counts.
	answerAge = 5 * time.Minute
	// atOnce is how many remotes are asked at the same time.
	atOnce = 4
)

// remoteAnswer is what git printed, and when.
type remoteAnswer struct {
	printed string
	at      time.Time
}

// updatesResult is what is known of the inputs of flakes.
type updatesResult struct {
	Message string         `json:"message"`
	Flakes  []flakeUpdates `json:"flakes"`
}

type flakeUpdates struct {
	URI    string            `json:"uri"`
	Inputs []commands.Answer `json:"inputs"`
}

// checkForUpdates asks the repositories of inputs whether they have moved. It touches no flake, so it may run beside other commands.
func checkForUpdates(ctx context.Context, x *execution) (any, error) {
	if x.arguments.URI == "" {
		if err := x.whole(ctx); err != nil {
			return nil, err
		}
	}
	flakes, err := x.questions()
	if err != nil {
		return nil, err
	}
	printed, failed, err := x.askRemotes(ctx, flakes)
	if err != nil {
		return nil, err
	}
	result := updatesResult{Flakes: []flakeUpdates{}}
	var all []commands.Answer
	for _, questions := range flakes {
		f := flakeUpdates{fileURI(questions[0].Dir), nil}
		for _, q := range questions {
			f.Inputs = append(f.Inputs, q.Answer(printed[q.Remote], failed[q.Remote]))
		}
		result.Flakes = append(result.Flakes, f)
		all = append(all, f.Inputs...)
	}
	result.Message = commands.UpdatesSentence(all)
	x.tell(protocol.MessageTypeInfo, result.Message)
	return result, nil
}

// questions are those that the arguments mean, by flake.
func (x *execution) questions() ([][]commands.Question, error) {
	snapshot := x.view.snapshot
	if x.arguments.URI != "" {
		dir, err := x.folder(x.arguments.URI)
		if err != nil {
			return nil, err
		}
		questions, err := commands.Questions(snapshot, dir, x.arguments.Input)
		if err != nil || len(questions) == 0 {
			return nil, err
		}
		return [][]commands.Question{questions}, nil
	}
	var dirs []string
	for _, id := range snapshot.AllPins() {
		if id.Dir != "" {
			dirs = append(dirs, id.Dir)
		}
	}
	if len(dirs) == 0 {
		for flake := range snapshot.Flakes() {
			dirs = append(dirs, flake.Dir)
		}
	}
	var flakes [][]commands.Question
	var failed error
	for _, dir := range dirs {
		questions, err := commands.Questions(snapshot, dir, x.arguments.Input)
		if failed = errors.Join(failed, err); err == nil && len(questions) > 0 {
			flakes = append(flakes, questions)
		}
	}
	if len(flakes) == 0 {
		return nil, failed // of several flakes it is enough that one has the input
	}
	return flakes, nil
}

// askRemotes gives what git printed for each remote, or the error that it ended with. What was asked a short while ago is not asked again.
func (x *execution) askRemotes(ctx context.Context, flakes [][]commands.Question) (printed map[commands.Remote]string, failed map[commands.Remote]error, err error) {
	printed, failed = map[commands.Remote]string{}, map[commands.Remote]error{}
	var ask []commands.Remote
	e := &x.executions
	e.mu.Lock()
	seen := map[commands.Remote]bool{}
	for _, questions := range flakes {
		for _, q := range questions {
			if q.Why != "" || seen[q.Remote] {
				continue
			}
			seen[q.Remote] = true
			if known, ok := e.answers[q.Remote]; ok && time.Since(known.at) < answerAge {
				printed[q.Remote] = known.printed
			} else {
				ask = append(ask, q.Remote)
			}
		}
	}
	e.mu.Unlock()
	if len(ask) == 0 {
		return printed, failed, nil
	}
	git := x.git(ask[0])
	what := "`" + git.line() + "`"
	if len(ask) > 1 {
		var others []string
		for _, remote := range ask[1:] {
			others = append(others, commands.Plain(remote.Repository))
		}
		what += ", and the same for " + some(others) + ","
	}
	if err := x.permitted(ctx, what, []string{git.dir}); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	progress := x.showWork(workDone{title: "Checking for updates", token: x.token, bounded: true, cancel: cancel})
	defer progress.end()
	var mu sync.Mutex
	var workers sync.WaitGroup
	next := make(chan commands.Remote)
	for range min(atOnce, len(ask)) {
		workers.Go(func() {
			for remote := range next {
				output, err := x.run(ctx, x.git(remote))
				mu.Lock()
				if err != nil {
					failed[remote] = err
				} else {
					printed[remote] = string(output.Stdout)
				}
				done := len(printed) + len(failed)
				progress.report(fmt.Sprintf("%d repositories", done), 100*min(done, len(ask))/len(ask))
				mu.Unlock()
			}
		})
	}
	for _, remote := range ask {
		next <- remote
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.answers == nil {
		e.answers = map[commands.Remote]remoteAnswer{}
	}
	for _, remote := range ask {
		if failed[remote] == nil {
			e.answers[remote] = remoteAnswer{printed[remote], time.Now()}
		}
	}
	return printed, failed, nil
}

// git is the call that asks a remote. It runs in the root of the disk, where no repository's own settings can have a say.
func (x *execution) git(remote commands.Remote) command {
	root := filepath.VolumeName(x.options.Environment.Home) + string(filepath.Separator)
	c := command{
		program: x.workspace.Snapshot().Config(filepath.Join(root, "flake.nix")).Commands.Git, setting: "commands.git", arguments: remote.Arguments(), dir: root,
		environment: []string{"GIT_ALLOW_PROTOCOL=" + commands.AllowedProtocols},
	}
	if c.program == "" {
		c.program = "git"
	}
	return c
}
