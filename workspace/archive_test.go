package workspace_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden parts of the archives")

// clock is the day of all tests.
func clock() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// write puts a file below a folder, with the folders around it.
func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// options are those of a workspace in dir/work of a user whose home is dir/home on a machine whose /etc/nix is dir/etc.
func options(dir string) workspace.Options {
	return workspace.Options{
		Roots:       []string{filepath.Join(dir, "work")},
		Environment: workspace.Environment{Home: filepath.Join(dir, "home"), System: filepath.Join(dir, "etc")},
		Clock:       clock,
	}
}

func indexed(t testing.TB, o workspace.Options) *workspace.Workspace {
	t.Helper()
	w := workspace.New(o)
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// Breaks as the comment of each archive in testdata says. An archive is a workspace below work/, a home/ and an etc/, and ends
// with what the workspace answers. $DIR stands for the folder around them; a `flake.lock (sketch)` is a sketch of package locksketch.
func TestArchives(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(archive.Comment), "Breaks when") {
				t.Error("the comment does not say what would break it")
			}
			dir := t.TempDir()
			golden := -1
			for i, f := range archive.Files {
				if f.Name == "answers" {
					golden = i
					continue
				}
				name, content, err := locksketch.File(f.Name, f.Data)
				if err != nil {
					t.Fatal(err)
				}
				write(t, dir, name, strings.ReplaceAll(string(content), "$DIR", dir))
			}
			got := strings.ReplaceAll(describe(indexed(t, options(dir)).Snapshot(), filepath.Join(dir, "work")), dir, "$DIR")
			if *update {
				answers := txtar.File{Name: "answers", Data: []byte(got)}
				if golden < 0 {
					archive.Files = append(archive.Files, answers)
				} else {
					archive.Files[golden] = answers
				}
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if golden < 0 {
				t.Fatal("the archive has no answers: run with -update and read them")
			}
			if diff := cmp.Diff(string(archive.Files[golden].Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
