package realtools

import (
	"os"
	"testing"
)

// TempDir makes a folder below /tmp, the only place that tools in a chroot share with the machine
// (t.TempDir follows TMPDIR). It is removed when the test ends.
func TempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "nix-pins-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
