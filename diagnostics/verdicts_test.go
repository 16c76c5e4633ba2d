package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// verdictRow is one flake.nix, with DEP and DEP2 for the folders of two others, and what is recorded of Nix.
type verdictRow struct {
	text     string
	rejected bool
}

// The files of verdicts. `go test ./diagnostics -run Verdicts -update` records in the latter two what Nix says.
const (
	verdictsFile      = "testdata/flake-verdicts.tsv"
	moreVerdictsFile  = "testdata/verdicts-more.txt"
	filesVerdictsFile = "testdata/verdicts-files.txtar"
)

// errorsOf are the Error findings of a file.
func errorsOf(t *testing.T, s *workspace.Snapshot, path string) []string {
	t.Helper()
	findings, err := diagnostics.Run(context.Background(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range findings {
		if f.Severity == diagnostics.Error {
			list = append(list, f.Code+": "+f.Message)
		}
	}
	return list
}

// rejections asks Nix about many flakes side by side, and gives its message, "" where it accepts one.
func rejections(t *testing.T, nix *realtools.Nix, dirs []string) []string {
	t.Helper()
	messages := make([]string, len(dirs))
	var workers sync.WaitGroup
	next := make(chan int)
	for range 3 {
		workers.Go(func() {
			for i := range next {
				if _, _, err := nix.FlakeMetadata("path:"+dirs[i], "--no-write-lock-file"); err != nil {
					messages[i] = "rejected: " + err.Error()
				}
			}
		})
	}
	for i := range dirs {
		next <- i
	}
	close(next)
	workers.Wait()
	return messages
}

// recordedVerdicts are the rows of flake-verdicts.tsv: a flake.nix as a JSON string, and what Nix said.
func recordedVerdicts(t *testing.T) []verdictRow {
	t.Helper()
	data, err := os.ReadFile(verdictsFile)
	if err != nil {
		t.Fatal(err)
	}
	var rows []verdictRow
	for line := range strings.Lines(string(data)) {
		source, verdict, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		text, err := strconv.Unquote(source)
		if !ok || err != nil {
			t.Fatalf("row %q: %v", line, err)
		}
		rows = append(rows, verdictRow{text, strings.HasPrefix(verdict, "rejected")})
	}
	if len(rows) != 41 {
		t.Fatalf("%d recorded verdicts, want 41", len(rows))
	}
	return rows
}

// The marks before a row of a file of one flake a line.
const (
	acceptedMark = "accepted "
	rejectedMark = "rejected "
)

// lineVerdicts are the flakes of a file with one a line. With -update marks may be missing.
func lineVerdicts(t *testing.T, file string) []verdictRow {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	escapes := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t")
	var rows []verdictRow
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		text, rejected := strings.CutPrefix(line, rejectedMark)
		text, accepted := strings.CutPrefix(text, acceptedMark)
		if !rejected && !accepted && !*update {
			t.Fatalf("%s: %q has no verdict: run with -update", file, line)
		}
		rows = append(rows, verdictRow{escapes.Replace(text), rejected})
	}
	return rows
}

// recordLines writes into a file of one flake a line what Nix says of each.
func recordLines(t *testing.T, file string, said []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		if line != "\n" && !strings.HasPrefix(line, "# ") {
			mark := acceptedMark
			if said[0] != "" {
				mark = rejectedMark
			}
			line = mark + strings.TrimPrefix(strings.TrimPrefix(line, acceptedMark), rejectedMark)
			said = said[1:]
		}
		b.WriteString(line)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// verdictFolders writes the flakes of all rows, and those that they may refer to, below a folder, and gives their folders.
func verdictFolders(t *testing.T, root string, rows []verdictRow) []string {
	t.Helper()
	dep := filepath.Join(root, "dep")
	files := map[string]string{
		"dep/flake.nix":  "{ outputs = _: { }; }\n",
		"dep2/flake.nix": "{ inputs.dep.url = \"path:" + dep + "\"; outputs = _: { }; }\n",
	}
	folders := strings.NewReplacer("DEP2", dep+"2", "DEP", dep)
	dirs := make([]string, len(rows))
	for i, row := range rows {
		name := fmt.Sprintf("row%d", i)
		files[name+"/flake.nix"] = folders.Replace(row.text)
		dirs[i] = filepath.Join(root, name)
	}
	realtools.WriteFiles(t, root, files)
	return dirs
}

// Breaks when Nix judges a flake otherwise than is recorded.
func TestVerdictsOfNix(t *testing.T) {
	nix := realtools.NewNix(t)
	recorded, more := recordedVerdicts(t), lineVerdicts(t, moreVerdictsFile)
	rows := append(recorded, more...)
	said := rejections(t, nix, verdictFolders(t, realtools.TempDir(t), rows))
	for i, row := range rows {
		if row.rejected != (said[i] != "") && (i < len(recorded) || !*update) {
			t.Errorf("%s\n  recorded as rejected: %t, but Nix says now: %q", row.text, row.rejected, said[i])
		}
	}
	if *update {
		recordLines(t, moreVerdictsFile, said[len(recorded):])
	}
}

// Breaks when a rule of level Error speaks of a flake that Nix accepts, or none speaks of one that Nix rejects.
func TestRecordedVerdicts(t *testing.T) {
	t.Run("recorded", func(t *testing.T) {
		rows := append(recordedVerdicts(t), lineVerdicts(t, moreVerdictsFile)...)
		root := t.TempDir()
		dirs := verdictFolders(t, root, rows)
		s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
		for i, row := range rows {
			if found := errorsOf(t, s, filepath.Join(dirs[i], "flake.nix")); row.rejected != (len(found) > 0) {
				t.Errorf("%s\n  rejected by Nix: %t\n  we: %s", row.text, row.rejected, strings.Join(found, "\n      "))
			}
		}
	})
}

// Breaks when an input that lies at a path of another machine becomes an error, or when nothing is said of it.
func TestVerdictsOfOtherMachines(t *testing.T) {
	nix := realtools.NewNix(t)
	rows := lineVerdicts(t, "testdata/verdicts-machine.txt")
	root := realtools.TempDir(t)
	dirs := verdictFolders(t, root, rows)
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	for i, said := range rejections(t, nix, dirs) {
		path := filepath.Join(dirs[i], "flake.nix")
		findings, err := diagnostics.Run(context.Background(), s, path)
		if err != nil {
			t.Fatal(err)
		}
		if said == "" || len(errorsOf(t, s, path)) > 0 || len(findings) == 0 {
			t.Errorf("%s\n  Nix: %s\n  we: %v", rows[i].text, said, findings)
		}
	}
}
