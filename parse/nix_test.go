package parse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// syntaxTexts are the texts of testdata/syntax.txt: small ones, each as a Go string on a line of its own. They try every corner
// of Nix's grammar that the two parsers here could see otherwise.
func syntaxTexts(t testing.TB) []string {
	data, err := os.ReadFile("testdata/syntax.txt")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		s, err := strconv.Unquote(line)
		if err != nil {
			t.Fatalf("testdata/syntax.txt:%d: %v", i+1, err)
		}
		texts = append(texts, s)
	}
	return append(texts, strings.Repeat("(", 3000)+"1"+strings.Repeat(")", 3000), strings.Repeat("[", 3000)+strings.Repeat("]", 3000))
}

// write puts texts into files in a folder of their own, which Nix can read.
func write(t *testing.T, texts []string) []string {
	dir := realtools.TempDir(t)
	files := make([]string, len(texts))
	for i, s := range texts {
		files[i] = filepath.Join(dir, strconv.Itoa(i)+".nix")
		if err := os.WriteFile(files[i], []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// Breaks when a text is called wrong that Nix's parser takes, or the other way round; or when a text that Nix takes gives a
// tree with errors, in which parts would be lost.
func TestSyntaxAsNix(t *testing.T) {
	texts := syntaxTexts(t)
	for i, err := range realtools.NewNix(t).Parse(t, write(t, texts)) {
		m := Parse(Other, texts[i])
		if (err != nil) != (len(m.Errors) > 0) {
			t.Errorf("%.200q\n  Nix: %v\n  here: %v", texts[i], err, m.Errors)
		}
		if tree, _ := repaired(texts[i], nil); err == nil && tree.broken {
			t.Errorf("%.200q: Nix takes it, the tree has errors", texts[i])
		}
	}
}

// Breaks when Nix's own variables are not those of names.go.
func TestGlobalsAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	nix.Recorded(t)
	answer := nix.Eval(t, []string{"builtins.attrNames builtins"})[0]
	if answer.Err != nil {
		t.Fatal(answer.Err)
	}
	var names, candidates []string
	if err := json.Unmarshal(answer.JSON, &names); err != nil {
		t.Fatal(err)
	}
	for _, n := range append(names, "curPos") {
		candidates = append(candidates, n, "__"+n)
	}
	// A `?` on a variable is parsed without a value being asked for.
	var known []string
	for _, c := range candidates {
		if isGlobal(c) {
			known = append(known, c)
		}
	}
	if len(known) != len(globals) {
		t.Errorf("%d of %d globals are builtins", len(known), len(globals))
	}
	for i, err := range nix.Parse(t, write(t, candidates)) {
		if (err == nil) != isGlobal(candidates[i]) {
			t.Errorf("%s: Nix: %v, here: %v", candidates[i], err, isGlobal(candidates[i]))
		}
	}
}

// values are expressions whose value is known without an application, and some whose value is not.
var values = []string{
	`1`, `-1`, `- (-1)`, `1.5`, `0.1`, `-1.5`, `"a"`, `''a''`, `null`, `true`, `!true`, `[ 1 "a" [ ] ]`, `{ }`, `{ a = 1; b.c = 2; }`,
	`rec { a = 1; b = a; }`, `rec { a = b; b = c; c = 1; }`, `let a = 1; in a`, `let a = { b = 1; }; in a.b`, `let a = { b = 1; }; in a.c or 2`,
	`{ a = 1; }.b or 2`, `{ a.b = 1; }.a.b.c or 3`, `{ a = 1; } // { b = 2; }`, `{ a = 1; } // { a = 2; }`, `"a" + "b"`, `"a${"b"}c"`,
	`let x = "b"; in "a${x}c"`, `let x = "b"; in ''a${x}c''`, `1 + 2`, `7 / 2`, `-7 / 2`, `2 * 3 - 1`, `1 == 1`, `"a" == "b"`, `1 != 2`, `null == null`,
	`1 < 2`, `2 <= 1`, `true && false`, `false || true`, `false -> false`, `if true then 1 else 2`, `if 1 == 2 then 1 else 2`, `assert true; 1`,
	`with { a = 1; }; a`, `with { a = 1; }; let a = 2; in a`, `let a = 2; in with { a = 1; }; a`, `with { a = 1; }; with { a = 2; }; a`,
	`with { true = 1; }; true`, `let true = 1; in true`, `let inherit ({ a = 1; }) a; in a`, `let s = { a = 1; b = 2; }; in { inherit (s) a b; }`,
	`let a = 1; in { inherit a; }`, `let a = 1; in rec { inherit a; b = a; }`, `{ a = 1; } ? a`, `{ a.b = 1; } ? a.b`, `{ a = 1; } ? a.b`, `{ } ? a`, `1 ? a`,
	`[ 1 ] ++ [ 2 ]`, `let a = [ 1 ]; in a ++ a`, `rec { a = { x = 1; y = a.x; }; }`, `let a = { x = b; }; b = a.y or 1; in a`,
	`let s = rec { a = "x"; b = "${a}y"; c = "${b}z"; }; in s.c`, `{ a = { b = 1; }; a.c = 2; }`, `rec { a = { b = 1; }; a.c = d; d = 3; }`,
	`{ a = rec { b = 1; }; a.c = 2; }`, `{ a = rec { b = 1; }; a = { c = b; }; }`, `let x = 1; in { a = { y = x; }; a.x = 2; }`,
	`let { x = 1; body = x; }`, `{ ${"a"} = 1; }`, `{ "a b" = 1; }`, `{ ${''a''} = 1; }`, `"a\n\t\r\\\"\${x}$y$${z}"`, "''\n  a\n    b\n  c\n''", "''\n  a\n \n  b''",
	"''\n\ta\n\t b\n''", "''a\n  b''", "''  a''", "''\n    a\n  ${\"x\"}\n   b\n  ''", "''\n  ''\\n  a\n  ''", "''\n  a ''${x} '''' ''$ $''", "''a$''", "''\n    \n  x''",
	"''\n  x\n ''", "''x''\\ty''", "''\n  a\n  ${\"b\"}''", "''\n  ${\"a\"}\n  ''", "''\n   ${\"a\"}\n  b''", "'' ''", "''\n''", "''\n  \n''", "''   \n   a\n b''",
	"\"a\r\nb\rc\"", "''\r\n  a\r\n  b\r\n''", `http://x.y/z?a=b`, `9223372036854775807`, `"é😀"`, `''é''`, `[ (1) ((2)) ]`, `({ a = (1); })`,
	`let a = b; b = 1; in with { b = 2; }; a`, `let a.b.c = 1; a.b.d = 2; in a`, `let f = { x ? 1 }: x; in 2`, `{ a = x: x; }.b or 1`, `true == !false`,
	`"a" + "b" + "c"`, `[ ] == [ ]`, `{ } == { }`, `1.0 + 1`, `let a = "x"; in { ${a} = 1; }`, `builtins.map`, `{ inherit (builtins) nope; }.a or 1`,
	`1 + 9223372036854775807`, `1 / 0`, `let a = a; in 1`, `{ a = throw "x"; b = 1; }.b`, `let x = import ./nope; in 1`, `rec { a = 1; __overrides = { }; }.a`,
	`''a''''${"b"}c''`, `'''${"x"}' y''`, `''a'${"b"}'''${"c"}'''''''${"d"}''`, `'''''${"x"}''`, `''''\''${"x"}''`, `''a''\'${"x"}''`, `''''''${"x"}''`, "''\n  a = '${\"x\"}'\n  b = '''${\"x\"}'''\n''",
	`let y=1;a=[x /*c*/y ~/p /*c*//*d*/y];x=/tmp;in if 1==2 then a else y`, `let y=1;in[/tmp /*c*/y/*d*/y]`, `let a={x=1;};b={y=2;};in a//b`, `let b={y=2;};in{x=1;}//b//b`, `let a.b={x=1;};c={y=2;};in[(a.b//c)(a.b //c)]`, `let b={y=2;};in{x=1;}//b.z or b`,
	`{x=1;}//{y=2;}`, `[1]++[2]`, `let a=[1];in a++a`, `let a=1;in a+a`, `let a=1;in a*a`, `{a=1;}?a`, `if 1<2then 3else 4`, `{a=1;}.a or{}`,
	`rec { a = 1; b = a; __overrides = { a = 2; }; }`, `{ a = 1; b = 2; __overrides = { a = 2; }; }`,
	`{ ${"a" + "b"} = 1; "c${"d"}" = 2; ${''e${"f"}''} = 3; }`, `{ a.${"b" + "c"}.d = 1; a.e = 2; }`, `{ ${null} = 1; b = 2; }`,
	`let k = "a"; in { ${k}.b = 1; ${k + "x"}.c = 2; a'.d = 3; }`, `let k = "a"; in { ${k}.b = 1; ${k}.c = 2; }`, `let k = "a"; in { a.b = 1; ${k}.c = 2; }`,
	`let k = null; in { ${k}.b = 1; c = 2; }`, `rec { a = "k"; ${a} = c; c = 1; }`, `rec { ${"b" + ""} = 1; a = b; }`, `let b = 2; in rec { ${"b" + ""} = 1; a = b; }`,
	`let k = "b"; in { a = { ${k} = 1; }; a.c = 2; }`, `let k = "b"; in { a.c = 2; a = rec { ${k} = d; d = 3; }; }`, `let k = "b"; in { a = { ${k} = 1; }; a = { ${k + k} = 2; }; }`,
	`let k = "a"; in { ${k} = { b = 1; }; }`, `let k = "a"; in { ${k} = rec { b = 1; c = b; }; z = { ${k} = 2; }; }`, `let k = "a"; in { a = 1; }.${k}`,
	`let k = "a"; in { a.b = 1; } ? ${k}.b`, `let k = "z"; in { a = 1; }.${k} or 2`, `{ ${map} = 1; }`, `let k = "a"; in { a.b = 1; }."${k}"."b"`,
}

// contains says whether a value from JSON holds an unknown part.
func unknownIn(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["unknown"]; ok && len(v) == 1 {
			return true
		}
		for _, e := range v {
			if unknownIn(e) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if unknownIn(e) {
				return true
			}
		}
	}
	return false
}

// mayBeUnknown are those of values that only an evaluator knows.
var mayBeUnknown = map[string]bool{
	"[ ] == [ ]": true, "{ } == { }": true, "1.0 + 1": true, "builtins.map": true,
	"rec { a = 1; __overrides = { }; }.a": true, "rec { a = 1; b = a; __overrides = { a = 2; }; }": true, "{ ${map} = 1; }": true,
	"1 + 9223372036854775807": true, "1 / 0": true, "let a = a; in 1": false,
}

// Breaks when a value is read otherwise than Nix evaluates it.
func TestValuesAsNix(t *testing.T) {
	for i, answer := range realtools.NewNix(t).Eval(t, values) {
		m := Parse(Other, values[i])
		got := throughJSON(t, plain(m.Value))
		if answer.Err != nil {
			if !unknownIn(got) {
				t.Errorf("%s = %v, where Nix says %v", values[i], got, answer.Err)
			}
			continue
		}
		var want any
		if err := json.Unmarshal(answer.JSON, &want); err != nil {
			t.Fatal(err)
		}
		if unknownIn(got) != mayBeUnknown[values[i]] || !unknownIn(got) && !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %#v, want %#v", values[i], got, want)
		}
	}
}

// Breaks when the inputs or formals of some way of writing are read otherwise than Nix evaluates them. The texts are the
// archives' and those of real inputs in every layout.
func TestInputsAsNix(t *testing.T) {
	var texts []string
	for _, archive := range archives(t) {
		for _, part := range archive.Files {
			if part.Name == "flake.nix" {
				texts = append(texts, string(part.Data))
			}
		}
	}
	seed := uint64(0)
	for _, inputs := range realInputs(t) {
		seed++
		odd := seed%2 == 0
		texts = append(texts, manifestgen.Render(manifestgen.Model{
			Inputs:  inputs,
			Outputs: manifestgen.Function{Pattern: seed%3 > 0, Argument: "args", Ellipsis: odd, Formals: []manifestgen.Formal{{Name: "self"}, {Name: "x", Default: "1"}}},
		}, manifestgen.Layout{
			Style: manifestgen.Styles[seed%5], CRLF: seed%7 == 0, Comments: odd, Quoted: odd, Spaces: odd, Literals: odd,
			Formals: manifestgen.FormalsStyle(seed % 4), ArgumentFirst: odd, Seed: seed,
		}))
	}
	nix := realtools.NewNix(t)
	files := write(t, texts)
	inputs, formals := nix.Inputs(t, files), nix.OutputsFormals(t, files)
	for i, source := range texts {
		m := Parse(Flake, source)
		if inputs[i].Err != nil {
			if len(m.Errors) == 0 && !unknownIn(inputsJSON(t, m)) {
				t.Errorf("read as %v, where Nix says %v:\n%s", inputsJSON(t, m), inputs[i].Err, source)
			}
			continue
		}
		var want any
		if err := json.Unmarshal(inputs[i].JSON, &want); err != nil {
			t.Fatal(err)
		}
		if got := inputsJSON(t, m); !unknownIn(got) && !reflect.DeepEqual(absolute(got, m.Value.Member("inputs"), filepath.Dir(files[i])), want) {
			t.Errorf("inputs %v\nwant %v in\n%s", got, want, source)
		}
		if formals[i].Err != nil || m.OutputsFunction == nil {
			continue
		}
		var function *realtools.Formals
		if err := json.Unmarshal(formals[i].JSON, &function); err != nil {
			t.Fatal(err)
		}
		pattern := m.OutputsFunction.Formals
		if (function == nil) != (pattern == nil) {
			t.Errorf("formals %v, want %v in\n%s", pattern, function, source)
			continue
		}
		if function == nil {
			continue
		}
		got := realtools.Formals{Names: map[string]bool{}, Ellipsis: !pattern.Closed()}
		for _, f := range pattern.List {
			got.Names[f.Name] = f.HasDefault
		}
		if !reflect.DeepEqual(got, *function) {
			t.Errorf("formals %v, want %v in\n%s", got, *function, source)
		}
	}
}

// absolute is a value from JSON with its paths made absolute, as Nix gives them.
func absolute(v any, value *Value, dir string) any {
	switch v := v.(type) {
	case string:
		if value.Kind == PathValue && !filepath.IsAbs(v) {
			return filepath.Join(dir, v)
		}
		if value.Kind == PathValue {
			return filepath.Clean(v)
		}
	case map[string]any:
		out := map[string]any{}
		for name, e := range v {
			out[name] = absolute(e, value.Member(name), dir)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = absolute(e, value.List[i], dir)
		}
		return out
	}
	return v
}
