package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/report"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// fleetSize is the number of leaves.
const fleetSize = 200

// fleet is a polyrepo of real Git repositories, with a pins that a real Nix locks.
type fleet struct {
	*testing.T
	nix              *realtools.Nix
	base, work, pins string
	commits          []string // of pins
}

// october is the noon of a day.
func october(day int) time.Time { return time.Date(2026, 10, day, 12, 0, 0, 0, time.UTC) }

func (f *fleet) leaf(i int) string { return filepath.Join(f.work, fmt.Sprintf("leaf%03d", i)) }

func (f *fleet) url(name string) string {
	return `"git+file://` + filepath.Join(f.base, "upstream", name) + `"`
}

// advance makes the next commit of each upstream.
func (f *fleet) advance(day int) {
	f.Helper()
	for name, inputs := range map[string]string{"nixpkgs": "", "crane": "inputs.nixpkgs.url = " + f.url("nixpkgs") + "; ", "unused": "", "extra": ""} {
		realtools.GitCommitAt(f.T, filepath.Join(f.base, "upstream", name), october(day), map[string]string{
			"flake.nix": "{ " + inputs + "outputs = _: { }; } # " + fmt.Sprint(day) + "\n",
		})
	}
}

// run runs Nix in a folder.
func (f *fleet) run(dir string, args ...string) {
	f.Helper()
	if _, stderr, err := f.nix.Run(dir, append([]string{"flake"}, args...)...); err != nil {
		f.Fatalf("nix flake %s in %s: %v\n%s", strings.Join(args, " "), dir, err, stderr)
	}
}

// commitPins commits what pins has by now.
func (f *fleet) commitPins(day int) {
	f.Helper()
	f.commits = append(f.commits, realtools.GitCommitAt(f.T, f.pins, october(day), nil))
}

func (f *fleet) read(path string) string {
	f.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	return string(content)
}

// fresh is the lock that Nix makes today for a leaf that has none.
func (f *fleet) fresh(leaf int) string {
	f.Helper()
	dir := filepath.Join(f.base, "fresh")
	if err := os.RemoveAll(dir); err != nil {
		f.Fatal(err)
	}
	realtools.WriteFiles(f.T, dir, map[string]string{"flake.nix": f.read(filepath.Join(f.leaf(leaf), "flake.nix"))})
	f.run(dir, "lock")
	return f.read(filepath.Join(dir, "flake.lock"))
}

// update brings leaves to what pins has: the first by Nix, the others by what Nix wrote there, which is the same for all.
func (f *fleet) update(from, to int) {
	f.Helper()
	f.run(f.leaf(from), "update", "pins")
	lock := f.read(filepath.Join(f.leaf(from), "flake.lock"))
	if fresh := f.fresh(from); lock != fresh {
		f.Errorf("an updated lock is not what a new one is: %s", cmp.Diff(fresh, lock))
	}
	for i := from + 1; i < to; i++ {
		realtools.WriteFiles(f.T, f.leaf(i), map[string]string{"flake.lock": lock})
	}
}

// withHelper is a lock with an input helper more.
func (f *fleet) withHelper(lock string) string {
	f.Helper()
	var file struct {
		Nodes   map[string]map[string]any `json:"nodes"`
		Root    string                    `json:"root"`
		Version int                       `json:"version"`
	}
	if err := json.Unmarshal([]byte(lock), &file); err != nil {
		f.Fatal(err)
	}
	source := map[string]any{"type": "github", "owner": "acme", "repo": "helper"}
	locked := maps.Clone(source)
	maps.Copy(locked, map[string]any{"rev": strings.Repeat("ab", 20), "narHash": "sha256-q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", "lastModified": october(1).Unix()})
	file.Nodes["helper"] = map[string]any{"original": source, "locked": locked}
	file.Nodes["root"]["inputs"].(map[string]any)["helper"] = "helper"
	content, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		f.Fatal(err)
	}
	return string(content) + "\n"
}

// story is what the facts of a workspace say of a polyrepo, in few lines.
func story(s *workspace.Snapshot, pins string) string {
	var b strings.Builder
	id := workspace.PinsID{Dir: pins}
	history := s.History(id)
	fmt.Fprintf(&b, "pins: from Git %t, whole %t", history.FromGit, history.Whole)
	for _, set := range history.Sets {
		fmt.Fprintf(&b, ", %s", set.At.Format("2 Jan"))
	}
	places := map[string][]string{}
	sets := map[string]bool{}
	for _, l := range s.Leaves() {
		at, ok := history.Standing(l)
		place := fmt.Sprintf("%d behind, of %s", at.Behind, at.At.UTC().Format("2 Jan"))
		if at.Own {
			place += ", own"
		}
		if !ok || !at.Placed || l.Pins != id {
			place = "unknown"
		}
		places[place] = append(places[place], filepath.Base(l.Dir))
		if l.Set != nil {
			sets[l.Set.ID] = true
		}
	}
	fmt.Fprintf(&b, "\n%d leaves with %d sets\n", len(s.Leaves()), len(sets))
	for _, place := range slices.Sorted(maps.Keys(places)) {
		fmt.Fprintf(&b, "%s: %d", place, len(places[place]))
		if len(places[place]) == 1 {
			b.WriteString(" " + places[place][0])
		}
		b.WriteByte('\n')
	}
	followers := s.Followers(id)
	for _, name := range slices.Sorted(maps.Keys(followers)) {
		fmt.Fprintf(&b, "%s is followed by %d\n", name, len(followers[name]))
	}
	fmt.Fprintf(&b, "nobody follows %v\n", s.Orphans(id))
	for _, c := range s.Candidates(id) {
		fmt.Fprintf(&b, "could offer %s to %d\n", c.Source, len(c.Uses))
	}
	return b.String()
}

// reported is the summary of `report --format json`, and how many versions of nixpkgs it tells.
func (f *fleet) reported(s *workspace.Snapshot) string {
	f.Helper()
	r := report.New(report.NewInventory(report.Collect(s, report.Scope{Root: f.work})))
	var text bytes.Buffer
	if err := r.JSON(&text); err != nil {
		f.Fatal(err)
	}
	var out struct {
		Summary report.Summary
		Sources []report.Source
		Leaves  []struct {
			Name   string
			Behind *int
			Own    bool
		}
	}
	if err := json.Unmarshal(text.Bytes(), &out); err != nil {
		f.Fatal(err)
	}
	var b strings.Builder
	sum := out.Summary
	fmt.Fprintf(&b, "%d flakes, %d leaves, %d locked; %d sets, %d current, at most %d behind; %d candidates, %d orphans\n",
		sum.Flakes, sum.Leaves, sum.Locked, sum.PackageSets, sum.Current, sum.Behind, sum.Candidates, sum.Orphans)
	for _, source := range out.Sources {
		if strings.HasSuffix(source.Source, "/nixpkgs") {
			fmt.Fprintf(&b, "nixpkgs at %d versions in %d flakes\n", len(source.Versions), source.Flakes)
		}
	}
	for _, l := range out.Leaves {
		if l.Own && l.Behind != nil {
			fmt.Fprintf(&b, "%s has a set of its own, %d behind\n", filepath.Base(l.Name), *l.Behind)
		}
	}
	return b.String()
}

func (f *fleet) expect(when, want string) {
	f.Helper()
	s := index(f.T, f.work)
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), story(s, f.pins)+f.reported(s)); diff != "" {
		f.Errorf("%s: %s", when, diff)
	}
}

// Breaks when what is told of a polyrepo of 200 Git repositories is not what was done in it: pins updated three times, leaves that
// followed or did not, one that moved nixpkgs alone, pins pushed with a flake.nix ahead of its lock and a leaf locked after that, a
// source that pins lacks. The locks are Nix's, and Nix is content with those that were copied.
func TestTwoHundredRepos(t *testing.T) {
	base := realtools.TempDir(t)
	f := &fleet{T: t, nix: realtools.NewNix(t), base: base, work: filepath.Join(base, "work")}
	f.pins = filepath.Join(f.work, "pins")
	f.advance(1)
	pinsText := func(more string) map[string]string {
		return map[string]string{"flake.nix": `{
  inputs = {
    nixpkgs.url = ` + f.url("nixpkgs") + `;
    crane = { url = ` + f.url("crane") + `; inputs.nixpkgs.follows = "nixpkgs"; };
    unused.url = ` + f.url("unused") + `;
` + more + `  };
  outputs = _: { };
}
`}
	}
	realtools.GitCommitAt(t, f.pins, october(1), pinsText(""))
	f.run(f.pins, "lock")
	f.commitPins(2)
	leafText := func(more string) string {
		return `{
  inputs = {
    pins.url = "git+file://` + f.pins + `";
    nixpkgs.follows = "pins/nixpkgs";
    crane.follows = "pins/crane";
` + more + `  };
  outputs = _: { };
}
`
	}
	const helped, moved, ahead = 150, 100, 5 // helped is the first of three
	realtools.WriteFiles(t, f.leaf(0), map[string]string{"flake.nix": leafText("")})
	lock := f.fresh(0)
	for i := range fleetSize {
		files := map[string]string{"flake.nix": leafText(""), "flake.lock": lock}
		if helped <= i && i < helped+3 {
			files = map[string]string{"flake.nix": leafText("    helper.url = \"github:acme/helper\";\n"), "flake.lock": f.withHelper(lock)}
		}
		realtools.GitCommitAt(t, f.leaf(i), october(3).Add(time.Duration(i)*time.Hour/10), files)
	}
	f.expect("all are new", `
pins: from Git true, whole true, 2 Oct
200 leaves with 1 sets
0 behind, of 2 Oct: 200
crane is followed by 200
nixpkgs is followed by 200
nobody follows [unused]
could offer github.com/acme/helper to 3
201 flakes, 200 leaves, 201 locked; 1 sets, 200 current, at most 0 behind; 1 candidates, 1 orphans
nixpkgs at 1 versions in 201 flakes
`)

	f.advance(7)
	f.run(f.pins, "update")
	f.commitPins(8)
	f.update(0, 120)
	f.advance(14)
	f.run(f.pins, "update")
	f.commitPins(15)
	f.update(0, 60)
	f.run(f.leaf(moved), "update", "pins/nixpkgs")
	f.expect("updated twice", `
pins: from Git true, whole true, 15 Oct, 8 Oct, 2 Oct
200 leaves with 4 sets
0 behind, of 15 Oct: 60
1 behind, of 8 Oct: 59
1 behind, of 8 Oct, own: 1 leaf100
2 behind, of 2 Oct: 80
crane is followed by 200
nixpkgs is followed by 200
nobody follows [unused]
could offer github.com/acme/helper to 3
201 flakes, 200 leaves, 201 locked; 4 sets, 60 current, at most 2 behind; 1 candidates, 1 orphans
nixpkgs at 3 versions in 201 flakes
leaf100 has a set of its own, 1 behind
`)

	f.advance(21)
	f.run(f.pins, "update", "nixpkgs")
	f.commitPins(22)
	f.update(0, 20)
	// Somebody adds an input and pushes before locking; a leaf that takes that commit resolves the input for itself.
	realtools.WriteFiles(t, f.pins, pinsText("    extra.url = "+f.url("extra")+";\n"))
	f.commitPins(23)
	realtools.WriteFiles(t, f.leaf(ahead), map[string]string{"flake.nix": leafText("    extra.follows = \"pins/extra\";\n")})
	f.run(f.leaf(ahead), "update", "pins")
	f.expect("updated three times, and pushed ahead of the lock", `
pins: from Git true, whole true, 22 Oct, 15 Oct, 8 Oct, 2 Oct
200 leaves with 6 sets
0 behind, of 22 Oct: 19
0 behind, of 23 Oct, own: 1 leaf005
1 behind, of 15 Oct: 40
2 behind, of 8 Oct: 59
2 behind, of 8 Oct, own: 1 leaf100
3 behind, of 2 Oct: 80
crane is followed by 200
extra is followed by 1
nixpkgs is followed by 200
nobody follows [unused]
could offer github.com/acme/helper to 3
201 flakes, 200 leaves, 201 locked; 6 sets, 19 current, at most 3 behind; 1 candidates, 1 orphans
nixpkgs at 4 versions in 201 flakes
leaf100 has a set of its own, 2 behind
leaf005 has a set of its own, 0 behind
`)
	for _, i := range []int{0, ahead, 30, moved, 101, helped, 199} {
		if _, stderr, err := f.nix.Run(f.leaf(i), "flake", "metadata", "--no-update-lock-file", "path:"+f.leaf(i)); err != nil {
			t.Errorf("Nix is not content with leaf %d: %s", i, stderr)
		}
	}
}
