package sortslice

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

type pair struct {
	key   int
	place int
}

func byKey(a, b pair) int { return cmp.Compare(a.key, b.key) }

// Breaks when a list is not in the order of package slices, or what is equal has changed places in a stable sort.
func TestFunc(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		list := make([]pair, random.IntN(100))
		for i := range list {
			list[i] = pair{random.IntN(20), i}
		}
		want := slices.Clone(list)
		slices.SortStableFunc(want, byKey)
		stable := slices.Clone(list)
		if StableFunc(stable, byKey); !slices.Equal(stable, want) {
			t.Fatalf("%v of %v, want %v", stable, list, want)
		}
		same := func(a, b pair) int { return cmp.Or(byKey(a, b), cmp.Compare(a.place, b.place)) }
		if Func(list, same); !slices.Equal(list, want) {
			t.Fatalf("%v, want %v", list, want)
		}
	}
}
