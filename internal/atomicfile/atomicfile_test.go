package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
)

func put(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", path, got, want)
	}
}

// onlyFiles fails when a folder holds anything but the named files: a temporary one was left behind.
func onlyFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %v, want %v", got, names)
	}
}

// Breaks when a write loses the mode, leaves its temporary file behind, or writes something else than it was given.
func TestReplaceKeepsTheMode(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o644, 0o755} {
		dir := t.TempDir()
		path := filepath.Join(dir, "flake.nix")
		put(t, path, "old", mode)
		if err := atomicfile.Replace(path, []byte("old"), []byte("new")); err != nil {
			t.Fatal(err)
		}
		holds(t, path, "new")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode {
			t.Errorf("the mode is %v, want %v", info.Mode().Perm(), mode)
		}
		onlyFiles(t, dir, "flake.nix")
	}
}

// Breaks when an edit overwrites what somebody else has written since the file was read.
func TestReplaceRefusesAChangedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "flake.nix")
	put(t, path, "theirs", 0o644)
	if err := atomicfile.Replace(path, []byte("old"), []byte("new")); !errors.Is(err, atomicfile.ErrChanged) {
		t.Errorf("the error is %v, want ErrChanged", err)
	}
	holds(t, path, "theirs")
	onlyFiles(t, dir, "flake.nix")
}

// Breaks when a link is replaced by a file, so that what it led to keeps the old content.
func TestWriteGoesThroughLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	target := filepath.Join(elsewhere, "real.nix")
	put(t, target, "old", 0o600)
	middle, link := filepath.Join(dir, "middle"), filepath.Join(dir, "flake.nix")
	for from, to := range map[string]string{middle: target, link: "middle"} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	if err := atomicfile.Replace(link, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	holds(t, target, "new")
	if err := atomicfile.Create(link, []byte("newer")); err != nil {
		t.Fatal(err)
	}
	holds(t, target, "newer")
	for _, path := range []string{middle, link} {
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more (%v)", path, err)
		}
	}
	onlyFiles(t, elsewhere, "real.nix")
}

// Breaks when what cannot be written (no file, a folder, a folder in which nothing can be made) is reported as written, or
// leaves something behind. A folder below a file stands for one without permission: root may write everywhere.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "x", 0o644)
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"absent", "sub", "file/below"} {
		if err := atomicfile.Replace(filepath.Join(dir, path), nil, []byte("new")); err == nil {
			t.Errorf("Replace of %s gives no error", path)
		}
	}
	for _, path := range []string{"sub", "file/below", "absent/below"} {
		if err := atomicfile.Create(filepath.Join(dir, path), []byte("new")); err == nil {
			t.Errorf("Create of %s gives no error", path)
		}
	}
	onlyFiles(t, dir, "file", "sub")
}

// Breaks when a file in a folder without write permission is written in place. For root, who has every permission, the
// write must succeed instead.
func TestReadOnlyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "flake.nix")
	put(t, path, "old", 0o644)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Error(err)
		}
	})
	err := atomicfile.Replace(path, []byte("old"), []byte("new"))
	if os.Geteuid() == 0 {
		if err != nil {
			t.Fatal(err)
		}
		holds(t, path, "new")
		return
	}
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the error is %v, want no permission", err)
	}
	holds(t, path, "old")
}

// Breaks when a reader can see a half-written file: the content is long enough that a write in place takes several calls.
func TestNoReaderSeesHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flake.nix")
	texts := []string{strings.Repeat("a", 1<<20), strings.Repeat("b", 1<<20)}
	put(t, path, texts[0], 0o644)
	var writer sync.WaitGroup
	done := make(chan struct{})
	writer.Go(func() {
		defer close(done)
		for i := range 20 {
			if err := atomicfile.Replace(path, []byte(texts[i%2]), []byte(texts[(i+1)%2])); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != texts[0] && string(got) != texts[1] {
			t.Fatalf("a reader saw %d bytes of neither text", len(got))
		}
	}
	writer.Wait()
}

// Breaks when a new file gets the private mode of its temporary one, or an existing file loses its own.
func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "baseline.json")
	if err := atomicfile.Create(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o644 {
		t.Errorf("the mode is %v, want 0644", info.Mode().Perm())
	}
	put(t, path, "one", 0o600)
	if err := atomicfile.Create(path, []byte("two")); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "two")
	if info, err = os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v (%v), want 0600", info.Mode().Perm(), err)
	}
	onlyFiles(t, dir, "baseline.json")
}
