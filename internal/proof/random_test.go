package proof

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// inputsOf are the names of the inputs of each upstream flake.
var inputsOf = map[string][]string{"hm": {"nixpkgs"}, "utils": {"systems"}, "tool": {"nixpkgs", "utils", "hm"}}

var upstreamNames = []string{"nixpkgs", "systems", "utils", "hm", "tool", "assets"}

// draw makes polyrepos at random, equal ones of equal seeds.
type draw struct{ *rand.Rand }

func newDraw(seed uint64) draw { return draw{rand.New(rand.NewPCG(seed, 7))} }

func (d draw) oneIn(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d draw, list []T) T { return list[d.IntN(len(list))] }

// reference is a URL of an upstream, most often the same one.
func (d draw) reference(upstream string) string {
	return "github:test/" + upstream + []string{"", "", "", "/main", "/stable"}[d.IntN(5)]
}

// declared is a declaration of an upstream.
func (d draw) declared(name, upstream string) manifestgen.Input {
	in := manifestgen.Input{Name: name, Fields: []manifestgen.Field{{Name: "url", Value: d.reference(upstream)}}}
	if upstream == "assets" {
		in.Fields = append(in.Fields, manifestgen.Field{Name: "flake", Value: false})
	}
	return in
}

func follows(name, path string) manifestgen.Input {
	return manifestgen.Input{Name: name, Fields: []manifestgen.Field{{Name: "follows", Value: path}}}
}

// overrides are some overrides of the inputs of an upstream, to one of the targets or to a URL.
func (d draw) overrides(upstream string, targets []string, depth int) []manifestgen.Input {
	var list []manifestgen.Input
	for _, name := range inputsOf[upstream] {
		switch {
		case d.oneIn(2):
		case d.oneIn(3):
			o := manifestgen.Input{Name: name, Fields: []manifestgen.Field{{Name: "url", Value: d.reference(name)}}}
			if depth > 0 && d.oneIn(2) {
				o.Overrides = d.overrides(name, targets, depth-1)
			}
			list = append(list, o)
		case depth > 0 && d.oneIn(3):
			if below := d.overrides(name, targets, depth-1); len(below) > 0 {
				list = append(list, manifestgen.Input{Name: name, Overrides: below})
			}
		default:
			o := follows(name, pick(d, targets))
			if depth > 0 && d.oneIn(8) { // dead
				o.Overrides = d.overrides(name, targets, depth-1)
			}
			list = append(list, o)
		}
	}
	return list
}

// target is what an override of that name may follow; often what it should.
func targetsFor(names []string, pins []string) []string {
	targets := slices.Clone(names)
	for _, p := range pins {
		targets = append(targets, "pins/"+p)
	}
	return targets
}

// polyrepo draws a pins flake and a leaf.
func (d draw) polyrepo() polyrepo {
	pins := manifestgen.Model{Outputs: manifestgen.Function{Argument: "_"}}
	var offers []string
	of := map[string]string{} // name of an input of pins → upstream
	for _, name := range upstreamNames {
		if d.oneIn(4) {
			continue
		}
		offers, of[name] = append(offers, name), name
		if d.oneIn(6) {
			offers, of[name+"-too"] = append(offers, name+"-too"), name
		}
	}
	for _, name := range offers {
		in := d.declared(name, of[name])
		if base := strings.TrimSuffix(name, "-too"); base != name && d.oneIn(3) {
			in = follows(name, base)
		} else {
			for _, below := range inputsOf[of[name]] {
				if slices.Contains(offers, below) && d.oneIn(2) {
					in.Overrides = append(in.Overrides, follows(below, below))
				}
			}
		}
		pins.Inputs = append(pins.Inputs, in)
	}
	leaf := manifestgen.Model{Outputs: manifestgen.Function{Argument: "inputs", Body: "{ ok = true; }"}}
	p := polyrepo{onDisk: d.oneIn(2), withLock: d.oneIn(2)}
	if d.oneIn(8) {
		p.settings = "[pins]\nreference = \"github:test/pins\"\n"
	} else {
		in := manifestgen.Input{Name: "pins", Fields: []manifestgen.Field{{Name: "url", Value: "github:test/pins"}}}
		if len(offers) > 0 && d.oneIn(8) {
			in.Overrides = []manifestgen.Input{follows(pick(d, offers), pick(d, upstreamNames))}
		}
		leaf.Inputs = append(leaf.Inputs, in)
	}
	seen := offers
	if p.settings != "" {
		seen = nil
	}
	var names []string
	for _, name := range upstreamNames {
		if !d.oneIn(3) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		switch {
		case slices.Contains(seen, name) && d.oneIn(4):
			in := follows(name, "pins/"+name)
			if d.oneIn(2) {
				in.Overrides = d.overrides(name, targetsFor(names, seen), 1) // dead
			}
			leaf.Inputs = append(leaf.Inputs, in)
		case seen != nil && d.oneIn(12):
			leaf.Inputs = append(leaf.Inputs, manifestgen.Input{Name: name, Fields: []manifestgen.Field{{Name: "url", Value: "pins/" + name}}})
		default:
			in := d.declared(name, name)
			in.Overrides = d.overrides(name, targetsFor(names, seen), 1)
			leaf.Inputs = append(leaf.Inputs, in)
		}
	}
	if d.oneIn(2) {
		leaf.Outputs.Pattern, leaf.Outputs.Ellipsis = true, d.oneIn(3)
		for _, name := range append([]string{"self"}, inputNames(leaf.Inputs)...) {
			if leaf.Outputs.Ellipsis || !d.oneIn(6) {
				leaf.Outputs.Formals = append(leaf.Outputs.Formals, manifestgen.Formal{Name: name})
			}
		}
	}
	p.pins, p.leaf = manifestgen.Render(pins, d.layout()), manifestgen.Render(leaf, d.layout())
	return p
}

func inputNames(inputs []manifestgen.Input) []string {
	var names []string
	for _, in := range inputs {
		names = append(names, in.Name)
	}
	return names
}

func (d draw) layout() manifestgen.Layout {
	return manifestgen.Layout{
		Style: pick(d, manifestgen.Styles), Indent: pick(d, []string{"", "    ", "\t"}), CRLF: d.oneIn(4), Comments: d.oneIn(2),
		Quoted: d.oneIn(4), Literals: d.oneIn(4), Spaces: d.oneIn(4), Formals: pick(d, []manifestgen.FormalsStyle{
			manifestgen.OneLine, manifestgen.LeadingCommas, manifestgen.TrailingCommas, manifestgen.Lines,
		}),
		ArgumentFirst: d.oneIn(3), OutputsFirst: d.oneIn(4), Seed: d.Uint64(),
	}
}
