package diagnostics

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Adopted is a flake.nix that had no pins input and now has one.
type Adopted struct {
	// Pins is the name of the new input.
	Pins string
	// Text is the text with it, and with every input that can follow pins safely doing so.
	Text string
	// Applied are the fixes that let inputs follow, in their order; Follows the inputs and overrides that do, in the order of the text.
	Applied []AppliedFix
	Follows []string

	notes []string
}

// The rules that tell what there is to adopt.
const (
	codeRawURL      = "raw-url"
	codeMissingPins = "missing-pins-input"
)

// ErrNoPinsReference is the error of Adopt where nobody says how leaves refer to pins.
var ErrNoPinsReference = errors.New("no flake here says how to refer to pins; the setting `pins.reference` can")

// Adopt gives a flake.nix the pins input that it lacks and lets follow it what can do so safely: the same source, ref, dir, flake and
// name, no live override lost, no comment that says why not. Overrides are judged by what the others follow by then. It gives nil where
// there is nothing to do: the flake has such an input, is pins, or has neither an input that can follow it nor one that follows it
// already. It reads no file but through the snapshot. The error is the context's, ErrNoPinsReference, why the file cannot be edited, or that
// outputs pass all inputs to a function that may not accept one more (see refusesInput).
func Adopt(ctx context.Context, s *workspace.Snapshot, path string) (*Adopted, error) {
	flake := s.Flake(filepath.Dir(path))
	if flake == nil || !flake.Manifest.Clean() {
		return nil, nil
	}
	pins := s.Pins(flake)
	if pins == nil || !pins.Called || pins.Declared != nil {
		return nil, nil
	}
	findings, err := RunRules(ctx, s, path, RuleOf(codeRawURL), RuleOf(codeMissingPins))
	if err != nil || len(findings) == 0 {
		return nil, err
	}
	p := &Pass{Snapshot: s, Path: path, Flake: flake, Manifest: flake.Manifest, Pins: pins, Config: s.Config(path)}
	reference, _ := p.pinsReference()
	url, ok := reference.URL(true)
	if !ok {
		return nil, ErrNoPinsReference
	}
	change, err := rewrite.AddFirst(flake.Manifest, pins.Input, rewrite.Declaration{URL: url})
	if err != nil {
		return nil, err
	}
	a := &Adopted{Pins: pins.Input, notes: change.Notes}
	if a.Text, err = text.Apply(flake.Manifest.Text, change.Edits); err != nil {
		return nil, err
	}
	fixed, err := FixAll(ctx, s.WithText(path, a.Text), []string{path}, func(f Finding, fix Fix) bool { return f.Code == codeRawURL && fix.Safe() })
	if err != nil {
		return nil, err
	}
	if err := fixed.Err(); err != nil {
		return nil, err
	}
	follows := slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == codeMissingPins })
	if len(fixed.Applied) == 0 && !follows {
		return nil, nil
	}
	if err := refusesInput(s, flake); err != nil {
		return nil, err
	}
	if after, ok := fixed.Texts[path]; ok {
		a.Text = after
	}
	a.Applied = fixed.Applied
	for _, f := range findings {
		if slices.ContainsFunc(a.Applied, func(applied AppliedFix) bool { return applied.Finding.Object == f.Object }) {
			a.Follows = append(a.Follows, f.Object)
		}
	}
	return a, nil
}

// Adopts says whether a finding is one that Adopt may mend.
func Adopts(f Finding) bool { return AdoptMends(f.Code) }

// AdoptMends says whether findings of a rule are what Adopt may mend.
func AdoptMends(code string) bool { return code == codeRawURL || code == codeMissingPins }

// Mends are those of the findings of the file that it mends.
func (a *Adopted) Mends(findings []Finding) []Finding {
	var mended []Finding
	for _, f := range findings {
		if f.Code == codeMissingPins || slices.Contains(a.Follows, f.Object) && f.Code == codeRawURL {
			mended = append(mended, f)
		}
	}
	return mended
}

// maxFollowsNamed is how many inputs a title names.
const maxFollowsNamed = 4

// Title says what is done, as a command, and what goes along.
func (a *Adopted) Title() string {
	title := "Add the input " + a.Pins
	if named := a.Follows; len(named) > maxFollowsNamed {
		named = named[:maxFollowsNamed-1]
		title += fmt.Sprintf(" and let %s and %d more follow it", strings.Join(named, ", "), len(a.Follows)-len(named))
	} else if len(named) > 0 {
		title += " and let " + plain(listed(named)) + " follow it"
	}
	if len(a.notes) > 0 {
		title += " (" + strings.Join(a.notes, "; ") + ")"
	}
	return text.Printable(title)
}

// Edits are the edits that make the text out of the one before.
func (a *Adopted) Edits(before string) []text.Edit { return text.Difference(before, a.Text) }
