package diagnostics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "follows-cycle",
	Level:   Error,
	Since:   "0.1.0",
	Summary: "Inputs follow each other in a circle.",
	Doc: `## What it does

Finds ` + "`follows`" + ` that lead back to where they began, over any number of inputs, through this flake.nix, the flakes behind ` + "`path:`" + ` inputs
and the entries of flake.lock that Nix keeps. A circle is one finding, at the first of its inputs in the file. It is a warning where it goes
through a pins of which nothing is locked and only the pins flake of the workspace tells what follows what.

Nix also takes for a circle a path that meets one and the same followed path twice on its way, though it would end.

## Why is this bad?

No input of the circle says where the source is. Nix refuses to lock the flake: "follow cycle detected".

## How to mend it

Give one input of the circle a reference of its own, or let it follow pins.

## Fix safety

An override can be removed, which gives the input what its own flake declares: a choice.

## References

Nix manual: nix flake, section "Flake inputs".
`,
	Check: func(p *Pass) {
		l := p.lockingOf()
		for _, f := range l.faults() {
			if f.how == circular {
				p.reportCycle(f, Error)
			}
		}
		for _, f := range l.possibleFaults() {
			if f.how == circular {
				p.reportCycle(f, Warning)
			}
		}
		p.checkPinsCircles(l)
	},
})

func (p *Pass) reportCycle(f *fault, severity Severity) {
	l := p.lockingOf()
	in := l.blame(f.edge)
	if badName(f.edge.follows) {
		return // unknown-follows has said so
	}
	finding := Finding{Severity: severity, Span: followsSpan(in), Object: key(in.Path)}
	circle := from(f.circle, f.edge.path)
	names := circleNames(circle)
	switch {
	case severity == Warning:
		finding.Message = fmt.Sprintf("%s follows itself; Nix refuses this if %s has an input %s.", quoted(key(in.Path)), quoted(key(in.Parent.Path)), quoted(in.Name))
	case slices.Equal(f.edge.follows, f.edge.path):
		finding.Message = fmt.Sprintf("%s follows itself.", quoted(key(f.edge.path)))
	case len(f.edge.follows) > len(f.edge.path) && slices.Equal(f.edge.follows[:len(f.edge.path)], f.edge.path):
		finding.Message = fmt.Sprintf("%s follows %s, an input of itself.", quoted(key(f.edge.path)), quoted(key(f.edge.follows)))
	case slices.Equal(circle[0], f.edge.path):
		finding.Message = fmt.Sprintf("%s follows itself in a circle: %s.", quoted(key(f.edge.path)), quoted(strings.Join(names, "` → `")))
	default:
		finding.Message = fmt.Sprintf("%s follows %s, and comes to %s twice on the way, which Nix takes for a circle.", quoted(key(f.edge.path)), quoted(key(f.edge.follows)), quoted(names[0]))
	}
	p.reportCircle(finding, in, circle)
}

// from tells a circle from a path on, where that is on it.
func from(circle [][]string, path []string) [][]string {
	if i := slices.IndexFunc(circle[:len(circle)-1], func(on []string) bool { return slices.Equal(on, path) }); i >= 0 {
		return slices.Concat(circle[i:len(circle)-1], circle[:i+1])
	}
	return circle
}

func circleNames(circle [][]string) []string {
	names := make([]string, len(circle))
	for i, path := range circle {
		names[i] = key(path)
		if len(path) == 0 {
			names[i] = "the flake itself"
		}
	}
	return names
}

// reportCircle adds what else of the circle this flake has written, and what can be removed of it.
func (p *Pass) reportCircle(finding Finding, in *workspace.Input, circle [][]string) {
	if in.Parent != nil {
		finding.Fixes = append(finding.Fixes, p.removeOverride(in))
	}
	for _, path := range circle[1:] {
		if len(path) == 0 {
			continue
		}
		if other := inputAt(p.Flake, path); other != nil && other != in {
			finding.Related = append(finding.Related, declaredAt(p.Flake, other, quoted(key(path))+" is part of the circle"))
		}
	}
	p.Report(finding)
}

// checkPinsCircles warns of circles that go through a pins of which nothing is locked: the pins flake of the workspace says what Nix will fetch.
// One is told at the first of its inputs that this flake writes; what merely leads into one is no cause.
func (p *Pass) checkPinsCircles(l *locking) {
	if !p.hasPinsFlake() {
		return
	}
	graph := newFollowGraph(p)
	told := map[string]bool{}
	edge := &lockedInput{}
	for in := range allInputs(p.Flake.Inputs) {
		edge.lockEntry, edge.path = entryOf(in, p.Flake, nil), in.Path
		if f := l.faultOf(edge); f == nil || f.how != unknown {
			continue // what is locked, and written here, tells as much as there is to tell
		}
		circle := graph.circleFrom(in.Path)
		if circle == nil || told[circleKey(circle)] {
			continue
		}
		if told[circleKey(circle)] = true; !p.isOfPinsBranch() {
			return
		}
		p.reportCircle(Finding{
			Severity: Warning, Span: followsSpan(in), Object: key(in.Path),
			Message: fmt.Sprintf("%s follows itself in a circle: %s, as %s of this workspace says; Nix refuses that once it has fetched %[3]s.",
				quoted(key(in.Path)), quoted(strings.Join(circleNames(circle), "` → `")), quoted(p.Pins.Input)),
		}, in, circle)
	}
}
