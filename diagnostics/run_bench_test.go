package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
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

// BenchmarkKey is what a keystroke costs in a leaf of 60 inputs whose lock has 150 nodes, as the server judges it: findings are kept with
// what they depend on.
func BenchmarkKey(b *testing.B) {
	for _, findings := range []int{5, 60} {
		b.Run(fmt.Sprintf("%d findings", findings), func(b *testing.B) {
			var pins, leaf, pinsLock, leafLock strings.Builder
			for i := range 60 {
				url := fmt.Sprintf("github:owner-%d/repository", i)
				fmt.Fprintf(&pins, "    input-%d.url = \"%s\";\n", i, url)
				fmt.Fprintf(&pinsLock, "  input-%d %s rev=%x 2026-11-%02d\n", i, url, 0xa00+i, i%25+1)
				if i < findings {
					fmt.Fprintf(&leaf, "    input-%d.url = \"%s\";\n", i, url)
					fmt.Fprintf(&leafLock, "input-%d %s rev=%x 2026-11-%02d\n", i, url, 0xa00+i, i%25+1)
				} else {
					fmt.Fprintf(&leaf, "    input-%d.follows = \"pins/input-%d\";\n", i, i)
					fmt.Fprintf(&leafLock, "input-%d -> pins/input-%d\n", i, i)
				}
			}
			for i := range 150 - 2 - 60 - findings {
				fmt.Fprintf(&pinsLock, "    below-%d github:below-%d/repository rev=%x 2026-10-%02d\n", i, i, 0xb00+i, i%25+1)
			}
			lock, err := locksketch.Expand("pins github:acme/sixty-pins rev=c1 2026-11-25\n" + pinsLock.String() + leafLock.String())
			if err != nil {
				b.Fatal(err)
			}
			text := "{\n  inputs = {\n    pins.url = \"github:acme/sixty-pins\";\n" + leaf.String() + "  };\n  outputs = inputs: { };\n}\n"
			root := b.TempDir()
			for name, content := range map[string]string{
				"pins/flake.nix":   "{\n  inputs = {\n" + pins.String() + "  };\n  outputs = _: { };\n}\n",
				"pins/.git/config": "[remote \"origin\"]\n\turl = git@github.com:acme/sixty-pins.git\n",
				"leaf/flake.nix":   text,
				"leaf/flake.lock":  lock,
			} {
				path := filepath.Join(root, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					b.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					b.Fatal(err)
				}
			}
			w := workspace.New(workspace.Options{Roots: []string{root}, RuleCodes: diagnostics.Codes()})
			if err := w.Index(context.Background(), nil); err != nil {
				b.Fatal(err)
			}
			path := filepath.Join(root, "leaf", "flake.nix")
			var kept diagnostics.Kept
			w.Open(path, 0, text)
			for i := 1; b.Loop(); i++ {
				s := w.Change(path, int32(i), fmt.Sprintf("%s# %d\n", text, i))
				found, err := kept.Run(context.Background(), s, path)
				if err != nil || len(found) < findings {
					b.Fatalf("%d findings, %v; want %d: %v", len(found), err, findings, found)
				}
			}
		})
	}
}
