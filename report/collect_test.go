package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/polyrepogen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/report"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a report says other things than the snapshot that its rows were made of: where a leaf stands, what pins could offer, what
// nobody follows, what the registry has.
func TestAsTheSnapshot(t *testing.T) {
	root := t.TempDir()
	generated, err := polyrepogen.Write(root, polyrepogen.Options{Seed: 7, Leaves: 150})
	if err != nil {
		t.Fatal(err)
	}
	commitPins(t, generated.Pins)
	s := openAt(t, root, reportTime)
	r := report.New(inventoryOf(s, root))
	byPath := map[string]report.Leaf{}
	for _, l := range r.Leaves {
		byPath[l.FlakeID.String()] = l
	}
	if len(byPath) != len(s.Leaves()) || len(byPath) < 100 {
		t.Fatalf("%d leaves, the snapshot has %d", len(byPath), len(s.Leaves()))
	}
	for _, l := range s.Leaves() {
		_, inside, remote, _ := s.RepositoryOf(l.Dir)
		got := byPath[report.FlakeID{Repo: string(remote), Folder: inside}.String()]
		at, ok := s.History(l.Pins).Standing(l)
		if !ok || got.Behind == nil || *got.Behind != at.Behind || got.Own != at.Own || got.Certain != at.Placed || !got.Date.Equal(at.At) {
			t.Errorf("%s stands at %+v, the snapshot says %+v", l.Dir, got, at)
		}
	}
	id := workspace.PinsID{Dir: generated.Pins}
	if len(r.Pins) != 1 {
		t.Fatalf("%d pins", len(r.Pins))
	}
	pins := r.Pins[0]
	var want, have []string
	for _, c := range s.Candidates(id) {
		users := map[string]bool{}
		for _, use := range c.Uses {
			users[use.Dir] = true
		}
		want = append(want, fmt.Sprint(c.Source, " ", len(users)))
	}
	for _, c := range pins.Candidates {
		have = append(have, fmt.Sprint(c.Source, " ", len(c.Leaves)))
	}
	if diff := cmp.Diff(want, have); diff != "" || len(have) == 0 {
		t.Errorf("candidates (- snapshot, + report):\n%s", diff)
	}
	if diff := cmp.Diff(append([]string{}, s.Orphans(id)...), pins.Orphans); diff != "" {
		t.Errorf("orphans (- snapshot, + report):\n%s", diff)
	}
	history := s.History(id)
	var sets, reported []string
	for _, set := range history.Sets {
		sets = append(sets, set.ID+" "+set.Rev+" "+set.At.String())
	}
	for _, set := range pins.Sets {
		reported = append(reported, set.ID+" "+set.Rev+" "+set.Date.String())
	}
	if diff := cmp.Diff(sets, reported); diff != "" || len(sets) < 3 {
		t.Errorf("sets of pins (- snapshot, + report):\n%s", diff)
	}
	pin, ok := s.NixpkgsInRegistry(id)
	if !ok || pins.Registry == nil || pins.Registry.PinsRev != pin.Pins.Rev() || pins.Registry.Agrees != pin.Agrees ||
		!strings.HasSuffix(pins.Registry.Command, pin.Reference.String()) {
		t.Errorf("registry: %+v, the snapshot says %+v", pins.Registry, pin)
	}
}

// commitPins makes the folder of pins a repository with its present lock and an older one as its history.
func commitPins(t *testing.T, dir string) {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(dir, "flake.lock"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(dir, ".git/config"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
		t.Fatal(err)
	}
	older := `{"nodes":{"root":{}},"root":"root","version":7}`
	realtools.GitCommit(t, dir, map[string]string{"flake.lock": older})
	realtools.GitCommit(t, dir, map[string]string{"flake.lock": string(lock)})
	if err := os.WriteFile(filepath.Join(dir, ".git/config"), config, 0o644); err != nil {
		t.Fatal(err)
	}
}

// splitPolyrepo is a polyrepo of many repositories, of which one holds several flakes, and the folders of its repositories.
func splitPolyrepo(t *testing.T) (root string, repos []string) {
	t.Helper()
	root = t.TempDir()
	archive, err := txtar.ParseFile("testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	writeArchive(t, archive.Files, "now/", root)
	commitPins(t, filepath.Join(root, "pins"))
	generated := filepath.Join(root, "more")
	if err := os.MkdirAll(generated, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := polyrepogen.Write(generated, polyrepogen.Options{Seed: 3, Leaves: 40}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(generated, "pins")); err != nil { // there is one already
		t.Fatal(err)
	}
	for _, pattern := range []string{"*/.git", "more/*/.git", "more/*/*/.git"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, git := range found {
			repos = append(repos, filepath.Dir(git))
		}
	}
	if len(repos) < 30 {
		t.Fatalf("%d repositories", len(repos))
	}
	return root, repos
}

// faces are all that a report prints.
func faces(t *testing.T, r *report.Report) map[string]string {
	t.Helper()
	var j strings.Builder
	if err := r.JSON(&j); err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := r.HTML(&page); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"text": textOf(t, r, report.TextOptions{Width: 120, All: true}), "json": j.String(), "html": page.String()}
}

// Breaks when the inventories that each repository's CI wrote on its own do not make the report of the folder that holds all of them.
func TestMergeIsTheWhole(t *testing.T) {
	root, repos := splitPolyrepo(t)
	whole := faces(t, report.New(inventoryOf(openAt(t, root, reportTime), root)))
	slices.Reverse(repos) // the order of files says nothing
	var merge report.Merge
	for _, repo := range repos {
		rows := rowsOf(t, openAt(t, repo, reportTime), repo)
		if err := merge.Read(strings.NewReader(rows), filepath.Base(repo)+".jsonl"); err != nil {
			t.Fatal(err)
		}
	}
	for face, got := range faces(t, report.New(merge.Inventory())) {
		if diff := cmp.Diff(whole[face], got); diff != "" {
			t.Errorf("%s (- whole, + merged):\n%s", face, diff)
		}
	}
	// One file that holds all says the same.
	var one report.Merge
	if err := one.Read(strings.NewReader(rowsOf(t, openAt(t, root, reportTime), root)), "all.jsonl"); err != nil {
		t.Fatal(err)
	}
	for face, got := range faces(t, report.New(one.Inventory())) {
		if diff := cmp.Diff(whole[face], got); diff != "" {
			t.Errorf("%s (- folder, + its file):\n%s", face, diff)
		}
	}
}

// Breaks when of a repository that two inventories hold not the newer one counts, when nobody says so, or when the joined rows hold
// both.
func TestMergeNewest(t *testing.T) {
	root := t.TempDir()
	archive, err := txtar.ParseFile("testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	writeArchive(t, archive.Files, "now/", filepath.Join(root, "now"))
	writeArchive(t, archive.Files, "before/", filepath.Join(root, "before"))
	old := rowsOf(t, openAt(t, filepath.Join(root, "before/web"), reportTime.AddDate(0, 0, -9)), filepath.Join(root, "before/web"))
	present := rowsOf(t, openAt(t, filepath.Join(root, "now"), reportTime), filepath.Join(root, "now"))
	for _, order := range [][2][2]string{{{"old.jsonl", old}, {"now.jsonl", present}}, {{"now.jsonl", present}, {"old.jsonl", old}}} {
		merge := report.Merge{Keep: true}
		for _, file := range order {
			if err := merge.Read(strings.NewReader(file[1]), file[0]); err != nil {
				t.Fatal(err)
			}
		}
		r := report.New(merge.Inventory())
		want := []string{
			"2 inventories hold github.com/acme/web: that of 2026-11-26 09:30 (now.jsonl) counts, that of 2026-11-17 09:30 (old.jsonl) does not.",
			"The oldest of the 2 inventories is of 2026-11-17, 9 days before the newest.",
		}
		if diff := cmp.Diff(want, r.Notes); diff != "" {
			t.Error(diff)
		}
		r.Notes = []string{}
		if diff := cmp.Diff(faces(t, report.New(inventoryOf(openAt(t, filepath.Join(root, "now"), reportTime), filepath.Join(root, "now")))), faces(t, r)); diff != "" {
			t.Error(diff)
		}
		var rows strings.Builder
		w := report.NewRowWriter(&rows)
		for row := range merge.Rows() {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(present, rows.String()); diff != "" {
			t.Errorf("joined rows:\n%s", diff)
		}
	}
}

// Breaks when two clones of one repository in one folder count as one, or cannot be told apart.
func TestTwoClones(t *testing.T) {
	root := t.TempDir()
	archive, err := txtar.ParseFile("testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	writeArchive(t, archive.Files, "now/", root)
	writeArchive(t, archive.Files, "now/web/", filepath.Join(root, "wip/web"))
	text := textOf(t, report.New(inventoryOf(openAt(t, root, reportTime), root)), report.TextOptions{Width: 100, All: true})
	for _, want := range []string{"6 flakes, 5 of them leaves", "web (web)  ", "web (wip/web)  "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Breaks when a secret of a reference gets into an inventory, which is sent around.
func TestNoSecrets(t *testing.T) {
	root := t.TempDir()
	archive, err := txtar.ParseFile("testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	writeArchive(t, archive.Files, "now/", root)
	rows := rowsOf(t, openAt(t, root, reportTime), root)
	if strings.Contains(rows, "hunter2") || !strings.Contains(rows, "files.acme.example/secret.tar.gz") {
		t.Errorf("%s", rows)
	}
}

// Breaks when the sources of a mana project do not count, or are taken for others than a flake beside it has.
func TestMana(t *testing.T) {
	root := t.TempDir()
	archive := txtar.Parse([]byte(`
-- web/mana.nix --
{ dependencies.nixpkgs.url = "github:NixOS/nixpkgs"; }
-- web/lock.json --
{"deps":{"":{"nixpkgs":"/nixpkgs"}},"sources":{
  "/nixpkgs":{"args":{"type":"github","owner":"NixOS","repo":"nixpkgs","ref":"main"},"locked":{"rev":"64c08a7ca051951c8eae34e3e3cb1e0000000000","lastModified":1779560665}},
  "/tool/broken":{"args":{"type":"nothing"},"locked":{}}}}
-- web/flake.nix --
{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }
-- web/flake.lock (sketch) --
nixpkgs github:NixOS/nixpkgs rev=a1 2026-11-01
-- api/mana.nix --
{ }
-- api/lock.json --
no JSON
`))
	writeArchive(t, archive.Files, "", root)
	text := textOf(t, report.New(inventoryOf(openAt(t, root, reportTime), root)), report.TextOptions{Width: 100})
	for _, want := range []string{"3 flakes, 0 of them leaves: 2 versions of 1 source.", "1×a1f55ff16f 1×64c08a7ca0", "2026-05-23  2026-11-01"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var merge report.Merge
	if err := merge.Read(strings.NewReader(rowsOf(t, openAt(t, root, reportTime), root)), "a"); err != nil {
		t.Error(err)
	}
}

// Breaks when a hostile flake makes an inventory that is none.
func TestHostileFlake(t *testing.T) {
	root := t.TempDir()
	node := `"locked":{"type":"github","owner":"o","repo":"r","rev":"0000000000000000000000000000000000000001"},"original":{"type":"github","owner":"o","repo":"r"}`
	archive := txtar.Parse([]byte(`
-- web/flake.nix --
{ inputs."".url = "github:a/b"; inputs."a/b".follows = "/"; inputs.c.follows = ""; inputs."x\ny".url = "github:a/b"; outputs = _: { }; }
-- web/flake.lock --
{"version":7,"root":"r","nodes":{"r":{"inputs":{"":"n","a/b":"n","\u001b[31m":"n"}},"n":{"inputs":{"":"m"},` + node + `},"m":{` + node + `}}}
-- broken/flake.nix --
{
-- broken/flake.lock --
[
`))
	writeArchive(t, archive.Files, "", root)
	var merge report.Merge
	if err := merge.Read(strings.NewReader(rowsOf(t, openAt(t, root, reportTime), root)), "a"); err != nil {
		t.Error(err)
	}
	faces(t, report.New(merge.Inventory()))
}

// What a report costs over the index that it is made of: about an eighth of it.
func BenchmarkReport(b *testing.B) {
	root := b.TempDir()
	if _, err := polyrepogen.Write(root, polyrepogen.Options{Seed: 5, Leaves: 500}); err != nil {
		b.Fatal(err)
	}
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			openAt(b, root, reportTime)
		}
	})
	s := openAt(b, root, reportTime)
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			report.New(inventoryOf(s, root))
		}
	})
}
