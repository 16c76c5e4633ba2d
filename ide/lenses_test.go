package ide_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/polyrepogen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// verbs are the commands by the names that archives have for them.
var verbs = map[ide.Verb]string{
	ide.UpdateInput: "update", ide.Lock: "lock", ide.TryUpgrade: "try", ide.CheckForUpdates: "check", ide.PinRegistry: "registry", ide.OpenReport: "report",
}

// said is what a command does to what, with the file relative to the root.
func said(t *testing.T, s scene, c ide.Command) string {
	t.Helper()
	path, err := filepath.Rel(s.root, c.Path)
	if err != nil || verbs[c.Verb] == "" {
		t.Fatalf("%+v: %v", c, err)
	}
	return strings.TrimSpace(verbs[c.Verb] + " " + filepath.ToSlash(path) + " " + c.Input)
}

// Breaks when a lens is missing or not wanted, stands elsewhere than its archive shows, says something that no file says, or does
// something else.
func TestLenses(t *testing.T) {
	run(t, "lenses", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		lenses, err := ide.Lenses(context.Background(), s.Snapshot(), s.path)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, l := range lenses {
			if strings.Contains(l.Span.In(s.text), "\n") {
				t.Errorf("%q spans lines", l.Title)
			}
			fmt.Fprintf(&b, "%d ‹%s› %s\n    %s\n", 1+strings.Count(s.text[:l.Span.Start], "\n"), visible(l.Span.In(s.text)), l.Title, said(t, s, l.Command))
		}
		if b.Len() == 0 {
			b.WriteString("none\n")
		}
		return b.String()
	})
}

// Breaks when a command is missing where its archive has it, is offered where it can do nothing, or does something else.
func TestCommands(t *testing.T) {
	run(t, "commands", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		var b strings.Builder
		for _, o := range ide.Commands(s.Snapshot(), s.path, text.Span{Start: s.start, End: s.end}) {
			fmt.Fprintf(&b, "%s\n    %s\n", o.Title, said(t, s, o.Command))
		}
		if b.Len() == 0 {
			b.WriteString("none\n")
		}
		return b.String()
	})
}

// Breaks when a lens offers an update that gets nothing, because what pins has had since is not pushed, or hides one that gets something.
func TestLensesOfWhatIsNotPushed(t *testing.T) {
	set := func(version string) string { return "nixpkgs github:NixOS/nixpkgs rev=" + version + " 2026-08-31\n" }
	s := lay(t, []txtar.File{
		{Name: "web/flake.nix", Data: []byte("{ inputs.pins.url = \"github:acme/pins\"; outputs = _: { }; }\n$0")},
		{Name: "web/flake.lock (sketch)", Data: []byte("pins github:acme/pins rev=a1 2026-09-01\n  " + set("b1"))},
		{Name: "pins/flake.nix", Data: []byte(`{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`)},
	})
	pins := filepath.Join(s.root, "pins")
	commit := func(day int, version string) string {
		lock, err := locksketch.Expand(set(version))
		if err != nil {
			t.Fatal(err)
		}
		return realtools.GitCommitAt(t, pins, time.Date(2026, 9, day, 0, 0, 0, 0, time.UTC), map[string]string{"flake.lock": lock})
	}
	commits := []string{commit(1, "b1"), commit(2, "b2"), commit(3, "b3")}
	for i, want := range []string{
		"package set of 2026-09-01, 2 behind, not pushed; update", "package set of 2026-09-01, 2 behind · update", "package set of 2026-09-01, 2 behind · update",
	} {
		realtools.WriteFiles(t, pins, map[string]string{
			".git/config":                   "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/pins\n",
			".git/refs/remotes/origin/main": commits[i] + "\n",
		})
		w := workspace.New(workspace.Options{Roots: []string{s.root}})
		if err := w.Index(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		lenses, err := ide.Lenses(context.Background(), w.Snapshot(), s.path)
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, l := range lenses {
			titles = append(titles, l.Title)
		}
		if got := strings.Join(titles, "; "); got != want {
			t.Errorf("%d pushed: %s, want %s", i+1, got, want)
		}
	}
}

// BenchmarkLenses is what the lenses cost after a keystroke: of a pins flake of 60 inputs with a lock of 180 nodes, and of pins and of a
// leaf in a polyrepo of 10,000.
func BenchmarkLenses(b *testing.B) {
	measure := func(b *testing.B, w *workspace.Workspace, path, content string, least int) {
		if _, err := ide.Lenses(context.Background(), w.Snapshot(), path); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			b.StopTimer()
			changed := w.Change(path, 2, content)
			changed.Flake(filepath.Dir(path)) // the parse is not ours
			b.StartTimer()
			if lenses, err := ide.Lenses(context.Background(), changed, path); err != nil || len(lenses) < least {
				b.Fatal(len(lenses), err)
			}
		}
	}
	b.Run("60 inputs", func(b *testing.B) {
		var manifest, lock strings.Builder
		for i := range 60 {
			fmt.Fprintf(&manifest, "    input-%d.url = \"github:owner-%d/repository\";\n", i, i)
			fmt.Fprintf(&lock, "input-%d github:owner-%d/repository rev=a%02d 2026-10-01\n  a github:owner-%d/repository rev=b%02d 2026-10-02\n", i, i, i, i%40, i)
			if i%2 == 0 {
				fmt.Fprintf(&lock, "  b github:other-%d/repository rev=c%02d 2026-10-02\n", i%9, i)
			}
		}
		s := lay(b, []txtar.File{
			{Name: "pins/flake.nix", Data: []byte("{ inputs = {\n" + manifest.String() + "  };\n  outputs = _: { };\n}\n$0")},
			{Name: "pins/flake.lock (sketch)", Data: []byte(lock.String())},
			{Name: "leaf/flake.nix", Data: []byte(`{ inputs.pins.url = "path:../pins"; inputs.input-1.follows = "pins/input-1"; outputs = _: { }; }`)},
		})
		measure(b, s.Workspace, s.path, s.text, 180)
	})
	dir := b.TempDir()
	p, err := polyrepogen.Write(dir, polyrepogen.Options{Leaves: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	w := workspace.New(workspace.Options{Roots: []string{dir}})
	if err := w.Index(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{"pins of 10,000": filepath.Join(p.Pins, "flake.nix"), "a leaf of 10,000": p.Manifests[5000]} {
		b.Run(name, func(b *testing.B) {
			content, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			w.Open(path, 1, string(content))
			defer w.Close(path)
			measure(b, w, path, string(content), 0)
		})
	}
}
