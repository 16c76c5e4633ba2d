package diagnostics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "unknown-follows",
	Level:   Error,
	Since:   "0.1.0",
	Summary: "A follows path that leads to no input.",
	Doc: `## What it does

Finds ` + "`follows`" + ` whose path ends nowhere: an input on the way does not exist. It goes the way that Nix goes when it locks the flake:
through this flake.nix, through the flakes behind ` + "`path:`" + ` inputs, and through the entries of flake.lock that Nix keeps. Where only a
fetch could tell what inputs a flake has, it is silent; where the pins flake lies in the workspace and lacks the input, or Nix will read
the commit that is locked again, whose inputs flake.lock tells, it warns. Where flake.lock holds an input that pins has dropped
since, in a repository that has the commit which is locked or in the folder that a ` + "`path:`" + ` reference means, it says so before an update
does.

An override counts only where the overridden flake has such an input. Where that is not known, a path that leads nowhere in any
case is a warning.

Every element of a path must begin with a letter, and go on with letters, digits, ` + "`_` and `-`" + `: an input with a dot in its name cannot
be followed. Empty elements do not count, and ` + "`follows = \"\"`" + ` is the flake itself.

## Why is this bad?

Nix refuses to lock the flake: "input 'a' follows a non-existent input 'b/c'". It says so only after it has fetched everything.

## How to mend it

Write the path that was meant. Where pins has the input and flake.lock does not know it yet, ` + "`nix flake update pins`" + ` settles it. Where only
the work tree of pins has it, as after a rename, pins has to be committed and pushed first: an update gets what is committed.

## Fix safety

The nearest paths are choices. So is removing an override, which gives the input what its own flake declares.

## References

Nix manual: nix flake, section "Flake inputs".
`,
	Check: func(p *Pass) {
		p.checkFollowsNames()
		l := p.lockingOf()
		for _, f := range l.faults() {
			if f.how == dangling && !p.isMissingPins(f) {
				p.reportUnknownFollows(f, Error)
			}
		}
		for _, f := range l.possibleFaults() {
			if f.how == dangling && !p.isMissingPins(f) {
				p.reportUnknownFollows(f, Warning)
			}
		}
		locked := p.lockedFaults()
		for _, f := range locked {
			p.reportUnknownFollows(f, Warning)
		}
		p.checkPinsPaths(l, locked)
	},
})

// checkFollowsNames finds elements that cannot be names. Nix reads them all, also where the path means nothing.
func (p *Pass) checkFollowsNames() {
	writtenOut(p.Manifest.Inputs, func(in *parse.Input) {
		path, ok := in.Follows.Text()
		if !ok || in.Follows.Value.Kind != parse.StringValue {
			return
		}
		at := 0
		for element := range strings.SplitSeq(path, "/") {
			span := text.Span{Start: at, End: at + len(element)}
			at = span.End + 1
			if element == "" || ref.IsID(element) {
				continue
			}
			p.Report(Finding{
				Span: within(in.Follows, p.Manifest.Text, span), Object: key(in.Path),
				Message: fmt.Sprintf("%s cannot be an element of a follows path: it begins with a letter and goes on with letters, digits, `_` and `-`.", quoted(element)),
			})
			return
		}
	})
}

// badName says whether a path has an element that Nix refuses at once.
func badName(path []string) bool {
	return slices.ContainsFunc(path, func(name string) bool { return !ref.IsID(name) })
}

// possibleFaults are the faults of overrides of which only a fetch could tell whether they count.
func (l *locking) possibleFaults() []*fault {
	if !l.supposed {
		l.possible, l.supposed = l.findPossibleFaults(), true
	}
	return l.possible
}

func (l *locking) findPossibleFaults() []*fault {
	var list []*fault
	for in := range allInputs(l.flake.Inputs) {
		if l.counts(in) != possible {
			continue
		}
		edge := &lockedInput{lockEntry: entryOf(in, l.flake, nil), path: in.Path}
		f := l.faultOf(edge)
		if slices.Equal(in.Path, in.Follows) {
			f = &fault{edge: edge, cause: edge, how: circular, circle: [][]string{in.Path, in.Follows}}
		}
		if f != nil && f.cause == edge {
			list = append(list, f)
		}
	}
	return list
}

func (p *Pass) reportUnknownFollows(f *fault, severity Severity) {
	l := p.lockingOf()
	in := l.blame(f.edge)
	if badName(f.edge.follows) {
		return
	}
	missing := f.cause.follows[f.at]
	finding := Finding{
		Severity: severity, Span: p.faultSpan(f, in), Object: key(in.Path),
		Message: fmt.Sprintf("%s follows %s, but %s has no input %s", quoted(key(f.edge.path)), quoted(key(f.edge.follows)), p.ownerName(f), quoted(missing)),
	}
	switch {
	case f.edge.input == nil:
		finding.Message = "In flake.lock " + finding.Message
	case l.written(f.edge.lockEntry) == nil:
		finding.Related = append(finding.Related, declaredAt(f.edge.of, f.edge.input, "the flake of "+quoted(in.Name)+" says so here"))
	}
	if f.node.flake == nil && f.node.isFlake {
		finding.Message += " in flake.lock"
	}
	switch offered := p.offeredBeyondLock(f); {
	case offered != nil:
		finding.Message += "; " + p.updateAdvice(offered.Name)
		if offered.Declaration.Path != "" {
			finding.Related = append(finding.Related, Related{offered.Declaration, quoted(offered.Path) + " is declared here"})
		}
	case l.counts(in) == possible:
		finding.Message += fmt.Sprintf("; Nix refuses this if %s has an input %s", quoted(key(f.edge.path[:len(f.edge.path)-1])), quoted(f.edge.name))
	}
	finding.Message += "."
	if f.cause != f.edge { // another flake says it: what the lock says has a turn of its own
		finding.Related = append(finding.Related, declaredAt(f.cause.of, f.cause.input, quoted(key(f.cause.path))+" follows it here"))
	}
	if f.cause == f.edge && f.edge.input == in {
		finding.Fixes = p.nearestPaths(in, f)
	}
	if in.Parent != nil {
		finding.Fixes = append(finding.Fixes, p.removeOverride(in))
	}
	if owner := p.Flake.Input(f.cause.follows[0]); owner != nil && owner != in {
		finding.Related = append(finding.Related, declaredAt(p.Flake, owner, quoted(owner.Name)+" is declared here"))
	}
	p.Report(finding)
}

// ownerName names the flake that lacks an input.
func (p *Pass) ownerName(f *fault) string {
	owner := f.cause.follows[:f.at]
	switch {
	case f.at == 0:
		return "this flake"
	case !f.node.isFlake:
		return quoted(key(owner)) + ", which is no flake (`flake = false`),"
	}
	return quoted(key(owner))
}

// updateAdvice says how a leaf gets an input of pins that its lock does not know yet.
func (p *Pass) updateAdvice(name string) string {
	switch r := p.Pins.Declared.Reference; {
	case r.Rev() != "":
		return fmt.Sprintf("the flake.nix of %s in this workspace has one, but the reference of %[1]s holds a rev, so no update moves it", quoted(p.Pins.Input))
	case !p.Snapshot.History(workspace.PinsID{Dir: p.Pins.Dir}).IsFor(r.Ref()):
		return fmt.Sprintf("the flake.nix of %s in this workspace has one, but may be of another branch than %s", quoted(p.Pins.Input), quoted(r.Ref()))
	}
	if p.isUncommitted([]string{p.Pins.Input, name}) {
		return fmt.Sprintf("the flake.nix of %s has one, which is not committed: commit and push it, then run `nix flake update %s`", quoted(p.Pins.Input), p.Pins.Input)
	}
	return fmt.Sprintf("the flake.nix of %s has one: run `nix flake update %s`", quoted(p.Pins.Input), p.Pins.Input)
}

// isUncommitted says whether a path leads to an input that only the work tree of pins has, where Nix takes pins from a repository.
func (p *Pass) isUncommitted(path []string) bool {
	leaf := p.leafOf()
	if leaf == nil || len(path) < 2 || path[0] != leaf.Input || p.Pins.Declared.Reference.Type() == ref.Path || !p.Pins.Declares(path[1]) {
		return false
	}
	committed := p.Snapshot.History(leaf.Pins).Committed
	return committed != nil && !slices.Contains(committed, path[1])
}

// lockedFaults are the follows that the flake writes which lead nowhere if an entry that Nix reads again has what it had when it was locked: it
// is the locked version that Nix reads.
func (p *Pass) lockedFaults() []*fault {
	l, assumed := p.lockingOf(), p.assumedLocking()
	if assumed == l {
		return nil
	}
	var list []*fault
	for _, edge := range assumed.edges {
		if l.written(edge.lockEntry) == nil {
			continue
		}
		f := assumed.faultOf(edge)
		if f == nil || f.how != dangling {
			continue
		}
		if certain := l.faultOf(edge); certain != nil && certain.how == unknown {
			list = append(list, f)
		}
	}
	return list
}

// offeredBeyondLock is the offer of the pins flake that a path means where only flake.lock does not know it yet.
func (p *Pass) offeredBeyondLock(f *fault) *workspace.Offer {
	if offer := p.Pins.Offer(f.cause.follows[f.at]); offer != nil && offer.Path == key(f.cause.follows[:f.at+1]) {
		return offer
	}
	return nil
}

// faultSpan is the element of a path at which it leads nowhere, or what followsSpan says where another edge is the cause.
func (p *Pass) faultSpan(f *fault, in *workspace.Input) text.Span {
	if f.cause != f.edge || f.edge.input != in {
		return followsSpan(in)
	}
	return within(in.Syntax.Follows, p.Manifest.Text, elementSpan(in.FollowsText, f.at))
}

// followsSpan is the place of what an input follows, or of its name where another file or the lock says it.
func followsSpan(in *workspace.Input) text.Span {
	switch {
	case in.Syntax == nil:
		return in.Formal.NameSpan
	case in.Syntax.Follows != nil:
		return in.Syntax.Follows.Span()
	}
	return in.Syntax.Attr.Span()
}

// elementSpan is the place of the nth element, empty ones not counted, in the text of a follows.
func elementSpan(follows string, n int) text.Span {
	at := 0
	for element := range strings.SplitSeq(follows, "/") {
		if element != "" {
			if n == 0 {
				return text.Span{Start: at, End: at + len(element)}
			}
			n--
		}
		at += len(element) + 1
	}
	return text.Span{End: len(follows)}
}

// nearestPaths are the fixes that write a path that was probably meant.
func (p *Pass) nearestPaths(in *workspace.Input, f *fault) []Fix {
	var fixes []Fix
	names := f.node.inputs.names()
	for _, name := range nearest(f.cause.follows[f.at], names) {
		path := slices.Clone(f.edge.follows)
		path[f.at] = name
		trial := way{locking: p.lockingOf()}
		if _, bad := trial.find(f.edge, path); bad != nil && bad.how != unknown {
			continue
		}
		fixes = append(fixes, p.setFollows(in, key(path)))
	}
	return fixes
}

func (p *Pass) setFollows(in *workspace.Input, path string) Fix {
	return p.rewriteFix("Follow "+path, false, func(m *parse.Manifest) (rewrite.Change, error) {
		return rewrite.SetFollows(m, syntaxAt(m, in.Path), path)
	})
}

func (p *Pass) removeOverride(in *workspace.Input) Fix {
	return p.rewriteFix("Remove the override", false, func(m *parse.Manifest) (rewrite.Change, error) {
		return rewrite.RemoveOverride(m, syntaxAt(m, in.Path))
	})
}

// checkPinsPaths warns of paths below a pins input where the pins flake of the workspace lacks the input: of those that flake.lock does not
// hold, as the next version of pins may have it and this one does not, and of those that it holds and pins has dropped.
func (p *Pass) checkPinsPaths(l *locking, said []*fault) {
	if !p.hasPinsFlake() {
		return
	}
	pins := p.Pins
	edge := &lockedInput{}
	for in := range allInputs(p.Flake.Inputs) {
		if !in.IsFollow {
			continue
		}
		edge.lockEntry, edge.path = entryOf(in, p.Flake, nil), in.Path
		f := l.faultOf(edge)
		if f != nil && f.how != unknown || len(in.Follows) < 2 || in.Follows[0] != pins.Input || l.counts(in) == idle {
			continue
		}
		name := in.Follows[1]
		if pins.Declares(name) || badName(in.Follows) || !pins.Flake().Manifest.WholeInputs() {
			continue
		}
		if !p.isOfPinsBranch() {
			return
		}
		if f != nil {
			if !slices.ContainsFunc(said, func(f *fault) bool { return f.edge.input == in }) {
				p.reportPinsPath(in, name)
			}
		} else if p.Snapshot.History(workspace.PinsID{Dir: pins.Dir}).HasHeld(p.leafOf()) {
			p.reportDropped(in, name)
		}
	}
}

// hasPinsFlake says whether the pins flake of the workspace tells what the flake's pins input gets when it is fetched.
func (p *Pass) hasPinsFlake() bool {
	pins := p.Pins
	if pins == nil || !pins.Called || pins.Declared == nil || pins.Dir == "" {
		return false
	}
	switch r := pins.Declared.Reference; {
	case pins.Declared.IsFollow: // it is what another flake has locked
		return false
	case r.Rev() != "", r.Type() == ref.Tarball:
		return false // the flake of the workspace may be at another commit, or of another version
	}
	return true
}

// isOfPinsBranch says whether the pins flake of the workspace is of the branch that the flake refers to.
func (p *Pass) isOfPinsBranch() bool {
	return p.Snapshot.History(workspace.PinsID{Dir: p.Pins.Dir}).IsFor(p.Pins.Declared.Reference.Ref())
}

func (p *Pass) reportPinsPath(in *workspace.Input, name string) {
	pins := p.Pins
	finding := Finding{
		Severity: Warning, Span: within(in.Syntax.Follows, p.Manifest.Text, elementSpan(in.FollowsText, 1)), Object: key(in.Path),
		Message: fmt.Sprintf("%s follows %s, but %s of this workspace has no input %s.", quoted(key(in.Path)), quoted(key(in.Follows)), quoted(pins.Input), quoted(name)),
		Related: []Related{{workspace.Location{Path: pins.Flake().File.Path, Span: inputsSpan(pins.Flake().Manifest)}, quoted(pins.Input) + " declares its inputs here"}},
	}
	var names []string
	for _, offered := range pins.Flake().Inputs {
		names = append(names, offered.Name)
	}
	for _, meant := range nearest(name, names) {
		path := slices.Clone(in.Follows)
		path[1] = meant
		finding.Fixes = append(finding.Fixes, p.setFollows(in, key(path)))
	}
	p.Report(finding)
}

// reportDropped speaks of an input that pins had and that it has no more, before a leaf that follows it learns that by an update.
func (p *Pass) reportDropped(in *workspace.Input, name string) {
	pins := p.Pins
	p.Report(Finding{
		Severity: Information, Span: within(in.Syntax.Follows, p.Manifest.Text, elementSpan(in.FollowsText, 1)), Object: key(in.Path),
		Message: fmt.Sprintf("%s follows %s, which flake.lock holds, but %s of this workspace has no input %s any more: `nix flake update %s` fails.",
			quoted(key(in.Path)), quoted(key(in.Follows)), quoted(pins.Input), quoted(name), pins.Input),
		Related: []Related{{workspace.Location{Path: pins.Flake().File.Path, Span: inputsSpan(pins.Flake().Manifest)}, quoted(pins.Input) + " declares its inputs here"}},
	})
}

// inputsSpan is where a flake declares its inputs.
func inputsSpan(m *parse.Manifest) text.Span {
	if m.InputsAttr != nil {
		return m.InputsAttr.Span()
	}
	return text.Span{}
}
