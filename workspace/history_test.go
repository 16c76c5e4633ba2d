package workspace_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// revOf and hashOf make a commit's name and a content hash of anything.
func revOf(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return hex.EncodeToString(sum[:20])
}

func hashOf(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// lockedAt is a node of a forge's repository at a commit that a word stands for.
func lockedAt(repo, word string, day int, inputs string) string {
	at := time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC).Unix()
	rev := revOf(repo + word)
	if len(word) == 40 {
		rev = word
	}
	if inputs != "" {
		inputs = `"inputs": ` + inputs + ", "
	}
	return fmt.Sprintf(`{ %s"locked": { "type": "github", "owner": "acme", "repo": %q, "rev": %q, "narHash": %q, "lastModified": %d }, "original": { "type": "github", "owner": "acme", "repo": %[2]q } }`,
		inputs, repo, rev, hashOf(repo+word), at)
}

// pinsLock is the lock of pins with nixpkgs at a version.
func pinsLock(version string) string {
	return fmt.Sprintf(`{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "nixpkgs": "nixpkgs", "tool": "tool" } }, "nixpkgs": %s, "tool": %s } }`,
		lockedAt("nixpkgs", version, 1, ""), lockedAt("tool", "1", 1, `{ "nixpkgs": ["nixpkgs"] }`))
}

// leafLock is the lock of a leaf that holds a commit of pins of a day, and nixpkgs below it at a version.
func leafLock(pinsRev string, day int, version string) string {
	return fmt.Sprintf(`{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "pins": "p", "nixpkgs": ["pins", "nixpkgs"] } }, "p": %s, "n": %s, "t": %s } }`,
		lockedAt("pins", pinsRev, day, `{ "nixpkgs": "n", "tool": "t" }`), lockedAt("nixpkgs", version, 1, ""), lockedAt("tool", "1", 1, `{ "nixpkgs": ["pins", "nixpkgs"] }`))
}

const (
	historyPins = `{ inputs = { nixpkgs.url = "github:acme/nixpkgs"; tool.url = "github:acme/tool"; }; outputs = _: { }; }`
	historyLeaf = `{ inputs = { pins.url = "github:acme/pins"; nixpkgs.follows = "pins/nixpkgs"; }; outputs = _: { }; }`
)

// standings prints where each leaf stands.
func standings(s *workspace.Snapshot) string {
	var b strings.Builder
	for _, l := range s.Leaves() {
		at, ok := s.HistoryOf(l).Standing(l)
		fmt.Fprintf(&b, "%s:", filepath.Base(l.Dir))
		switch {
		case !ok:
			b.WriteString(" nothing known")
		default:
			fmt.Fprintf(&b, " %d behind", at.Behind)
			if at.Own {
				b.WriteString(", own")
			}
			if !at.Placed {
				b.WriteString(", by date")
			}
			if at.Unpushed > 0 {
				fmt.Fprintf(&b, ", %d not pushed", at.Unpushed)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func expectStandings(t *testing.T, what string, s *workspace.Snapshot, want string) {
	t.Helper()
	if got := standings(s); got != want {
		t.Errorf("%s:\n%swant\n%s", what, got, want)
	}
}

// Breaks when sets are counted by pins' revs instead of by what is locked below pins: commits that change no lock, a set that comes
// back, a leaf that moved nixpkgs by itself, one ahead of this clone of pins, one whose commit is not here; when a commit of pins is
// not noticed; when a worktree's HEAD is not found.
func TestHistoryFromGit(t *testing.T) {
	dir := t.TempDir()
	pins := filepath.Join(dir, "work", "pins")
	commit := func(version string) string {
		return realtools.GitCommit(t, pins, map[string]string{"flake.nix": historyPins, "flake.lock": pinsLock(version)})
	}
	first := commit("a")
	commit("b")
	same := realtools.GitCommit(t, pins, map[string]string{"README": "touches no input"})
	commit("c")
	head := commit("d")
	for name, lock := range map[string]string{
		"newest": leafLock(head, 20, "d"), "first": leafLock(first, 1, "a"), "same": leafLock(same, 5, "b"),
		"moved": leafLock(first, 1, "elsewhere"), "moved-to-newest": leafLock(first, 1, "d"),
		"other-branch": leafLock("side", 7, "s"), "none": "",
	} {
		write(t, dir, "work/"+name+"/flake.nix", historyLeaf)
		if lock != "" {
			write(t, dir, "work/"+name+"/flake.lock", lock)
		}
	}
	write(t, dir, "work/pins/.git/config", "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = git@github.com:acme/pins.git\n")
	w := indexed(t, options(dir))
	s := w.Snapshot()
	// All commits are of 2026-01-01 (realtools), so that the side branch of October counts as newer.
	expectStandings(t, "at first", s, "first: 4 behind\nmoved: 4 behind, own\nmoved-to-newest: 1 behind\nnewest: 1 behind\nnone: nothing known\nother-branch: 0 behind\nsame: 3 behind\n")
	h := s.History(workspace.PinsID{Dir: pins})
	if !h.FromGit || !h.Whole || len(h.Sets) != 5 || h.Newest == nil || h.Newest.ID != h.Sets[0].ID {
		t.Errorf("%+v", h)
	}

	// A lock that is changed and not committed is not yet what leaves can have.
	write(t, dir, "work/pins/flake.lock", pinsLock("e"))
	write(t, dir, "work/other-branch/flake.lock", leafLock(head, 20, "d"))
	s = w.FilesChanged([]string{filepath.Join(pins, "flake.lock"), filepath.Join(dir, "work/other-branch/flake.lock")})
	expectStandings(t, "not committed", s, "first: 3 behind\nmoved: 3 behind, own\nmoved-to-newest: 0 behind\nnewest: 0 behind\nnone: nothing known\nother-branch: 0 behind\nsame: 2 behind\n")
	commit("e")
	if changed := w.Poll(); len(changed) == 0 {
		t.Error("a commit of pins goes unnoticed")
	}
	expectStandings(t, "committed", w.Snapshot(), "first: 4 behind\nmoved: 4 behind, own\nmoved-to-newest: 1 behind\nnewest: 1 behind\nnone: nothing known\nother-branch: 1 behind\nsame: 3 behind\n")
	commit("a") // what was, is again
	w.Poll()
	expectStandings(t, "reverted", w.Snapshot(), "first: 0 behind\nmoved: 0 behind, own\nmoved-to-newest: 2 behind\nnewest: 2 behind\nnone: nothing known\nother-branch: 2 behind\nsame: 4 behind\n")

	// An open lock counts as it is in the editor, and its closing brings back the disk's.
	path := filepath.Join(dir, "work/first/flake.lock")
	s = w.Open(path, 1, leafLock("unknown", 30, "z"))
	expectStandings(t, "an open lock", s, "first: 0 behind\nmoved: 1 behind, own\nmoved-to-newest: 3 behind\nnewest: 3 behind\nnone: nothing known\nother-branch: 3 behind\nsame: 5 behind\n")
	s = w.Close(path)
	expectStandings(t, "closed again", s, standings(w.Snapshot()))
	if got := standings(s); !strings.HasPrefix(got, "first: 0 behind\nmoved: 0 behind, own\n") {
		t.Errorf("closed again:\n%s", got)
	}
}

// Breaks when what is committed and not pushed counts as what an update gets, or what is pushed does not; when a push goes unnoticed, or packed
// references; when a leaf that has pins by its folder is told that it has to be pushed.
func TestHistoryNotPushed(t *testing.T) {
	dir := t.TempDir()
	pins, bare := filepath.Join(dir, "work", "pins"), filepath.Join(dir, "bare.git")
	git := func(arguments ...string) {
		t.Helper()
		command := exec.Command("git", arguments...)
		command.Dir, command.Env = pins, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", arguments, err, out)
		}
	}
	commit := func(version string) string {
		return realtools.GitCommit(t, pins, map[string]string{"flake.nix": historyPins, "flake.lock": pinsLock(version)})
	}
	leaf := func(name, text, rev, version string) {
		write(t, dir, "work/"+name+"/flake.nix", text)
		write(t, dir, "work/"+name+"/flake.lock", leafLock(rev, 1, version))
	}
	first := commit("a")
	second := commit("b")
	git("init", "--quiet", "--bare", bare)
	git("remote", "add", "origin", "git@github.com:acme/pins.git")
	git("remote", "set-url", "--push", "origin", bare)
	git("push", "--quiet", "origin", "main")
	leaf("first", historyLeaf, first, "a")
	leaf("folder", strings.Replace(historyLeaf, "github:acme/pins", "path:../pins", 1), first, "a")
	leaf("second", historyLeaf, second, "b")
	w := indexed(t, options(dir))
	expectStandings(t, "pushed", w.Snapshot(), "first: 1 behind\nfolder: 1 behind\nsecond: 0 behind\n")
	third := commit("c")
	w.Poll()
	const ahead = "first: 2 behind, 1 not pushed\nfolder: 2 behind\nsecond: 1 behind, 1 not pushed\n"
	expectStandings(t, "committed", w.Snapshot(), ahead)
	git("pack-refs", "--all")
	w.Poll()
	expectStandings(t, "packed", w.Snapshot(), ahead)
	commit("d")
	w.Poll()
	expectStandings(t, "another one", w.Snapshot(), "first: 3 behind, 2 not pushed\nfolder: 3 behind\nsecond: 2 behind, 2 not pushed\n")
	git("push", "--quiet", "origin", third+":refs/heads/main")
	w.Poll()
	expectStandings(t, "the first of them is pushed", w.Snapshot(), "first: 3 behind, 1 not pushed\nfolder: 3 behind\nsecond: 2 behind, 1 not pushed\n")
	git("push", "--quiet", "origin", "main")
	w.Poll()
	expectStandings(t, "pushed at last", w.Snapshot(), "first: 3 behind\nfolder: 3 behind\nsecond: 2 behind\n")
	commit("b") // as it was before
	w.Poll()
	expectStandings(t, "reverted", w.Snapshot(), "first: 3 behind, 1 not pushed\nfolder: 3 behind\nsecond: 0 behind\n")
	git("checkout", "--quiet", "-b", "feature")
	w.Poll()
	const unpushed = "first: 3 behind, 1 not pushed\nfolder: 3 behind\nsecond: 0 behind\n"
	expectStandings(t, "at a branch that no remote has", w.Snapshot(), unpushed)
	git("pack-refs", "--all")
	git("branch", "--quiet", "-D", "main")
	w.Poll()
	expectStandings(t, "at a branch that no remote has, packed", w.Snapshot(), unpushed)
	git("push", "--quiet", "origin", "feature:review/1")
	git("pack-refs", "--all")
	w.Poll()
	expectStandings(t, "the remote has it by another name", w.Snapshot(), "first: 3 behind\nfolder: 3 behind\nsecond: 0 behind\n")
}

// Breaks when the commits here count as pushed once the remote has others that are not here; when a merge on the remote does not count as having
// what it merged; when a remote that shares nothing with HEAD, or one whose commits are not here, makes anything count as not pushed.
func TestHistoryApartFromTheRemote(t *testing.T) {
	dir := t.TempDir()
	pins := filepath.Join(dir, "work", "pins")
	git := func(arguments ...string) {
		t.Helper()
		command := exec.Command("git", arguments...)
		command.Dir, command.Env = pins, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.org", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.org")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", arguments, err, out)
		}
	}
	commit := func(month time.Month, version string) string {
		return realtools.GitCommitAt(t, pins, time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC), map[string]string{"flake.nix": historyPins, "flake.lock": pinsLock(version)})
	}
	commit(1, "a")
	second := commit(2, "b")
	theirs := commit(10, "c")
	git("remote", "add", "origin", "git@github.com:acme/pins.git")
	git("update-ref", "refs/remotes/origin/main", theirs)
	git("reset", "--quiet", "--hard", second)
	ours := commit(11, "d")
	for name, lock := range map[string]string{"second": leafLock(second, 1, "b"), "theirs": leafLock(theirs, 1, "c")} {
		write(t, dir, "work/"+name+"/flake.nix", historyLeaf)
		write(t, dir, "work/"+name+"/flake.lock", lock)
	}
	w := indexed(t, options(dir))
	const apart = "second: 2 behind, 1 not pushed\ntheirs: 1 behind, 1 not pushed\n"
	expectStandings(t, "diverged", w.Snapshot(), apart)
	git("checkout", "--quiet", "-b", "topic")
	w.Poll()
	expectStandings(t, "diverged, at a branch that no remote has", w.Snapshot(), apart)

	const nothing = "second: 2 behind\ntheirs: 1 behind\n"
	git("checkout", "--quiet", "--detach", theirs)
	git("merge", "--quiet", "--strategy=ours", "--message=test", ours)
	git("update-ref", "refs/remotes/origin/main", "HEAD")
	git("checkout", "--quiet", "topic")
	w.Poll()
	expectStandings(t, "merged by the remote", w.Snapshot(), nothing)
	git("checkout", "--quiet", "--orphan", "other")
	git("update-ref", "refs/remotes/origin/main", realtools.GitCommit(t, pins, map[string]string{"README": "another root"}))
	git("checkout", "--quiet", "topic")
	w.Poll()
	expectStandings(t, "nothing in common", w.Snapshot(), nothing)
	write(t, dir, "work/pins/.git/refs/remotes/origin/main", revOf("not here")+"\n")
	w.Poll()
	expectStandings(t, "not here", w.Snapshot(), nothing)
}

// Breaks when a leaf that names another branch of pins than that of HEAD is not measured along it: as the remote had it last, else as it is here;
// with what leaves hold of it beyond that; when a fetch goes unnoticed, or something is said of a branch that nobody knows, or of a tag.
func TestHistoryOfAnotherBranch(t *testing.T) {
	dir := t.TempDir()
	pins := filepath.Join(dir, "work", "pins")
	commit := func(version string) string {
		return realtools.GitCommit(t, pins, map[string]string{"flake.nix": historyPins, "flake.lock": pinsLock(version)})
	}
	first, second, third, head := commit("a"), commit("b"), commit("c"), commit("d")
	at := func(name, rev string) { write(t, dir, "work/pins/.git/refs/"+name, rev+"\n") }
	write(t, dir, "work/pins/.git/config", "[core]\n\trepositoryformatversion = 0\n[remote \"fork\"]\n\turl = git@example.org:fork/pins.git\n[remote \"origin\"]\n\turl = git@github.com:acme/pins.git\n")
	at("heads/stable", second)
	at("heads/old", first)
	at("tags/v1", first)
	for name, leaf := range map[string][3]string{
		"main": {"", first, "a"}, "stable": {"/stable", first, "a"}, "whole": {"?ref=refs/heads/stable", second, "b"}, "own": {"/stable", first, "elsewhere"},
		"old": {"/old", first, "a"}, "tag": {"/v1", first, "a"}, "gone": {"/gone", first, "a"}, "head": {"/HEAD", head, "d"},
	} {
		write(t, dir, "work/"+name+"/flake.nix", strings.Replace(historyLeaf, "github:acme/pins", "github:acme/pins"+leaf[0], 1))
		write(t, dir, "work/"+name+"/flake.lock", leafLock(leaf[1], 1, leaf[2]))
	}
	w := indexed(t, options(dir))
	const rest = "tag: nothing known\n"
	expectStandings(t, "as it is here", w.Snapshot(), "gone: nothing known\nhead: 0 behind\nmain: 3 behind\nold: 0 behind\nown: 1 behind, own\nstable: 1 behind\n"+rest+"whole: 0 behind\n")
	at("remotes/fork/stable", first)
	at("remotes/origin/stable", third)
	w.Poll()
	if a := w.Snapshot().Adoption(workspace.PinsID{Dir: pins}); a.Behind != 4 {
		t.Errorf("%d leaves are behind, want main, own, stable and whole", a.Behind)
	}
	fetched := "gone: nothing known\nhead: 0 behind\nmain: 3 behind\nold: 0 behind\nown: 2 behind, own\nstable: 2 behind\n" + rest + "whole: 1 behind\n"
	expectStandings(t, "as the remote has it", w.Snapshot(), fetched)
	// One that is ahead of this clone.
	write(t, dir, "work/whole/flake.lock", leafLock("not fetched", 20, "e"))
	s := w.FilesChanged([]string{filepath.Join(dir, "work/whole/flake.lock")})
	expectStandings(t, "not fetched yet", s, "gone: nothing known\nhead: 0 behind\nmain: 3 behind\nold: 0 behind\nown: 3 behind, own\nstable: 3 behind\n"+rest+"whole: 0 behind\n")
}

// Breaks when pins has a lock that no remote has yet, and an update is said to get it.
func TestHistoryOfWhichNothingIsPushed(t *testing.T) {
	dir := t.TempDir()
	pins := filepath.Join(dir, "work", "pins")
	bare := realtools.GitCommit(t, pins, map[string]string{"flake.nix": historyPins})
	first := realtools.GitCommit(t, pins, map[string]string{"flake.lock": pinsLock("a")})
	realtools.GitCommit(t, pins, map[string]string{"flake.lock": pinsLock("b")})
	write(t, dir, "work/pins/.git/config", "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = git@github.com:acme/pins.git\n")
	write(t, dir, "work/pins/.git/refs/remotes/origin/main", bare+"\n")
	write(t, dir, "work/leaf/flake.nix", historyLeaf)
	write(t, dir, "work/leaf/flake.lock", leafLock(first, 1, "a"))
	expectStandings(t, "at first", indexed(t, options(dir)).Snapshot(), "leaf: 1 behind, 1 not pushed\n")
}

// Breaks when pins in a worktree of Git, where .git is a file, or in a folder of a repository, has no history; when the history of
// a repository around it that is another one counts.
func TestHistoryOfWorktree(t *testing.T) {
	dir := t.TempDir()
	origin := filepath.Join(dir, "origin")
	realtools.GitCommit(t, origin, map[string]string{"pins/flake.nix": historyPins, "pins/flake.lock": pinsLock("a")})
	head := realtools.GitCommit(t, origin, map[string]string{"pins/flake.lock": pinsLock("b")})
	git := filepath.Join(origin, ".git")
	write(t, dir, "origin/.git/worktrees/work/HEAD", head+"\n")
	write(t, dir, "origin/.git/worktrees/work/commondir", "../..\n")
	write(t, dir, "work/.git", "gitdir: "+filepath.Join(git, "worktrees", "work")+"\n")
	write(t, dir, "work/pins/flake.nix", historyPins)
	write(t, dir, "origin/.git/config", "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = git@github.com:acme/mono.git\n")
	write(t, dir, "work/leaf/flake.nix", `{ inputs.pins.url = "github:acme/mono?dir=pins"; outputs = _: { }; }`)
	lock := strings.ReplaceAll(leafLock(head, 1, "b"), `"repo": "pins"`, `"repo": "mono", "dir": "pins"`)
	write(t, dir, "work/leaf/flake.lock", lock)
	h := indexed(t, options(dir)).Snapshot().History(workspace.PinsID{Dir: filepath.Join(dir, "work/pins")})
	if !h.FromGit || len(h.Sets) != 2 || h.Sets[0].Rev != head {
		t.Errorf("%+v", h)
	}
	// The same folder in a repository that nobody calls pins: its commits are not those of pins.
	write(t, dir, "work/leaf/flake.lock", strings.ReplaceAll(lock, `"repo": "mono"`, `"repo": "elsewhere"`))
	if h := indexed(t, options(dir)).Snapshot().History(workspace.PinsID{Dir: filepath.Join(dir, "work/pins")}); h.FromGit {
		t.Errorf("the history of a repository around it: %+v", h)
	}
}

// Breaks when, without a repository, the order of pins' commits in the leaves' locks does not tell, the set of most leaves does not
// count as that of a commit, or the lock beside pins' flake.nix is not the newest.
func TestHistoryFromLeaves(t *testing.T) {
	dir := t.TempDir()
	for name, lock := range map[string]string{
		"a1": leafLock("one", 1, "a"), "a2": leafLock("one", 1, "a"), "a3": leafLock("one", 1, "mine"),
		"b": leafLock("two", 2, "b"), "c": leafLock("three", 3, "c"), "d": leafLock("three", 3, "c"), "e": leafLock("four", 4, "c"),
	} {
		write(t, dir, "work/"+name+"/flake.nix", historyLeaf)
		write(t, dir, "work/"+name+"/flake.lock", lock)
	}
	w := indexed(t, options(dir))
	s := w.Snapshot()
	want := "a1: 2 behind\na2: 2 behind\na3: 2 behind, own\nb: 1 behind\nc: 0 behind\nd: 0 behind\ne: 0 behind\n"
	expectStandings(t, "leaves alone", s, want)
	if ids := s.AllPins(); len(ids) != 1 || ids[0].Source != "github.com/acme/pins" || ids[0].Dir != "" {
		t.Errorf("%v", ids)
	}
	write(t, dir, "work/pins/flake.nix", historyPins)
	write(t, dir, "work/pins/flake.lock", pinsLock("d"))
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	s = w.Snapshot()
	want = "a1: 3 behind\na2: 3 behind\na3: 3 behind, own\nb: 2 behind\nc: 1 behind\nd: 1 behind\ne: 1 behind\n"
	expectStandings(t, "with pins' lock", s, want)
	if err := os.Remove(filepath.Join(dir, "work/pins/flake.lock")); err != nil {
		t.Fatal(err)
	}
	s = w.FilesChanged([]string{filepath.Join(dir, "work/pins/flake.lock")})
	expectStandings(t, "its lock removed", s, "a1: 2 behind\na2: 2 behind\na3: 2 behind, own\nb: 1 behind\nc: 0 behind\nd: 0 behind\ne: 0 behind\n")
}

// Breaks when a set differs by labels, order or what was asked for, or does not differ by what is locked deep below.
func TestPackageSetIdentity(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "work/pins/flake.nix", historyPins)
	set := func(lock string) string {
		write(t, dir, "work/pins/flake.lock", lock)
		return indexed(t, options(dir)).Snapshot().SetOfPins(filepath.Join(dir, "work/pins")).ID
	}
	base := set(pinsLock("a"))
	relabelled := strings.NewReplacer(`"nixpkgs": "nixpkgs"`, `"nixpkgs": "other"`, `"nixpkgs": {`, `"other": {`).Replace(pinsLock("a"))
	if set(relabelled) != base {
		t.Error("labels count")
	}
	if set(strings.ReplaceAll(pinsLock("a"), `"original": { "type": "github", "owner": "acme"`, `"original": { "type": "gitlab", "owner": "acme"`)) != base {
		t.Error("what was asked for counts")
	}
	if set(pinsLock("b")) == base || set(strings.Replace(pinsLock("a"), `["nixpkgs"]`, `[]`, 1)) == base {
		t.Error("another version, or another follows, makes no other set")
	}
	leaf := filepath.Join(dir, "work/leaf")
	write(t, dir, "work/leaf/flake.nix", historyLeaf)
	write(t, dir, "work/leaf/flake.lock", leafLock("x", 1, "a"))
	if got := indexed(t, options(dir)).Snapshot().LeafAt(leaf).Set.ID; got != base {
		t.Error("the set of a leaf differs from that of its pins")
	}
}

// Breaks when a leaf whose lock is open looks at the closed lock without waiting until that is read, which another snapshot may be
// about to do (under -race).
func TestSetOfAnOpenLock(t *testing.T) {
	dir := t.TempDir()
	leaf := filepath.Dir(write(t, dir, "work/web/flake.nix", historyLeaf))
	lock := write(t, dir, "work/web/flake.lock", leafLock("one", 1, "1"))
	w := indexed(t, options(dir))
	closed := w.FilesChanged([]string{lock}) // from now on nobody has read it
	opened := w.Open(lock, 1, leafLock("two", 2, "2"))
	done := make(chan *workspace.Leaf)
	go func() { done <- closed.LeafAt(leaf) }()
	got := opened.LeafAt(leaf)
	for which, l := range map[string]*workspace.Leaf{"open": got, "closed": <-done} {
		if l == nil || l.Set == nil || l.Set.Base.Rev() != revOf("pins"+map[string]string{"open": "two", "closed": "one"}[which]) {
			t.Errorf("%s: %+v", which, l)
		}
	}
}

// Breaks when a leaf that refers to another branch of pins than the clone is at is judged by the commits of that one, or when what it holds
// makes the others old.
func TestHistoryAlongTheBranchOfALeaf(t *testing.T) {
	dir := t.TempDir()
	pins := filepath.Join(dir, "work", "pins")
	commit := func(version string) string {
		return realtools.GitCommit(t, pins, map[string]string{"flake.nix": historyPins, "flake.lock": pinsLock(version)})
	}
	first := commit("a")
	head := commit("b")
	write(t, dir, "work/pins/.git/config", "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = git@github.com:acme/pins.git\n")
	leaf := func(name, reference, lock string) {
		write(t, dir, "work/"+name+"/flake.nix", strings.Replace(historyLeaf, "github:acme/pins", reference, 1))
		write(t, dir, "work/"+name+"/flake.lock", lock)
	}
	leaf("default", "github:acme/pins", leafLock(first, 1, "a"))
	leaf("head", "git+ssh://git@github.com/acme/pins?ref=HEAD", leafLock(first, 1, "a"))
	leaf("main", "github:acme/pins/main", leafLock(first, 1, "a"))
	leaf("named", "git+ssh://git@github.com/acme/pins?ref=refs/heads/main", leafLock(first, 1, "a"))
	leaf("newest", "github:acme/pins", leafLock(head, 1, "b"))
	leaf("stable", "github:acme/pins/stable", leafLock(first, 1, "a"))
	leaf("stable-newer", "git+ssh://git@github.com/acme/pins?ref=stable", leafLock("side", 28, "s"))
	w := indexed(t, options(dir))
	const want = "default: 1 behind\nhead: 1 behind\nmain: 1 behind\nnamed: 1 behind\nnewest: 0 behind\nstable: nothing known\nstable-newer: nothing known\n"
	expectStandings(t, "at main", w.Snapshot(), want)
	// At no branch it is not known of which one the commits are.
	write(t, dir, "work/pins/.git/HEAD", head+"\n")
	expectStandings(t, "at no branch", indexed(t, options(dir)).Snapshot(), "default: 2 behind\nhead: 2 behind\nmain: 2 behind\nnamed: 2 behind\nnewest: 1 behind\nstable: 2 behind\nstable-newer: 0 behind\n")
}
