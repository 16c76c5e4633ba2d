package report_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/report"
	"github.com/nix-pins-lsp/nix-pins-lsp/report/graph"
)

// branchedPolyrepo is a polyrepo whose pins is at main and has a branch stable, which was left behind main at its second commit and went on by itself,
// one that was merged long ago, and one that is packed; leaves refer to them by names of all kinds.
func branchedPolyrepo(t *testing.T) (root string, leaves []string) {
	t.Helper()
	root = t.TempDir()
	pins := filepath.Join(root, "pins")
	set := func(version string) string { return "nixpkgs github:NixOS/nixpkgs rev=" + version + " 2026-08-31\n" }
	lock := func(sketch string) string {
		_, content, err := locksketch.File("flake.lock (sketch)", []byte(sketch))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	commit := func(day int, version string) string {
		return realtools.GitCommitAt(t, pins, time.Date(2026, 9, day, 0, 0, 0, 0, time.UTC), map[string]string{
			"flake.nix": `{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }`, "flake.lock": lock(set(version)),
		})
	}
	reference := func(name, commit string) {
		realtools.WriteFiles(t, pins, map[string]string{".git/refs/" + name: commit + "\n"})
	}
	first, second := commit(1, "b1"), commit(2, "b2")
	commit(3, "c1")
	stable := commit(4, "c2")
	reference("heads/main", second) // and on it goes
	third := commit(5, "b3")
	reference("remotes/origin/stable", stable)
	reference("remotes/origin/release/old", first)
	config := func(name string) string {
		return "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/acme/" + name + "\n"
	}
	realtools.WriteFiles(t, pins, map[string]string{".git/config": config("pins"), ".git/packed-refs": second + " refs/remotes/origin/packed\n" + third + " refs/tags/v1\n"})
	for name, leaf := range map[string][3]string{
		"main": {"github:acme/pins", first, "b1"}, "named": {"git+ssh://git@github.com/acme/pins?ref=refs/heads/main", second, "b2"}, "head": {"github:acme/pins/HEAD", third, "b3"},
		"stable": {"github:acme/pins/stable", first, "b1"}, "stable-newest": {"git+ssh://git@github.com/acme/pins?ref=refs/heads/stable", stable, "c2"},
		"stable-own": {"github:acme/pins/stable", second, "e1"}, "old": {"git+ssh://git@github.com/acme/pins?ref=release/old", first, "b1"},
		"packed": {"github:acme/pins/packed", first, "b1"}, "tag": {"github:acme/pins/v1", first, "b1"}, "gone": {"github:acme/pins/gone", first, "b1"},
	} {
		realtools.WriteFiles(t, filepath.Join(root, name), map[string]string{
			"flake.nix": `{ inputs.pins.url = "` + leaf[0] + `"; outputs = _: { }; }`, ".git/config": config(name),
			"flake.lock": strings.ReplaceAll(lock("pins "+leaf[0]+" rev=f1 2026-09-01\n  "+set(leaf[2])), locksketch.Rev("f1"), leaf[1]),
		})
		leaves = append(leaves, name)
	}
	return root, leaves
}

// Breaks when a leaf that refers to another branch of pins than that of its HEAD is measured along that of HEAD, by the report, the rows or the graph,
// other than the rules do it.
func TestAlongTheBranchOfALeaf(t *testing.T) {
	root, leaves := branchedPolyrepo(t)
	s := openAt(t, root, reportTime)
	r := report.New(inventoryOf(s, root))
	want := map[string]string{
		"main": "2 behind", "named": "1 behind", "head": "0 behind", "stable": "3 behind along stable", "stable-newest": "0 behind along stable", "stable-own": "2 behind along stable",
		"old": "0 behind along release/old", "packed": "1 behind along packed", "tag": "unknown along v1", "gone": "unknown along gone",
	}
	say := func(behind *int, branch string) string {
		said := "unknown"
		if behind != nil {
			said = fmt.Sprintf("%d behind", *behind)
		}
		if branch != "" {
			said += " along " + branch
		}
		return said
	}
	got := map[string]string{}
	for _, l := range r.Leaves {
		got[l.Name] = say(l.Behind, l.Branch)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (- want, + is):\n%s", diff)
	}
	// As the rules and the rows have it.
	rows := rowsOf(t, s, root)
	var dirs []string
	for _, l := range s.Leaves() {
		name := filepath.Base(l.Dir)
		var behind *int
		column := `"behind":null`
		if at, ok := s.HistoryOf(l).Standing(l); ok {
			behind, column = &at.Behind, fmt.Sprintf(`"behind":%d,`, at.Behind)
		}
		if said := say(behind, s.OtherBranch(l)); said != want[name] {
			t.Errorf("the snapshot says of %s: %s, want %s", name, said, want[name])
		}
		for line := range strings.Lines(rows) {
			if strings.Contains(line, `"kind":"flake"`) && strings.Contains(line, `"path":"`+name+`"`) && !strings.Contains(line, column) {
				t.Errorf("no %s in %s", column, line)
			}
		}
		dirs = append(dirs, l.Dir)
	}
	if len(dirs) != len(leaves) {
		t.Fatalf("leaves %v", dirs)
	}
	drawn := map[string]string{}
	g := graph.Polyrepo(s, root, dirs)
	nodes := map[string]graph.Node{}
	for _, n := range g.Nodes {
		nodes[n.ID] = n
	}
	for _, e := range g.Edges {
		if from, to := nodes[e.From], nodes[e.To]; to.Kind == graph.Set {
			drawn[from.Name] = say(to.Behind, to.Ref)
		}
	}
	if diff := cmp.Diff(want, drawn); diff != "" {
		t.Errorf("graph (- want, + is):\n%s", diff)
	}
	text := textOf(t, r, report.TextOptions{Width: 100})
	for _, line := range []string{"on stable", "own: stable never had it", "refers to v1: not known"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}

// Breaks when pins, whose CI knows no leaf, does not write down what the leaves of its other branches need, or writes what two branches share more
// than once.
func TestMergeAlongBranches(t *testing.T) {
	root, leaves := branchedPolyrepo(t)
	whole := faces(t, report.New(inventoryOf(openAt(t, root, reportTime), root)))
	var merge report.Merge
	commits := map[string]int{}
	for _, name := range slices.Concat(leaves, []string{"pins"}) {
		repo := filepath.Join(root, name)
		rows := rowsOf(t, openAt(t, repo, reportTime), repo)
		for line := range strings.Lines(rows) {
			if strings.Contains(line, `"kind":"commit"`) {
				_, rest, _ := strings.Cut(line, `"ref":"`)
				branch, _, _ := strings.Cut(rest, `"`)
				commits[branch]++
			}
		}
		if err := merge.Read(strings.NewReader(rows), name+".jsonl"); err != nil {
			t.Fatal(err)
		}
	}
	if want := (map[string]int{"main": 3, "stable": 3, "release/old": 1, "packed": 1}); !maps.Equal(commits, want) {
		t.Errorf("commits %v, want %v", commits, want)
	}
	for face, got := range faces(t, report.New(merge.Inventory())) {
		if diff := cmp.Diff(whole[face], got); diff != "" {
			t.Errorf("%s (- whole, + merged):\n%s", face, diff)
		}
	}
}

// Breaks when commits of branches are written of a pins that is at none, where all leaves are measured along what it is at.
func TestAtNoBranch(t *testing.T) {
	root, _ := branchedPolyrepo(t)
	head, err := os.ReadFile(filepath.Join(root, "pins/.git/refs/heads/main"))
	if err != nil {
		t.Fatal(err)
	}
	realtools.WriteFiles(t, root, map[string]string{"pins/.git/HEAD": string(head)})
	r := report.New(inventoryOf(openAt(t, root, reportTime), root))
	for _, l := range r.Leaves {
		if l.Branch != "" || l.Behind == nil {
			t.Errorf("%+v", l)
		}
	}
}
