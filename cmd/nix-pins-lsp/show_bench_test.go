package main

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// BenchmarkShow shows a lock of 140 nodes, in which six sources stand at twenty revs each: the whole command but the start of the
// process, and with it. `nix` is what the real one takes for the same, with the start of its process and of the chroot it may be in.
func BenchmarkShow(b *testing.B) {
	var sketch, manifest strings.Builder
	manifest.WriteString("{\n  inputs = {\n")
	for i := range 20 {
		fmt.Fprintf(&manifest, "    in%d.url = \"github:o%d/r\";\n", i, i)
		fmt.Fprintf(&sketch, "in%d github:o%d/r rev=a%02d 2026-11-01\n", i, i, i)
		for j := range 6 {
			fmt.Fprintf(&sketch, "  sub%d github:s%d/r rev=b%02d%d 2026-11-01\n", j, j, i, j)
		}
	}
	manifest.WriteString("  };\n  outputs = _: { };\n}\n")
	lock, err := locksketch.Expand(sketch.String())
	if err != nil {
		b.Fatal(err)
	}
	dir := realtools.TempDir(b)
	realtools.WriteFiles(b, dir, map[string]string{"flake.nix": manifest.String(), "flake.lock": lock})
	b.Run("nix-pins-lsp", func(b *testing.B) {
		for b.Loop() {
			if code := run([]string{"show", dir}, strings.NewReader(""), io.Discard, io.Discard); code != exitClean {
				b.Fatalf("exit code %d", code)
			}
		}
	})
	b.Run("process", func(b *testing.B) {
		program := filepath.Join(b.TempDir(), "nix-pins-lsp")
		if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		for b.Loop() {
			if out, err := exec.Command(program, "show", dir).Output(); err != nil || len(out) == 0 {
				b.Fatal(len(out), err)
			}
		}
	})
	b.Run("nix", func(b *testing.B) {
		nix := realtools.NewNix(b)
		for b.Loop() {
			if _, _, err := nix.Run(dir, "flake", "metadata", "--no-update-lock-file", "path:"+filepath.ToSlash(dir)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
