package diagnostics

import (
	"slices"
	"strings"
	"testing"
)

// Breaks when another name is offered for a slip, in another order, more than three of them, or when long names cost time.
func TestNearest(t *testing.T) {
	long := strings.Repeat("x", 65)
	for _, test := range []struct {
		name       string
		candidates []string
		want       []string
	}{
		{"nixpgks", []string{"home-manager", "nixpkgs", "nixpkgs-unstable"}, []string{"nixpkgs"}},
		{"ab", []string{"a", "ac", "abc", "xy"}, []string{"a", "abc", "ac"}},
		{"ab", []string{"a1", "a2", "a3", "a4"}, []string{"a1", "a2", "a3"}},
		{"crane", []string{"cranes", "crate", "xyz"}, []string{"cranes", "crate"}},
		{"nope", []string{"something"}, nil},
		{"abcdef", []string{"abcxyf", "abcdxf"}, []string{"abcdxf", "abcxyf"}},
		{long, []string{long[1:]}, nil},
		{long[1:], []string{long, long[2:]}, []string{long[2:]}},
	} {
		if got := nearest(test.name, test.candidates); !slices.Equal(got, test.want) {
			t.Errorf("nearest(%q, %q) = %q, want %q", test.name, test.candidates, got, test.want)
		}
	}
}
