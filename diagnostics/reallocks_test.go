package diagnostics_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// lockRules are the rules that compare a flake with its own lock.
var lockRules = []string{"invalid-lock", "stale-lock", "unfollowed-pins", "duplicate-source", "unknown-override", "override-drift"}

// realLocked lays the real flakes that have a lock, one folder each, and gives their names in order. Flakes with relative inputs are
// left out: what they refer to is not here.
func realLocked(t *testing.T, root string) []string {
	t.Helper()
	locks, err := filepath.Glob("../flake/lock/testdata/real/*.flake.lock")
	if err != nil || len(locks) == 0 {
		t.Fatalf("no real locks (%v)", err)
	}
	var names []string
	for _, path := range locks {
		lock, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(strings.TrimSuffix(path, ".flake.lock") + ".inputs.json")
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := manifestgen.FromJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(lock), `"./`) || strings.Contains(string(lock), `"../`) {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(path), ".flake.lock")
		model := manifestgen.Model{Inputs: inputs, Outputs: manifestgen.Function{Argument: "inputs"}}
		realtools.WriteFiles(t, root, map[string]string{name + "/flake.nix": manifestgen.Render(model, manifestgen.Layout{}), name + "/flake.lock": string(lock)})
		names = append(names, name)
	}
	return names
}

// Breaks when a rule about locks finds more or less in the locks of real flakes than when each of its findings was looked at; when it
// is loud about one that Nix takes as it is.
func TestLockRulesOnRealFlakes(t *testing.T) {
	root := realtools.TempDir(t)
	names := realLocked(t, root)
	realtools.WriteFiles(t, root, map[string]string{".nix-pins.toml": "[rules]\noverride-drift = \"hint\"\n"})
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	var b strings.Builder
	total := map[string]int{}
	for _, name := range names {
		counts := map[string]int{}
		for _, file := range []string{"flake.nix", "flake.lock"} {
			found, err := diagnostics.Run(context.Background(), s, filepath.Join(root, name, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if slices.Contains(lockRules, f.Code) {
					counts[fmt.Sprintf("%s %s %s", file, f.Code, f.Severity)]++
				}
			}
		}
		for _, what := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "%s: %s: %d\n", name, what, counts[what])
			total[what] += counts[what]
		}
	}
	fmt.Fprintf(&b, "\n%d flakes:\n", len(names))
	for _, what := range slices.Sorted(maps.Keys(total)) {
		fmt.Fprintf(&b, "%s: %d\n", what, total[what])
	}
	const golden = "testdata/real-locks.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("(-want +got):\n%s", diff.Diff("want", want, "got", []byte(b.String())))
	}
}

// Breaks when stale-lock speaks of a real lock that real Nix takes as it is, or is silent about one for which Nix would need the
// network, unless it is because Nix reads a flake again.
func TestStaleLockOnRealFlakesAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	root := realtools.TempDir(t)
	names := realLocked(t, root)
	s := openWorkspace(t, root, filepath.Join(root, "home")).Snapshot()
	var guard sync.Mutex
	counts := map[string]int{}
	t.Run("flakes", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(root, name)
				found, err := diagnostics.Run(context.Background(), s, filepath.Join(dir, "flake.nix"))
				if err != nil {
					t.Fatal(err)
				}
				stale := slices.ContainsFunc(found, func(f diagnostics.Finding) bool { return f.Code == "stale-lock" })
				_, _, err = nix.FlakeMetadata("path:"+dir, "--no-update-lock-file")
				guard.Lock()
				defer guard.Unlock()
				switch {
				case err == nil && stale:
					t.Error("Nix takes the lock as it is")
				case err != nil && !stale:
					counts["silent"]++
					t.Logf("Nix says %v", err)
				default:
					counts[fmt.Sprint("stale ", stale)]++
				}
			})
		}
	})
	// Leaves behind leaves: Nix fetches them again.
	if counts["silent"] > 2 || counts["stale false"] < 50 || counts["stale true"] < 4 {
		t.Errorf("%v", counts)
	}
}
