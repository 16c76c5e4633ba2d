package diagnostics

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/release"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// dated is an input of the judged flake, or an override, that asks for a branch of a project which is released together with
// nixpkgs.
type dated struct {
	*workspace.Input
	release.Branch
	// set is the nixpkgs that it gets, nil where nothing tells or where it is nixpkgs itself.
	set *packageSet
}

// packageSet is the nixpkgs that an input gets by an override.
type packageSet struct {
	release.Branch
	// path is that of the input, from the judged flake, whose reference decides; input is that input where the judged flake
	// writes it, else nil.
	path  []string
	input *workspace.Input
	// declared is where it is written, with Path "" where that is not known.
	declared Related
}

// dated are the inputs that have a reference of their own to a branch of a project.
func (p *Pass) dated() []*dated {
	var list []*dated
	for in := range allInputs(p.Flake.Inputs) {
		if !written(in) || in.IsFollow || dead(in.Parent) || p.ignored(in) {
			continue
		}
		if b, ok := p.releaseBranch(in.Reference); ok {
			list = append(list, &dated{in, b, p.packageSetOf(in, b.Project)})
		}
	}
	return list
}

// releaseBranch is what branch a reference asks for. What the bare id of a registry stands for is no choice of the one who
// wrote it, and another machine's registry may know better.
func (p *Pass) releaseBranch(r ref.Ref) (release.Branch, bool) {
	if r.Type() == ref.Indirect && r.Ref() == "" {
		return release.Branch{}, false
	}
	r = p.resolved(r)
	return release.Of(r, p.Snapshot.Source(r))
}

// lockedBranch is what branch an input was locked to, where its reference leaves that open and the lock's entry is of that
// reference.
func (p *Pass) lockedBranch(path []string, r ref.Ref) (b release.Branch, node lock.Node, ok bool) {
	if p.Flake.Lock == nil {
		return release.Branch{}, lock.Node{}, false
	}
	node, err := p.Flake.Lock.Resolve(path)
	if err != nil || !node.Original().SameAs(r) {
		return release.Branch{}, lock.Node{}, false
	}
	b, ok = release.Of(node.Locked(), p.Snapshot.Source(node.Locked()))
	return b, node, ok
}

// packageSetOf is the nixpkgs that an input of a project gets, nil where no override says so or its branch is not known.
func (p *Pass) packageSetOf(in *workspace.Input, project release.Project) *packageSet {
	if o := in.Override("nixpkgs"); project == release.Nixpkgs || o == nil || !o.IsFollow && !o.HasReference {
		return nil
	}
	graph := newFollowGraph(p)
	set := &packageSet{path: graph.end(append(slices.Clone(in.Path), "nixpkgs")).path}
	r := p.referenceAt(graph, set)
	var ok bool
	if set.Branch, ok = p.releaseBranch(r); !ok {
		set.Branch, _, _ = p.lockedBranch(set.path, r)
	}
	if set.Project != release.Nixpkgs {
		return nil
	}
	return set
}

// referenceAt is the reference of the input at which a package set's path ends, and fills in where it is written. It is the zero
// Ref, which is of no project, where nothing tells.
func (p *Pass) referenceAt(graph *followGraph, set *packageSet) ref.Ref {
	for depth := range set.path {
		flake := graph.flakeAt(set.path[:depth])
		if flake == nil {
			continue
		}
		if in := graph.inputAt(flake, set.path[depth:]); in != nil && in.HasReference {
			if flake == p.Flake {
				set.input = in
			} else if p.Pins != nil {
				p.Pins.Flake() // its place is shown
			}
			set.declared = declaredAt(flake, in, quoted(key(set.path))+" is declared here")
			return in.Reference
		}
	}
	if p.Flake.Lock == nil {
		return ref.Ref{}
	}
	node, err := p.Flake.Lock.Resolve(set.path)
	if err != nil {
		return ref.Ref{}
	}
	set.declared = Related{workspace.Location{Path: p.Flake.LockPath, Span: node.OriginalSpan()}, quoted(key(set.path)) + " is locked here"}
	return node.Original()
}

// bare takes out what stands between the parts of a name or a number.
var bare = strings.NewReplacer(".", "", "-", "", "_", "")

// nameHolds says whether the name of an input at a release tells which one that is: nixpkgs-2505, nixpkgs_25_05.
func nameHolds(in *workspace.Input, r release.Release) bool {
	return strings.Contains(bare.Replace(in.Name), bare.Replace(r.String()))
}

// moveFixes are the moves of an input to a release that has support, or to what is unstable where its package set is; of two
// releases the newest comes first, because support of the other one ends within the month. What has to be of the same release
// moves along.
func (p *Pass) moveFixes(d *dated, all []*dated) []Fix {
	if set := d.set; set != nil {
		switch {
		case set.Rolling():
			return p.moveFix(d, []*dated{d}, "", (release.Branch).AtRolling)
		case !set.Release.Ended(p.Snapshot.Now()):
			return p.moveFix(d, []*dated{d}, "", at(set.Release))
		case set.input == nil:
			return nil // whoever moves that nixpkgs does it elsewhere
		case nameHolds(set.input, set.Release):
			return nil // it stays, and so does what is written for it
		}
	}
	var fixes []Fix
	for _, r := range release.Supported(p.Snapshot.Now()) {
		if r.Compare(d.Release) > 0 {
			fixes = append(fixes, p.moveFix(d, together(d, all, r), r.String(), at(r))...)
		}
	}
	return fixes
}

func at(r release.Release) func(release.Branch) string {
	return func(b release.Branch) string { return b.At(r) }
}

// together are the inputs that move to a release with one of them: the package sets of the same release, its own package set,
// and the modules that are written for these.
func together(d *dated, all []*dated, to release.Release) []*dated {
	moved := []*dated{d}
	add := func(x *dated) {
		if !slices.Contains(moved, x) && !x.Rolling() && !nameHolds(x.Input, x.Release) && x.Release.Compare(to) < 0 {
			moved = append(moved, x)
		}
	}
	of := func(set *packageSet) *dated {
		for _, x := range all {
			if x.Input == set.input {
				return x
			}
		}
		return nil
	}
	sets := d.Release
	if d.set != nil {
		sets = d.set.Release
	}
	for _, x := range all {
		if x.Project == release.Nixpkgs && x.Release == sets {
			add(x)
		}
	}
	for _, x := range all {
		switch {
		case x.set == nil && x.Release == sets:
			add(x)
		case x.set != nil && slices.Contains(moved, of(x.set)):
			add(x)
		}
	}
	slices.SortFunc(moved, func(a, b *dated) int { return slices.Index(all, a) - slices.Index(all, b) })
	return moved
}

// moveFix is the move of an input, and of others with it, to other branches of theirs. It is none where the input itself has none
// to move to.
func (p *Pass) moveFix(d *dated, inputs []*dated, to string, branch func(release.Branch) string) []Fix {
	var steps []step
	var names []string
	for _, x := range inputs {
		s, ok := p.moveStep(x, branch(x.Branch))
		switch {
		case ok:
			steps, names = append(steps, s), append(names, key(x.Path))
		case x == d:
			return nil
		}
	}
	if len(names) == 1 {
		to = branch(d.Branch)
	}
	return []Fix{p.rewriteFix("Move "+plain(listed(names))+" to "+to, false, steps...)}
}

// moveStep writes another branch where the old one stands.
func (p *Pass) moveStep(d *dated, to string) (step, bool) {
	if to == "" {
		return nil, false
	}
	field, written, ok := p.rewritten(d, to)
	if !ok {
		return nil, false
	}
	path := d.Path
	return func(m *parse.Manifest) (rewrite.Change, error) {
		in := syntaxAt(m, path)
		if in.Type == nil {
			return rewrite.SetURL(m, in, written) // which refuses where another value refers to it
		}
		return rewrite.SetValue(m, in.Field(field).Attr.Value, rewrite.StringSource(written))
	}, true
}

// rewritten is the attribute that holds the branch of an input and its text with another one: the rest of it stays as it is
// written. ok is false where the text would not mean that.
func (p *Pass) rewritten(d *dated, to string) (field, text string, ok bool) {
	if d.Syntax.Type != nil {
		for _, name := range []string{"ref", "url"} {
			if f := d.Syntax.Field(name); f != nil {
				said, _ := f.Text()
				at := strings.LastIndex(said, d.Branch.Name)
				return name, said[:max(0, at)] + to + said[max(0, at)+len(d.Branch.Name):], at >= 0 && d.Branch.Name != ""
			}
		}
		return "", "", false
	}
	said, _ := d.Syntax.URL.Text()
	if hub, isHub := ref.ParseFlakeHub(said); isHub {
		text = said[:hub.Span.Start] + to + said[hub.Span.End:]
	} else if at := strings.LastIndex(said, d.Branch.Name); at >= 0 && d.Branch.Name != "" {
		text = said[:at] + to + said[at+len(d.Branch.Name):]
	} else {
		text, _ = d.Reference.WithRef(to).URL(d.IsFlake) // it was read from a url, so it can be written as one
	}
	after, _ := ref.ParseInputOf(text, d.IsFlake) // what is no reference is of no branch
	b, _ := p.releaseBranch(after)
	return "url", text, b.Name == to
}

// named names a branch in a sentence, and says of what release it is where the name does not.
func named(b release.Branch) string {
	switch {
	case b.Name == "":
		return b.String()
	case b.Rolling() && strings.HasPrefix(b.AtRolling(), "0.1"):
		return quoted(b.Name) + " (unstable)"
	case b.Rolling() || strings.Contains(b.Name, b.Release.String()):
		return quoted(b.Name)
	}
	return quoted(b.Name) + " (" + b.Release.String() + ")"
}
