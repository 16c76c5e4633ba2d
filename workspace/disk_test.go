package workspace_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// reason is why a file cannot be read.
func reason(t *testing.T, err error) workspace.Reason {
	t.Helper()
	var failure *workspace.FileError
	if !errors.As(err, &failure) {
		t.Fatalf("the error is %v, want a *FileError", err)
	}
	if failure.Error() == "" {
		t.Error("the error says nothing")
	}
	return failure.Reason
}

// Breaks when a file that is no file, or is too large, hangs the search, hides other files, or is not said to be so.
func TestHostileFiles(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	good := write(t, work, "good/flake.nix", pinsText("a"))
	fifo := filepath.Join(work, "fifo", "flake.nix")
	if err := os.MkdirAll(filepath.Dir(fifo), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	folder := write(t, work, "folder/flake.nix/inside.nix", "1")
	large := write(t, work, "large/flake.nix", strings.Repeat(" ", parse.MaxSize+1))
	s := indexed(t, options(dir)).Snapshot()
	got := slices.Collect(s.Judged())
	if want := []string{fifo, filepath.Dir(folder), good, large}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	for path, want := range map[string]workspace.Reason{
		fifo: workspace.NotRegular, large: workspace.TooLarge, filepath.Dir(folder): workspace.NotRegular,
	} {
		_, err := s.File(path)
		if got := reason(t, err); got != want {
			t.Errorf("%s cannot be read because of %d, want %d", path, got, want)
		}
		if s.Flake(filepath.Dir(path)) != nil {
			t.Errorf("%s gives a flake", path)
		}
	}
	count := 0
	for range s.Flakes() {
		count++
	}
	if count != 1 {
		t.Errorf("%d flakes can be read, want 1", count)
	}
	// Below a file there is nothing.
	if _, err := s.File(filepath.Join(good, "flake.nix")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
}

// Breaks when an open text over the limit is parsed.
func TestLargeDocument(t *testing.T) {
	w, _, pins, leaf := polyrepo(t)
	s := w.Open(pins, 1, strings.Repeat(" ", parse.MaxSize+1))
	_, err := s.File(pins)
	if reason(t, err) != workspace.TooLarge {
		t.Errorf("the error is %v", err)
	}
	same(t, "leaf", offered(s, leaf), []string{"a"})
}

// Breaks when a link leads the search out of the root, into a circle, or when a link to a file within it does not count.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	write(t, work, "real/flake.nix", pinsText("a"))
	write(t, dir, "outside/flake.nix", pinsText("a"))
	if err := os.MkdirAll(filepath.Join(work, "links", "dangling"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"links/flake.nix": "../real/flake.nix", "circle": "..", "folder": "../outside", "real/flake.lock": "../../outside/flake.nix",
		"links/dangling/flake.nix": "nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(work, link)); err != nil {
			t.Fatal(err)
		}
	}
	got := slices.Collect(indexed(t, options(dir)).Snapshot().Judged())
	want := []string{filepath.Join(work, "links", "flake.nix"), filepath.Join(work, "real", "flake.nix")}
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// Breaks when a change on the disk that was reported does not count: content, new and removed files and folders, .gitignore,
// settings, a remote.
func TestFilesChanged(t *testing.T) {
	w, dir, pins, leaf := polyrepo(t)
	work := filepath.Join(dir, "work")
	judged := func(s *workspace.Snapshot) int { return len(slices.Collect(s.Judged())) }
	change := func(name, content string) *workspace.Snapshot {
		return w.FilesChanged([]string{write(t, work, name, content)})
	}
	remove := func(path string) *workspace.Snapshot {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		return w.FilesChanged([]string{path})
	}
	same(t, "content", offered(change("pins/flake.nix", pinsText("b")), leaf), []string{"b"})
	if s := change("new/flake.nix", pinsText("c")); judged(s) != 3 {
		t.Errorf("a new flake is not found: %d", judged(s))
	}
	if uses := w.Snapshot().SourceUsers("github.com/o/c"); len(uses) != 1 {
		t.Errorf("the new flake's sources are not known: %v", uses)
	}
	if s := remove(filepath.Join(work, "new")); judged(s) != 2 || len(s.SourceUsers("github.com/o/c")) != 0 {
		t.Error("a removed folder is still there")
	}
	write(t, work, "moved/in/flake.nix", pinsText("d"))
	if s := w.FilesChanged([]string{filepath.Join(work, "moved")}); judged(s) != 3 {
		t.Error("a folder that was moved in is not searched")
	}
	if s := change(".gitignore", "moved\n"); judged(s) != 2 {
		t.Error("a changed .gitignore does not count")
	}
	if s := change("moved/in/flake.nix", pinsText("e")); judged(s) != 2 {
		t.Error("a file that is ignored counts when it changes")
	}
	if s := change(".nix-pins.toml", "files.exclude = [\"leaf\"]\n"); judged(s) != 2 { // pins and the settings themselves
		t.Errorf("changed settings do not count: %v", slices.Collect(s.Judged()))
	}
	remove(filepath.Join(work, ".nix-pins.toml"))
	change("leaf/flake.nix", `{ inputs.pins.url = "github:org/pins"; outputs = _: { }; }`)
	same(t, "by its name", offered(w.Snapshot(), leaf), []string{"b"})
	change("pins/.git/config", "[remote \"origin\"]\n\turl = https://github.com/stranger/pins\n")
	same(t, "another repository", offered(w.Snapshot(), leaf), []string{})
	change("pins/.git/config", "[remote \"origin\"]\n\turl = https://github.com/org/pins\n")
	same(t, "the repository", offered(w.Snapshot(), leaf), []string{"b"})
	if s := remove(pins); s.Flake(filepath.Dir(pins)) != nil {
		t.Error("a removed flake is still there")
	}
}

// Breaks when Poll misses a change of a file that somebody asked for, or of one that only the index has seen, or reports one that did
// not change.
func TestPoll(t *testing.T) {
	w, dir, pins, leaf := polyrepo(t)
	other := write(t, dir, "work/other/flake.nix", pinsText("x"))
	w.FilesChanged([]string{other})
	same(t, "before", offered(w.Snapshot(), leaf), []string{"a"})
	if changed := w.Poll(); len(changed) > 0 {
		t.Errorf("nothing changed, but Poll gives %v", changed)
	}
	write(t, dir, "work/pins/flake.nix", pinsText("a", "b"))
	write(t, dir, "work/other/flake.nix", pinsText("x", "y"))
	lock := write(t, dir, "work/leaf/flake.lock", "{ }")
	if changed := w.Poll(); !slices.Equal(changed, []string{lock, other, pins}) {
		t.Errorf("Poll gives %v, want %v", changed, []string{lock, other, pins})
	}
	if uses := w.Snapshot().SourceUsers("github.com/o/y"); len(uses) != 1 {
		t.Errorf("what a file has by now that nobody asked for is not known: %v", uses)
	}
	same(t, "after", offered(w.Snapshot(), leaf), []string{"a", "b"})
	if w.Snapshot().Flake(leaf).LockPath == "" {
		t.Error("the new lock is not seen")
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if changed := w.Poll(); !slices.Equal(changed, []string{lock}) || w.Snapshot().Flake(leaf).LockPath != "" {
		t.Errorf("a removed lock gives %v", changed)
	}
}

// Breaks when a text that is read again, because nobody held it any more, is another one without anybody being told; or when
// the workspace then goes on with the old one.
func TestChangedSinceItWasIndexed(t *testing.T) {
	w, dir, pins, leaf := polyrepo(t)
	s := w.Snapshot()
	same(t, "before", offered(s, leaf), []string{"a"})
	write(t, dir, "work/pins/flake.nix", pinsText("a", "b", "c"))
	forgetTexts(t, w, dir)
	if _, err := s.File(pins); reason(t, err) != workspace.Changed {
		t.Errorf("the error is %v", err)
	}
	// Whatever comes next, the file is known anew.
	same(t, "after", offered(w.Open(filepath.Join(dir, "x"), 1, ""), leaf), []string{"a", "b", "c"})
}

// forgetTexts makes a workspace drop the texts that nobody holds: it reads many others and lets the collector run.
func forgetTexts(t *testing.T, w *workspace.Workspace, dir string) {
	t.Helper()
	for i := range 100 {
		if _, err := w.Snapshot().File(write(t, dir, fmt.Sprintf("filler/%d.nix", i), "{ }")); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.GC()
}

// Breaks when the same text, read again, is not the same to the snapshot.
func TestReadAgain(t *testing.T) {
	w, dir, _, leaf := polyrepo(t)
	s := w.Snapshot()
	before := describe(s, dir)
	forgetTexts(t, w, dir)
	if after := describe(s, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	same(t, "offers", offered(s, leaf), []string{"a"})
}

// Breaks when the search goes on after its context is done, or when progress is not told to the end.
func TestIndexProgressAndCancel(t *testing.T) {
	dir := t.TempDir()
	for i := range 50 {
		write(t, dir, fmt.Sprintf("work/r%d/flake.nix", i), pinsText("a"))
	}
	w := workspace.New(options(dir))
	last, total := 0, 0
	if err := w.Index(context.Background(), func(done, found int) { last, total = done, found }); err != nil {
		t.Fatal(err)
	}
	if last != 50 || total != 50 {
		t.Errorf("the last progress is %d of %d", last, total)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w = workspace.New(options(dir))
	if err := w.Index(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if n := len(slices.Collect(w.Snapshot().Judged())); n != 0 {
		t.Errorf("an index that was stopped counts with %d files", n)
	}
}

// Breaks when a change that was reported while the workspace was searched is lost.
func TestChangeWhileIndexing(t *testing.T) {
	w, dir, pins, leaf := polyrepo(t)
	// Both files have been read by the time the search is at its end.
	err := w.Index(context.Background(), func(done, found int) {
		if done == found {
			write(t, dir, "work/pins/flake.nix", pinsText("a", "b"))
			w.FilesChanged([]string{pins})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "after", offered(w.Snapshot(), leaf), []string{"a", "b"})
}

// Breaks when roots are not exchanged as a whole, or a file's root is not the deepest.
func TestRoots(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Dir(write(t, dir, "a/flake.nix", pinsText("x")))
	b := filepath.Dir(write(t, dir, "a/b/flake.nix", pinsText("x")))
	o := options(dir)
	o.Roots = []string{a, b}
	w := indexed(t, o)
	if n := len(slices.Collect(w.Snapshot().Judged())); n != 2 {
		t.Errorf("two roots, one in the other, have %d files, want 2", n)
	}
	s := w.Snapshot()
	if s.RootOf(filepath.Join(b, "flake.nix")) != b || s.RootOf(a) != a || s.RootOf(dir) != "" || s.RootOf(a+"x") != "" {
		t.Error("a path has another root")
	}
	w.SetRoots([]string{b})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(w.Snapshot().Judged()); len(got) != 1 {
		t.Errorf("after the change of roots: %v", got)
	}
}

// Breaks when the sibling files are not those of the repository, when an ignored one is read, or when it is not said that
// there are others.
func TestSiblingFiles(t *testing.T) {
	dir := t.TempDir()
	flake := write(t, dir, "work/repo/flake.nix", pinsText("a"))
	write(t, dir, "work/repo/.git/config", "")
	write(t, dir, "work/repo/.gitignore", "ignored.nix\n")
	write(t, dir, "work/repo/ignored.nix", "1")
	write(t, dir, "work/other/x.nix", "1")
	module := write(t, dir, "work/repo/modules/x.nix", "{ inputs }: inputs.a")
	w := indexed(t, options(dir))
	s := w.Open(filepath.Join(dir, "work", "repo", "unsaved.nix"), 1, "2")
	files, complete := s.SiblingFiles(s.Flake(filepath.Dir(flake)))
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	if want := []string{module, filepath.Join(dir, "work", "repo", "unsaved.nix")}; !slices.Equal(paths, want) || !complete {
		t.Errorf("the siblings are %v (%v), want %v", paths, complete, want)
	}
	write(t, dir, "work/repo/large.nix", strings.Repeat(" ", parse.MaxSize+1))
	s = w.Snapshot()
	if _, complete := w.FilesChanged([]string{module}).SiblingFiles(s.Flake(filepath.Dir(flake))); complete {
		t.Error("a file that cannot be read is not missed")
	}
}

// Breaks when snapshots and changes get in each other's way; run with -race.
func TestManyAtOnce(t *testing.T) {
	w, dir, pins, leaf := polyrepo(t)
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := w.Snapshot()
				if before, after := describe(s, dir), describe(s, dir); before != after {
					t.Errorf("one snapshot says two things:\n%s\n%s", before, after)
					return
				}
			}
		})
	}
	for i := range int32(60) {
		w.Open(pins, 1, pinsText("a"))
		w.Change(pins, i, pinsText("a", "b"))
		w.Poll()
		w.FilesChanged([]string{filepath.Join(leaf, "flake.nix")})
		if i%20 == 0 {
			if err := w.Index(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
		}
		w.Close(pins)
	}
	close(stop)
	group.Wait()
}

// Breaks when the clock of the workspace is not the one that rules judge by.
func TestNow(t *testing.T) {
	now := clock()
	w := workspace.New(workspace.Options{Clock: func() time.Time { return now }})
	s := w.Snapshot()
	now = now.AddDate(0, 0, 1)
	if !s.Now().Equal(clock()) || !w.Open("/x/flake.nix", 1, "").Now().Equal(now) {
		t.Error("the time of a snapshot is not that of its making")
	}
}
