package parse

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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
	for name, parse := range map[string]func(source string) *tree{
		"alone":     parseAlone,
		"a version": func(source string) *tree { return parseTree(source, newVersion("")) },
	} {
		stopped, timeout := 0, uint64(1)
		parsers.free = nil
		for parseTimeout = 1; parse(long).status != parsed; parseTimeout *= 2 {
			parsers.free = nil
		}
		for limit := parseTimeout; timeout < limit; timeout += limit/400 + 1 {
			parseTimeout, parsers.free = timeout, nil
			if parse(long).status != parsed {
				stopped++
			}
			parse("{ }") // may be stopped too, but must not end the process
		}
		if stopped < 10 {
			t.Errorf("%s: only %d parses ran out of time", name, stopped)
		}
	}
}

// Breaks when the time that a parse may take is that of the clock: on a machine that has other things to do, a sound file would take too long.
// Many parses at once have, each, a part of a processor.
func TestParseTimeIsThatOfTheProcessor(t *testing.T) {
	saved := parseTimeout
	defer func() { parseTimeout, parsers.free = saved, nil }()
	long := "{ a = [ " + strings.Repeat("b ", 20_000) + "]; }"
	for parseTimeout = 1000; parseAlone(long).status != parsed; parseTimeout += parseTimeout / 4 {
	}
	parseTimeout *= 3 // neighbours on the same processor make it slower as well
	var group sync.WaitGroup
	var late atomic.Int64
	for range 12 * runtime.NumCPU() {
		group.Go(func() {
			if parseAlone(long).status != parsed {
				late.Add(1)
			}
		})
	}
	group.Wait()
	if n := late.Load(); n > 0 {
		t.Errorf("%d parses took too long beside each other", n)
	}
}

// Breaks when something of a parse is still there in the next one, or a tree that is kept is taken from what the next parse may use: small
// and large texts, sound and broken, by turns, and the versions of an open document between them.
func TestRegions(t *testing.T) {
	texts := []string{
		"{ }", manyInputs(60), "{ a = [ " + strings.Repeat("{ b = ''${c}''; } ", 20_000) + "]; }", "{ a = ", manyInputs(3),
		"{ a = " + strings.Repeat("[ ", 3000) + strings.Repeat("] ", 3000) + "; }", "\"" + strings.Repeat("${\"", 500),
	}
	want := make([]string, len(texts))
	for i, text := range texts {
		want[i] = fmt.Sprint(parseTree(text, newVersion("")).nodes)
	}
	var v Versions
	open := manyInputs(5)
	for round := range 4 {
		for i, text := range texts {
			if got := parseTree(text, nil); fmt.Sprint(got.nodes) != want[i] {
				t.Errorf("round %d: text %d has another tree than with C's malloc", round, i)
			}
			if m := v.Parse("open", Flake, open+strings.Repeat(" ", i)); len(m.Errors) > 0 {
				t.Errorf("round %d: after text %d: %v", round, i, m.Errors)
			}
		}
		runtime.GC() // the pool drops regions
	}
}
