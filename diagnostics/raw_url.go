package diagnostics

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:          "raw-url",
	Level:         Information,
	Since:         "0.1.0",
	Needs:         NeedsPins,
	Silences:      []string{"duplicate-input", "registry-url"},
	MessageVaries: true,
	Summary:       "An input of a leaf has a reference of its own where it could follow pins.",
	Doc: `## What it does

Finds inputs, and overrides of the inputs of inputs, that have a flake reference of their own although the pins flake has an
input with the same source. Sources are compared, not texts: ` + "`github:NixOS/nixpkgs`, `git+https://github.com/nixos/nixpkgs.git`" + `
and an id that a flake registry resolves to it are one source. The folder (` + "`dir`" + `) and ` + "`flake`" + ` must be equal too.

A source that pins does not have is reported as a hint where two leaves or more declare it, unless it is a leaf of the workspace itself: a
pins with an input that follows pins is never up to date.

It is silent in the pins flake itself, in a flake whose ` + "`role`" + ` is ` + "`standalone`" + `, for inputs of ` + "`follows.ignore`" + `, and where following
would end in a circle: where pins itself follows the leaf's input, there is only one version anyway.

## Why is this bad?

Every reference outside of pins is locked at its own time. Each one that is locked apart makes one more combination of versions
to build, to cache, to debug and to patch. What is not declared here cannot rot here.

## How to mend it

Let the input follow: ` + "`nixpkgs.follows = \"pins/nixpkgs\";`" + `. Where the reference is of its own on purpose, say so:
` + "`# nix-pins: allow raw-url(nixpkgs) needs the fix of …`" + `, or list the name in ` + "`follows.ignore`" + `.

## Fix safety

The fix is safe where exactly one input of pins has the same source, folder, ` + "`flake`" + `, ref and rev, and the same name. It is not where
overrides below the input would get lost that change what it gets (with Nix 2.30 or later they can be kept below pins), where
a comment at the input may say why it is as it is, where the pins input is added too, or where flake.lock holds a pins that does not
have the input yet. Another name or another ref of pins is only ever a choice.

In a flake that has no pins input one action adds it and lets follow all that then safely can; ` + "`fix --adopt`" + ` does so in many flakes.

## References

Nix manual: nix flake, sections "Flake inputs" and "Flake references".
`,
	Check: checkRawURL,
})

func checkRawURL(p *Pass) {
	for in := range allInputs(p.Flake.Inputs) {
		if !p.hasRawURL(in) {
			continue
		}
		candidates := p.distinct(p.candidates(in))
		if len(candidates) == 0 && in.Parent == nil {
			p.reportShared(in)
		}
		if candidates = p.asOffered(candidates); len(candidates) > 0 {
			p.reportRawURL(in, candidates)
		}
	}
}

// asOffered leaves out the candidates that are another source for this flake, because it overrides them below its pins input.
func (p *Pass) asOffered(candidates []candidate) []candidate {
	if p.Pins.Declared == nil {
		return candidates
	}
	return slices.DeleteFunc(candidates, func(c candidate) bool {
		for name, left := c.Name, maxDepth; left > 0; left-- {
			if o := p.Pins.Declared.Override(name); o != nil && (o.IsFollow || o.HasReference) {
				return true
			}
			in := p.Pins.InputNamed(name)
			if in == nil || len(in.Follows) != 1 {
				break
			}
			name = in.Follows[0]
		}
		return false
	})
}

// hasRawURL says whether an input has a reference that it could do without: one of its own that Nix looks at.
func (p *Pass) hasRawURL(in *workspace.Input) bool {
	pins := p.Pins.Input
	switch {
	case !written(in), !in.HasReference, in.Indirect, in.IsFollow, in.Reference.Relative():
		return false
	case in.Path[0] == pins, dead(in.Parent), p.ignored(in):
		return false
	}
	// pins/crane as a URL is the slip of which reference-as-follows speaks.
	return in.Reference.ID() != pins
}

// distinct leaves out the candidates that are another name of one before them.
func (p *Pass) distinct(candidates []candidate) []candidate {
	if len(candidates) < 2 {
		return candidates
	}
	graph := newFollowGraph(p)
	seen := map[string]bool{}
	return slices.DeleteFunc(candidates, func(c candidate) bool {
		e := graph.end([]string{p.Pins.Input, c.Name})
		again := seen[key(e.path)]
		seen[key(e.path)] = true
		return again
	})
}

func (p *Pass) reportRawURL(in *workspace.Input, candidates []candidate) {
	best := candidates[0]
	if n := slices.IndexFunc(candidates, func(c candidate) bool { return !c.SameVersion }); n > 0 {
		candidates = candidates[:n]
	}
	f := Finding{Span: referenceSpan(in.Syntax), Object: key(in.Path), Message: p.rawURLMessage(in, candidates), replaces: in.Path}
	if p.Pins.Declared == nil {
		if _, ok := p.pinsReference(); !ok {
			f.Message += " No flake here says how to refer to pins; the setting `pins.reference` can."
		}
	}
	if !best.SameVersion && !best.SameName {
		f.Severity = Hint
	}
	comments := p.reasons(in.Syntax)
	for _, c := range candidates {
		title := "Follow " + c.Path
		if !c.SameVersion {
			title += " at " + plain(versionOf(c.Reference))
		}
		safe := len(candidates) == 1 && c.SameVersion && c.SameName && len(comments) == 0
		f.Fixes = append(f.Fixes, p.followFixes(in, c.Path, title, safe)...)
		if c.Declaration.Path != "" {
			f.Related = append(f.Related, Related{c.Declaration, quoted(c.Path) + " is declared here"})
		}
	}
	if len(f.Fixes) == 0 && p.Pins.Declared != nil {
		return // pins follows this very input, or has none such: there is nothing to choose
	}
	f.Related = append(f.Related, relatedReasons(p.Path, comments)...)
	p.Report(f)
}

func (p *Pass) rawURLMessage(in *workspace.Input, candidates []candidate) string {
	name, best := quoted(key(in.Path)), candidates[0]
	switch {
	case len(candidates) > 1:
		var all []string
		for _, c := range candidates {
			all = append(all, fmt.Sprintf("%s (%s)", quoted(c.Path), versionOf(c.Reference)))
		}
		return fmt.Sprintf("%s has a reference of its own, at %s; pins has this source more than once: %s.", name, versionOf(in.Reference), strings.Join(all, ", "))
	case !best.SameVersion:
		return fmt.Sprintf("%s has a reference of its own, at %s; %s is the same source at %s.", name, versionOf(in.Reference), quoted(best.Path), versionOf(best.Reference))
	case !best.SameName:
		return fmt.Sprintf("%s has a reference of its own; pins has the same under another name: %s.", name, quoted(best.Path))
	}
	if own, theirs, ok := p.drifted(in, best); ok {
		return fmt.Sprintf("%s has a reference of its own, and has drifted from %s: it is locked at %s, pins at %s.", name, quoted(best.Path), own, theirs)
	}
	return fmt.Sprintf("%s has a reference of its own, and will drift from %s: the same source at %s.", name, quoted(best.Path), versionOf(best.Reference))
}

// drifted says at what commits an input and what it could follow are locked, where these are known and differ.
func (p *Pass) drifted(in *workspace.Input, c candidate) (own, theirs string, ok bool) {
	if p.Flake.Lock == nil || c.Locked.Rev == "" {
		return "", "", false
	}
	node, err := p.Flake.Lock.Resolve(in.Path)
	if err != nil || !node.Original().SameAs(in.Reference) || node.Rev() == "" || node.Rev() == c.Locked.Rev {
		return "", "", false
	}
	theirs = quoted(shortRev(c.Locked.Rev))
	if !c.Locked.Modified.IsZero() {
		theirs += " of " + c.Locked.Modified.Format("2006-01-02")
	}
	return versionAt(node), theirs, true
}

// maxShown is how many other flakes a finding names of those that declare the same source.
const maxShown = 3

// reportShared speaks of a source that pins lacks and that several leaves declare.
func (p *Pass) reportShared(in *workspace.Input) {
	wanted := p.resolved(in.Reference)
	if wanted.Type() == ref.Indirect || wanted.Source().Local() || p.Pins.Dir == "" {
		return
	}
	first, count := p.Snapshot.OtherUsers(p.Snapshot.Source(wanted), maxShown, p.Pins.Dir, p.Flake.Dir)
	if count == 0 {
		return
	}
	if behind := p.Snapshot.FlakeBehind(p.Flake, in); behind != nil && p.Snapshot.Role(behind) == workspace.RoleLeaf {
		return // pins would have an input that follows pins: an update of either would leave the other one old
	}
	others := make([]Related, len(first))
	for i, use := range first {
		others[i] = useOf(use)
	}
	message := fmt.Sprintf("%s is declared by %d flakes of the workspace, by each on its own, and pins ", quoted(in.Name), count+1)
	other, how := p.otherThing(in)
	if other == nil {
		message += "does not offer it."
	} else {
		message += fmt.Sprintf("offers %s: %s.", how, quoted(other.Path))
	}
	if p.Pins.Declares(in.Name) && (other == nil || other.Name != in.Name) {
		message += fmt.Sprintf(" (What pins calls %s is another source.)", quoted(in.Name))
	}
	p.Report(Finding{
		Severity: Hint, Span: referenceSpan(in.Syntax), Object: key(in.Path), Message: message,
		Related: others,
		Fixes:   p.addToPins(in),
	})
}

// otherThing is an offer of pins that has the source of an input and is another thing of it all the same, and how it is one; the one of
// the input's name before others.
func (p *Pass) otherThing(in *workspace.Input) (other *workspace.Offer, how string) {
	wanted := p.resolved(in.Reference)
	source := p.Snapshot.Source(wanted)
	for _, offer := range p.Pins.OffersOf(source) {
		if other != nil && offer.Name != in.Name {
			continue
		}
		switch other = offer; {
		case p.resolved(offer.Reference).Dir() != wanted.Dir():
			how = "only another folder of it"
		case offer.IsFlake:
			how = "it only as a flake"
		default:
			how = "it only with `flake = false`"
		}
	}
	return other, how
}

// useOf shows where another flake declares a source.
func useOf(use workspace.SourceUse) Related {
	return Related{workspace.Location{Path: use.File, Span: use.Span}, quoted(key(use.Path)) + " is declared here"}
}

// addToPins is the fix that declares an input in the pins flake as the leaf has it.
func (p *Pass) addToPins(in *workspace.Input) []Fix {
	pins := p.Pins.Unnoted()
	if p.Pins.Declares(in.Name) {
		return nil // another source of this name: a person must find a name
	}
	declaration := rewrite.Declaration{Overrides: p.overridesInPins(in)}
	var ok bool
	if declaration.URL, ok = in.Reference.URL(in.IsFlake); !ok {
		declaration.Attrs = in.Reference.Attrs()
	}
	if !in.IsFlake {
		declaration.Flake = &in.IsFlake
	}
	title := "Add " + in.Name + " to pins, at " + plain(versionOf(in.Reference))
	return []Fix{rewriteFixOf(pins.File.Path, pins.Manifest, title, false, nil, func(m *parse.Manifest) (rewrite.Change, error) {
		// Where pins is open and has a syntax error, this is its last version without one.
		if now, err := p.Snapshot.File(pins.File.Path); err != nil || now.Text != m.Text {
			return rewrite.Change{}, errors.New("the flake.nix of pins has a syntax error, which is to be mended first")
		}
		return rewrite.Add(m, in.Name, declaration)
	})}
}

// overridesInPins are the overrides below an input that can be said in the pins flake: those that follow an input that pins
// has too.
func (p *Pass) overridesInPins(in *workspace.Input) []rewrite.Override {
	var list []rewrite.Override
	for o := range allInputs(in.Overrides) {
		follows := o.Follows
		if len(follows) > 1 && follows[0] == p.Pins.Input {
			follows = follows[1:]
		}
		if !dead(o.Parent) && len(follows) > 0 && p.Pins.Declares(follows[0]) {
			list = append(list, rewrite.Override{Path: o.Path[len(in.Path):], Follows: key(follows)})
		}
	}
	return list
}
