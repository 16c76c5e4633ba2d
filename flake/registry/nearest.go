package registry

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Nearest is the candidate that an unknown id was probably meant to be: one slip of the fingers away, two if the id has six
// letters or more; a difference of case alone counts as none. Of equally near ones it is the first. An id that is a candidate
// itself has none.
func Nearest(id string, candidates []string) (string, bool) {
	best, nearest := 2, ""
	if len(id) >= 6 {
		best = 3
	}
	for _, candidate := range candidates {
		if candidate == id {
			return "", false
		}
		if d := levenshtein.Distance(strings.ToLower(id), strings.ToLower(candidate), nil); d < best {
			best, nearest = d, candidate
		}
	}
	return nearest, nearest != ""
}
