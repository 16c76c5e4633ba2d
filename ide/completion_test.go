package ide_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// lineOf is the line of an offset, and where it begins.
func lineOf(source string, at int) (line string, start int) {
	start = strings.LastIndexAny(source[:at], "\r\n") + 1
	end := strings.IndexAny(source[at:], "\r\n")
	if end < 0 {
		return source[start:], start
	}
	return source[start : at+end], start
}

// checkItem holds every item to what editors rely on, and gives the text after it was chosen.
func checkItem(t testing.TB, source string, cursor int, i ide.Item) string {
	t.Helper()
	span := i.Edit.Span
	line, start := lineOf(source, cursor)
	if span.Start < start || span.End > start+len(line) || !span.Touches(cursor) {
		t.Errorf("%s: the edit %s leaves the line %d-%d or the cursor %d", i.ID, span, start, start+len(line), cursor)
		return source
	}
	if typed := source[span.Start:cursor]; !strings.HasPrefix(i.FilterText, typed) {
		t.Errorf("%s: the filter text %q does not begin with what is typed, %q", i.ID, i.FilterText, typed)
	}
	if i.ID == "" || i.Label == "" || i.SortText == "" || strings.ContainsAny(i.Edit.New, "\r\n") {
		t.Errorf("an item is not whole: %+v", i)
	}
	after, err := text.Apply(source, append([]text.Edit{i.Edit}, i.Additional...))
	if err != nil {
		t.Errorf("%s: %v", i.ID, err)
		return source
	}
	for _, e := range i.Additional {
		if e.Span.Touches(span.Start) && !e.Span.Empty() {
			t.Errorf("%s: the edit elsewhere %s touches the edit at the cursor %s", i.ID, e.Span, span)
		}
	}
	return after
}

// Breaks when an item is missing, has another label, order or detail, or writes something else than its archive shows.
func TestCompletion(t *testing.T) {
	run(t, "completion", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		var b strings.Builder
		items := ide.Complete(s.Snapshot(), s.path, s.start).Items
		seen := map[string]bool{}
		for _, i := range items {
			if seen[i.Label+"\x00"+i.Edit.New] {
				t.Errorf("%s is there twice", i.Label)
			}
			seen[i.Label+"\x00"+i.Edit.New] = true
			checkItem(t, s.text, s.start, i)
			fmt.Fprintf(&b, "%s", i.Label)
			if i.Brief != "" {
				fmt.Fprintf(&b, "  (%s)", i.Brief)
			}
			if i.Detail != "" && i.Detail != i.Brief {
				fmt.Fprintf(&b, "  [%s]", i.Detail)
			}
			chosen := i.Edit
			if i.Snippet != "" {
				chosen.New = strings.NewReplacer(`\$`, "$", `\}`, "}", `\\`, `\`, "$0", "¦").Replace(i.Snippet)
			}
			after, err := text.Apply(s.text, []text.Edit{chosen})
			if err != nil {
				t.Fatal(err)
			}
			line, _ := lineOf(after, chosen.Span.Start)
			fmt.Fprintf(&b, "\n    %s\n", strings.TrimSpace(line))
			if len(i.Additional) > 0 {
				after, err := text.Apply(s.text, i.Additional)
				if err != nil {
					t.Fatal(err)
				}
				b.WriteString(difference(s.text, after))
			}
			if strings.HasPrefix(c.title, "documentation") {
				doc, plain := ide.Resolve(s.Snapshot(), s.path, i.ID, ide.Markdown), ide.Resolve(s.Snapshot(), s.path, i.ID, ide.Plain)
				for line := range strings.Lines(doc) {
					fmt.Fprintf(&b, "    | %s", line)
				}
				b.WriteString("\n")
				if strings.Contains(plain, "**") || (plain == "") != (doc == "") {
					t.Errorf("the plain documentation of %s is %q", i.ID, plain)
				}
			}
		}
		if len(items) == 0 {
			b.WriteString("none\n")
		}
		return b.String()
	})
}

// syntaxErrors counts what Nix's parser would refuse.
func syntaxErrors(path, source string) int {
	return len(parse.Parse(parse.KindOf(path), source).Errors)
}

// Breaks when choosing an item in one of the archives makes the text worse: more errors than before.
func TestChosenItemsParse(t *testing.T) {
	for _, a := range readArchives(t, "completion") {
		for _, c := range a.cases {
			s := lay(t, a.shared, c.files)
			before := syntaxErrors(s.path, s.text)
			for _, i := range ide.Complete(s.Snapshot(), s.path, s.start).Items {
				after := checkItem(t, s.text, s.start, i)
				if got := syntaxErrors(s.path, after); got > before {
					line, _ := lineOf(after, i.Edit.Span.Start)
					t.Errorf("%s, %s: %d errors became %d: %s", a.path, i.ID, before, got, line)
				}
			}
		}
	}
}
