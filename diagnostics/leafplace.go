package diagnostics

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// leafPlace is what the rules that judge by the history of pins ask of the text of a leaf: where they speak, and what they say besides. While
// the leaf is as it was, they can judge it again by that alone, and a commit or a lock of pins lets them judge every leaf.
type leafPlace struct {
	// input is the name of the pins input, span where it says what it refers to, fixed that its reference holds a rev.
	input string
	span  text.Span
	fixed bool
	// overrides are the names of the inputs of pins that it overrides.
	overrides []string
	// met is what rules may need of the leaf and find.
	met Needs
	// allowed are the codes that a comment allows there.
	allowed []string
}

// leafPlace is that of a judged flake that is a leaf (see leafOf), found out by the first rule that asks.
func (p *Pass) leafPlace() *leafPlace {
	if p.place == nil {
		p.place = p.findPlace()
	}
	return p.place
}

func (p *Pass) findPlace() *leafPlace {
	declared := p.Pins.Declared
	// It outlives the text, of which it must hold no part.
	at := &leafPlace{input: strings.Clone(p.Pins.Input), span: referenceSpan(declared.Syntax), fixed: declared.Reference.Rev() != ""}
	for _, o := range declared.Overrides {
		at.overrides = append(at.overrides, strings.Clone(o.Name))
	}
	for _, need := range []Needs{NeedsCleanParse, NeedsPins, NeedsLock} {
		if p.has(need) {
			at.met |= need
		}
	}
	for _, rule := range byHistory() {
		if allowed(p.Manifest, &Finding{Code: rule.Code, Span: at.span, Object: at.input}) {
			at.allowed = append(at.allowed, rule.Code)
		}
	}
	return at
}

// unmeant leaves out the inputs of pins that the leaf overrides on purpose.
func (l *leafPlace) unmeant(changes []workspace.SetChange) []workspace.SetChange {
	return slices.DeleteFunc(changes, func(c workspace.SetChange) bool { return slices.Contains(l.overrides, c.Name) })
}

// judge judges the leaf by the rules that judge by history, while nothing else about it has changed since its place was found. ok is false
// where that is not enough.
func (l *leafPlace) judge(s *workspace.Snapshot, path string) (found []Finding, ok bool) {
	if l == nil {
		return nil, false
	}
	leaf := s.LeafAt(filepath.Dir(path))
	if leaf == nil {
		return nil, false
	}
	findings := room.Get().(*[]Finding)
	defer giveBack(findings)
	p := Pass{Snapshot: s, Path: path, Config: s.Config(path), leaf: leaf, leafKnown: true, place: l, findings: findings}
	for _, rule := range byHistory() {
		if p.rule, p.level = rule, Level(rule, p.Config); p.level != Off && rule.Needs&^l.met == 0 {
			p.check()
		}
	}
	kept := slices.DeleteFunc(*findings, func(f Finding) bool { return slices.Contains(l.allowed, f.Code) })
	slices.SortStableFunc(kept, inOrder)
	return slices.Clone(kept), true
}
