package ide_test

import (
	"bytes"
	"context"
	"errors"
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
	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// newName is the line of a case's head that says what the input is to be called.
var newName = regexp.MustCompile(`(?m)^to (\S+)$`)

// renamed are the texts of the files that a rename changes, by their paths.
func renamed(t *testing.T, s scene, files []diagnostics.FileEdit) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, f := range files {
		file, err := s.Snapshot().File(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := texts[f.Path]; twice {
			t.Errorf("%s has two lists of edits", f.Path)
		}
		if texts[f.Path], err = text.Apply(file.Text, f.Edits); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// agrees compares the places that are edited with the usages of the input.
func agrees(t *testing.T, s scene, files []diagnostics.FileEdit) {
	t.Helper()
	if len(files) == 0 {
		return // it has the name already
	}
	usages, ok, err := ide.Usages(t.Context(), s.Snapshot(), s.path, s.start)
	if err != nil {
		t.Error(err)
	}
	if !ok {
		t.Error("what is renamed has no usages")
	}
	edited := func(path string, span text.Span) bool {
		return slices.ContainsFunc(files, func(f diagnostics.FileEdit) bool {
			return f.Path == path && slices.ContainsFunc(f.Edits, func(e text.Edit) bool { return e.Span.Overlaps(span) })
		})
	}
	for _, u := range usages {
		if !edited(u.Path, u.Span) {
			t.Errorf("%s %v is a usage and is not edited", u.Path, u.Span)
		}
	}
	for _, f := range files {
		if filepath.Base(f.Path) == "flake.lock" {
			continue // where Nix writes the name is no use of it
		}
		file, err := s.Snapshot().File(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range f.Edits {
			line := file.Text[strings.LastIndex(file.Text[:e.Span.Start], "\n")+1 : e.Span.Start]
			inherited := e.Span.Empty() // the binding that takes the place of an inherited name
			if !inherited && !strings.Contains(line, "#") && !slices.ContainsFunc(usages, func(u ide.Usage) bool { return u.Path == f.Path && e.Span.Overlaps(u.Span) }) {
				t.Errorf("%s %v is edited and is no usage", f.Path, e.Span)
			}
		}
	}
}

// Breaks when a place that names the input is forgotten, or one that names something else is edited; when a rename that may miss a use
// is not refused, or not with its reason and place; when a rename and the one back leave other bytes; when what is edited is not what
// references show.
func TestRename(t *testing.T) {
	run(t, "rename", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		to := newName.FindStringSubmatch(string(c.head.Data))
		if to == nil {
			t.Fatal("the case says no new name")
		}
		place, name, ok, prepareErr := ide.PrepareRename(s.Snapshot(), s.path, s.start)
		files, err := ide.Rename(context.Background(), s.Snapshot(), s.path, s.start, to[1])
		switch {
		case prepareErr != nil:
			if err == nil || err.Error() != prepareErr.Error() || len(files) > 0 {
				t.Errorf("prepared: %v, but then %v", prepareErr, err)
			}
			return "refused at once: " + strings.ReplaceAll(prepareErr.Error(), s.root+"/", "") + "\n"
		case !ok:
			if err == nil {
				t.Error("what cannot be prepared is renamed")
			}
			return "nothing to rename\n"
		case err != nil:
			if len(files) > 0 {
				t.Error("edits beside an error")
			}
			return fmt.Sprintf("%s\nrefused: %s\n", name, strings.ReplaceAll(err.Error(), s.root+"/", ""))
		}
		if !place.Touches(s.start) || !strings.Contains(place.In(s.text), name) {
			t.Errorf("the place to edit is %q", place.In(s.text))
		}
		agrees(t, s, files)
		texts := renamed(t, s, files)
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n", name)
		inherits := false
		at := s.start
		before := map[string]string{}
		for _, f := range files {
			file, err := s.Snapshot().File(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s\n%s", strings.TrimPrefix(f.Path, s.root+"/"), difference(file.Text, texts[f.Path]))
			before[f.Path] = file.Text
			inherits = inherits || strings.Contains(file.Text, "inherit")
			for _, e := range f.Edits {
				switch {
				case f.Path != s.path:
				case e.Span.Touches(s.start):
					at += e.Span.Start + 1 - s.start
				case e.Span.End < s.start:
					at += len(e.New) - e.Span.Len()
				}
			}
		}
		if !inherits && len(files) > 0 { // which become bindings
			s.comesBack(t, texts, before, at, to[1], name)
		}
		return b.String()
	})
}

// comesBack makes a rename, then the one back at an offset of the same file.
func (s scene) comesBack(t *testing.T, texts, before map[string]string, at int, from, to string) {
	t.Helper()
	paths := slices.Sorted(maps.Keys(texts))
	for _, path := range paths {
		if err := os.WriteFile(path, []byte(texts[path]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.FilesChanged(paths)
	if after, changed := texts[s.path]; changed {
		s.Change(s.path, 2, after)
	}
	if _, name, ok, err := ide.PrepareRename(s.Snapshot(), s.path, at); !ok || name != from {
		t.Errorf("after the rename the input is called %q (%v)", name, err)
	}
	files, err := ide.Rename(context.Background(), s.Snapshot(), s.path, at, to)
	if err != nil {
		t.Errorf("not back: %v", err)
		return
	}
	if back := renamed(t, s, files); !maps.Equal(back, before) {
		t.Errorf("back again is\n%q\nwas\n%q", back, before)
	}
}

// Breaks when a flake that may name the input and cannot be read does not stop a rename, or when a rename that nobody waits for any more
// goes on.
func TestRenameNeedsEveryFlake(t *testing.T) {
	files := []txtar.File{
		{Name: "pins/flake.nix", Data: []byte("{ inputs.$0crane.url = \"github:ipetkov/crane\"; outputs = _: { }; }")},
		{Name: "web/flake.nix", Data: []byte("{ inputs.pins.url = \"github:acme/pins\"; inputs.crane.follows = \"pins/crane\"; outputs = _: { }; }")},
	}
	s := lay(t, files)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := ide.Rename(ended, s.Snapshot(), s.path, s.start, "kran"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v %v", got, err)
	}
	if _, err := ide.Rename(context.Background(), s.Snapshot(), s.path, s.start, "kran"); err != nil {
		t.Fatal(err)
	}
	s = lay(t, append(files, txtar.File{Name: "large/flake.nix", Data: bytes.Repeat([]byte("#"), parse.MaxSize+1)}))
	var failure *workspace.FileError
	got, err := ide.Rename(context.Background(), s.Snapshot(), s.path, s.start, "kran")
	if !errors.As(err, &failure) || failure.Reason != workspace.TooLarge || !strings.Contains(err.Error(), "that may name crane") {
		t.Errorf("beside a flake that cannot be read: %v %v", got, err)
	}
}
