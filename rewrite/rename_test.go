package rewrite

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// bodies are expressions that use, or seem to use, the input N of a flake whose outputs are { self, N, ... }@inputs. A
// rename to M may refuse those marked so, because M means something there.
var bodies = []struct {
	source    string
	refusable bool
}{
	{`N`, false}, {`inputs.N`, false}, {`inputs."N"`, false}, {`inputs.${"N"}`, false}, {`inputs.N or 1`, false},
	{`let inherit (inputs) N; in N`, false}, {`let inherit (inputs) self N; in [ self N ]`, false},
	{"let inherit (inputs)\n      self\n      N\n      ; in [ self N ]", false},
	{`{ inherit N; }`, false}, {`{ inherit N self; }`, false}, {"{\n      inherit self N;\n      x = N;\n    }", false},
	{"{\n      inherit # this\n        N;\n    }", true}, {`{ inherit self /* and */ N; }`, true}, {`{ inherit N /* it */; }`, true},
	{"let inherit (inputs) # this\n      N; in N", true}, {`[ /* inherit */ N ]`, false}, {"[\n      # we inherit\n      N ]", false},
	{`rec { inherit N; x = N; }`, false}, {`{ inherit (inputs) N; }`, false}, {`let f = { N }: N; in f { inherit N; }`, false},
	{`let N = 1; in N`, false}, {`(N: N) 5`, false}, {`rec { N = 3; x = N; }`, false}, {`{ N = 4; }.N`, false},
	{`let inputs = { N = 7; }; in inputs.N`, false}, {`with { z = 1; }; N + "x"`, false}, {`"s ${N}"`, false},
	{`({ N, x ? N }: x) { N = 1; }`, false}, {`(x: x.N or 2) { N = 1; }`, false}, {`inputs.self`, false},
	{`let M = 9; in N`, true}, {`(M: N) 3`, true}, {`with { M = 8; }; M`, true}, {`let M = 9; in M`, false}, {`rec { M = 1; x = N; }`, true},
	{`rec { inherit N; M = 1; }`, true}, {`{ M = 1; inherit N; }`, false}, {`inputs.M or 3`, true}, {`inputs ? N`, true}, {`(s: s.inputs.N) self`, true}, {`let inherit (self) inputs; in inputs.N`, true},
	{`builtins.attrValues inputs`, true}, {`with inputs; N`, true}, {`let k = "N"; in inputs.${k}`, true}, {`let i = inputs; in i.N`, true},
}

// Breaks when a rename misses a use in the body of outputs, renames what is another thing of that name, or is caught by
// another meaning of the new name: real Nix then evaluates outputs to something else, or not at all.
func TestRenameKeepsOutputs(t *testing.T) {
	type pair struct{ name, before, after string }
	var pairs []pair
	var files []string
	dir := realtools.TempDir(t)
	write := func(source string) string {
		file := filepath.Join(dir, strconv.Itoa(len(files))+".nix")
		if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		return file
	}
	check := func(t interface {
		Fatalf(string, ...any)
	}, patterns string, chosen []string, refusable bool) {
		source := fmt.Sprintf("{\n  inputs.old.url = \"x\";\n  inputs.pins.url = \"y\";\n  outputs = %s:\n    [ (%s) ];\n}\n", patterns, strings.Join(chosen, ")\n    ("))
		source = strings.NewReplacer("N", "old", "M", "new").Replace(source)
		m := parse.Parse(parse.Flake, source)
		change, err := Rename(m, m.Input("old"), "new", Elsewhere{Searched: true})
		var refusal *Refusal
		if errors.As(err, &refusal) {
			if !refusable {
				t.Fatalf("refused: %s\n%s", refusal.Reason, source)
			}
			return
		}
		result, err := text.Apply(source, change.Edits)
		if err != nil {
			t.Fatalf("%v", err)
		}
		pairs = append(pairs, pair{source, write(source), write(result)})
	}
	for _, b := range bodies {
		check(t, "{ self, N, ... }@inputs", []string{b.source}, b.refusable)
	}
	rapid.Check(t, func(t *rapid.T) {
		var chosen []string
		refusable := false
		for range rapid.IntRange(1, 4).Draw(t, "n") {
			b := rapid.SampledFrom(bodies).Draw(t, "body")
			chosen, refusable = append(chosen, b.source), refusable || b.refusable
		}
		check(t, rapid.SampledFrom([]string{"{ self, N, ... }@inputs", "inputs@{ self\n  , N # it\n  , pins\n  }", "{ N, self, pins }@inputs"}).Draw(t, "pattern"), chosen, refusable)
	})
	var questions []string
	for _, p := range pairs {
		call := `let f = import %s; in let all = { self = { inputs = all; outPath = "me"; }; pins = "pinned"; %s = "it"; }; in f.outputs all`
		questions = append(questions, fmt.Sprintf(call, realtools.Literal(p.before), "old"), fmt.Sprintf(call, realtools.Literal(p.after), "new"))
	}
	answers := realtools.NewNix(t).Eval(t, questions)
	for i, p := range pairs {
		before, after := answers[2*i], answers[2*i+1]
		if before.Err != nil {
			t.Fatalf("the test's own flake does not evaluate: %v\n%s", before.Err, p.name)
		}
		if after.Err != nil || string(before.JSON) != string(after.JSON) {
			result, _ := os.ReadFile(p.after)
			t.Errorf("outputs was %s, is %s (%v)\n%s\n----\n%s", before.JSON, after.JSON, after.Err, p.name, result)
		}
	}
	t.Logf("%d renames", len(pairs))
}

// Breaks when Remove takes away an input that is used, or keeps one that is not.
func TestRemoveRefusesWhatIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, b := range bodies {
		uses := !slices.Contains([]string{
			`let N = 1; in N`, `(N: N) 5`, `rec { N = 3; x = N; }`, `{ N = 4; }.N`, `let inputs = { N = 7; }; in inputs.N`,
			`({ N, x ? N }: x) { N = 1; }`, `(x: x.N or 2) { N = 1; }`, `inputs.self`, `with { M = 8; }; M`, `let M = 9; in M`, `inputs.M or 3`,
		}, b.source)
		used[b.source] = uses
	}
	for _, body := range slices.Sorted(maps.Keys(used)) {
		source := strings.ReplaceAll("{\n  inputs.N.url = \"x\";\n  outputs = { self, N, ... }@inputs: "+body+";\n}\n", "N", "old")
		source = strings.ReplaceAll(source, "M", "new")
		m := parse.Parse(parse.Flake, source)
		_, err := Remove(m, m.Input("old"), Elsewhere{})
		if (err != nil) != used[body] {
			t.Errorf("%s: used %v, but %v", body, used[body], err)
		}
	}
}
