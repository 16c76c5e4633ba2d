package diagnostics

import (
	"strings"
	"testing"
)

// Breaks when the name of an input can drive the terminal that shows a finding, or end the line of a workflow command.
func TestControlCharacters(t *testing.T) {
	withRules(t, Rule{Code: "names", Level: Hint, Check: func(p *Pass) {
		for _, in := range p.Flake.Inputs {
			p.Report(Finding{Message: in.Name, Fixes: []Fix{NewFix(func() Made { return Made{Title: in.Name} })}})
		}
	}})
	findings, _ := judge(t, map[string]string{"flake.nix": "{ inputs.\"a\x1b[31mb\\nc\u009bd\".url = \"github:o/r\"; outputs = _: { }; }"})
	if len(findings) != 1 {
		t.Fatalf("findings %v", findings)
	}
	for _, shown := range []string{findings[0].Message, findings[0].Fixes[0].Title()} {
		if strings.ContainsAny(shown, "\x1b\n\u009b") || !strings.HasPrefix(shown, "a") || !strings.HasSuffix(shown, "d") {
			t.Errorf("shown as %q", shown)
		}
	}
}
