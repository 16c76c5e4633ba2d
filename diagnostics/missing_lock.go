package diagnostics

import (
	"path/filepath"
)

var _ = Register(Rule{
	Code:    "missing-lock",
	Level:   Information,
	Since:   "0.2.0",
	Needs:   NeedsCleanParse,
	Yields:  true,
	Summary: "A flake with inputs that are locked nowhere.",
	Doc: `## What it does

Finds the flake at the top of a Git repository that has inputs and no flake.lock. Flakes deeper in a repository are often parts of
another one, and templates are locked where they are copied to: of these it is silent. So it is of one with an error, which Nix refuses to lock.

## Why is this bad?

Whoever builds the flake gets the inputs of that minute. Two people get two versions, and CI a third; nobody can say what was built
last week.

## How to mend it

Run ` + "`nix flake lock`" + ` and add the file to Git: ` + "`git add flake.lock`" + `.

## References

Nix manual: nix flake lock; nix flake, section "Lock files".
`,
	Check: func(p *Pass) {
		if len(p.Flake.Inputs) == 0 || p.Flake.LockPath != "" || p.Snapshot.Exempt(p.Path) || !p.Snapshot.IsRepository(p.Flake.Dir) || !p.isAbsent(filepath.Join(p.Flake.Dir, lockName)) {
			return
		}
		p.Report(Finding{
			Span: inputsPlace(p.Manifest), Object: lockName,
			Message: "There is no flake.lock: each build gets the inputs as they are at that minute. `nix flake lock` writes it.",
		})
	},
})
