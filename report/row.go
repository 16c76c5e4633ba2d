// Package report tells how many versions of what are in use over the flakes of a polyrepo, and where.
//
// A workspace is written down as rows (Collect), rows make an Inventory (of one workspace, or of many files that each repo's CI
// wrote on its own), and an inventory makes a Report, which has a text, a JSON and an HTML face. The workspace makes rows and
// nothing else, so that a report from merged files is that of the folder.
package report

import (
	"encoding/json"
	"io"
	"time"
)

// SchemaVersion is the version of the rows' columns. It changes when a column goes or means something else, not when one is
// added.
const SchemaVersion = 1

// Kind is what a row tells of.
type Kind string

// The kinds of rows.
const (
	// KindFlake is one flake; it comes before the rows of its inputs.
	KindFlake Kind = "flake"
	// KindSource is a source that a flake's lock holds, at one input path.
	KindSource Kind = "source"
	// KindUnlocked is an input with a reference that the lock of its flake does not have.
	KindUnlocked Kind = "unlocked"
	// KindFollow is an input, or an override, of which the flake.nix says that it follows another.
	KindFollow Kind = "follow"
	// KindCommit is a commit of a pins flake on one of its branches, and the package set that its lock has. Those of the branch of HEAD stand
	// first; of each other branch only those down to the first that HEAD's has too.
	KindCommit Kind = "commit"
	// KindRegistry is what a registry id stands for on the machine that wrote the row.
	KindRegistry Kind = "registry"
)

// Row is one line of an inventory; docs/report.md tells of each column. The zero value of a field stands for a column that is null.
type Row struct {
	Generated time.Time
	Kind      Kind
	// Repo is the source of the repository's remote, else the folder's name below the root; Folder the flake's folder in it. Path
	// is the flake's folder below the root that was looked at, and tells two clones apart.
	Repo, Folder, Path string
	Role               string

	// These tell of the flake that the row belongs to, and stand in each of its rows.
	PinsInput, PinsSource, PinsFolder string
	// PinsRef is the branch or tag of pins that the flake's reference names, "" where it names none: who writes the row need not know which one
	// is the default one of pins.
	PinsRef, PinsRev string
	PinsDate         time.Time
	PackageSet       string
	SetDate          time.Time
	// Behind is counted by who wrote the row, valid where Placed; a merge counts again.
	Behind         int
	Placed, OwnSet bool

	// These tell of one input.
	Input                    string
	Depth                    int
	Source, Original, Ref    string
	Version, Rev, NarHash    string
	LastModified             time.Time
	Locked                   string
	IsFlake, BelowPins       bool
	Declared, DeclaredSource string
	Follows                  string
}

// wire is a row as a line of JSON: flat, each column in each line, null where it does not apply.
type wire struct {
	SchemaVersion  int     `json:"schema_version"`
	Generated      string  `json:"generated_at"`
	Kind           Kind    `json:"kind"`
	Repo           *string `json:"repo"`
	Folder         *string `json:"folder"`
	Path           *string `json:"path"`
	Role           *string `json:"role"`
	PinsInput      *string `json:"pins_input"`
	PinsSource     *string `json:"pins_source"`
	PinsFolder     *string `json:"pins_folder"`
	PinsRef        *string `json:"pins_ref"`
	PinsRev        *string `json:"pins_rev"`
	PinsDate       *string `json:"pins_date"`
	PackageSet     *string `json:"package_set"`
	SetDate        *string `json:"package_set_date"`
	Behind         *int    `json:"behind"`
	OwnSet         *bool   `json:"own_set"`
	Input          *string `json:"input"`
	Depth          *int    `json:"depth"`
	Source         *string `json:"source"`
	Original       *string `json:"original"`
	Ref            *string `json:"ref"`
	Version        *string `json:"version"`
	Rev            *string `json:"rev"`
	NarHash        *string `json:"nar_hash"`
	LastModified   *string `json:"last_modified"`
	Locked         *string `json:"locked"`
	IsFlake        *bool   `json:"flake"`
	BelowPins      *bool   `json:"below_pins"`
	Declared       *string `json:"declared"`
	DeclaredSource *string `json:"declared_source"`
	Follows        *string `json:"follows"`
}

// present is a pointer to a value that is there, nil where it is the zero value.
func present[T comparable](v *T) *T {
	var zero T
	if *v == zero {
		return nil
	}
	return v
}

// onlyIf is a pointer to a value whose zero value means something.
func onlyIf[T any](v *T, there bool) *T {
	if !there {
		return nil
	}
	return v
}

func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

func (r *Row) wire() *wire {
	ofFlake := r.Repo != "" && r.Kind != KindCommit
	ofInput := r.Kind == KindSource || r.Kind == KindUnlocked || r.Kind == KindFollow
	return &wire{
		SchemaVersion: SchemaVersion, Generated: r.Generated.UTC().Format(time.RFC3339), Kind: r.Kind,
		Repo: present(&r.Repo), Folder: onlyIf(&r.Folder, r.Repo != ""), Path: present(&r.Path), Role: present(&r.Role),
		PinsInput: present(&r.PinsInput), PinsSource: present(&r.PinsSource), PinsFolder: onlyIf(&r.PinsFolder, r.PinsSource != ""),
		PinsRef: present(&r.PinsRef), PinsRev: present(&r.PinsRev), PinsDate: stamp(r.PinsDate),
		PackageSet: present(&r.PackageSet), SetDate: stamp(r.SetDate),
		Behind: onlyIf(&r.Behind, r.Placed), OwnSet: onlyIf(&r.OwnSet, ofFlake && r.PackageSet != "" && r.PinsSource != ""),
		Input: present(&r.Input), Depth: onlyIf(&r.Depth, ofInput),
		Source: present(&r.Source), Original: present(&r.Original), Ref: present(&r.Ref),
		Version: present(&r.Version), Rev: present(&r.Rev), NarHash: present(&r.NarHash), LastModified: stamp(r.LastModified),
		Locked: present(&r.Locked), IsFlake: onlyIf(&r.IsFlake, ofInput && r.Kind != KindFollow),
		BelowPins: onlyIf(&r.BelowPins, ofInput),
		Declared:  present(&r.Declared), DeclaredSource: present(&r.DeclaredSource), Follows: present(&r.Follows),
	}
}

// RowWriter writes rows as lines of JSON.
type RowWriter struct{ encoder *json.Encoder }

// NewRowWriter writes to w; who gives a buffer flushes it.
func NewRowWriter(w io.Writer) *RowWriter {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &RowWriter{encoder}
}

// Write writes one row.
func (w *RowWriter) Write(r *Row) error { return w.encoder.Encode(r.wire()) }
