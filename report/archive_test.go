package report_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/report"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden files of the archives")

// reportTime is when the reports of tests are made.
var reportTime = time.Date(2026, 11, 26, 9, 30, 0, 0, time.UTC)

// openAt indexes a folder as a polyrepo, at a time, with no registry and no settings of this machine.
func openAt(t testing.TB, root string, at time.Time) *workspace.Snapshot {
	t.Helper()
	w := workspace.New(workspace.Options{Roots: []string{root}, Clock: func() time.Time { return at }})
	if err := w.Index(context.Background(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	return w.Snapshot()
}

func inventoryOf(s *workspace.Snapshot, root string) *report.Inventory {
	return report.NewInventory(report.Collect(s, report.Scope{Root: root}))
}

// rowsOf is the inventory of a folder as a file.
func rowsOf(t *testing.T, s *workspace.Snapshot, root string) string {
	t.Helper()
	var b bytes.Buffer
	w := report.NewRowWriter(&b)
	for row := range report.Collect(s, report.Scope{Root: root}) {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func textOf(t *testing.T, r *report.Report, o report.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Text(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// writeArchive writes the files of an archive below a prefix of their names into a folder.
func writeArchive(t *testing.T, files []txtar.File, prefix, dir string) {
	t.Helper()
	for _, f := range files {
		name, ok := strings.CutPrefix(f.Name, prefix)
		if !ok {
			continue
		}
		name, content, err := locksketch.File(name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Each archive is a polyrepo and its report. `before/` holds what was there a week ago, where the report is to tell what has changed
// since; a line of its comment that begins with "budget: " is a budget. Breaks when what a person or a program is told changes.
func TestArchives(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(archives, err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			writeArchive(t, archive.Files, "now/", filepath.Join(root, "now"))
			s := openAt(t, filepath.Join(root, "now"), reportTime)
			r := report.New(inventoryOf(s, filepath.Join(root, "now")))
			for _, f := range archive.Files {
				if strings.HasPrefix(f.Name, "before/") {
					writeArchive(t, archive.Files, "before/", filepath.Join(root, "before"))
					r.Compare(inventoryOf(openAt(t, filepath.Join(root, "before"), reportTime.AddDate(0, 0, -7)), filepath.Join(root, "before")))
					break
				}
			}
			for line := range strings.Lines(string(archive.Comment)) {
				if text, ok := strings.CutPrefix(line, "budget: "); ok {
					b, err := report.ParseBudget(strings.TrimSpace(text))
					if err != nil {
						t.Fatal(err)
					}
					r.Judge(b)
				}
			}
			var jsonText bytes.Buffer
			if err := r.JSON(&jsonText); err != nil {
				t.Fatal(err)
			}
			for i := range archive.Files {
				f := &archive.Files[i]
				var got string
				switch f.Name {
				case "text":
					got = textOf(t, r, report.TextOptions{Width: 100})
				case "text 80":
					got = textOf(t, r, report.TextOptions{Width: 80, All: true})
				case "json":
					got = jsonText.String()
				case "jsonl":
					got = rowsOf(t, s, filepath.Join(root, "now"))
				default:
					continue
				}
				if *update {
					f.Data = []byte(got)
				} else if got != string(f.Data) {
					t.Errorf("%s is\n%s\nwant\n%s", f.Name, got, f.Data)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
