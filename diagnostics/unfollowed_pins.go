package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:          "unfollowed-pins",
	Level:         Warning,
	Since:         "0.2.0",
	Needs:         NeedsLock,
	MessageVaries: true,
	Summary:       "An input is a leaf itself, and its pins does not follow ours.",
	Doc: `## What it does

Finds inputs that are leaves of the same polyrepo: flake.lock has a pins input below them, of the same source as ours, with an entry of
its own. In the pins flake it finds inputs whose pins is this flake itself.

## Why is this bad?

The leaf brings a second pins, and with it everything a second time, at the versions that were locked there. It is the first cause to
mend: what ` + "`duplicate-source`" + ` would say of the inputs below that second pins goes with it.

## How to mend it

` + "`inputs.tool.inputs.pins.follows = \"pins\";`" + ` and ` + "`nix flake lock`" + `. In the pins flake, ` + "`inputs.tool.inputs.pins.follows = \"\";`" + `.

## Fix safety

Safe where the leaf is a direct input and asks for pins as we do, and where no comment at it may say why not. Deeper down the override needs
Nix 2.30. What the leaf's own CI built and cached is of its own versions, so that it may be built again.

## References

Nix manual: nix flake, section "Flake inputs" (inputs of inputs).
`,
	Check: func(p *Pass) {
		for _, u := range p.unfollowedPins() {
			p.reportUnfollowedPins(u)
		}
	},
})

// unfollowed is a pins input of a leaf that does not follow ours.
type unfollowed struct {
	*lockedInput
	// ours is our pins, nil in the pins flake itself; follow is the path to write.
	ours   *lockedInput
	follow string
}

// unfollowedPins are those of the tree, each once, found by the first rule that asks.
func (p *Pass) unfollowedPins() []unfollowed {
	if !p.unfollowedKnown {
		p.unfollowed, p.unfollowedKnown = p.findUnfollowedPins(), true
	}
	return p.unfollowed
}

func (p *Pass) findUnfollowedPins() []unfollowed {
	isOurs, ours, follow := p.isOurPins()
	if isOurs == nil {
		return nil
	}
	var list []unfollowed
	var above []string
	seen := map[lock.Node]bool{}
	if ours != nil {
		seen[ours.entry] = true
	}
	for _, in := range p.assumedLocking().byPath() {
		if in.path[0] == follow || !in.kept || !slices.Contains(p.Config.Pins.Inputs, in.name) || !isOurs(p.Snapshot.Fetched(in.entry)) {
			continue
		}
		if above != nil && isBelow(in.path, above) {
			continue // it goes with that one
		}
		if above = in.path; len(in.path) > 1 && !seen[in.entry] {
			seen[in.entry] = true
			list = append(list, unfollowed{in, ours, follow})
		}
	}
	return list
}

// isOurPins tells the source of our pins from others, and gives its entry and the path by which it is followed: in the pins flake
// there is no entry, and the path is "". nil where nothing calls a flake pins.
func (p *Pass) isOurPins() (is func(lock.Fetched) bool, ours *lockedInput, follow string) {
	if p.Snapshot.IsPins(p.Flake) {
		var known []lock.Fetched
		for _, r := range p.Snapshot.Checkout(p.Flake) {
			known = append(known, lock.Fetched{Source: p.Snapshot.Source(r), Dir: r.Dir(), Flake: true})
		}
		return func(s lock.Fetched) bool { return slices.Contains(known, s) }, nil, ""
	}
	name := p.ownPins()
	ours = p.assumedLocking().root.inputs.named(name)
	if ours == nil || !ours.kept {
		return nil, nil, ""
	}
	source := p.Snapshot.Fetched(ours.entry)
	return func(s lock.Fetched) bool { return s == source }, ours, name
}

func (p *Pass) reportUnfollowedPins(u unfollowed) {
	top := p.topInput(u.lockedInput)
	leaf := u.path[:len(u.path)-1]
	f := Finding{Span: inputSpan(top), Object: key(u.path), Related: []Related{p.nodePlace(u.entry, quoted(key(u.path))+" is locked here")}}
	more := countBelow(u.node)
	again := "a second time"
	switch {
	case u.ours == nil:
		f.Message = fmt.Sprintf("%s brings this flake in again, %s: %s does not follow it.", quoted(key(leaf)), lockedAs(u.entry), quoted(key(u.path)))
	case sameContent(u.entry, u.ours.entry):
		again = "twice"
		f.Message = fmt.Sprintf("%s is a leaf itself, and %s does not follow %s: it is at the same rev now, and the next update parts them.", quoted(key(leaf)), quoted(key(u.path)), quoted(u.follow))
	default:
		f.Message = fmt.Sprintf("%s is a leaf itself, and %s does not follow %s: it is %s, ours is %s.", quoted(key(leaf)), quoted(key(u.path)), quoted(u.follow), lockedAs(u.entry), lockedAs(u.ours.entry))
	}
	if more > 0 {
		f.Message += fmt.Sprintf(" With it %s locked %s.", inputCount(more), again)
	}
	if u.ours != nil {
		f.Related = append(f.Related, p.nodePlace(u.ours.entry, quoted(u.follow)+" is locked here"))
	}
	if top.Syntax == nil {
		p.Report(f)
		return
	}
	comments := p.reasons(top.Syntax)
	f.Related = append(f.Related, relatedReasons(p.Path, comments)...)
	d := duplicates{pass: p, locking: p.assumedLocking(), budget: wholeTreeChecks}
	var target []string
	if u.follow != "" {
		target = []string{u.follow}
	}
	if d.mayFollow(u.lockedInput, target) {
		to := u.follow
		if to == "" {
			to = "this flake"
		}
		safe := len(comments) == 0 && !p.overridden(u.path) && (u.ours == nil || d.asked(u.lockedInput) == d.asked(u.ours))
		f.Fixes = []Fix{p.overrideFix(fmt.Sprintf("Let %s follow %s", key(u.path), to), safe, "", [][]string{u.path}, u.follow)}
	}
	p.Report(f)
}

// overrideFix is a fix that lets inputs of inputs follow a path. cached names whose binary cache
// may be lost, "" where none can be.
func (p *Pass) overrideFix(title string, safe bool, cached string, paths [][]string, follow string, before ...step) Fix {
	var notes []string
	deep := slices.ContainsFunc(paths, func(path []string) bool { return len(path) > 2 })
	if cached != "" {
		notes = append(notes, "what a binary cache holds of "+cached+" may not fit")
	}
	if deep {
		notes = append(notes, "Nix 2.30 or later")
	}
	steps := before
	for _, path := range paths {
		steps = append(steps, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.AddOverride(m, m.Input(path[0]), path[1:], follow)
		})
	}
	return rewriteFixOf(p.Path, p.Manifest, title, safe && !deep, notes, steps...)
}

// countBelow is the number of inputs that are locked below a node of the tree.
func countBelow(node *lockedNode) int {
	n := 0
	for _, in := range node.inputs {
		if in.node != nil {
			n += 1 + countBelow(in.node)
		}
	}
	return n
}

func inputCount(n int) string {
	if n == 1 {
		return "1 input is"
	}
	return fmt.Sprintf("%d inputs are", n)
}

// lockedAs says what of its source a node holds: "at `b1b2b3b4b5` of 2026-11-01".
func lockedAs(n lock.Node) string {
	what := ""
	switch {
	case n.Rev() != "":
		what = "at " + quoted(shortRev(n.Rev()))
	case n.NarHash() != "":
		what = "at narHash " + quoted(n.NarHash()[:min(len(n.NarHash()), 17)]+"…")
	default:
		what = "at no known rev"
	}
	if at, ok := n.LastModified(); ok {
		what += " of " + at.Format("2006-01-02")
	}
	return what
}
