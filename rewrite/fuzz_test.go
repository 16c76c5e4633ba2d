package rewrite

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Breaks when some text and operation panic, give edits that cannot be applied, break a text that was whole, or are not done
// after once.
func FuzzRewrite(f *testing.F) {
	for i, source := range []string{
		"{ inputs.a.url = \"x\"; outputs = { self, a }: a; }",
		"{\n  inputs = {\n    pins.url = \"x\"; # c\n    a = { url = \"y\"; inputs.b.follows = \"b\"; };\n    b.url = ./b;\n  };\n  outputs = { self, ... }@inputs: inputs.a;\n}\n",
		"rec { inputs = rec { a.url = \"x\"; b = a; ${\"c\"}.url = https://c.d; }; outputs = { self\n, b # b\n}: { inherit b; }; }",
		"{ inputs = { }; inputs.a.inputs.b.inputs.c.url = ''x''; outputs = inputs: with inputs; a; }",
	} {
		for operation := range byte(20) {
			f.Add(source, operation+byte(i), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, source string, operation, which byte) {
		m := parse.Parse(parse.Flake, source)
		name := "none"
		if n := len(m.Inputs); n > 0 {
			in := m.Inputs[int(which)%n]
			name = in.Name
			if n := len(in.Overrides); n > 0 && which > 127 {
				name += "/" + in.Overrides[int(which)%n].Name
			}
		}
		if strings.ContainsAny(name, " \t\n\r\u0085\u00a0") || strings.Count(name, "/") > 1 {
			return // the words of an operation cannot name this input
		}
		operations := []string{
			"follow " + name + " pins/x", "keep " + name + " pins/x", "set-follows " + name + " pins/y", "unfollow " + name + " url=x p>q",
			"set-url " + name + " y", "add-override " + name + " p/q r", "remove-override " + name, "remove " + name + " searched",
			"rename " + name + " newname searched", "flatten " + name, "nest " + name, "add added url=x p>q", "add added follows=pins/x", "add-first added url=x", "add-first added follows=pins/x p>q",
			"add-formal added", "remove-formal " + name, "open-formals", "follow " + name + " ''",
		}
		word := operations[int(operation)%len(operations)]
		change, err := run(m, word)
		var refusal *Refusal
		if errors.As(err, &refusal) {
			if refusal.Span.Start < 0 || refusal.Span.End > len(source) {
				t.Fatalf("the refusal %+v has no place in the text", refusal)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		result, err := text.Apply(source, change.Edits)
		if err != nil {
			t.Fatal(err)
		}
		after := parse.Parse(parse.Flake, result)
		if worse := newError(m, after); worse != "" {
			t.Fatalf("%s: %s in\n%s", word, worse, result)
		}
		again, err := run(after, word)
		if err != nil && !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		if strings.HasPrefix(word, "remove") || strings.HasPrefix(word, "rename") {
			return // gone, or another of the name
		}
		if refusal != nil || len(again.Edits) > 0 {
			t.Fatalf("%s, twice:\n%s\n%v %s", word, result, refusal, fmt.Sprint(again.Edits))
		}
	})
}
