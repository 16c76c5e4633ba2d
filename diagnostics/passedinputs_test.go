package diagnostics_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a flake is given a pins input though a function in another file does not take it, which Nix tells here, or is refused one though
// all such functions take any.
func TestAdoptWhereFilesTakeAllInputs(t *testing.T) {
	chain := map[string]string{"o101.nix": "inputs: { }"}
	for i := range 101 {
		chain[fmt.Sprintf("o%d.nix", i)] = fmt.Sprintf("inputs: import ./o%d.nix inputs", i+1)
	}
	cases := map[string]struct {
		outputs string
		files   map[string]string
		want    string // why not, in part; "" where it is adopted
		// fails says that the function cannot be called with one input more.
		fails bool
	}{
		"named":               {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: { }"}},
		"open":                {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "{ self, lib, ... }: { }"}},
		"closed":              {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "{ self, lib }: { }"}, want: "line 3 passes all inputs to o.nix, whose function takes those alone that it names", fails: true},
		"closed and named":    {outputs: `{ self, lib, ... }@args: import ./o.nix args`, files: map[string]string{"o.nix": "args@{ self, lib }: { }"}, want: "takes those alone that it names", fails: true},
		"a folder":            {outputs: `inputs: import ./nix inputs`, files: map[string]string{"nix/default.nix": "# what it has\n{ lib, ... }: { }"}},
		"a closed folder":     {outputs: `inputs: import ./nix inputs`, files: map[string]string{"nix/default.nix": "{ lib, self }: { }"}, want: "nix/default.nix, whose function", fails: true},
		"more than inputs":    {outputs: `inputs: import ./o.nix (inputs // { system = "x"; })`, files: map[string]string{"o.nix": "{ system, ... }: { }"}},
		"behind a let":        {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "let x = 1; in inputs: { }"}, want: "o.nix, which is no function that can be read"},
		"no function":         {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "import ./p.nix", "p.nix": "{ lib, self }: { }"}, want: "no function that can be read", fails: true},
		"broken":              {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: { x = ; }"}, want: "no function that can be read", fails: true},
		"gone":                {outputs: `inputs: import ./o.nix inputs`, want: "o.nix, which is not there", fails: true},
		"handed on":           {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs:\nimport ./x/p.nix inputs", "x/p.nix": "{ self, ... }@all: import ../q.nix all", "q.nix": "{ lib, self }: { }"}, want: "line 1 of x/p.nix passes all inputs to q.nix, whose", fails: true},
		"handed on well":      {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs:\nimport ./x/p.nix inputs", "x/p.nix": "{ self, ... }@all: import ../q.nix all", "q.nix": "{ lib, ... }: { }"}},
		"handed to anybody":   {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs:\nlet f = { lib, self }: { };\nin f inputs"}, want: "line 3 of o.nix passes all inputs to a function, which may not", fails: true},
		"twice the same":      {outputs: `inputs: { a = import ./o.nix inputs; b = import ./o.nix inputs; }`, files: map[string]string{"o.nix": "inputs: { }"}},
		"then another":        {outputs: `inputs: { a = import ./o.nix inputs; b = import ./p.nix inputs; }`, files: map[string]string{"o.nix": "_: { }", "p.nix": "{ lib, self }: { }"}, want: "p.nix, whose function", fails: true},
		"round and round":     {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: { x = import ./p.nix inputs; }", "p.nix": "inputs: { x = y: import ./o.nix inputs; }"}},
		"beside the flake":    {outputs: `inputs: import ../lib/o.nix inputs`, files: map[string]string{"../lib/o.nix": "inputs: { }"}, want: "../lib/o.nix, which cannot be read: it lies outside of the flake's repository"},
		"in the repository":   {outputs: `inputs: import ../lib/o.nix inputs`, files: map[string]string{"../.git/config": "[core]\n\tbare = false\n", "../lib/o.nix": "inputs: { }"}},
		"in a set":            {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "i:\nimport ./p.nix { inputs = i; }", "p.nix": "{ inputs }: import ./q.nix inputs", "q.nix": "{ lib, self }: { }"}, want: "line 2 of o.nix hands all inputs on", fails: true},
		"in a set of its own": {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "i: let g = { all, ... }: import ./q.nix all; in g { all = i; }", "q.nix": "{ lib, self }: { }"}, want: "line 1 of o.nix hands all inputs on", fails: true},
		"a registry":          {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: { x = builtins.mapAttrs (_: v: { flake = v; }) inputs; }"}},
		"a registry here":     {outputs: `inputs: { x = builtins.mapAttrs (_: v: { flake = v; }) inputs; }`},
		"each one here":       {outputs: `inputs: { x = map (i: i.packages) (builtins.attrValues (inputs)); }`, want: "line 3 makes something of each input", fails: true},
		"each by its name":    {outputs: `inputs: { x = builtins.mapAttrs (_: i: i.packages) inputs; }`, want: "line 3 makes something of each input", fails: true},
		"a file of each":      {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: map import (builtins.attrValues (builtins.mapAttrs (n: v: \"${v.outPath}/module.nix\") inputs))"}, want: "line 1 of o.nix makes something of each input", fails: true},
		"a variable flake":    {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: builtins.mapAttrs (n: v: let flake = v; in flake.packages) inputs"}, want: "line 1 of o.nix makes something of each input", fails: true},
		"if it is there":      {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: if builtins.hasAttr \"pins\" inputs then inputs.pins.packages else 1"}, want: "line 1 of o.nix hands all inputs on", fails: true},
		"of each what it has": {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: { x = builtins.mapAttrs (_: v: v.packages) { inherit (inputs) lib; }; y = map (v: v.packages) (builtins.attrValues inputs); }"}, want: "line 1 of o.nix makes something of each input", fails: true},
		"names":               {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: builtins.attrNames inputs"}, want: "line 1 of o.nix hands all inputs on"},
		"by names":            {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: builtins.mapAttrs (n: v: { flake = v; x = inputs.${\"${n}\" + \"\"}.packages; }) inputs"}, want: "line 1 of o.nix makes something of each input", fails: true},
		"another import":      {outputs: `inputs: let import = f: { self, lib }: { }; in import ./o.nix inputs`, files: map[string]string{"o.nix": "i: { }"}, want: "line 3 passes all inputs to a function", fails: true},
		"too large":           {outputs: `inputs: import ./o.nix inputs`, files: map[string]string{"o.nix": "inputs: { }" + strings.Repeat(" ", 1<<20)}, want: "o.nix, which cannot be read"},
		"through very many":   {outputs: `inputs: import ./o0.nix inputs`, files: chain, want: "more files than are looked at"},
		"another argument":    {outputs: `inputs: import ./o.nix 1 inputs`, files: map[string]string{"o.nix": "_: { lib, self }: { }"}, want: "passes all inputs to a function", fails: true},
	}
	nix := realtools.NewNix(t)
	var names, calls []string
	for name, c := range cases {
		dir := layWithoutPins(t, "github:acme/lib", c.outputs)
		leaf := filepath.Join(dir, "leaf")
		realtools.WriteFiles(t, leaf, c.files)
		path := filepath.Join(leaf, "flake.nix")
		a, err := diagnostics.Adopt(context.Background(), openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot(), path)
		switch {
		case c.want == "":
			if err != nil || a == nil {
				t.Errorf("%s: %v, %v", name, a, err)
				continue
			}
			realtools.WriteFiles(t, leaf, map[string]string{"flake.nix": a.Text})
		case err == nil || a != nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, %v, want %q", name, a, err, c.want)
		}
		names = append(names, name)
		calls = append(calls, `builtins.deepSeq ((import `+path+`).outputs { self = { }; lib = { }; pins = { }; }) true`)
	}
	for i, answer := range nix.Eval(t, calls) {
		if c := cases[names[i]]; (answer.Err != nil) != c.fails {
			t.Errorf("%s: called with one input more, Nix says %v", names[i], answer.Err)
		}
	}
}
