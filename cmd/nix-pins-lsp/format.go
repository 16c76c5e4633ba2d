package main

import (
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
	root, reason string
	snapshot     *workspace.Snapshot
	files        []string
	findings     []diagnostics.Finding
	// known is how many more are in the baseline.
	known int
	// lines are the line indexes of the files that were needed so far.
	lines map[string]*text.Lines
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
func fromHere(path string) string {
	if here, err := os.Getwd(); err == nil {
		path = diagnostics.RelativePath(here, path)
	}
	return text.Printable(path)
}

// maxLines is how many files' lines are kept: findings come file by file, and speak of few others.
const maxLines = 100

// linesOf is the line index of a file; an unreadable one counts as empty, because its finding says why.
func (r *checkResult) linesOf(path string) *text.Lines {
	if lines, ok := r.lines[path]; ok {
		return lines
	}
	if r.lines == nil {
		r.lines = map[string]*text.Lines{}
	}
	if len(r.lines) > maxLines {
		clear(r.lines) // they hold on to the texts
	}
	source := ""
	if file, err := r.snapshot.File(path); err == nil {
		source = file.Text
	}
	r.lines[path] = text.NewLines(source)
	return r.lines[path]
}
