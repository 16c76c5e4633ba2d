package lsp

import (
	"context"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

const (
	quickFix = "quickfix"
	fixAll   = "source.fixAll.nixPins"
)

// documentAction is something that can be done at a place.
type documentAction struct {
	Title, Kind string
	Preferred   bool
	Findings    []diagnostics.Finding
	Disabled    string
	Edits       func() ([]diagnostics.FileEdit, error)
}

// documentActions are the fixes of the findings that the span touches, and all safe ones of the file.
func documentActions(ctx context.Context, s *workspace.Snapshot, path string, span text.Span, findings []diagnostics.Finding) []documentAction {
	var list []documentAction
	safe := false
	for _, f := range findings {
		for i, fix := range f.Fixes {
			safe = safe || fix.Safe()
			if span.Start <= f.Span.End && f.Span.Start <= span.End {
				list = append(list, documentAction{Title: fix.Title(), Kind: quickFix, Preferred: i == 0 && fix.Safe(), Findings: []diagnostics.Finding{f}, Edits: fix.Edits})
			}
		}
	}
	if safe {
		list = append(list, documentAction{Title: "Make every safe fix", Kind: fixAll, Edits: func() ([]diagnostics.FileEdit, error) {
			fixed, err := diagnostics.FixAll(ctx, s, []string{path}, func(_ diagnostics.Finding, fix diagnostics.Fix) bool { return fix.Safe() })
			if err != nil {
				return nil, err
			}
			var files []diagnostics.FileEdit
			for path, after := range fixed.Texts {
				before, err := s.File(path)
				if err != nil {
					return nil, err
				}
				whole := text.Edit{Span: text.Span{End: len(before.Text)}, New: after}
				files = append(files, diagnostics.FileEdit{Path: path, Edits: []text.Edit{whole}})
			}
			return files, nil
		}})
	}
	slices.SortStableFunc(list, func(a, b documentAction) int {
		switch {
		case a.Preferred && !b.Preferred:
			return -1
		case b.Preferred && !a.Preferred:
			return 1
		}
		return 0
	})
	return list
}
