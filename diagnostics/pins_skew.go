package diagnostics

import (
	"fmt"
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:          "pins-skew",
	Level:         Warning,
	Since:         "0.2.0",
	MessageVaries: true,
	ByHistory:     true,
	Summary:       "What flake.lock holds below pins is not what pins itself has at that commit.",
	Doc: `## What it does

Finds leaves that hold a commit of pins with something else below it than the flake.lock of pins has at that commit, or, where the
repository of pins is not on this disk, than most other leaves hold below the same commit. It speaks in the leaf, and in the pins
flake, where it names the leaves.

Inputs of pins that the leaf overrides itself are meant, and do not count.

## Why is this bad?

Such a leaf has versions that nobody else has, although it follows pins. It comes of ` + "`nix flake update pins/nixpkgs`" + ` or
` + "`--override-input pins/nixpkgs`" + `, which move one input and leave the commit of pins as it is; or of a pins that was pushed with a flake.nix
ahead of its flake.lock, so that each leaf resolved the new input for itself.

## How to mend it

` + "`nix flake update pins`" + ` in the leaf takes all from the lock of pins again. Where pins is ahead of its own lock, run ` + "`nix flake lock`" + ` there
first.

## References

Nix manual: nix flake update; nix flake lock, --override-input.
`,
	Check: func(p *Pass) {
		if leaf := p.leafOf(); leaf != nil {
			p.reportSkew(leaf)
		} else if p.Snapshot.IsPins(p.Flake) {
			p.reportSkewedLeaves()
		}
	},
})

// skew is what a leaf holds below pins instead of what pins has at that commit; ok is false where it holds just that, or where
// nothing tells what pins has.
func skew(s *workspace.Snapshot, leaf *workspace.Leaf) (changes []workspace.SetChange, ok bool) {
	history := s.HistoryOf(leaf)
	if at, _ := history.Standing(leaf); !at.Own {
		return nil, false
	}
	set, ok := history.SetOf(leaf.Holds().Rev)
	if !ok {
		return nil, false
	}
	return leaf.Set.Changes(set.PackageSet), true
}

func (p *Pass) reportSkew(leaf *workspace.Leaf) {
	changes, ok := skew(p.Snapshot, leaf)
	if !ok {
		return
	}
	place := p.leafPlace()
	// What it overrides below pins is meant to be otherwise, and so may be what hangs below that.
	if changes = place.unmeant(changes); len(changes) == 0 && len(place.overrides) > 0 {
		return
	}
	rev := quoted(shortRev(leaf.Holds().Rev))
	who := fmt.Sprintf("the flake.lock of %s has at %s", quoted(place.input), rev)
	if !p.Snapshot.History(leaf.Pins).FromGit {
		who = fmt.Sprintf("other leaves hold at %s", rev)
	}
	message := fmt.Sprintf("flake.lock holds something else below %s than %s", quoted(place.input), who)
	if len(changes) > 0 {
		message += ": " + changedNames(changes)
	}
	message += fmt.Sprintf("; `nix flake update %s` takes all from the lock of pins again.", place.input)
	p.Report(Finding{
		Span: place.span, Object: place.input, Message: message,
		Related: relatedChanges(leaf, changes, "would go"),
	})
}

// reportSkewedLeaves speaks in the pins flake of the leaves that are at one of its commits and have something else.
func (p *Pass) reportSkewedLeaves() {
	var names []string
	var related []Related
	id := workspace.PinsID{Dir: p.Flake.Dir}
	for _, leaf := range p.Snapshot.Leaves() {
		if leaf.Pins != id {
			continue
		}
		changes, ok := skew(p.Snapshot, leaf)
		if !ok || p.overrides(leaf, changes) {
			continue
		}
		name := filepath.Base(leaf.Dir)
		names = append(names, name)
		if len(related) < maxShownChanges {
			message := fmt.Sprintf("%s is at %s with a set of its own", quoted(name), quoted(shortRev(leaf.Holds().Rev)))
			if len(changes) > 0 {
				message += ", another " + changedNames(changes)
			}
			related = append(related, inLock(leaf.Dir, leaf.Set.Base, message))
		}
	}
	if len(names) == 0 {
		return
	}
	const most = 5
	who := listed(names)
	if len(names) > most {
		who = fmt.Sprintf("%d leaves (%s, …)", len(names), listed(names[:most]))
	}
	verb := "hold"
	if len(names) == 1 {
		verb = "holds"
	}
	span := inputsSpan(p.Manifest)
	if span == (text.Span{}) {
		return
	}
	p.Report(Finding{
		Span: span, Object: "pins",
		Message: fmt.Sprintf("%s %s something else below pins than this flake has locked, or than other leaves hold, at the same commit. `nix flake update` of the pins input takes all from the lock of this flake again.", who, verb),
		Related: related,
	})
}

// overrides says whether a leaf overrides inputs of pins itself, so that all that differs is meant.
func (p *Pass) overrides(leaf *workspace.Leaf, changes []workspace.SetChange) bool {
	declared := map[string]bool{}
	for in := range p.Snapshot.SummaryOf(leaf.Dir).Inputs() {
		if len(in.Path) > 1 && in.Path[0] == leaf.Input {
			declared[in.Path[1]] = true
		}
	}
	for _, c := range changes {
		if !declared[c.Name] {
			return false
		}
	}
	return len(declared) > 0
}
