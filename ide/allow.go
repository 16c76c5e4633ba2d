package ide

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// suppressions offers, for each finding at the selection, a comment that allows it.
func (a *actions) suppressions(findings []diagnostics.Finding) {
	if a.kind == parse.Other {
		return // only Nix has our comments
	}
	if a.file.Manifest().Generator != "" {
		return // the tool would write the file anew, without the comment
	}
	offered := map[string]bool{}
	for _, f := range findings {
		allowed := f.Code
		// A comment ends an object at its closing parenthesis.
		if f.Object != "" && !strings.ContainsAny(f.Object, "()\r\n") {
			allowed += "(" + f.Object + ")"
		}
		edit, ok := a.allow(f, allowed)
		if !ok || offered[allowed] {
			continue
		}
		offered[allowed] = true
		a.list = append(a.list, Action{
			Title: "Allow " + allowed + " here with a comment", Kind: QuickFix, Findings: []diagnostics.Finding{f},
			Edits: func() ([]diagnostics.FileEdit, error) {
				return []diagnostics.FileEdit{{Path: f.Path, Edits: []text.Edit{edit}}}, nil
			},
		})
	}
}

// allow is the edit that writes the comment: into one that speaks for the place already, else on a line of its own above the
// binding, else, where the line begins with something else, behind the binding. ok is false where no comment would do.
func (a *actions) allow(f diagnostics.Finding, allowed string) (edit text.Edit, ok bool) {
	m := a.file.Manifest()
	for _, s := range m.Suppressions {
		if s.Target.Contains(f.Span) && s.Target.Len() < len(a.source) && len(s.Rules) > 0 {
			end := s.Rules[len(s.Rules)-1].Span.End
			return insertion(end, ", "+allowed), true
		}
	}
	binding := innermost(m, f.Span)
	if binding == nil {
		return text.Edit{}, false
	}
	line := lineAround(a.source, binding.Span.Start)
	if a.startsLine(binding.Span.Start) {
		indent := indentOf(a.source, binding.Span.Start)
		edit = insertion(line.Start+len(indent), fmt.Sprintf("# nix-pins: allow %s%s%s", allowed, a.eol(), indent))
	} else {
		edit = insertion(binding.Span.End, " /* nix-pins: allow "+allowed+" */")
	}
	return edit, a.allows(edit, f)
}

func insertion(at int, with string) text.Edit {
	return text.Edit{Span: text.Span{Start: at, End: at}, New: with}
}

// allows says whether a comment does what it is written for: it speaks for the place of the finding.
func (a *actions) allows(edit text.Edit, f diagnostics.Finding) bool {
	after, err := text.Apply(a.source, []text.Edit{edit})
	if err != nil {
		return false
	}
	at := f.Span
	if edit.Span.Start <= at.Start {
		at = text.Span{Start: at.Start + len(edit.New), End: at.End + len(edit.New)}
	}
	for _, s := range parse.Parse(a.kind, after).Suppressions {
		if s.Target.Contains(at) && s.Target.Len() < len(after) {
			return true
		}
	}
	return false
}

// innermost is the smallest binding of the file's own sets that holds a span; nil where there is none.
func innermost(m *parse.Manifest, span text.Span) *parse.Binding {
	var found *parse.Binding
	for set := range m.Root.Sets() {
		for _, b := range set.Bindings {
			if b.Span.Contains(span) {
				found = b // what is inside comes later
			}
		}
	}
	return found
}
