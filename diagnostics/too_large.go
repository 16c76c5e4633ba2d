package diagnostics

import (
	"errors"
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "too-large",
	Level:   Warning,
	Since:   "0.1.0",
	Needs:   NeedsReadError,
	Files:   anyFile,
	Summary: "The file is larger than what is read.",
	Doc: `## What it does

Says that a file was left alone because of its size: more than 1 MiB for flake.nix, mana.nix, entrypoint.nix and .nix-pins.toml, more
than 32 MiB for a lock. Real ones have at most some tens of kilobytes, and about 1 MiB.

## Why is this bad?

Nothing else is said of the file, so that silence does not mean that all is well.

## How to mend it

Look what blew it up. Data belongs into a file of its own that ` + "`outputs`" + ` reads.

## Fix safety

There is no fix.

## References

None: the limits are ours.
`,
	Check: func(p *Pass) {
		var failure *workspace.FileError
		if errors.As(p.ReadError, &failure) && failure.Reason == workspace.TooLarge {
			p.Report(Finding{Message: fmt.Sprintf("The file has %d bytes and was not read: the limit is %d.", failure.Size, failure.Limit)})
		}
	},
})

// anyFile is for rules that judge every kind of file.
func anyFile(string) bool { return true }
