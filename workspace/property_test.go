package workspace_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// contents are texts for the files of the property test, by name. Manifests are whole: what is remembered of a broken one
// depends on what was there before.
var contents = map[string][]string{
	"flake.nix": {
		pinsText("a"), pinsText("a", "b"), leafText,
		`{ inputs.pins.url = "github:org/pins"; inputs.a.follows = "pins/a"; outputs = _: { }; }`,
		`{ inputs.central.url = "github:org/central"; inputs.b.url = "github:o/b"; outputs = { self, b, c, ... }: { }; }`,
	},
	"flake.lock": {
		`{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "pins": "pins" } }, "pins": { "inputs": { "a": "a" }, "original": { "type": "github", "owner": "org", "repo": "pins" }, "locked": { "type": "github", "owner": "org", "repo": "pins", "rev": "1111111111111111111111111111111111111111" } }, "a": { "original": { "type": "github", "owner": "o", "repo": "a" }, "locked": { "type": "github", "owner": "o", "repo": "a", "rev": "2222222222222222222222222222222222222222" } } } }`,
		`{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "pins": "pins" } }, "pins": { "inputs": { "a": "a" }, "original": { "type": "github", "owner": "org", "repo": "pins" }, "locked": { "type": "github", "owner": "org", "repo": "pins", "rev": "4444444444444444444444444444444444444444", "lastModified": 1790000000 } }, "a": { "original": { "type": "github", "owner": "o", "repo": "a" }, "locked": { "type": "github", "owner": "o", "repo": "a", "rev": "3333333333333333333333333333333333333333" } } } }`,
		`{`,
	},
	".nix-pins.toml": {"role = \"pins\"\n", "role = \"standalone\"\n", "pins.inputs = [\"central\"]\n", "pins.reference = \"github:org/pins\"\n", "files.exclude = [\"two\"]\n", ""},
	".git/config":    {"", "[remote \"origin\"]\n\turl = git@github.com:org/pins.git\n", "[remote \"origin\"]\n\turl = https://github.com/org/central\n"},
	".gitignore":     {"two\n", "*\n!pins\n", ""},
}

var folders = []string{"", "pins", "one", "two", "two/pins", "tests/three"}

// Breaks when a workspace that was told of changes one by one says something else than one that looks at the outcome afresh.
func TestChangesGiveWhatAFreshLookGives(t *testing.T) {
	names := []string{"flake.nix", "flake.nix", "flake.nix", "flake.lock", ".nix-pins.toml", ".git/config", ".gitignore"}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		work := filepath.Join(dir, "work")
		if err := os.Mkdir(work, 0o755); err != nil {
			t.Fatal(err)
		}
		w := indexed(t, options(dir))
		open := map[string]string{}
		step := 0
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			step++
			name := rapid.SampledFrom(names).Draw(rt, "name")
			path := filepath.Join(work, rapid.SampledFrom(folders).Draw(rt, "folder"), name)
			text := rapid.SampledFrom(contents[name]).Draw(rt, "text")
			switch action := rapid.SampledFrom([]string{"write", "write", "remove", "remove folder", "open", "close", "ask"}).Draw(rt, "action"); {
			case action == "write":
				relative, err := filepath.Rel(dir, path)
				if err != nil {
					t.Fatal(err)
				}
				write(t, dir, relative, text)
				w.FilesChanged([]string{path})
			case action == "remove":
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				w.FilesChanged([]string{path})
			case action == "remove folder" && filepath.Dir(path) != work:
				if err := os.RemoveAll(filepath.Dir(path)); err != nil {
					t.Fatal(err)
				}
				w.FilesChanged([]string{filepath.Dir(path)})
			case action == "open" && (name == "flake.nix" || name == "flake.lock" || name == ".nix-pins.toml"):
				if _, ok := open[path]; ok {
					w.Change(path, int32(step), text)
				} else {
					w.Open(path, int32(step), text)
				}
				open[path] = text
			case action == "close" && open[path] != "":
				w.Close(path)
				delete(open, path)
			case action == "ask":
				describe(w.Snapshot(), dir) // what was asked for must not stick
				if diff := wrongAdoption(w.Snapshot()); diff != "" {
					rt.Fatal(diff)
				}
			}
		}
		if diff := wrongAdoption(w.Snapshot()); diff != "" {
			rt.Fatal(diff)
		}
		fresh := indexed(t, options(dir))
		for path := range maps.Keys(open) {
			fresh.Open(path, 1, open[path])
		}
		if diff := cmp.Diff(describe(fresh.Snapshot(), dir), describe(w.Snapshot(), dir)); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// BenchmarkChange is what a keystroke costs before anything is asked, in a workspace of 10,000 flakes.
func BenchmarkChange(b *testing.B) {
	dir := b.TempDir()
	for i := range 10_000 {
		write(b, dir, fmt.Sprintf("work/r%d/flake.nix", i), pinsText("a", "b"))
	}
	w := indexed(b, options(dir))
	path := filepath.Join(dir, "work", "r7", "flake.nix")
	w.Open(path, 1, leafText)
	b.Run("document", func(b *testing.B) {
		for b.Loop() {
			w.Change(path, 2, leafText)
		}
	})
	b.Run("document and pins", func(b *testing.B) {
		for b.Loop() {
			s := w.Change(path, 2, leafText)
			s.Pins(s.Flake(filepath.Dir(path)))
		}
	})
	b.Run("disk", func(b *testing.B) {
		for b.Loop() {
			w.FilesChanged([]string{filepath.Join(dir, "work", "r8", "flake.nix")})
		}
	})
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			indexed(b, options(dir))
		}
	})
}
