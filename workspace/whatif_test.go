package workspace_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a text that is only tried out reaches the workspace, the disk or the snapshot that it was tried on.
func TestWithText(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "flake.nix")
	if err := os.WriteFile(path, []byte(`{ inputs.a.url = "github:o/a"; outputs = _: { }; }`), 0o644); err != nil {
		t.Fatal(err)
	}
	w := workspace.New(workspace.Options{Roots: []string{dir}})
	before := w.Open(path, 7, `{ inputs.b.url = "github:o/b"; outputs = _: { }; }`)
	after := before.WithText(path, `{ inputs.c.url = "github:o/c"; outputs = _: { }; }`)
	for _, c := range []struct {
		name string
		s    *workspace.Snapshot
		want string
	}{{"tried", after, "c"}, {"tried on", before, "b"}, {"workspace", w.Snapshot(), "b"}, {"disk", w.Close(path), "a"}} {
		if f := c.s.Flake(dir); len(f.Inputs) != 1 || f.Inputs[0].Name != c.want {
			t.Errorf("%s: inputs are %v, want %s", c.name, f.Inputs, c.want)
		}
	}
	if file, err := after.File(path); err != nil || file.Version != 7 {
		t.Errorf("the tried text has version %v, %v", file, err)
	}
}

// Breaks when texts that are tried out together give another snapshot than one after the other, or settings among them do not count.
func TestWithTexts(t *testing.T) {
	dir := t.TempDir()
	texts := map[string]string{
		filepath.Join(dir, "a", "flake.nix"):      `{ inputs.x.url = "github:o/x"; outputs = _: { }; }`,
		filepath.Join(dir, "b", "flake.nix"):      `{ inputs.x.url = "github:o/x"; inputs.y.url = "github:o/y"; outputs = _: { }; }`,
		filepath.Join(dir, "b", ".nix-pins.toml"): "role = \"pins\"\n",
	}
	for path := range texts {
		write(t, filepath.Dir(path), filepath.Base(path), "")
	}
	w := indexed(t, workspace.Options{Roots: []string{dir}})
	together, oneByOne := w.Snapshot().WithTexts(texts), w.Snapshot()
	for path, text := range texts {
		oneByOne = oneByOne.WithText(path, text)
	}
	if got, want := describe(together, dir), describe(oneByOne, dir); got != want {
		t.Errorf("together:\n%s\none by one:\n%s", got, want)
	}
	if uses := together.SourceUsers("github.com/o/x"); len(uses) != 2 {
		t.Errorf("github.com/o/x is used by %v", uses)
	}
	if b := together.Flake(filepath.Join(dir, "b")); together.Role(b) != workspace.RolePins {
		t.Errorf("the role of b is %v", together.Role(b))
	}
	if n := len(w.Snapshot().SourceUsers("github.com/o/x")); n != 0 {
		t.Errorf("the workspace has learnt of %d uses", n)
	}
}

// Breaks when flakes that are laid over are counted besides what the facts have of them, or twice because they use a source twice; where
// few are laid over and many use the source, and the other way round.
func TestOtherUsersOfTexts(t *testing.T) {
	dir := t.TempDir()
	const twice, none = `{ inputs.x.url = "github:o/x"; inputs.z.url = "github:o/x"; outputs = _: { }; }`, `{ outputs = _: { }; }`
	flake := func(name string) string { return filepath.Join(dir, name, "flake.nix") }
	for _, name := range []string{"a", "b", "c"} {
		write(t, filepath.Dir(flake(name)), "flake.nix", twice)
	}
	s := indexed(t, workspace.Options{Roots: []string{dir}}).Snapshot()
	for _, c := range []struct {
		texts map[string]string
		want  int
	}{
		{nil, 3},
		{map[string]string{flake("a"): none}, 2},
		{map[string]string{flake("a"): none, flake("b"): twice, flake("d"): twice}, 3},
		{map[string]string{flake("a"): none, flake("b"): none, flake("c"): none, flake("d"): none, flake("e"): none, flake("f"): none}, 0},
		{map[string]string{flake("a"): none, flake("b"): twice, flake("d"): none, flake("e"): none, flake("f"): none, flake("g"): none}, 2},
	} {
		if _, got := s.WithTexts(c.texts).OtherUsers("github.com/o/x", 1); got != c.want {
			t.Errorf("with %v it has %d users, want %d", c.texts, got, c.want)
		}
	}
}
