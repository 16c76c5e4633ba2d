package diagnostics

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "machine-path",
	Level:   Warning,
	Since:   "0.1.0",
	Summary: "An input is a path that exists on this machine only.",
	Doc: `## What it does

Finds inputs that are an absolute path or a Git repository on this disk: ` + "`path:/…`, `git+file:…`, `file:///…`" + `.

## Why is this bad?

On another machine, and in CI, there is nothing at that path or something else. A flake.lock that holds the input does not help:
Nix reads the path again where it lacks the content.

## How to mend it

Push the repository and write its URL. To try a local version, leave flake.nix as it is and use
` + "`nix build --override-input NAME path:/…`" + ` with ` + "`--no-write-lock-file`" + `.

## Fix safety

There is no fix: where the path's content can be had by others, only a person knows.

## References

Nix manual: nix flake, sections "Path-like syntax" and "Types" (path, git).
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			if written(in) && !in.IsFollow && !dead(in.Parent) && in.Reference.Source().Local() && !in.Reference.Relative() {
				p.reportMachinePath(in)
			}
		}
	},
})

func (p *Pass) reportMachinePath(in *workspace.Input) {
	p.Report(Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("%s is %s, a path of this machine: elsewhere Nix finds nothing there.", quoted(key(in.Path)), quoted(in.Reference.String())),
	})
}
