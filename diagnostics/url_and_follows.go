package diagnostics

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:    "url-and-follows",
	Level:   Error,
	Since:   "0.1.0",
	Summary: "An input has a flake reference and follows another input.",
	Doc: `## What it does

Finds inputs, and overrides, that have both ` + "`url` (or `type`) and `follows`" + `.

## Why is this bad?

Since Nix 2.30 it is an error. Before, ` + "`follows`" + ` won and the reference was ignored without a word, so that such flakes still work
for people with an older Nix.

## How to mend it

Keep ` + "`follows`" + `, which is what the flake did before 2.30, or keep the reference.

## Fix safety

Which of the two was meant, only a person knows: both fixes are choices.

## References

Nix manual: nix flake, section "Flake inputs"; release notes of Nix 2.30.
`,
	Check: func(p *Pass) {
		writtenOut(p.Manifest.Inputs, func(in *parse.Input) {
			reference := in.Type
			if reference == nil {
				reference = in.URL
			}
			path, follows := in.Follows.Text()
			said, refers := reference.Text()
			if !follows || !refers || in.Follows.Value.Kind != parse.StringValue {
				return // it has only one of the two, or one is of another type, which Nix finds first
			}
			name, keep := quoted(key(in.Path)), "Keep the reference"
			if reference == in.URL {
				keep = "Keep " + ref.Redact(said)
			}
			f := Finding{
				Span: in.Follows.Span(), Object: key(in.Path),
				Message: fmt.Sprintf("%s has a flake reference and follows %s, and Nix takes only one of the two; before 2.30 it ignored the reference.", name, followed(path)),
				Related: []Related{p.here(reference.Span(), "the reference of "+name+" stands here")},
			}
			f.Fixes = []Fix{
				p.rewriteFix("Follow "+strings.ReplaceAll(followed(path), "`", "")+", as before Nix 2.30", false, func(m *parse.Manifest) (rewrite.Change, error) {
					return rewrite.Follow(m, syntaxAt(m, in.Path), path, rewrite.FollowOptions{})
				}),
				p.rewriteFix(keep, false, func(m *parse.Manifest) (rewrite.Change, error) {
					return rewrite.RemoveAttribute(m, syntaxAt(m, in.Path).Follows.Attr)
				}),
			}
			p.Report(f)
		})
	},
})

// followed is what a follows path stands for, in a message.
func followed(path string) string {
	if strings.Trim(path, "/") == "" {
		return "the flake itself"
	}
	return quoted(path)
}
