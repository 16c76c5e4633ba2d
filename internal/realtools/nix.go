package realtools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// RecordedVersion is the Nix that gave the recorded answers (the .tsv files in testdata folders).
const RecordedVersion = "2.34.8"

// Nix runs a real Nix 2.34 with no network, a home of its own, a store in memory, and no registry
// or setting of the machine. It is safe for concurrent use.
type Nix struct {
	nix, instantiate string
	isolate          []string // argv prefix that takes the network away
	env              []string
	home             string
}

// Error is a refusal by Nix. Stderr is all that it said, traces and warnings included.
type Error struct {
	Args   []string
	Stderr string
}

// Error is Nix's own message, less the trace above it and the source lines below it.
func (e *Error) Error() string { return Message(e.Stderr) }

// settings leaves nothing to the machine: no registry, no cache, no lookup of dirty trees.
const settings = `experimental-features = nix-command flakes
build-users-group =
sandbox = false
substituters =
flake-registry =
warn-dirty = false
store = dummy://?read-only=false
`

// NewNix finds Nix and makes the home for it, which is removed when the test ends.
func NewNix(t testing.TB) *Nix {
	t.Helper()
	home := TempDir(t)
	WriteFiles(t, home, map[string]string{"conf/nix.conf": settings, "prelude.nix": prelude})
	n := &Nix{
		nix:         find(t, nixProgram),
		instantiate: find(t, nixInstantiateProgram),
		isolate:     []string{"unshare", "--net", "--"},
		home:        home,
		env: append([]string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C.UTF-8", "TERM=dumb",
			"XDG_CACHE_HOME=" + home + "/cache", "XDG_CONFIG_HOME=" + home + "/config",
			"XDG_DATA_HOME=" + home + "/data", "XDG_STATE_HOME=" + home + "/state",
			"NIX_CONF_DIR=" + home + "/conf", "NIX_USER_CONF_FILES=" + home + "/conf/user.conf",
		}, gitEnvironment...),
	}
	if os.Geteuid() != 0 {
		n.isolate = []string{"unshare", "--user", "--map-current-user", "--net", "--"}
	}
	return n
}

// Version is what `nix --version` says, such as "2.34.8".
func (n *Nix) Version(t testing.TB) string {
	t.Helper()
	stdout, _, err := n.run("", n.nix, "--version")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stdout))
	if len(fields) == 0 {
		t.Fatal("nix --version says nothing")
	}
	return fields[len(fields)-1]
}

// Recorded fails the test if this Nix is not the one whose answers are recorded: comparing
// with another would give many differences that say nothing.
func (n *Nix) Recorded(t testing.TB) {
	t.Helper()
	if version := n.Version(t); version != RecordedVersion {
		t.Fatalf("Nix here is %s, the recorded answers are of %s: re-record them, then change realtools.RecordedVersion",
			version, RecordedVersion)
	}
}

// Run runs `nix` with args in dir ("" is Nix's own home) and returns what it printed. The error is an
// *Error when Nix refused. Warnings are in stderr.
func (n *Nix) Run(dir string, args ...string) (stdout []byte, stderr string, err error) {
	return n.run(dir, n.nix, args...)
}

// patience is far above what any call takes: only a Nix that hangs reaches it.
const patience = 2 * time.Minute

func (n *Nix) run(dir, program string, args ...string) ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if dir == "" {
		dir = n.home
	}
	argv := append(append(append([]string{}, n.isolate...), program), args...)
	command := exec.CommandContext(ctx, argv[0], argv[1:]...)
	command.Dir = dir
	// The wrapper of a chroot goes by PWD, and exec sets it only when Env is nil.
	command.Env = append(n.env[:len(n.env):len(n.env)], "PWD="+dir)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("%s %s: gave up after %s", filepath.Base(program), strings.Join(args, " "), patience)
	case errors.As(err, &exit):
		err = &Error{Args: args, Stderr: stderr.String()}
	}
	return stdout.Bytes(), stderr.String(), err
}

// Message is the last error in what Nix wrote on standard error, on one line: "error: " and
// the source excerpts around it are left out.
func Message(stderr string) string {
	lines := strings.Split(stderr, "\n")
	last := -1
	for i, line := range lines {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "error:") && trimmed != "error:" {
			last = i
		}
	}
	if last < 0 {
		return strings.TrimSpace(stderr)
	}
	message := []string{strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(lines[last]), "error:"))}
	for _, line := range lines[last+1:] {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "at ") || strings.HasPrefix(trimmed, "… ") {
			break
		}
		message = append(message, trimmed)
	}
	return strings.Join(message, " ")
}

// Warnings are the warnings in what Nix wrote on standard error, without "warning: ".
func Warnings(stderr string) []string {
	var warnings []string
	for line := range strings.SplitSeq(stderr, "\n") {
		if warning, ok := strings.CutPrefix(line, "warning: "); ok {
			warnings = append(warnings, warning)
		}
	}
	return warnings
}
