package diagnostics

import (
	"maps"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// pinsReference is how leaves should refer to pins: as the snapshot says, or, where that is an id which no registry has, as most
// other flakes of the workspace do. ok is false where nobody says it.
func (p *Pass) pinsReference() (r ref.Ref, ok bool) {
	said := p.Config.Pins.Reference
	if p.Pins != nil && p.Pins.Called {
		said = p.Pins.Reference()
	}
	if r, err := ref.ParseInput(said); err == nil && p.reachable(r) {
		return r, true
	}
	counts := map[ref.Ref]int{}
	for flake := range p.Snapshot.Flakes() {
		for in := range flake.Inputs() {
			named := len(in.Path) == 1 && slices.Contains(p.Config.Pins.Inputs, in.Path[0])
			if named && in.HasReference && !in.Reference.Relative() && p.reachable(in.Reference) {
				counts[in.Reference]++
			}
		}
	}
	inOrder := slices.SortedFunc(maps.Keys(counts), func(a, b ref.Ref) int { return strings.Compare(a.String(), b.String()) })
	for _, used := range inOrder {
		if counts[used] > counts[r] {
			r = used
		}
	}
	return r, !r.IsZero()
}

// reachable says whether a reference is one by itself, or an id that a registry has for the inputs of a flake.
func (p *Pass) reachable(r ref.Ref) bool { return p.resolved(r).Type() != ref.Indirect }
