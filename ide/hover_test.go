package ide_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

func firstLine(s string) string {
	line, _, more := strings.Cut(s, "\n")
	if more {
		line += " …"
	}
	return line
}

// Breaks when a hover says something else than its archive shows, stands at another place than the cursor, or has another
// content in plain text.
func TestHover(t *testing.T) {
	run(t, "hover", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		h, ok := ide.HoverAt(s.Snapshot(), s.path, s.start, ide.Markdown)
		plain, told := ide.HoverAt(s.Snapshot(), s.path, s.start, ide.Plain)
		if told != ok || plain.Span != h.Span {
			t.Errorf("in plain text the hover is %+v", plain)
		}
		if !ok {
			return "none\n"
		}
		if !h.Span.Touches(s.start) {
			t.Errorf("the hover at %d is told of %s", s.start, h.Span)
		}
		if strings.Contains(plain.Documentation, "- **") || strings.Count(plain.Documentation, "\n") != strings.Count(h.Documentation, "\n") {
			t.Errorf("the plain text is\n%s", plain.Documentation)
		}
		return fmt.Sprintf("‹%s›\n%s\n", firstLine(h.Span.In(s.text)), strings.ReplaceAll(h.Documentation, filepath.Dir(s.root), ""))
	})
}

// Breaks when a hover anywhere in a text of the archives panics, says nothing, or stands outside of it.
func TestHoverAnywhere(t *testing.T) {
	told := 0
	for _, folder := range []string{"hover", "actions"} {
		for _, a := range readArchives(t, folder) {
			for _, c := range a.cases {
				s := lay(t, a.shared, c.files)
				for at := range len(s.text) + 1 {
					if h, ok := ide.HoverAt(s.Snapshot(), s.path, at, ide.Markdown); ok {
						told++
						if h.Span.Start < 0 || h.Span.End > len(s.text) || h.Documentation == "" {
							t.Errorf("%s, %s: the hover at %d is %+v", a.path, c.title, at, h)
						}
					}
				}
			}
		}
	}
	if told < 1000 {
		t.Errorf("only %d were told", told)
	}
}

// Breaks when a place leads elsewhere than its archive shows.
func TestDefinition(t *testing.T) {
	run(t, "definition", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		from, targets := ide.Definition(s.Snapshot(), s.path, s.start)
		if len(targets) == 0 {
			return "none\n"
		}
		if !from.Touches(s.start) {
			t.Errorf("the cursor at %d is not on %s", s.start, from)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "‹%s›\n", from.In(s.text))
		for _, target := range targets {
			file, err := s.Snapshot().File(target.Path)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(s.root, target.Path)
			if err != nil {
				t.Fatal(err)
			}
			line, column := file.Lines().Column(target.Name.Start)
			fmt.Fprintf(&b, "%s:%d:%d ‹%s› of %s\n", filepath.ToSlash(name), line, column, target.Name.In(file.Text), firstLine(target.Span.In(file.Text)))
			if !target.Span.Contains(target.Name) {
				t.Errorf("%s does not hold its name %s", target.Span, target.Name)
			}
		}
		return b.String()
	})
}

// outlined prints symbols by indentation, and holds them to what the specification asks of them.
func outlined(t testing.TB, b *strings.Builder, source, indent string, within text.Span, symbols []ide.Symbol) {
	t.Helper()
	for _, s := range symbols {
		fmt.Fprintf(b, "%s%s  [%s] %d\n", indent, s.Name, s.Detail, s.Kind)
		if s.Name == "" || !s.Span.Contains(s.NameSpan) || !within.Contains(s.Span) {
			t.Errorf("%s: %s, %s within %s", s.Name, s.NameSpan, s.Span, within)
		}
		outlined(t, b, source, indent+"    ", s.Span, s.Children)
	}
}

// Breaks when the outline of a lock is another one than its archive shows.
func TestSymbols(t *testing.T) {
	run(t, "symbols", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		var b strings.Builder
		outlined(t, &b, s.text, "", text.Span{End: len(s.text)}, ide.Symbols(s.Snapshot(), s.path))
		if b.Len() == 0 {
			return "none\n"
		}
		return b.String()
	})
}
