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
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			content, err := readOpen(nil, file, at)
			var failure *FileError
			if !errors.As(err, &failure) || failure.Reason != Changed {
				t.Errorf("it gives %q and the error %v", content, err)
			}
		})
	}
}
