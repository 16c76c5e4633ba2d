package lock

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// Breaks when an edge is another one, or none, because of where a cursor stands.
func TestCursor(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for file, text := range realLocks(t) {
		g, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for in := range g.Root().Inputs() {
			names = append(names, in.Name, in.Name+"-not")
		}
		for n := range g.Nodes() {
			var at, entryAt Cursor
			for range 2 * len(names) {
				name := names[random.IntN(len(names))]
				want, ok := n.Input(name)
				if got, found := n.InputFrom(&at, name); found != ok || !reflect.DeepEqual(got, want) {
					t.Fatalf("%s: %s of %s is %+v, %t; want %+v, %t", file, name, n.Key(), got, found, want, ok)
				}
				own := ok && want.Follows == nil && want.Target != NoNode
				if entry, found := n.EntryFrom(&entryAt, name); found != own || own && entry.ID() != want.Target {
					t.Fatalf("%s: the entry of %s of %s is %+v, %t; want %d, %t", file, name, n.Key(), entry, found, want.Target, own)
				}
			}
		}
	}
}
