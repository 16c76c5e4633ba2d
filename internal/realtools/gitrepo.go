package realtools

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// GitCommit writes files (by slash-separated path below dir) and commits the whole folder, which
// becomes a git repository with branch main if it is none. It returns the commit's 40 hex digits. Author and date
// are fixed, so equal files and history give equal commits on every machine.
func GitCommit(t testing.TB, dir string, files map[string]string) string {
	t.Helper()
	WriteFiles(t, dir, files)
	git(t, dir, "init", "--quiet", "--initial-branch=main")
	git(t, dir, "add", "--all")
	git(t, dir, "commit", "--quiet", "--allow-empty", "--message=test")
	return git(t, dir, "rev-parse", "HEAD")
}

// WriteFiles writes files by slash-separated path below dir, with the folders that they need.
func WriteFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// gitEnvironment keeps the machine's and the user's git settings out.
var gitEnvironment = []string{
	"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_TERMINAL_PROMPT=0",
	"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.org", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
	"GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.org", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z",
}

func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	command := exec.Command("git", args...)
	command.Dir = dir
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, gitEnvironment...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s in %s: %v\n%s", strings.Join(args, " "), dir, err, out)
	}
	return strings.TrimSpace(string(out))
}
