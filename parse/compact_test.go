package parse

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// bodies are what outputs may be, with most forms of Nix.
var bodies = []string{
	"{ }", "let a = 1; b.c = ''x ${a} y''; in { inherit a; inherit (b) c; }", "with a; b // c // d // { e = f: g; }", "a ++ b ++ c ++ [ (d e) f.g ]",
	"if a -> b -> c then -x + !y else a.b or c.d or e", "assert a ? b.c && d || e == f; { }", "rec { \"a b\".${c}.d = ./e/${f}/g; h = <i>; }",
	"let { body = x; x = 1; }", "map (x: y: x (y z) w) [ 1 2.5 ~/p /q a:b ]", "a: { b ? c, d, ... }@e: f@{ g }: h", "args.b.c args.e or f g", "x: (a - b - c) * d / e",
	"\"a\\n${\"b${c}d\"}$$ \\${e}\" + ''\n  ''${x} '' + ./f", "a < b && c >= d", "f or g", "{ a = 1; a = 2; }", "args@{ x, x }: args.nixpkgs",
}

// Breaks when a manifest that is made of the kept tree is another one than that of the text: in a text with any form of Nix, with
// faults or without, in what it says, in its errors and in the uses of the inputs.
func TestAgain(t *testing.T) {
	compare := func(kind FileKind, source string) error {
		first := Parse(kind, source)
		again := Again(kind, source, first.Syntax())
		if got, want := dump(again), dump(first); got != want {
			return fmt.Errorf("%q: again it says\n%s\nat first\n%s", source, got, want)
		}
		if !reflect.DeepEqual(first.Errors, again.Errors) || !reflect.DeepEqual(thunks(first), thunks(again)) {
			return fmt.Errorf("%q: %v %v, at first %v %v", source, again.Errors, thunks(again), first.Errors, thunks(first))
		}
		first.syntax = "" // its uses are read out of the text
		if got, want := again.Uses(), first.Uses(); !reflect.DeepEqual(got, want) {
			return fmt.Errorf("%q: it uses %v, at first %v", source, got, want)
		}
		return nil
	}
	kept := 0
	for _, source := range syntaxTexts(t) {
		if Parse(Other, source).Syntax() != "" {
			kept++
		}
		for _, kind := range []FileKind{Flake, Entrypoint} {
			if err := compare(kind, source); err != nil {
				t.Error(err)
			}
		}
	}
	if kept < 100 {
		t.Errorf("only %d trees can be kept", kept)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := manifestgen.RandomModel(t)
		m.Outputs.Body = rapid.SampledFrom(bodies).Draw(t, "body")
		if err := compare(Flake, manifestgen.Render(m, manifestgen.RandomLayout(t))); err != nil {
			t.Fatal(err)
		}
	})
}

// thunks are those of a manifest without their expressions.
func thunks(m *Manifest) []string {
	var list []string
	for _, thunk := range m.Thunks {
		list = append(list, fmt.Sprint(thunk.Span, thunk.Path, thunk.Wanted))
	}
	return list
}
