package diagnostics

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "pinned-rev",
	Level:   Off,
	Since:   "0.1.0",
	Needs:   NeedsPins,
	Summary: "A reference in a leaf holds a rev, so that no update moves it.",
	Doc: `## What it does

Finds references in a leaf that name a commit by its ` + "`rev`" + `. It is off unless settings switch it on, since a rev is always written on purpose.

## Why is this bad?

flake.lock pins already. A rev in flake.nix pins a second time, where ` + "`nix flake update`" + ` does not reach: the leaf stays behind when the others
move.

## How to mend it

Drop the rev, or hold the commit in the pins flake, for all leaves at once.

## Fix safety

A choice: the next update will take another commit.

## References

Nix manual: nix flake, sections "Flake references" and "Lock files".
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			if written(in) && !in.IsFollow && in.Reference.Rev() != "" && !dead(in.Parent) && !p.ignored(in) {
				p.reportPinnedRev(in)
			}
		}
	},
})

func (p *Pass) reportPinnedRev(in *workspace.Input) {
	f := Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("%s is held at rev %s, which `nix flake update` does not move.", quoted(key(in.Path)), quoted(shortRev(in.Reference.Rev()))),
	}
	if url, ok := in.Reference.WithoutRev().URL(in.IsFlake); ok && in.Syntax.Type == nil {
		f.Fixes = []Fix{p.rewriteFix("Drop the rev: "+ref.Redact(url), false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.SetURL(m, in.Syntax, url)
		})}
	} else if rev := in.Syntax.Field("rev"); rev != nil {
		f.Span = rev.Span()
		f.Fixes = []Fix{p.rewriteFix("Drop the rev", false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.RemoveAttribute(m, rev.Attr)
		})}
	}
	p.Report(f)
}
