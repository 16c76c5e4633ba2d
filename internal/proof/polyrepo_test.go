package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// upstream are the repositories that pins and leaves refer to as github:test/NAME, by name. On this machine they are Git
// repositories, and what Nix sees refers to them by git+file:. Each has the branches main and stable.
var upstream = map[string]string{
	"nixpkgs": `{ outputs = _: { v = "nixpkgs"; }; }`,
	"systems": `{ outputs = _: { v = "systems"; }; }`,
	"utils":   `{ inputs.systems.url = "github:test/systems"; outputs = _: { v = "utils"; }; }`,
	"hm":      `{ inputs.nixpkgs.url = "github:test/nixpkgs"; outputs = _: { v = "hm"; }; }`,
	"tool": `{
  inputs = {
    nixpkgs.url = "github:test/nixpkgs/stable";
    utils.url = "github:test/utils";
    hm = { url = "github:test/hm"; inputs.nixpkgs.follows = "nixpkgs"; };
  };
  outputs = _: { v = "tool"; };
}`,
	"assets": "", // no flake
}

// lab is the repositories of a test and its Nix.
type lab struct {
	nix  *realtools.Nix
	base string
}

// newLab makes the upstream repositories. Their main is moved on by move.
func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{realtools.NewNix(t), realtools.TempDir(t)}
	for name := range upstream {
		l.commitUpstream(t, name, "first")
		dir := l.upstream(name)
		head, err := os.ReadFile(filepath.Join(dir, ".git", "refs", "heads", "main"))
		if err != nil {
			t.Fatal(err)
		}
		realtools.WriteFiles(t, dir, map[string]string{".git/refs/heads/stable": string(head)})
	}
	return l
}

func (l *lab) upstream(name string) string { return filepath.Join(l.base, "upstream", name) }

// commitUpstream makes a commit on main. What it says is part of the source, so that each has another hash.
func (l *lab) commitUpstream(t *testing.T, name, data string) {
	t.Helper()
	files := map[string]string{"data": data}
	if source := upstream[name]; source != "" {
		files["flake.nix"] = l.local(source)
	}
	realtools.GitCommit(t, l.upstream(name), files)
}

var remote = regexp.MustCompile(`github:test/([a-z]+)(?:/([a-z0-9]+))?`)

// local is a text as Nix sees it: with each github:test/… as the repository on this machine.
func (l *lab) local(source string) string {
	return remote.ReplaceAllStringFunc(source, func(s string) string {
		m := remote.FindStringSubmatch(s)
		url := "git+file://" + l.upstream(m[1])
		if m[2] != "" {
			url += "?ref=" + m[2]
		}
		return url
	})
}

// remoteLock is a lock that Nix wrote, as it would be were the repositories on the forge.
func (l *lab) remoteLock(t *testing.T, locked []byte) string {
	t.Helper()
	var file map[string]any
	if err := json.Unmarshal(locked, &file); err != nil {
		t.Fatal(err)
	}
	for _, node := range file["nodes"].(map[string]any) {
		for _, form := range []string{"locked", "original"} {
			attrs, _ := node.(map[string]any)[form].(map[string]any)
			if url, _ := attrs["url"].(string); strings.HasPrefix(url, "file://"+l.base) {
				attrs["type"], attrs["owner"], attrs["repo"] = "github", "test", filepath.Base(url)
				delete(attrs, "url")
				delete(attrs, "revCount")
				if form == "locked" {
					delete(attrs, "ref")
				}
			}
		}
	}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// polyrepo is a pins flake and a leaf, as their authors write them, with github:test/… references.
type polyrepo struct {
	pins, leaf string
	// settings is the .nix-pins.toml.
	settings string
	// onDisk shows the program what Nix sees, so that it finds the flakes behind the references; else it knows no more of them
	// than of any repository on a forge.
	onDisk bool
	// withLock gives the leaf the lock that Nix makes of it before the fix.
	withLock bool
}

// laid is a polyrepo on the disk.
type laid struct {
	*lab
	polyrepo
	// work is the root of the workspace; before is the leaf's lock before any fix, pinsLock that of pins.
	work             string
	before, pinsLock *lock.Graph
	beforeText       []byte
}

func (l *laid) leafPath() string { return filepath.Join(l.work, "web", "flake.nix") }

// lay commits and locks pins, moves all of upstream on, and locks the leaf. It is an error when Nix refuses the leaf.
func (l *lab) lay(t *testing.T, p polyrepo) (*laid, error) {
	t.Helper()
	dir, err := os.MkdirTemp(l.base, "case-")
	if err != nil {
		t.Fatal(err)
	}
	out := &laid{lab: l, polyrepo: p, work: dir}
	pinsText, err := l.lockFlake(t, l.upstream("pins"), p.pins, nil)
	if err != nil {
		t.Fatalf("Nix refuses pins: %v\n%s", err, p.pins)
	}
	realtools.GitCommit(t, l.upstream("pins"), nil)
	out.pinsLock = graphOf(t, pinsText)
	for name := range upstream {
		l.commitUpstream(t, name, filepath.Base(dir))
	}
	out.beforeText, err = l.lockFlake(t, filepath.Join(dir, "nix"), p.leaf, nil)
	if err != nil {
		return nil, err
	}
	out.before = graphOf(t, out.beforeText)
	files := map[string]string{"pins/flake.nix": p.pins, "web/flake.nix": p.leaf, ".nix-pins.toml": p.settings}
	if pinsText != nil {
		files["pins/flake.lock"] = l.remoteLock(t, pinsText)
	}
	if p.withLock {
		files["web/flake.lock"] = l.remoteLock(t, out.beforeText)
	}
	if p.onDisk {
		files["pins/flake.nix"], files["web/flake.nix"] = l.local(p.pins), l.local(p.leaf)
		files["pins/flake.lock"] = string(pinsText)
		if p.withLock {
			files["web/flake.lock"] = string(out.beforeText)
		}
	}
	realtools.WriteFiles(t, dir, files)
	return out, nil
}

// lockFlake writes a flake into a folder, with the lock that it had, and gives the lock that Nix makes.
func (l *lab) lockFlake(t *testing.T, dir, source string, had []byte) ([]byte, error) {
	t.Helper()
	files := map[string]string{"flake.nix": l.local(source)}
	if had != nil {
		files["flake.lock"] = string(had)
	} else if err := os.Remove(filepath.Join(dir, "flake.lock")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	realtools.WriteFiles(t, dir, files)
	locked, _, err := l.nix.FlakeLock(t, dir, "path:"+dir)
	return locked, err
}

// lockLeaf is what Nix locks of another text of the leaf, from the lock that it had before.
func (l *laid) lockLeaf(t *testing.T, source string) (*lock.Graph, error) {
	t.Helper()
	dir, err := os.MkdirTemp(l.work, "after-")
	if err != nil {
		t.Fatal(err)
	}
	locked, err := l.lockFlake(t, dir, source, l.beforeText)
	if err != nil {
		return nil, err
	}
	return graphOf(t, locked), nil
}

// evaluates says whether the leaf's output `ok` can be evaluated with a text of its flake.nix.
func (l *laid) evaluates(t *testing.T, source string) error {
	t.Helper()
	dir, err := os.MkdirTemp(l.work, "eval-")
	if err != nil {
		t.Fatal(err)
	}
	realtools.WriteFiles(t, dir, map[string]string{"flake.nix": l.local(source), "flake.lock": string(l.beforeText)})
	_, _, err = l.nix.Run("", "eval", "path:"+dir+"#ok", "--json")
	return err
}

func graphOf(t *testing.T, locked []byte) *lock.Graph {
	t.Helper()
	if locked == nil { // no inputs, no lock
		locked = []byte(`{"nodes":{"root":{}},"root":"root","version":7}`)
	}
	g, err := lock.Parse(string(locked))
	if err != nil || len(g.Problems) > 0 {
		t.Fatalf("%v %v in %s", err, g.Problems, locked)
	}
	return g
}

// index is a snapshot of a folder, whose defects fail the test.
func index(t testing.TB, root string) *workspace.Snapshot {
	t.Helper()
	w := workspace.New(workspace.Options{
		Roots: []string{root}, Environment: workspace.Environment{Home: filepath.Join(root, "home")},
		Clock:     func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
		RuleCodes: diagnostics.Codes(), Log: failing(t),
	})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return w.Snapshot()
}

// failing is a log that fails the test: the engine goes on without a rule that panicked.
func failing(t testing.TB) *slog.Logger { return slog.New(failer{slog.DiscardHandler, t}) }

type failer struct {
	slog.Handler
	t testing.TB
}

func (f failer) Enabled(context.Context, slog.Level) bool { return true }

func (f failer) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		r.Attrs(func(a slog.Attr) bool { f.t.Errorf("%s: %s", r.Message, a); return true })
	}
	return nil
}

func run(t rapid.TB, s *workspace.Snapshot, path string) []diagnostics.Finding {
	t.Helper()
	findings, err := diagnostics.Run(context.Background(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// apply gives the texts that a fix makes, by path.
func apply(s *workspace.Snapshot, fix diagnostics.Fix) (map[string]string, error) {
	edits, err := fix.Edits()
	if err != nil {
		return nil, err
	}
	after := map[string]string{}
	for _, e := range edits {
		file, err := s.File(e.Path)
		if err != nil {
			return nil, err
		}
		if after[e.Path], err = text.Apply(file.Text, e.Edits); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	return after, nil
}

func safe(_ diagnostics.Finding, f diagnostics.Fix) bool { return f.Safe() }

// sourceAt is what stands at the end of a path of inputs: repository and branch, not the commit. "" where the path ends nowhere.
func sourceAt(g *lock.Graph, path []string) string {
	n, err := g.Resolve(path)
	if err != nil || slices.Equal(path, []string{}) {
		return ""
	}
	return fmt.Sprintf("%s dir=%s ref=%s flake=%t", n.Original().Source(), n.Original().Dir(), n.Original().Ref(), n.Flake())
}

// edges prints a lock: each input with the path that it follows, or its source.
func edges(g *lock.Graph) string {
	var b strings.Builder
	g.Walk(func(path []string, in lock.Input) bool {
		says := "follows " + strings.Join(in.Follows, "/")
		if in.Follows == nil {
			says = sourceAt(g, path)
		}
		fmt.Fprintf(&b, "%s: %s\n", strings.Join(path, "/"), says)
		return true
	})
	return b.String()
}
