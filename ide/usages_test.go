package ide_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
)

// Breaks when a place that names an input is missed, or one that names another input is taken for it; when what is highlighted in
// the file is something else than the usages in it.
func TestUsages(t *testing.T) {
	run(t, "usages", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		usages, ok, err := ide.Usages(t.Context(), s.Snapshot(), s.path, s.start)
		if err != nil {
			t.Error(err)
		}
		if !ok {
			return "none\n"
		}
		here := 0
		var b strings.Builder
		var order []string
		byPath := map[string][]ide.Usage{}
		for _, u := range usages {
			if byPath[u.Path] == nil {
				order = append(order, u.Path)
			}
			byPath[u.Path] = append(byPath[u.Path], u)
			if u.Path == s.path {
				here++
			}
		}
		if got := ide.UsagesHere(s.Snapshot(), s.path, s.start); len(got) != here {
			t.Errorf("%d usages here are highlighted, want %d", len(got), here)
		}
		for _, path := range order {
			file, err := s.Snapshot().File(path)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(s.root, path)
			if err != nil {
				t.Fatal(err)
			}
			var marked strings.Builder
			at := 0
			for _, u := range byPath[path] {
				opening, closing := "‹", "›"
				if u.Declares {
					opening, closing = "[", "]"
				}
				marked.WriteString(file.Text[at:u.Span.Start] + opening + u.Span.In(file.Text) + closing)
				at = u.Span.End
			}
			marked.WriteString(file.Text[at:])
			for line := range strings.Lines(marked.String()) {
				if strings.ContainsAny(line, "[‹") {
					fmt.Fprintf(&b, "%s: %s\n", name, strings.TrimSpace(line))
				}
			}
		}
		return b.String()
	})
}

// Breaks when only some of very many flakes that name an input are told, or the work goes on when the person has taken the question back.
func TestUsagesInManyFlakes(t *testing.T) {
	const leaves = 1200
	files := []txtar.File{{Name: "pins/flake.nix", Data: []byte("{\n  inputs.$0nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = _: { };\n}\n")}}
	for i := range leaves {
		files = append(files, txtar.File{
			Name: fmt.Sprintf("leaf-%04d/flake.nix", i),
			Data: []byte("{\n  inputs.pins.url = \"path:../pins\";\n  inputs.nixpkgs.follows = \"pins/nixpkgs\";\n  outputs = _: { };\n}\n"),
		})
	}
	s := lay(t, files)
	usages, _, err := ide.Usages(t.Context(), s.Snapshot(), s.path, s.start)
	if err != nil || len(usages) != 1+leaves {
		t.Errorf("%d usages, want the declaration and those of %d leaves; %v", len(usages), leaves, err)
	}
	for i, usage := range usages[1:] {
		if want := fmt.Sprintf("leaf-%04d", i); filepath.Base(filepath.Dir(usage.Path)) != want {
			t.Fatalf("usage %d is in %s, want %s", i, usage.Path, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := ide.Usages(ctx, s.Snapshot(), s.path, s.start); !errors.Is(err, context.Canceled) {
		t.Errorf("when it is taken back: %v", err)
	}
}
