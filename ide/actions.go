package ide

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// The kinds of actions, as the LSP specification names them.
const (
	QuickFix = "quickfix"
	FixAll   = "source.fixAll.nixPins"
	Rewrite  = "refactor.rewrite"
	// RunCommand is of what runs a command instead of making edits. Editors do not offer actions of `source` unasked: their lamp
	// would burn at every input.
	RunCommand = "source.nixPins"
)

// Action is something that can be done at a place of a file.
type Action struct {
	Title, Kind string
	// Preferred marks the one that an editor does unasked, by "fix this".
	Preferred bool
	// Findings are those that the action mends.
	Findings []diagnostics.Finding
	// Disabled says why it cannot be done here; "" where it can.
	Disabled string
	// Edits makes the edits, or says why it cannot be done after all.
	Edits func() ([]diagnostics.FileEdit, error)
}

// Actions gives what can be done at a span of a file: where the flake has no pins input, to add it and
// have all follow it; the fixes of those of its findings that the span touches (of those on
// its lines where it touches none: a cursor at the start of a line means what is on it), of a finding that none of them can mend the first
// one and why not; all safe fixes of the file at once, rewrites of the input at the span, and, last, comments that allow the findings. findings are those of
// diagnostics.Run for the file. wanted says of which kinds: editors ask each time that the cursor moves, and to find out whether there are
// safe fixes means to make those of the whole file.
func Actions(ctx context.Context, s *workspace.Snapshot, path string, span text.Span, findings []diagnostics.Finding, wanted func(kind string) bool) []Action {
	file, err := s.File(path)
	if err != nil {
		return nil
	}
	a := &actions{ctx: ctx, request: newRequest(s, file, parse.KindOf(path), -1), span: span}
	here := a.concerned(findings)
	if wanted(QuickFix) || wanted(Rewrite) { // what mends a finding is offered as a fix alone
		a.adopt(here, findings)
		a.fixSelected(here)
		a.quickFixes(here)
	}
	if wanted(FixAll) {
		a.fixAll(findings)
	}
	if a.kind == parse.Flake && wanted(Rewrite) {
		a.rewrites()
	}
	if wanted(QuickFix) {
		a.suppressions(here)
	}
	type refusal struct{ kind, reason string }
	told := map[refusal]bool{}
	return slices.DeleteFunc(a.list, func(action Action) bool {
		if !wanted(action.Kind) {
			return true
		}
		// What is wrong with a whole file refuses all that could be done: the first says so for all.
		again := action.Disabled != "" && told[refusal{action.Kind, action.Disabled}]
		told[refusal{action.Kind, action.Disabled}] = true
		return again
	})
}

type actions struct {
	*request
	ctx  context.Context
	span text.Span
	list []Action
}

// touches says whether the selection and another span have a place in common.
func (a *actions) touches(span text.Span) bool {
	return a.span.Start <= span.End && span.Start <= a.span.End
}

// concerned are the findings of the file that the selection is about.
func (a *actions) concerned(findings []diagnostics.Finding) []diagnostics.Finding {
	var touched, near []diagnostics.Finding
	lines := a.file.Lines()
	first, last := lines.Line(a.span.Start), lines.Line(a.span.End)
	for _, f := range findings {
		switch {
		case f.Path != a.file.Path:
		case a.touches(f.Span):
			touched = append(touched, f)
		case lines.Line(f.Span.Start) <= last && first <= lines.Line(f.Span.End):
			near = append(near, f)
		}
	}
	if len(touched) > 0 {
		return touched
	}
	return near
}

func (a *actions) quickFixes(findings []diagnostics.Finding) {
	preferred := false
	for _, f := range findings {
		mended, refused := false, []Action(nil)
		for _, fix := range f.Fixes {
			action := Action{Title: fix.Title(), Kind: QuickFix, Findings: []diagnostics.Finding{f}, Edits: fix.Edits}
			if _, err := fix.Edits(); err != nil {
				action.Disabled = err.Error()
				refused = append(refused, action)
				continue
			}
			mended = true
			if fix.Safe() && !preferred {
				preferred, action.Preferred = true, true
			}
			a.list = append(a.list, action)
		}
		if !mended && len(refused) > 0 { // who looks for the first one shall know why it is not there; nobody misses another where one works
			a.list = append(a.list, refused[0])
		}
	}
}

// adopt offers, at an input that could follow pins in a flake that has no pins input, to add that and let all follow it that safely can.
// Where that is one input alone, its own fix does as much.
func (a *actions) adopt(here, findings []diagnostics.Finding) {
	possible := 0
	for _, f := range findings {
		if diagnostics.Adopts(f) {
			possible++
		}
	}
	if possible < 2 || !slices.ContainsFunc(here, diagnostics.Adopts) {
		return // to find out takes several looks at the file
	}
	adopted, err := diagnostics.Adopt(a.ctx, a.snapshot, a.file.Path)
	if err != nil || adopted == nil || len(adopted.Follows) == 0 {
		return
	}
	mended := adopted.Mends(findings)
	if len(mended) < 2 || len(adopted.Mends(here)) == 0 {
		return
	}
	a.list = append(a.list, Action{Title: adopted.Title(), Kind: QuickFix, Findings: mended, Edits: func() ([]diagnostics.FileEdit, error) {
		return []diagnostics.FileEdit{{Path: a.file.Path, Edits: adopted.Edits(a.file.Text)}}, nil
	}})
}

func (a *actions) fixAll(findings []diagnostics.Finding) {
	if mended := a.safelyFixed(findings); len(mended) > 0 {
		a.fixSafely("Make all safe fixes of nix-pins in this file", FixAll, mended, func(diagnostics.Finding) bool { return true })
	}
}

// fixSelected offers, where several findings are selected that have safe fixes, to make these and no others.
func (a *actions) fixSelected(here []diagnostics.Finding) {
	if a.span.Empty() {
		return
	}
	type named struct{ code, object string }
	selected := map[named]bool{}
	mended := slices.DeleteFunc(a.safelyFixed(here), func(f diagnostics.Finding) bool { return f.Object == "" }) // it could not be told from others
	for _, f := range mended {
		selected[named{f.Code, f.Object}] = true
	}
	if len(selected) < 2 {
		return
	}
	a.fixSafely(fmt.Sprintf("Make the %d safe fixes in the selection", len(selected)), QuickFix, mended, func(f diagnostics.Finding) bool {
		return selected[named{f.Code, f.Object}]
	})
}

// safelyFixed are the findings of this file that have a safe fix.
func (a *actions) safelyFixed(findings []diagnostics.Finding) (list []diagnostics.Finding) {
	for _, f := range findings {
		if f.Path == a.file.Path && slices.ContainsFunc(f.Fixes, diagnostics.Fix.Safe) {
			list = append(list, f)
		}
	}
	return list
}

// fixSafely adds an action that makes the safe fixes of those findings of this file that are meant.
func (a *actions) fixSafely(title, kind string, mended []diagnostics.Finding, meant func(diagnostics.Finding) bool) {
	path := a.file.Path
	a.list = append(a.list, Action{Title: title, Kind: kind, Findings: mended, Edits: func() ([]diagnostics.FileEdit, error) {
		fixed, err := diagnostics.FixAll(a.ctx, a.snapshot, []string{path}, func(f diagnostics.Finding, fix diagnostics.Fix) bool {
			return f.Path == path && fix.Safe() && meant(f)
		})
		if err != nil {
			return nil, err
		}
		if err := fixed.Err(); err != nil {
			return nil, err
		}
		var files []diagnostics.FileEdit
		for _, path := range slices.Sorted(maps.Keys(fixed.Texts)) {
			file, err := a.snapshot.File(path)
			if err != nil {
				return nil, err
			}
			if edits := text.Difference(file.Text, fixed.Texts[path]); len(edits) > 0 {
				files = append(files, diagnostics.FileEdit{Path: path, Edits: edits})
			}
		}
		return files, nil
	}})
}

// rewrite adds a rewrite of the file: one that changes nothing is left out, one that is refused says why.
func (a *actions) rewrite(title string, change rewrite.Change, err error) {
	for i, note := range change.Notes {
		if i == 0 {
			title += " ("
		} else {
			title += "; "
		}
		title += note
		if i == len(change.Notes)-1 {
			title += ")"
		}
	}
	action := Action{Title: title, Kind: Rewrite, Edits: func() ([]diagnostics.FileEdit, error) {
		if err != nil {
			return nil, err
		}
		return []diagnostics.FileEdit{{Path: a.file.Path, Edits: change.Edits}}, nil
	}}
	if err != nil {
		action.Disabled = err.Error()
	} else if len(change.Edits) == 0 {
		return
	}
	a.list = append(a.list, action)
}

// rewrites offers what can be done with the input at the selection.
func (a *actions) rewrites() {
	a.ask()
	if a.flake == nil {
		return
	}
	in := a.inputAt()
	if in == nil {
		return
	}
	m := a.flake.Manifest
	switch {
	case in.Parent != nil && in.Parent.IsFollow: // it has no effect, whatever it says
	case !in.IsFollow:
		a.followPins(in)
	case in.Syntax.URL == nil && in.Syntax.Type == nil: // one that has both is mended first
		a.makeExplicit(in)
	}
	isSet := func(p parse.Place) bool { return p.Last() }
	places := in.Syntax.Attr.Places
	if slices.ContainsFunc(places, isSet) {
		change, err := rewrite.Flatten(m, in.Syntax)
		a.layout(fmt.Sprintf("Write %s as flat attributes", pathText(in.Path)), change, err)
	}
	if !slices.ContainsFunc(places, isSet) || len(places) > 1 {
		change, err := rewrite.Nest(m, in.Syntax)
		a.layout(fmt.Sprintf("Write %s as a nested set", pathText(in.Path)), change, err)
	}
}

// layout is rewrite for what writes the same in another way. Nobody looks for that in a file of which nothing can be rewritten.
func (a *actions) layout(title string, change rewrite.Change, err error) {
	var refusal *rewrite.Refusal
	if errors.As(err, &refusal) && refusal.WholeFile {
		return
	}
	a.rewrite(title, change, err)
}

// inputAt is the innermost input, or override, of which one binding holds the selection, but for the blanks and semicolons around what is
// selected; else the one input, with all that is written of it, that the selection touches. It is nil where there is none, or where there
// are several: what is done to one of them would be done to one by chance.
func (a *actions) inputAt() *workspace.Input {
	selected := a.selected()
	var found *workspace.Input
	size, touched := 0, []*workspace.Input{}
	for _, top := range a.flake.Inputs {
		top.Walk(func(in *workspace.Input) {
			if in.Syntax == nil || in.Syntax.Attr == nil || in.Syntax.Alias {
				return
			}
			for _, place := range in.Syntax.Attr.Places {
				span := place.Binding.Span
				if selected.Start <= span.End && span.Start <= selected.End && !slices.Contains(touched, top) {
					touched = append(touched, top)
				}
				// An override of an override may be in the very same binding: the longest path wins.
				if span.Contains(selected) && (found == nil || span.Len() < size || span.Len() == size && len(in.Path) > len(found.Path)) {
					found, size = in, span.Len()
				}
			}
		})
	}
	if found == nil && len(touched) == 1 && touched[0].Syntax != nil && touched[0].Syntax.Attr != nil {
		return touched[0]
	}
	return found
}

// selected is the selection without the blanks and semicolons around it: editors select whole lines.
func (a *actions) selected() text.Span {
	const around = " \t\r\n;"
	whole := a.span.In(a.source)
	inner := strings.TrimLeft(whole, around)
	if inner == "" {
		return a.span
	}
	start := a.span.End - len(inner)
	return text.Span{Start: start, End: start + len(strings.TrimRight(inner, around))}
}
