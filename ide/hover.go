package ide

import (
	"fmt"
	"path/filepath"
	"strings"
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
	Documentation
}

// HoverAt tells of what stands at a byte offset: in a flake.nix or a flake.lock an input, what it follows, a reference, a node, an
// attribute; in .nix-pins.toml a setting; in comments of all manifests a rule that they allow. ok is false where there is nothing to
// tell, and for a file that cannot be read.
func HoverAt(s *workspace.Snapshot, path string, offset int) (h Hover, ok bool) {
	file, err := s.File(path)
	if err != nil || offset < 0 || offset > len(file.Text) {
		return Hover{}, false
	}
	var p page
	switch {
	case isLock(path):
		h.Span, p = lockHover(s, file, offset)
	case filepath.Base(path) == config.FileName:
		h.Span, p = settingHover(s, file, offset)
	case parse.KindOf(path) != parse.Other:
		if h.Span, p = suppressionHover(s, file, offset); p.plain.Len() == 0 && parse.KindOf(path) == parse.Flake {
			h.Span, p = flakeHover(s, file, offset)
		}
	}
	h.Documentation = p.documentation()
	return h, h.Plain != ""
}

func isLock(path string) bool { return filepath.Base(path) == "flake.lock" }

// pageSize is about the size of a page.
const pageSize = 256

// title is the first line of a hover: what it is told of, in bold.
func (p *page) title(name string) {
	p.markdown.Grow(pageSize)
	p.plain.Grow(pageSize)
	p.markdown.WriteString("**" + codeSpan(name) + "**\n\n")
	p.plain.WriteString(text.Printable(name) + "\n\n")
}

// maxListed is how many values a line of a page names.
const maxListed = 8

// list is a line with values, of which there may be more than are given.
func (p *page) list(name string, values []string, more int) {
	if len(values) == 0 {
		return
	}
	if len(values) > maxListed {
		values, more = values[:maxListed], more+len(values)-maxListed
	}
	p.fields = true
	marked := make([]string, len(values))
	for i, value := range values {
		marked[i] = codeSpan(value)
	}
	rest := ""
	if more > 0 {
		rest = fmt.Sprintf(" and %d more", more)
	}
	fmt.Fprintf(&p.markdown, "- **%s**: %s%s\n", name, strings.Join(marked, ", "), rest)
	fmt.Fprintf(&p.plain, "%s: %s%s\n", name, text.Printable(strings.Join(values, ", ")), rest)
}

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
