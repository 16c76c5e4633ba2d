// Package featurearchive reads the golden archives that show what an editor is answered, and lays their cases on the disk. Package ide
// is held to them in bytes, package lsp over the wire. Only tests import it.
//
// An archive is a txtar archive that shows one feature. The files before the first case are the workspace of all cases. A case begins
// with a file called `case TITLE`, whose text explains it; its files are laid over the workspace, and one of them has the cursor, `$0`
// (for actions with `$1` where the selection ends). Where the cursor stands in a file of the workspace, or in a lock that is a sketch,
// `cursor PATH` holds a part of that file that is there once, with the `$0` in it. What a case gives stands in its last file, `result`.
// A `flake.lock (sketch)` is a sketch of package locksketch. A line that ends in `␍` ends in \r\n.
package featurearchive

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
)

// Case is one case of an archive.
type Case struct {
	Title  string
	Head   txtar.File   // explains it
	Files  []txtar.File // are laid over the shared ones
	Result string
}

// Archive is one file.
type Archive struct {
	Path    string
	Comment []byte
	Shared  []txtar.File
	Cases   []*Case
}

// Read gives the archives in a folder, in the order of their names. None at all fails the test.
func Read(t testing.TB, folder string) []*Archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in %s: %v", folder, err)
	}
	var list []*Archive
	for _, path := range paths {
		parsed, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := &Archive{Path: path, Comment: parsed.Comment}
		for _, f := range parsed.Files {
			title, begins := strings.CutPrefix(f.Name, "case ")
			switch {
			case begins:
				a.Cases = append(a.Cases, &Case{Title: title, Head: f})
			case len(a.Cases) == 0:
				a.Shared = append(a.Shared, f)
			case f.Name == "result":
				a.Cases[len(a.Cases)-1].Result = string(f.Data)
			default:
				c := a.Cases[len(a.Cases)-1]
				c.Files = append(c.Files, f)
			}
		}
		list = append(list, a)
	}
	return list
}

// Scene is a case on the disk.
type Scene struct {
	// Path and Text are the file with the marks, which are taken out; Start and End are where they stood.
	Path, Text string
	Start, End int
}

// Lay writes the files below a folder, a later list over the earlier ones. A case without a cursor fails the test.
func Lay(t testing.TB, root string, files ...[]txtar.File) Scene {
	t.Helper()
	s := Scene{Start: -1}
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
			path := filepath.Join(root, filepath.FromSlash(name))
			if before, after, found := strings.Cut(content, "$0"); found {
				s.Path, s.Start, content = path, len(before), before+after
				s.End = s.Start
				if before, after, found := strings.Cut(content, "$1"); found {
					s.End, content = len(before), before+after
				}
				s.Text = content
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
		s.point(t, root, cursor)
	}
	if s.Start < 0 {
		t.Fatal("no file has a $0")
	}
	return s
}

// point puts the cursor into a file that is on the disk.
func (s *Scene) point(t testing.TB, root string, cursor txtar.File) {
	t.Helper()
	s.Path = filepath.Join(root, filepath.FromSlash(cursor.Name))
	content, err := os.ReadFile(s.Path)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(strings.TrimSpace(string(cursor.Data)), "$0")
	if s.Text = string(content); !found || strings.Count(s.Text, before+after) != 1 {
		t.Fatalf("%q is in %s %d times", before+after, cursor.Name, strings.Count(s.Text, before+after))
	}
	s.Start = strings.Index(s.Text, before+after) + len(before)
	s.End = s.Start
}
