package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:     "missing-pins-input",
	Level:    Error,
	Since:    "0.1.0",
	Needs:    NeedsCleanParse,
	Silences: []string{"unknown-follows"},
	Summary:  "Inputs follow pins, and the flake has no pins input.",
	Doc: `## What it does

Finds ` + "`follows = \"pins/…\"`" + ` in a flake that has no such input: neither a declared one nor a formal of ` + "`outputs`" + `. The names that count are
those of the setting ` + "`pins.inputs`" + `. It is one finding, at the first such follows. Where the follows is an override of which only a
fetch could tell whether it counts, it is a warning.

## Why is this bad?

Nix refuses to lock the flake: "input 'nixpkgs' follows a non-existent input 'pins/nixpkgs'".

## How to mend it

Declare the input: ` + "`pins.url = \"github:…/pins\";`" + `.

## Fix safety

The URL is the setting ` + "`pins.reference`" + `, else the one that most flakes of the workspace use. Adding it is a choice.

## References

Nix manual: nix flake, section "Flake inputs".
`,
	Check: func(p *Pass) {
		l := p.lockingOf()
		faults := l.faults()
		severity := Error
		if !slices.ContainsFunc(faults, p.isMissingPins) {
			faults, severity = l.possibleFaults(), Warning
		}
		var f Finding
		name := ""
		for _, fault := range faults {
			if !p.isMissingPins(fault) {
				continue
			}
			in := l.blame(fault.edge)
			span := p.faultSpan(fault, in)
			if name == "" {
				name = fault.cause.follows[0]
				f = Finding{Severity: severity, Span: span, Object: name, Fixes: p.declarePins(name)}
			} else if len(f.Related) < 3 {
				f.Related = append(f.Related, p.here(span, quoted(key(in.Path))+" follows it too"))
			}
		}
		if name == "" {
			return
		}
		f.Message = fmt.Sprintf("%s is followed here, but the flake has no input of that name", quoted(name))
		if severity == Warning {
			f.Message += "; Nix refuses this if the overridden flake has such an input"
		}
		f.Message += "."
		p.Report(f)
	},
})

// isMissingPins says whether a fault is that the flake has no pins input.
func (p *Pass) isMissingPins(f *fault) bool {
	return f.how == dangling && f.at == 0 && slices.Contains(p.Config.Pins.Inputs, f.cause.follows[0])
}

// declarePins is the fix that adds the pins input, by the reference that is known for it.
func (p *Pass) declarePins(name string) []Fix {
	known, _ := p.pinsReference()
	reference, ok := known.URL(true)
	if !ok {
		return nil
	}
	return []Fix{p.rewriteFix("Add the input "+name+", "+ref.Redact(reference), false, func(m *parse.Manifest) (rewrite.Change, error) {
		return rewrite.AddFirst(m, name, rewrite.Declaration{URL: reference})
	})}
}
