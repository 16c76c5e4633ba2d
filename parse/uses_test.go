package parse

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

var useKinds = map[UseKind]string{FormalUse: "formal", VariableUse: "variable", SelectUse: "select", InheritUse: "inherit"}

// show writes uses as "name: kind line:column …", with what escapes and what is dynamic.
func (u *Uses) show(source string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(u.Names)) {
		fmt.Fprintf(&b, "%s:", name)
		for _, use := range u.Names[name] {
			fmt.Fprintf(&b, " %s(%s)", useKinds[use.Kind], use.Span.In(source))
			if use.Of != "" {
				b.WriteString(" of " + use.Of)
			}
		}
		b.WriteString("; ")
	}
	for _, n := range u.Nested {
		fmt.Fprintf(&b, "%s: %s(%s); ", strings.Join(n.Path, "/"), useKinds[n.Kind], n.Span.In(source))
	}
	for _, o := range u.Opened {
		fmt.Fprintf(&b, "opened %s(%s); ", strings.Join(o.Path, "/"), o.Span.In(source))
	}
	for _, s := range u.Escapes {
		fmt.Fprintf(&b, "escapes(%s); ", s.In(source))
	}
	for _, s := range u.Dynamic {
		fmt.Fprintf(&b, "dynamic(%s); ", s.In(source))
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// Breaks when a use of an input in the body of outputs is missed, or a name that is defined anew is taken for one; when what
// is used of an input's own inputs is missed.
func TestUses(t *testing.T) {
	for _, c := range []struct{ outputs, want string }{
		{`{ self, a, ... }: a.lib`, `a: formal(a) variable(a); self: formal(self)`},
		{`{ self, a, ... }@inputs: inputs.a.lib + inputs."b".x + inputs.${"c"}`,
			`a: formal(a) select(a); b: select("b"); c: select(${"c"}); self: formal(self)`},
		{`inputs: inputs.a`, `a: select(a)`},
		{`inputs: f inputs`, `escapes(inputs)`},
		{`inputs: { inherit inputs; }`, `escapes(inputs)`},
		{`inputs: with inputs; a`, `escapes(inputs)`},
		{`inputs: inputs.${x}.lib`, `dynamic(${x})`},
		{`inputs: inputs."a${x}"`, `dynamic("a${x}")`},
		{`inputs: let inherit (inputs) a b; in a`, `a: inherit(a); b: inherit(b)`},
		{`{ self, ... }: self.inputs.a.lib`, `a: select(a); self: formal(self)`},
		{`{ a, ... }: a: a`, `a: formal(a)`},
		{`{ a, ... }: let a = 1; in a`, `a: formal(a)`},
		{`{ a, ... }: let b = { inherit a; }; in b`, `a: formal(a) variable(a)`},
		{`{ a, ... }: let inherit a; in a`, `a: formal(a) variable(a)`},
		{`{ a, ... }: rec { a = 1; b = a; }`, `a: formal(a)`},
		{`{ a, ... }: { a = 1; b = a; }`, `a: formal(a) variable(a)`},
		{`{ a, b ? a, ... }: 1`, `a: formal(a) variable(a); b: formal(b)`},
		{`{ a, ... }: "x${a.y}z"`, `a: formal(a) variable(a)`},
		{`inputs: inputs ? a && inputs.a ? b`, `a: select(a) select(a)`},
		{`inputs: inputs.a or inputs.b`, `a: select(a); b: select(b)`},
		{`inputs: (inputs).a`, `a: select(a)`},
		{`inputs: let inputs = { }; in inputs.a`, ``},
		{`inputs: f ({ inputs, inputs', ... }: inputs.a + inputs'.b)`, `a: select(a); b: select(b)`},
		{`inputs: inputs.self.inputs.a`, `a: select(a)`},
		{`x: x.a`, `a: select(a)`},
		{`{ a, }: a`, `a: formal(a) variable(a)`},
		{`{ p, ... }: p.inputs.a.lib + (p).inputs."b" + p.a`, `p: formal(p) variable(p) variable(p) variable(p); p/a: select(a); p/b: select("b")`},
		{`inputs: inputs.p.inputs.q.inputs.a`, `p: select(p); p/q: select(q); p/q/a: select(a)`},
		{`inputs: let inherit (inputs.p.inputs) a; in inputs.p.inputs ? b`, `p: select(p) select(p); p/a: inherit(a); opened p(inputs)`},
		{`{ p, ... }: { inherit (p.inputs) a b; inherit (p) inputs; }`,
			`p: formal(p) variable(p) variable(p); p/a: inherit(a); p/b: inherit(b); opened p(inputs)`},
		{`inputs: { inherit (inputs.p) inputs; }`, `p: select(p); opened p(inputs)`},
		{`{ p, x, ... }: f p.inputs p.inputs.${x}`, `p: formal(p) variable(p) variable(p); x: formal(x) variable(x); opened p(inputs); opened p(${x})`},
		{`{ self, ... }: { inherit (self) inputs outputs; }`, `self: formal(self) variable(self); escapes(inputs)`},
		{`inputs: { inherit (inputs.self) inputs; }`, `self: select(self); escapes(inputs)`},
		{`{ p, ... }: let p = 1; in p.inputs.a`, `p: formal(p)`},
	} {
		source := "{ outputs = " + c.outputs + "; }"
		if got := Parse(Flake, source).Uses().show(source); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.outputs, got, c.want)
		}
	}
}

// Breaks when a module that is handed `inputs` is not searched for what it takes of them, or another flake's `inputs` are not told apart.
func TestUsesInFile(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`{ inputs, pkgs, ... }: { imports = [ inputs.a.nixosModules.x ]; }`, `a: select(a); inputs: formal(inputs); pkgs: formal(pkgs)`},
		{`{ config, ... }: config.flake.inputs."a"`, `a: select("a") of flake; config: formal(config)`},
		{`self: { inherit (self.inputs) a; inherit (inputs) b; }`, `a: inherit(a) of self; b: inherit(b)`},
		{`{ p, ... }: p.inputs.a`, `a: select(a) of p; p: formal(p)`},
		{`{ a, ... }: a.lib`, `a: formal(a)`},
		{`inputs: import ./x.nix inputs`, `escapes(inputs)`},
		{`inputs: x: inputs.${x}`, `dynamic(${x})`},
		{`args: args.inputs`, `escapes(args.inputs)`},
		{`args: { inherit (args) inputs; }`, `escapes(inputs)`},
	} {
		if got := UsesInFile(c.source).show(c.source); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}

// Breaks when a function that may refuse one input more is handed all of them and nobody notices, or when one that takes any set, or a set
// that holds them, is taken for that.
func TestUsesPassed(t *testing.T) {
	for _, c := range []struct {
		outputs string
		want    []string
	}{
		{`inputs: import ./o.nix inputs`, []string{"inputs"}},
		{`{ self, a }@args: import ./o.nix args`, []string{"args"}},
		{`inputs: (({ self, a }: { }) inputs)`, []string{"inputs"}},
		{`inputs: ((all: import ./o.nix all) inputs)`, []string{"inputs"}},
		{`inputs: (({ self, ... }@all: import ./o.nix all) inputs)`, []string{"inputs"}},
		{`inputs: inputs.blueprint inputs`, []string{"inputs"}},
		{`inputs: f (inputs // { x = 1; })`, []string{"(inputs // { x = 1; })"}},
		{`inputs: f ({ x = 1; } // inputs) 1`, []string{"({ x = 1; } // inputs)"}},
		{`inputs: f (removeAttrs inputs [ "self" ])`, []string{`(removeAttrs inputs [ "self" ])`}},
		{`inputs: f (builtins.removeAttrs inputs [ "self" ])`, []string{`(builtins.removeAttrs inputs [ "self" ])`}},
		{`inputs: f (if c then inputs else { })`, []string{`(if c then inputs else { })`}},
		{`{ self, a }: import ./o.nix self.inputs`, []string{"self.inputs"}},
		{`inputs: let args = inputs // { x = 1; }; in import ./o.nix args`, []string{"args"}},
		{`inputs: let f = import ./o.nix; in { x = f inputs; }`, []string{"inputs"}},

		{`inputs: (({ self, ... }: { }) inputs)`, nil},
		{`inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } ./m.nix`, nil},
		{`inputs@{ self, ... }: blueprint { inherit inputs; prefix = inputs.self; }`, nil},
		{`inputs: lib.nixosSystem { specialArgs = inputs // { x = 1; }; modules = [ inputs.a.x ]; }`, nil},
		{`inputs: lib.nixosSystem { specialArgs = { inherit inputs; }; }`, nil},
		{`inputs: inputs.utils.lib.eachDefaultSystem (s: { x = inputs.a.${s}; })`, nil},
		{`inputs: f (inputs ? a) inputs.a (inputs.a // { })`, nil},
		{`inputs: lib.mapAttrs (_: f) inputs // builtins.attrNames inputs`, nil},
		{`inputs: lib.mapAttrs (_: f) (lib.filterAttrs (_: g) inputs)`, nil},
		{`inputs: let args = inputs // { }; in f (args: g args)`, nil},
		{`inputs: let args = inputs // { }; in f (let args = 1; in g args)`, nil},
		{`inputs: let args = let all = inputs; in all.a; in g args.b all`, nil},
		{`inputs: f (inputs == 1)`, nil},
	} {
		source := "{ outputs = " + c.outputs + "; }"
		var got []string
		for _, passed := range Parse(Flake, source).Uses().Passed {
			got = append(got, passed.Span.In(source))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.outputs, got, c.want)
		}
	}
}

// Breaks when something is made of each input that one more could break, and nobody notices, or when an entry of a registry or a search path is
// taken for that.
func TestUsesListed(t *testing.T) {
	const neither, entry, each = "", "an entry", "something"
	for outputs, want := range map[string]string{
		`inputs: lib.mapAttrs (_: v: { flake = v; }) inputs`:                                       entry,
		`inputs: lib.mapAttrs (_: flake: { inherit flake; }) inputs`:                               entry,
		`inputs: mapAttrs' (n: v: lib.nameValuePair "x-${n}" { flake = v; exact = true; }) inputs`: entry,
		`inputs: lib.mapAttrsToList (n: v: "${n}=${v}") inputs`:                                    entry,
		`inputs: lib.mapAttrsToList (n: _: "${n}=flake:${n}") (inputs)`:                            entry,
		`inputs: lib.mapAttrsToList (n: v: "${n}=" + v.outPath) inputs`:                            entry,
		`inputs: lib.mapAttrsToList (n: v: ''${n}=${v.outPath}'') inputs`:                          entry,
		`{ self, lib }: lib.mapAttrs (_: (v: { flake = v; })) self.inputs`:                         entry,
		`inputs: builtins.mapAttrs (_: v: { inherit (lib) x; flake = (v); y = lib.z; }) inputs`:    entry,

		`inputs: builtins.attrValues inputs`:                                          each,
		`inputs: lib.mapAttrs (_: v: v.packages) inputs`:                              each,
		`inputs: lib.mapAttrs (_: v: v) inputs`:                                       each,
		`inputs: lib.mapAttrs (_: v: { x = v; }) inputs`:                              each,
		`inputs: lib.mapAttrs (_: v: { x.flake = v; }) inputs`:                        each,
		`inputs: lib.mapAttrs (_: v: { ${flake} = v; }) inputs`:                       each,
		`inputs: lib.mapAttrs (_: v: { inherit v; }) inputs`:                          each,
		`inputs: lib.mapAttrs (_: flake: { inherit flake x; }) inputs`:                each,
		`inputs: lib.mapAttrs (n: v: { inherit n; flake = v; }) inputs`:               each,
		`inputs: lib.mapAttrs (n: v: { flake = v; x = import "${v}/x.nix"; }) inputs`: each,
		`inputs: lib.mapAttrs (_: v: { flake = v.packages; }) inputs`:                 each,
		`inputs: lib.mapAttrs (_: v: { flake = f v; }) inputs`:                        each,
		`inputs: lib.mapAttrs (_: v: { x = 1; }) inputs`:                              each,
		`inputs: lib.mapAttrs (_: v: rec { flake = v; x = flake.packages; }) inputs`:  each,
		`inputs: lib.mapAttrs (_: v: let flake = v; in flake.packages) inputs`:        each,
		`inputs: lib.mapAttrs (_: v: { inherit (v) packages; }) inputs`:               each,
		`inputs: lib.mapAttrs (_: v: with v; packages) inputs`:                        each,
		`inputs: lib.mapAttrs (_: v: import "${v}/x.nix") inputs`:                     each,
		`inputs: lib.mapAttrs (_: v: "${v}/module.nix") inputs`:                       each,
		`inputs: lib.mapAttrs (_: v: v.outPath.x) inputs`:                             each,
		`inputs: lib.mapAttrs (v: v: "${v}=${v}") inputs`:                             each,
		`inputs: lib.mapAttrs (_: v: "${v.packages}") inputs`:                         each,
		`inputs: mapAttrs' (n: v: lib.nameValuePair "${v.x}" { flake = v; }) inputs`:  each,
		`inputs: mapAttrs' (n: v: f "x" { flake = v; }) inputs`:                       each,
		`inputs: mapAttrs' (n: v: nameValuePair { flake = v; }) inputs`:               each,
		`inputs: lib.mapAttrs ({ a }: _: 1) inputs`:                                   each,
		`inputs: lib.mapAttrs (_: { packages, ... }@v: { flake = v; }) inputs`:        each,
		`inputs: lib.mapAttrs f inputs`:                                               each,
		`inputs: lib.mapAttrs (_: f) inputs`:                                          each,
		`inputs: lib.mapAttrs 1 (_: v: { flake = v; }) inputs`:                        each,

		`inputs: builtins.attrNames inputs`:                        neither,
		`inputs: lib.filterAttrs (_: v: true) inputs`:              neither,
		`inputs: g lib.mapAttrs (_: v: 1) inputs`:                  neither,
		`inputs: lib.mapAttrs inputs`:                              neither,
		`inputs: lib.mapAttrs (_: v: v.x) { inherit (inputs) a; }`: neither,
		`inputs: attrValues inputs.a`:                              neither,
	} {
		source := "{ outputs = " + outputs + "; }"
		m := Parse(Flake, source)
		if !m.Clean() {
			t.Fatalf("%s: %v", outputs, m.Errors)
		}
		uses, got := m.Uses(), neither
		escapes := func(list []text.Span) bool { return len(list) == 1 && slices.Contains(uses.Escapes, list[0]) }
		switch {
		case escapes(uses.Listed) && len(uses.Each) == 0:
			got = entry
		case escapes(uses.Each) && len(uses.Listed) == 0:
			got = each
		}
		if got != want || want == neither && len(uses.Listed)+len(uses.Each) > 0 {
			t.Errorf("%s: %q is made of each input, want %q", outputs, got, want)
		}
	}
}

// Breaks when the file is not told whose function is handed all inputs, or one is told though another function is called, or the path is
// one that only an evaluator knows, or lies anywhere on the disk.
func TestUsesPassedToFile(t *testing.T) {
	for called, want := range map[string]string{
		"import ./o.nix": "./o.nix", "(import ./o.nix)": "./o.nix", "import (./o.nix)": "./o.nix", "import ../x/o.nix": "../x/o.nix", "import x/o.nix": "x/o.nix",
		"import ./.": "./.", "import ./x": "./x",
		"import ./o.nix 1": "", "import ./${x}.nix": "", "import /etc/o.nix": "", "import ~/o.nix": "", "import <o>": "", `import "/o.nix"`: "", "import x": "",
		"import (x ./o.nix)": "", "call ./o.nix": "", "x.import ./o.nix": "", "import": "", "f": "",
		// Where another thing is called so, it may be meant; in a comment or a text it is not.
		"(let import = f; in import ./o.nix)": "", "(f: let import = f; in f) 1": "", "import ./o.nix # import: not so\n": "./o.nix",
	} {
		passed := Parse(Flake, "{ outputs = inputs: "+called+" inputs; }").Uses().Passed
		if len(passed) != 1 || passed[0].Import != want {
			t.Errorf("%s: %+v, want %q", called, passed, want)
		}
	}
}
