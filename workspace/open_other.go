//go:build !linux

package workspace

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// openFile is a file that is read to its end at once and closed.
type openFile struct{ *os.File }

func openToRead(path string) (openFile, error) {
	// It may have become a fifo since it was looked at: then this neither waits for a writer nor gets further than the next look.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return openFile{file}, err
}

// read fills the memory, or reads as much as there is.
func (f openFile) read(into []byte) (n int, err error) {
	if n, err = io.ReadFull(f.File, into); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

func (f openFile) stamp() (at stamp, err error) {
	info, err := f.Stat()
	if err != nil {
		return stamp{}, err
	}
	return stampOf(info), nil
}

func (f openFile) close() error { return f.Close() }

// look gives the stamp of a regular file. regular is false for what is none or cannot be looked at, the error has fs.ErrNotExist where there
// is nothing.
func look(path string) (at stamp, regular bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return stamp{}, false, err
	case err != nil || !info.Mode().IsRegular():
		return stamp{}, false, nil
	}
	return stampOf(info), true, nil
}
