package lock

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Breaks when a hostile file makes us panic, hang, exhaust the stack, or talk without end. What costs exponential time never ends
// here; what costs quadratic time is seen by who waits, not by a clock, which a busy machine would set off.
func TestHostile(t *testing.T) {
	deep := func(edge string) string {
		var b strings.Builder
		b.WriteString(`{"version":7,"root":"0","nodes":{`)
		for i := range 100_000 {
			fmt.Fprintf(&b, `"%d":{"inputs":{%s}},`, i, fmt.Sprintf(edge, i+1))
		}
		return b.String() + `"100000":{}}}`
	}
	wide := func(count int, input string) string {
		var b strings.Builder
		for i := range count {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, input, i, i+1)
		}
		return nodes(`"inputs":{`+b.String()+`}`, "")
	}
	// Each node leads to the next one twice: 2^60 paths.
	var doubling strings.Builder
	for i := range 60 {
		fmt.Fprintf(&doubling, `,"n%d":{"inputs":{"a":"n%d","b":"n%d"}}`, i, i+1, i+1)
	}
	for name, source := range map[string]string{
		"chain of nodes":            deep(`"a":"%d"`),
		"chain of follows":          wide(50_000, `"a%06d":["a%06d"]`),
		"chain that ends":           nodes(`"inputs":{"a":["b"],"b":["c"],"c":["d"],"d":"d"}`, `,"d":{`+good+`}`),
		"fifty thousand":            wide(50_000, `"a%d":"%d"`),
		"doubling":                  nodes(`"inputs":{"a":"n0"}`, doubling.String()+`,"n60":{}`),
		"nodes in nodes":            strings.Repeat(`{"nodes":`, 1_000_000),
		"lists":                     strings.Repeat(`[`, 1_000_000),
		"control characters":        nodes(`"inputs":{"\u0000\n\u001b[31m":"\u0000"}`, `,"\u0000":{`+good+`}`),
		"surrogates":                nodes(`"inputs":{"\ud83d\ude00":["\ud83d\ude00"]}`, ""),
		"node that contains itself": nodes(`"inputs":{"a":"a"}`, `,"a":{"inputs":{"b":"b"},`+good+`},"b":{"inputs":{"a":"a"},`+good+`}`),
		"nodes twice":               `{"nodes":{"a":{"locked":1},"b":{"locked":1}},"nodes":{},"root":"a","version":7}`,
	} {
		t.Log(name)
		if g, err := Parse(source); err == nil {
			exercise(g)
		}
	}
}

// Breaks when the cap on a file's size is not asked before the file is read.
func TestTooLarge(t *testing.T) {
	_, err := Parse(strings.Repeat("x", MaxSize+1))
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "bytes") {
		t.Errorf("%v", err)
	}
}

// exercise asks a graph everything.
func exercise(g *Graph) {
	if g.Root().ID() >= NodeID(g.Len()) || len(g.Problems) > maxProblems {
		panic("no root, or too many problems")
	}
	visited := 0
	g.Walk(func(path []string, in Input) bool {
		visited++
		if visited < 100 {
			g.Chain(in)
			if n, err := g.Resolve(path); err == nil && n.ID() != in.Target {
				panic("Resolve and Walk disagree")
			}
		}
		return true
	})
	asked := 0
	for n := range g.Nodes() {
		if asked++; asked > 20 {
			break
		}
		for _, path := range g.Paths(n.ID(), 3) {
			if at, err := g.Resolve(path); err != nil || at != n {
				panic("Paths and Resolve disagree")
			}
		}
		n.Parent()
		n.LastModified()
		n.RevCount()
		n.Keeps(n.Original(), nil)
	}
}

// Breaks when some text makes Parse panic, or makes a graph that contradicts itself.
func FuzzParse(f *testing.F) {
	for _, source := range realLocks(f) {
		if len(source) < 3000 {
			f.Add(source)
		}
	}
	f.Add(nodes(`"inputs":{"a":"a","b":["a","c"]}`, `,"a":{"inputs":{"c":["b"]},`+good+`}`))
	f.Add("{\n<<<<<<< HEAD\n")
	f.Fuzz(func(t *testing.T, source string) {
		g, err := Parse(source)
		if err != nil {
			return
		}
		exercise(g)
		if len(source) < 3000 {
			samePacked(t, source, g)
		}
		for _, p := range g.Problems {
			if p.Span.Start < 0 || p.Span.End > len(source) || p.Span.Start > p.Span.End || p.Message == "" {
				t.Fatalf("%+v", p)
			}
		}
		for n := range g.Nodes() {
			for in := range n.Inputs() {
				if span := in.NameSpan.In(source); !strings.HasPrefix(span, `"`) || in.Span.Empty() {
					t.Fatalf("%+v", in)
				}
			}
		}
	})
}

// Breaks when a node of many leaves costs more than it may: 100 bytes, the strings that leaves share counted once.
func TestMemory(t *testing.T) {
	var sources []string
	for _, source := range realLocks(t) {
		sources = append(sources, source)
	}
	measure := func() int64 {
		for range 5 { // shared strings of other tests go a round later
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := measure()
	table := NewTable(new(text.Store))
	var graphs []*Graph
	count := 0
	for i := range 2000 {
		g, err := table.Parse(sources[i%len(sources)])
		if err != nil {
			t.Fatal(err)
		}
		graphs, count = append(graphs, g), count+g.Len()
	}
	table.Complete()
	perNode := float64(measure()-before) / float64(count)
	runtime.KeepAlive(graphs)
	t.Logf("%d nodes, %.0f bytes each", count, perNode)
	if perNode > 100 {
		t.Errorf("%.0f bytes a node, want at most 100", perNode)
	}
}

func BenchmarkParse(b *testing.B) {
	source := realLocks(b)["matt1432+nixos-configs"]
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := Parse(source); err != nil {
			b.Fatal(err)
		}
	}
}
