package realtools

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// GitCommit writes files (by slash-separated path below dir) and commits the whole folder, which
// becomes a git repository with branch main if it is none. It returns the commit's 40 hex digits. Author and date
// are fixed, so equal files and history give equal commits on every machine.
func GitCommit(t testing.TB, dir string, files map[string]string) string {
	t.Helper()
	return GitCommitAt(t, dir, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), files)
}

// GitCommitAt is GitCommit at a time.
func GitCommitAt(t testing.TB, dir string, at time.Time, files map[string]string) string {
	t.Helper()
	WriteFiles(t, dir, files)
	script := "git init --quiet --initial-branch=main && git add --all && git commit --quiet --allow-empty --message=test && git rev-parse HEAD"
	date := at.UTC().Format(time.RFC3339)
	return output(t, dir, []string{"GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date}, "sh", "-c", script)
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
	"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.org", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.org",
}

// output is what a program prints in dir, with the machine's settings kept out.
func output(t testing.TB, dir string, environment []string, program string, args ...string) string {
	t.Helper()
	command := exec.Command(program, args...)
	command.Dir = dir
	command.Env = append(append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, gitEnvironment...), environment...)
	var stderr strings.Builder // where Git warns too
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s in %s: %v\n%s", program, strings.Join(args, " "), dir, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}
