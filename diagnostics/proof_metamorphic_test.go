package diagnostics_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// gap is white space between two tokens: outside of strings and comments.
type gap struct {
	text.Span
	// breaks says that a line ends in it, and commented that nothing but a comment stands before it on its line.
	breaks, commented bool
}

// gaps finds the white space of a Nix text between its first and last token, by a scanner of its own that knows strings and
// comments.
func gaps(source string) []gap {
	var list []gap
	var nest []byte // `"` and `'` for open strings, `{` for an open brace, `$` for one of an interpolation
	lastComment := -1
	for i := 0; i < len(source); {
		rest := source[i:]
		top := byte(0)
		if len(nest) > 0 {
			top = nest[len(nest)-1]
		}
		switch {
		case top == '"' && strings.HasPrefix(rest, `\`), top == '"' && strings.HasPrefix(rest, "$$"):
			i += 2
		case top == '\'' && (strings.HasPrefix(rest, "'''") || strings.HasPrefix(rest, "''$")):
			i += 3
		case top == '\'' && strings.HasPrefix(rest, `''\`):
			i += 4
		case top == '\'' && strings.HasPrefix(rest, "$$"):
			i += 2
		case (top == '"' || top == '\'') && strings.HasPrefix(rest, "${"):
			nest = append(nest, '$')
			i += 2
		case top == '"' && rest[0] == '"':
			nest = nest[:len(nest)-1]
			i++
		case top == '\'' && strings.HasPrefix(rest, "''"):
			nest = nest[:len(nest)-1]
			i += 2
		case top == '"' || top == '\'':
			i++
		case rest[0] == '"':
			nest = append(nest, '"')
			i++
		case strings.HasPrefix(rest, "''"):
			nest = append(nest, '\'')
			i += 2
		case rest[0] == '{' || strings.HasPrefix(rest, "${"):
			nest = append(nest, '{')
			i += strings.IndexByte(rest, '{') + 1
		case rest[0] == '}' && top != 0:
			nest = nest[:len(nest)-1]
			i++
		case rest[0] == '#':
			i += len(rest)
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				i += end - len(rest)
			}
			lastComment = i
		case strings.HasPrefix(rest, "/*"):
			i = len(source)
			if end := strings.Index(rest[2:], "*/"); end >= 0 {
				i += 2 + end + 2 - len(rest)
			}
			lastComment = i
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			end := i + len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
			if end < len(source) && i > 0 {
				list = append(list, gap{text.Span{Start: i, End: end}, strings.Contains(source[i:end], "\n"), lastComment == i})
			}
			i = end
		default:
			i++
		}
	}
	return list
}

// shift is a change of a text that must change no finding.
type shift struct {
	name string
	make func(source string) string
}

// afterFirstBrace leaves the head of a file alone: a generator writes its name there.
func afterFirstBrace(source string, list []gap) []gap {
	start := strings.IndexByte(source, '{')
	return slices.DeleteFunc(list, func(g gap) bool { return start < 0 || g.Start <= start })
}

// rewriteGaps replaces white space.
func rewriteGaps(source string, replace func(n int, g gap, old string) string) string {
	var edits []text.Edit
	for n, g := range afterFirstBrace(source, gaps(source)) {
		if now := replace(n, g, g.In(source)); now != g.In(source) {
			edits = append(edits, text.Edit{Span: g.Span, New: now})
		}
	}
	after, err := text.Apply(source, edits)
	if err != nil {
		panic(err)
	}
	return after
}

var shifts = []shift{
	{"comment lines", func(source string) string {
		return rewriteGaps(source, func(n int, g gap, old string) string {
			if !g.breaks {
				return old
			}
			first, rest, _ := strings.Cut(old, "\n")
			indent := rest[strings.LastIndexByte(rest, '\n')+1:]
			return first + "\n" + indent + fmt.Sprintf("# zz %d", n) + "\n" + rest
		})
	}},
	{"comments behind tokens", func(source string) string {
		return rewriteGaps(source, func(n int, g gap, old string) string {
			if g.commented {
				return old
			}
			return " /* zz */" + old
		})
	}},
	{"blank lines", func(source string) string {
		return rewriteGaps(source, func(n int, g gap, old string) string {
			// A comment speaks for what stands right below it: that is meant.
			if !g.breaks || g.commented {
				return old
			}
			first, rest, _ := strings.Cut(old, "\n")
			return first + "\n\n" + rest
		})
	}},
	{"indentation", func(source string) string {
		return rewriteGaps(source, func(n int, g gap, old string) string {
			if !g.breaks {
				return old
			}
			at := strings.LastIndexByte(old, '\n') + 1
			return old[:at] + "\t" + strings.Repeat(old[at:], 2)
		})
	}},
	{"wider", func(source string) string {
		return rewriteGaps(source, func(n int, g gap, old string) string {
			if g.breaks {
				return old
			}
			return old + " \t"
		})
	}},
	{"CRLF", func(source string) string {
		// In a string of several lines the carriage return is part of the value.
		return rewriteGaps(source, func(_ int, _ gap, old string) string {
			return strings.ReplaceAll(strings.ReplaceAll(old, "\r\n", "\n"), "\n", "\r\n")
		})
	}},
	{"lines at the end", func(source string) string { return source + "\n\n" }},
}

// essence is what of a finding must not depend on white space and comments: all but the place, for which the text that is marked
// stands, and the titles, which name the comments that go along.
type essence struct {
	finding, marked string
	fixes           []string
}

func compactText(s string) string {
	// A \t in JSON is white space of a source text.
	s = strings.NewReplacer("/* zz */", "", `\t`, "").Replace(s)
	var b strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(strings.TrimSpace(line), "# zz") {
			b.WriteString(line)
		}
	}
	return strings.Join(strings.Fields(b.String()), "")
}

func essences(t *testing.T, s *workspace.Snapshot, path, root string) []essence {
	t.Helper()
	var list []essence
	file, err := s.File(path)
	if err != nil {
		return nil
	}
	findings, err := diagnostics.Run(context.Background(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		e := essence{finding: fmt.Sprintf("%s (%s) %s: %s", f.Code, f.Object, f.Severity, strings.ReplaceAll(f.Message, root, ""))}
		if f.Span.Start < 0 || f.Span.End > len(file.Text) || f.Span.End < f.Span.Start {
			t.Fatalf("%s: span %v of %d bytes", f.Message, f.Span, len(file.Text))
		}
		e.marked = compactText(f.Span.In(file.Text))
		for _, fix := range f.Fixes {
			after, err := apply(s, fix)
			if err != nil {
				e.fixes = append(e.fixes, "refused")
				continue
			}
			says := fmt.Sprintf("safe %t:", fix.Safe())
			for _, changed := range slices.Sorted(maps.Keys(after)) {
				if parse.KindOf(changed) == parse.Flake {
					value, err := parse.Parse(parse.Flake, after[changed]).JSON()
					if err != nil {
						t.Fatal(err)
					}
					says += compactText(inputsOf(t, value))
				}
			}
			e.fixes = append(e.fixes, says)
		}
		list = append(list, e)
	}
	return list
}

// casesOfAll are the cases of all archives, and the polyrepo of the examples as one more.
func casesOfAll(t *testing.T) []*archiveCase {
	t.Helper()
	archives, err := filepath.Glob("*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []*archiveCase
	for _, path := range archives {
		_, cases, err := readArchive(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			c.title = path + ": " + c.title
		}
		all = append(all, cases...)
	}
	example := &archiveCase{title: "examples/polyrepo"}
	root := filepath.Join("..", "examples", "polyrepo")
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		example.files = append(example.files, txtar.File{Name: filepath.ToSlash(name), Data: data})
		return err
	})
	if err != nil || len(example.files) == 0 {
		t.Fatal("no example", err)
	}
	return append(all, example)
}

// judgeCase lays a case and gives what is found in each file, by its path below the root.
func judgeCase(t *testing.T, c *archiveCase) map[string][]essence {
	t.Helper()
	dir := t.TempDir()
	s := lay(t, dir, c).Snapshot()
	found := map[string][]essence{}
	for _, path := range judged(s) {
		found[diagnostics.RelativePath(dir, path)] = essences(t, s, path, dir)
	}
	return found
}

// changed is a case with other texts of its Nix files.
func (c *archiveCase) changed(change func(source string) string) *archiveCase {
	other := &archiveCase{title: c.title}
	for _, f := range c.files {
		if parse.KindOf(f.Name) != parse.Other {
			f.Data = []byte(change(string(unescape(f.Data))))
		}
		other.files = append(other.files, f)
	}
	return other
}

// Breaks when a finding, or what a fix of it makes of the inputs, depends on white space, on comments that say nothing to us, or
// on the line ends.
func TestFindingsDoNotDependOnLayout(t *testing.T) {
	for _, c := range casesOfAll(t) {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			want := judgeCase(t, c)
			for _, shift := range shifts {
				other := c.changed(shift.make)
				got := judgeCase(t, other)
				for _, path := range slices.Sorted(maps.Keys(want)) {
					for i := range max(len(want[path]), len(got[path])) {
						w, g := essenceAt(want[path], i), essenceAt(got[path], i)
						if w != g {
							t.Errorf("%s: %s: finding %d is\n%s\nwas\n%s", shift.name, path, i, g, w)
							break
						}
					}
				}
			}
		})
	}
}

func essenceAt(list []essence, i int) string {
	if i >= len(list) {
		return "none"
	}
	return fmt.Sprintf("%s\n  at %q\n  %s", list[i].finding, list[i].marked, strings.Join(list[i].fixes, "\n  "))
}

// reversed turns the bindings of a set around, with the comments above and behind them. A set with two bindings on a line, a
// rec set, whose order means something to Nix, and one with faults are left alone.
func reversed(source string, find func(m *parse.Manifest) *parse.AttrSet) string {
	m := parse.Parse(parse.Flake, source)
	set := find(m)
	if len(m.Errors) > 0 || set == nil || set.Rec || len(set.Bindings) < 2 {
		return source
	}
	lineEnd := func(offset int) int { return offset + strings.IndexByte(source[offset:]+"\n", '\n') + 1 }
	start := lineEnd(set.Open.End)
	var segments []string
	at := start
	for _, b := range set.Bindings {
		if end := lineEnd(b.Span.End); b.Span.Start >= at && end <= set.Close.Start {
			segments = append(segments, source[at:end])
			at = end
			continue
		}
		return source
	}
	slices.Reverse(segments)
	return source[:start] + strings.Join(segments, "") + source[at:]
}

// Breaks when a finding depends on the order of bindings that have nothing to do with one another.
func TestFindingsDoNotDependOnOrder(t *testing.T) {
	orders := map[string]func(m *parse.Manifest) *parse.AttrSet{
		"file": func(m *parse.Manifest) *parse.AttrSet { return m.Root.Set },
		"inputs": func(m *parse.Manifest) *parse.AttrSet {
			if m.InputsAttr == nil || m.InputsAttr.Value == nil {
				return nil
			}
			return m.InputsAttr.Value.Set
		},
	}
	turned := 0
	for _, c := range casesOfAll(t) {
		t.Run(c.title, func(t *testing.T) {
			want := judgeCase(t, c)
			for name, find := range orders {
				changed := false
				other := c.changed(func(source string) string {
					after := reversed(source, find)
					changed = changed || after != source
					return after
				})
				if !changed {
					continue
				}
				turned++
				got := judgeCase(t, other)
				for _, path := range slices.Sorted(maps.Keys(want)) {
					w, g := unordered(want[path]), unordered(got[path])
					if !slices.Equal(w, g) {
						t.Errorf("%s turned: %s has\n%s\nhad\n%s", name, path, strings.Join(g, "\n"), strings.Join(w, "\n"))
					}
				}
			}
		})
	}
	if turned < 100 {
		t.Errorf("only %d texts could be turned", turned)
	}
}

// nearestName is a guess: of several names that are as near the first is taken.
var nearestName = regexp.MustCompile("Was `[^`]*`")

// unordered is what findings say, whatever the order of the findings, of the fixes and of the names in a list.
func unordered(list []essence) []string {
	var all []string
	for _, e := range list {
		if code, _, _ := strings.Cut(e.finding, " "); code == "duplicate-input" || code == "follows-cycle" {
			continue // the first of the pair, or of the circle, is meant to be the one
		}
		words := strings.FieldsFunc(nearestName.ReplaceAllString(e.finding, ""), func(r rune) bool { return strings.ContainsRune(" ,", r) })
		slices.Sort(words)
		fixes := slices.Clone(e.fixes)
		slices.Sort(fixes)
		all = append(all, strings.Join(words, " ")+"\n  "+strings.Join(fixes, "\n  "))
	}
	slices.Sort(all)
	return all
}
