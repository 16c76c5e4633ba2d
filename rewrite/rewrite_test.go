package rewrite

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

var update = flag.Bool("update", false, "write the archives of testdata anew")

// run does one operation as the archives name it: a word and its arguments. Inputs are named a, overrides a/b.
func run(m *parse.Manifest, operation string) (Change, error) {
	word := strings.Fields(operation)
	for i, w := range word {
		word[i] = strings.ReplaceAll(w, "''", "")
	}
	arg := func(i int) string {
		if i < len(word) {
			return word[i]
		}
		return ""
	}
	in := find(m, arg(1))
	switch word[0] {
	case "follow", "keep", "set-follows", "unfollow", "set-url", "add-override", "remove-override", "remove", "rename", "flatten", "nest":
		if in == nil {
			return Change{}, nil // it is gone: twice is once
		}
	}
	switch word[0] {
	case "follow":
		return Follow(m, in, arg(2), FollowOptions{})
	case "keep":
		return Follow(m, in, arg(2), FollowOptions{KeepOverridesBelow: strings.Split(arg(2), "/")[0]})
	case "set-follows":
		return SetFollows(m, in, arg(2))
	case "unfollow":
		return Unfollow(m, in, declaration(word[2:]))
	case "set-url":
		return SetURL(m, in, arg(2))
	case "add-override":
		return AddOverride(m, in, strings.Split(arg(2), "/"), arg(3))
	case "remove-override":
		return RemoveOverride(m, in)
	case "remove":
		return Remove(m, in, elsewhere(word[2:]))
	case "rename":
		return Rename(m, in, arg(2), elsewhere(word[3:]))
	case "flatten":
		return Flatten(m, in)
	case "nest":
		return Nest(m, in)
	case "add":
		return Add(m, arg(1), declaration(word[2:]))
	case "add-first":
		return AddFirst(m, arg(1), declaration(word[2:]))
	case "add-formal":
		return AddFormal(m, arg(1))
	case "remove-formal":
		return RemoveFormal(m, arg(1))
	case "open-formals":
		return OpenFormals(m)
	case "remove-attribute", "rename-attribute", "quote", "move-after":
		a := attribute(m, arg(1))
		if a == nil {
			return Change{}, nil
		}
		switch word[0] {
		case "remove-attribute":
			return RemoveAttribute(m, a)
		case "rename-attribute":
			return RenameAttribute(m, a, arg(2))
		case "quote":
			return Quote(m, a.Value, a.Value.Text)
		}
		return MoveAfter(m, a.Places[0].Binding, attribute(m, arg(2)).Places[0].Binding)
	}
	return Change{}, fmt.Errorf("no operation %q", operation)
}

func find(m *parse.Manifest, path string) *parse.Input {
	names := strings.Split(path, "/")
	in := m.Input(names[0])
	for _, name := range names[1:] {
		if in == nil {
			return nil
		}
		in = in.Override(name)
	}
	return in
}

func attribute(m *parse.Manifest, path string) *parse.Attr {
	names := strings.Split(path, "/")
	a := m.Attr(names[0])
	for _, name := range names[1:] {
		a = a.Member(name)
	}
	return a
}

// declaration reads url=…, follows=…, flake=…, ATTRIBUTE:VALUE, and PATH>FOLLOWS or PATH@URL for an override.
func declaration(words []string) Declaration {
	var d Declaration
	for _, w := range words {
		if path, follows, ok := strings.Cut(w, ">"); ok {
			d.Overrides = append(d.Overrides, Override{Path: strings.Split(path, "/"), Follows: follows})
		} else if path, url, ok := strings.Cut(w, "@"); ok {
			d.Overrides = append(d.Overrides, Override{Path: strings.Split(path, "/"), URL: url})
		} else if url, ok := strings.CutPrefix(w, "url="); ok {
			d.URL = url
		} else if follows, ok := strings.CutPrefix(w, "follows="); ok {
			d.Follows = follows
		} else if flake, ok := strings.CutPrefix(w, "flake="); ok {
			is := flake == "true"
			d.Flake = &is
		} else if key, value, ok := strings.Cut(w, ":"); ok {
			if d.Attrs == nil {
				d.Attrs = map[string]any{}
			}
			d.Attrs[key] = value
		}
	}
	return d
}

// elsewhere reads `searched`, `dynamic` and names that other files use.
func elsewhere(words []string) Elsewhere {
	e := Elsewhere{Names: map[string]bool{}}
	for _, w := range words {
		switch w {
		case "searched":
			e.Searched = true
		case "dynamic":
			e.Dynamic = true
		default:
			e.Names[w] = true
		}
	}
	return e
}

// outcome does an operation on a text and gives the text after it, the notes, and the refusal.
func outcome(t testing.TB, source, operation string) (string, Change, *Refusal) {
	t.Helper()
	change, err := run(parse.Parse(parse.Flake, source), operation)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		if refusal.Span.Start < 0 || refusal.Span.End > len(source) || refusal.Reason == "" {
			t.Fatalf("%s: refusal %+v has no good place or reason", operation, refusal)
		}
		return source, Change{}, refusal
	}
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	result, err := text.Apply(source, change.Edits)
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	return result, change, nil
}

// golden writes an outcome as the archives hold it.
func golden(result string, change Change, refusal *Refusal, source string) string {
	if refusal != nil {
		at := ""
		if !refusal.Span.Empty() {
			at = fmt.Sprintf(" [%s]", shorten(refusal.Span.In(source)))
		}
		return "refused: " + refusal.Reason + at + "\n"
	}
	if result == source {
		return "no edits\n"
	}
	var b strings.Builder
	for _, n := range change.Notes {
		b.WriteString("note: " + n + "\n")
	}
	writeDifference(&b, strings.SplitAfter(source, "\n"), strings.SplitAfter(result, "\n"))
	return b.String()
}

// writeDifference writes the lines that differ, and one line around them.
func writeDifference(out *strings.Builder, a, b []string) {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var lines []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, " "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			lines = append(lines, "-"+a[i])
			i++
		default:
			lines = append(lines, "+"+b[j])
			j++
		}
	}
	shown := -1
	for i, line := range lines {
		near := line[0] != ' ' || (i > 0 && lines[i-1][0] != ' ') || (i+1 < len(lines) && lines[i+1][0] != ' ')
		if !near {
			continue
		}
		if i > shown+1 {
			out.WriteString("...\n")
		}
		shown = i
		out.WriteString(strings.TrimRight(line, "\n") + "\n")
	}
}

// Breaks when an operation changes what it gives on any way in which people write inputs; when a rewrite done twice is not
// once; when a file with CRLF line ends, or with a byte order mark, is edited in another way than one without.
//
// An archive holds texts (flake.nix) and, behind each, operations on it with their outcome: notes and the difference.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no archives", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source := ""
			for i, f := range archive.Files {
				if f.Name == "flake.nix" {
					source = string(f.Data)
					continue
				}
				result, change, refusal := outcome(t, source, f.Name)
				got := golden(result, change, refusal, source)
				if *update {
					archive.Files[i].Data = []byte(got)
				} else if got != string(f.Data) {
					t.Errorf("%s on\n%s\ngot:\n%s\nwant:\n%s", f.Name, source, got, f.Data)
				}
				for name, variant := range map[string]func(string) string{
					"CRLF": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
				} {
					other, _, otherRefusal := outcome(t, variant(source), f.Name)
					if (otherRefusal == nil) != (refusal == nil) || other != variant(result) {
						t.Errorf("%s with %s on\n%s\ngot:\n%q\nwant:\n%q", f.Name, name, source, other, variant(result))
					}
				}
				if refusal != nil {
					continue
				}
				if twice, _, refusal := outcome(t, result, f.Name); refusal != nil || twice != result {
					t.Errorf("%s, twice, on\n%s\ngives %v and\n%s", f.Name, result, refusal, twice)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Breaks when the comments of a file are searched anew for each one above its first input: 100,000 lines of them took 45 seconds. Eight times as many
// take eight times as long, in the same run on the same machine, and took sixty-four times as long then.
func TestAddFirstBelowManyComments(t *testing.T) {
	take := func(comments int) time.Duration {
		m := parse.Parse(parse.Flake, "{\n  inputs = {\n"+strings.Repeat("    #\n", comments)+"    a.url = \"github:o/a\";\n  };\n  outputs = _: { };\n}\n")
		best := time.Duration(math.MaxInt64)
		for range 3 {
			start := time.Now()
			change, err := AddFirst(m, "pins", Declaration{URL: "github:acme/pins"})
			best = min(best, time.Since(start))
			if err != nil || len(change.Edits) != 1 || change.Edits[0].Span.Start != len("{\n  inputs = {\n") {
				t.Fatal(change, err)
			}
		}
		return best
	}
	const few, times = 4000, 8
	if one, many := take(few), take(times*few); many > 3*times*one {
		t.Errorf("%d comments take %s, %d times as many %s", few, one, times, many)
	}
}
