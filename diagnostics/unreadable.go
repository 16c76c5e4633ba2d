package diagnostics

import (
	"errors"
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "unreadable",
	Level:   Warning,
	Since:   "0.1.0",
	Needs:   NeedsReadError,
	Files:   anyFile,
	Summary: "The file, or the folder, is there and cannot be read.",
	Doc: `## What it does

Says that a file was found and could not be read: no permission, not a regular file, or changed while it was read. It says so too of a
folder that could not be searched; ` + "`check`" + ` shows that, and editors, which show no findings on folders, have it in the server's log.

## Why is this bad?

Nothing else is said of the file, or of what the folder holds, so that silence does not mean that all is well. Others that refer to it are
judged without it.

## How to mend it

Give the permission, or make it a regular file. A file that changed is read again at the next run. A folder that is nobody's business goes
into ` + "`.gitignore`" + ` or the setting ` + "`files.exclude`" + `.

## Fix safety

There is no fix.

## References

None.
`,
	Check: func(p *Pass) {
		var failure *workspace.FileError
		if !errors.As(p.ReadError, &failure) {
			return // it is not there
		}
		switch failure.Reason {
		case workspace.TooLarge:
		case workspace.NoPermission:
			p.Report(Finding{Message: "There is no permission to read the file."})
		case workspace.NotRegular:
			p.Report(Finding{Message: "This is no regular file, so it was not read."})
		case workspace.Unsearchable:
			p.Report(Finding{Message: fmt.Sprintf("The folder cannot be searched (%v): flakes in it, and below, were not judged.", failure.Err)})
		case workspace.Changed:
			p.Report(Finding{Message: "The file changed while it was read, so it was not judged."})
		default:
			p.Report(Finding{Message: "The file cannot be read: " + failure.Err.Error() + "."})
		}
	},
})
