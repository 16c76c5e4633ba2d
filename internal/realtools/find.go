// Package realtools runs the real programs that this project's tests compare with: Nix as the
// oracle of what a flake means, and the editors. Only tests import it, and it is the one package
// beside internal/run that starts processes.
//
// A tool of a good version on PATH is used; otherwise the one that scripts/install-test-tools put
// in its folder. A tool that is missing fails the test with the command that installs it. Tools from that
// folder see no file of this machine but those below /tmp: TempDir makes such a folder.
package realtools

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
)

// program says how to recognise a version of a program that the tests can use.
type program struct {
	name    string
	version *regexp.Regexp // matches the output of --version; groups are numbers
	good    func(numbers []int) bool
}

var (
	nixProgram = program{"nix", regexp.MustCompile(`^nix \(.*\) (\d+)\.(\d+)`), func(n []int) bool {
		return n[0] == 2 && n[1] == 34
	}}
	nixInstantiateProgram = program{"nix-instantiate", regexp.MustCompile(`^nix-instantiate \(.*\) (\d+)\.(\d+)`), nixProgram.good}
	neovimProgram         = program{"nvim", regexp.MustCompile(`^NVIM v(\d+)\.(\d+)`), func(n []int) bool {
		return n[0] > 0 || n[1] >= 11
	}}
	emacsProgram = program{"emacs", regexp.MustCompile(`^GNU Emacs (\d+)\.`), func(n []int) bool {
		return n[0] >= 30
	}}
	helixProgram = program{"hx", regexp.MustCompile(`^helix (\d+)\.`), func([]int) bool { return true }}
)

// Folder is where scripts/install-test-tools puts what it installs: $NIX_PINS_TOOLS, else
// nix-pins-lsp/tools below the user's cache folder. It need not exist.
func Folder(t testing.TB) string {
	t.Helper()
	if folder := os.Getenv("NIX_PINS_TOOLS"); folder != "" {
		return folder
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatalf("no folder for the test tools: %v; set NIX_PINS_TOOLS", err)
	}
	return filepath.Join(cache, "nix-pins-lsp", "tools")
}

// Neovim is the path of Neovim, 0.11 or newer.
func Neovim(t testing.TB) string { t.Helper(); return find(t, neovimProgram) }

// Emacs is the path of Emacs, 30 or newer.
func Emacs(t testing.TB) string { t.Helper(); return find(t, emacsProgram) }

// Helix is the path of Helix.
func Helix(t testing.TB) string { t.Helper(); return find(t, helixProgram) }

// found keeps the paths by program name, so that --version runs once per test binary.
var found sync.Map

func find(t testing.TB, p program) string {
	t.Helper()
	if path, ok := found.Load(p.name); ok {
		return path.(string)
	}
	path, err := exec.LookPath(p.name)
	if err != nil || !p.isGood(path) {
		path = filepath.Join(Folder(t), "bin", p.name)
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("this test needs %s, and neither PATH nor %s has a good version; install it with: scripts/install-test-tools",
				p.name, filepath.Dir(path))
		}
	}
	found.Store(p.name, path)
	return path
}

// isGood runs the program at path. One that cannot tell its version is not good.
func (p program) isGood(path string) bool {
	out, err := exec.Command(path, "--version").Output()
	return err == nil && p.accepts(string(out))
}

func (p program) accepts(versionOutput string) bool {
	groups := p.version.FindStringSubmatch(versionOutput)
	if groups == nil {
		return false
	}
	numbers := make([]int, 0, len(groups)-1)
	for _, group := range groups[1:] {
		n, err := strconv.Atoi(group)
		if err != nil {
			return false
		}
		numbers = append(numbers, n)
	}
	return p.good(numbers)
}
