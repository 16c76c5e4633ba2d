package text

import (
	"math"
	"slices"
	"testing"
)

// Breaks when a number comes out of a packed text as another one, or takes more bytes than it should.
func TestPacked(t *testing.T) {
	numbers := []uint32{0, 1, 127, 128, 1 << 14, 1<<14 - 1, 1 << 21, 1<<28 - 1, 1 << 28, 1 << 31, math.MaxUint32}
	var b []byte
	for _, n := range numbers {
		b = AppendNumber(b, n)
		for _, expected := range numbers {
			b = AppendNear(b, n, expected)
		}
	}
	packed := Unpack(string(b))
	for _, want := range numbers {
		got := []uint32{packed.Number()}
		for _, expected := range numbers {
			got = append(got, packed.Near(expected))
		}
		if slices.ContainsFunc(got, func(n uint32) bool { return n != want }) {
			t.Errorf("%d came out as %d", want, got)
		}
	}
	if !packed.Done() || packed.At() != len(b) {
		t.Errorf("%d of %d bytes are read", packed.At(), len(b))
	}
	if one := AppendNear(AppendNear(nil, 1000, 1020), 1020, 1000); len(one) != 2 {
		t.Errorf("distances of 20 take %d bytes, want one each", len(one))
	}
}
