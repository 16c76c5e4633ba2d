package lsp

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// moving is a polyrepo whose pins is a Git repository with a commit that has not been pulled yet.
type moving struct {
	*lsptest.Workspace
	t           *testing.T
	first, next string // commits of pins
}

const followingLeaf = `{
  inputs = {
    pins.url = "git+ssh://git@example.org/acme/pins";
    nixpkgs.follows = "pins/nixpkgs";
  };
  outputs = _: { };
}
`

// put writes a file of the polyrepo behind everybody's back.
func (m *moving) put(name, content string) {
	realtools.WriteFiles(m.t, m.Dir, map[string]string{name: content})
}

// sketched is the text of a flake.lock.
func (m *moving) sketched(sketch string) string {
	m.t.Helper()
	text, err := locksketch.Expand(sketch)
	if err != nil {
		m.t.Fatal(err)
	}
	return text
}

func (m *moving) pinsLock(nixpkgs string) string {
	return m.sketched("nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=" + nixpkgs + " 2026-11-10\n")
}

// leafLock is the lock of a leaf that holds a commit of pins, and nixpkgs below it.
func (m *moving) leafLock(pins, nixpkgs string) string {
	return m.sketched("pins git+ssh://git@example.org/acme/pins rev=" + pins + " count=1 2026-11-20\n  nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=" + nixpkgs + " 2026-11-10\nnixpkgs -> pins/nixpkgs\n")
}

// checkOut does what `git pull` or `git commit` does, without a process, which the clock of the tests would not wait for.
func (m *moving) checkOut(commit, lock string) {
	m.put("pins/flake.lock", lock)
	m.put("pins/.git/refs/heads/main", commit+"\n")
}

func newMoving(t *testing.T) *moving {
	m := &moving{Workspace: lsptest.NewWorkspace(t, ""), t: t}
	m.put("web/flake.nix", followingLeaf)
	pins := filepath.Join(m.Dir, "pins")
	m.first = realtools.GitCommitAt(t, pins, time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC), map[string]string{
		"flake.nix": `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05"; outputs = _: { }; }`, "flake.lock": m.pinsLock("a1"),
	})
	m.next = realtools.GitCommitAt(t, pins, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), map[string]string{"flake.lock": m.pinsLock("a2")})
	m.checkOut(m.first, m.pinsLock("a1"))
	m.put("web/flake.lock", m.leafLock(m.first, "a1"))
	return m
}

// Breaks when open documents are told what was true before the disk changed, whether the client tells of changes, tells of all but
// what is in .git, or of none: pins gets a commit, the leaf is locked again, a leaf appears in a folder that nobody has looked into, and goes.
func TestFollowsTheDisk(t *testing.T) {
	for name, client := range map[string]struct{ watches, seesGit bool }{
		"watches": {true, true}, "watches all but .git": {true, false}, "does not watch": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMoving(t) // it starts processes
			inClock(t, func(t *testing.T) {
				e := run(t)
				capabilities := map[string]any{}
				if client.watches {
					capabilities = full(t)
				}
				e.Initialize(map[string]any{"rootUri": m.URI(""), "capabilities": capabilities})
				pins, web := open(e, m.Workspace, "pins/flake.nix"), open(e, m.Workspace, "web/flake.nix")
				pass(time.Second) // until it is indexed
				tell := func(names ...string) {
					if client.watches {
						e.Notify("workspace/didChangeWatchedFiles", watched(m.Workspace, names...))
					}
				}
				expect := func(what, uri, want string) {
					t.Helper()
					begun := time.Now()
					awaitLast(t, e, uri, want)
					if waited := time.Since(begun); client.watches && waited > quiet || waited > pollInterval+quiet {
						t.Errorf("%s: seen after %s", what, waited)
					}
				}
				expect("at first", web, "")
				expect("at first", pins, "")

				m.checkOut(m.next, m.pinsLock("a2"))
				changed := []string{"pins/flake.lock"}
				if client.seesGit {
					changed = append(changed, "pins/.git/refs/heads/main")
				}
				tell(changed...)
				expect("pins has a commit", web, "pins-behind")

				m.put("web/flake.lock", m.leafLock(m.next, "a2"))
				tell("web/flake.lock")
				expect("the leaf is locked again", web, "")

				m.put("team/api/flake.nix", followingLeaf)
				m.put("team/api/flake.lock", m.leafLock(m.next, "a9"))
				tell("team/api/flake.nix", "team/api/flake.lock")
				expect("a leaf of its own kind appears", pins, "pins-skew")

				if err := os.RemoveAll(m.Path("team")); err != nil {
					t.Fatal(err)
				}
				tell("team/api/flake.nix", "team/api/flake.lock")
				expect("it goes", pins, "")
			})
		})
	}
}

// awaitLast waits until what a document is told last is this.
func awaitLast(t *testing.T, e *lsptest.Editor, uri, codes string) {
	t.Helper()
	if all := publications(t, e, uri); len(all) > 0 && codesOf(all[len(all)-1]) == codes {
		return
	}
	awaitDiagnostics(t, e, uri, codes)
}
