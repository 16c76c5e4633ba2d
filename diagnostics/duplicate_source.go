package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:          "duplicate-source",
	Level:         Warning,
	Since:         "0.2.0",
	Needs:         NeedsLock,
	MessageVaries: true,
	Summary:       "One source is locked more than once, at different revs.",
	Doc: `## What it does

Finds inputs of inputs that are the same source as another input (the same repository, however it is written, and the same
` + "`dir`" + `) and have an entry of their own in flake.lock. It looks at the lock as flake.nix would have it: an override that is written and
not locked yet counts.

Where both ask for the same ref it warns. Where they ask for different refs, where both are plain sources (` + "`flake = false`" + `), and where
both are at the same rev today, so that only the next update parts them, it is a hint.

Of inputs that lie below a duplicate it says nothing, nor of one that is to follow pins itself (` + "`raw-url`" + `), or lies below such: they go with it. In a leaf it says nothing of what lies below pins: the pins
flake itself can mend it for all leaves. Inputs of the flake itself are a matter of ` + "`raw-url` and `duplicate-input`" + `, and a second pins
of ` + "`unfollowed-pins`" + `.

## Why is this bad?

Two versions of nixpkgs are two package sets to download, to evaluate and to build, and what crosses from one into the other may not
fit: two glibc, two Qt, a module of one with the packages of the other.

## How to mend it

Let the inner input follow: ` + "`inputs.tool.inputs.nixpkgs.follows = \"nixpkgs\";`" + ` and ` + "`nix flake lock`" + `. In the pins flake, where two inputs bring
a source in and pins does not have it, make it an input of its own first, so that leaves can follow it too.

An input that needs its own version can be named in ` + "`follows.ignore`" + `, or allowed: ` + "`# nix-pins: allow duplicate-source(rust-analyzer-src)`" + `.

## Fix safety

Safe where an input of a direct input comes to follow one of the flake itself, or of pins, of the same ref and name, no override of it is written yet, nothing else
in the flake follows it, and no comment at it may say why not. The rev that it gets is another
one than its authors tested; where they run a binary cache, what it holds may not fit any more. Deeper overrides need Nix 2.30 and are
choices, as is to let all duplicates of a source follow at once. An edit that would end in a circle is not offered.

## References

Nix manual: nix flake, sections "Flake inputs" and "Lock files".
`,
	Check: func(p *Pass) {
		d := p.findDuplicates()
		groups := map[string][]*duplicate{}
		for _, dup := range d.list {
			if d.mayFollow(dup.lockedInput, dup.follow) {
				groups[key(dup.follow)] = append(groups[key(dup.follow)], dup)
			} else {
				dup.follow = nil
			}
		}
		for _, dup := range d.list {
			d.report(dup, groups[key(dup.follow)])
		}
	},
})

// report speaks of one duplicate; all are those that could follow the same path.
func (d *duplicates) report(dup *duplicate, all []*duplicate) {
	p := d.pass
	top := d.tops[dup.path[0]]
	f := Finding{
		Span: inputSpan(top), Object: dup.name, Message: d.message(dup), about: dup.path,
		Related: []Related{
			p.nodePlace(dup.entry, quoted(key(dup.path))+" is locked here"),
			p.nodePlace(dup.other.entry, quoted(key(dup.other.path))+" is locked here"),
		},
	}
	if dup.sameRev || !dup.sameVersion || !dup.isFlake {
		f.Severity = Hint
	}
	if top.Syntax == nil {
		p.Report(f)
		return
	}
	comments := p.reasons(top.Syntax)
	f.Related = append(f.Related, relatedReasons(p.Path, comments)...)
	if dup.follow != nil {
		to := key(dup.follow)
		sameName := d.nameOf(dup.lockedInput) == d.nameOf(dup.other)
		safe := f.Severity != Hint && sameName && d.rank(dup.other) < 2 && len(comments) == 0 && !p.overridden(dup.path) && !p.followedHere(dup.path)
		f.Fixes = append(f.Fixes, p.overrideFix(fmt.Sprintf("Let %s follow %s", key(dup.path), to), safe, cachedOf(dup, top.Name), [][]string{dup.path}, to))
		if len(all) > 1 {
			f.Fixes = append(f.Fixes, NewChoice(func() Made { // there may be thousands
				return *p.overrideFix(fmt.Sprintf("Let %s follow %s", allOf(len(all)), to), false, cachedOf(dup, "them"), pathsOf(all), to).made()
			}))
		}
	}
	if fix, ok := d.explicit(dup, all); ok {
		f.Fixes = append([]Fix{fix}, f.Fixes...)
	}
	p.Report(f)
}

// overridden says whether the judged flake says something of an input of an input already, or of what lies below it: an edit would
// drop it.
func (p *Pass) overridden(path []string) bool { return syntaxAt(p.Manifest, path) != nil }

// followedHere says whether an input or an override of the judged flake follows what lies at a path, or below it: somebody has chosen that
// version over the flake's own.
func (p *Pass) followedHere(path []string) bool {
	for in := range allInputs(p.Flake.Inputs) {
		if len(in.Follows) >= len(path) && slices.Equal(in.Follows[:len(path)], path) {
			return true
		}
	}
	return false
}

// listedPlain names input paths in a title.
func listedPlain(paths [][]string) string {
	if len(paths) > mostListed {
		return fmt.Sprintf("%d inputs", len(paths))
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = key(path)
	}
	return plain(listed(names))
}

func pathsOf(all []*duplicate) [][]string {
	paths := make([][]string, len(all))
	for i, dup := range all {
		paths[i] = dup.path
	}
	return paths
}

// explicit is, in the pins flake, the fix that makes a source an input of its own and lets all follow it.
func (d *duplicates) explicit(dup *duplicate, all []*duplicate) (fix Fix, ok bool) {
	p, other := d.pass, dup.other
	if len(other.path) == 1 || dup.follow == nil || !p.Snapshot.IsPins(p.Flake) || p.Flake.Input(dup.name) != nil || !ref.IsID(dup.name) {
		return Fix{}, false
	}
	if d.tops[other.path[0]].Syntax == nil {
		return Fix{}, false
	}
	add := func(m *parse.Manifest) (rewrite.Change, error) { return rewrite.Add(m, dup.name, declarationOf(other)) }
	return NewChoice(func() Made {
		paths := append([][]string{other.path}, pathsOf(all)...)
		title := fmt.Sprintf("Make %s an input, and let %s follow it", dup.name, listedPlain(paths))
		return *p.overrideFix(title, false, cachedOf(dup, "them"), paths, dup.name, add).made()
	}), true
}

// cachedOf names what a binary cache may hold that an edit changes: a plain source has nothing built of it.
func cachedOf(dup *duplicate, name string) string {
	if !dup.isFlake {
		return ""
	}
	return name
}

func allOf(n int) string {
	if n == 2 {
		return "both duplicates"
	}
	return fmt.Sprintf("all %d duplicates", n)
}

// declarationOf declares an input as an entry of the lock was asked for.
func declarationOf(in *lockedInput) rewrite.Declaration {
	asked := in.entry.Original()
	if asked.Type() == ref.Indirect {
		asked = in.entry.Locked().WithoutRev() // what it was resolved to
	}
	var d rewrite.Declaration
	var ok bool
	if d.URL, ok = asked.URL(in.isFlake); !ok {
		d.Attrs = asked.Attrs()
	}
	if !in.isFlake {
		d.Flake = &in.isFlake
	}
	return d
}

func (d *duplicates) message(dup *duplicate) string {
	name, other := quoted(key(dup.path)), quoted(key(dup.other.path))
	if dup.name != dup.other.name {
		name += " (" + quoted(d.pass.Snapshot.Fetched(dup.entry).Source.String()) + ")"
	}
	var message string
	switch {
	case dup.sameRev:
		message = fmt.Sprintf("%s repeats %s: both are %s now, and the next update may part them.", name, other, lockedAs(dup.entry))
	case dup.sameVersion:
		message = fmt.Sprintf("%s is locked apart from %s: it is %s, the other %s.", name, other, lockedAs(dup.entry), lockedAs(dup.other.entry))
	default:
		asks := d.pass.resolved
		message = fmt.Sprintf("%s is the same source as %s at %s instead of %s: it is %s, the other %s.", name, other,
			versionOf(asks(dup.entry.Original())), versionOf(asks(dup.other.entry.Original())), lockedAs(dup.entry), lockedAs(dup.other.entry))
	}
	switch {
	case dup.below == 1:
		message += " One duplicate below it goes with it."
	case dup.below > 1:
		message += fmt.Sprintf(" %d duplicates below it go with it.", dup.below)
	}
	return message
}
