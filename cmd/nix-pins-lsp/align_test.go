package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when the JSON of align has a member that its schema does not have, lacks one, or says something else than the script that is
// printed for a shell.
func TestAlignSchema(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/script/align.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	realtools.WriteFiles(t, dir, files)
	compiled := schema(t, "../../docs/schema/align.schema.json")
	states := map[string]bool{}
	for _, args := range [][]string{{"repos/public"}, {"--nested", "repos/public"}, {"repos/leaf"}, {"settled"}} {
		code := exitFindings
		if args[0] == "settled" {
			code = exitClean
		}
		flake := filepath.Join(dir, args[len(args)-1])
		args = append(args[:len(args)-1:len(args)-1], flake)
		out := output(t, code, append([]string{"align", "--format", "json"}, args...)...)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Error(err)
		}
		value.(map[string]any)["unheard"] = true
		if compiled.Validate(value) == nil {
			t.Error("the schema takes a member that it does not name")
		}
		var result jsonAlign
		if err := json.Unmarshal(out, &result); err != nil {
			t.Fatal(err)
		}
		for _, in := range result.Inputs {
			states[in.State] = true
			if named := slices.Contains(result.Command, in.Input); named != (in.Reference != "") {
				t.Errorf("%s of %v: reference %q, command %q", in.Input, args, in.Reference, result.Command)
			}
		}
		_, arguments := calls(t, string(output(t, code, append([]string{"align"}, args...)...)))
		if len(result.Command) == 0 && len(arguments) > 0 || len(result.Command) > 0 && !slices.Equal(arguments[0], result.Command[1:]) {
			t.Errorf("%v: the script calls %q, the JSON says %q", args, arguments, result.Command)
		}
	}
	if len(states) < 5 {
		t.Errorf("only %v are shown", states)
	}
}
