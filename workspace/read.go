package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Reason is why a file that is there cannot be read.
type Reason uint8

// The reasons. Changed: it changed while it was read, or since it was indexed. Unsearchable: it is a folder that cannot be searched,
// so that nobody knows what is in it.
const (
	TooLarge Reason = iota
	NotRegular
	NoPermission
	Changed
	Unreadable
	Unsearchable
)

// FileError says why a file, or a folder, that is there cannot be read. What is not there gives fs.ErrNotExist instead.
type FileError struct {
	Path   string
	Reason Reason
	// Size and Limit are in bytes, for TooLarge.
	Size, Limit int64
	// Err is the system's error, for NoPermission, Unreadable and Unsearchable.
	Err error
}

func (e *FileError) Error() string {
	switch e.Reason {
	case TooLarge:
		return fmt.Sprintf("%s has %d bytes, more than the %d that are read", e.Path, e.Size, e.Limit)
	case NotRegular:
		return e.Path + " is not a regular file"
	case Changed:
		return e.Path + " changed while it was read"
	}
	return fmt.Sprintf("%s: %v", e.Path, e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

// sizeLimit is the number of bytes over which a file of this name is not read.
func sizeLimit(path string) int64 {
	switch filepath.Base(path) {
	case lockName, manaLockName:
		return lock.MaxSize
	case registryName, globalRegistryName:
		return registry.MaxSize
	}
	return parse.MaxSize
}

// stamp tells versions of a file apart without reading it. The zero stamp is that of a file that is not there.
type stamp struct {
	modified int64 // in nanoseconds since 1970
	size     int64
	mode     fs.FileMode
}

// coarse is how little the clock of a file system may tell apart. Within that time a file can change twice and keep its stamp.
const coarse = 2 * time.Second

// youth is until when what is at a path may change without another stamp, in nanoseconds of Unix; 0 where it may not any more.
type youth int64

// young is the youth of what is looked at now. A stamp of the future is as young as one of now: whatever clock it is of had come as far
// when it was seen.
func (s stamp) young(now time.Time) youth {
	return youth(min(s.modified, now.UnixNano()) + int64(coarse)).at(now)
}

// at is the youth that is left later on. There is no more of it than there can be: the clock may have been set back meanwhile.
func (y youth) at(now time.Time) youth {
	if int64(y) <= now.UnixNano() {
		return 0
	}
	return min(y, youth(now.UnixNano()+int64(coarse)))
}

func stampOf(info fs.FileInfo) stamp {
	return stamp{info.ModTime().UnixNano(), info.Size(), info.Mode()}
}

// stampAt looks at a path. A path that cannot be looked at counts as not there.
func stampAt(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stampOf(info)
}

// readFile reads a regular file up to its limit. The error is a *FileError, or has fs.ErrNotExist.
func readFile(path string, limit int64) (content string, at stamp, err error) {
	return readInto(nil, path, limit)
}

// readInto is readFile into memory that is the caller's, where that is large enough: the text is good until it is written again.
func readInto(room []byte, path string, limit int64) (content string, at stamp, err error) {
	// Looking first keeps us from opening what acts on being opened, such as a fifo or a device.
	at, regular, err := look(path)
	if err != nil {
		return "", stamp{}, err
	}
	if !regular {
		if at, err = whyNoFile(path); err != nil {
			return "", at, err
		}
	}
	if at.size > limit {
		return "", at, &FileError{Path: path, Reason: TooLarge, Size: at.size, Limit: limit}
	}
	file, err := openToRead(path)
	if err != nil {
		return "", at, fileError(path, err)
	}
	content, err = readOpen(room, path, file, at)
	if closing := file.close(); err == nil && closing != nil {
		err = closing
	}
	var failure *FileError
	if err != nil && !errors.As(err, &failure) {
		err = fileError(path, err)
	}
	return content, at, err
}

// whyNoFile says why there is no regular file at a path, unless there is one by now.
func whyNoFile(path string) (at stamp, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, syscall.ENAMETOOLONG) && !isJudged(path) { // a folder that the search came to
		return stamp{}, &FileError{Path: path, Reason: Unsearchable, Err: syscall.ENAMETOOLONG}
	}
	if err != nil {
		return stamp{}, fileError(path, err)
	}
	at = stampOf(info)
	if info.IsDir() {
		if _, err := os.ReadDir(path); err != nil && !isMissing(err) {
			return at, &FileError{Path: path, Reason: Unsearchable, Err: systemError(err)}
		}
	}
	if !info.Mode().IsRegular() {
		return at, &FileError{Path: path, Reason: NotRegular}
	}
	return at, nil
}

func readOpen(room []byte, path string, file openFile, at stamp) (string, error) {
	now, err := file.stamp()
	if err != nil {
		return "", err
	}
	if now != at {
		return "", &FileError{Path: path, Reason: Changed}
	}
	content := room
	if int64(cap(room)) <= at.size {
		content = make([]byte, at.size+1)
	}
	n, err := file.read(content[:at.size+1])
	if err != nil {
		return "", err
	}
	if now, err = file.stamp(); err != nil {
		return "", err
	}
	if int64(n) != at.size || now != at {
		return "", &FileError{Path: path, Reason: Changed}
	}
	return unsafe.String(unsafe.SliceData(content), n), nil // nobody else has the bytes, or who has them knows
}

func fileError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return err
	case errors.Is(err, syscall.ENOTDIR): // a/b where a is a file
		return &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	case errors.Is(err, fs.ErrPermission):
		return &FileError{Path: path, Reason: NoPermission, Err: fs.ErrPermission}
	}
	return &FileError{Path: path, Reason: Unreadable, Err: systemError(err)}
}

// systemError is an error without the operation and the path that it was about.
func systemError(err error) error {
	var failure *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fs.ErrPermission
	case errors.As(err, &failure):
		return failure.Err
	}
	return err
}
