package parse

import (
	"strings"
	"testing"

	tree_sitter "github.com/tree-sitter/go-tree-sitter"

	"github.com/alexaandru/go-sitter-forest/nix"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// manyInputs is a flake of the given number of inputs.
func manyInputs(count int) string {
	model := manifestgen.Model{Description: "many", Outputs: manifestgen.Function{Pattern: true, Ellipsis: true, Argument: "inputs"}}
	for i := range count {
		name := "input-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		in := manifestgen.Input{Name: name, Fields: []manifestgen.Field{{Name: "url", Value: "github:owner/" + name + "/main"}}}
		if i%2 == 0 {
			in.Overrides = []manifestgen.Input{
				{Name: "nixpkgs", Fields: []manifestgen.Field{{Name: "follows", Value: "nixpkgs"}}},
				{Name: "flake-utils", Fields: []manifestgen.Field{{Name: "follows", Value: "pins/flake-utils"}}},
			}
		}
		model.Inputs = append(model.Inputs, in)
	}
	return manifestgen.Render(model, manifestgen.Layout{Style: manifestgen.Mixed, Seed: 7})
}

// BenchmarkParse measures a whole Parse of a flake of 60 inputs, that of its next version, and for comparison tree-sitter alone on the same text:
// with C's own malloc as here, and with the Go functions that its binding puts under it.
func BenchmarkParse(b *testing.B) {
	source := manyInputs(60)
	bare := func(b *testing.B) {
		parser := tree_sitter.NewParser()
		defer parser.Close()
		if err := parser.SetLanguage(tree_sitter.NewLanguage(nix.GetLanguage())); err != nil {
			b.Fatal(err)
		}
		text := []byte(source)
		for b.Loop() {
			parser.Parse(text, nil).Close()
		}
	}
	b.Run("whole", func(b *testing.B) {
		b.SetBytes(int64(len(source)))
		b.ReportAllocs()
		for b.Loop() {
			Parse(Flake, source)
		}
	})
	b.Run("next version", func(b *testing.B) {
		b.ReportAllocs()
		var v Versions
		for n := 0; b.Loop(); n++ {
			v.Parse("", Flake, source[:len(source)/2]+strings.Repeat(" ", n%2)+source[len(source)/2:])
		}
	})
	b.Run("tree", func(b *testing.B) {
		for b.Loop() {
			parseTree(source, nil)
		}
	})
	b.Run("recognize", func(b *testing.B) {
		for b.Loop() {
			recognize(source)
		}
	})
	b.Run("bare", bare)
	b.Run("bare with the binding's malloc", func(b *testing.B) {
		tree_sitter.SetAllocator(nil, nil, nil, nil)
		defer useRegions()
		bare(b)
	})
}
