package diagnostics

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Finding is one thing that a rule has to say about one place.
type Finding struct {
	Code     string
	Severity Severity
	// Path is the absolute path of the file, Span the place in its text.
	Path string
	Span text.Span
	// Message says what is, what was expected and where the other end stands, in one or two sentences.
	Message string
	// Object is what the finding is about (the name of an input, of a source), so that a comment may allow it alone.
	Object string
	// Related are the other places that matter.
	Related []Related
	// Fixes are the edits that would mend it, the preferred one first.
	Fixes []Fix
	// Unnecessary and Deprecated are the tags of the LSP specification: editors fade or strike the place.
	Unnecessary, Deprecated bool
}

// Related is another place that a finding speaks of.
type Related struct {
	workspace.Location
	Message string
}

// Fix is an edit on offer. Its edits are made only when somebody chooses it.
type Fix struct {
	// Title says what it does, as a command: `Follow pins/nixpkgs`.
	Title string
	// Safe means: same source, ref, dir, flake and name, no live override lost, no comment that says why not. Only safe
	// fixes are part of fix-all.
	Safe bool
	// Edits makes the edits, or says why it cannot be done after all.
	Edits func() ([]FileEdit, error)
}

// FileEdit is the edits of one file, all made at once.
type FileEdit struct {
	Path  string
	Edits []text.Edit
}
