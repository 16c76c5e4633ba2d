package proof

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a leaf that follows an input of pins which is renamed in the work tree alone is told to run a command that Nix refuses: to lock
// reads the locked commit, which lacks it, whether or not Nix reads that again (it does where pins has a follows of its own),
// and an update gets what is committed. When pins is committed, the update that is advised has to work.
func TestUncommittedRenameInPins(t *testing.T) {
	for name, alias := range map[string]string{"the entry is kept": "", "the entry is read again": `inputs.also.follows = "nixpkgs"; `} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			pins := func(name string) string {
				return `{ inputs.nixpkgs.url = "github:test/nixpkgs"; inputs.` + name + `.url = "github:test/systems"; ` + alias + `outputs = _: { }; }`
			}
			leaf := func(name string) string {
				return `{ inputs.pins.url = "github:test/pins"; inputs.systems.follows = "pins/` + name + `"; outputs = _: { }; }`
			}
			work, upstream := filepath.Join(l.base, "work"), l.upstream("pins")
			commit := func(text string) {
				t.Helper()
				locked, err := l.lockFlake(t, upstream, text, nil)
				if err != nil {
					t.Fatal(err)
				}
				realtools.GitCommit(t, upstream, nil)
				realtools.GitCommit(t, filepath.Join(work, "pins"), map[string]string{"flake.nix": text, "flake.lock": l.remoteLock(t, locked)})
			}
			commit(pins("old"))
			dir := filepath.Join(l.base, "leaf")
			locked, err := l.lockFlake(t, dir, leaf("old"), nil)
			if err != nil {
				t.Fatal(err)
			}
			realtools.WriteFiles(t, dir, map[string]string{"flake.nix": l.local(leaf("new"))})
			realtools.WriteFiles(t, filepath.Join(work, "pins"), map[string]string{"flake.nix": pins("new")})
			realtools.WriteFiles(t, filepath.Join(work, "leaf"), map[string]string{"flake.nix": leaf("new"), "flake.lock": l.remoteLock(t, locked)})
			said := func() string {
				t.Helper()
				w := workspace.New(workspace.Options{Roots: []string{work}, Environment: workspace.Environment{Home: l.base}, RuleCodes: diagnostics.Codes()})
				if err := w.Index(context.Background(), nil); err != nil {
					t.Fatal(err)
				}
				findings, err := diagnostics.RunRules(context.Background(), w.Snapshot(), filepath.Join(work, "leaf", "flake.nix"), diagnostics.RuleOf("unknown-follows"), diagnostics.RuleOf("stale-lock"))
				if err != nil {
					t.Fatal(err)
				}
				var messages []string
				for _, f := range findings {
					messages = append(messages, f.Message)
				}
				return strings.Join(messages, "\n")
			}
			update := func() (string, error) {
				_, stderr, err := l.nix.Run(dir, "flake", "update", "pins", "--flake", "path:"+dir)
				return stderr, err
			}

			const has = "`systems` follows `pins/new`, but `pins` has no input `new` in flake.lock; the flake.nix of `pins` has one"
			if got, want := said(), has+", which is not committed: commit and push it, then run `nix flake update pins`."; got != want {
				t.Errorf("before the commit:\n%s\nwant\n%s", got, want)
			}
			_, _, err = l.nix.FlakeLock(t, dir, "path:"+dir)
			if err == nil || !strings.Contains(err.Error(), "non-existent input 'pins/new'") {
				t.Errorf("Nix locks it before the commit: %v", err)
			}
			if stderr, err := update(); err == nil || !strings.Contains(stderr, "non-existent input 'pins/new'") {
				t.Errorf("the update before the commit: %v\n%s", err, stderr)
			}

			commit(pins("new"))
			if got, want := said(), has+": run `nix flake update pins`."; got != want {
				t.Errorf("after the commit:\n%s\nwant\n%s", got, want)
			}
			_, _, err = l.nix.FlakeLock(t, dir, "path:"+dir)
			if err == nil || !strings.Contains(err.Error(), "non-existent input 'pins/new'") {
				t.Errorf("Nix locks it without an update: %v", err)
			}
			if stderr, err := update(); err != nil {
				t.Errorf("the update after the commit: %v\n%s", err, stderr)
			}
		})
	}
}
