package diagnostics

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Pass is what one rule sees of one file.
type Pass struct {
	Snapshot *workspace.Snapshot
	// Path is the absolute path of the judged file, File the file and ReadError why it could not be read: one of the two is
	// nil. Only a rule with NeedsReadError sees a pass without a file.
	Path      string
	File      *workspace.File
	ReadError error
	// Manifest is what the file says (nil for a file that is no Nix source), Flake what Nix would read out of a flake.nix
	// (nil for other files).
	Manifest *parse.Manifest
	Flake    *workspace.Flake
	// Pins is the pins flake as this flake sees it; nil where there is none.
	Pins   *workspace.Pins
	Config *config.Config

	rule     *Rule
	level    Severity
	findings *[]Finding
	// unmade says that the fixes of what is found are thrown away: only whether there is one counts, where a rule speaks by that.
	unmade bool

	// What follows is found out by the first rule that asks.
	locking, assumed *locking        // see lockingOf and assumedLocking
	leaf             *workspace.Leaf // see leafOf
	leafKnown        bool
	place            *leafPlace   // see leafPlace
	unfollowed       []unfollowed // see unfollowedPins
	unfollowedKnown  bool
	followsOnce      sync.Once
	follows          *followGraph // see newFollowGraph
	commentsOnce     sync.Once
	comments         *commentLines // see reasons
}

// Report adds a finding at the rule's level. Code, severity and path are filled in; a severity that the check sets itself
// stands where it is milder than the level in force.
func (p *Pass) Report(f Finding) {
	f.Code = p.rule.Code
	f.Severity = max(f.Severity, p.level)
	if f.Path == "" {
		f.Path = p.Path
	}
	f.Message = text.Printable(f.Message)
	f.Object = strings.Clone(f.Object) // it may be a part of the text, which a kept finding would keep
	*p.findings = append(*p.findings, f)
}

// Run judges one file with every rule that is on and gives the findings in the order of the text. It stops early, with the
// context's error, when the context is done: an overtaken run is worth nothing.
func Run(ctx context.Context, s *workspace.Snapshot, path string) ([]Finding, error) {
	return RunRules(ctx, s, path, Rules()...)
}

// RunRules is Run with some rules alone, those of them that are on.
func RunRules(ctx context.Context, s *workspace.Snapshot, path string, rules ...*Rule) ([]Finding, error) {
	findings, _, err := run(ctx, s, path, rules, false)
	return findings, err
}

// Refused says whether a rule that is on finds that Nix refuses a file. The error is the context's.
func Refused(ctx context.Context, s *workspace.Snapshot, path string) (bool, error) {
	findings, _, err := run(ctx, s, path, refusing(), true)
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.refuses() }), err
}

// run also gives the place of a leaf, nil where no rule has asked for one. With unmade, the fixes of the findings are of no use.
func run(ctx context.Context, s *workspace.Snapshot, path string, rules []*Rule, unmade bool) ([]Finding, *leafPlace, error) {
	if isLock(path) && s.HasSoundLock(filepath.Dir(path)) {
		return nil, nil, nil // invalid-lock alone speaks of a lock, and has nothing to say
	}
	settings := s.Config(path)
	findings := room.Get().(*[]Finding)
	defer giveBack(findings)
	file, err := s.File(path)
	pass := Pass{Snapshot: s, Path: path, File: file, ReadError: err, Config: settings, findings: findings, unmade: unmade}
	kind := parse.KindOf(path)
	if err == nil && kind != parse.Other {
		pass.Manifest = file.Manifest()
	}
	if err == nil && kind == parse.Flake {
		pass.Flake = s.Flake(filepath.Dir(path))
		pass.Pins = s.Pins(pass.Flake)
	}
	for _, last := range []bool{false, true} {
		if last {
			s.NoteLater()
		}
		for _, rule := range rules {
			if rule.ByHistory != last {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			pass.rule, pass.level = rule, Level(rule, settings)
			if pass.level != Off && rule.judges(kind, path) && pass.has(rule.Needs) {
				pass.check()
			}
		}
	}
	pass.findings = nil // fixes hold on to the pass
	if unmade {
		pass.giveBack()
	}
	return slices.Clone(settle(pass.Manifest, *findings)), pass.place, nil
}

// giveBack gives the memory of the trees to the next pass: this one is over, and no fix holds on to it.
func (p *Pass) giveBack() {
	if p.assumed != nil && p.assumed != p.locking {
		p.assumed.giveBack()
	}
	if p.locking != nil {
		p.locking.giveBack()
	}
}

// room is memory for the findings of one file while it is judged.
var room = sync.Pool{New: func() any { return new([]Finding) }}

// largeRoom is the number of findings from which on their memory is not used again.
const largeRoom = 1000

func giveBack(findings *[]Finding) {
	if cap(*findings) < largeRoom {
		clear((*findings)[:cap(*findings)])
		*findings = (*findings)[:0]
		room.Put(findings)
	}
}

// Level is the level at which a rule runs under the settings: what they say of its code, else its own; a preview rule is off
// unless previews are on or the settings name it.
func Level(rule *Rule, settings *config.Config) Severity {
	if name, ok := settings.Rules[rule.Code]; ok {
		if level, err := ParseSeverity(name); err == nil {
			return level
		}
	}
	if rule.Stage == Preview && !settings.Preview {
		return Off
	}
	return rule.Level
}

func (r *Rule) judges(kind parse.FileKind, path string) bool {
	switch {
	case r.Files != nil:
		return r.Files(path)
	case len(r.Kinds) == 0:
		return kind == parse.Flake
	}
	return slices.Contains(r.Kinds, kind)
}

func (p *Pass) has(needs Needs) bool {
	if unread := p.ReadError != nil; unread != (needs&NeedsReadError != 0) {
		return false
	}
	switch {
	case needs&NeedsCleanParse != 0 && !p.Manifest.Clean():
		return false
	case needs&NeedsPins != 0 && (p.Pins == nil || !p.Pins.Called):
		return false
	case needs&NeedsLock != 0 && (p.Flake == nil || p.Flake.Lock == nil || p.Snapshot.Exempt(p.Path)):
		return false
	}
	return true
}

// check runs the rule. A rule that panics is a defect of ours: it must not take the other rules with it, and it must be seen.
func (p *Pass) check() {
	before := len(*p.findings)
	defer func() {
		if r := recover(); r != nil {
			*p.findings = (*p.findings)[:before]
			p.Snapshot.Log().Error("a rule panicked", "rule", p.rule.Code, "path", p.Path, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	p.rule.Check(p)
}

// settle drops what other findings silence and what comments allow, and sorts.
func settle(m *parse.Manifest, findings []Finding) []Finding {
	type loud struct {
		path     string
		span     text.Span
		silences []string
	}
	var all []loud // those whose rule silences others: few, so that settling stays linear
	for i := range findings {
		if rule := RuleOf(findings[i].Code); len(rule.Silences) > 0 {
			all = append(all, loud{findings[i].Path, findings[i].Span, rule.Silences})
		}
	}
	silenced := func(f *Finding) bool {
		return slices.ContainsFunc(all, func(other loud) bool {
			return other.path == f.Path && meets(other.span, f.Span) && slices.Contains(other.silences, f.Code)
		})
	}
	// What is replaced is found out before anything is dropped, and by the path: a hostile lock has a hundred thousand superfluous inputs.
	replaces := map[string]bool{}
	refused := false
	for i := range findings {
		f := &findings[i]
		if len(f.replaces) > 0 && !allowed(m, f) {
			replaces[pathKey(f.replaces)] = true
		}
		refused = refused || f.refuses()
	}
	replaced := func(f *Finding) bool {
		if len(replaces) > 0 {
			for n := range f.about {
				if replaces[pathKey(f.about[:n+1])] {
					return true
				}
			}
		}
		return false
	}
	kept := findings[:0]
	for i := range findings {
		if f := &findings[i]; !silenced(f) && !replaced(f) && !allowed(m, f) && !(refused && RuleOf(f.Code).Yields) {
			f.replaces, f.about = nil, nil // they are a part of the text, which a kept finding would keep
			kept = append(kept, *f)
		}
	}
	slices.SortStableFunc(kept, inOrder)
	return slices.CompactFunc(kept, func(a, b Finding) bool {
		return a.Code == b.Code && a.Path == b.Path && a.Span == b.Span && a.Message == b.Message
	})
}

// inOrder compares two findings by the order in which they are given.
func inOrder(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End), cmp.Compare(a.Code, b.Code))
}

// meets says whether two findings speak of one place: a shared byte, or the same empty place.
func meets(a, b text.Span) bool { return a.Overlaps(b) || a == b }

// allowed says whether a comment of the file allows the finding.
func allowed(m *parse.Manifest, f *Finding) bool {
	if m == nil {
		return false
	}
	for _, s := range m.Suppressions {
		if !s.Target.Overlaps(f.Span) && !s.Target.Contains(f.Span) {
			continue
		}
		for _, r := range s.Rules {
			if r.Code == f.Code && (r.Object == "" || r.Object == f.Object) {
				return true
			}
		}
	}
	return false
}
