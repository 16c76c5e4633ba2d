package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

// Edit replaces the bytes of Span by New. An empty span inserts, an empty New deletes.
type Edit struct {
	Span Span
	New  string
}

// Sort orders edits by place. Insertions at one place keep the order in which they were made, and stand before a
// replacement that starts there.
func Sort(edits []Edit) {
	sortslice.StableFunc(edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
	})
}

// Check says why the edits cannot be applied to a text of the given length: a span outside of it, or two that overlap.
// The edits must be sorted.
func Check(length int, edits []Edit) error {
	for i, e := range edits {
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > length {
			return fmt.Errorf("edit %s is not within the text of %d bytes", e.Span, length)
		}
		if i > 0 && edits[i-1].Span.End > e.Span.Start {
			return fmt.Errorf("edit %s overlaps edit %s", e.Span, edits[i-1].Span)
		}
	}
	return nil
}

// Apply returns the source with all the edits made at once: every span speaks of the source as it was. The edits may come
// in any order; an error leaves nothing half done.
func Apply(source string, edits []Edit) (string, error) {
	if len(edits) == 0 {
		return source, nil
	}
	edits = slices.Clone(edits)
	Sort(edits)
	if err := Check(len(source), edits); err != nil {
		return "", err
	}
	size := len(source)
	for _, e := range edits {
		size += len(e.New) - e.Span.Len()
	}
	var b strings.Builder
	b.Grow(size)
	at := 0
	for _, e := range edits {
		b.WriteString(source[at:e.Span.Start])
		b.WriteString(e.New)
		at = e.Span.End
	}
	b.WriteString(source[at:])
	return b.String(), nil
}

// Difference is the one edit of whole lines that makes one text of another; there is none where they are equal. A line counts as
// ended by \n.
func Difference(before, after string) []Edit {
	if before == after {
		return nil
	}
	head, tail := 0, 0
	for i := 0; i < min(len(before), len(after)) && before[i] == after[i]; i++ {
		if before[i] == '\n' {
			head = i + 1
		}
	}
	for i := 1; i <= min(len(before), len(after))-head && before[len(before)-i] == after[len(after)-i]; i++ {
		if before[len(before)-i] == '\n' {
			tail = i - 1
		}
	}
	return []Edit{{Span{head, len(before) - tail}, after[head : len(after)-tail]}}
}
