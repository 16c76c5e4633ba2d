package polyrepogen

import (
	"fmt"
	"slices"
	"strings"
)

// Shape is what a polyrepo is like, in numbers.
type Shape struct {
	// Inputs and Nodes hold a number for each leaf: its top-level inputs, and the nodes of its lock with the root.
	Inputs, Nodes []int
	// Files, ManifestBytes and LockBytes count all that was written, templates and pins among it.
	Files, ManifestBytes, LockBytes int
	// Sets is in how many states of pins the leaves are, Follows how many of their inputs follow it.
	Sets    map[int]int
	Follows int
}

func (s *Shape) file(text string, manifest, lock bool) {
	s.Files++
	switch {
	case manifest:
		s.ManifestBytes += len(text)
	case lock:
		s.LockBytes += len(text)
	}
}

// String is a table of a few lines.
func (s *Shape) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d leaves, %d files, %.1f MB of manifests, %.1f MB of locks\n", len(s.Nodes), s.Files, float64(s.ManifestBytes)/1e6, float64(s.LockBytes)/1e6)
	fmt.Fprintf(&b, "%d package sets, %d inputs of leaves follow pins\n", len(s.Sets), s.Follows)
	for _, row := range []struct {
		name   string
		values []int
	}{{"inputs of a leaf", s.Inputs}, {"nodes of a lock", s.Nodes}} {
		sorted := slices.Sorted(slices.Values(row.values))
		at := func(percent int) int { return sorted[(len(sorted)-1)*percent/100] }
		fmt.Fprintf(&b, "%-17s mean %.1f, least %d, half %d, nine in ten %d, most %d\n", row.name+":", Mean(sorted), sorted[0], at(50), at(90), sorted[len(sorted)-1])
	}
	return b.String()
}

// Mean is the mean of some numbers.
func Mean(values []int) float64 {
	sum := 0
	for _, v := range values {
		sum += v
	}
	return float64(sum) / float64(len(values))
}
