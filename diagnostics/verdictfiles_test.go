package diagnostics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// filesCase lays a case of verdicts-files.txtar below a folder and gives the flakes to judge. makeLock makes the flake.lock
// where the case has files for before.
func filesCase(t *testing.T, dir string, c *archiveCase, makeLock func(flake string)) (judged []string) {
	t.Helper()
	before, after := map[string]string{}, map[string]string{}
	for _, f := range c.files {
		content := strings.ReplaceAll(string(f.Data), "ROOT", dir)
		if name, first := strings.CutPrefix(f.Name, "before/"); first {
			before[name] = content
		} else if !strings.HasPrefix(f.Name, "nix/") {
			after[f.Name] = content
		}
	}
	flake := filepath.Join(dir, "flake")
	if len(before) > 0 {
		realtools.WriteFiles(t, dir, before)
		makeLock(flake)
	}
	for name, content := range after {
		if content != "" {
			realtools.WriteFiles(t, dir, map[string]string{name: content})
		} else if err := os.RemoveAll(filepath.Join(dir, filepath.Dir(name))); err != nil {
			t.Fatal(err)
		}
	}
	judged = []string{filepath.Join(flake, "flake.nix")}
	if strings.HasSuffix(c.title, "(all)") {
		for name := range after {
			if path := filepath.Join(dir, name); filepath.Base(name) == "flake.nix" && path != judged[0] {
				judged = append(judged, path)
			}
		}
	}
	return judged
}

// recordedFile is a file below nix/ of a case, "" where it is not there: `nix/verdict` is accepted or rejected, `nix/flake.lock`
// the lock that Nix made.
func recordedFile(c *archiveCase, name string) string {
	for _, f := range c.files {
		if f.Name == "nix/"+name {
			return string(f.Data)
		}
	}
	return ""
}

// Breaks when Nix judges the flakes of several files otherwise than is recorded, or locks them otherwise.
func TestVerdictsOfNixOnFiles(t *testing.T) {
	nix := realtools.NewNix(t)
	comment, cases, err := readArchive(filesVerdictsFile)
	if err != nil {
		t.Fatal(err)
	}
	root := realtools.TempDir(t)
	dirs, locks := make([]string, len(cases)), make([]string, len(cases))
	for i, c := range cases {
		dir := filepath.Join(root, fmt.Sprintf("case%d", i))
		dirs[i] = filepath.Join(dir, "flake")
		filesCase(t, dir, c, func(flake string) {
			if _, _, err := nix.Run("", "flake", "lock", "path:"+flake); err != nil {
				t.Fatalf("%s: %v", c.title, err)
			}
			lock, err := os.ReadFile(filepath.Join(flake, "flake.lock"))
			if err != nil {
				t.Fatal(err)
			}
			// Dates and hashes depend on when and where; that there is one is what counts.
			varying := regexp.MustCompile(`"(lastModified": \d+|narHash": "[^"]*")`)
			locks[i] = varying.ReplaceAllStringFunc(strings.ReplaceAll(string(lock), dir, "ROOT"), func(s string) string {
				if strings.HasPrefix(s, `"lastModified`) {
					return `"lastModified": 1`
				}
				return `"narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`
			})
		})
	}
	recorded := &txtar.Archive{Comment: comment}
	for i, said := range rejections(t, nix, dirs) {
		c := cases[i]
		verdict := "accepted\n"
		if said != "" {
			verdict = "rejected\n"
		}
		recorded.Files = append(recorded.Files, c.head)
		for _, f := range c.files {
			if !strings.HasPrefix(f.Name, "nix/") {
				recorded.Files = append(recorded.Files, f)
			}
		}
		if locks[i] != "" {
			recorded.Files = append(recorded.Files, txtar.File{Name: "nix/flake.lock", Data: []byte(locks[i])})
		}
		recorded.Files = append(recorded.Files, txtar.File{Name: "nix/verdict", Data: []byte(verdict)})
		if !*update && (recordedFile(c, "verdict") != verdict || recordedFile(c, "flake.lock") != locks[i]) {
			t.Errorf("%s: Nix says %q, recorded is %q; its lock is\n%s", c.title, said, recordedFile(c, "verdict"), locks[i])
		}
	}
	if *update {
		if err := os.WriteFile(filesVerdictsFile, txtar.Format(recorded), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Breaks when what other flakes and the lock say is read otherwise than Nix does: an Error too many or too few.
func TestRecordedVerdictsOnFiles(t *testing.T) {
	t.Run("recorded", func(t *testing.T) {
		_, cases, err := readArchive(filesVerdictsFile)
		if err != nil {
			t.Fatal(err)
		}
		root := t.TempDir()
		judged := make([][]string, len(cases))
		for i, c := range cases {
			dir := filepath.Join(root, fmt.Sprintf("case%d", i))
			judged[i] = filesCase(t, dir, c, func(flake string) {
				lock := strings.ReplaceAll(recordedFile(c, "flake.lock"), "ROOT", dir)
				if lock != "" {
					realtools.WriteFiles(t, flake, map[string]string{"flake.lock": lock})
				}
			})
		}
		s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
		for i, c := range cases {
			var found []string
			for _, path := range judged[i] {
				found = append(found, errorsOf(t, s, path)...)
			}
			if rejected := recordedFile(c, "verdict") == "rejected\n"; rejected != (len(found) > 0) {
				t.Errorf("%s\n  rejected by Nix: %t\n  we: %s", c.title, rejected, strings.Join(found, "\n      "))
			}
		}
	})
}
