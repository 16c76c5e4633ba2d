package githistory_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace/githistory"
)

// git runs the real Git, which is the oracle.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// asGitSays is the first-parent history of a file in the form of ours.
func asGitSays(t *testing.T, dir, path string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(git(t, dir, "log", "--first-parent", "--format=%H %ct")) {
		hash, seconds, _ := strings.Cut(strings.TrimSpace(line), " ")
		blob := git(t, dir, "ls-tree", hash, "--", path)
		if fields := strings.Fields(blob); len(fields) > 2 && fields[1] == "blob" && strings.HasPrefix(fields[0], "100") {
			blob = fields[2]
		} else {
			blob = ""
		}
		fmt.Fprintf(&b, "%s %s %s\n", hash, seconds, blob)
	}
	return b.String()
}

func ours(t *testing.T, dir, path string) (text string, whole bool) {
	t.Helper()
	r := githistory.Open(filepath.Join(dir, ".git"))
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	commits, whole, err := r.History(git(t, dir, "rev-parse", "HEAD"), path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range commits {
		fmt.Fprintf(&b, "%s %d %s\n", c.Hash, c.At.Unix(), c.Blob)
		if c.Blob != "" {
			text, err := r.Text(c.Blob, 1<<20)
			if err != nil || strings.TrimSpace(text) != git(t, dir, "cat-file", "blob", c.Blob) {
				t.Errorf("blob %s: %q, %v", c.Blob, text, err)
			}
		}
	}
	return b.String(), whole
}

// repository has a file that is made, changed (by a side branch that is merged, too), a link for a while, and removed.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 12 {
		realtools.GitCommit(t, dir, map[string]string{"pins/flake.lock": fmt.Sprintf("version %d of what grows line by line\n%s", i/2, strings.Repeat("line\n", i)), "other": fmt.Sprint(i)})
	}
	git(t, dir, "checkout", "-q", "-b", "side")
	realtools.GitCommit(t, dir, map[string]string{"pins/flake.lock": "of the side branch"})
	git(t, dir, "checkout", "-q", "main")
	realtools.GitCommit(t, dir, map[string]string{"other": "main"})
	git(t, dir, "merge", "-q", "--no-ff", "-m", "merge", "side")
	git(t, dir, "rm", "-q", "pins/flake.lock")
	git(t, dir, "commit", "-q", "-m", "none")
	if err := os.MkdirAll(filepath.Join(dir, "pins"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../other", filepath.Join(dir, "pins", "flake.lock")); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "a link")
	git(t, dir, "rm", "-q", "pins/flake.lock")
	realtools.GitCommit(t, dir, map[string]string{"pins/flake.lock": "the last"})
	return dir
}

// Breaks when a history differs from what `git log --first-parent` says: over merges, loose and packed objects, a file that is not
// there or is a link.
func TestHistory(t *testing.T) {
	dir := repository(t)
	for _, state := range []string{"loose", "packed"} {
		if state == "packed" {
			git(t, dir, "gc", "-q", "--aggressive")
		}
		for _, path := range []string{"pins/flake.lock", "other", "none/flake.lock", "pins"} {
			got, whole := ours(t, dir, path)
			if want := asGitSays(t, dir, path); got != want || !whole {
				t.Errorf("%s, %s: whole %t\n%s\nGit says\n%s", state, path, whole, got, want)
			}
		}
	}
}

// Breaks when the end of a shallow clone, or a limit, is taken for an error or for the beginning of the history.
func TestPartialHistory(t *testing.T) {
	dir := repository(t)
	shallow := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--depth=3", "file://"+dir, shallow)
	got, whole := ours(t, shallow, "other")
	if want := asGitSays(t, shallow, "other"); got != want || whole {
		t.Errorf("whole %t\n%s\nGit says\n%s", whole, got, want)
	}
	r := githistory.Open(filepath.Join(dir, ".git"))
	defer r.Close()
	commits, whole, err := r.History(git(t, dir, "rev-parse", "HEAD"), "other", 2)
	if len(commits) != 2 || whole || err != nil {
		t.Errorf("%d commits, whole %t, %v", len(commits), whole, err)
	}
}

// Breaks when a damaged or hostile repository panics, hangs (a fifo), or gives a history without an error.
func TestDamagedRepository(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"cut off": func(path string) error { return os.WriteFile(path, []byte("x\x9c"), 0o644) },
		"a fifo": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return syscall.Mkfifo(path, 0o644)
		},
		"gone":     os.Remove,
		"not zlib": func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("no", 100)), 0o644) },
		"half": func(path string) error {
			blob, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, blob[:len(blob)/2], 0o644)
		},
	} {
		for _, kind := range []string{"HEAD", "HEAD^{tree}"} {
			dir := t.TempDir()
			head := realtools.GitCommit(t, dir, map[string]string{"f": "x"})
			object := git(t, dir, "rev-parse", kind)
			path := filepath.Join(dir, ".git", "objects", object[:2], object[2:])
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			r := githistory.Open(filepath.Join(dir, ".git"))
			if commits, _, err := r.History(head, "f", 10); err == nil {
				t.Errorf("%s (%s): %v without an error", name, kind, commits)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Breaks when what is no commit, or no blob, is read as one, or a blob over the limit is read at all.
func TestWrongObjects(t *testing.T) {
	dir := t.TempDir()
	realtools.GitCommit(t, dir, map[string]string{"f": strings.Repeat("x", 1000)})
	blob, tree := git(t, dir, "rev-parse", "HEAD:f"), git(t, dir, "rev-parse", "HEAD^{tree}")
	r := githistory.Open(filepath.Join(dir, ".git"))
	defer r.Close()
	if _, _, err := r.History(blob, "f", 1); err == nil {
		t.Error("a blob has a history")
	}
	if _, err := r.Text(tree, 1<<20); err == nil {
		t.Error("a tree is a blob")
	}
	if _, err := r.Text(blob, 999); err == nil {
		t.Error("a blob over the limit is read")
	}
	if _, _, err := r.History(strings.Repeat("0", 40), "f", 1); err == nil {
		t.Error("no commit has a history")
	}
}
