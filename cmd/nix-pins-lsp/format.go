package main

import (
	"context"
	"io"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// checkResult is what a check found, for a format to print.
type checkResult struct {
	// ctx is of the command: what is left to find out while it is printed may be ended.
	ctx          context.Context
	root, reason string
	snapshot     *workspace.Snapshot
	files        []string
	findings     []diagnostics.Finding
	// known is how many more are in the baseline.
	known int
	lines *sourceLines
}

var formats = map[string]func(io.Writer, *checkResult) error{
	"text":   printText,
	"json":   printJSON,
	"sarif":  printSARIF,
	"github": printGitHub,
}

// maxTextFixes is how many findings a person may get to see with their fixes: of more, nobody reads them.
const maxTextFixes = 1000

// shownFixes is for up to how many findings a format tells of fixes.
func shownFixes(format string) int {
	switch format {
	case "text":
		return maxTextFixes
	case "json":
		return math.MaxInt
	}
	return 0
}

func formatNames() []string { return slices.Sorted(maps.Keys(formats)) }

// name is a path relative to the root, as JSON and SARIF have it.
func (r *checkResult) name(path string) string { return diagnostics.RelativePath(r.root, path) }

// fromHere is a path as a person in the current folder names it, so that terminals, editors and CI find it; it drives no terminal.
func fromHere(path string) string { return seenFrom(currentFolder(), path) }

// currentFolder is "" where nobody knows it, as when it is gone.
func currentFolder() string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	return here
}

// seenFrom is fromHere where the current folder is known: to ask for it takes longer than to print a line.
func seenFrom(here, path string) string {
	if here != "" {
		path = diagnostics.RelativePath(here, path)
	}
	return text.Printable(path)
}

// sourceLines has the line indexes of the files that were needed last. It is for one goroutine.
type sourceLines struct {
	snapshot *workspace.Snapshot
	known    map[string]*text.Lines
}

// maxLines is how many files' lines are kept: findings come file by file, and speak of few others.
const maxLines = 100

// of is the line index of a file; an unreadable one counts as empty, because its finding says why.
func (l *sourceLines) of(path string) *text.Lines {
	if lines, ok := l.known[path]; ok {
		return lines
	}
	if l.known == nil {
		l.known = map[string]*text.Lines{}
	}
	if len(l.known) > maxLines {
		clear(l.known) // they hold on to the texts
	}
	source := ""
	if file, err := l.snapshot.File(path); err == nil {
		source = file.Text
	}
	l.known[path] = text.NewLines(source)
	return l.known[path]
}

// linesOf is the line index of a file.
func (r *checkResult) linesOf(path string) *text.Lines {
	if r.lines == nil {
		r.lines = &sourceLines{snapshot: r.snapshot}
	}
	return r.lines.of(path)
}
