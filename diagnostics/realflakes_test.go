package diagnostics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

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
