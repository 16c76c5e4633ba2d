package parse

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// typed is what the tests of versions type into a text, among it what opens, closes or ends something that reaches further.
var typed = []string{
	" ", "\n", "\r\n", ";", "=", ".", "\"", "''", "$", "${", "}", "{", "{ }", "[", "]", "(", ")", ":", "@", ",", "?", "/", "/*", "*/", "#", "# x\n",
	"a", "or", "inherit ", "rec ", "let ", " in ", "with x; ", "a.b = 1;", "a = \"x\";", "x: ", "{ a, ... }@x: ", "./a", "~/a", "<a>", "a:b", "1", "1.5",
	"-", "++", "//", "->", "é", "e\u0301", "😀", "\t", "\\", "''${", "$$", "inputs.a.url = \"github:o/a\";\n",
}

// sameTree says in what a tree differs from the one that the text has for itself.
func sameTree(source string, before *version) error {
	tree, _ := repaired(source, before)
	want, _ := repaired(source, nil)
	if tree.broken != want.broken || tree.status != want.status || len(tree.nodes) != len(want.nodes) {
		return fmt.Errorf("%q: broken %v, status %v, %d nodes, want %v, %v, %d", source, tree.broken, tree.status, len(tree.nodes), want.broken, want.status, len(want.nodes))
	}
	for i, n := range tree.nodes {
		if n != want.nodes[i] {
			return fmt.Errorf("%q: node %d is %+v, want %+v", source, i, n, want.nodes[i])
		}
	}
	return nil
}

// Breaks when a version of a text that is parsed by what differs from the one before has another tree than the text has for itself: after any
// edits, with what they break on the way, and when all of the text is another one.
func TestVersions(t *testing.T) {
	texts := syntaxTexts(t)
	before := newVersion("")
	for i := range texts {
		for _, source := range []string{texts[i], texts[(i*7+3)%len(texts)]} {
			if err := sameTree(source, before); err != nil {
				t.Fatal(err)
			}
		}
	}
	before.free()
	rapid.Check(t, func(t *rapid.T) {
		m := manifestgen.RandomModel(t)
		m.Outputs.Body = rapid.SampledFrom(bodies).Draw(t, "body")
		source := manifestgen.Render(m, manifestgen.RandomLayout(t))
		before := newVersion("")
		defer before.free()
		for range rapid.IntRange(1, 12).Draw(t, "edits") {
			if err := sameTree(source, before); err != nil {
				t.Fatal(err)
			}
			start := rapid.IntRange(0, len(source)).Draw(t, "start")
			end := min(len(source), start+rapid.SampledFrom([]int{0, 0, 0, 1, 2, 10}).Draw(t, "length"))
			if rapid.Bool().Draw(t, "undo") && before.left.tree != nil {
				source = before.source
				continue
			}
			source = source[:start] + rapid.SampledFrom(append(typed, "")).Draw(t, "typed") + source[end:]
		}
	})
}

// FuzzVersions parses one text after another. Breaks as TestVersions does.
func FuzzVersions(f *testing.F) {
	for i, source := range syntaxTexts(f) {
		f.Add(source, i*5, "a")
	}
	f.Fuzz(func(t *testing.T, source string, at int, insert string) {
		before := newVersion("")
		defer before.free()
		if err := sameTree(source, before); err != nil {
			t.Fatal(err)
		}
		at = max(0, at) % (len(source) + 1)
		if err := sameTree(source[:at]+insert+source[at:], before); err != nil {
			t.Fatal(err)
		}
	})
}

// Breaks when two goroutines share a tree, nothing is left of a version for the next one, or more is kept than of the documents that a person edits.
func TestVersionsOfManyDocuments(t *testing.T) {
	var v Versions
	source := manyInputs(60)
	done := make(chan struct{})
	for g := range 3 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range 60 {
				text := source[:len(source)-3] + fmt.Sprint(" # ", g, i, "\n}\n")
				if got, want := dump(v.Parse(fmt.Sprint("document ", i%20), Flake, text)), dump(Parse(Flake, text)); got != want {
					t.Errorf("%q gives\n%s\nwant\n%s", text, got, want)
				}
			}
		}()
	}
	for range 3 {
		<-done
	}
	if len(v.last) != maxVersions {
		t.Errorf("%d trees are kept, want %d", len(v.last), maxVersions)
	}
	v.Parse("edited", Flake, source)
	if left := v.take("edited"); left.left.tree == nil || left.source != source {
		t.Errorf("what is left is %+v", left)
	} else {
		v.put(left)
	}
	v.Forget("edited")
	if left := v.take("edited"); left.left.tree != nil {
		t.Error("a forgotten document is kept")
	}
}
