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
	Code:    "ignored-parameter",
	Level:   Warning,
	Since:   "0.1.0",
	Summary: "A parameter of a flake reference that Nix drops without an error.",
	Doc: `## What it does

Finds keys in the query of a flake reference that have no effect: other than ` + "`ref`, `rev`, `host`, `dir` and `narHash`" + ` on a forge reference
(` + "`github:`, `gitlab:`, `sourcehut:`" + `), other than ` + "`dir`" + ` on ` + "`flake:`" + `, and Booleans of a ` + "`git+`" + ` reference that are neither ` + "`1`" + ` nor ` + "`0`" + `.
Unknown keys of ` + "`git+`" + `, tarball and file URLs are left alone: they belong to the server.

## Why is this bad?

` + "`github:owner/repo?submodules=1`" + ` fetches no submodules, and nothing says so; neither does ` + "`submodules=true`" + ` on a ` + "`git+`" + ` reference, since only
` + "`1`" + ` is true.

## How to mend it

Use a form that knows the parameter, such as ` + "`git+https://github.com/owner/repo.git?submodules=1`" + `, or leave the parameter out.

## Fix safety

Leaving out a parameter that has no effect is safe: it is the same reference as before. A form in which the parameter works is
another reference, and so a choice.

## References

Nix manual: nix flake, section "Types".
`,
	Check: func(p *Pass) {
		for in := range allInputs(p.Flake.Inputs) {
			if !written(in) || dead(in.Parent) || in.IsFollow || in.Syntax.Type != nil {
				continue
			}
			url, _ := in.Syntax.URL.Text()
			for _, parameter := range ref.Ignored(url) {
				p.reportIgnoredParameter(in, parameter)
			}
		}
	},
})

func (p *Pass) reportIgnoredParameter(in *workspace.Input, parameter ref.Param) {
	f := Finding{
		Span: within(in.Syntax.URL, p.Manifest.Text, parameter.Span), Object: key(in.Path),
		Message: fmt.Sprintf("The parameter %s has no effect: %s.", quoted(parameter.Key), parameter.Why),
	}
	if better, err := ref.ParseInputOf(parameter.Better, in.IsFlake); err == nil {
		same := better == in.Reference
		title := "Write " + ref.Redact(parameter.Better)
		if gone := !strings.Contains(parameter.Better, parameter.Key+"="); gone {
			title, f.Unnecessary = "Leave out "+parameter.Key, true
		} else if same {
			f.Severity = Hint // "false" is read as it was meant, though not because it says so
		}
		f.Fixes = []Fix{p.rewriteFix(title, same, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.SetURL(m, in.Syntax, parameter.Better)
		})}
	}
	p.Report(f)
}
