package diagnostics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a rule about releases and age says something else of a real flake, beside its real lock where there is one, on
// the archives' day. The golden file says how often they speak and what of; the lines of unsupported-release, release-mismatch and
// tracking-repo were read one by one, those of old-lock only by sample. A real flake of years ago is mostly at a release that is
// over by then.
func TestReleasesOfRealFlakes(t *testing.T) {
	files, err := filepath.Glob("../parse/testdata/real/*.inputs.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no real inputs (%v)", err)
	}
	root := realtools.TempDir(t)
	realtools.WriteFiles(t, root, map[string]string{".nix-pins.toml": "rules.old-lock = \"hint\"\nrules.tracking-repo = \"hint\"\n"})
	names := make([]string, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := manifestgen.FromJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		names[i] = strings.TrimSuffix(filepath.Base(file), ".inputs.json")
		model := manifestgen.Model{Inputs: inputs, Outputs: manifestgen.Function{Argument: "inputs"}}
		realtools.WriteFiles(t, root, map[string]string{names[i] + "/flake.nix": manifestgen.Render(model, manifestgen.Layout{})})
		if lock, err := os.ReadFile(filepath.Join("../flake/lock/testdata/real", names[i]+".flake.lock")); err == nil {
			realtools.WriteFiles(t, root, map[string]string{names[i] + "/flake.lock": string(lock)})
		}
	}
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	counts := map[string]int{}
	var said strings.Builder
	for _, name := range names {
		findings, err := diagnostics.Run(context.Background(), s, filepath.Join(root, name, "flake.nix"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			switch f.Code {
			case "unsupported-release", "release-mismatch", "old-lock", "tracking-repo":
			default:
				continue
			}
			counts[f.Code]++
			fmt.Fprintf(&said, "%s: %s: %s\n", name, f.Code, f.Message)
			for _, fix := range f.Fixes {
				if _, err := fix.Edits(); err != nil {
					t.Errorf("%s: %s: %v", name, fix.Title(), err)
				}
				fmt.Fprintf(&said, "    %s\n", fix.Title())
			}
		}
	}
	var head strings.Builder
	fmt.Fprintf(&head, "%d real flakes, on %s\n", len(names), archiveDay.Format("2006-01-02"))
	for _, code := range []string{"unsupported-release", "release-mismatch", "old-lock", "tracking-repo"} {
		fmt.Fprintf(&head, "%s: %d\n", code, counts[code])
	}
	got, golden := head.String()+"\n"+said.String(), filepath.Join("testdata", "realreleases.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("(-want +got):\n%s", diff.Diff("want", want, "got", []byte(got)))
	}
}
