package diagnostics_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when the search for a circle goes all ways through flakes without a lock: through these there are 2^40, and it does not end.
func TestCircleAmongManyUnlockedFlakes(t *testing.T) {
	work := t.TempDir()
	const layers = 40
	for layer := range layers {
		for _, side := range []string{"a", "b"} {
			inputs := ""
			if layer+1 < layers {
				inputs = fmt.Sprintf(`inputs.a.url = "github:acme/a%d"; inputs.b.url = "github:acme/b%[1]d"; `, layer+1)
			}
			name := fmt.Sprintf("%s%d", side, layer)
			realtools.WriteFiles(t, filepath.Join(work, name), map[string]string{
				"flake.nix": "{ " + inputs + "outputs = _: { }; }", ".git/config": "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/" + name + "\n",
			})
		}
	}
	w := openWorkspace(t, work, t.TempDir())
	findings, err := diagnostics.RunRules(context.Background(), w.Snapshot(), filepath.Join(work, "a0", "flake.nix"), diagnostics.RuleOf("invalid-reference"))
	if err != nil || len(findings) > 0 {
		t.Errorf("%v %v", findings, err)
	}
}
