package ide

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Lens is a line that an editor shows above a place: what is known of it, or what can be done. Each does something when it is
// clicked on: not every editor can show a lens that does nothing.
type Lens struct {
	// Span is the place. It lies within one line.
	Span  text.Span
	Title string
	Command
}

// Lenses gives those of a flake.nix in the order of the text: on a pins flake what its leaves make of it and of each input, on a leaf
// how old its package set is, and on both what can be done: on a leaf with pins alone. Each kind is a setting. The error is the context's.
func Lenses(ctx context.Context, s *workspace.Snapshot, path string) ([]Lens, error) {
	flake := flakeOf(s, path)
	if flake == nil || s.Exempt(path) {
		return nil, nil
	}
	l := lenser{ctx: ctx, snapshot: s, flake: flake, shown: s.Config(path).Lenses, isPins: s.IsPins(flake)}
	if unreadableLock(flake) {
		l.shown.Commands = false
	}
	if l.isPins {
		l.adoption = s.Adoption(workspace.PinsID{Dir: flake.Dir})
	} else {
		l.leaf = s.LeafAt(flake.Dir)
	}
	if err := l.judge(); err != nil {
		return nil, err
	}
	l.top()
	for _, in := range flake.Inputs {
		l.input(in)
	}
	sortslice.StableFunc(l.list, func(a, b Lens) int { return a.Span.Start - b.Span.Start })
	return l.list, nil
}

type lenser struct {
	ctx      context.Context
	snapshot *workspace.Snapshot
	flake    *workspace.Flake
	shown    config.Lenses
	isPins   bool
	adoption *workspace.Adoption // of a pins flake
	leaf     *workspace.Leaf     // nil where it is none
	// duplicates and unlocked count the findings of the rules that speak of these; duplicates is -1 where nobody counts.
	duplicates, unlocked int
	list                 []Lens
}

func (l *lenser) add(span text.Span, title string, verb Verb, input string) {
	l.list = append(l.list, Lens{span, text.Printable(title), Command{verb, l.flake.File.Path, input}})
}

var (
	duplicateSource = diagnostics.RuleOf("duplicate-source")
	missingLock     = diagnostics.RuleOf("missing-lock")
	staleLock       = diagnostics.RuleOf("stale-lock")
)

// judge counts findings. A rule that is off counts for nothing, nor does a lock of what Nix refuses: it cannot be made yet.
func (l *lenser) judge() error {
	l.duplicates = -1
	var rules []*diagnostics.Rule
	if l.shown.Commands {
		rules = append(rules, missingLock, staleLock)
	}
	if l.isPins && l.shown.Summary && l.flake.Lock != nil && diagnostics.Level(duplicateSource, l.snapshot.Config(l.flake.File.Path)) != diagnostics.Off {
		rules, l.duplicates = append(rules, duplicateSource), 0
	}
	found, err := diagnostics.RunRules(l.ctx, l.snapshot, l.flake.File.Path, rules...)
	for _, f := range found {
		if f.Code == duplicateSource.Code {
			l.duplicates++
		} else {
			l.unlocked++
		}
	}
	if err != nil || l.unlocked == 0 {
		return err
	}
	refused, err := diagnostics.Refused(l.ctx, l.snapshot, l.flake.File.Path)
	if refused {
		l.unlocked = 0
	}
	return err
}

// top is what stands above `inputs`; where the file writes each input at the top, above the first of them.
func (l *lenser) top() {
	attr := l.flake.Manifest.InputsAttr
	if attr == nil || len(l.flake.Inputs) == 0 {
		return
	}
	span := attr.Span()
	if l.isPins && l.shown.Summary {
		if summary := l.summary(); summary != "" {
			l.add(span, summary, OpenReport, "")
		}
	}
	if !l.shown.Commands {
		return
	}
	if l.isPins && slices.ContainsFunc(l.flake.Inputs, func(in *workspace.Input) bool { return updatable(in) && remote(in) }) {
		l.add(span, "check for updates", CheckForUpdates, "")
	}
	if l.unlocked > 0 {
		l.add(span, "lock", Lock, "")
	}
}

// summary says in one line what leaves make of pins, as far as that is known.
func (l *lenser) summary() string {
	var parts []string
	if l.adoption.Leaves > 0 {
		parts = append(parts, counted(l.adoption.Follows, "input follows", "inputs follow"))
	}
	if l.duplicates >= 0 {
		parts = append(parts, counted(l.duplicates, "duplicate", "duplicates"))
	}
	if l.adoption.Leaves > 0 && len(l.snapshot.History(workspace.PinsID{Dir: l.flake.Dir}).Sets) > 0 {
		parts = append(parts, behindTitle(l.adoption))
	}
	return strings.Join(parts, " · ")
}

// behindTitle says how many leaves are behind. One that has not locked pins is none of those of which that is known.
func behindTitle(a *workspace.Adoption) string {
	locked := a.Leaves - a.Unlocked
	switch {
	case a.Unlocked == 0:
		return fmt.Sprintf("%s of %s behind", number(a.Behind), counted(a.Leaves, "leaf", "leaves"))
	case locked == 0:
		return counted(a.Unlocked, "leaf", "leaves") + " not locked"
	}
	return fmt.Sprintf("%s of %s behind, %d not locked", number(a.Behind), counted(locked, "leaf", "leaves"), a.Unlocked)
}

func (l *lenser) input(in *workspace.Input) {
	span, ok := l.place(in)
	if !ok {
		return
	}
	if l.isPins && l.shown.Followers && l.adoption.Leaves > 0 && in.Syntax != nil {
		l.add(span, "followed by "+counted(l.adoption.Followers[in.Name], "leaf", "leaves"), OpenReport, "")
	}
	updates := l.shown.Commands && updatable(in) && l.updatesHere(in)
	if l.leaf != nil && l.leaf.Input == in.Name && l.shown.PackageSet {
		if said, newer := packageSetTitle(l.snapshot.HistoryOf(l.leaf), l.leaf); newer && updatable(in) {
			l.add(span, said+" · update", UpdateInput, in.Name)
			updates = false
		} else if said != "" {
			l.add(span, said, OpenReport, "")
		}
	}
	if updates {
		l.add(span, "update", UpdateInput, in.Name)
		if l.isPins && remote(in) {
			l.add(span, "try an upgrade", TryUpgrade, in.Name)
		}
	}
}

// updatesHere says whether an input is one that this flake is the place to update. In a flake that has a pins, that is pins alone: a line
// above each of its other inputs would be on the screen all day for what is better done in pins. A code action still updates them.
func (l *lenser) updatesHere(in *workspace.Input) bool {
	if l.isPins {
		return true
	}
	pins := l.snapshot.Pins(l.flake)
	return pins == nil || !pins.Called || pins.Input == in.Name
}

// place is where an input's lenses stand: the name of its declaration, or of the argument that declares it alone.
func (l *lenser) place(in *workspace.Input) (text.Span, bool) {
	switch {
	case in.Syntax == nil:
		return in.Formal.NameSpan, true
	case in.Syntax.Alias || in.Syntax.Attr == nil || len(in.Syntax.Attr.Places) == 0:
		return text.Span{}, false
	}
	places := in.Syntax.Attr.Places
	if i := slices.IndexFunc(places, parse.Place.Last); i >= 0 {
		return places[i].Name().Span, true
	}
	return places[0].Name().Span, true
}

// packageSetTitle says of which day the package set of a leaf is and how far it is behind, "" where that is not known, and whether an update
// gets a newer one.
func packageSetTitle(history *workspace.History, leaf *workspace.Leaf) (said string, updates bool) {
	at, ok := history.Standing(leaf)
	if !ok {
		return "", false
	}
	said = "package set"
	if !at.At.IsZero() {
		said += " of " + at.At.Format(time.DateOnly)
	}
	distance := fmt.Sprintf("%d behind", at.Behind)
	if !at.Placed {
		distance = "by its date " + distance
	}
	switch {
	case at.Own && at.Behind == 0:
		said += ", its own"
	case at.Own:
		said += ", its own, " + distance
	case at.Behind == 0:
		said += ", the newest"
	default:
		said += ", " + distance
	}
	if at.Unpushed > 0 && at.Unpushed == at.Behind {
		said += ", not pushed"
	}
	return said, at.Behind > at.Unpushed
}

// counted is a number with what it counts: "no leaf", "1 leaf", "2 leaves".
func counted(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + one
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// number is a count as a word where there is none.
func number(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}
