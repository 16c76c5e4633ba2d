package diagnostics

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

var _ = Register(Rule{
	Code:    "unknown-setting",
	Level:   Warning,
	Since:   "0.1.0",
	Files:   func(path string) bool { return filepath.Base(path) == config.FileName },
	Summary: "A key or a value of .nix-pins.toml that means nothing.",
	Doc: `## What it does

Finds keys of .nix-pins.toml that are no settings, rules that do not exist, values that a setting does not take, a ` + "`pins.reference`" + ` that is
no reference to a flake or that Nix cannot lock, keys that are set twice, and lines that are no TOML.

## Why is this bad?

Such a line has no effect, or not the one that was meant. All others count.

## How to mend it

Write the nearest name, if it was meant; ` + "`nix-pins-lsp config show --origin`" + ` lists what is in force and where it comes from.

## Fix safety

The nearest name is a choice.

## References

The page of the settings.
`,
	Check: func(p *Pass) {
		for _, problem := range p.File.Settings().Problems {
			f := Finding{Span: problem.Span, Object: secret.Value(problem.Key), Message: settingMessage(problem)}
			if near := problem.Nearest; near != "" {
				if written := problem.Span.In(p.File.Text); strings.HasPrefix(written, `"`) || strings.HasPrefix(written, "'") {
					near = written[:1] + near + written[:1]
				}
				f.Fixes = []Fix{NewChoice(func() Made {
					return Made{Title: "Write " + problem.Nearest, Edits: []FileEdit{{p.Path, []text.Edit{{Span: problem.Span, New: near}}}}}
				})}
			}
			p.Report(f)
		}
		p.checkPinsReference()
	},
})

// SettingFaults says in sentences what is wrong in an editor's settings, which have no file that a finding could stand in; nil is none.
func SettingFaults(settings *config.Layer) (sentences []string) {
	if settings == nil {
		return nil
	}
	for _, problem := range settings.Problems {
		sentences = append(sentences, settingMessage(problem))
	}
	if message, _, _ := pinsReferenceFault(settings); message != "" {
		sentences = append(sentences, message)
	}
	return sentences
}

const pinsReferenceSetting = "pins.reference"

func (p *Pass) checkPinsReference() {
	message, fixed, span := pinsReferenceFault(p.File.Settings())
	if message == "" {
		p.checkPinsID()
		return
	}
	f := Finding{Span: span, Object: pinsReferenceSetting, Message: message}
	if fixed != "" {
		f.Fixes = []Fix{NewChoice(func() Made {
			return Made{Title: "Write " + ref.Redact(fixed), Edits: []FileEdit{{p.Path, []text.Edit{{Span: span, New: strconv.Quote(fixed)}}}}}
		})}
	}
	p.Report(f)
}

// pinsReferenceFault says what is wrong with the reference by which leaves refer to pins, "" where nothing is, what was meant, "" where that is
// not clear, and where it stands. As the url of an input nearly any text is a path, which is not what is meant here.
func pinsReferenceFault(settings *config.Layer) (message, fixed string, span text.Span) {
	value, span, _ := settings.Value(pinsReferenceSetting)
	literal, _ := value.(string)
	if literal == "" {
		return "", "", span
	}
	r, err := ref.ParseInput(literal)
	fixed, why, slip := ref.Meant(literal)
	var fault *ref.Error
	switch {
	case slip:
		message = fmt.Sprintf("The value of `%s` is no reference to a flake: %s.", pinsReferenceSetting, why)
	case errors.As(err, &fault):
		message = fmt.Sprintf("The value of `%s` is no reference to a flake. %s", pinsReferenceSetting, refusedURL(literal, fault))
	case r.Type() == ref.Path && !strings.HasPrefix(literal, "path:") && !filepath.IsAbs(literal) && !strings.HasPrefix(literal, "."):
		message = fmt.Sprintf("The value of `%s` is no reference to a flake: Nix would read %s as a path.", pinsReferenceSetting, quoted(ref.Redact(literal)))
	case err == nil:
		if message = cmp.Or(revFault(r), narHashFault(r)); message != "" {
			message = fmt.Sprintf("No flake can be locked by the value of `%s`. %s", pinsReferenceSetting, message)
		}
	}
	return message, fixed, span
}

// checkPinsID speaks of a reference to pins that is an id which no registry of a leaf has: no fix can write it.
func (p *Pass) checkPinsID() {
	value, span, _ := p.File.Settings().Value(pinsReferenceSetting)
	literal, _ := value.(string)
	r, _ := ref.ParseInput(literal) // what cannot be read has been told of; neither that nor a URL is an id
	_, err := p.Snapshot.Registry().Resolve(r, registry.FlakeInput)
	if err == nil || isUncertain(err) && slices.Contains(p.Snapshot.Config(p.Path).Pins.Inputs, r.ID()) {
		return // what pins is called may well be in the registry that nobody here has a copy of
	}
	f := Finding{
		Span: span, Object: pinsReferenceSetting,
		Message: fmt.Sprintf("The value of `%s` is the registry id %s: %s. So it tells no leaf how to refer to pins.", pinsReferenceSetting, quoted(r.ID()), unresolved(err)),
	}
	if isUncertain(err) {
		f.Severity = Hint
	}
	p.Report(f)
}

// settingMessage is the problem as a sentence.
func settingMessage(problem config.Problem) string {
	message := strings.ToUpper(problem.Message[:1]) + problem.Message[1:]
	if problem.Nearest != "" {
		return fmt.Sprintf("%s; was %s meant?", message, quoted(problem.Nearest))
	}
	return message + "."
}
