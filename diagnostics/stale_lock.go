package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "stale-lock",
	Level:   Warning,
	Since:   "0.2.0",
	Needs:   NeedsCleanParse | NeedsLock,
	Summary: "flake.lock does not hold what flake.nix asks for.",
	Doc: `## What it does

Compares flake.lock with flake.nix as Nix does before each command: an input that the lock lacks, or still has though it is declared no
more; one whose reference, after the overrides of the flakes above it, is not the one that was locked; one that follows another path
than in the lock. It compares what Nix compares: ` + "`flake = false`" + ` is no part of it, and ` + "`?dir=`" + ` in a URL is the same as ` + "`dir`" + `.

It also finds what Nix does not: an input by a relative path, whose flake.nix here has other inputs by now than when it was locked. Nix keeps
what the lock says of them.

Where only a fetch could tell (Nix reads the flake of an input again where an override of its inputs was dropped), it is silent.

## Why is this bad?

The next command that may write the lock, also a mere ` + "`nix build`" + `, fetches the input and changes the file on its own. One that may
not, as in CI, fails: "requires lock file changes but they're not allowed". The outputs of a flake by a relative path are called with the
inputs that it had: "function 'outputs' called without required argument".

## How to mend it

Run the command that the message names, and commit the lock together with flake.nix. ` + "`nix flake lock`" + ` locks what is missing and leaves
the rest alone. An input of pins that is not committed yet cannot be locked: commit and push it first. Where the reference of the pins input changed, ` + "`nix flake update pins`" + ` does it: before Nix 2.31, ` + "`nix flake lock`" + ` would keep
the old inputs below pins.

## References

Nix manual: nix flake lock; nix flake update; nix flake, section "Lock files".
`,
	Check: func(p *Pass) {
		if slices.ContainsFunc(p.Flake.Lock.Problems, func(problem lock.Problem) bool { return problem.Rejected }) {
			return // invalid-lock
		}
		said := map[*workspace.Input]bool{}
		for _, f := range p.lockedFaults() {
			said[f.edge.input] = true // unknown-follows
		}
		for _, s := range p.lockingOf().stale() {
			p.reportStale(s, said)
		}
		p.reportPassedOver()
	},
})

// staleEntry is a difference between the tree that Nix makes and flake.lock.
type staleEntry struct {
	path []string
	// in is the input as it is asked for; nil for an entry of the lock that nothing asks for.
	in *lockedInput
	// locked is the edge of the lock, of the node parent; ok is false where there is none.
	locked lock.Input
	ok     bool
	parent lock.Node
}

// stale are the differences for which Nix would write the lock anew, as far as it can be told without a fetch. What lies below
// one of them is no difference of its own.
func (l *locking) stale() []staleEntry {
	var list []staleEntry
	l.compare(l.root, l.flake.Lock.Root(), nil, &list)
	return list
}

// compare holds the inputs of one flake of the tree against the node that the lock has for it.
func (l *locking) compare(node *lockedNode, old lock.Node, path []string, list *[]staleEntry) {
	var at lock.Cursor
	known := 0
	for _, in := range node.inputs {
		edge, ok := old.InputFrom(&at, in.name)
		if ok {
			known++
		}
		switch {
		case !in.isFollow && !in.hasReference, l.leadsNowhere(in):
			continue // another rule speaks of it
		case in.isFollow && edge.Follows != nil && slices.Equal(in.follows, edge.Follows):
			continue
		case in.kept:
			if l.readable(in) {
				l.compare(in.node, in.entry, in.path, list)
			}
			continue
		}
		*list = append(*list, staleEntry{in.path, in, edge, ok, old})
	}
	if node.open || known == old.InputCount() {
		return
	}
	for edge := range old.Inputs() {
		if node.inputs.named(edge.Name) == nil {
			*list = append(*list, staleEntry{path: append(slices.Clone(path), edge.Name), locked: edge, ok: true, parent: old})
		}
	}
}

// leadsNowhere says whether Nix refuses what an input follows.
func (l *locking) leadsNowhere(in *lockedInput) bool {
	l.faults()
	return in.nowhere
}

// readable says whether the inputs below a kept entry are known as Nix will know them: from the lock itself, or, where Nix reads the
// flake again, from a flake.nix that lies in the same source.
func (l *locking) readable(in *lockedInput) bool {
	if in.node.flake == nil {
		return !in.node.open
	}
	return in.reference.Relative()
}

func (p *Pass) reportStale(s staleEntry, said map[*workspace.Input]bool) {
	l := p.lockingOf()
	f := Finding{Span: inputsPlace(p.Manifest), Object: key(s.path), Related: []Related{p.staleEdge(s)}}
	if s.in == nil {
		if in := p.Flake.Input(s.path[0]); in != nil {
			f.Span = inputSpan(in)
		}
		f.Message = fmt.Sprintf("flake.lock still has %s, which %s declares no more; `nix flake lock` drops it.", quoted(key(s.path)), p.declarer(s))
		p.Report(f)
		return
	}
	in := l.blame(&lockedInput{lockEntry: s.in.lockEntry, path: s.path})
	if said[in] {
		return
	}
	said[in] = true
	f.Span, f.Message = p.staleAt(s, in), staleMessage(s)+"; "+p.settles(s)
	p.Report(f)
}

// declarer names the flake that declares the inputs beside an entry.
func (p *Pass) declarer(s staleEntry) string {
	if len(s.path) == 1 {
		return "flake.nix"
	}
	return "the flake.nix of " + quoted(key(s.path[:len(s.path)-1]))
}

// staleEdge is the place of flake.lock where it says something else.
func (p *Pass) staleEdge(s staleEntry) Related {
	switch {
	case !s.ok:
		return p.nodePlace(s.parent, "flake.lock has the inputs here")
	case s.locked.Follows == nil && s.locked.Target != lock.NoNode && s.in != nil && !s.in.isFollow:
		n := s.parent.Of(s.locked.Target)
		return p.inLock(n.OriginalSpan(), "this is what was locked")
	}
	return p.inLock(s.locked.NameSpan.Cover(s.locked.Span), "this is what was locked")
}

// staleAt is the place of flake.nix that asks for something else.
func (p *Pass) staleAt(s staleEntry, in *workspace.Input) text.Span {
	written := p.lockingOf().written(s.in.lockEntry) == in && in.Syntax != nil
	switch {
	case !written || !s.ok:
		return inputSpan(in)
	case s.in.isFollow:
		return followsSpan(in)
	}
	return referenceSpan(in.Syntax)
}

func staleMessage(s staleEntry) string {
	name := quoted(key(s.path))
	asked := "flake.nix asks for "
	if declarer := s.in.declarer(); len(declarer) > 0 {
		asked = "the flake.nix of " + quoted(key(declarer)) + " asks for "
	}
	if asked += quoted(shown(s.in.reference)); s.in.isFollow {
		asked = "flake.nix lets it follow " + followedPath(s.in.follows)
	}
	switch {
	case !s.ok:
		return fmt.Sprintf("%s is not in flake.lock", name)
	case s.locked.Follows != nil:
		return fmt.Sprintf("In flake.lock %s follows %s; %s", name, followedPath(s.locked.Follows), asked)
	case s.locked.Target == lock.NoNode:
		return fmt.Sprintf("flake.lock has no node for %s", name)
	}
	before := s.parent.Of(s.locked.Target).Original()
	switch {
	case s.in.isFollow:
		return fmt.Sprintf("flake.lock has an entry of its own for %s; %s", name, asked)
	case before.Canonical() == s.in.reference.Canonical():
		return fmt.Sprintf("flake.lock has %s as %s of another flake", name, quoted(shown(before)))
	}
	return fmt.Sprintf("flake.lock has %s as %s; %s", name, quoted(shown(before)), asked)
}

// shown is a reference as messages show it.
func shown(r ref.Ref) string { return ref.Redact(r.String()) }

// followedPath names what a follows path leads to.
func followedPath(path []string) string {
	if len(path) == 0 {
		return "this flake itself"
	}
	return quoted(key(path))
}

// settles names the command that brings the lock in line.
func (p *Pass) settles(s staleEntry) string {
	pins := p.Pins
	if pins != nil && pins.Called && len(s.path) == 1 && s.path[0] == pins.Input && s.ok && s.locked.Follows == nil && !s.in.isFollow {
		return fmt.Sprintf("`nix flake update %s` settles it, with all that %s has.", pins.Input, pins.Input)
	}
	if p.isUncommitted(s.in.follows) {
		return fmt.Sprintf("the flake.nix of %s has that, but not committed: commit and push it, then `nix flake update %s` settles it.", quoted(pins.Input), pins.Input)
	}
	return "`nix flake lock` settles it."
}
