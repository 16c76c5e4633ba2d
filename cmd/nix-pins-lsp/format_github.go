package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
)

// What GitHub's runner reads back out of a workflow command: the data escapes its line ends, a property its separators too.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// printGitHub prints workflow commands, which show up as annotations in a pull request.
func printGitHub(w io.Writer, r *checkResult) error {
	for _, f := range r.findings {
		p := r.jsonPlace(f.Path, f.Span)
		level := "notice"
		switch f.Severity {
		case diagnostics.Error:
			level = "error"
		case diagnostics.Warning:
			level = "warning"
		}
		if _, err := fmt.Fprintf(w, "::%s file=%s,line=%d,endLine=%d,col=%d,endColumn=%d,title=%s::%s\n",
			level, githubProperty.Replace(fromHere(f.Path)), p.Line, p.EndLine, p.Column, p.EndColumn, githubProperty.Replace(f.Code), githubData.Replace(f.Message)); err != nil {
			return err
		}
	}
	return nil
}
