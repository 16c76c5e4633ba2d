package lsp

import (
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// diagnosticSource is what editors show beside a message, to tell whose it is.
const diagnosticSource = "nix-pins"

// rulePages is where the generated pages of the rules are read.
const rulePages = "https://github.com/nix-pins-lsp/nix-pins-lsp/blob/main/docs/rules/"

// diagnostics are the findings of a document as the client can show them. It is never nil.
func (v *view) diagnostics(document *Document, findings []diagnostics.Finding) []Diagnostic {
	names := []string(nil)
	if v.client.DiagnosticData {
		names = diagnostics.Fingerprints(v.snapshot.RootOf(document.Path), findings)
	}
	list := make([]Diagnostic, len(findings))
	for i, finding := range findings {
		list[i] = v.diagnostic(document, finding)
		if names != nil {
			list[i].Data = names[i]
		}
	}
	return list
}

func (v *view) diagnostic(document *Document, finding diagnostics.Finding) Diagnostic {
	d := Diagnostic{
		Range:    v.rangeOf(document.Lines, finding.Span),
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
