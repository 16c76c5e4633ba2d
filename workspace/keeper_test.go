package workspace

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Breaks when a keeper gives a summary back otherwise than it was, whatever is in it, while others are kept, and after it is complete.
func TestKeeper(t *testing.T) {
	reference := func(s string) ref.Ref {
		r, err := ref.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	summaryOf := func(i int) *Summary {
		s := &Summary{Dir: fmt.Sprintf("/w/%d", i), file: fmt.Sprintf("/w/%d/flake.nix", i), syntax: "tree"}
		for j := range i % 5 {
			s.inputs = append(s.inputs,
				SummaryInput{Path: []string{fmt.Sprint("in", i, "-", j)}, Reference: reference(fmt.Sprintf("github:o/r%d", i)), HasReference: true, IsFlake: true, Span: text.Span{Start: 300 * j, End: 300*j + 7}},
				SummaryInput{Path: []string{"a", "b"}, IsFollow: true, Follows: []string{"pins", fmt.Sprint(j)}},
				SummaryInput{Path: []string{"a", ""}, IsFollow: true, Follows: []string{}},
				SummaryInput{Path: []string{"ab"}, Reference: reference("nixpkgs"), HasReference: true, Indirect: true, IsFlake: true},
			)
		}
		return s
	}
	k := newKeeper()
	same := func(i int, kept *Summary) {
		want := summaryOf(i)
		if kept.Dir != want.Dir || kept.file != want.file || kept.syntax != want.syntax || kept.keeper == nil {
			t.Errorf("summary %d is %+v", i, kept)
		}
		if got := slices.Collect(kept.Inputs()); !reflect.DeepEqual(got, want.inputs) {
			t.Errorf("summary %d has\n%+v\nwant\n%+v", i, got, want.inputs)
		}
		kept.eachInput(func(at uint32, in SummaryInput) bool {
			if got := kept.inputAt(at); !reflect.DeepEqual(got, in) {
				t.Errorf("summary %d has at %d\n%+v\nwant\n%+v", i, at, got, in)
			}
			return true
		})
	}
	var group sync.WaitGroup
	lists := make([][]*Summary, 4)
	for g := range lists {
		group.Go(func() {
			for i := range 500 {
				s := k.summary(summaryOf(i))
				same(i, s)
				lists[g] = append(lists[g], s)
			}
		})
	}
	group.Wait()
	k.complete()
	for _, list := range lists {
		for i, s := range list {
			same(i, s)
		}
	}
	if s := k.summary(summaryOf(7)); s.keeper != nil || len(s.inputs) == 0 {
		t.Errorf("a complete keeper took %+v", s)
	}
	long := &Summary{inputs: []SummaryInput{{Path: []string{"a"}, HasReference: true, Reference: reference("https://x/" + strings.Repeat("x", 20_000))}}}
	if s := newKeeper().summary(long); !reflect.DeepEqual(slices.Collect(s.Inputs()), long.inputs) {
		t.Errorf("a long reference became %+v", s)
	}
}
