package parse

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"
)

// Breaks when what `show --json` prints changes: its keys, its order, how an unknown part is shown.
func TestJSON(t *testing.T) {
	for _, c := range []struct{ file, source, want string }{
		{"flake.nix", `{ }`, `{"description":null,"formals":null,"inputs":{},"kind":"flake"}`},
		{"flake.nix", `{ description = "<d>"; inputs.b.url = ./x; inputs.a.url = import ./y; outputs = { self, z ? 1, ... }@i: { }; }`,
			`{"description":"<d>","formals":{"self":false,"z":true},"inputs":{"a":{"url":{"unknown":"import ./y"}},"b":{"url":"./x"}},"kind":"flake"}`},
		{"flake.nix", `{ inputs = f { }; outputs = i: { }; }`, `{"description":null,"formals":null,"inputs":{"unknown":"f { }"},"kind":"flake"}`},
		{"flake.nix", `{ outputs = import ./o.nix; }`, `{"description":null,"formals":{"unknown":"import ./o.nix"},"inputs":{},"kind":"flake"}`},
		{"flake.nix", `{ outputs = { }: { }; }`, `{"description":null,"formals":{},"inputs":{},"kind":"flake"}`},
		{"flake.nix", `{ inputs.a.url = "x"; inputs.${f 1}.url = "y"; outputs = i: { }; }`,
			`{"description":null,"formals":null,"inputs":{"unknown":"inputs.a.url = \"x\";"},"kind":"flake"}`},
		{"flake.nix", `{ inputs = { a.url = "x"; ${"b" + "c"}.url = "y"; }; outputs = i: { }; }`,
			`{"description":null,"formals":null,"inputs":{"a":{"url":"x"},"bc":{"url":"y"}},"kind":"flake"}`},
		{"flake.nix", `import ./x`, `{"description":null,"formals":null,"inputs":{"unknown":"import ./x"},"kind":"flake"}`},
		{"mana.nix", `{ name = "x"; entrypoint = ./e.nix; groups.eval = { }; n = 1.5; b = null; }`,
			`{"b":null,"entrypoint":"./e.nix","groups":{"eval":{}},"kind":"mana","n":1.5,"name":"x"}`},
		{"mana.nix", `{ x }: x`, `{"kind":"mana","unknown":"{ x }: x"}`},
		{"entrypoint.nix", `{ nixpkgs, x ? 1 }: 1`, `{"formals":{"nixpkgs":false,"x":true},"kind":"entrypoint"}`},
		{"entrypoint.nix", `args: 1`, `{"formals":null,"kind":"entrypoint"}`},
	} {
		got, err := Parse(KindOf("a/"+c.file), c.source).JSON()
		if err != nil || string(got) != c.want {
			t.Errorf("%s\n got %s %v\nwant %s", c.source, got, err, c.want)
		}
	}
}

// nixText writes a value from JSON as Nix source.
func nixText(v any) string {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		sort.Strings(names)
		var b strings.Builder
		for _, name := range names {
			fmt.Fprintf(&b, "%q = %s; ", name, nixText(v[name]))
		}
		return "{ " + b.String() + "}"
	case []any:
		var b strings.Builder
		for _, e := range v {
			b.WriteString("(" + nixText(e) + ") ")
		}
		return "[ " + b.String() + "]"
	case string:
		return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, "${", `\${`).Replace(v) + `"`
	}
	return strings.ReplaceAll(fmt.Sprint(v), "<nil>", "null")
}

// Breaks when something in the mana.nix of a real project is lost.
func TestRealMana(t *testing.T) {
	files, err := filepath.Glob("testdata/real/mana/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no real mana.nix", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		out, err := Parse(Mana, nixText(want)).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		want["kind"] = "mana"
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\nwant %v", file, got, want)
		}
	}
}
