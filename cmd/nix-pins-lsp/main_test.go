package main

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

// exampleDay is the day on which the scripts run: the releases and the locks of the example polyrepo are of that autumn.
var exampleDay = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	clock = func() time.Time { return exampleDay }
	testscript.Main(m, map[string]func(){"nix-pins-lsp": main})
}

// Each script in testdata/script is a session on the command line. Breaks when what a person sees there changes.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// A home of its own: the registry and settings of the machine must not be seen.
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("XDG_CONFIG_HOME", "")
			env.Setenv("XDG_CACHE_HOME", "")
			if err := os.CopyFS(filepath.Join(env.WorkDir, "examples"), os.DirFS(examples)); err != nil {
				return err
			}
			return expandSketches(env.WorkDir)
		},
	})
}

// expandSketches writes a flake.lock for each `flake.lock (sketch)` of a script.
func expandSketches(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, locksketch.Mark) {
			return err
		}
		sketch, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, text, err := locksketch.File(path, sketch)
		if err != nil {
			return err
		}
		return os.WriteFile(name, text, 0o644)
	})
}
