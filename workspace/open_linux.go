package workspace

import (
	"io/fs"
	"syscall"
)

// openFile is a file that is read to its end at once and closed. Package os would ask the kernel whether it can be waited for, and watch over
// it: of forty thousand small files in an index that is a good part.
type openFile int

func openToRead(path string) (openFile, error) {
	for {
		// It may have become a fifo since it was looked at: then this neither waits for a writer nor gets further than the next look.
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		if err == nil {
			return openFile(fd), nil
		}
		if err != syscall.EINTR {
			return 0, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// read fills the memory, or reads as much as there is.
func (f openFile) read(into []byte) (n int, err error) {
	for n < len(into) {
		more, err := syscall.Read(int(f), into[n:])
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return n, err
		case more == 0:
			return n, nil
		default:
			n += more
		}
	}
	return n, nil
}

func (f openFile) stamp() (at stamp, err error) {
	var status syscall.Stat_t
	for err = syscall.EINTR; err == syscall.EINTR; {
		err = syscall.Fstat(int(f), &status)
	}
	if err != nil {
		return stamp{}, err
	}
	at, _ = stampOfStatus(&status)
	return at, nil
}

func (f openFile) close() error { return syscall.Close(int(f)) }

// look gives the stamp of a regular file. regular is false for what is none or cannot be looked at, the error has fs.ErrNotExist where there
// is nothing.
func look(path string) (at stamp, regular bool, err error) {
	var status syscall.Stat_t
	for err = syscall.EINTR; err == syscall.EINTR; {
		err = syscall.Stat(path, &status)
	}
	if err == syscall.ENOENT {
		return stamp{}, false, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if err != nil {
		return stamp{}, false, nil
	}
	at, regular = stampOfStatus(&status)
	return at, regular, nil
}

// stampOfStatus is, of a regular file, what stampOf makes of the same; else a stamp that no regular file has.
func stampOfStatus(status *syscall.Stat_t) (at stamp, regular bool) {
	at = stamp{modified: status.Mtim.Nano(), size: status.Size, mode: fs.FileMode(status.Mode & 0o777)}
	if status.Mode&syscall.S_ISUID != 0 {
		at.mode |= fs.ModeSetuid
	}
	if status.Mode&syscall.S_ISGID != 0 {
		at.mode |= fs.ModeSetgid
	}
	if status.Mode&syscall.S_ISVTX != 0 {
		at.mode |= fs.ModeSticky
	}
	if regular = status.Mode&syscall.S_IFMT == syscall.S_IFREG; !regular {
		at.mode |= fs.ModeIrregular
	}
	return at, regular
}
