package ref

import "testing"

// Breaks when a packed reference comes out as another one, or a new type has no byte that stands for it.
func TestPacked(t *testing.T) {
	list := []Ref{{}}
	for _, typ := range Types() {
		list = append(list, Ref{typ: typ})
	}
	for _, line := range lines(t, "testdata/real-urls.txt") {
		if r, err := Parse(line); err == nil {
			list = append(list, r)
		}
	}
	if len(list) < 100 {
		t.Fatalf("only %d references", len(list))
	}
	for _, r := range list {
		if got := Unpack(string(r.AppendPacked([]byte("before")))[len("before"):]); got != r {
			t.Errorf("%v came out as %v", r, got)
		}
	}
}
