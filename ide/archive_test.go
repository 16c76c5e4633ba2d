package ide_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// An archive shows one feature. The files before the first case are the workspace of all cases. A case begins with a file
// called `case TITLE`, whose text explains it; its files are laid over the workspace, and one of them has the cursor, `$0` (for
// actions with `$1` where the selection ends). What a case gives stands in its last file, `result`, which is written by
// `go test ./ide -update`. A `flake.lock (sketch)` is a sketch of package locksketch. A line that ends in `␍` ends in \r\n.
var update = flag.Bool("update", false, "rewrite the golden parts of the archives")

type archiveCase struct {
	title  string
	head   txtar.File
	files  []txtar.File
	result string
}

type archive struct {
	path    string
	comment []byte
	shared  []txtar.File
	cases   []*archiveCase
}

func readArchives(t testing.TB, folder string) []*archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in %s: %v", folder, err)
	}
	var list []*archive
	for _, path := range paths {
		parsed, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := &archive{path: path, comment: parsed.Comment}
		for _, f := range parsed.Files {
			title, begins := strings.CutPrefix(f.Name, "case ")
			switch {
			case begins:
				a.cases = append(a.cases, &archiveCase{title: title, head: f})
			case len(a.cases) == 0:
				a.shared = append(a.shared, f)
			case f.Name == "result":
				a.cases[len(a.cases)-1].result = string(f.Data)
			default:
				c := a.cases[len(a.cases)-1]
				c.files = append(c.files, f)
			}
		}
		list = append(list, a)
	}
	return list
}

// run compares, or rewrites, the results of the archives of a folder.
func run(t *testing.T, folder string, result func(t *testing.T, a *archive, c *archiveCase) string) {
	for _, a := range readArchives(t, folder) {
		t.Run(strings.TrimSuffix(filepath.Base(a.path), ".txtar"), func(t *testing.T) {
			rewritten := &txtar.Archive{Comment: a.comment, Files: a.shared}
			for _, c := range a.cases {
				t.Run(c.title, func(t *testing.T) {
					got := result(t, a, c)
					rewritten.Files = append(append(append(rewritten.Files, c.head), c.files...), txtar.File{Name: "result", Data: []byte(got)})
					if !*update && got != c.result {
						t.Errorf("(-want +got):\n%s", diff.Diff("want", []byte(c.result), "got", []byte(got)))
					}
				})
			}
			if *update && !t.Failed() {
				if err := os.WriteFile(a.path, txtar.Format(rewritten), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// scene is a case laid on the disk and opened.
type scene struct {
	*workspace.Workspace
	root string
	// path and text are the file with the marks, which are taken out; start and end are where they stood.
	path, text string
	start, end int
}

// archiveDay is the time of all archives.
var archiveDay = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func lay(t testing.TB, files ...[]txtar.File) scene {
	t.Helper()
	dir := t.TempDir()
	s := scene{root: filepath.Join(dir, "work"), start: -1}
	var cursor txtar.File
	for _, list := range files {
		for _, f := range list {
			if path, ok := strings.CutPrefix(f.Name, "cursor "); ok {
				cursor = txtar.File{Name: path, Data: f.Data}
				continue
			}
			name, data, err := locksketch.File(f.Name, f.Data)
			if err != nil {
				t.Fatal(err)
			}
			content := string(bytes.ReplaceAll(data, []byte("␍\n"), []byte("\r\n")))
			path := filepath.Join(s.root, filepath.FromSlash(name))
			if before, after, found := strings.Cut(content, "$0"); found {
				s.path, s.start, content = path, len(before), before+after
				s.end = s.start
				if before, after, found := strings.Cut(content, "$1"); found {
					s.end, content = len(before), before+after
				}
				s.text = content
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if cursor.Name != "" {
		s.point(t, cursor)
	}
	if s.start < 0 {
		t.Fatal("no file has a $0")
	}
	s.Workspace = workspace.New(workspace.Options{
		Roots: []string{s.root},
		// A file `../nix/store/…` of an archive lies in the store.
		Environment: workspace.Environment{Home: filepath.Join(dir, "home"), Store: "/nix/store", StoreRoot: dir},
		Clock:       func() time.Time { return archiveDay },
		RuleCodes:   diagnostics.Codes(),
	})
	if err := s.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	s.Open(s.path, 1, s.text)
	return s
}

// point puts the cursor into a file that is on the disk.
func (s *scene) point(t testing.TB, cursor txtar.File) {
	t.Helper()
	s.path = filepath.Join(s.root, filepath.FromSlash(cursor.Name))
	content, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(strings.TrimSpace(string(cursor.Data)), "$0")
	if s.text = string(content); !found || strings.Count(s.text, before+after) != 1 {
		t.Fatalf("%q is in %s %d times", before+after, cursor.Name, strings.Count(s.text, before+after))
	}
	s.start = strings.Index(s.text, before+after) + len(before)
	s.end = s.start
}

// visible shows carriage returns.
func visible(s string) string { return strings.ReplaceAll(s, "\r", "␍") }

// difference shows an edit without its head.
func difference(before, after string) string {
	var b strings.Builder
	for i, line := range strings.SplitAfter(string(diff.Diff("a", []byte(before), "b", []byte(after))), "\n") {
		if i >= 3 && !strings.HasPrefix(line, "@@") && line != "" {
			fmt.Fprintf(&b, "    %s", line)
		}
	}
	return visible(b.String())
}
