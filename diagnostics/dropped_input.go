package diagnostics

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:          "dropped-input",
	Level:         Information,
	Since:         "0.2.0",
	Needs:         NeedsCleanParse,
	MessageVaries: true,
	Summary:       "Leaves follow an input that the pins flake has no more.",
	Doc: `## What it does

Finds, in the pins flake, the inputs that it has dropped and that leaves of the workspace follow: while the edit that removes or renames one
is not saved yet, and afterwards until the leaves follow it no more, as far as the history of pins, or the flake.lock beside it, tells that it
had them. Of a leaf that refers to the folder of pins (` + "`path:`" + `), its own flake.lock tells.

A leaf that refers to a version of pins (a rev, a tarball, another branch than the one that HEAD of pins is at) is not counted. What a leaf follows that pins never had is a fault of the
leaf alone: ` + "`unknown-follows`" + ` tells of it there.

## Why is this bad?

These leaves go on with what they have locked, and their next ` + "`nix flake update pins`" + ` fails: "input 'a' follows a non-existent input
'pins/b'". Each of them has to be edited first.

## How to mend it

Put the input back, or edit the leaves. To give an input another name, rename it in the editor: that takes along who follows it. See
` + "`unknown-follows`" + `, which tells each leaf.
`,
	Check: func(p *Pass) {
		if !p.Snapshot.IsPins(p.Flake) || !p.Manifest.WholeInputs() {
			return
		}
		for _, dropped := range p.Snapshot.Dropped(workspace.PinsID{Dir: p.Flake.Dir}) {
			p.reportDroppedInput(dropped)
		}
	},
})

// mostNamed is how many leaves a message names, and how many places stand beside it.
const mostNamed = 5

func (p *Pass) reportDroppedInput(dropped workspace.Dropped) {
	var names []string
	var related []Related
	last := ""
	for _, f := range dropped.Followers {
		name := filepath.Base(f.Dir)
		if f.Dir != last { // it may follow it twice
			names, last = append(names, name), f.Dir
		}
		if leaf := p.Snapshot.Flake(f.Dir); leaf != nil && len(related) < mostNamed {
			for in := range allInputs(leaf.Inputs) {
				if slices.Equal(in.Path, f.Path) {
					place := workspace.Location{Path: leaf.File.Path, Span: followsSpan(in)}
					related = append(related, Related{place, fmt.Sprintf("%s of %s follows it here", quoted(key(f.Path)), quoted(name))})
				}
			}
		}
	}
	who := listed(names) + " follows it"
	if n := len(names); n > mostNamed {
		who = fmt.Sprintf("%d leaves follow it: %s and %d more", n, strings.Join(quotedAll(names[:mostNamed]), ", "), n-mostNamed)
	} else if n > 1 {
		who = fmt.Sprintf("%d leaves follow it: %s", n, listed(names))
	}
	p.Report(Finding{
		Span: inputsSpan(p.Manifest), Object: dropped.Name, Related: related,
		Message: fmt.Sprintf("%s is no input any more, but %s; the next update of pins fails there.", quoted(dropped.Name), who),
	})
}
