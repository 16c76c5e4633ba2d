package ide

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// splitFollows gives the names of a follows path as Nix does: empty ones are dropped.
func splitFollows(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

func hasPrefix(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// maxSteps bounds the follows that are followed one after the other.
const maxSteps = 50

// goesThrough says whether a follows path of the file leads over an input or override of it, so that this one following the
// path would go in a circle.
func (r *request) goesThrough(path, input []string) bool {
	r.ask()
	for range maxSteps {
		if hasPrefix(path, input) {
			return true
		}
		next, ok := r.step(path)
		if !ok {
			return false
		}
		path = next
	}
	return true
}

// step replaces the beginning of a path that the file, or pins, makes follow something by what it follows.
func (r *request) step(path []string) (next []string, ok bool) {
	for n := 1; n <= len(path); n++ {
		if follows, ok := r.inputValue(path[:n], "follows"); ok {
			return append(splitFollows(follows), path[n:]...), true
		}
	}
	if r.pins == nil || r.pins.Flake() == nil || len(path) < 2 || path[0] != r.pins.Input {
		return nil, false
	}
	in := r.pins.Flake().Input(path[1])
	if in == nil || !in.IsFollow {
		return nil, false
	}
	return slices.Concat(path[:1], in.Follows, path[2:]), true
}

// inputsOf gives the names of the inputs of the flake that a path of inputs leads to, in the order in which it declares them
// (of a lock, sorted): from the flake itself where it is at hand, else from a lock. They are none where nothing is known.
func (r *request) inputsOf(path []string) []string {
	r.ask()
	for range maxSteps {
		next, ok := r.step(path)
		if !ok {
			break
		}
		path = next
	}
	if len(path) == 0 || r.flake == nil {
		return nil
	}
	if flake, node, ok := r.flakeAt(path); flake != nil {
		return namesOf(flake)
	} else if ok {
		return node.Names()
	}
	return r.offeredInputs(path)
}

func namesOf(flake *workspace.Flake) []string {
	names := make([]string, 0, len(flake.Inputs))
	for _, in := range flake.Inputs {
		names = append(names, in.Name)
	}
	return names
}

// flakeAt is the flake at a path of inputs or, where that is not at hand, the node of a lock; ok is false where neither is.
func (r *request) flakeAt(path []string) (flake *workspace.Flake, node lock.Node, ok bool) {
	at := r.flake
	for i, name := range path {
		next := r.behind(at, name)
		if next == nil {
			// What lies further on is known to the lock of the last flake that is at hand, or to our own.
			for _, known := range []struct {
				flake *workspace.Flake
				path  []string
			}{{at, path[i:]}, {r.flake, path}} {
				if known.flake.Lock == nil {
					continue
				}
				if node, err := known.flake.Lock.Resolve(known.path); err == nil {
					return nil, node, true
				}
			}
			return nil, lock.Node{}, false
		}
		at = next
	}
	return at, lock.Node{}, true
}

// behind is the flake behind an input of a flake, where it is at hand.
func (r *request) behind(of *workspace.Flake, name string) *workspace.Flake {
	if of == r.flake && r.pins != nil && name == r.pins.Input && r.pins.Flake() != nil {
		return r.pins.Flake()
	}
	in := of.Input(name)
	if in == nil {
		return nil
	}
	if flake, ok := r.snapshot.LocalFlake(in, of); ok {
		return flake
	}
	if leaf := r.snapshot.LeafAt(of.Dir); leaf != nil && leaf.Input == name && leaf.Pins.Dir != "" {
		return r.snapshot.Flake(leaf.Pins.Dir)
	}
	return nil
}

// offeredInputs are the inputs of an input that no lock has yet, where pins offers the same source: those that pins' lock has.
func (r *request) offeredInputs(path []string) []string {
	if len(path) != 1 || r.pins == nil {
		return nil
	}
	in := r.flake.Input(path[0])
	if in == nil || !in.HasReference || in.IsFollow {
		return nil
	}
	for _, o := range r.pins.Offers() {
		if o.HasReference && r.snapshot.Source(o.Reference) == r.snapshot.Source(in.Reference) && o.Reference.Dir() == in.Reference.Dir() {
			return r.inputsOf(splitFollows(o.Path))
		}
	}
	return nil
}

// dir is the folder of the file.
func (r *request) dir() string { return filepath.Dir(r.file.Path) }
