package diagnostics

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "machine-path",
	Level:   Warning,
	Since:   "0.1.0",
	Summary: "An input is a path that exists on this machine only, or not even here.",
	Doc: `## What it does

Finds inputs that are an absolute path or a Git repository on this disk: ` + "`path:/…`, `git+file:…`, `file:///…`" + `. A path relative to the
flake is part of its source and fine, unless nothing is there, or it leads out of the Git repository that holds the flake, even if it comes back: Nix
copies that and looks at nothing else. (Of a missing flake that is not locked invalid-reference speaks: Nix
rejects the file.)

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
			switch {
			case !written(in), in.IsFollow, dead(in.Parent), !in.Reference.Source().Local(), in.Reference.Source() == everywhere:
				continue
			case !in.Reference.Relative():
				p.reportMachinePath(in)
			case in.Parent == nil:
				p.checkRelativePath(in)
			}
		}
	},
})

// everywhere is a path that all machines have: devenv's templates declare it as an input that is there to be overridden.
const everywhere = "/dev/null"

func (p *Pass) reportMachinePath(in *workspace.Input) {
	p.Report(Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("%s is %s, a path of this machine: elsewhere Nix finds nothing there.", quoted(key(in.Path)), quoted(in.Reference.String())),
	})
}

// checkRelativePath speaks of a path of this flake at which nothing is, or nothing that Nix lets it see.
func (p *Pass) checkRelativePath(in *workspace.Input) {
	place := filepath.Join(p.Flake.Dir, filepath.FromSlash(in.Reference.Path()))
	what := "nothing"
	if in.IsFlake {
		place, what = filepath.Join(in.Reference.FlakeFolder(place), "flake.nix"), "no flake.nix"
	}
	if p.climbsOut(in.Reference.Path()) {
		p.Report(Finding{
			Span: referenceSpan(in.Syntax), Object: key(in.Path),
			Message: fmt.Sprintf("%s is %s, which leads out of this Git repository, and Nix looks at nothing outside of it: it fails when the input is locked or used.", quoted(key(in.Path)), quoted(in.Reference.String())),
		})
		return
	}
	if !p.isAbsent(place) {
		return
	}
	p.Report(Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("%s is %s, and %s is there: it fails when the input is used or locked again.", quoted(key(in.Path)), quoted(in.Reference.String()), what),
	})
}

// climbsOut says whether a relative path leaves the source of the flake on its way, though it may come back: in the store, where Nix reads
// it, the folder around the source has another name and holds other things.
func (p *Pass) climbsOut(path string) bool {
	at := p.Flake.Dir
	for name := range strings.SplitSeq(path, "/") {
		at = filepath.Join(at, name)
		if p.Snapshot.OutOfSource(p.Flake.Dir, at) {
			return true
		}
	}
	return false
}
