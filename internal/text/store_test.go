package text

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// Breaks when a text comes out of a store as another one, whatever its length and whoever puts others there.
func TestStore(t *testing.T) {
	var s Store
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			places := map[Place]string{}
			for i := range 3000 {
				text := strings.Repeat(fmt.Sprint(g), i%300) + fmt.Sprint(i)
				if i%100 == 0 {
					text = ""
				}
				at, ok := s.Put(text)
				if !ok {
					t.Errorf("%d bytes are not kept", len(text))
				}
				if _, taken := places[at]; taken {
					t.Errorf("%d is given twice", at)
				}
				places[at] = text
			}
			for at, text := range places {
				if got := s.Get(at); got != text {
					t.Errorf("%q came out as %q", text, got)
				}
			}
		})
	}
	group.Wait()
}

// Breaks when a text at the limits is cut, or runs out of its block.
func TestStoreLimits(t *testing.T) {
	var s Store
	for length := maxStored - 2; length <= maxStored+2; length++ {
		text := strings.Repeat("x", length)
		for range 5 { // over the end of a block
			if got := s.Keep(text); got != text {
				t.Fatalf("%d bytes came out as %d", length, len(got))
			}
			if _, ok := s.Put(text); ok != (length <= maxStored) {
				t.Fatalf("%d bytes: %v", length, ok)
			}
		}
	}
}
