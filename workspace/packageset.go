package workspace

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"
	"unique"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// PackageSet is one combination of versions: all that a lock holds below pins. Two leaves that have the same set build with
// the same of everything. It is what the leaf's own lock holds, not the rev of pins: `nix flake update pins/nixpkgs` moves nixpkgs
// while pins stays, and commits of pins that touch no input make no new set.
type PackageSet struct {
	// ID is the same for equal sets wherever they are locked: 16 hexadecimal digits.
	ID string
	// Base is the node that it hangs below: pins in the lock of a leaf, the root in pins' own. Its path from the root is Prefix.
	Base   lock.Node
	Prefix []string

	// What is asked of Base for all leaves at once, so that no lock need be looked into for it: its place, its rev and its date.
	key text.Span
	rev string
	at  time.Time
}

// maxSetDepth is how deep below pins inputs count. The deepest real lock has 12 levels; a hostile one can be as deep as it is long, and each
// path as long as that.
const maxSetDepth = 100

// newPackageSet is the set below a node.
//
// Its identity is made of each input path from there on and of what is locked there. What the inputs are asked for (`original`)
// is no part of it, nor are the labels of the nodes. An input that a leaf lets follow out of pins counts by what it gets.
func newPackageSet(base lock.Node, prefix []string) *PackageSet {
	sum := sha256.New()
	write := func(parts ...string) {
		for _, part := range parts {
			sum.Write([]byte(part))
			sum.Write([]byte{0})
		}
	}
	base.Walk(func(path []string, in lock.Input) bool {
		write(path...)
		switch {
		case in.Follows != nil && hasPrefix(in.Follows, prefix):
			write("follows")
			write(in.Follows[len(prefix):]...)
		case in.Target == lock.NoNode:
			write("nothing")
		case in.Follows != nil:
			write("is", identityOf(base.Of(in.Target)))
		default:
			write("holds", identityOf(base.Of(in.Target)))
		}
		sum.Write([]byte{1})
		return len(path) < maxSetDepth
	})
	id := unique.Make(hex.EncodeToString(sum.Sum(nil)[:8])) // thousands of leaves have the same
	at, _ := base.LastModified()
	return &PackageSet{ID: id.Value(), Base: base, Prefix: prefix, key: base.KeySpan(), rev: base.Rev(), at: at}
}

func hasPrefix(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// identityOf says what is locked at a node: its content where the lock has a hash of it.
func identityOf(n lock.Node) string {
	if hash := n.NarHash(); hash != "" {
		return hash
	}
	if rev := n.Rev(); rev != "" {
		return rev
	}
	return n.Locked().String()
}

// SetInput is one input of pins as a set has it.
type SetInput struct {
	Name string
	// Node is what is locked, through all follows.
	Node lock.Node
	// Follows says that it is another name for what stands elsewhere in the set.
	Follows bool
}

// Inputs are the inputs of pins itself, sorted by name, but those that lead nowhere.
func (p *PackageSet) Inputs() []SetInput {
	return p.appendInputs(make([]SetInput, 0, p.Base.InputCount()))
}

// has says whether pins has an input of a name, whatever is locked there; p may be nil.
func (p *PackageSet) has(name string) bool {
	if p == nil {
		return false
	}
	in, ok := p.Base.Input(name)
	return ok && in.Target != lock.NoNode
}

func (p *PackageSet) appendInputs(list []SetInput) []SetInput {
	for in := range p.Base.Inputs() {
		if in.Target != lock.NoNode {
			list = append(list, SetInput{in.Name, p.Base.Of(in.Target), in.Follows != nil})
		}
	}
	return list
}

// SetChange is an input that two sets hold at different versions. The zero Node stands where a set has no such input.
type SetChange struct {
	Name     string
	From, To lock.Node
}

// Changes are the inputs of pins that differ between two sets, sorted by name. What differs deeper below an input that is the same
// in both is no part of it.
func (p *PackageSet) Changes(to *PackageSet) []SetChange {
	var list []SetChange
	room := setInputs.Get().(*[2][]SetInput)
	defer setInputs.Put(room)
	room[0], room[1] = p.own(room[0][:0]), to.own(room[1][:0])
	a, b := room[0], room[1]
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Name < b[0].Name:
			list, a = append(list, SetChange{Name: a[0].Name, From: a[0].Node}), a[1:]
		case len(a) == 0 || b[0].Name < a[0].Name:
			list, b = append(list, SetChange{Name: b[0].Name, To: b[0].Node}), b[1:]
		default:
			if identityOf(a[0].Node) != identityOf(b[0].Node) {
				list = append(list, SetChange{a[0].Name, a[0].Node, b[0].Node})
			}
			a, b = a[1:], b[1:]
		}
	}
	return list
}

// setInputs is memory for the inputs of two sets: when pins is locked anew, each of thousands of leaves is compared with the newest set.
var setInputs = sync.Pool{New: func() any { return new([2][]SetInput) }}

// own are the inputs that do not follow another one of the set, in the memory given.
func (p *PackageSet) own(list []SetInput) []SetInput {
	return slices.DeleteFunc(p.appendInputs(list), func(in SetInput) bool { return in.Follows })
}
