package parse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	tree_sitter "github.com/tree-sitter/go-tree-sitter"

	"github.com/alexaandru/go-sitter-forest/nix"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// Breaks when tree_flat.c no longer declares tree-sitter's structs and functions as they are, after an upgrade: its nodes are
// compared with those that the Go binding gives.
func TestFlatTree(t *testing.T) {
	parser := tree_sitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(tree_sitter.NewLanguage(nix.GetLanguage())); err != nil {
		t.Fatal(err)
	}
	texts := syntaxTexts(t)
	for _, style := range manifestgen.Styles {
		texts = append(texts, manifestgen.Render(recoveryModel(), manifestgen.Layout{Style: style, Comments: true, Spaces: true, Seed: 5}))
	}
	for _, source := range texts {
		want := parser.Parse([]byte(source), nil)
		got := parseTree(source)
		if got.broken != want.RootNode().HasError() {
			t.Errorf("%.100q: broken %v", source, got.broken)
		}
		n := int32(0)
		var compare func(node *tree_sitter.Node)
		compare = func(node *tree_sitter.Node) {
			i := n
			n++
			flat := got.nodes[i]
			k := kindNames[node.Kind()]
			switch {
			case node.IsError():
				k = kError
			case node.Kind() == "inherit" && node.IsNamed():
				k = kInherit
			}
			if uint(flat.start) != node.StartByte() || uint(flat.end) != node.EndByte() || flat.kind != k || flat.named != node.IsNamed() {
				t.Fatalf("%.100q: node %d is %+v, want %s %d-%d", source, i, flat, node.Kind(), node.StartByte(), node.EndByte())
			}
			for c := range node.ChildCount() {
				compare(node.Child(c))
			}
			if flat.next != n {
				t.Fatalf("%.100q: what follows node %d is %d, want %d", source, i, flat.next, n)
			}
		}
		compare(want.RootNode())
		want.Close()
	}
}

// Breaks when a parser is used by two goroutines at once.
func TestParallel(t *testing.T) {
	source := manyInputs(20)
	want := dump(Parse(Flake, source))
	done := make(chan string)
	for range 8 {
		go func() {
			got := ""
			for range 20 {
				got = dump(Parse(Flake, source))
			}
			done <- got
		}()
	}
	for range 8 {
		if got := <-done; got != want {
			t.Error("another manifest")
		}
	}
}

// Breaks when a parser that ran out of time is used again: wherever in a parse that was, the next text must be read as if nothing
// had been. (tree-sitter's reset forgets that it was stopped while it balanced a tree.)
func TestParseAfterTimeout(t *testing.T) {
	saved := parseTimeout
	defer func() { parseTimeout, parsers.free = saved, nil }()
	// Much of the time of a chain goes into balancing it.
	long := "{ a = " + strings.Repeat("a + ", 1500) + "a; }"
	stopped, timeout := 0, uint64(1)
	parsers.free = nil
	for parseTimeout = 1; parseTree(long).status != parsed; parseTimeout *= 2 {
		parsers.free = nil
	}
	for limit := parseTimeout; timeout < limit; timeout += limit/400 + 1 {
		parseTimeout, parsers.free = timeout, nil
		if parseTree(long).status != parsed {
			stopped++
		}
		parseTree("{ }") // may be stopped too, but must not end the process
	}
	if stopped < 10 {
		t.Errorf("only %d parses ran out of time", stopped)
	}
}

// tokensUnread are nodes of the grammar that nothing reads, and that the recognizer leaves out.
var tokensUnread = []kind{
	kOther, kComment, kKeyword, kFragment, kEscape, kDollarEscape, kDot, kOr, kOpenParen, kCloseParen, kOpenBracket, kCloseBracket,
	kOpenInterpolation, kComma, kKeywordRec, kKeywordInherit, kKeywordWith, kKeywordIf, kKeywordThen, kKeywordElse, kKeywordAssert,
}

// outline lists the nodes that are read, each with its depth.
func outline(t *tree) string {
	var b strings.Builder
	var walk func(i int32, depth int)
	walk = func(i int32, depth int) {
		n := t.nodes[i]
		if n.kind != kSource { // the grammar's begins at the first token
			fmt.Fprintf(&b, "%s%d %s\n", strings.Repeat(" ", depth), n.kind, t.source[n.start:n.end])
		}
		plain := n.kind == kVariable || (n.kind == kPath || n.kind == kHomePath) && t.child(i, kInterpolation) < 0
		for c := i + 1; c < n.next; c = t.nodes[c].next {
			k := t.nodes[c].kind
			token := k == kSemicolon && n.kind != kBinding && n.kind != kInherit && n.kind != kInheritFrom ||
				k == kColon && n.kind != kFunction || k == kQuestion && n.kind == kHasAttr || k == kOperator && n.kind == kHasAttr ||
				k == kKeywordLet && n.kind == kLetAttrset || k == kCloseBrace && n.kind == kInterpolation
			if !plain && !token && !slices.Contains(tokensUnread, k) {
				walk(c, depth+1)
			}
		}
	}
	walk(0, 0)
	return b.String()
}

// Breaks when the tree that the recognizer makes is another one than tree-sitter's: in random manifests of all layouts, and in
// all texts of the tests that both take.
func TestTreeAsTreeSitter(t *testing.T) {
	compare := func(source string) error {
		own, f := recognize(source)
		if f != nil {
			return nil
		}
		grammars := parseTree(source)
		if grammars.broken {
			return nil
		}
		if diff := cmp.Diff(outline(grammars), outline(own)); diff != "" {
			return fmt.Errorf("%q:\n%s", source, diff)
		}
		if diff := cmp.Diff(grammars.comments, own.comments); diff != "" {
			return fmt.Errorf("comments of %q:\n%s", source, diff)
		}
		return nil
	}
	for _, source := range syntaxTexts(t) {
		if err := compare(source); (err != nil) != slices.Contains(misread, source) {
			t.Errorf("%q: %v", source, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := manifestgen.RandomModel(t)
		m.Outputs.Body = rapid.SampledFrom(bodies).Draw(t, "body")
		if err := compare(manifestgen.Render(m, manifestgen.RandomLayout(t))); err != nil {
			t.Error(err)
		}
	})
}

// misread are texts that the grammar takes, but not as Nix does: an `or` that is no keyword is an argument of the operand
// before it, in a list too, and a lone \r ends a comment.
var misread = []string{"[ map or ]", "[ (x: x) or ]", "# a\r1"}

// bodies are what outputs may be, with most forms of Nix.
var bodies = []string{
	"{ }", "let a = 1; b.c = ''x ${a} y''; in { inherit a; inherit (b) c; }", "with a; b // c // d // { e = f: g; }", "a ++ b ++ c ++ [ (d e) f.g ]",
	"if a -> b -> c then -x + !y else a.b or c.d or e", "assert a ? b.c && d || e == f; { }", "rec { \"a b\".${c}.d = ./e/${f}/g; h = <i>; }",
	"let { body = x; x = 1; }", "map (x: y: x (y z) w) [ 1 2.5 ~/p /q a:b ]", "a: { b ? c, d, ... }@e: f@{ g }: h", "a.b.c d.e or f g", "x: (a - b - c) * d / e",
	"\"a\\n${\"b${c}d\"}$$ \\${e}\" + ''\n  ''${x} '' + ./f", "a < b && c >= d", "f or g", "a // b ++ c // d",
}
