package diagnostics

import (
	"cmp"

	"github.com/agext/levenshtein"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

// mostNearest is how many names are offered instead of one that is not there.
const mostNearest = 3

// nearest are the candidates that a name was probably meant to be, the likeliest first: those that a few slips of the fingers
// lead to, one for each three letters.
func nearest(name string, candidates []string) []string {
	const longest = 64 // longer names are no slips, and the distance costs time
	if len(name) > longest {
		return nil
	}
	type scored struct {
		name     string
		distance int
	}
	var list []scored
	for _, c := range candidates {
		if len(c) > longest {
			continue
		}
		if d := levenshtein.Distance(name, c, nil); d <= max(1, len(name)/3) {
			list = append(list, scored{c, d})
		}
	}
	sortslice.Func(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, s := range list[:min(len(list), mostNearest)] {
		names = append(names, s.name)
	}
	return names
}
