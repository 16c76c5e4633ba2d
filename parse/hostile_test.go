package parse

import (
	"fmt"
	"strings"
	"testing"
)

// many joins n pieces of a text.
func many(n int, piece func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(piece(i))
	}
	return b.String()
}

// Breaks when a text made for it makes us panic, or costs so much that it never ends. No clock is asked: a busy machine would set
// it off.
func TestHostileText(t *testing.T) {
	repeat := strings.Repeat
	for name, source := range map[string]string{
		"open parentheses": repeat("(", 100_000), "open lists": repeat("[", 100_000), "open sets": repeat("{", 100_000), "ends": repeat("}", 100_000),
		"open strings": repeat("\"${", 50_000), "open indented strings": repeat("''${", 50_000), "open lets": repeat("let a=", 50_000),
		"deep": repeat("(", 60_000) + "1" + repeat(")", 60_000), "deep and open": repeat("(", 5000) + "1" + repeat(")", 4990),
		"paths of dots": repeat("a.", 20_000), "sums": repeat("a+", 10_000) + "a", "arguments": repeat("a ", 100_000), "formals": "{" + repeat("a,", 100_000),
		"no semicolons": "{" + repeat("\n a = 1", 50_000), "no quotes": "{" + repeat("\n a = \"1;", 50_000), "open comments": repeat("/*", 200_000),
		"one attribute":       "{" + repeat("\n inputs.a.url = \"1\";", 40_000) + "}",
		"many attributes":     "{" + many(20_000, func(i int) string { return fmt.Sprintf("inputs.a%d.url = \"1\";\n", i) }) + "}",
		"merged in functions": "x:" + repeat("{a.b={};a.b=", 1000) + "1" + repeat(";}", 1000),
		"doubled strings":     "let a0 = \"12345678\";" + many(200, func(i int) string { return fmt.Sprintf("a%d = a%d + a%d;", i+1, i, i) }) + " in a200",
		"doubled lists":       "let a0 = [ 1 ];" + many(200, func(i int) string { return fmt.Sprintf("a%d = a%d ++ a%d;", i+1, i, i) }) + " in a200",
		"doubled sets":        "let a0 = {};" + many(200, func(i int) string { return fmt.Sprintf("a%d = { x = a%d; y = a%d; };", i+1, i, i) }) + " in a200",
		"doubled overrides": "{ inputs = rec { x0.inputs = {};" +
			many(200, func(i int) string { return fmt.Sprintf("x%d.inputs = { a = x%d; b = x%d; };", i+1, i, i) }) + "}; }",
		"a set in itself": "{ inputs = rec { a.inputs.b = a; }; }",
		"thunks":          "{ inputs = {" + many(5000, func(i int) string { return fmt.Sprintf("a%d.url = \"a\" + \"b\";\n", i) }) + "}; }",
		"suppressions":    "{ " + repeat("# nix-pins: allow a\na = 1;\n", 20_000) + "}",
	} {
		t.Log(name)
		m := Parse(Flake, source)
		m.Uses()
		if _, err := m.JSON(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Breaks when a text over the cap is read, or one at it is not.
func TestMaxSize(t *testing.T) {
	if m := Parse(Flake, "{ } #"+strings.Repeat("x", MaxSize-5)); len(m.Errors) > 0 {
		t.Error(m.Errors)
	}
	if m := Parse(Flake, "{ } #"+strings.Repeat("x", MaxSize)); len(m.Errors) != 1 || m.Root.Kind != Missing || m.Value.Kind != UnknownValue {
		t.Error(m.Errors)
	}
}
