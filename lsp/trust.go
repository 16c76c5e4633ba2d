package lsp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// trust is whether commands may run programs: what initializationOptions.trusted says.
type trust uint8

const (
	asking      trust = iota // it is absent: a person is asked first
	trusting                 // true
	distrusting              // false
)

// What a person may answer.
const (
	runIt     = "Run"
	runAlways = "Run, and do not ask again in this session"
	doNotRun  = "Cancel"
)

// answerTime is how long a question stands. Some clients neither show one nor answer it (Helix 25.07), and would wait for ever.
const answerTime = time.Minute

// mostNamed is how many folders and the like a message names.
const mostNamed = 5

// permitted asks whether a command may run in folders, unless that is settled; what is the command line, in backquotes. The error is why it
// may not.
func (x *execution) permitted(ctx context.Context, what string, dirs []string) error {
	e := &x.executions
	e.mu.Lock()
	settled := e.trust == trusting || e.allowed
	e.mu.Unlock()
	switch {
	case e.trust == distrusting:
		return fmt.Errorf("%s was not run: the editor does not trust this workspace (`trusted` is false in its initialization options)", what)
	case settled:
		return nil
	}
	var answer *protocol.MessageActionItem
	question, stop := context.WithTimeout(ctx, answerTime)
	defer stop()
	err := x.connection.call(question, "window/showMessageRequest", protocol.ShowMessageRequestParams{
		Type:    protocol.MessageTypeWarning,
		Message: fmt.Sprintf("Run %s in %s?", what, commands.Plain(places(dirs))),
		Actions: []protocol.MessageActionItem{{Title: runIt}, {Title: runAlways}, {Title: doNotRun}},
	}, &answer)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case question.Err() != nil:
		return fmt.Errorf("%s was not run: the editor did not answer within %d seconds whether it may; it may where `trusted` is true in the initialization options", what, answerTime/time.Second)
	case err != nil:
		return fmt.Errorf("%s was not run: the editor cannot ask whether it may (%v); it may where `trusted` is true in the initialization options", what, err)
	case answer == nil, answer.Title != runIt && answer.Title != runAlways:
		return rpcError(codeRequestCancelled, "%s was not run: nobody said that it may", what)
	case answer.Title == runAlways:
		e.mu.Lock()
		e.allowed = true
		e.mu.Unlock()
	}
	return nil
}

// places names folders.
func places(dirs []string) string {
	if len(dirs) == 1 {
		return dirs[0]
	}
	return fmt.Sprintf("each of %d folders: %s", len(dirs), some(dirs))
}

// some names the first of many.
func some(names []string) string {
	if more := len(names) - mostNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}
