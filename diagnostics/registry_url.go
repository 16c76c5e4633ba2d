package diagnostics

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:          "registry-url",
	Level:         Warning,
	Since:         "0.1.0",
	MessageVaries: true,
	Summary:       "An input is named by an id that a flake registry must resolve.",
	Doc: `## What it does

Finds inputs whose reference is an id, such as ` + "`nixpkgs`" + ` or ` + "`pins`" + `, and says what it stands for and which registry says so. Where the
global flake registry has the id it is a hint (for ` + "`nixpkgs`" + ` only in a workspace with a pins flake). Where only the registry of this user or
system has it, or none, it is a warning.

## Why is this bad?

Since Nix 2.26 the inputs of a flake are resolved through ` + "`--override-flake`" + ` and the global registry only. An id that was added by
` + "`nix registry add`" + ` is listed by ` + "`nix registry list`" + ` and then not found by ` + "`nix flake lock`" + `. A flake.lock that holds the input keeps working
until somebody updates it. And what the global registry says can change without a change here.

## How to mend it

Write the reference that the id stands for.

## Fix safety

A choice: flake.lock then has to lock the input anew. A changed url of the pins input needs ` + "`nix flake update pins`" + ` before Nix 2.31, since
older ones take the inputs of pins from the old lock.

## References

Nix manual: nix registry; nix flake, section "Flake references".
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			if !in.Indirect && !in.IsFollow && in.Reference.Type() == ref.Indirect && !dead(in.Parent) {
				p.checkRegistryURL(in)
			}
		}
	},
})

func (p *Pass) checkRegistryURL(in *workspace.Input) {
	f := Finding{Span: referenceSpan(in.Syntax), Object: key(in.Path)}
	id := in.Reference.ID()
	result, err := p.Snapshot.Registry().Resolve(in.Reference, registry.FlakeInput)
	var notFound *registry.NotFoundError
	switch {
	case err == nil:
		if id == "nixpkgs" && (p.Pins == nil || !p.Pins.Called) {
			return
		}
		f.Severity = Hint
		f.Message = fmt.Sprintf("%s is a registry id, which %s resolves to %s.", quoted(strings.TrimPrefix(in.Reference.String(), "flake:")), result.Registry(), quoted(ref.Redact(result.Ref.String())))
		f.Fixes = append(p.followNamesake(in), p.explicitURL(in, result.Ref)...)
	case errors.As(err, &notFound) && notFound.Local != nil:
		f.Message = fmt.Sprintf("%s is a registry id: %s.", quoted(id), unresolved(err))
		f.Fixes = append(p.followNamesake(in), p.explicitURL(in, notFound.Local.Ref)...)
	default:
		p.notInRegistry(&f, in, err)
	}
	p.Report(f)
}

// notInRegistry is about an id that no registry has: a near miss, the id of pins, or one that nobody here knows.
func (p *Pass) notInRegistry(f *Finding, in *workspace.Input, err error) {
	id := in.Reference.ID()
	f.Message = fmt.Sprintf("%s is a registry id: %s.", quoted(id), unresolved(err))
	f.Fixes = p.followNamesake(in)
	near, ok := registry.Nearest(id, p.knownIDs())
	pins, known := p.pinsReference()
	switch {
	case known && (p.Pins != nil && in == p.Pins.Declared || slices.Contains(p.Config.Pins.Inputs, id) || slices.Contains(p.Config.Pins.Inputs, near)):
		f.Message += " Leaves refer to pins as " + quoted(ref.Redact(pins.String())) + "."
		f.Fixes = append(f.Fixes, p.explicitURL(in, pins)...)
	case ok:
		f.Message += " The nearest is " + quoted(near) + "."
		if reference, _ := ref.ParseInput(near); p.reachable(reference) {
			f.Fixes = append(f.Fixes, p.explicitURL(in, reference)...)
		}
	case isUncertain(err) && !slices.Contains(p.Config.Pins.Inputs, id):
		f.Severity = Hint
	}
}

// unresolved says in a clause why an id could not be resolved.
func unresolved(err error) string {
	var notFound *registry.NotFoundError
	switch errors.As(err, &notFound); {
	case notFound == nil:
		return fmt.Sprintf("it cannot be resolved: %v", err)
	case notFound.Local != nil:
		return fmt.Sprintf("only %s has it, and Nix does not ask that for the inputs of a flake since 2.26", notFound.Local.Registry())
	case notFound.Uncertain:
		return "no registry on this machine has it, and there is no copy of the global one to ask"
	}
	return "no flake registry has it"
}

func isUncertain(err error) bool {
	var notFound *registry.NotFoundError
	return errors.As(err, &notFound) && notFound.Uncertain
}

// knownIDs are the ids that a person may have meant.
func (p *Pass) knownIDs() []string {
	return append(slices.Clone(p.Config.Pins.Inputs), p.Snapshot.Registry().IDs(registry.FlakeInput)...)
}

// explicitURL is the fix that writes a reference out.
func (p *Pass) explicitURL(in *workspace.Input, r ref.Ref) []Fix {
	url, ok := r.URL(in.IsFlake)
	if !ok {
		return nil
	}
	var notes []string
	if p.Pins != nil && in == p.Pins.Declared {
		notes = []string{"before Nix 2.31 then `nix flake update " + in.Name + "`"}
	}
	return []Fix{rewriteFixOf(p.Path, p.Manifest, "Write "+ref.Redact(url), false, notes, func(m *parse.Manifest) (rewrite.Change, error) {
		return rewrite.SetURL(m, in.Syntax, url)
	})}
}

// followNamesake are the fixes that follow the input of pins that has the input's name.
func (p *Pass) followNamesake(in *workspace.Input) []Fix {
	if p.Pins == nil || !p.Pins.Called || p.ignored(in) {
		return nil
	}
	offer := p.Pins.Offer(in.Name)
	if offer == nil || offer.IsFlake != in.IsFlake {
		return nil
	}
	title := "Follow " + offer.Path
	if wanted := in.Reference.Ref(); wanted != "" && wanted != offer.Reference.Ref() {
		title += " at " + plain(versionOf(offer.Reference)) // another version than the one that is asked for
	}
	return p.followFixes(in, offer.Path, title, false)
}
