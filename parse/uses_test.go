package parse

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

var useKinds = map[UseKind]string{FormalUse: "formal", VariableUse: "variable", SelectUse: "select", InheritUse: "inherit"}

// show writes uses as "name: kind line:column …", with what escapes and what is dynamic.
func (u *Uses) show(source string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(u.Names)) {
		fmt.Fprintf(&b, "%s:", name)
		for _, use := range u.Names[name] {
			fmt.Fprintf(&b, " %s(%s)", useKinds[use.Kind], use.Span.In(source))
		}
		b.WriteString("; ")
	}
	for _, s := range u.Escapes {
		fmt.Fprintf(&b, "escapes(%s); ", s.In(source))
	}
	for _, s := range u.Dynamic {
		fmt.Fprintf(&b, "dynamic(%s); ", s.In(source))
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// Breaks when a use of an input in the body of outputs is missed, or a name that is defined anew is taken for one.
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
	} {
		source := "{ outputs = " + c.outputs + "; }"
		if got := Parse(Flake, source).Uses().show(source); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.outputs, got, c.want)
		}
	}
}

// Breaks when a module that is handed `inputs` is not searched for what it takes of them.
func TestUsesInFile(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`{ inputs, pkgs, ... }: { imports = [ inputs.a.nixosModules.x ]; }`, `a: select(a); inputs: formal(inputs); pkgs: formal(pkgs)`},
		{`{ config, ... }: config.flake.inputs."a"`, `a: select("a"); config: formal(config)`},
		{`self: { inherit (self.inputs) a; inherit (inputs) b; }`, `a: inherit(a); b: inherit(b)`},
		{`{ a, ... }: a.lib`, `a: formal(a)`},
		{`inputs: import ./x.nix inputs`, `escapes(inputs)`},
		{`inputs: x: inputs.${x}`, `dynamic(${x})`},
		{`args: args.inputs`, `escapes(args.inputs)`},
	} {
		if got := UsesInFile(c.source).show(c.source); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}
