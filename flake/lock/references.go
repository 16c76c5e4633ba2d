package lock

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// references remembers what the texts of `original` and `locked` mean that were read last. The locks of a polyrepo hold the same
// ones over and over: what is below pins.
var references referenceCache

// referenceCache has a place for each hash. It may be used from many goroutines.
type referenceCache struct {
	places [4096]atomic.Pointer[knownReference]
}

type knownReference struct {
	text      string
	reference ref.Ref
}

// maxKnownText is the number of bytes over which a text is not remembered. Usual ones have 100 to 300.
const maxKnownText = 1024

var referenceSeed = maphash.MakeSeed()

func (c *referenceCache) place(text string) *atomic.Pointer[knownReference] {
	return &c.places[maphash.String(referenceSeed, text)%uint64(len(c.places))]
}

func (c *referenceCache) find(text string) (reference ref.Ref, ok bool) {
	if known := c.place(text).Load(); known != nil && known.text == text {
		return known.reference, true
	}
	return ref.Ref{}, false
}

func (c *referenceCache) keep(text string, reference ref.Ref) {
	if len(text) <= maxKnownText {
		c.place(text).Store(&knownReference{strings.Clone(text), reference})
	}
}
