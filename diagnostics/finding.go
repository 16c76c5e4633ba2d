package diagnostics

import (
	"sync"

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

	// replaces is the path of the input that its fix lets follow pins, with all below it, and about the path in the lock that it speaks
	// of: a finding about what another one replaces is not given.
	replaces, about []string
}

// Related is another place that a finding speaks of.
type Related struct {
	workspace.Location
	Message string
}

// Fix is an edit on offer. It is made when somebody first asks something of it: a keystroke judges a text, and most of what is
// found there nobody looks at.
type Fix struct {
	lazy *lazyFix
}

type lazyFix struct {
	once sync.Once
	make func() Made
	made Made
	// choice says that it is not safe, whatever it turns out to be.
	choice bool
	// path is the one file that it edits, "" where that is known only once it is made.
	path string
}

// Made is what a Fix turns out to be.
type Made struct {
	// Title says what it does, as a command, and what goes along: `Follow pins/nixpkgs`.
	Title string
	// Safe means: same source, ref, dir, flake and name, no live override lost, no comment that says why not. Only safe
	// fixes are part of fix-all.
	Safe bool
	// Edits are the edits, or Refused says why it cannot be done after all.
	Edits   []FileEdit
	Refused error
}

// NewFix offers what the function makes. It is called once at most.
func NewFix(make func() Made) Fix { return Fix{&lazyFix{make: make}} }

// NewChoice is NewFix for what is never safe, however it is made: fix-all has to look at each fix of a polyrepo, and need not make it to know.
func NewChoice(make func() Made) Fix { return Fix{&lazyFix{make: make, choice: true}} }

func (f Fix) made() *Made {
	f.lazy.once.Do(func() {
		f.lazy.made = f.lazy.make()
		f.lazy.make = nil // it holds on to manifests
		f.lazy.made.Title = text.Printable(f.lazy.made.Title)
	})
	return &f.lazy.made
}

// Title says what the fix does; see Made.
func (f Fix) Title() string { return f.made().Title }

// Safe says whether it may be made unasked; see Made. One that is refused is not.
func (f Fix) Safe() bool { return !f.lazy.choice && f.made().Safe && f.made().Refused == nil }

// Edits are the edits of the fix, or the reason why it cannot be made.
func (f Fix) Edits() ([]FileEdit, error) { return f.made().Edits, f.made().Refused }

// FileEdit is the edits of one file, all made at once.
type FileEdit struct {
	Path  string
	Edits []text.Edit
}
