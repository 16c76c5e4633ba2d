package diagnostics

import (
	"fmt"
	"time"
)

var _ = Register(Rule{
	Code:          "pins-behind",
	Level:         Hint,
	Since:         "0.2.0",
	Needs:         NeedsPins | NeedsLock,
	MessageVaries: true,
	ByHistory:     true,
	Summary:       "Pins has newer package sets than the one that flake.lock holds.",
	Doc: `## What it does

Counts the package sets that pins has had since the one that this leaf holds. A package set is all that flake.lock holds below the
pins input, so a leaf that holds an old commit of pins with the newest set is not behind, and commits of pins that touch no input do
not count.

Where the repository of pins lies on this disk, its history is that of the commits of HEAD. For a leaf that refers to another branch, as in
` + "`github:acme/pins/stable`" + `, it is that of this branch, as its remote had it last; where it has no such branch, the leaf is told nothing.
Where the repository knows that no remote has the newest commits of HEAD yet, the finding says so: an update does not get these.

Else the history is what the other leaves of the workspace hold, and the flake.lock beside the flake.nix of pins.

## Why is this bad?

It need not be: upgrades are meant to be lazy, each repo when somebody looks after it. But each set in use is one more combination of
versions to cache, to debug and to patch.

## How to mend it

` + "`nix flake update pins`" + ` moves everything at once. The related places say from which commit to which each input goes.

## References

Nix manual: nix flake update.
`,
	Check: func(p *Pass) {
		leaf := p.leafOf()
		if leaf == nil {
			return
		}
		place := p.leafPlace()
		history := p.Snapshot.HistoryOf(leaf)
		at, _ := history.Standing(leaf)
		if at.Behind == 0 {
			return
		}
		held := ""
		if !at.At.IsZero() {
			held = " of " + at.At.Format("2006-01-02")
		}
		newest := history.Sets[0]
		distance := counted(at.Behind, "package set") + " behind the newest"
		if !newest.At.IsZero() {
			distance += ", of " + newest.At.Format("2006-01-02")
			if n := int(newest.At.Sub(at.At) / (24 * time.Hour)); !at.At.IsZero() && n > 0 {
				distance += " (" + days(n) + " later)"
			}
		}
		message := fmt.Sprintf("flake.lock holds the package set%s of %s, %s.", held, quoted(place.input), distance)
		if !at.Placed {
			message = fmt.Sprintf("flake.lock holds a package set%s of %s, by its date %s.", held, quoted(place.input), distance)
		}
		next := newest // what an update gets
		if at.Unpushed < at.Behind {
			next = history.Sets[at.Unpushed]
		}
		changes := leaf.Set.Changes(next.PackageSet)
		moves := "moves to it"
		if len(changes) > 0 {
			moves = "changes " + changedNames(changes)
		}
		switch {
		case place.fixed:
			message += fmt.Sprintf(" The reference of %s holds a rev, so no update moves it.", quoted(place.input))
		case at.Unpushed == at.Behind:
			message += fmt.Sprintf(" That is not pushed yet: `nix flake update %s` gets it once it is.", place.input)
		case at.Unpushed > 0:
			message += fmt.Sprintf(" That is not pushed yet: for now `nix flake update %s` gets an earlier one, and %s.", place.input, moves)
		default:
			message += fmt.Sprintf(" `nix flake update %s` %s.", place.input, moves)
		}
		p.Report(Finding{
			Span: place.span, Object: place.input, Message: message,
			Related: relatedChanges(leaf, changes, "goes"),
		})
	},
})
