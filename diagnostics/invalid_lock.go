package diagnostics

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/spanjson"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "invalid-lock",
	Level:   Error,
	Since:   "0.2.0",
	Files:   func(path string) bool { return parse.KindOf(path) == parse.Flake || isLock(path) },
	Summary: "A flake.lock that Nix cannot read.",
	Doc: `## What it does

Reads flake.lock as Nix does. In flake.nix it reports the first thing for which Nix refuses the lock; in flake.lock each one, at its
place: markers of an unfinished merge, text that is no JSON, a version that Nix cannot read, an input that leads to no node or in a
circle, a node without ` + "`locked` or `original`" + `, one that is no reference, or that no rev or hash fixes.

In flake.lock it also warns of what Nix passes over: a name that stands twice, a ` + "`follows`" + ` that leads nowhere; and it fades nodes that
nothing leads to.

## Why is this bad?

Nix refuses every command on the flake until the lock can be read.

## How to mend it

After a merge: take one side as a whole, ` + "`git checkout --ours flake.lock`" + `, and run ` + "`nix flake lock`" + `, which adds what is missing. Else take
an older version out of Git. A lock that is removed is made anew by ` + "`nix flake lock`" + `, with every input at its newest.

## References

Nix manual: nix flake, section "Lock files".
`,
	Check: func(p *Pass) {
		switch {
		case p.Snapshot.Exempt(p.Path):
		case p.Flake == nil:
			p.checkLockFile()
		case p.Flake.LockPath != "":
			p.checkLockOfFlake()
		}
	},
})

// checkLockFile judges a flake.lock itself.
func (p *Pass) checkLockFile() {
	if !p.File.Open {
		if known := p.Snapshot.LockOf(filepath.Dir(p.Path)); known != nil && len(known.Problems) == 0 {
			return // the index has read it
		}
	}
	graph, err := p.File.Lock()
	if err != nil {
		span, message := unreadable(err)
		p.Report(Finding{Span: span, Object: lockName, Message: message + "."})
		return
	}
	for _, problem := range graph.Problems {
		f := Finding{Span: problem.Span, Object: lockName, Message: upperFirst(asMarked(problem.Message)) + "."}
		switch {
		case problem.Rejected:
		case problem.Node != lock.NoNode && !graph.Node(problem.Node).Reachable():
			f.Severity, f.Unnecessary = Hint, problem.Code == lock.UnreachableNode
		default:
			f.Severity = Warning
		}
		p.Report(f)
	}
}

// checkLockOfFlake says in flake.nix why Nix refuses the lock beside it.
func (p *Pass) checkLockOfFlake() {
	graph, err := p.Flake.Lock, p.Flake.LockError
	if err != nil {
		span, message := unreadable(err)
		p.Report(Finding{
			Span: inputsPlace(p.Manifest), Object: lockName, Message: "Nix cannot read flake.lock: " + lowerFirst(message) + ".",
			Related: []Related{p.inLock(span, "it cannot be read here")},
		})
		return
	}
	for _, problem := range graph.Problems {
		if !problem.Rejected {
			continue
		}
		span := inputsPlace(p.Manifest)
		if in := p.bringsIn(graph, problem.Node); in != nil {
			span = inputSpan(in)
		}
		p.Report(Finding{
			Span: span, Object: lockName, Message: "Nix refuses flake.lock: " + asMarked(problem.Message) + ".",
			Related: []Related{p.inLock(problem.Span, "it is refused here")},
		})
		return
	}
}

// bringsIn is the input of the judged flake that brings a node of its lock in, by the shortest path; nil where there is none.
func (p *Pass) bringsIn(graph *lock.Graph, id lock.NodeID) *workspace.Input {
	if id == lock.NoNode {
		return nil
	}
	for _, path := range graph.Paths(id, 1) {
		if len(path) > 0 {
			return p.Flake.Input(path[0])
		}
	}
	return nil
}

// unreadable says where and why a lock is no JSON.
func unreadable(err error) (span text.Span, message string) {
	var unread *lock.Error
	if !errors.As(err, &unread) {
		return text.Span{}, upperFirst(err.Error())
	}
	message = upperFirst(unread.Message)
	if unread.Kind == spanjson.Conflict {
		message = fmt.Sprintf("The file holds the markers of an unfinished merge (line %d): take one side of it as a whole and run `nix flake lock`", unread.Line)
	}
	return unread.Span, message
}

// asMarked puts the names of a message between backquotes, as ours are.
func asMarked(message string) string { return strings.ReplaceAll(message, `"`, "`") }

// upperFirst and lowerFirst change the first letter of a message, which is ASCII.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
