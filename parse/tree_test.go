package parse

import (
	"strings"
	"testing"

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
		got := parseTree(source, nil)
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
	for parseTimeout = 1; parseTree(long, nil).status != parsed; parseTimeout *= 2 {
		parsers.free = nil
	}
	for limit := parseTimeout; timeout < limit; timeout += limit/400 + 1 {
		parseTimeout, parsers.free = timeout, nil
		if parseTree(long, nil).status != parsed {
			stopped++
		}
		parseTree("{ }", nil) // may be stopped too, but must not end the process
	}
	if stopped < 10 {
		t.Errorf("only %d parses ran out of time", stopped)
	}
}
