package diagnostics

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:    "syntax-error",
	Level:   Error,
	Since:   "0.1.0",
	Kinds:   []parse.FileKind{parse.Flake, parse.Mana, parse.Entrypoint},
	Summary: "Nix's parser rejects the file.",
	Doc: `## What it does

Finds the place at which Nix stops reading the file: a syntax error, a variable that is not defined, a formal that stands twice in
a pattern, the markers of an unfinished merge, a path ` + "`~/…`" + ` anywhere in a flake.nix, a file with no expression. Of several syntax errors only the first is reported, since others may only seem to be wrong
because of it.

## Why is this bad?

Nix parses the whole file before it looks at anything in it. Every command that reads it fails.

## How to mend it

Write what the message says is missing, or remove what it says was not expected. What is written before and behind the place is
still read: other findings and completion go on working.

## Fix safety

Where an input is used in ` + "`outputs`" + ` and only its name is missing in the pattern, it can be added. That is a choice: the variable may
also be a slip. What else was meant, only a person knows.

## References

Nix manual: Nix language, sections "Syntax and semantics" and "Scoping rules".
`,
	Check: func(p *Pass) {
		for _, e := range p.Manifest.Errors {
			name := quoted(e.Span.In(p.Manifest.Text))
			switch e.Code {
			case parse.Syntax:
				// Nix stops at the first marker at the latest, unless it stands in a string.
				if span, ok := mergeMarkers(p.Manifest.Text); ok && e.Span.Start <= span.End {
					p.Report(Finding{Span: span, Message: "The file holds the markers of an unfinished merge: write what is to stand here, and remove the markers."})
					return
				}
				p.Report(Finding{Span: e.Span, Message: sentence(e.Message)})
				return
			case parse.UndefinedVariable:
				p.reportUndefinedVariable(e)
			case parse.HomePath:
				p.Report(Finding{Span: e.Span, Message: sentence(e.Message)})
			case parse.DuplicateFormal:
				p.Report(Finding{
					Span: e.Span, Message: fmt.Sprintf("The argument %s stands twice in one pattern.", name),
					Related: []Related{p.here(e.Other, name+" stands here already")},
				})
			}
		}
	},
})

// mergeMarkers is the line at which Git has left a conflict in a text.
func mergeMarkers(source string) (span text.Span, ok bool) {
	next, at := 0, 0
	markers := []string{"<<<<<<< ", "=======", ">>>>>>> "}
	for line := range strings.Lines(source) {
		marker := strings.TrimLeft(line, " \t") // somebody may have indented it
		if strings.HasPrefix(marker, markers[next]) {
			if next == 0 {
				start := at + len(line) - len(marker)
				span = text.Span{Start: start, End: start + len(strings.TrimRight(marker, "\r\n"))}
			}
			if next++; next == len(markers) {
				return span, true
			}
		}
		at += len(line)
	}
	return text.Span{}, false
}

func (p *Pass) reportUndefinedVariable(e parse.SyntaxError) {
	name := e.Span.In(p.Manifest.Text)
	f := Finding{Span: e.Span, Message: fmt.Sprintf("The variable %s is not defined.", quoted(name))}
	in, outputs := p.Manifest.Input(name), p.Manifest.OutputsFunction
	if in != nil && outputs != nil && outputs.Body.Contains(e.Span) {
		f.Message = fmt.Sprintf("The variable %s is not defined: the input of that name is no argument of `outputs`.", quoted(name))
		f.Related = []Related{p.here(in.Attr.Span(), quoted(name)+" is declared here")}
		if outputs.Formals != nil {
			f.Fixes = []Fix{p.rewriteFix("Add "+name+" to the arguments of outputs", false, func(m *parse.Manifest) (rewrite.Change, error) {
				return rewrite.AddFormal(m, name)
			})}
		}
	}
	p.Report(f)
}

var singleQuoted = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`'([^' ]+)'`) })

// sentence makes a message of the parser one of ours: a sentence with its names in backquotes.
func sentence(message string) string {
	message = singleQuoted().ReplaceAllString(message, "`$1`")
	return strings.ToUpper(message[:1]) + message[1:] + "."
}
