package diagnostics_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// An archive stands beside each rule, with the rule's name. It is a row of cases. A case begins with a file called
// `case TITLE`, whose text explains it; the files that follow are a workspace on disk (folders `home/…` are the user's
// home; a `flake.lock (sketch)` is a sketch of package locksketch; see layFile for odd ones), and the last ones are golden, written by `go test ./diagnostics -run Archives -update`:
//
//	-- case TITLE --
//	-- leaf/flake.nix --
//	-- findings --          every finding of the rule, as `check` prints it, with the titles of its fixes
//	-- fix TITLE --         for each fix: the difference it makes, and what the inputs evaluate to after it
//
// A case without findings is an example of what is good.
var update = flag.Bool("update", false, "rewrite the golden parts of the archives")

// archiveDay is the day on which the archives' findings are judged.
var archiveDay = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

type archiveCase struct {
	title string
	head  txtar.File
	files []txtar.File
	// golden is what the archive holds, by name; order keeps the names as they are made.
	golden map[string]string
}

func golden(name string) bool { return name == "findings" || strings.HasPrefix(name, "fix ") }

func readArchive(path string) ([]byte, []*archiveCase, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, nil, err
	}
	var cases []*archiveCase
	for _, f := range archive.Files {
		title, begins := strings.CutPrefix(f.Name, "case ")
		switch {
		case begins:
			cases = append(cases, &archiveCase{title: title, head: f, golden: map[string]string{}})
		case len(cases) == 0:
			return nil, nil, fmt.Errorf("%s: file %q stands before the first `case TITLE`", path, f.Name)
		case golden(f.Name):
			cases[len(cases)-1].golden[f.Name] = string(f.Data)
		default:
			cases[len(cases)-1].files = append(cases[len(cases)-1].files, f)
		}
	}
	return archive.Comment, cases, nil
}

// lay writes a case's files below a folder and gives a workspace that has indexed them.
func lay(t *testing.T, dir string, c *archiveCase) *workspace.Workspace {
	t.Helper()
	root := filepath.Join(dir, "work")
	for _, f := range c.files {
		sketched, content, err := locksketch.File(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		name, mark, _ := strings.Cut(sketched, " (")
		path := filepath.Join(root, filepath.FromSlash(name))
		if strings.HasPrefix(name, "home/") {
			path = filepath.Join(dir, filepath.FromSlash(name))
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := layFile(path, mark, unescape(content)); err != nil {
			t.Fatal(err)
		}
	}
	return openWorkspace(t, root, filepath.Join(dir, "home"))
}

// layFile writes one file. A name may end in a mark, for what an archive cannot hold: `flake.nix (2000000 bytes)` is filled up
// with spaces to that size, `flake.nix (a fifo)` is one.
func layFile(path, mark string, data []byte) error {
	if mark == "a fifo)" {
		return syscall.Mkfifo(path, 0o600)
	}
	if size := 0; mark != "" {
		if _, err := fmt.Sscanf(mark, "%d bytes)", &size); err != nil {
			return fmt.Errorf("%s (%s: %w", path, mark, err)
		}
		data = append(data, bytes.Repeat([]byte(" "), max(0, size-len(data)))...)
	}
	return os.WriteFile(path, data, 0o644)
}

// unescape lets an archive, whose lines end in \n, hold carriage returns: a line that ends in `␍` ends in \r\n.
func unescape(data []byte) []byte { return bytes.ReplaceAll(data, []byte("␍\n"), []byte("\r\n")) }

func openWorkspace(t *testing.T, root, home string) *workspace.Workspace {
	t.Helper()
	w := workspace.New(workspace.Options{
		Roots:       []string{root},
		Environment: workspace.Environment{Home: home},
		Clock:       func() time.Time { return archiveDay },
		RuleCodes:   diagnostics.Codes(),
		Log:         slog.New(panicking{slog.DiscardHandler, t}),
	})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// panicking fails the test when a rule panics: the engine goes on without it, and a case that wants no finding would be content.
type panicking struct {
	slog.Handler
	t *testing.T
}

func (p panicking) Enabled(context.Context, slog.Level) bool { return true }

func (p panicking) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		r.Attrs(func(a slog.Attr) bool { p.t.Errorf("%s: %s", r.Message, a); return true })
	}
	return nil
}

// judged are the files of a workspace that any rule may speak of.
func judged(s *workspace.Snapshot) []string {
	return slices.Sorted(s.Judged())
}

func findingsOf(t *testing.T, s *workspace.Snapshot, code string) []diagnostics.Finding {
	t.Helper()
	var found []diagnostics.Finding
	for _, path := range judged(s) {
		findings, err := diagnostics.Run(context.Background(), s, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if code == "" || f.Code == code {
				found = append(found, f)
			}
		}
	}
	return found
}

// apply makes a fix's edits on the files of a snapshot and gives the new texts by path.
func apply(s *workspace.Snapshot, fix diagnostics.Fix) (map[string]string, error) {
	edits, err := fix.Edits()
	if err != nil {
		return nil, err
	}
	after := map[string]string{}
	for _, e := range edits {
		file, err := s.File(e.Path)
		if err != nil {
			return nil, err
		}
		after[e.Path], err = text.Apply(file.Text, e.Edits)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	return after, nil
}

// place prints a location as `check` does.
func place(s *workspace.Snapshot, root, path string, span text.Span) string {
	name := diagnostics.RelativePath(root, path)
	file, err := s.File(path)
	if err != nil {
		return name
	}
	lines := text.NewLines(file.Text)
	startLine, startColumn := lines.Column(span.Start)
	endLine, endColumn := lines.Column(span.End)
	if startLine == endLine {
		return fmt.Sprintf("%s:%d:%d-%d", name, startLine, startColumn, endColumn)
	}
	return fmt.Sprintf("%s:%d:%d-%d:%d", name, startLine, startColumn, endLine, endColumn)
}

// made is what a run of a case gives, in the form of the golden files.
type made struct {
	names []string
	texts map[string]string
	// changed are the texts after each fix, for Nix to judge.
	changed []changedFile
}

type changedFile struct {
	fix, path, before, after string
}

func (m *made) add(name, content string) {
	for base, n := name, 2; slices.Contains(m.names, name); n++ {
		name = fmt.Sprintf("%s (%d)", base, n)
	}
	m.names = append(m.names, name)
	m.texts[name] = content
}

func run(t *testing.T, code string, c *archiveCase) made {
	t.Helper()
	dir := t.TempDir()
	w := lay(t, dir, c)
	s := w.Snapshot()
	root := filepath.Join(dir, "work")
	found := findingsOf(t, s, code)
	out := made{texts: map[string]string{}}
	var list strings.Builder
	anonymous := func(message string) string { return strings.ReplaceAll(message, dir, "") }
	for _, f := range found {
		fmt.Fprintf(&list, "%s: %s: %s\n", place(s, root, f.Path, f.Span), f.Severity, anonymous(f.Message))
		for _, r := range f.Related {
			fmt.Fprintf(&list, "    see %s: %s\n", place(s, root, r.Path, r.Span), anonymous(r.Message))
		}
		for _, fix := range f.Fixes {
			kind := "choice"
			if fix.Safe() {
				kind = "safe fix"
			}
			fmt.Fprintf(&list, "    %s: %s\n", kind, fix.Title())
		}
	}
	if len(found) == 0 {
		list.WriteString("none\n")
	}
	out.add("findings", list.String())
	for _, f := range found {
		for _, fix := range f.Fixes {
			out.fix(t, w, root, f, fix)
		}
	}
	return out
}

func (m *made) fix(t *testing.T, w *workspace.Workspace, root string, f diagnostics.Finding, fix diagnostics.Fix) {
	t.Helper()
	s := w.Snapshot()
	after, err := apply(s, fix)
	if err != nil {
		m.add("fix "+fix.Title(), "refused: "+err.Error()+"\n")
		return
	}
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(after)) {
		file, err := s.File(path)
		if err != nil {
			t.Fatal(err)
		}
		name := diagnostics.RelativePath(root, path)
		if file.Text == after[path] {
			t.Errorf("fix %q of %s changes nothing", fix.Title(), f.Code)
		}
		b.WriteString(strings.ReplaceAll(difference(name, file.Text, after[path]), "\r\n", "␍\n"))
		if parse.KindOf(path) == parse.Flake {
			manifest := parse.Parse(parse.Flake, after[path])
			value, err := manifest.JSON()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "inputs of %s: %s\n", name, inputsOf(t, value))
			m.changed = append(m.changed, changedFile{fix.Title(), path, file.Text, after[path]})
		}
	}
	m.add("fix "+fix.Title(), b.String())
	secondRun(t, w, f, fix, after)
}

// secondRun shows that a fix mends: with its edits made the finding is gone, or at least the same fix is not offered again.
func secondRun(t *testing.T, w *workspace.Workspace, f diagnostics.Finding, fix diagnostics.Fix, after map[string]string) {
	t.Helper()
	for path, text := range after {
		w.Open(path, 1, text)
		defer w.Close(path)
	}
	again, err := diagnostics.Run(context.Background(), w.Snapshot(), f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range again {
		if g.Code == f.Code && g.Object == f.Object && g.Message == f.Message && slices.ContainsFunc(g.Fixes, func(other diagnostics.Fix) bool { return other.Title() == fix.Title() }) {
			t.Errorf("after fix %q the same is offered again: %s", fix.Title(), g.Message)
		}
	}
}

// difference is a unified diff of one file.
func difference(name, before, after string) string {
	_, unified, _ := strings.Cut(string(diff.Diff(name, []byte(before), name, []byte(after))), "\n")
	return unified
}

func inputsOf(t *testing.T, manifest []byte) string {
	t.Helper()
	var m struct{ Inputs json.RawMessage }
	if err := json.Unmarshal(manifest, &m); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, m.Inputs); err != nil {
		t.Fatal(err)
	}
	return compact.String()
}

// archivesVariable names a folder to take archives from instead of the package's own.
const archivesVariable = "NIX_PINS_TEST_ARCHIVES"

func archiveOf(rule *diagnostics.Rule) string {
	return filepath.Join(os.Getenv(archivesVariable), strings.ReplaceAll(rule.Code, "-", "_")+".txtar")
}

// Breaks when a rule says something else, somewhere else, or offers another edit than its archive shows; when a rule has no
// archive, or one without a good and a bad example.
func TestArchives(t *testing.T) {
	for _, rule := range diagnostics.Rules() {
		t.Run(rule.Code, func(t *testing.T) {
			t.Parallel()
			path := archiveOf(rule)
			comment, cases, err := readArchive(path)
			if err != nil {
				t.Fatal(err)
			}
			good, bad := false, false
			rewritten := &txtar.Archive{Comment: comment}
			for _, c := range cases {
				rewritten.Files = append(append(rewritten.Files, c.head), c.files...)
				t.Run(c.title, func(t *testing.T) {
					got := run(t, rule.Code, c)
					for _, name := range got.names {
						rewritten.Files = append(rewritten.Files, txtar.File{Name: name, Data: []byte(got.texts[name])})
					}
					if got.texts["findings"] == "none\n" {
						good = true
					} else {
						bad = true
					}
					if *update {
						return
					}
					for _, name := range slices.Sorted(maps.Keys(c.golden)) {
						if _, ok := got.texts[name]; !ok {
							t.Errorf("the archive has %q, which is no longer offered", name)
						}
					}
					for _, name := range got.names {
						if want := c.golden[name]; got.texts[name] != want {
							t.Errorf("%s (-want +got):\n%s", name, diff.Diff("want", []byte(want), "got", []byte(got.texts[name])))
						}
					}
				})
			}
			if !good || !bad {
				t.Errorf("%s needs a case with findings and one without (good %t, bad %t)", path, good, bad)
			}
			if *update && !t.Failed() {
				if err := os.WriteFile(path, txtar.Format(rewritten), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Breaks when a rule is written in a file that does not carry its name, or when an archive outlives its rule.
func TestArchiveNames(t *testing.T) {
	found, err := filepath.Glob("*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	codes := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, rule := range diagnostics.Rules() {
		want = append(want, archiveOf(rule))
		if !codes.MatchString(rule.Code) {
			t.Errorf("code %q is not made of lower-case words with hyphens", rule.Code)
		}
		if _, err := os.Stat(strings.TrimSuffix(archiveOf(rule), ".txtar") + ".go"); err != nil {
			t.Errorf("rule %s does not stand in a file of its name: %v", rule.Code, err)
		}
	}
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("archives are %v, want %v", found, want)
	}
}
