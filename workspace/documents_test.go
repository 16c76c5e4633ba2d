package workspace_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

const leafText = `{ inputs.pins.url = "path:../pins"; outputs = _: { }; }`

func pinsText(inputs ...string) string {
	var b strings.Builder
	b.WriteString("{\n")
	for _, name := range inputs {
		b.WriteString("  inputs." + name + ".url = \"github:o/" + name + "\";\n")
	}
	b.WriteString("  outputs = _: { };\n}\n")
	return b.String()
}

// offered are the names that a leaf is offered.
func offered(s *workspace.Snapshot, leaf string) []string {
	p := s.Pins(s.Flake(leaf))
	if p == nil {
		return nil
	}
	names := []string{}
	for _, o := range p.Offers() {
		names = append(names, o.Name)
	}
	return names
}

// polyrepo is a workspace with one pins flake, which offers a, and one leaf.
func polyrepo(t *testing.T) (w *workspace.Workspace, dir, pins, leaf string) {
	t.Helper()
	dir = t.TempDir()
	pins = write(t, dir, "work/pins/flake.nix", pinsText("a"))
	leaf = write(t, dir, "work/leaf/flake.nix", leafText)
	return indexed(t, options(dir)), dir, pins, filepath.Dir(leaf)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// Breaks when the text of an editor does not count for other files, when it counts after it was closed, or when a snapshot
// that somebody holds changes.
func TestOpenOverDisk(t *testing.T) {
	w, _, pins, leaf := polyrepo(t)
	before := w.Snapshot()
	opened := w.Open(pins, 1, pinsText("a", "b"))
	changed := w.Change(pins, 2, pinsText("a", "b", "c"))
	closed := w.Close(pins)
	for _, c := range []struct {
		name string
		s    *workspace.Snapshot
		want []string
	}{
		{"before", before, []string{"a"}}, {"opened", opened, []string{"a", "b"}}, {"changed", changed, []string{"a", "b", "c"}}, {"closed", closed, []string{"a"}},
	} {
		same(t, c.name, offered(c.s, leaf), c.want)
	}
	if before.Generation() >= opened.Generation() || opened.Generation() >= changed.Generation() {
		t.Error("a later snapshot has no greater generation")
	}
	if docs := changed.Documents(); len(docs) != 1 || docs[0].Version != 2 || !docs[0].Open {
		t.Errorf("the open documents are %v", docs)
	}
	if docs := closed.Documents(); len(docs) != 0 {
		t.Errorf("after closing the open documents are %v", docs)
	}
}

// Breaks when other files see a half-typed text, or when the file itself is judged by anything but its text.
func TestLastGoodVersion(t *testing.T) {
	w, _, pins, leaf := polyrepo(t)
	dir := filepath.Dir(pins)
	s := w.Open(pins, 1, pinsText("a", "b"))
	same(t, "good", offered(s, leaf), []string{"a", "b"})
	broken := w.Change(pins, 2, "{ inputs.z.url = \"github:o/z\"; inputs.")
	same(t, "broken", offered(broken, leaf), []string{"a", "b"})
	same(t, "broken, itself", inputNames(broken.Flake(dir)), []string{"z"})
	if uses := broken.SourceUsers("github.com/o/b"); len(uses) != 1 {
		t.Errorf("the users of a source of the last good version are %v", uses)
	}
	if uses := broken.SourceUsers("github.com/o/z"); len(uses) != 0 {
		t.Errorf("the users of a source of the half-typed version are %v", uses)
	}
	stillBroken := w.Change(pins, 3, "{ inputs")
	same(t, "still broken", offered(stillBroken, leaf), []string{"a", "b"})
	mended := w.Change(pins, 4, pinsText("c"))
	same(t, "mended", offered(mended, leaf), []string{"c"})
	// Opened broken: the disk has the last good one.
	w.Close(pins)
	same(t, "opened broken", offered(w.Open(pins, 1, "{ inputs."), leaf), []string{"a"})
	// Broken everywhere: what can be read is better than nothing.
	write(t, dir, "flake.nix", "{ inputs.d.url = \"github:o/d\"; inputs.")
	w.FilesChanged([]string{pins})
	same(t, "broken everywhere", offered(w.Snapshot(), leaf), namesOrNone(w.Snapshot().Flake(dir)))
}

// namesOrNone are the names of a flake's inputs, or no names rather than nil.
func namesOrNone(f *workspace.Flake) []string {
	if names := inputNames(f); names != nil {
		return names
	}
	return []string{}
}

// Breaks when a file that is not on the disk yet, or lies outside of every root, cannot be worked on.
func TestDocumentsWithoutAFile(t *testing.T) {
	w, dir, _, leaf := polyrepo(t)
	fresh := filepath.Join(dir, "work", "new", "flake.nix")
	s := w.Open(fresh, 1, leafText)
	same(t, "new file", offered(s, filepath.Dir(fresh)), []string{"a"})
	if !slices.Contains(slices.Collect(s.Judged()), fresh) {
		t.Error("a new file is not judged")
	}
	outside := filepath.Join(dir, "elsewhere", "flake.nix")
	s = w.Open(outside, 1, pinsText("x"))
	same(t, "outside", inputNames(s.Flake(filepath.Dir(outside))), []string{"x"})
	if p := s.Pins(s.Flake(filepath.Dir(outside))); p != nil {
		t.Errorf("a flake outside of the workspace is told of pins: %v", p)
	}
	s = w.Close(fresh)
	if s.Flake(filepath.Dir(fresh)) != nil || slices.Contains(slices.Collect(s.Judged()), fresh) {
		t.Error("a file that was never saved is still there")
	}
	if _, err := s.File(fresh); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v, want that it does not exist", err)
	}
	same(t, "leaf", offered(s, leaf), []string{"a"})
}

// Breaks when an open .nix-pins.toml does not count until it is saved, or the editor's settings do not win over it.
func TestSettingsOfDocuments(t *testing.T) {
	w, dir, _, leaf := polyrepo(t)
	toml := filepath.Join(dir, "work", ".nix-pins.toml")
	s := w.Open(toml, 1, "pins.reference = \"github:acme/pins\"\n[rules]\nraw-url = \"off\"\n")
	if p := s.Pins(s.Flake(leaf)); p == nil || p.Reference() != "github:acme/pins" {
		t.Errorf("pins is %+v", p)
	}
	s = w.SetSettings([]byte(`{"rules": {"raw-url": "error"}, "nonsense": 1}`))
	c := s.Config(filepath.Join(leaf, "flake.nix"))
	if c.Rules["raw-url"] != "error" || c.Pins.Reference != "github:acme/pins" {
		t.Errorf("the settings are %+v", c)
	}
	if problems := s.EditorSettings().Problems; len(problems) != 1 {
		t.Errorf("the problems are %v", problems)
	}
	s = w.Close(toml)
	if c := s.Config(filepath.Join(leaf, "flake.nix")); c.Pins.Reference != "" {
		t.Errorf("a closed document still counts: %+v", c)
	}
}

// Breaks when the reference that most flakes use for pins is counted by what is on the disk of open ones, or twice.
func TestMostUsedReference(t *testing.T) {
	dir := t.TempDir()
	text := func(url string) string { return "{ inputs.pins.url = \"" + url + "\"; outputs = _: { }; }" }
	const ssh, https = "git+ssh://git@github.com/o/pins", "github:o/pins"
	write(t, dir, "work/pins/.git/config", "[remote \"origin\"]\n\turl = https://github.com/o/pins\n")
	write(t, dir, "work/pins/flake.nix", pinsText("a"))
	write(t, dir, "work/new/flake.nix", pinsText("b"))
	for name, url := range map[string]string{"1": ssh, "2": ssh, "3": https, "4": "github:stranger/pins", "5": "github:stranger/pins", "6": "github:stranger/pins"} {
		write(t, dir, "work/"+name+"/flake.nix", text(url))
	}
	w := indexed(t, options(dir))
	reference := func(s *workspace.Snapshot) string {
		return s.Pins(s.Flake(filepath.Join(dir, "work", "new"))).Reference()
	}
	if got := reference(w.Snapshot()); got != ssh {
		t.Errorf("the reference is %s, want %s", got, ssh)
	}
	if got := reference(w.Open(filepath.Join(dir, "work", "1", "flake.nix"), 1, text(https))); got != https {
		t.Errorf("with an open document the reference is %s, want %s", got, https)
	}
	w.Close(filepath.Join(dir, "work", "1", "flake.nix"))
	write(t, dir, "work/2/flake.nix", text(https))
	if got := reference(w.FilesChanged([]string{filepath.Join(dir, "work", "2", "flake.nix")})); got != https {
		t.Errorf("with a changed file the reference is %s, want %s", got, https)
	}
}

// Breaks when settings of a folder above the file are left out or weigh otherwise, or when it matters which folder is the root.
func TestSettingsOfFolders(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, ".nix-pins.toml", "pins.reference = \"github:above/pins\"\npreview = true\n")
	write(t, dir, "work/a/.nix-pins.toml", "preview = false\n[rules]\nx = \"off\"\ny = \"off\"\n")
	write(t, dir, "work/a/b/.nix-pins.toml", "[rules]\nx = \"hint\"\n")
	file := filepath.Join(dir, "work", "a", "b", "c", "flake.nix")
	for _, root := range []string{"", "work", "work/a/b", "elsewhere"} {
		o := options(dir)
		o.Roots = []string{filepath.Join(dir, root)}
		c := indexed(t, o).Snapshot().Config(file)
		if c.Rules["x"] != "hint" || c.Rules["y"] != "off" || c.Preview || c.Pins.Reference != "github:above/pins" {
			t.Errorf("with the root %q the settings are %+v", root, c)
		}
	}
}

// Breaks when the settings of a leaf hide the polyrepo that it lies in, when a home is searched for somebody's own settings in it or for
// what lies above it, or when a file's root is not its folder.
func TestFindRoot(t *testing.T) {
	dir := t.TempDir()
	elsewhere := workspace.Environment{Home: t.TempDir()}
	file := write(t, dir, "a/b/flake.nix", leafText)
	if root, _ := elsewhere.FindRoot(file); root != filepath.Dir(file) {
		t.Errorf("the root of a file is %s", root)
	}
	if root, _ := elsewhere.FindRoot(filepath.Join(dir, "a")); root != filepath.Join(dir, "a") {
		t.Errorf("the root of a folder is %s", root)
	}
	// A folder that is gone must not become the one around it, which may be the whole disk.
	if root, _ := elsewhere.FindRoot(filepath.Join(dir, "gone")); root != filepath.Join(dir, "gone") {
		t.Errorf("the root of a folder that is not there is %s", root)
	}
	write(t, dir, ".nix-pins.toml", "")
	if err := os.Mkdir(filepath.Join(dir, "a", ".nix-pins.toml"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "a/b/.nix-pins.toml", "role = \"standalone\"\n")
	write(t, dir, "a/c/flake.nix", leafText)
	linked := filepath.Join(t.TempDir(), "linked")
	if err := os.Symlink(dir, linked); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, home, from, want, why string }{
		{"the polyrepo around a leaf with settings", "elsewhere", "a/b", ".", "the outermost folder with a .nix-pins.toml"},
		{"no home", "", "a/b", ".", "outermost"},
		{"above the home", filepath.Join(dir, "a"), "a/b", "a/b", "outermost"},
		{"above the home, where nothing in it has settings", filepath.Join(dir, "a"), "a/c", "a/c", "no .nix-pins.toml here or above"},
		{"a home that has settings of its own beside a project's", dir, "a/b", "a/b", "outermost"},
		{"the same by another path", linked, "a/b", "a/b", "outermost"},
		{"a home that has the only settings", dir, "a/c", ".", "outermost"},
		{"the home itself", dir, ".", ".", "outermost"},
	} {
		want := filepath.Join(dir, c.want)
		root, why := workspace.Environment{Home: c.home}.FindRoot(filepath.Join(dir, c.from))
		if root != want || !strings.Contains(why, c.why) {
			t.Errorf("%s: the root is %s, %s; want %s", c.what, root, why, want)
		}
	}
}

// Breaks when the settings of an editor's text stop to count once the files are indexed, because the index knows the disk alone.
func TestOpenSettingsCountAfterTheIndex(t *testing.T) {
	_, dir, _, leaf := polyrepo(t)
	settings := write(t, dir, "work/.nix-pins.toml", "")
	w := workspace.New(options(dir))
	w.Open(settings, 1, "pins.inputs = [\"central\"]\nsources.aliases = { \"github:o/old\" = \"github:o/new\" }\n")
	if err := w.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s := w.Snapshot()
	same(t, "the names of pins", s.Config(filepath.Join(leaf, "flake.nix")).Pins.Inputs, []string{"central"})
	old, err := ref.Parse("github:o/old")
	if err != nil {
		t.Fatal(err)
	}
	if source := s.Source(old); source != "github.com/o/new" {
		t.Errorf("the source is %s in spite of the alias", source)
	}
	if len(s.AllPins()) != 0 {
		t.Errorf("pins flakes are known by a name that the open settings take away: %v", s.AllPins())
	}
}

// Breaks when a document that is closed costs a look at all the others: to close ten thousand took a minute once.
func TestCloseAmongMany(t *testing.T) {
	const documents, closed = 2000, 50
	w, dir, _, _ := polyrepo(t)
	copied := map[string]*workspace.File{}
	path := func(i int) string { return filepath.Join(dir, "work", fmt.Sprintf("leaf%d", i), "flake.nix") }
	for i := range documents {
		w.Open(path(i), 1, leafText)
		copied[path(i)] = nil
	}
	var before, between, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range closed {
		copied = maps.Clone(copied)
	}
	runtime.ReadMemStats(&between)
	for i := range closed {
		w.Close(path(i))
	}
	runtime.ReadMemStats(&after)
	// The map of what is open is copied once, as there may be who holds the old one.
	if copies, closes := between.TotalAlloc-before.TotalAlloc, after.TotalAlloc-between.TotalAlloc; closes > 2*copies {
		t.Errorf("%d bytes a document closed, where a copy of the map takes %d", closes/closed, copies/closed)
	}
}
