package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// verdictRow is one flake.nix, with DEP and DEP2 for the folders of two others.
type verdictRow struct {
	text string
	// rejected is what is recorded of Nix, where recorded is set.
	recorded, rejected bool
}

// verdictFolder writes the flake of a row, and those that it may refer to, below a folder.
func verdictFolder(t *testing.T, dir, text string) {
	t.Helper()
	dep := filepath.Join(dir, "dep")
	text = strings.NewReplacer("DEP2", dep+"2", "DEP", dep).Replace(text)
	realtools.WriteFiles(t, dir, map[string]string{
		"flake/flake.nix": text,
		"dep/flake.nix":   "{ outputs = _: { }; }\n",
		"dep2/flake.nix":  "{ inputs.dep.url = \"path:" + dep + "\"; outputs = _: { }; }\n",
	})
}

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
	data, err := os.ReadFile("testdata/flake-verdicts.tsv")
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
		rows = append(rows, verdictRow{text, true, strings.HasPrefix(verdict, "rejected")})
	}
	if len(rows) != 41 {
		t.Fatalf("%d recorded verdicts, want 41", len(rows))
	}
	return rows
}

// moreVerdicts are the flakes of a file with one a line, of which Nix is asked.
func moreVerdicts(t *testing.T, file string) []verdictRow {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	escapes := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t")
	var rows []verdictRow
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "# ") && line != "# only a comment" {
			continue
		}
		rows = append(rows, verdictRow{text: escapes.Replace(line)})
	}
	return rows
}

// Breaks when a rule of level Error speaks of a flake that Nix accepts, or none speaks of one that Nix rejects.
func TestVerdicts(t *testing.T) {
	nix := realtools.NewNix(t)
	rows := append(recordedVerdicts(t), moreVerdicts(t, "testdata/verdicts-more.txt")...)
	root := realtools.TempDir(t)
	dirs := verdictFolders(t, root, rows)
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	found := make([][]string, len(rows))
	for i, dir := range dirs {
		found[i] = errorsOf(t, s, filepath.Join(dir, "flake.nix"))
	}
	for i, said := range rejections(t, nix, dirs) {
		row := rows[i]
		if row.recorded && row.rejected != (said != "") {
			t.Errorf("%s\n  recorded as rejected: %t, but Nix says now: %q", row.text, row.rejected, said)
		}
		if rejected := said != ""; rejected != (len(found[i]) > 0) {
			t.Errorf("%s\n  Nix: %s\n  we: %s", row.text, strings.ReplaceAll(said, root, ""), strings.Join(found[i], "\n      "))
		}
	}
}

// verdictFolders writes all rows and gives the folders of their flakes.
func verdictFolders(t *testing.T, root string, rows []verdictRow) []string {
	t.Helper()
	dirs := make([]string, len(rows))
	for i, row := range rows {
		dir := filepath.Join(root, fmt.Sprintf("row%d", i))
		verdictFolder(t, dir, row.text)
		dirs[i] = filepath.Join(dir, "flake")
	}
	return dirs
}

// Breaks when an input that lies at a path of another machine becomes an error, or when nothing is said of it.
func TestVerdictsOfOtherMachines(t *testing.T) {
	nix := realtools.NewNix(t)
	rows := moreVerdicts(t, "testdata/verdicts-machine.txt")
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

// filesCase lays a case of verdicts-files.txtar below a folder and gives the flakes to judge.
func filesCase(t *testing.T, nix *realtools.Nix, dir string, c *archiveCase) (judged []string) {
	t.Helper()
	before, after := map[string]string{}, map[string]string{}
	for _, f := range c.files {
		content := strings.ReplaceAll(string(f.Data), "ROOT", dir)
		if name, first := strings.CutPrefix(f.Name, "before/"); first {
			before[name] = content
		} else {
			after[f.Name] = content
		}
	}
	flake := filepath.Join(dir, "flake")
	if len(before) > 0 {
		realtools.WriteFiles(t, dir, before)
		if _, _, err := nix.Run("", "flake", "lock", "path:"+flake); err != nil {
			t.Fatalf("%s: %v", c.title, err)
		}
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

// Breaks when what other flakes and the lock say is read otherwise than Nix does: an Error too many or too few.
func TestVerdictsOfFiles(t *testing.T) {
	nix := realtools.NewNix(t)
	_, cases, err := readArchive("testdata/verdicts-files.txtar")
	if err != nil {
		t.Fatal(err)
	}
	root := realtools.TempDir(t)
	dirs, judged := make([]string, len(cases)), make([][]string, len(cases))
	for i, c := range cases {
		dir := filepath.Join(root, fmt.Sprintf("case%d", i))
		judged[i] = filesCase(t, nix, dir, c)
		dirs[i] = filepath.Join(dir, "flake")
	}
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	found := make([][]string, len(cases))
	for i, paths := range judged {
		for _, path := range paths {
			found[i] = append(found[i], errorsOf(t, s, path)...)
		}
	}
	for i, said := range rejections(t, nix, dirs) {
		if rejected := said != ""; rejected != (len(found[i]) > 0) {
			t.Errorf("%s\n  Nix: %s\n  we: %s", cases[i].title, strings.ReplaceAll(said, root, ""), strings.Join(found[i], "\n      "))
		}
	}
}

// rejectedReal are the real flakes that Nix 2.34 rejects, and the rule that says so.
var rejectedReal = map[string]string{
	"NixOS+templates__full.inputs.json": "url-and-follows", // written for an older Nix
}

// Breaks when a rule of level Error speaks of a real flake: of its inputs, as Nix evaluated them, in the layouts in which
// people write them, beside its real lock where there is one.
func TestNoErrorOnRealFlakes(t *testing.T) {
	files, err := filepath.Glob("../parse/testdata/real/*.inputs.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no real inputs (%v)", err)
	}
	root := realtools.TempDir(t)
	var judged []string
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := manifestgen.FromJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		lock, err := os.ReadFile(filepath.Join("../flake/lock/testdata/real", strings.TrimSuffix(filepath.Base(file), ".inputs.json")+".flake.lock"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for j, layout := range []manifestgen.Layout{
			{}, {Style: manifestgen.Nested, Comments: true}, {Style: manifestgen.Split, Quoted: true, Spaces: true, CRLF: true, Seed: uint64(i)},
		} {
			dir := fmt.Sprintf("flake%d_%d", i, j)
			model := manifestgen.Model{Description: "real", Inputs: inputs, Outputs: manifestgen.Function{Argument: "inputs"}}
			realtools.WriteFiles(t, root, map[string]string{dir + "/flake.nix": manifestgen.Render(model, layout)})
			if lock != nil && j > 0 {
				realtools.WriteFiles(t, root, map[string]string{dir + "/flake.lock": string(lock)})
			}
			layRelative(t, filepath.Join(root, dir), inputs)
			judged = append(judged, filepath.Join(root, dir, "flake.nix"))
		}
	}
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	for i, path := range judged {
		found := slices.DeleteFunc(errorsOf(t, s, path), func(said string) bool {
			code, _, _ := strings.Cut(said, ":")
			return code == rejectedReal[filepath.Base(files[i/3])]
		})
		if len(found) > 0 {
			t.Errorf("%s\n  %s", files[i/3], strings.Join(found, "\n  "))
		}
	}
}

// layRelative puts a flake at the relative paths of inputs, with the inputs that others follow through it: in the real
// repository there is one.
func layRelative(t *testing.T, dir string, inputs []manifestgen.Input) {
	t.Helper()
	for _, in := range inputs {
		for _, f := range in.Fields {
			url, _ := f.Value.(string)
			if literal, ok := f.Value.(manifestgen.Path); ok {
				url = string(literal)
			}
			r, err := ref.ParseInput(url)
			if f.Name != "url" || err != nil || !r.Relative() {
				continue
			}
			stub := "{\n"
			for _, name := range followedBelow(inputs, in.Name) {
				stub += "  inputs." + name + ".url = \"github:owner/" + name + "\";\n"
			}
			realtools.WriteFiles(t, filepath.Join(dir, r.Path()), map[string]string{"flake.nix": stub + "  outputs = _: { };\n}\n"})
		}
	}
}

// followedBelow are the inputs of an input that others follow.
func followedBelow(inputs []manifestgen.Input, name string) []string {
	var names []string
	for _, in := range inputs {
		for _, f := range in.Fields {
			path, _ := f.Value.(string)
			if first, below, ok := strings.Cut(path, "/"); ok && f.Name == "follows" && first == name && !slices.Contains(names, below) {
				names = append(names, below)
			}
		}
		names = append(names, followedBelow(in.Overrides, name)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
