package ide

import (
	"errors"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// makeExplicit offers to give an input that follows the reference, and the overrides, of what it follows.
func (a *actions) makeExplicit(in *workspace.Input) {
	title := "Make " + pathText(in.Path) + " explicit"
	if len(in.Follows) == 0 {
		a.rewrite(title, rewrite.Change{}, errors.New("it follows the flake itself"))
		return
	}
	d, err := a.declarationAt(in)
	if err != nil {
		a.rewrite(title, rewrite.Change{}, err)
		return
	}
	if d.URL != "" {
		title += ": " + ref.Redact(d.URL)
	}
	change, err := rewrite.Unfollow(a.flake.Manifest, in.Syntax, d)
	a.rewrite(title, change, err)
}

// declarationAt is what an input would say of itself if it did not follow: the reference at the end of all follows, as it was
// written (never the locked form), its `flake`, and the overrides that hold there, with their paths from this flake.
func (a *actions) declarationAt(in *workspace.Input) (rewrite.Declaration, error) {
	path, err := a.endOf(in.Follows)
	if err != nil {
		return rewrite.Declaration{}, err
	}
	var reference ref.Ref
	isFlake := true
	overrides := map[string]rewrite.Override{}
	var order []string
	add := func(o rewrite.Override) {
		key := strings.Join(o.Path, "/")
		if _, known := overrides[key]; !known {
			order = append(order, key)
		}
		overrides[key] = o
	}
	name, parent := strings.Join(path, "/"), path[:len(path)-1]
	flake, _, _ := a.flakeAt(parent)
	declared := declaredIn(flake, path[len(path)-1])
	locked, isLocked := a.lockedAt(path)
	switch {
	case declared != nil && declared.HasReference && declared.Reference.Relative() && len(parent) > 0:
		return rewrite.Declaration{}, errors.New(name + " is a path within another flake")
	case declared != nil && declared.HasReference:
		reference, isFlake = declared.Reference, declared.IsFlake
		for o := range below(declared) {
			add(overrideOf(o, len(declared.Path), parent))
		}
	case declared != nil && declared.ReferenceError != nil:
		return rewrite.Declaration{}, declared.ReferenceError
	case flake != nil && declared == nil:
		return rewrite.Declaration{}, errors.New(name + " does not exist")
	case isLocked:
		reference, isFlake = locked.node.Original(), locked.node.Flake()
		for _, o := range locked.overrides() {
			add(o)
		}
	default:
		return rewrite.Declaration{}, errors.New("no file at hand tells what " + name + " is")
	}
	if reference.IsZero() {
		return rewrite.Declaration{}, errors.New(name + " has no reference of its own")
	}
	// What this flake says of the inputs below it holds over what is said there.
	if own := ownInput(a.flake, path); own != nil && len(path) > 1 {
		for o := range below(own) {
			add(overrideOf(o, len(own.Path), nil))
		}
	}
	return a.declaration(in, reference, isFlake, order, overrides)
}

// declaration puts the parts together.
func (a *actions) declaration(in *workspace.Input, reference ref.Ref, isFlake bool, order []string, overrides map[string]rewrite.Override) (rewrite.Declaration, error) {
	var d rewrite.Declaration
	var ok bool
	if d.URL, ok = reference.URL(isFlake); !ok {
		d.Attrs = reference.Attrs()
	}
	if !isFlake {
		d.Flake = &isFlake
	}
	for _, key := range order {
		o := overrides[key]
		target := slices.Concat(in.Path, o.Path)
		if o.URL == "" {
			path := splitFollows(o.Follows)
			if near := a.nameFor(path, o.Path[len(o.Path)-1]); near != "" && !a.goesThrough([]string{near}, target) && near != in.Path[0] {
				path = []string{near}
			}
			if a.goesThrough(path, target) {
				return d, errors.New("the override of " + key + " would follow itself")
			}
			o.Follows = strings.Join(path, "/")
		}
		d.Overrides = append(d.Overrides, o)
	}
	return d, nil
}

// nameFor is the input of the flake that follows a path, the one of the given name first; "" where there is none.
func (a *actions) nameFor(path []string, name string) string {
	best := ""
	for _, in := range a.flake.Inputs {
		if in.IsFollow && slices.Equal(in.Follows, path) && ref.IsID(in.Name) && (best == "" || in.Name == name) {
			best = in.Name
		}
	}
	return best
}

// endOf follows a path over the follows of this flake and of pins.
func (a *actions) endOf(path []string) ([]string, error) {
	for range maxSteps {
		next, ok := a.step(path)
		if !ok {
			return path, nil
		}
		if path = next; len(path) == 0 {
			return nil, errors.New("it follows the flake itself")
		}
	}
	return nil, errors.New("its follows go in a circle")
}

// declaredIn is an input of a flake, nil where either is not at hand.
func declaredIn(flake *workspace.Flake, name string) *workspace.Input {
	if flake == nil {
		return nil
	}
	return flake.Input(name)
}

// ownInput is the override of a flake for a path of inputs, or nil.
func ownInput(flake *workspace.Flake, path []string) *workspace.Input {
	in := flake.Input(path[0])
	for _, name := range path[1:] {
		if in == nil {
			return nil
		}
		in = in.Override(name)
	}
	return in
}

// below gives the overrides below an input that say something.
func below(in *workspace.Input) func(yield func(*workspace.Input) bool) {
	return func(yield func(*workspace.Input) bool) {
		for _, o := range in.Overrides {
			if (o.IsFollow || o.HasReference) && !yield(o) {
				return
			}
			if !o.IsFollow {
				for deeper := range below(o) {
					if !yield(deeper) {
						return
					}
				}
			}
		}
	}
}

// overrideOf writes an override of a flake that stands at a path of inputs as one of this flake; the first depth names of its
// path are the input's.
func overrideOf(o *workspace.Input, depth int, at []string) rewrite.Override {
	override := rewrite.Override{Path: o.Path[depth:]}
	if o.IsFollow {
		override.Follows = strings.Join(slices.Concat(at, o.Follows), "/")
	} else {
		override.URL = urlOf(o.Reference)
	}
	return override
}

// lockedInput is a node of a lock: of our own, or of that of a flake behind one of our inputs.
type lockedInput struct {
	graph *lock.Graph
	node  lock.Node
	// root is the path from this flake to the root of the lock, path that from there to the node.
	root, path []string
}

func (a *actions) lockedAt(path []string) (lockedInput, bool) {
	if a.flake.Lock != nil {
		if node, err := a.flake.Lock.Resolve(path); err == nil {
			return lockedInput{a.flake.Lock, node, nil, path}, true
		}
	}
	if next := a.behind(a.flake, path[0]); next != nil && next.Lock != nil && len(path) > 1 {
		if node, err := next.Lock.Resolve(path[1:]); err == nil {
			return lockedInput{next.Lock, node, path[:1], path[1:]}, true
		}
	}
	return lockedInput{}, false
}

// overrides are the follows below a locked input that lead out of it: those within it its own flake makes.
func (l lockedInput) overrides() []rewrite.Override {
	var list []rewrite.Override
	seen := map[lock.Node]bool{}
	var visit func(node lock.Node, path []string)
	visit = func(node lock.Node, path []string) {
		if seen[node] {
			return
		}
		seen[node] = true
		for edge := range node.Inputs() {
			at := append(slices.Clone(path), edge.Name)
			switch {
			case edge.Follows == nil && edge.Target != lock.NoNode:
				visit(l.graph.Node(edge.Target), at)
			case edge.Follows != nil && !hasPrefix(edge.Follows, l.path):
				list = append(list, rewrite.Override{Path: at, Follows: strings.Join(slices.Concat(l.root, edge.Follows), "/")})
			}
		}
	}
	visit(l.node, nil)
	return list
}
