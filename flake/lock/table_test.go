package lock

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// samePacked says so where a table gives another graph of a text than the one that stands alone.
func samePacked(t *testing.T, source string, alone *Graph) {
	t.Helper()
	table := NewTable(new(text.Store))
	for range 2 { // the second one finds its names in the table
		g, err := table.Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		if g.Version != alone.Version || !reflect.DeepEqual(g.Problems, alone.Problems) {
			t.Fatalf("version %d, problems %+v; want %d, %+v", g.Version, g.Problems, alone.Version, alone.Problems)
		}
		if g.table == nil {
			t.Fatal("the table has no room")
		}
		if got, want := fmt.Sprintf("%+v", *g.content()), fmt.Sprintf("%+v", *alone.content()); got != want {
			t.Fatalf("the table has\n%s\nand the graph alone\n%s", got, want)
		}
	}
}

// Breaks when a lock comes out of a table as another graph: a real one, or one that is not as Nix writes it.
func TestTable(t *testing.T) {
	sources := realLocks(t)
	sources["nodes and attributes twice"] = nodes(`"inputs":{"b":"b","a":["b","a"],"b":"a"}`, `,"a":{`+good+`},"b":{"inputs":{"a":"a"},`+good+`},"a":{"parent":["b"],`+good+`,"flake":false}`)
	sources["parents"] = nodes(`"inputs":{"a":"a","b":"b"}`, `,"a":{"parent":[],`+good+`},"b":{"parent":["a","b"],`+good+`}`)
	sources["the root last"] = `{"nodes":{"a":{` + good + `},"root":{"inputs":{"a":"a","\u0062":[],"c":["x","a"]}}},"root":"root","version":7}`
	sources["no root"] = `{"nodes":{"a":{"locked":{},"original":{"type":"indirect","id":"a"}}},"root":"b","version":5}`
	for name, source := range sources {
		t.Log(name)
		alone, err := Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		samePacked(t, source, alone)
	}
}

// Breaks when a graph of a table answers otherwise once it has been forgotten, or while others look at it, or when a table that is
// complete no longer gives graphs.
func TestTableLooks(t *testing.T) {
	table := NewTable(new(text.Store))
	var sources []string
	var graphs []*Graph
	for i := range 5 * lookedAt {
		sources = append(sources, nodes(fmt.Sprintf(`"inputs":{"a%d":"a","b":["a%d"]}`, i, i), `,"a":{`+good+`}`))
		g, err := table.Parse(sources[i])
		if err != nil {
			t.Fatal(err)
		}
		graphs = append(graphs, g)
	}
	table.Complete()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 3 * len(graphs) {
				i %= len(graphs)
				for _, at := range []int{i, 0, i / 2} {
					if n, err := graphs[at].Resolve([]string{fmt.Sprintf("a%d", at)}); err != nil || n.Key() != "a" {
						t.Errorf("graph %d: %v", at, err)
					}
				}
			}
		})
	}
	group.Wait()
	held := 0
	for _, g := range graphs {
		if g.at.Load() != nil {
			held++
		}
	}
	if held > lookedAt {
		t.Errorf("%d contents are at hand, want at most %d", held, lookedAt)
	}
	if g, err := table.Parse(sources[0]); err != nil || g.Root().InputCount() != 2 {
		t.Errorf("after Complete: %v", err)
	}
}

// Breaks when a lock that is too long for a table is lost.
func TestTableOverlong(t *testing.T) {
	name := strings.Repeat("x", 20_000)
	g, err := NewTable(new(text.Store)).Parse(nodes(`"inputs":{"`+name+`":"a"}`, `,"a":{`+good+`}`))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := g.Resolve([]string{name}); err != nil || n.Key() != "a" {
		t.Error(err)
	}
}

// Breaks when a graph holds a part of its text, which the memory of the next text may be.
func TestHoldsNoText(t *testing.T) {
	table := NewTable(new(text.Store))
	for name, source := range realLocks(t) {
		for _, parse := range []func(string) (*Graph, error){Parse, table.Parse} {
			room := []byte(source)
			g, err := parse(unsafe.String(&room[0], len(room)))
			if err != nil {
				t.Fatal(err)
			}
			before := fmt.Sprintf("%+v", *g.content())
			g.Problems = nil // who reads so does not want a text with problems
			clear(room)
			if after := fmt.Sprintf("%+v", *g.content()); after != before {
				t.Errorf("%s: the graph was\n%s\nand became\n%s", name, before, after)
			}
		}
	}
}

func BenchmarkUnpack(b *testing.B) {
	table := NewTable(new(text.Store))
	g, err := table.Parse(realLocks(b)["matt1432+nixos-configs"])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		g.at.Store(nil)
		g.content()
	}
}
