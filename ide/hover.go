package ide

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Hover is what is told of a place of a file.
type Hover struct {
	// Span is the part of the text that it is told of.
	Span text.Span
	// Documentation is in the form that was asked for.
	Documentation string
}

// HoverAt tells of what stands at a byte offset: in a flake.nix or a flake.lock an input, what it follows, a reference, a node, an
// attribute; in .nix-pins.toml a setting; in comments of all manifests a rule that they allow. ok is false where there is nothing to
// tell, and for a file that cannot be read.
func HoverAt(s *workspace.Snapshot, path string, offset int, form Form) (h Hover, ok bool) {
	file, err := s.File(path)
	if err != nil || offset < 0 || offset > len(file.Text) {
		return Hover{}, false
	}
	p := &page{form: form}
	switch {
	case isLock(path):
		h.Span = lockHover(s, file, offset, p)
	case filepath.Base(path) == config.FileName:
		h.Span = settingHover(s, file, offset, p)
	case parse.KindOf(path) != parse.Other:
		if h.Span = suppressionHover(s, file, offset, p); p.Len() == 0 && parse.KindOf(path) == parse.Flake {
			h.Span = flakeHover(s, file, offset, p)
		}
	}
	h.Documentation = p.documentation()
	return h, h.Documentation != ""
}

func isLock(path string) bool { return filepath.Base(path) == "flake.lock" }

// ago is a date as a person thinks of it.
func ago(now, at time.Time) string {
	days := int(now.Sub(at) / (24 * time.Hour))
	switch {
	case now.Before(at):
		return "in the future"
	case days == 0:
		return "today"
	case days == 1:
		return "a day ago"
	case days < 60:
		return fmt.Sprintf("%d days ago", days)
	case days < 2*365:
		return fmt.Sprintf("%d months ago", days*12/365)
	}
	return fmt.Sprintf("%d years ago", days/365)
}
