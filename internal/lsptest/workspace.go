package lsptest

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Mark is where a file of an archive has its cursor. It is taken out before the file is written.
const Mark = "$0"

// Workspace is a folder made from an archive.
type Workspace struct {
	Dir     string
	Cursors map[string]int // by the file's name in the archive, the byte offset of its Mark
	t       testing.TB
}

// NewWorkspace writes the files of a txtar archive below a new temporary folder, links in whose own path are resolved.
func NewWorkspace(t testing.TB, archive string) *Workspace {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	check(t, err)
	w := &Workspace{dir, map[string]int{}, t}
	for _, file := range txtar.Parse([]byte(archive)).Files {
		content := string(file.Data)
		if cursor := strings.Index(content, Mark); cursor >= 0 {
			w.Cursors[file.Name] = cursor
			content = content[:cursor] + content[cursor+len(Mark):]
		}
		check(t, os.MkdirAll(filepath.Dir(w.Path(file.Name)), 0o755))
		check(t, os.WriteFile(w.Path(file.Name), []byte(content), 0o644))
	}
	return w
}

// Path is where a file of the archive lies.
func (w *Workspace) Path(name string) string { return filepath.Join(w.Dir, filepath.FromSlash(name)) }

// URI is the URI of a file or, for "", of the folder.
func (w *Workspace) URI(name string) string {
	return (&url.URL{Scheme: "file", Path: w.Path(name)}).String()
}

// Text is what a file holds now.
func (w *Workspace) Text(name string) string {
	w.t.Helper()
	content, err := os.ReadFile(w.Path(name))
	check(w.t, err)
	return string(content)
}
