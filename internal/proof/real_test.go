package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// realModels are flakes with the inputs of real projects, by the project's name.
func realModels(t testing.TB) map[string]manifestgen.Model {
	t.Helper()
	files, err := filepath.Glob("../../parse/testdata/real/*.inputs.json")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d real inputs: %v", len(files), err)
	}
	models := map[string]manifestgen.Model{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := manifestgen.FromJSON(data)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		models[strings.TrimSuffix(filepath.Base(path), ".inputs.json")] = manifestgen.Model{
			Inputs: inputs, Outputs: manifestgen.Function{Argument: "inputs", Pattern: true, Formals: []manifestgen.Formal{{Name: "self"}}, Ellipsis: true},
		}
	}
	return models
}

// realLayouts are the layouts in which they are written.
func realLayouts() []manifestgen.Layout {
	return []manifestgen.Layout{
		{Style: manifestgen.Dotted},
		{Style: manifestgen.Nested, Comments: true, Indent: "    "},
		{Style: manifestgen.Split, Comments: true, Quoted: true, Literals: true, Spaces: true, CRLF: true, Seed: 1},
	}
}

// excused are real flakes that Nix refuses: what is said there is true.
var excused = map[string]string{
	"NixOS+templates__full": "url-and-follows",
}

// Breaks when an Error stands at a real flake that Nix takes, alone or beside a pins flake; when the safe fixes of one give another
// file than with the inputs of which they say so following, lose a comment, or find more to do the second time.
func TestRealFlakes(t *testing.T) {
	l := newLeafIn(t, "")
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	files := map[string]string{}
	want := map[string]map[string]any{}
	fixes := 0
	models := realModels(t)
	for name, model := range models {
		if !slices.ContainsFunc(model.Inputs, func(in manifestgen.Input) bool { return in.Name == "pins" }) {
			model.Inputs = append(slices.Clone(model.Inputs), manifestgen.Input{Name: "pins", Fields: []manifestgen.Field{{Name: "url", Value: "github:acme/pins"}}})
		}
		for i, layout := range realLayouts() {
			what := fmt.Sprintf("%s (%s)", name, layout.Style)
			source := manifestgen.Render(model, layout)
			l.hold(t, source)
			s := l.WithText(l.path, source)
			for _, f := range run(t, s, l.path) {
				if f.Severity == diagnostics.Error && excused[name] != f.Code && !missingOnDisk(f) {
					t.Errorf("%s: %s: %s", what, f.Code, f.Message)
				}
			}
			fixed, err := diagnostics.FixAll(context.Background(), s, []string{l.path}, safe)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			after, changed := fixed.Texts[l.path]
			if !changed {
				continue
			}
			fixes += len(fixed.Applied)
			file := fmt.Sprintf("%s-%d.nix", name, i)
			files[file], want[file] = after, evaluated(model.Inputs, dir)
			removed := 0
			for _, a := range fixed.Applied {
				applyToModel(t, want[file], a)
				removed += strings.Count(a.Fix.Title(), "removes the comment")
			}
			comments := func(text string) int { return len(parse.Parse(parse.Flake, text).Comments) }
			if lost := comments(source) - comments(after); lost != removed {
				t.Errorf("%s: %d comments are lost, the titles speak of %d", what, lost, removed)
			}
			again, err := diagnostics.FixAll(context.Background(), s.WithText(l.path, after), []string{l.path}, safe)
			if err != nil || len(again.Applied) > 0 {
				t.Errorf("%s: the second time %v is fixed, %v", what, again, err)
			}
		}
	}
	realtools.WriteFiles(t, dir, files)
	names := make([]string, 0, len(files))
	paths := make([]string, 0, len(files))
	for name := range files {
		names, paths = append(names, name), append(paths, filepath.Join(dir, name))
	}
	for i, answer := range nix.Inputs(t, paths) {
		if answer.Err != nil {
			t.Errorf("%s: %v\n%s", names[i], answer.Err, files[names[i]])
			continue
		}
		var got any
		if err := json.Unmarshal(answer.JSON, &got); err != nil {
			t.Fatal(err)
		}
		if expected := throughJSON(t, want[names[i]]); !reflect.DeepEqual(got, expected) {
			t.Errorf("%s evaluates to\n%v\nwant\n%v", names[i], got, expected)
		}
	}
	t.Logf("%d projects, %d changed files, %d fixes", len(models), len(files), fixes)
	if fixes < 200 {
		t.Errorf("only %d fixes were made", fixes)
	}
}

// missingOnDisk says that a relative path leads nowhere here: only the inputs of the project are here, not its folders.
func missingOnDisk(f diagnostics.Finding) bool {
	return f.Code == "invalid-reference" && strings.Contains(f.Message, "There is no flake.nix at")
}

// applyToModel does to plain values what a fix says that it does.
func applyToModel(t *testing.T, inputs map[string]any, a diagnostics.AppliedFix) {
	t.Helper()
	path := strings.Split(a.Finding.Object, "/")
	at := inputs
	for _, name := range path[:len(path)-1] {
		at = at[name].(map[string]any)["inputs"].(map[string]any)
	}
	name := path[len(path)-1]
	switch a.Finding.Code {
	case "raw-url":
		_, target, _ := follower(a.Finding, a.Fix)
		at[name] = map[string]any{"follows": strings.Join(target, "/")}
	case "dead-override":
		if a.Fix.Title() == "Remove flake" {
			delete(at[name].(map[string]any), "flake")
			return
		}
		delete(at, name)
		if len(at) == 0 && len(path) > 1 {
			parent := inputs
			for _, name := range path[:len(path)-2] {
				parent = parent[name].(map[string]any)["inputs"].(map[string]any)
			}
			delete(parent[path[len(path)-2]].(map[string]any), "inputs")
		}
	default:
		t.Fatalf("no model of %s: %s", a.Finding.Code, a.Fix.Title())
	}
}

// evaluated is what Nix evaluates the inputs to in a file of the folder: there a path literal is absolute.
func evaluated(inputs []manifestgen.Input, dir string) map[string]any {
	var absolute func(inputs []manifestgen.Input) []manifestgen.Input
	absolute = func(inputs []manifestgen.Input) []manifestgen.Input {
		inputs = slices.Clone(inputs)
		for i, in := range inputs {
			inputs[i].Fields, inputs[i].Overrides = slices.Clone(in.Fields), absolute(in.Overrides)
			for j, f := range in.Fields {
				if p, ok := f.Value.(manifestgen.Path); ok {
					inputs[i].Fields[j].Value = filepath.Join(dir, string(p))
				}
			}
		}
		return inputs
	}
	return manifestgen.Model{Inputs: absolute(inputs)}.Values()
}

func throughJSON(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
