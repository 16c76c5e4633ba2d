// Package atomicfile writes files whole: a reader sees the old content or the new one, never a part, also when the machine
// stops in between.
package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrChanged says that a file no longer holds what an edit was made for. Nothing was written.
var ErrChanged = errors.New("the file has changed since it was read")

// Replace gives an existing file new content if it still holds the old one, else ErrChanged. Through a symbolic link it
// writes the link's target. The file keeps its mode and, where that is allowed, its owner; other hard links keep the old
// content.
func Replace(path string, old, content []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("not a regular file")}
	}
	// A file that one may not write to is not replaced either, though the folder would allow it.
	file, err := os.OpenFile(target, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return write(target, info, content, func() error {
		// As late as can be: what happens between this look and the rename is not seen.
		now, err := os.ReadFile(target)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, old) {
			return fmt.Errorf("%s: %w", path, ErrChanged)
		}
		return nil
	})
}

// Create writes a file, new or not, with the mode 0644 where it is new. Through a symbolic link it writes the link's target.
func Create(path string, content []byte) error {
	target, err := filepath.EvalSymlinks(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		target = path
	case err != nil:
		return err
	}
	info, err := os.Stat(target)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return write(target, info, content, func() error { return nil })
}

// write makes the file of a temporary one beside it. info is the file's that is replaced, nil where there is none; check
// may still stop the rename.
func write(target string, info fs.FileInfo, content []byte, check func() error) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	if err := fill(temporary, info, content); err != nil {
		return errors.Join(err, temporary.Close())
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(target))
}

func fill(file *os.File, info fs.FileInfo, content []byte) error {
	if _, err := file.Write(content); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info != nil {
		mode = info.Mode().Perm()
		if err := keepOwner(file, info); err != nil {
			return err
		}
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	return file.Sync()
}
