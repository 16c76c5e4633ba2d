package ref

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// memo remembers the answers to some of the last questions about texts: ten thousand flakes refer to a few hundred sources, and each
// rule asks again. It has a fixed number of places, and a new answer takes the place of an older one. It may be used from many goroutines.
type memo[T any] struct {
	places [memoPlaces]atomic.Pointer[remembered[T]]
}

// memoPlaces is a power of two. A place is some hundred bytes.
const memoPlaces = 1024

// longestRemembered is how long a text may be that is remembered, in bytes: references that people write are shorter.
const longestRemembered = 300

type remembered[T any] struct {
	variant uint8
	text    string
	answer  T
}

var memoSeed = maphash.MakeSeed()

// of gives the answer to one variant of the question about a text. find finds it, of a text that is no part of a
// longer one which it would keep in memory, and says whether it may be remembered.
func (m *memo[T]) of(text string, variant uint8, find func(text string) (answer T, keep bool)) T {
	if len(text) > longestRemembered {
		answer, _ := find(text)
		return answer
	}
	place := &m.places[(maphash.String(memoSeed, text)+uint64(variant))%memoPlaces]
	if r := place.Load(); r != nil && r.variant == variant && r.text == text {
		return r.answer
	}
	text = strings.Clone(text)
	answer, keep := find(text)
	if keep {
		place.Store(&remembered[T]{variant, text, answer})
	}
	return answer
}
