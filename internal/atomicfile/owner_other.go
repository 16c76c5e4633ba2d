//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

// keepOwner does nothing: elsewhere the folder decides whose a new file is.
func keepOwner(*os.File, fs.FileInfo) error { return nil }

// syncFolder does nothing: elsewhere a folder cannot be synced.
func syncFolder(string) error { return nil }
