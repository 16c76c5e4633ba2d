package parse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// recoveryModel is a flake such as people have.
func recoveryModel() manifestgen.Model {
	url := func(s string) []manifestgen.Field { return []manifestgen.Field{{Name: "url", Value: s}} }
	follows := func(name, s string) manifestgen.Input {
		return manifestgen.Input{Name: name, Fields: []manifestgen.Field{{Name: "follows", Value: s}}}
	}
	return manifestgen.Model{
		Description: "A flake to be broken",
		Inputs: []manifestgen.Input{
			{Name: "pins", Fields: url("github:org/pins")},
			follows("nixpkgs", "pins/nixpkgs"),
			{Name: "home-manager", Fields: url("github:nix-community/home-manager"), Overrides: []manifestgen.Input{follows("nixpkgs", "nixpkgs")}},
			{Name: "flake-utils", Fields: url("github:numtide/flake-utils"), Overrides: []manifestgen.Input{follows("systems", "systems")}},
			follows("systems", "pins/systems"),
			{Name: "docs", Fields: append(url("https://example.org/docs.tar.gz"), manifestgen.Field{Name: "flake", Value: false})},
		},
		Outputs: manifestgen.Function{
			Pattern: true, Ellipsis: true, Argument: "inputs",
			Formals: []manifestgen.Formal{{Name: "self"}, {Name: "nixpkgs"}},
			Body:    "{\n  lib = inputs.nixpkgs.lib;\n  packages.default = nixpkgs.legacyPackages.x.runCommand \"a\" { } ''\n    echo \"$out\"\n  '';\n}",
		},
	}
}

// entries lists the fields of all inputs with the line on which each value stands.
func entries(m *Manifest, lines *text.Lines) map[string]int {
	found := map[string]int{}
	var add func(inputs []*Input)
	add = func(inputs []*Input) {
		for _, in := range inputs {
			for _, f := range in.Fields {
				if s, ok := f.Text(); ok || f.Value.Kind == BoolValue {
					found[fmt.Sprint(in.Path, f.Name, "=", s)] = lines.Line(f.Attr.Value.Span.Start)
				}
			}
			add(in.Overrides)
		}
	}
	add(m.Inputs)
	return found
}

// recall breaks a text by an edit of one line and counts the entries of other lines that are still read, and those there were.
func recall(source string, want map[string]int, edit text.Edit, line int) (kept, all int, lost []string) {
	broken, err := text.Apply(source, []text.Edit{edit})
	if err != nil {
		panic(err)
	}
	m := Parse(Flake, broken)
	got := entries(m, text.NewLines(broken))
	for entry, at := range want {
		if at == line {
			continue
		}
		all++
		if _, ok := got[entry]; ok {
			kept++
		} else {
			lost = append(lost, entry)
		}
	}
	slices.Sort(lost)
	return kept, all, lost
}

// Breaks when half-typed text costs inputs on other lines than the one that is typed. What is lost is listed with -v.
func TestRecovery(t *testing.T) {
	type damage struct {
		name  string
		edits func(source string, lines *text.Lines) map[text.Edit]int
		floor float64
	}
	damages := []damage{
		{"a line cut off at every byte", func(source string, lines *text.Lines) map[text.Edit]int {
			edits := map[text.Edit]int{}
			for line := range lines.Count() {
				span := lines.Span(line)
				for at := span.Start; at < span.End; at++ {
					edits[text.Edit{Span: text.Span{Start: at, End: span.End}}] = line
				}
			}
			return edits
		}, 0.96},
		{"a token left out", func(source string, lines *text.Lines) map[text.Edit]int {
			edits := map[text.Edit]int{}
			scan(source, func(t token) bool {
				if lines.Line(t.span.Start) == lines.Line(t.span.End) {
					edits[text.Edit{Span: t.span}] = lines.Line(t.span.Start)
				}
				return true
			})
			return edits
		}, 0.97},
		{"a quote left out", func(source string, lines *text.Lines) map[text.Edit]int {
			edits := map[text.Edit]int{}
			for i := range source {
				if source[i] == '"' {
					edits[text.Edit{Span: text.Span{Start: i, End: i + 1}}] = lines.Line(i)
				}
			}
			return edits
		}, 1},
		{"a character put in at the end of a line", func(source string, lines *text.Lines) map[text.Edit]int {
			edits := map[text.Edit]int{}
			for line := range lines.Count() {
				for _, s := range []string{"\"", "{", "}", ".", ";", "=", "(", ")", "[", "]", ",", "a", "a.", "a = ", "a.b", "''", "/*", "é", "inputs.", "inputs.x.url = \"", "${"} {
					edits[text.Edit{Span: insertion(lines.Span(line).End), New: s}] = line
				}
			}
			return edits
		}, 0.997},
	}
	for _, d := range damages {
		for _, style := range manifestgen.Styles {
			source := manifestgen.Render(recoveryModel(), manifestgen.Layout{Style: style, Seed: 3})
			lines := text.NewLines(source)
			want := entries(Parse(Flake, source), lines)
			var kept, all int
			worst := map[string]int{}
			for edit, line := range d.edits(source, lines) {
				k, a, lost := recall(source, want, edit, line)
				kept, all = kept+k, all+a
				if len(lost) > 0 {
					worst[fmt.Sprintf("line %d %q: %q by %q loses %d", line+1, lines.Span(line).In(source), edit.Span.In(source), edit.New, len(lost))]++
				}
			}
			got := float64(kept) / float64(all)
			t.Logf("%s, %s: %.4f of %d", d.name, style, got, all)
			if got < d.floor {
				t.Errorf("%s, %s: %.4f of the inputs on other lines are read, want %.4f", d.name, style, got, d.floor)
			}
			keys := make([]string, 0, len(worst))
			for w := range worst {
				keys = append(keys, w)
			}
			slices.Sort(keys)
			t.Log("\t" + strings.Join(keys, "\n\t"))
		}
	}
}

// Breaks when cutting the text off costs an input that stands wholly before the cut.
func TestRecoveryCutOff(t *testing.T) {
	for _, style := range manifestgen.Styles {
		source := manifestgen.Render(recoveryModel(), manifestgen.Layout{Style: style, Seed: 3})
		lines := text.NewLines(source)
		want := entries(Parse(Flake, source), lines)
		for cut := range len(source) {
			got := entries(Parse(Flake, source[:cut]), lines)
			for entry, line := range want {
				if _, ok := got[entry]; !ok && lines.Span(line).End < lines.Span(lines.Line(cut)).Start {
					t.Errorf("%s: cut off at %d, before %.20q: %s is lost", style, cut, source[cut:], entry)
				}
			}
		}
	}
}
