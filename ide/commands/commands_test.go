package commands

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// lockOf is a flake.lock of inputs: "name=rev" with a digit for the commit, "name=owner:rev", or "name>path" for one that follows.
func lockOf(inputs ...string) string {
	var nodes, root []string
	for _, in := range inputs {
		if name, follows, ok := strings.Cut(in, ">"); ok {
			root = append(root, fmt.Sprintf(`%q: ["%s"]`, name, strings.ReplaceAll(follows, "/", `","`)))
			continue
		}
		name, rev, _ := strings.Cut(in, "=")
		owner := "o"
		if i := strings.IndexByte(rev, ':'); i >= 0 {
			owner, rev = rev[:i], rev[i+1:]
		}
		root = append(root, fmt.Sprintf("%q: %q", name, name))
		nodes = append(nodes, fmt.Sprintf(`%q: {"locked": {"type": "github", "owner": %q, "repo": %q, "rev": %q, "narHash": "sha256-x", "lastModified": %s00000000}, "original": {"type": "github", "owner": %q, "repo": %q}}`,
			name, owner, name, strings.Repeat(rev, 40), rev, owner, name))
	}
	nodes = append(nodes, fmt.Sprintf(`"root": {"inputs": {%s}}`, strings.Join(root, ", ")))
	return fmt.Sprintf(`{"nodes": {%s}, "root": "root", "version": 7}`, strings.Join(nodes, ", "))
}

// Breaks when what differs between two locks is left out, told of inputs that are equal, or told in other words than a person reads.
func TestChanges(t *testing.T) {
	for _, test := range []struct{ name, before, after, want string }{
		{"equal", lockOf("a=1", "b>a"), lockOf("a=1", "b>a"), ""},
		{"moved", lockOf("a=1", "b=1"), lockOf("a=2", "b=1"), "a: 1111111111 (1973-03-03) → 2222222222 (1976-05-03)"},
		{"another day only", strings.Replace(lockOf("a=1"), "100000000", "1", 1), lockOf("a=1"), ""},
		{"another source", lockOf("a=x:1"), lockOf("a=y:2"), "a: github.com/x/a 1111111111 (1973-03-03) → github.com/y/a 2222222222 (1976-05-03)"},
		{"no lock", "", lockOf("a=1"), "a: added, 1111111111 (1973-03-03)"},
		{"removed", lockOf("a=1"), lockOf(), "a: removed"},
		{"follows now", lockOf("a=1", "b=1"), lockOf("a=1", "b>a"), "b: 1111111111 (1973-03-03) → what a is"},
		{"follows something else", lockOf("a=1", "b=1", "c>a"), lockOf("a=1", "b=1", "c>b"), "c: what a is → what b is"},
		{"broken before", "{", lockOf("a=1"), "a: added, 1111111111 (1973-03-03)"},
		{"broken after", lockOf("a=1"), "{", "flake.lock cannot be read: "},
		{"five", lockOf(), lockOf("a=1", "b=1", "c=1", "d=1", "e=1"),
			"a: added, 1111111111 (1973-03-03); b: added, 1111111111 (1973-03-03); c: added, 1111111111 (1973-03-03); d: added, 1111111111 (1973-03-03); e: added, 1111111111 (1973-03-03)"},
		{"many", lockOf(), lockOf("a=1", "b=1", "c=1", "d=1", "e=1", "f=1"),
			"a: added, 1111111111 (1973-03-03); b: added, 1111111111 (1973-03-03); c: added, 1111111111 (1973-03-03); d: added, 1111111111 (1973-03-03); and 2 more inputs"},
		{"a control character", lockOf(), strings.ReplaceAll(lockOf("q=1"), `"q"`, `"\u001b"`), "\uFFFD: added, 1111111111 (1973-03-03)"},
	} {
		changes, err := Compare(test.before, test.after)
		got := Sentence(changes)
		if err != nil {
			got = err.Error()[:len("flake.lock cannot be read: ")]
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	// What lies deep comes after what brings it in.
	deep := `{"nodes":{"a":{"inputs":{"z":"z"},"locked":{"type":"github","owner":"o","repo":"a","rev":"` + strings.Repeat("1", 40) + `"}},"z":{"locked":{"type":"path","path":"/x","narHash":"sha256-abcdefghijklmn"}},` +
		`"root":{"inputs":{"a":"a","b":[]}}},"root":"root","version":7}`
	changes, err := Compare("", deep)
	if got, want := Sentence(changes), "a: added, 1111111111; b: added, the flake itself; a/z: added, abcdefghij"; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	if v, ok := Held(deep, "a/z"); !ok || v.NarHash == "" {
		t.Errorf("held %v", v)
	}
	for _, input := range []string{"b", "nope", "a/nope"} {
		if v, ok := Held(deep, input); ok {
			t.Errorf("%s holds %v", input, v)
		}
	}
	if path, ok := Followed(lockOf("a=1", "b>a"), "b"); !ok || path != "a" {
		t.Errorf("b follows %q", path)
	}
	if path, ok := Followed(lockOf("a=1", "b>a"), "a"); ok {
		t.Errorf("a follows %q", path)
	}
	if _, err := Tried([]byte(`{"locks":{"version":7}}`)); err != nil {
		t.Error(err)
	}
	for _, printed := range []string{"", "{}", "[]", `{"locks`} {
		if text, err := Tried([]byte(printed)); err == nil {
			t.Errorf("%q locks %s", printed, text)
		}
	}
}

// Breaks when a warning about an input is lost, or what Nix tells of the machine or of the lock is taken for one.
func TestWarnings(t *testing.T) {
	const stderr = "warning: updating lock file \"/x/input/flake.lock\":\n• Updated input 'a':\nwarning: you don't have Internet access\nwarning: Git tree '/x' is dirty\n" +
		"warning: 'nope' does not match any input of this flake\nwarning: input 'a' has an override for a non-existent input 'b'\n"
	if got, want := Warnings(stderr), "nix: 'nope' does not match any input of this flake; input 'a' has an override for a non-existent input 'b'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := Warnings("warning: Git tree '/x' is dirty\n"); got != "" {
		t.Error(got)
	}
}

// Breaks when Git is asked for another branch than Nix would lock, or what it cannot answer is asked of it.
func TestRemoteOf(t *testing.T) {
	for text, want := range map[string]string{
		"github:NixOS/nixpkgs":                                "ls-remote|--quiet|--|https://github.com/NixOS/nixpkgs.git|HEAD",
		"github:NixOS/nixpkgs/nixos-26.05":                    "ls-remote|--quiet|--|https://github.com/NixOS/nixpkgs.git|refs/heads/nixos-26.05|refs/tags/nixos-26.05^{}|refs/tags/nixos-26.05|refs/nixos-26.05",
		"git+ssh://git@example.org/r?ref=refs/pull/1":         "ls-remote|--quiet|--|ssh://git@example.org/r|refs/pull/1^{}|refs/pull/1",
		"github:o/r/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "held at a commit by its own reference",
		"path:/x":                      "a folder on this disk, which has no versions",
		"https://example.org/x.tar.gz": "an archive, which only a download could compare",
		"hg+https://example.org/x":     "a Mercurial repository, which Git knows nothing of",
		"https://flakehub.com/f/NixOS/nixpkgs/0.1.tar.gz": "a release of NixOS/nixpkgs on FlakeHub, which Git knows nothing of",
		"nowhere":                       "an id that no registry here has",
		"sourcehut:~me/x?host=hg.sr.ht": "no Git repository that can be asked",
	} {
		r, err := ref.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		remote, why := RemoteOf(r)
		if why == "" {
			why = strings.Join(remote.Arguments(), "|")
		}
		if why != want {
			t.Errorf("%s: %s, want %s", text, why, want)
		}
	}
	r, err := ref.FromAttrs(ref.Attrs{"type": "git", "url": "https://example.org/r", "ref": "--upload-pack=x"})
	if remote, why := RemoteOf(r); err == nil && why == "" {
		t.Errorf("asks %v", remote.Arguments())
	}
}

// Breaks when a branch is taken for another with the same end, a tag for the object that holds its message, or an odd answer for a commit.
func TestRead(t *testing.T) {
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	for _, test := range []struct{ ref, answer, want string }{
		{"", one + "\tHEAD\n" + two + "\trefs/remotes/origin/HEAD\n", one + " HEAD"},
		{"main", two + "\trefs/heads/old/refs/heads/main\n" + one + "\trefs/heads/main\n" + two + "\trefs/tags/main\n", one + " refs/heads/main"},
		{"v1", two + "\trefs/tags/v1\n" + one + "\trefs/tags/v1^{}\n", one + " refs/tags/v1"},
		{"refs/tags/v1", two + "\trefs/tags/v1\r\n" + one + "\trefs/tags/v1^{}\r\n", one + " refs/tags/v1"},
		{"pull/1/head", one + "\trefs/pull/1/head", one + " refs/pull/1/head"},
		{"main", "", "https://example.org/r has no branch or tag main"},
		{"main", "oops\trefs/heads/main\n", "https://example.org/r has no branch or tag main"},
		{"", "", "https://example.org/r has no default branch"},
	} {
		rev, name, err := Remote{"https://example.org/r", test.ref}.Read(test.answer)
		got := rev + " " + name
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q in %q: %s, want %s", test.ref, test.answer, got, test.want)
		}
	}
}

// Breaks when an answer is said to be an update that is none, or the person is told otherwise than the answer is.
func TestAnswers(t *testing.T) {
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	remote := Remote{"https://me:secret@example.org/r", "main"}
	answers := []Answer{
		Question{Input: "moved", Locked: &Version{Rev: one, Date: "2026-01-01"}, Remote: remote}.Answer(two+"\trefs/heads/main\n", nil),
		Question{Input: "same", Locked: &Version{Rev: two}, Remote: remote}.Answer(two+"\trefs/heads/main\n", nil),
		Question{Input: "failed", Locked: &Version{Rev: two}, Remote: remote}.Answer("", errors.New("git: no https://me:secret@example.org/r")),
		Question{Input: "new", Remote: remote}.Answer(two+"\trefs/heads/main\n", nil),
		Question{Input: "folder", Locked: &Version{NarHash: "sha256-x"}, Why: "a folder"}.Answer("", nil),
		Question{Input: "odd", Locked: &Version{NarHash: "sha256-x"}, Remote: remote}.Answer(two+"\trefs/heads/main\n", nil),
	}
	var got []string
	for _, a := range answers {
		got = append(got, fmt.Sprintf("%s %t %s", a.Input, a.Moved, a.Reason))
		if strings.Contains(a.Repository+a.Reason, "secret") {
			t.Errorf("%s shows the secret", a.Input)
		}
	}
	want := []string{"moved true ", "same false ", "failed false git: no https://" + strings.TrimPrefix(Plain(remote.Repository), "https://"), "new false not locked yet", "folder false a folder", "odd false locked without a commit"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct {
		answers []Answer
		want    string
	}{
		{nil, "No input has a version of its own."},
		{answers[1:2], "No updates: what is locked is the newest."},
		{answers[4:5], "Not known: folder: a folder."},
		{answers[3:5], "Not known: new: not locked yet; folder: a folder."},
		{[]Answer{answers[0], answers[1], answers[4]}, "There are updates. moved: 1111111111 (2026-01-01) → 2222222222. Not known: folder: a folder."},
		{[]Answer{answers[1], answers[4]}, "No updates: what is locked is the newest. Not known: folder: a folder."},
		{[]Answer{answers[4], answers[4], answers[4], answers[4], answers[4], answers[4]}, "Not known: folder: a folder; folder: a folder; folder: a folder; folder: a folder; 2 more."},
	} {
		if got := UpdatesSentence(test.answers); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

// Breaks when a command has no title or documentation, or two have one name.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if c.Title == "" || c.Doc == "" || seen[c.Name] || !strings.HasPrefix(c.Name, "nix-pins.") {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
	}
}
