package proof

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

var update = flag.Bool("update", false, "write the locks of the example polyrepo from their sketches")

const examplePolyrepo = "../../examples/polyrepo"

// outOfSync are the flakes of the example whose lock does not satisfy their flake.nix, with what Nix says of them: that is part of
// the story that they tell.
var outOfSync = map[string]string{
	"api":  "cannot find flake 'flake:pins/crane' in the flake registries",
	"home": "follows a non-existent input 'pins/fenx'",
}

// Breaks when a lock of the example polyrepo is not what its sketch says, holds a problem, or is in sync with its flake.nix where
// it should not be, or the other way round, by the word of a real Nix that has no network.
func TestExampleLocks(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "example-locks.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	var sketched []string
	for _, f := range archive.Files {
		path, content, err := locksketch.File(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Dir(path)
		sketched = append(sketched, path)
		place := filepath.Join(examplePolyrepo, path)
		if *update {
			if err := os.WriteFile(place, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		written, err := os.ReadFile(place)
		if err != nil {
			t.Fatal(err)
		}
		if string(written) != string(content) {
			t.Errorf("%s is not what its sketch says: -update writes it", place)
		}
		graph, err := lock.Parse(string(written))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range graph.Problems {
			t.Errorf("%s: %s", path, p.Message)
		}
		manifest, err := os.ReadFile(filepath.Join(examplePolyrepo, name, "flake.nix"))
		if err != nil {
			t.Fatal(err)
		}
		realtools.WriteFiles(t, filepath.Join(dir, name), map[string]string{"flake.nix": string(manifest), "flake.lock": string(written)})
		_, _, err = nix.FlakeMetadata("path:"+filepath.Join(dir, name), "--no-update-lock-file")
		var refused *realtools.Error
		switch want := outOfSync[name]; {
		case want == "" && err != nil:
			t.Errorf("%s: Nix refuses its lock: %v", name, err)
		case want != "" && (!errors.As(err, &refused) || !strings.Contains(refused.Stderr, want)):
			t.Errorf("%s: Nix says %v, want %q", name, err, want)
		}
	}
	found, err := filepath.Glob(filepath.Join(examplePolyrepo, "*", "flake.lock"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if relative, _ := filepath.Rel(examplePolyrepo, path); !slices.Contains(sketched, relative) {
			t.Errorf("%s has no sketch", path)
		}
	}
}
