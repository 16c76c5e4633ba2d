package main

import (
	"io"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// The JSON of `check --format json`; docs/schema/check.schema.json is its schema. Offsets count bytes from 0, the end is
// exclusive; lines and columns count from 1, columns in code points. Paths are relative to the root.
type (
	jsonCheck struct {
		Version  int           `json:"version"`
		Root     string        `json:"root"`
		Findings []jsonFinding `json:"findings"`
	}
	jsonPlace struct {
		Path      string `json:"path"`
		Start     int    `json:"start"`
		End       int    `json:"end"`
		Line      int    `json:"line"`
		Column    int    `json:"column"`
		EndLine   int    `json:"endLine"`
		EndColumn int    `json:"endColumn"`
	}
	jsonFinding struct {
		jsonPlace
		Code        string        `json:"code"`
		Severity    string        `json:"severity"`
		Message     string        `json:"message"`
		Object      string        `json:"object,omitempty"`
		Fingerprint string        `json:"fingerprint"`
		Related     []jsonRelated `json:"related"`
		Fixes       []jsonFix     `json:"fixes"`
	}
	jsonRelated struct {
		jsonPlace
		Message string `json:"message"`
	}
	// A fix that turns out to be impossible when its edits are made has no edits and a reason.
	jsonFix struct {
		Title   string     `json:"title"`
		Safe    bool       `json:"safe"`
		Edits   []jsonEdit `json:"edits"`
		Refused string     `json:"refused,omitempty"`
	}
	jsonEdit struct {
		Path  string `json:"path"`
		Start int    `json:"start"`
		End   int    `json:"end"`
		Text  string `json:"text"`
	}
)

func (r *checkResult) jsonPlace(path string, span text.Span) jsonPlace {
	lines := r.linesOf(path)
	p := jsonPlace{Path: r.name(path), Start: span.Start, End: span.End}
	p.Line, p.Column = lines.Column(span.Start)
	p.EndLine, p.EndColumn = lines.Column(span.End)
	return p
}

func printJSON(w io.Writer, r *checkResult) error {
	result := jsonCheck{Version: 1, Root: r.root, Findings: []jsonFinding{}}
	names := diagnostics.Fingerprints(r.root, r.findings)
	return printJSONList(w, result, "findings", 2, len(r.findings), func(i int) any {
		f := &r.findings[i]
		finding := jsonFinding{
			jsonPlace: r.jsonPlace(f.Path, f.Span), Code: f.Code, Severity: f.Severity.String(), Message: f.Message,
			Object: f.Object, Fingerprint: names[i], Related: []jsonRelated{}, Fixes: []jsonFix{},
		}
		for _, related := range f.Related {
			finding.Related = append(finding.Related, jsonRelated{r.jsonPlace(related.Path, related.Span), related.Message})
		}
		for _, fix := range f.Fixes {
			finding.Fixes = append(finding.Fixes, r.jsonFix(fix))
		}
		return finding
	})
}

func (r *checkResult) jsonFix(fix diagnostics.Fix) jsonFix {
	out := jsonFix{Title: fix.Title(), Safe: fix.Safe(), Edits: []jsonEdit{}}
	files, err := fix.Edits()
	if err != nil {
		out.Refused = err.Error()
		return out
	}
	for _, file := range files {
		for _, e := range file.Edits {
			out.Edits = append(out.Edits, jsonEdit{r.name(file.Path), e.Span.Start, e.Span.End, e.New})
		}
	}
	return out
}
