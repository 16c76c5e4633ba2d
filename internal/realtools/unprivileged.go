package realtools

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Unprivileged calls f as a user to whom permissions apply: root, to whom they do not, becomes nobody meanwhile, with all threads
// of the process. dir, a folder below the one of TempDir or of t.TempDir, is made reachable for nobody. f must not start a program.
func Unprivileged(t testing.TB, dir string, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	const nobody = 65534
	for at := dir; at != os.TempDir() && at != filepath.Dir(at); at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, info.Mode().Perm()|0o555); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Setresuid(-1, nobody, -1); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setresuid(-1, 0, -1); err != nil {
			panic(err) // the other tests would run as nobody
		}
	}()
	f()
}
