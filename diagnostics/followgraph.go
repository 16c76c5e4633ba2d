package diagnostics

import (
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// followGraph answers where the input paths of a flake end, in the files as they are or as an edit would make them. It goes
// over the flake itself, over pins and the flakes behind local paths where their flake.nix is at hand, and over the lock
// elsewhere.
type followGraph struct {
	pass  *Pass
	edits []followEdit
	// edited are the edits by their joined paths, where there are more than a few.
	edited map[string]followEdit
	// pins is the path at which the pins flake stands.
	pins []string

	// Who passes by which path, see passing: a chain for each path, of which passingLast is the index, from 1, of its last element.
	passingOnce sync.Once
	passingBy   []passer
	passingLast map[string]int32
}

// followEdit is what an edit writes of the input at a path: what it follows, nil for a reference.
type followEdit struct{ path, follows []string }

// passer is an input whose way comes by a path; before is the index, from 1, of another one, 0 of none.
type passer struct {
	input  *workspace.Input
	before int32
}

// outcome is how the way along a path of inputs ends.
type outcome uint8

const (
	// reached: at an input with a reference of its own.
	reached outcome = iota
	// unknown: in a flake of which nothing is at hand.
	unknown
	// dangling: at an input that is not there.
	dangling
	// circular: nowhere, in a circle.
	circular
)

// end is where a path of inputs ends: the path, from the flake, of the input that it stands for (with how it ended).
type end struct {
	path    []string
	outcome outcome
}

func (e end) bad() bool { return e.outcome == dangling || e.outcome == circular }

func key(path []string) string { return strings.Join(path, "/") }

// newFollowGraph is the graph of the flake as it stands, the same one for all rules.
func newFollowGraph(p *Pass) *followGraph {
	p.followsOnce.Do(func() { p.follows = p.followGraphWith() })
	return p.follows
}

// fewEdits are looked through faster than their paths are joined.
const fewEdits = 8

// followGraphWith is the graph after edits.
func (p *Pass) followGraphWith(edits ...followEdit) *followGraph {
	g := &followGraph{pass: p, edits: edits}
	if len(edits) > fewEdits {
		g.edited = make(map[string]followEdit, len(edits))
		for _, e := range edits {
			g.edited[key(e.path)] = e
		}
	}
	if p.Pins == nil {
		return g
	}
	if e := g.end([]string{p.Pins.Input}); e.outcome == reached {
		g.pins = e.path
	}
	return g
}

// edit is the one at a path.
func (g *followGraph) edit(path []string) (e followEdit, ok bool) {
	if g.edited != nil {
		e, ok = g.edited[key(path)]
		return e, ok
	}
	for _, e := range g.edits {
		if slices.Equal(e.path, path) {
			return e, true
		}
	}
	return followEdit{}, false
}

// breaks says whether the edits lead in a circle or nowhere, or leave an input of the flake, or an override, so that was good
// before. What stands below an input that they make follow is dead then and does not matter.
func (g *followGraph) breaks(before *followGraph) bool {
	for _, e := range g.edits {
		if g.end(e.path).bad() {
			return true
		}
	}
	// An edit says something else of one path. Where the way of an input does not come by it, it ends as before.
	for _, e := range g.edits {
		for at := before.passing(key(e.path)); at > 0; at = before.passingBy[at-1].before {
			in := before.passingBy[at-1].input
			if !g.kills(in) && g.end(in.Path).bad() && !before.end(in.Path).bad() {
				return true
			}
		}
	}
	return false
}

// passing is where in passingBy the inputs, and overrides, of the flake are whose way comes by a path.
func (g *followGraph) passing(path string) int32 {
	g.passingOnce.Do(func() {
		// An input comes by itself, by the pins input, and by its own name there.
		expected := 2 * len(g.pass.Flake.Inputs)
		g.passingBy, g.passingLast = make([]passer, 0, expected), make(map[string]int32, expected)
		var w walk
		for in := range allInputs(g.pass.Flake.Inputs) {
			w = walk{graph: g, trail: w.trail[:0], steps: w.steps[:0], noted: true}
			w.along(in.Path)
			for i, step := range w.steps {
				if !slices.Contains(w.steps[:i], step) {
					g.passingBy = append(g.passingBy, passer{in, g.passingLast[step]})
					g.passingLast[step] = int32(len(g.passingBy))
				}
			}
		}
	})
	return g.passingLast[path]
}

// kills says whether an override stands below an input that the edits make follow.
func (g *followGraph) kills(in *workspace.Input) bool {
	for above := in.Parent; above != nil; above = above.Parent {
		if _, edited := g.edit(above.Path); edited {
			return true
		}
	}
	return false
}

// end follows a path to its end.
func (g *followGraph) end(path []string) end {
	w := walk{graph: g}
	return w.along(path)
}

// circleFrom is the circle in which a path leads back to itself, from itself to itself; nil where it does not.
func (g *followGraph) circleFrom(path []string) [][]string {
	w := walk{graph: g}
	if w.along(path).outcome != circular || len(w.circle) == 0 || !slices.Equal(w.circle[0], path) {
		return nil
	}
	return w.circle
}

// walk is one way along the paths of a graph.
type walk struct {
	graph *followGraph
	// trail are the paths that are being resolved.
	trail [][]string
	// circle are, once the way has come to one, the paths of it, from the first one that is met again to itself.
	circle [][]string
	// steps are, where they are to be noted, the joined paths of which something was asked, in their order.
	steps []string
	noted bool
}

// along goes along a path.
func (w *walk) along(path []string) end {
	at, straight := end{}, true // straight as long as nothing on the way has followed another path
	for i, name := range path {
		next := path[: i+1 : i+1]
		if !straight {
			next = append(slices.Clip(at.path), name)
		}
		at = w.step(next)
		if at.bad() {
			return at
		}
		if at.outcome == unknown {
			return end{append(slices.Clip(at.path), path[i+1:]...), unknown}
		}
		straight = len(at.path) == i+1 && &at.path[0] == &path[0]
	}
	return at
}

// maxDepth is how long a path of inputs may get. The longest real ones have six names; one that grows without end comes of a flake
// that has itself as an input.
const maxDepth = 32

// step resolves a path all of whose elements but the last are resolved.
func (w *walk) step(path []string) end {
	if len(path) > maxDepth {
		return end{path, circular}
	}
	if i := slices.IndexFunc(w.trail, func(before []string) bool { return slices.Equal(before, path) }); i >= 0 {
		w.circle = append(slices.Clone(w.trail[i:]), path)
		return end{path, circular}
	}
	if w.noted {
		w.steps = append(w.steps, key(path))
	}
	follows, isFollow, outcome := w.graph.says(path)
	if !isFollow {
		return end{path, outcome}
	}
	w.trail = append(w.trail, path)
	at := w.along(follows)
	w.trail = w.trail[:len(w.trail)-1]
	return at
}

// says tells what is written of an input: the path, from the flake, that it follows, or how it ends where it does not follow. The
// outermost flake that says something of it wins.
func (g *followGraph) says(path []string) (follows []string, isFollow bool, how outcome) {
	if e, ok := g.edit(path); ok {
		return e.follows, e.follows != nil, reached
	}
	for depth := range path {
		flake := g.flakeAt(path[:depth])
		if flake == nil {
			continue
		}
		in := g.inputAt(flake, path[depth:])
		switch {
		case in == nil:
		case in.IsFollow:
			return pathBelow(path[:depth], in.Follows), true, reached
		case in.HasReference:
			return nil, false, reached
		}
	}
	if len(path) == 1 && g.pass.Pins != nil && path[0] == g.pass.Pins.Input {
		return nil, false, reached // where the flake lacks it an edit adds it
	}
	if flake := g.flakeAt(path[:len(path)-1]); flake == nil {
		return g.locked(path)
	} else if g.inputOf(flake, path[len(path)-1]) == nil {
		return nil, false, dangling
	}
	return nil, false, reached // an input all the same, though what it says is no reference
}

// flakeAt is the flake behind an input whose path is resolved, nil where its flake.nix is not at hand. It is to be asked by inputOf and
// inputAt, which note what of pins they read.
func (g *followGraph) flakeAt(path []string) *workspace.Flake {
	switch {
	case len(path) == 0:
		return g.pass.Flake
	case slices.Equal(path, g.pins):
		return g.pass.Pins.Unnoted()
	}
	of := g.flakeAt(path[:len(path)-1])
	if of == nil {
		return nil
	}
	in := g.inputOf(of, path[len(path)-1])
	if in == nil {
		return nil
	}
	flake, _ := g.pass.Snapshot.LocalFlake(in, of)
	return flake
}

// inputOf finds an input of a flake that flakeAt gave.
func (g *followGraph) inputOf(flake *workspace.Flake, name string) *workspace.Input {
	if pins := g.pass.Pins; pins != nil && pins.Dir != "" && flake == pins.Unnoted() {
		return pins.InputNamed(name)
	}
	return flake.Input(name)
}

// inputAt finds an input by its name, or the override by the names below it.
func (g *followGraph) inputAt(flake *workspace.Flake, path []string) *workspace.Input {
	return overrideAt(g.inputOf(flake, path[0]), path[1:])
}

// inputAt is that of a flake that is no pins flake.
func inputAt(flake *workspace.Flake, path []string) *workspace.Input {
	return overrideAt(flake.Input(path[0]), path[1:])
}

func overrideAt(in *workspace.Input, path []string) *workspace.Input {
	for _, name := range path {
		if in == nil {
			return nil
		}
		in = in.Override(name)
	}
	return in
}

// locked asks the lock of the flake, which knows what other flakes declare.
func (g *followGraph) locked(path []string) (follows []string, isFollow bool, how outcome) {
	graph := g.pass.Flake.Lock
	if graph == nil {
		return nil, false, unknown
	}
	parent, err := graph.Resolve(path[:len(path)-1])
	if err != nil {
		return nil, false, unknown
	}
	edge, ok := parent.Input(path[len(path)-1])
	switch {
	case edge.Follows != nil:
		return edge.Follows, true, reached
	case !ok || edge.Target == lock.NoNode:
		return nil, false, unknown
	}
	return nil, false, reached
}
