package lsp

import (
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// diagnosticSource is what editors show beside a message, to tell whose it is.
const diagnosticSource = "nix-pins"

// rulePages is where the generated pages of the rules are read.
const rulePages = "https://github.com/nix-pins-lsp/nix-pins-lsp/blob/main/docs/rules/"

// diagnostics are the findings of a file as the client can show them. It is never nil.
func (v *view) diagnostics(path string, lines *text.Lines, findings []diagnostics.Finding) []Diagnostic {
	names := []string(nil)
	if v.client.DiagnosticData {
		names = diagnostics.Fingerprints(v.snapshot.RootOf(path), findings)
	}
	list := make([]Diagnostic, len(findings))
	for i, finding := range findings {
		list[i] = v.diagnostic(lines, finding)
		if names != nil {
			list[i].Data = names[i]
		}
	}
	return list
}

func (v *view) diagnostic(lines *text.Lines, finding diagnostics.Finding) Diagnostic {
	d := Diagnostic{
		Range:    v.rangeOf(lines, finding.Span),
		Severity: protocol.DiagnosticSeverity(finding.Severity), // the same numbers
		Code:     finding.Code,
		Source:   diagnosticSource,
		Message:  finding.Message,
	}
	if v.client.DiagnosticCodeDescription {
		d.CodeDescription = &protocol.CodeDescription{HRef: rulePages + finding.Code + ".md"}
	}
	if finding.Unnecessary && slices.Contains(v.client.DiagnosticTags, int(protocol.DiagnosticTagUnnecessary)) {
		d.Tags = append(d.Tags, protocol.DiagnosticTagUnnecessary)
	}
	if finding.Deprecated && slices.Contains(v.client.DiagnosticTags, int(protocol.DiagnosticTagDeprecated)) {
		d.Tags = append(d.Tags, protocol.DiagnosticTagDeprecated)
	}
	if v.client.DiagnosticRelated {
		for _, related := range finding.Related {
			// A file that cannot be read now has no place to show; the message names it.
			if location, ok := v.location(related.Path, related.Span); ok {
				d.RelatedInformation = append(d.RelatedInformation, protocol.DiagnosticRelatedInformation{Location: location, Message: related.Message})
			}
		}
	}
	return d
}
