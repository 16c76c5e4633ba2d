package proof

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// locked are the rules whose fixes change what is locked, or promise not to.
var locked = []string{"raw-url", "reference-as-follows", "dead-override", "closed-outputs"}

// written are the paths of inputs and overrides of which a flake says a reference or a follows that Nix looks at: the
// overrides that are alive.
func written(m *parse.Manifest) [][]string {
	var paths [][]string
	var walk func(in *parse.Input)
	walk = func(in *parse.Input) {
		if in.URL != nil || in.Follows != nil || in.Type != nil {
			paths = append(paths, in.Path)
		}
		if in.Follows != nil {
			return
		}
		for _, o := range in.Overrides {
			walk(o)
		}
	}
	for _, in := range m.Inputs {
		walk(in)
	}
	return paths
}

// keeps reports every input and override of the leaf that has another source in the lock after an edit than in the one before.
func (l *laid) keeps(t *testing.T, what string, after *lock.Graph) {
	t.Helper()
	for _, path := range written(parse.Parse(parse.Flake, l.leaf)) {
		was, is := sourceAt(l.before, path), sourceAt(after, path)
		// Nix only warns of an override of what is not there.
		if was != "" && !equalSources(was, is) {
			t.Errorf("%s: %s was %s and is %q now", what, strings.Join(path, "/"), was, is)
		}
	}
}

// keepsOverrides reports every override below an input that is without effect in a lock: where it followed a path, it does
// not end where the path ends now, or where it had a reference, it has another.
func (l *laid) keepsOverrides(t *testing.T, what string, input []string, after *lock.Graph) {
	t.Helper()
	m := parse.Parse(parse.Flake, l.leaf)
	for _, path := range written(m) {
		if len(path) == len(input) || !slices.Equal(path[:min(len(input), len(path))], input) || sourceAt(l.before, path) == "" {
			continue
		}
		o := m.Input(path[0])
		for _, name := range path[1:] {
			o = o.Override(name)
		}
		if follows, ok := o.Follows.Text(); ok {
			got, gotErr := after.Resolve(path)
			want, wantErr := after.Resolve(strings.Split(follows, "/"))
			if gotErr != nil || wantErr != nil || got != want {
				t.Errorf("%s: the override %s → %s has no effect: %v %v\n%s", what, strings.Join(path, "/"), follows, gotErr, wantErr, edges(after))
			}
		} else if was, is := sourceAt(l.before, path), sourceAt(after, path); !equalSources(was, is) {
			t.Errorf("%s: %s was %s and is %q now", what, strings.Join(path, "/"), was, is)
		}
	}
}

// equalSources: git+file: repositories are compared by their source, refs in their short form.
func equalSources(a, b string) bool {
	short := strings.NewReplacer("refs/heads/", "")
	return short.Replace(a) == short.Replace(b)
}

// follower says which input a finding lets follow which path, by the title of its fix.
func follower(f diagnostics.Finding, fix diagnostics.Fix) (input, path []string, ok bool) {
	title := fix.Title()
	if _, rest, found := strings.Cut(title, " and follow "); found {
		title = "Follow " + rest
	}
	rest, ok := strings.CutPrefix(title, "Follow ")
	if !ok {
		return nil, nil, false
	}
	target, _, _ := strings.Cut(rest, " ")
	return strings.Split(f.Object, "/"), strings.Split(target, "/"), true
}

// hasEdge reports an input that does not follow a path in a lock.
func hasEdge(t *testing.T, what string, g *lock.Graph, input, path []string) {
	t.Helper()
	parent, err := g.Resolve(input[:len(input)-1])
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if edge, _ := parent.Input(input[len(input)-1]); !slices.Equal(edge.Follows, path) {
		t.Errorf("%s: %s follows %v in the lock, want %v; the lock:\n%s", what, strings.Join(input, "/"), edge.Follows, path, edges(g))
	}
}

// checkSafe makes all safe fixes of the leaf at once.
func (l *laid) checkSafe(t *testing.T, s *workspace.Snapshot) {
	fixed, err := diagnostics.FixAll(context.Background(), s, []string{l.leafPath()}, safe)
	if err != nil {
		t.Error(err)
		return
	}
	if len(fixed.Applied) == 0 {
		return
	}
	var titles []string
	for _, a := range fixed.Applied {
		titles = append(titles, a.Finding.Code+"("+a.Finding.Object+"): "+a.Fix.Title())
	}
	what := strings.Join(titles, "; ")
	after := fixed.Texts[l.leafPath()]
	g, err := l.lockLeaf(t, after)
	if err != nil {
		t.Errorf("after %s Nix refuses: %v\n%s", what, err, after)
		return
	}
	l.keeps(t, "after "+what, g)
	for _, a := range fixed.Applied {
		input, path, ok := follower(a.Finding, a.Fix)
		if !ok {
			continue
		}
		hasEdge(t, "after "+what, g, input, path)
		got, err := g.Resolve(input)
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := l.pinsLock.Resolve(path[1:])
		if err != nil {
			t.Errorf("pins has no %v", path)
		} else if !strings.Contains(l.leaf, "pins.inputs") && got.NarHash() != want.NarHash() {
			t.Errorf("after %s: %v is %s, pins has %s", what, input, got.NarHash(), want.NarHash())
		}
	}
	if err := l.evaluates(t, after); err != nil {
		t.Errorf("after %s the outputs do not evaluate: %v\n%s", what, err, after)
	}
	again, err := diagnostics.FixAll(context.Background(), s.WithText(l.leafPath(), after), []string{l.leafPath()}, safe)
	if err != nil || len(again.Applied) > 0 {
		t.Errorf("after %s more is fixed: %v %v", what, again, err)
	}
}

// checkChoice makes one fix alone and holds it to its title.
func (l *laid) checkChoice(t *testing.T, s *workspace.Snapshot, f diagnostics.Finding, fix diagnostics.Fix) {
	what := f.Code + "(" + f.Object + "): " + fix.Title()
	texts, err := apply(s, fix)
	if err != nil {
		return // refused, with a reason
	}
	if text, ok := texts[filepath.Join(l.work, "pins", "flake.nix")]; ok {
		locked, err := l.lockFlake(t, filepath.Join(l.work, "pins-after"), text, nil)
		if err != nil {
			t.Errorf("after %s Nix refuses pins: %v\n%s", what, err, text)
			return
		}
		if _, err := graphOf(t, locked).Resolve([]string{f.Object}); err != nil {
			t.Errorf("after %s: %v", what, err)
		}
		return
	}
	after := texts[l.leafPath()]
	g, err := l.lockLeaf(t, after)
	if err != nil {
		t.Errorf("after %s Nix refuses: %v\n%s\nbefore:\n%s\npins:\n%s", what, err, after, l.leaf, l.pins)
		return
	}
	switch f.Code {
	case "dead-override":
		if was, is := edges(l.before), edges(g); was != is {
			t.Errorf("after %s the lock has\n%s, was\n%s", what, is, was)
		}
	case "closed-outputs":
		if err := l.evaluates(t, l.leaf); err == nil {
			t.Errorf("%s: the outputs evaluate before it\n%s", f.Message, l.leaf)
		}
		if err := l.evaluates(t, after); err != nil {
			t.Errorf("after %s the outputs do not evaluate: %v\n%s", what, err, after)
		}
	}
	input, path, ok := follower(f, fix)
	if !ok {
		return
	}
	hasEdge(t, "after "+what, g, input, path)
	switch {
	case strings.Contains(fix.Title(), "keeps the override"):
		l.keepsOverrides(t, "after "+what, input, g)
	case strings.Contains(fix.Title(), " at ") || f.Code == "reference-as-follows":
		// Another version is what was chosen.
	case !strings.Contains(fix.Title(), "drops the override"):
		l.keeps(t, "after "+what, g)
	}
}

// check holds all that the program offers for the leaf against Nix.
func (l *laid) check(t *testing.T) (fixes int) {
	s := index(t, l.work)
	l.checkSafe(t, s)
	for _, f := range run(t, s, l.leafPath()) {
		if f.Severity == diagnostics.Error {
			t.Errorf("an Error on a flake that Nix takes: %s: %s\n%s", f.Code, f.Message, l.leaf)
		}
		if !slices.Contains(locked, f.Code) {
			continue
		}
		for _, fix := range f.Fixes {
			l.checkChoice(t, s, f, fix)
			fixes++
		}
	}
	return fixes
}

// Breaks when a fix of a random leaf gives a lock without the follows that it says, a safe fix moves an input to another source
// or away from what pins locks, a title is untrue, an Error stands at a flake that Nix takes, or outputs fail after FixAll.
func TestRandomPolyrepos(t *testing.T) {
	l := newLab(t)
	refused, fixes := 0, 0
	for seed := range seeds {
		p := newDraw(seed).polyrepo()
		laid, err := l.lay(t, p)
		if err != nil {
			refused++
			continue
		}
		n := 0
		if !t.Run("", func(t *testing.T) { n = laid.check(t) }) {
			t.Logf("seed %d (on disk %t, with lock %t)\npins:\n%s\nleaf:\n%s\nlock:\n%s", seed, p.onDisk, p.withLock, p.pins, p.leaf, edges(laid.before))
		}
		fixes += n
	}
	t.Logf("%d leaves, %d refused by Nix, %d fixes", seeds, refused, fixes)
	if refused > int(seeds)/2 || fixes < int(seeds) {
		t.Errorf("of %d leaves Nix refuses %d, and %d fixes were tried: the leaves prove little", seeds, refused, fixes)
	}
}

// seeds is how many leaves are drawn: some seconds.
const seeds uint64 = 24
