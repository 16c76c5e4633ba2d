package diagnostics

import (
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

// Breaks when the edit between two texts does not make the one of the other, or takes more than the lines that differ.
func TestDifference(t *testing.T) {
	for _, test := range []struct{ before, after, replaced string }{
		{"a\nb\nc\n", "a\nb\nc\n", ""},
		{"a\nb\nc\n", "a\nx\nc\n", "b\n"},
		{"a\nb\n", "a\nb\nb\n", ""},
		{"a\nb\nb\n", "a\nb\n", "b\n"},
		{"a\nbc", "a\nbcd", "bc"},
		{"", "a\n", ""},
		{"a\n", "", "a\n"},
		{"ab\n", "b\n", "ab\n"},
		{"ä\n", "ö\n", "ä\n"},
	} {
		edits := text.Difference(test.before, test.after)
		if (len(edits) == 0) != (test.before == test.after) {
			t.Errorf("%q to %q: %d edits", test.before, test.after, len(edits))
			continue
		}
		got, err := text.Apply(test.before, edits)
		if err != nil || got != test.after {
			t.Errorf("%q to %q gives %q, %v", test.before, test.after, got, err)
		}
		if len(edits) > 0 && edits[0].Span.In(test.before) != test.replaced {
			t.Errorf("%q to %q replaces %q, want %q", test.before, test.after, edits[0].Span.In(test.before), test.replaced)
		}
	}
}

// Breaks when a fix of several steps makes only some of them, or when one step alone touches more than it has to.
func TestInSequence(t *testing.T) {
	m := parse.Parse(parse.Flake, "{\n  inputs.a.url = \"x\";\n  outputs = { self }: { };\n}\n")
	formal := func(name string) step {
		return func(m *parse.Manifest) (rewrite.Change, error) { return rewrite.AddFormal(m, name) }
	}
	two, _, err := inSequence(m, []step{formal("a"), formal("b")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := text.Apply(m.Text, two.Edits)
	if want := "{\n  inputs.a.url = \"x\";\n  outputs = { self, a, b }: { };\n}\n"; err != nil || got != want {
		t.Errorf("two steps give %q, %v", got, err)
	}
	one, _, err := inSequence(m, []step{formal("a")})
	if err != nil || len(one.Edits) != 1 || !one.Edits[0].Span.Empty() {
		t.Errorf("one step gives the edits %v, %v; want one insertion", one.Edits, err)
	}
	if _, _, err := inSequence(m, []step{formal("a"), formal("b.c"), formal("d")}); err == nil {
		t.Error("a step that refuses is passed over")
	}
}

// Breaks when an input that another version of the file lacks is asked for its parts.
func TestSyntaxAt(t *testing.T) {
	m := parse.Parse(parse.Flake, `{ inputs.a = { url = "x"; inputs.b.url = "y"; }; outputs = _: { }; }`)
	if in := syntaxAt(m, []string{"a", "b"}); in == nil || in.Name != "b" {
		t.Errorf("a/b is %v", in)
	}
	if in := syntaxAt(m, []string{"c", "b"}); in != nil {
		t.Errorf("c/b is %v", in)
	}
}
