package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// BenchmarkRun is what a keystroke costs after the frame is read: a snapshot with a new text of a leaf of 60 inputs, judged by
// every rule; once with nothing to find, once with a finding for each input.
func BenchmarkRun(b *testing.B) {
	for _, findings := range []int{0, 60} {
		b.Run(fmt.Sprintf("%d findings", findings), func(b *testing.B) {
			var pins, leaf strings.Builder
			leaf.WriteString("{\n  inputs.pins.url = \"github:acme/pins\";\n")
			pins.WriteString("{\n")
			for i := range 60 {
				fmt.Fprintf(&pins, "  inputs.tool-%d.url = \"github:acme/tool-%d\";\n", i, i)
				if i < findings {
					fmt.Fprintf(&leaf, "  inputs.tool-%d = {\n    url = \"github:acme/tool-%d\"; # why\n  };\n", i, i)
				} else {
					fmt.Fprintf(&leaf, "  inputs.tool-%d = {\n    follows = \"pins/tool-%d\"; # why\n  };\n", i, i)
				}
			}
			leaf.WriteString("  outputs = inputs: { };\n}\n")
			pins.WriteString("  outputs = _: { };\n}\n")
			root := b.TempDir()
			for name, text := range map[string]string{"pins": pins.String(), "leaf": leaf.String()} {
				if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
					b.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, name, "flake.nix"), []byte(text), 0o644); err != nil {
					b.Fatal(err)
				}
			}
			w := workspace.New(workspace.Options{Roots: []string{root}, RuleCodes: diagnostics.Codes()})
			if err := w.Index(context.Background(), nil); err != nil {
				b.Fatal(err)
			}
			path := filepath.Join(root, "leaf", "flake.nix")
			for i := 0; b.Loop(); i++ {
				s := w.Open(path, int32(i), fmt.Sprintf("%s# %d\n", leaf.String(), i))
				found, err := diagnostics.Run(context.Background(), s, path)
				if err != nil || len(found) != findings {
					b.Fatalf("%d findings, %v; want %d: %v", len(found), err, findings, found)
				}
			}
		})
	}
}
