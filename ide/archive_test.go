package ide_test

import (
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
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/featurearchive"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// The form of the archives is that of package featurearchive. What a case gives is written by `go test ./ide -update`.
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
	var list []*archive
	for _, read := range featurearchive.Read(t, filepath.Join("testdata", folder)) {
		a := &archive{path: read.Path, comment: read.Comment, shared: read.Shared}
		for _, c := range read.Cases {
			a.cases = append(a.cases, &archiveCase{c.Title, c.Head, c.Files, c.Result})
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
	s := scene{root: filepath.Join(dir, "work")}
	laid := featurearchive.Lay(t, s.root, files...)
	s.path, s.text, s.start, s.end = laid.Path, laid.Text, laid.Start, laid.End
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
