package main

import (
	"io"
	"net/url"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// The part of SARIF 2.1.0 that findings need. Columns count code points, and the log says so.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool               sarifTool                `json:"tool"`
		ColumnKind         string                   `json:"columnKind"`
		OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds"`
		Results            []sarifResult            `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string      `json:"id"`
		ShortDescription     sarifText   `json:"shortDescription"`
		Help                 sarifText   `json:"help"`
		DefaultConfiguration sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Enabled bool   `json:"enabled"`
		Level   string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		ID               *int          `json:"id,omitempty"`
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
		ByteOffset  int `json:"byteOffset"`
		ByteLength  int `json:"byteLength"`
	}
)

// fingerprintName names our fingerprints in a SARIF log; the version changes when their making does.
const fingerprintName = "nixPins/v1"

func sarifLevel(s diagnostics.Severity) string {
	switch s {
	case diagnostics.Error:
		return "error"
	case diagnostics.Warning:
		return "warning"
	case diagnostics.Off:
		return "none"
	}
	return "note"
}

func printSARIF(w io.Writer, r *checkResult) error {
	run := sarifRun{
		Tool:               sarifTool{sarifDriver{Name: "nix-pins-lsp", Version: buildVersion(), Rules: []sarifRule{}}},
		ColumnKind:         "unicodeCodePoints",
		OriginalURIBaseIDs: map[string]sarifArtifact{"ROOT": {URI: (&url.URL{Scheme: "file", Path: r.root + "/"}).String()}},
		Results:            []sarifResult{},
	}
	indexes := map[string]int{}
	for i, rule := range diagnostics.Rules() {
		indexes[rule.Code] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: rule.Code, ShortDescription: sarifText{Text: rule.Summary}, Help: sarifText{Text: rule.Doc, Markdown: rule.Doc},
			DefaultConfiguration: sarifConfig{Enabled: rule.Level != diagnostics.Off, Level: sarifLevel(rule.Level)},
		})
	}
	names := diagnostics.Fingerprints(r.root, r.findings)
	log := sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
	return printJSONList(w, log, "results", 4, len(r.findings), func(i int) any {
		f := &r.findings[i]
		result := sarifResult{
			RuleID: f.Code, RuleIndex: indexes[f.Code], Level: sarifLevel(f.Severity), Message: sarifText{Text: f.Message},
			Locations:           []sarifLocation{{PhysicalLocation: r.sarifPlace(f.Path, f.Span)}},
			PartialFingerprints: map[string]string{fingerprintName: names[i]},
		}
		for n, related := range f.Related {
			result.RelatedLocations = append(result.RelatedLocations, sarifLocation{
				ID: &n, PhysicalLocation: r.sarifPlace(related.Path, related.Span), Message: &sarifText{Text: related.Message},
			})
		}
		return result
	})
}

func (r *checkResult) sarifPlace(path string, span text.Span) sarifPhysical {
	p := r.jsonPlace(path, span)
	artifact := sarifArtifact{URI: (&url.URL{Path: p.Path}).String(), URIBaseID: "ROOT"}
	if p.Path == path { // not below the root
		artifact = sarifArtifact{URI: (&url.URL{Scheme: "file", Path: path}).String()}
	}
	return sarifPhysical{artifact, sarifRegion{p.Line, p.Column, p.EndLine, p.EndColumn, span.Start, span.Len()}}
}
