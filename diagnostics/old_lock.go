package diagnostics

import (
	"fmt"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:          "old-lock",
	Level:         Off,
	Since:         "0.2.0",
	Needs:         NeedsLock,
	MessageVaries: true,
	Summary:       "Nothing that flake.lock holds is newer than 30 days.",
	Doc: `## What it does

Finds a flake.lock whose newest input of the flake itself, those that follow through pins among them, is older than the setting
` + "`locks.max-age-days`" + `. It is off unless settings switch it on: upgrades may be lazy.

## Why is this bad?

Security fixes that came out since are missing.

## How to mend it

` + "`nix flake update`" + `, or ` + "`nix flake update pins`" + ` in a leaf.

## References

Nix manual: nix flake update.
`,
	Check: func(p *Pass) {
		newest, name, at := newestInput(p.Flake.Lock)
		if name == "" {
			return // nothing in it has a date
		}
		age := int(p.Snapshot.Now().Sub(at) / (24 * time.Hour))
		if age <= p.Config.Locks.MaxAgeDays {
			return
		}
		span := text.Span{}
		if in := p.Flake.Input(name); in != nil {
			span = declaredAt(p.Flake, in, "").Span
		} else if p.Manifest.InputsAttr != nil {
			span = p.Manifest.InputsAttr.Span()
		}
		p.Report(Finding{
			Span: span, Object: "flake.lock",
			Message: fmt.Sprintf("flake.lock is old: the newest that it holds, %s, is of %s, %s ago; expected something of the last %s.",
				quoted(name), at.Format(time.DateOnly), days(age), days(p.Config.Locks.MaxAgeDays)),
			Related: []Related{{workspace.Location{Path: p.Flake.LockPath, Span: newest.LockedSpan()}, "the newest input"}},
		})
	},
})

// newestInput is the newest of what the inputs of the locked flake stand for. The name is that of the input, "" where none has
// a date.
func newestInput(g *lock.Graph) (newest lock.Node, name string, at time.Time) {
	for in := range g.Root().Inputs() {
		if in.Target == lock.NoNode {
			continue
		}
		n := g.Node(in.Target)
		if modified, _ := n.LastModified(); modified.After(at) {
			newest, name, at = n, in.Name, modified
		}
	}
	return newest, name, at
}
