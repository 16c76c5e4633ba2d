package diagnostics_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// aDay makes up what people do to a polyrepo whose pins is a Git repository.
type aDay struct {
	*rand.Rand
	t         *testing.T
	revs      []string // of pins
	pinsTexts []string
	pinsLocks []string
}

func (d *aDay) one(of ...string) string { return of[d.IntN(len(of))] }

// flake is the text of a leaf.
func (d *aDay) flake() string {
	var b strings.Builder
	b.WriteString("{\n")
	if d.IntN(5) == 0 {
		b.WriteString("  # nix-pins: allow pins-behind later\n")
	}
	reference := d.one("github:acme/pins", "github:acme/pins/stable", "github:acme/pins/main", "github:acme/pins/"+d.revs[0], "git+ssh://git@github.com/acme/pins", "path:../pins", "github:acme/other")
	fmt.Fprintf(&b, "  inputs.%s.url = %q;", d.one("pins", "pins", "pins", "central"), reference)
	if d.IntN(6) == 0 {
		b.WriteString(" # nix-pins: allow pins-skew(pins)")
	}
	b.WriteString("\n")
	for _, line := range []string{
		`inputs.pins.inputs.nixpkgs.url = "github:NixOS/nixpkgs";`, `inputs.nixpkgs.follows = "pins/nixpkgs";`, `inputs.crane.follows = "pins/crane";`,
		`inputs.app = { url = "github:acme/app"; inputs.crane.follows = "pins/crane"; };`, `inputs.nix.url = "github:NixOS/nixpkgs";`,
		`inputs.web.url = "github:acme/leaf0";`, `inputs.bad.url = 1;`,
	} {
		if d.IntN(3) == 0 {
			b.WriteString("  " + line + "\n")
		}
	}
	b.WriteString("  outputs = _: { };\n}\n")
	if d.IntN(12) == 0 {
		b.WriteString("{") // somebody is typing
	}
	return b.String()
}

// lock is the text of a leaf's flake.lock.
func (d *aDay) lock() string {
	switch d.IntN(12) {
	case 0:
		return "{ broken"
	case 1:
		return expanded(d.t, "nixpkgs github:NixOS/nixpkgs rev=b0 2026-08-01\n")
	}
	sketch := fmt.Sprintf("pins github:acme/pins rev=%s 2026-09-%02d\n", d.one(append([]string{"a9"}, d.revs...)...), 1+d.IntN(4))
	if d.IntN(2) == 0 {
		sketch += "  crane github:ipetkov/crane rev=" + d.one("c1", "c2") + " 2026-08-30\n"
	}
	sketch += "  nixpkgs github:NixOS/nixpkgs rev=" + d.one("b0", "b1", "b2", "b3") + " 2026-08-31\n" + d.one("", "nixpkgs -> pins/nixpkgs\n")
	if d.IntN(2) == 0 {
		sketch = "app github:acme/app rev=d1 2026-10-01\n" + d.one("", "  crane -> pins/crane\n") + sketch
	}
	return expanded(d.t, sketch)
}

// edit is another text of some file of the polyrepo.
func (d *aDay) edit() (name, text string) {
	switch d.IntN(10) {
	case 0, 1:
		return fmt.Sprintf("leaf%d/flake.nix", d.IntN(4)), d.flake()
	case 2, 3:
		return fmt.Sprintf("leaf%d/flake.lock", d.IntN(4)), d.lock()
	case 4:
		return "pins/flake.lock", d.one(append([]string{"{ broken"}, d.pinsLocks...)...)
	case 5:
		return "pins/flake.nix", d.one(append([]string{d.pinsTexts[0] + "{"}, d.pinsTexts...)...)
	case 6:
		return "pins/.git/refs/" + d.one("heads/main", "heads/stable", "remotes/origin/main", "remotes/origin/stable"), d.one(d.revs...) + "\n"
	case 7:
		return "pins/.git/HEAD", d.one("ref: refs/heads/main\n", "ref: refs/heads/stable\n", d.revs[1]+"\n")
	}
	return d.one("", "leaf1/") + ".nix-pins.toml", d.one("", "[rules]\npins-behind = \"off\"\n", "[rules]\npins-skew = \"error\"\n", "pins.inputs = [\"central\", \"pins\"]\n", "role = \"standalone\"\n")
}

// Breaks when what is kept of any file differs from a fresh look at the same workspace, or that from a workspace that has just begun, on some
// way through a day of edits, saved or not, of commits, pushes, branches and settings. The seed of a failure stands in its name.
func TestKeptThroughADay(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { keptThroughADay(t, seed) })
	}
}

func keptThroughADay(t *testing.T, seed uint64) {
	dir := t.TempDir()
	work, home := filepath.Join(dir, "work"), filepath.Join(dir, "home")
	pins := filepath.Join(work, "pins")
	const alone = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = _: { };\n}\n"
	const both = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.crane.url = \"github:ipetkov/crane\";\n  outputs = _: { };\n}\n"
	d := &aDay{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, pinsTexts: []string{alone, both}}
	for i, sketch := range []string{
		"nixpkgs github:NixOS/nixpkgs rev=b0 2026-08-01\n",
		"crane github:ipetkov/crane rev=c1 2026-08-30\nnixpkgs github:NixOS/nixpkgs rev=b1 2026-08-31\n",
		"nixpkgs github:NixOS/nixpkgs rev=b2 2026-09-01\n",
	} {
		d.pinsLocks = append(d.pinsLocks, expanded(t, sketch))
		committed := map[string]string{"flake.nix": d.pinsTexts[i%2], "flake.lock": d.pinsLocks[i]}
		d.revs = append(d.revs, realtools.GitCommitAt(t, pins, time.Date(2026, 9, 1+i, 12, 0, 0, 0, time.UTC), committed))
	}
	files := map[string]string{".nix-pins.toml": "", "pins/.git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/pins\n"}
	judged := []string{filepath.Join(pins, "flake.nix"), filepath.Join(pins, "flake.lock"), filepath.Join(work, ".nix-pins.toml")}
	for i := range 4 {
		leaf := fmt.Sprintf("leaf%d/", i)
		files[leaf+"flake.nix"], files[leaf+"flake.lock"] = d.flake(), d.lock()
		judged = append(judged, filepath.Join(work, leaf, "flake.nix"), filepath.Join(work, leaf, "flake.lock"))
	}
	slices.Sort(judged)
	realtools.WriteFiles(t, work, files)
	w := openWorkspace(t, work, home)
	var kept diagnostics.Kept
	open := map[string]string{}
	var trail []string
	for round := range 60 {
		for range 1 + d.IntN(2) {
			name, text := d.edit()
			path := filepath.Join(work, filepath.FromSlash(name))
			isFlake := strings.HasPrefix(filepath.Base(path), "flake.")
			switch action := d.IntN(8); {
			case action < 2 && isFlake:
				trail = append(trail, "type "+name+"\n"+text)
				if _, is := open[path]; is {
					w.Change(path, int32(len(trail)), text)
				} else {
					w.Open(path, int32(len(trail)), text)
				}
				open[path] = text
			case action < 4 && len(open) > 0:
				path = d.one(slices.Sorted(maps.Keys(open))...)
				trail = append(trail, "close "+path)
				w.Close(path)
				delete(open, path)
			case action == 4 && filepath.Base(path) == "flake.lock":
				trail = append(trail, "remove "+name)
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				w.FilesChanged([]string{path})
			default:
				trail = append(trail, "write "+name+"\n"+text)
				realtools.WriteFiles(t, work, map[string]string{name: text})
				w.FilesChanged([]string{path})
			}
		}
		s, begun := w.Snapshot(), openWorkspace(t, work, home)
		broken := false // an open text that was good before is another matter to one who has just begun
		for path, text := range open {
			begun.Open(path, 1, text)
			broken = broken || strings.HasSuffix(text, "{") || text == "{ broken"
		}
		for _, path := range judged {
			what := fmt.Sprintf("round %d, after %s", round, strings.Join(trail[max(0, len(trail)-3):], "\n"))
			got := keptOf(t, &kept, s, s, path, what)
			if t.Failed() {
				return
			}
			if broken {
				continue
			}
			first, err := diagnostics.Run(context.Background(), begun.Snapshot(), path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(printed(first), printed(got)); diff != "" {
				t.Fatalf("%s: %s as it is to one who has just begun (-want +got):\n%s", what, path, diff)
			}
		}
	}
	if whole, again := kept.Judged(); whole < 60 || again < 10 {
		t.Errorf("%d looks by all rules and %d by history alone: that shows little", whole, again)
	}
}
