package workspace_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Breaks when a client that watches no files is not told of a flake that appears where nobody has looked: a repo that is cloned or
// moved in, a repo that gets its first flake, a flake beside others of a repo, one in a folder of a team that had none; or of one that
// goes. Then again when what is ignored, or has nothing to do with flakes, is reported.
func TestPollNewFlakes(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	for _, name := range []string{"pins/flake.nix", "team/web/flake.nix", "mono/services/a/flake.nix"} {
		write(t, dir, "work/"+name, pinsText("a"))
	}
	write(t, dir, "work/mono/.git/config", "")
	write(t, dir, "work/.gitignore", "ignored\n")
	write(t, dir, "work/plain/README", "")
	write(t, dir, "work/other-team/x/README", "")
	write(t, dir, "work/mono/services/b/README", "")
	write(t, dir, "outside/moved/flake.nix", pinsText("m"))
	w := indexed(t, options(dir))
	judged := func() int { return len(slices.Collect(w.Snapshot().Judged())) }
	remove := func(name string) func() {
		return func() {
			if err := os.RemoveAll(filepath.Join(work, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(name string) func() { return func() { write(t, dir, "work/"+name, pinsText("b")) } }
	for _, step := range []struct {
		name   string
		do     func()
		want   []string
		judged int
	}{
		{"nothing", func() {}, nil, 3},
		{"a clone", put("new/flake.nix"), []string{"new"}, 4},
		{"a clone into a team's folder", put("team/new/flake.nix"), []string{"team/new"}, 5},
		{"a first flake", put("plain/flake.nix"), []string{"plain/flake.nix"}, 6},
		{"a flake beside others", put("mono/services/c/flake.nix"), []string{"mono/services/c"}, 7},
		{"a first flake beside others", put("mono/services/b/flake.nix"), []string{"mono/services/b/flake.nix"}, 8},
		{"a team's first repo", put("other-team/y/flake.nix"), []string{"other-team/y"}, 9},
		{"a lock", put("new/flake.lock"), []string{"new/flake.lock"}, 10},
		{"moved in", func() {
			if err := os.Rename(filepath.Join(dir, "outside", "moved"), filepath.Join(work, "moved")); err != nil {
				t.Fatal(err)
			}
		}, []string{"moved"}, 11},
		{"ignored", put("ignored/flake.nix"), nil, 11},
		{"no flake", func() { write(t, dir, "work/notes/x", ""); write(t, dir, "work/pins/README", "") }, nil, 11},
		{"a flake goes", remove("plain/flake.nix"), []string{"plain/flake.nix"}, 10},
		{"a repo goes", remove("team/new"), []string{"team/new"}, 9},
		{"a repo with a lock goes", remove("new"), []string{"new"}, 7},
		{"nothing any more", func() {}, nil, 7},
	} {
		step.do()
		var got []string
		for _, path := range w.Poll() {
			name, err := filepath.Rel(work, path)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, name)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
		if judged() != step.judged {
			t.Errorf("%s: %d files are judged, want %d", step.name, judged(), step.judged)
		}
		if again := w.Poll(); len(again) > 0 {
			t.Errorf("%s: the next look finds %v", step.name, again)
		}
	}
}

// Breaks when a Poll over more than one looks at costs more than its budget, or when some file or folder never has its turn.
func TestPollTakesTurns(t *testing.T) {
	dir := t.TempDir()
	const repos = 3000
	for i := range repos {
		write(t, dir, fmt.Sprintf("work/r%04d/flake.nix", i), pinsText("a"))
	}
	w := indexed(t, options(dir))
	for w.Poll() != nil {
	}
	rounds := func(want string) int {
		for round := range 20 {
			if changed := w.Poll(); slices.Contains(changed, filepath.Join(dir, "work", want)) {
				return round
			} else if len(changed) > 0 {
				t.Fatalf("changed are %v", changed)
			}
		}
		t.Fatalf("%s never has its turn", want)
		return 0
	}
	for i := 0; i < repos; i += 700 {
		name := fmt.Sprintf("r%04d", i)
		write(t, dir, "work/"+name+"/flake.nix", pinsText("a", "b"))
		if n := rounds(name + "/flake.nix"); n > 10 {
			t.Errorf("a change is seen after %d rounds", n)
		}
		write(t, dir, "work/"+name+"/flake.lock", "{ }")
		rounds(name + "/flake.lock")
	}
}

func BenchmarkPoll(b *testing.B) {
	dir := b.TempDir()
	for i := range 3000 {
		write(b, dir, fmt.Sprintf("work/r%04d/flake.nix", i), pinsText("a"))
	}
	w := indexed(b, options(dir))
	for b.Loop() {
		w.Poll()
	}
}

// writeDated writes a file, and gives it, its folder and another one a time stamp.
func writeDated(t *testing.T, folder, path, content string, stamp time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{path, filepath.Dir(path), folder} {
		if err := os.Chtimes(at, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
}

// Breaks when a file that changes twice within what the clock of the file system tells apart keeps its old text, or a folder its old
// files; then again when files that are old enough to trust their stamp are read at each Poll.
func TestPollUnderOneStamp(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	path := write(t, dir, "work/web/flake.nix", pinsText("a"))
	lockPath := write(t, dir, "work/web/flake.lock", contents["flake.lock"][0])
	written := time.Now()
	o, clock := options(dir), written
	o.Clock = func() time.Time { return clock }
	// The same stamp as at first.
	put := func(path, content string) {
		t.Helper()
		writeDated(t, work, path, content, written)
	}
	put(path, pinsText("a"))
	put(lockPath, contents["flake.lock"][0])
	w := indexed(t, o)
	poll := func(what string, want ...string) {
		t.Helper()
		if got := w.Poll(); !slices.Equal(got, want) {
			t.Errorf("%s: Poll gives %q, want %q", what, got, want)
		}
	}
	poll("nothing")
	put(path, pinsText("b"))
	poll("another text of the same size", path)
	if f := w.Snapshot().Flake(filepath.Dir(path)); len(f.Inputs) != 1 || f.Inputs[0].Name != "b" {
		t.Errorf("the inputs are %v", f.Inputs)
	}
	put(lockPath, strings.ReplaceAll(contents["flake.lock"][0], "2222", "3333"))
	poll("a lock with another rev", lockPath)
	put(filepath.Join(work, "web", "mana.nix"), "{ }")
	poll("a file in a folder that has the same stamp", filepath.Join(work, "web", "mana.nix"))
	clock = written.Add(time.Minute)
	poll("once more after a minute")
	put(path, pinsText("c"))
	poll("what happens under the stamp of a minute ago is not looked for")
}

// Breaks when a file or a folder that is dated in the future is read at each Poll until that day has come, when a change under its stamp right
// after it was first seen goes unnoticed, or when a clock that is set back makes all files that were young then be read until it has caught up.
func TestPollOfTheFuture(t *testing.T) {
	for _, test := range []struct {
		name        string
		dated, back time.Duration
	}{{"a date of the future", time.Hour, 0}, {"a clock that is set back", 0, time.Hour}} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			work := filepath.Join(dir, "work")
			path := write(t, dir, "work/web/flake.nix", pinsText("a"))
			manaPath := filepath.Join(work, "web", "mana.nix")
			o, clock := options(dir), time.Now() // of which the index keeps the day
			dated := clock.Add(test.dated)
			o.Clock = func() time.Time { return clock }
			put := func(path, content string) {
				t.Helper()
				writeDated(t, work, path, content, dated)
			}
			put(path, pinsText("a"))
			w := indexed(t, o)
			poll := func(what string, want ...string) {
				t.Helper()
				if got := w.Poll(); !slices.Equal(got, want) {
					t.Errorf("%s: Poll gives %q, want %q", what, got, want)
				}
			}
			poll("nothing")
			put(path, pinsText("b"))
			poll("another text at once", path)
			put(manaPath, "{ }")
			poll("another file at once", manaPath)
			clock = clock.Add(-test.back)
			poll("right after the clock is set back")
			clock = clock.Add(3 * time.Second)
			poll("once more after that")
			put(path, pinsText("c"))
			put(filepath.Join(work, "web", "entrypoint.nix"), "{ }")
			poll("what happens under a stamp of before is not looked for")
		})
	}
}
