package diagnostics

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "insecure-url",
	Level:   Warning,
	Since:   "0.1.0",
	Summary: "A flake reference goes over a plain text protocol, or holds a password or token.",
	Doc: `## What it does

Finds references over ` + "`http:`" + ` and ` + "`git:`" + `, also as ` + "`git+http:`" + ` and the like, and passwords and tokens in references. A host that is the machine
itself is left alone. What is found is never repeated in the message.

## Why is this bad?

When an input is locked, whoever sits between you and the server chooses what gets locked; flake.lock then protects their choice.
A token in flake.nix is copied to flake.lock, to the store, which everyone on the machine can read, and to all who get the
repository.

## How to mend it

Use https. Give the token to Nix by its setting ` + "`access-tokens`" + ` or by a netrc file, and withdraw the one that was written here.

## Fix safety

A choice: the server may not answer to https, or not without the token.

## References

Nix manual: nix.conf, settings access-tokens and netrc-file.
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			if !written(in) || dead(in.Parent) {
				continue
			}
			url, _ := in.Syntax.URL.Text()
			for _, risk := range ref.Insecure(url) {
				p.reportInsecureURL(in, risk)
			}
		}
	},
})

func (p *Pass) reportInsecureURL(in *workspace.Input, risk ref.Insecurity) {
	f := Finding{
		Span: within(in.Syntax.URL, p.Manifest.Text, risk.Span), Object: key(in.Path),
		Message: fmt.Sprintf("%s is fetched as plain text: anyone on the way can change what gets locked.", quoted(in.Name)),
	}
	if risk.Risk == ref.Credential {
		f.Message = fmt.Sprintf("The reference of %s holds a password or token, which flake.lock and the store will show to everyone.", quoted(in.Name))
	}
	if risk.Better != "" {
		scheme, _, _ := strings.Cut(risk.Better, ":")
		title := "Use " + scheme
		if risk.Risk == ref.Credential {
			title = "Take the secret out: " + ref.Redact(risk.Better)
		}
		f.Fixes = []Fix{p.rewriteFix(title, false, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.SetValue(m, in.Syntax.URL.Attr.Value, rewrite.StringSource(risk.Better))
		})}
	}
	p.Report(f)
}
