package workspace_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when what may not be read is taken for something that is not there, hides its neighbours, or is not read once it may be.
func TestNoPermission(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	good := write(t, dir, "work/good/flake.nix", pinsText("a"))
	denied := map[string]string{
		"file/flake.nix": pinsText("b"), "lock/flake.lock": "{ }", "settings/.nix-pins.toml": "preview = true\n", "folder/flake.nix": pinsText("c"),
		"blind/flake.nix": pinsText("d"), "ignore/.gitignore": "*\n", "git/.git/config": "", "git/.git/info/exclude": "*\n",
	}
	for name, content := range denied {
		write(t, dir, "work/"+name, content)
	}
	for _, name := range []string{"lock/flake.nix", "settings/flake.nix", "ignore/flake.nix", "git/flake.nix"} {
		write(t, dir, "work/"+name, pinsText("e"))
	}
	// blind can be listed, but nothing in it looked at.
	modes := map[string]os.FileMode{"file/flake.nix": 0, "lock/flake.lock": 0, "settings/.nix-pins.toml": 0, "folder": 0o311, "blind": 0o444, "ignore/.gitignore": 0, "git/.git": 0}
	chmod := func(mode func(os.FileMode) os.FileMode) {
		for name, m := range modes {
			if err := os.Chmod(filepath.Join(work, name), mode(m)); err != nil {
				t.Fatal(err)
			}
		}
	}
	chmod(func(m os.FileMode) os.FileMode { return m })
	defer chmod(func(os.FileMode) os.FileMode { return 0o755 })
	var w *workspace.Workspace
	realtools.Unprivileged(t, work, func() {
		w = indexed(t, options(dir))
		s := w.Snapshot()
		want := map[string]workspace.Reason{
			"file/flake.nix": workspace.NoPermission, "lock/flake.lock": workspace.NoPermission, "settings/.nix-pins.toml": workspace.NoPermission,
			"folder": workspace.Unsearchable, "blind/flake.nix": workspace.NoPermission,
		}
		readable := 0
		for path := range s.Judged() {
			name, err := filepath.Rel(work, path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.File(path)
			if reasonOf, ok := want[name]; ok {
				if got := reason(t, err); got != reasonOf || !strings.Contains(err.Error(), "permission denied") {
					t.Errorf("%s cannot be read because of %d, want %d: %v", name, got, reasonOf, err)
				}
				delete(want, name)
			} else if err == nil {
				readable++
			} else {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(want) > 0 || readable != 5 || s.Flake(filepath.Dir(good)) == nil {
			t.Errorf("not judged are %v, readable are %d files, want 5", want, readable)
		}
	})
	chmod(func(os.FileMode) os.FileMode { return 0o755 })
	w.Poll()
	s := w.Snapshot()
	for _, name := range []string{"file", "folder", "blind"} {
		if s.Flake(filepath.Join(work, name)) == nil || !slices.Contains(slices.Collect(s.Judged()), filepath.Join(work, name, "flake.nix")) {
			t.Errorf("with the permission %s is not read", name)
		}
	}
	if slices.Contains(slices.Collect(s.Judged()), filepath.Join(work, "folder")) {
		t.Error("a folder that can be searched by now is still complained of")
	}
}

// Breaks when a fifo, which waits for a writer when it is opened, stops the search under whichever name it stands.
func TestFifos(t *testing.T) {
	dir := t.TempDir()
	var fifos []string
	for _, name := range []string{"flake.nix", "flake.lock", ".nix-pins.toml", "mana.nix", ".git", ".gitignore", ".git/config", ".git/HEAD", ".git/info/exclude"} {
		at := filepath.Join("work", strings.Trim(strings.ReplaceAll(name, "/", "-"), "."))
		write(t, dir, at+"/flake.nix", leafText)
		path := filepath.Join(dir, at, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o644); err != nil {
			t.Fatal(err)
		}
		fifos = append(fifos, path)
	}
	write(t, dir, "work/pins/flake.nix", pinsText("a"))
	w := indexed(t, options(dir))
	s := w.Snapshot()
	judged := slices.Collect(s.Judged())
	for _, fifo := range fifos {
		if _, err := s.File(fifo); reason(t, err) != workspace.NotRegular {
			t.Errorf("%s: %v", fifo, err)
		}
		switch filepath.Base(fifo) {
		case "flake.nix", "flake.lock", ".nix-pins.toml", "mana.nix":
			if !slices.Contains(judged, fifo) {
				t.Errorf("nobody is told of %s", fifo)
			}
		}
	}
	if got := len(s.Leaves()); got != len(fifos)-1 {
		t.Errorf("%d leaves, want %d", got, len(fifos)-1)
	}
	w.FilesChanged(fifos)
	w.Poll()
}

// Breaks when a file that is written again and again while it is read gives a text of two of its versions, or the index does not end. A
// write of many pages reaches the disk page by page, so a text that ends in the middle of one did stand there.
func TestFileThatGrows(t *testing.T) {
	line := "#" + strings.Repeat("x", 62) + "\n"
	lines := strings.Repeat(line, 1<<20/len(line))
	dir := t.TempDir()
	path := write(t, dir, "work/grows/flake.nix", "#\n")
	write(t, dir, "work/good/flake.nix", pinsText("a"))
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer file.Close()
		for size := 0; ; size += 64 << 10 {
			select {
			case <-stop:
				return
			default:
			}
			if size > 900<<10 { // it stays below the cap
				size = 0
				if err := file.Truncate(0); err != nil {
					t.Error(err)
				}
			}
			if _, err := file.WriteString(lines[:64<<10]); err != nil {
				t.Error(err)
			}
		}
	})
	for range 50 {
		s := indexed(t, options(dir)).Snapshot()
		file, err := s.File(path)
		if err == nil && !strings.HasPrefix("#\n"+lines, file.Text) && !strings.HasPrefix(lines, file.Text) {
			t.Fatal("a text that never stood there")
		}
		if err != nil && reason(t, err) != workspace.Changed {
			t.Fatal(err)
		}
		if s.Flake(filepath.Join(dir, "work", "good")) == nil {
			t.Fatal("the neighbour is lost")
		}
	}
	close(stop)
	writer.Wait()
}

// Breaks when folders in folders exhaust anything, or when those too deep for a path of this system go unmentioned.
func TestDeepFolders(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "work/good/flake.nix", pinsText("a"))
	at, err := os.OpenRoot(filepath.Join(dir, "work"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if err := at.Mkdir("dd", 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := at.OpenRoot("dd")
		if err != nil {
			t.Fatal(err)
		}
		if err := at.Close(); err != nil {
			t.Fatal(err)
		}
		at = next
	}
	if err := at.WriteFile("flake.nix", []byte(pinsText("b")), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := at.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "work/"+strings.Repeat("dd/", 1200)+"flake.nix", pinsText("c"))
	s := indexed(t, options(dir)).Snapshot()
	judged := slices.Collect(s.Judged())
	if len(judged) != 3 || s.Flake(filepath.Dir(judged[1])) == nil {
		t.Fatalf("%d files are judged, want 3", len(judged))
	}
	if _, err := s.File(judged[0]); reason(t, err) != workspace.Unsearchable || !strings.Contains(err.Error(), "name too long") {
		t.Errorf("%v", err)
	}
}

// Breaks when a list of ignored files as large as one may be keeps the search from its end, or one that is larger, which is not read,
// hides anything.
func TestHugeGitignore(t *testing.T) {
	dir := t.TempDir()
	var patterns strings.Builder
	for i := 0; patterns.Len() < 900<<10; i++ {
		fmt.Fprintf(&patterns, "ignored%d\n", i)
	}
	write(t, dir, "work/.gitignore", patterns.String())
	for i := range 50 {
		write(t, dir, fmt.Sprintf("work/r%d/flake.nix", i), pinsText("a"))
	}
	write(t, dir, "work/ignored7/flake.nix", pinsText("a"))
	write(t, dir, "work/larger/.gitignore", strings.Repeat("flake.nix\n", 200_000))
	write(t, dir, "work/larger/flake.nix", pinsText("a"))
	if got := len(slices.Collect(indexed(t, options(dir)).Snapshot().Judged())); got != 51 {
		t.Errorf("%d files are judged, want 51", got)
	}
}

// Breaks when links in a circle, of folders or of files, keep the search from its end or hide a neighbour.
func TestCirclesOfLinks(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	write(t, dir, "work/a/b/flake.nix", pinsText("a"))
	for link, target := range map[string]string{
		"a/b/up": "../..", "a/self": "self", "a/flake.nix": "flake.lock", "a/flake.lock": "flake.nix", "a/.nix-pins.toml": ".", ".git": ".git", ".gitignore": "a/flake.nix",
	} {
		if err := os.Symlink(target, filepath.Join(work, link)); err != nil {
			t.Fatal(err)
		}
	}
	w := indexed(t, options(dir))
	s := w.Snapshot()
	if got := slices.Collect(s.Judged()); !slices.Equal(got, []string{filepath.Join(work, "a/b/flake.nix")}) {
		t.Errorf("judged are %v", got)
	}
	if _, err := s.File(filepath.Join(work, "a/flake.nix")); err == nil || !strings.Contains(err.Error(), "too many levels of symbolic links") {
		t.Errorf("%v", err)
	}
	if s.Flake(filepath.Join(work, "a/b")) == nil {
		t.Error("the neighbour is lost")
	}
}

// Breaks when a lock that is far larger than any real one stops the index, or takes with it what others say.
func TestMillionNodes(t *testing.T) {
	dir := t.TempDir()
	var lock strings.Builder
	lock.WriteString(`{"version":7,"root":"r","nodes":{"r":{"inputs":{"pins":"0"}}`)
	for i := range 1_000_000 {
		fmt.Fprintf(&lock, `,"%d":{}`, i)
	}
	lock.WriteString("}}")
	write(t, dir, "work/leaf/flake.nix", leafText)
	write(t, dir, "work/leaf/flake.lock", lock.String())
	write(t, dir, "work/second/flake.nix", leafText)
	write(t, dir, "work/second/flake.lock", strings.Repeat(" ", 33<<20))
	var chain strings.Builder // each node below the one before
	chain.WriteString(`{"version":7,"root":"r","nodes":{"r":{"inputs":{"pins":"0"}}`)
	for i := range 100_000 {
		fmt.Fprintf(&chain, `,"%d":{"inputs":{"a":"%d"}}`, i, i+1)
	}
	chain.WriteString(`,"100000":{}}}`)
	write(t, dir, "work/third/flake.nix", leafText)
	write(t, dir, "work/third/flake.lock", chain.String())
	write(t, dir, "work/pins/flake.nix", pinsText("a"))
	w := workspace.New(options(dir))
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	s := w.Snapshot()
	if got := s.LockOf(filepath.Join(dir, "work/leaf")); got == nil || got.Len() != 1_000_001 {
		t.Errorf("the lock is not read: %v", got)
	}
	_, err := s.File(filepath.Join(dir, "work/second/flake.lock"))
	var failure *workspace.FileError
	if !errors.As(err, &failure) || failure.Reason != workspace.TooLarge || len(s.Leaves()) != 3 {
		t.Errorf("%v, %d leaves", err, len(s.Leaves()))
	}
}
