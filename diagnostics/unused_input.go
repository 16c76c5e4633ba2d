package diagnostics

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "unused-input",
	Level:   Off,
	Since:   "0.1.0",
	Needs:   NeedsCleanParse,
	Summary: "An input that neither outputs, nor another file, nor another input uses.",
	Doc: `## What it does

Finds inputs that outputs names neither in its pattern nor in its body, that no other .nix file of the repository takes from
` + "`inputs`" + `, and that no other input follows. It speaks only where all use is in sight: not where outputs hands its inputs on (to
` + "`mkFlake`, `specialArgs`, `import`" + `), not in the pins flake, whose inputs are there for others, and not where a flake of the workspace
follows an input through this one. It is off unless settings switch it on.

## Why is this bad?

An input that nobody uses is locked, fetched and updated all the same.

## How to mend it

Remove it.

## Fix safety

A choice: consumers outside of the workspace may follow the input through this flake.

## References

Nix manual: nix flake, section "Flake inputs".
`,
	Check: func(p *Pass) {
		uses := p.Manifest.Uses()
		if uses == nil || len(uses.Escapes)+len(uses.Dynamic) > 0 || p.Snapshot.IsPins(p.Flake) {
			return
		}
		var unused []*workspace.Input
		for _, in := range p.Flake.Inputs {
			if written(in) && len(uses.Names[in.Name]) == 0 && !p.followed(in) && (p.Pins == nil || in != p.Pins.Declared) {
				unused = append(unused, in)
			}
		}
		if len(unused) == 0 {
			return
		}
		elsewhere, ok := p.usedElsewhere()
		if !ok {
			return
		}
		for _, in := range unused {
			if !elsewhere[in.Name] {
				p.reportUnusedInput(in, elsewhere)
			}
		}
	},
})

// followed says whether another input of the flake, or a flake of the workspace that has this one as an input, follows an input.
func (p *Pass) followed(in *workspace.Input) bool {
	for other := range allInputs(p.Flake.Inputs) {
		if len(other.Follows) > 0 && other.Follows[0] == in.Name && other.Path[0] != in.Name {
			return true
		}
	}
	for flake := range p.Snapshot.Flakes() {
		// Which input of that flake this one is does not matter: a name in the second place is enough to keep quiet.
		for other := range flake.Inputs() {
			if len(other.Follows) > 1 && other.Follows[1] == in.Name {
				return true
			}
		}
	}
	return false
}

// usedElsewhere are the names that the other .nix files of the repository take from the inputs; ok is false where they cannot
// all be told.
func (p *Pass) usedElsewhere() (names map[string]bool, ok bool) {
	files, complete := p.Snapshot.SiblingFiles(p.Flake)
	if !complete {
		return nil, false
	}
	names = map[string]bool{}
	for _, file := range files {
		uses := parse.UsesInFile(file.Text)
		if len(uses.Dynamic)+len(uses.Escapes) > 0 {
			return nil, false
		}
		for name, list := range uses.Names {
			names[name] = names[name] || slices.ContainsFunc(list, func(u parse.Use) bool { return u.Kind != parse.FormalUse })
		}
	}
	return names, true
}

func (p *Pass) reportUnusedInput(in *workspace.Input, elsewhere map[string]bool) {
	p.Report(Finding{
		Span: in.Syntax.Attr.Span(), Object: in.Name, Unnecessary: true,
		Message: fmt.Sprintf("Nothing uses the input %s: not outputs, no other file of the repository, no other input.", quoted(in.Name)),
		Fixes: []Fix{p.rewriteFix("Remove "+in.Name, false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.Remove(m, in.Syntax, rewrite.Elsewhere{Searched: true, Names: elsewhere})
		})},
	})
}
