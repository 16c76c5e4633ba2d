package polyrepogen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// written is how inputs stand in a flake.nix.
func written(inputs []input) []manifestgen.Input {
	list := make([]manifestgen.Input, 0, len(inputs))
	for _, in := range inputs {
		m := manifestgen.Input{Name: in.name, Overrides: written(in.overrides)}
		switch {
		case in.isFollow:
			m.Fields = append(m.Fields, manifestgen.Field{Name: "follows", Value: strings.Join(in.follows, "/")})
		case in.to != nil:
			m.Fields = append(m.Fields, manifestgen.Field{Name: "url", Value: in.to.url})
			if !in.to.isFlake {
				m.Fields = append(m.Fields, manifestgen.Field{Name: "flake", Value: false})
			}
		}
		list = append(list, m)
	}
	return list
}

// manifest is the flake.nix of a leaf, in one of many layouts.
func (g *generator) manifest(name string, inputs []input) string {
	m := manifestgen.Model{Description: pick(g, []string{"", name, "The " + name + " service", "Builds and deploys " + name}), Inputs: written(inputs)}
	m.Outputs = g.outputs(name, inputs)
	layout := manifestgen.Layout{
		Style: pick(g, []manifestgen.Style{manifestgen.Flat, manifestgen.Flat, manifestgen.Nested, manifestgen.Nested, manifestgen.Dotted, manifestgen.Dotted, manifestgen.Mixed}),
		// Comments are those of a person, not of every line.
		Comments: g.chance(8), CRLF: g.chance(1),
		Formals:       pick(g, []manifestgen.FormalsStyle{manifestgen.OneLine, manifestgen.LeadingCommas, manifestgen.TrailingCommas, manifestgen.Lines}),
		ArgumentFirst: g.chance(30), OutputsFirst: g.chance(3), Seed: g.random.Uint64(),
	}
	if g.chance(15) {
		layout.Indent = "    "
	}
	return manifestgen.Render(m, layout)
}

// outputs is a function that uses the inputs, all but one in twenty of them, as outputs of services, hosts and tools do.
func (g *generator) outputs(name string, inputs []input) manifestgen.Function {
	f := manifestgen.Function{Pattern: !g.chance(30), Argument: "inputs"}
	use := func(in string) string { return "inputs." + in }
	if f.Pattern {
		f.Formals = append(f.Formals, manifestgen.Formal{Name: "self"})
		simple := g.chance(50)
		for _, in := range inputs {
			if in.name == "nixpkgs" || simple && !strings.Contains(in.name, ".") {
				f.Formals = append(f.Formals, manifestgen.Formal{Name: in.name})
			}
		}
		if simple {
			f.Argument = ""
			use = func(in string) string { return in }
		}
		f.Ellipsis = true
	}
	names := slices.DeleteFunc(names(inputs), func(string) bool { return g.chance(5) })
	f.Body = body(name, names, use, g.random)
	return f
}

// body is the source of a set of outputs that uses inputs.
func body(name string, inputs []string, use func(string) string, random *rand.Rand) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("let")
	p("  systems = [ \"x86_64-linux\" \"aarch64-linux\" \"aarch64-darwin\" ];")
	p("  version = \"%d.%d.%d\";", random.IntN(9), random.IntN(30), random.IntN(30))
	p("  forAllSystems = f: builtins.listToAttrs (map (system: { name = system; value = f system; }) systems);")
	for _, in := range inputs {
		switch random.IntN(4) {
		case 0:
			p("  %s-pkgs = system: %s.packages.${system}.default or null;", in, use(in))
		case 1:
			p("  # %s comes in as a module", in)
			p("  %s-module = { config, lib, ... }: {\n    imports = [ (%s.nixosModules.default or { }) ];\n    config.services.%s.enable = lib.mkDefault true;\n  };", in, use(in), name)
		case 2:
			p("  %s-overlay = final: prev: { %s = (%s.overlays.default or (_: _: { })) final prev; };", in, in, use(in))
		default:
			p("  %s-src = %s.outPath;", in, use(in))
		}
	}
	p("in")
	p("{")
	p("  packages = forAllSystems (system: {")
	for i := range 1 + random.IntN(5) {
		p("    %s-%d = derivation {\n      name = \"%s-${version}\";\n      inherit system;\n      builder = \"/bin/sh\";\n      args = [ \"-c\" \"echo %d > $out\" ];\n    };",
			name, i, name, random.IntN(1000))
	}
	p("  });")
	if random.IntN(2) == 0 {
		p("  devShells = forAllSystems (system: {\n    default = derivation {\n      name = \"shell\";\n      inherit system;\n      builder = \"/bin/sh\";\n      %s = if system == \"aarch64-darwin\" then \"darwin\" else \"linux\";\n    };\n  });",
			strings.ReplaceAll(strings.ToUpper(name), "-", "_"))
	}
	if random.IntN(2) == 0 {
		p("  nixosModules.default = { config, lib, pkgs, ... }:\n    let cfg = config.services.%s; in\n    {\n      options.services.%s = {\n        enable = lib.mkEnableOption \"%s\";\n        port = lib.mkOption {\n          type = lib.types.port;\n          default = %d;\n        };\n      };\n      config = lib.mkIf cfg.enable {\n        systemd.services.%s = {\n          wantedBy = [ \"multi-user.target\" ];\n          serviceConfig.ExecStart = ''\n            ${pkgs.hello}/bin/hello --port ${toString cfg.port} \\\n              --name '${cfg.name or \"none\"}'\n          '';\n        };\n      };\n    };",
			name, name, name, 1024+random.IntN(60000), name)
	}
	p("  formatter = forAllSystems (system: null);")
	b.WriteString("}")
	return b.String()
}
