package workspace

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Breaks when a file that grows, shrinks or is exchanged while it is read gives a text that it never held.
func TestFileThatChangesWhileItIsRead(t *testing.T) {
	changes := map[string]func(path string) error{
		"grows":   func(path string) error { return os.WriteFile(path, []byte("twice as long"), 0o644) },
		"shrinks": func(path string) error { return os.WriteFile(path, []byte("x"), 0o644) },
		"is exchanged": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("another"), 0o644))
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "flake.nix")
			if err := os.WriteFile(path, []byte("text"), 0o644); err != nil {
				t.Fatal(err)
			}
			at := stampAt(path)
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			file, err := openToRead(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := file.close(); err != nil {
					t.Error(err)
				}
			}()
			content, err := readOpen(nil, path, file, at)
			var failure *FileError
			if !errors.As(err, &failure) || failure.Reason != Changed {
				t.Errorf("it gives %q and the error %v", content, err)
			}
		})
	}
}

// Breaks when two ways to look at a file, of which one is told by the system and one by package os, disagree about an unchanged file: it would
// count as changed each time that it is read.
func TestStampsAgree(t *testing.T) {
	for _, mode := range []os.FileMode{0o644, 0o600, 0o755, 0o644 | os.ModeSetuid, 0o755 | os.ModeSetgid, 0o666 | os.ModeSticky} {
		path := filepath.Join(t.TempDir(), "flake.nix")
		if err := errors.Join(os.WriteFile(path, []byte("text"), 0o644), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		want := stampAt(path)
		if at, regular, err := look(path); at != want || !regular || err != nil {
			t.Errorf("mode %v: a look gives %v, %v, %v, package os %v", mode, at, regular, err, want)
		}
		file, err := openToRead(path)
		if err != nil {
			t.Fatal(err)
		}
		at, err := file.stamp()
		if err := errors.Join(err, file.close()); err != nil {
			t.Fatal(err)
		}
		if at != want {
			t.Errorf("mode %v: the open file gives %v, package os %v", mode, at, want)
		}
	}
}
