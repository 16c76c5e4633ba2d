package proof

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// neighbours are flakes beside the ones that are locked, which refer to them by path: or git+file:.
var neighbours = map[string]string{
	"a": `{ outputs = _: { }; }`,
	"b": `{ inputs.a.url = "path:$DIR/a"; outputs = _: { }; }`,
	"c": `{ inputs.a.url = "path:$DIR/a"; inputs.b = { url = "path:$DIR/b"; inputs.a.follows = "a"; }; outputs = _: { }; }`,
	"e": `{ inputs.b.url = "path:$DIR/b"; inputs.g.url = "git+file://$DIR/g"; outputs = _: { }; }`,
	"g": `{ inputs.a.url = "path:$DIR/a"; outputs = _: { }; }`,
}

// draft is an input of a flake that is made up: an override has neither a flake nor overrides of its own.
type draft struct {
	url, follows string
	plain        bool
	overrides    map[string]draft
}

type flakeDraft map[string]draft

func (f flakeDraft) clone() flakeDraft {
	other := flakeDraft{}
	for name, in := range f {
		in.overrides = maps.Clone(in.overrides)
		other[name] = in
	}
	return other
}

func (f flakeDraft) text() string {
	var b strings.Builder
	var write func(path string, in draft)
	write = func(path string, in draft) {
		switch {
		case in.url != "":
			fmt.Fprintf(&b, "  %s.url = %q;\n", path, in.url)
		case in.follows != "":
			fmt.Fprintf(&b, "  %s.follows = %q;\n", path, in.follows)
		}
		if in.plain {
			fmt.Fprintf(&b, "  %s.flake = false;\n", path)
		}
		for _, name := range slices.Sorted(maps.Keys(in.overrides)) {
			write(path+".inputs."+name, in.overrides[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		write("inputs."+name, f[name])
	}
	return "{\n" + b.String() + "  outputs = _: { };\n}\n"
}

// drawing makes flakes up.
type drawing struct {
	*rand.Rand
	dir string
}

func (d drawing) reference() string {
	switch name := oneOf(d.Rand, []string{"a", "b", "b", "c", "c", "e", "g", "sub"}); {
	case name == "sub":
		return "./sub"
	case name == "g":
		return "git+file://" + d.dir + "/g"
	default:
		return "path:" + d.dir + "/" + name
	}
}

func oneOf[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (d drawing) override() draft {
	if d.IntN(3) == 0 {
		return draft{url: "path:" + d.dir + "/a"}
	}
	return draft{follows: oneOf(d.Rand, []string{"v", "w", "x"})}
}

func (d drawing) input() draft {
	in := draft{url: d.reference(), overrides: map[string]draft{}}
	for _, name := range []string{"a", "b"} {
		if d.IntN(4) == 0 {
			in.overrides[name] = d.override()
		}
	}
	if d.IntN(8) == 0 {
		in.plain, in.overrides = true, nil
	}
	return in
}

func (d drawing) flake() flakeDraft {
	f := flakeDraft{"v": {url: "path:" + d.dir + "/a"}, "w": d.input(), "x": d.input()}
	if d.IntN(2) == 0 {
		f["y"] = draft{follows: oneOf(d.Rand, []string{"v", "w", "w/a", "x/b"})}
	}
	return f
}

// mutate changes a flake or its lock a little, or not at all, and says how.
func (d drawing) mutate(f flakeDraft, locked []byte) (flakeDraft, string, string) {
	f = f.clone()
	name := oneOf(d.Rand, slices.Sorted(maps.Keys(f)))
	in := f[name]
	switch d.IntN(12) {
	case 0:
		return f, string(locked), "nothing"
	case 1:
		delete(f, name)
		return f, string(locked), "an input dropped"
	case 2:
		f["z"] = d.input()
		return f, string(locked), "an input added"
	case 3:
		f[name] = d.input()
		return f, string(locked), "an input changed"
	case 4:
		if in.overrides == nil || in.follows != "" {
			break
		}
		in.overrides[oneOf(d.Rand, []string{"a", "b"})] = d.override()
		f[name] = in
		return f, string(locked), "an override set"
	case 5:
		if len(in.overrides) == 0 {
			break
		}
		clear(in.overrides)
		return f, string(locked), "overrides dropped"
	case 6:
		in.url, in.follows, in.overrides, in.plain = "", oneOf(d.Rand, []string{"v", "w/a", "x/b"}), nil, false
		f[name] = in
		return f, string(locked), "an input follows"
	case 7:
		in.plain = !in.plain && in.follows == ""
		f[name] = in
		return f, string(locked), "flake changed"
	}
	return f, d.damage(locked), "the lock changed"
}

// damage changes one thing in a lock, so that it stays one that Nix can read.
func (d drawing) damage(locked []byte) string {
	var file map[string]any
	if err := json.Unmarshal(locked, &file); err != nil {
		panic(err)
	}
	nodes := file["nodes"].(map[string]any)
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(nodes)), func(key string) bool { return key == "root" })
	root := nodes["root"].(map[string]any)["inputs"].(map[string]any)
	key := oneOf(d.Rand, keys)
	node := nodes[key].(map[string]any)
	switch d.IntN(6) {
	case 0:
		root["extra"] = key
	case 1:
		delete(root, oneOf(d.Rand, slices.Sorted(maps.Keys(root))))
	case 2:
		node["original"] = map[string]any{"type": "path", "path": d.dir + "/" + oneOf(d.Rand, []string{"a", "b", "other"})}
	case 3:
		if inputs, _ := node["inputs"].(map[string]any); len(inputs) > 0 {
			inputs[oneOf(d.Rand, slices.Sorted(maps.Keys(inputs)))] = []any{oneOf(d.Rand, []string{"v", "w"})}
		}
	case 4:
		root[oneOf(d.Rand, slices.Sorted(maps.Keys(root)))] = []any{"v"}
	case 5:
		nodes["unreached"] = map[string]any{"original": node["original"], "locked": node["locked"]}
		file["version"] = 5 + d.IntN(3)
	}
	text, err := json.Marshal(file)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// undecided says whether Nix may read the flake of an entry again, so that the lock alone does not tell.
func undecided(t *testing.T, source, locked string) bool {
	t.Helper()
	m := parse.Parse(parse.Flake, source)
	g, err := lock.Parse(locked)
	if err != nil {
		t.Fatal(err)
	}
	for in := range g.Root().Inputs() {
		declared := m.Input(in.Name)
		if in.Follows != nil || in.Target == lock.NoNode || declared == nil {
			continue
		}
		if g.Node(in.Target).Refetches(func(name string) bool { return declared.Override(name) != nil }) {
			return true
		}
	}
	return false
}

var nonExistent = regexp.MustCompile(`input '([^']*)' has an override for a non-existent input '([^']*)'`)

// notThere are the overrides of which Nix warns that there is no such input, but those below flake = false: of these dead-override
// speaks.
func notThere(warnings []string, f flakeDraft) map[string]bool {
	paths := map[string]bool{}
	for _, warning := range warnings {
		if m := nonExistent.FindStringSubmatch(warning); m != nil && !f[m[1]].plain {
			paths[m[1]+"/"+m[2]] = true
		}
	}
	return paths
}

const staleMessage = "requires lock file changes but they're not allowed"

// staleAgrees makes flakes up, locks them, changes them and compares what stale-lock says with what Nix does.
func staleAgrees(t *testing.T, seeds []uint64, changes int) map[string]int {
	nix := realtools.NewNix(t)
	base := realtools.TempDir(t)
	neighboursDir := filepath.Join(base, "up")
	for name, source := range neighbours {
		realtools.WriteFiles(t, filepath.Join(neighboursDir, name), map[string]string{"flake.nix": strings.ReplaceAll(source, "$DIR", neighboursDir)})
	}
	realtools.GitCommit(t, filepath.Join(neighboursDir, "g"), nil)
	sub := map[string]string{"sub/flake.nix": strings.ReplaceAll(neighbours["b"], "$DIR", neighboursDir)}
	var guard sync.Mutex
	counts := map[string]int{}
	count := func(what string) {
		guard.Lock()
		defer guard.Unlock()
		counts[what]++
	}
	t.Run("seeds", func(t *testing.T) {
		for _, seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				d := drawing{rand.New(rand.NewPCG(seed, 1)), neighboursDir}
				f := d.flake()
				dir := filepath.Join(base, fmt.Sprintf("flake%d", seed))
				realtools.WriteFiles(t, dir, sub)
				realtools.WriteFiles(t, dir, map[string]string{"flake.nix": f.text()})
				locked, _, err := nix.FlakeLock(t, dir, "path:"+dir)
				if err != nil {
					count("refused at once")
					return
				}
				for i := range changes {
					changed, lockText, how := d.mutate(f, locked)
					at := filepath.Join(dir, fmt.Sprintf("change%d", i))
					realtools.WriteFiles(t, at, sub)
					realtools.WriteFiles(t, at, map[string]string{"flake.nix": changed.text(), "flake.lock": lockText})
					var said []string
					unknown := map[string]bool{}
					for _, finding := range run(t, index(t, at), filepath.Join(at, "flake.nix")) {
						if finding.Code == "stale-lock" {
							said = append(said, finding.Message)
						}
						if finding.Code == "unknown-override" {
							unknown[finding.Object] = true
						}
					}
					_, warnings, err := nix.FlakeMetadata("path:"+at, "--no-update-lock-file")
					switch stale := err != nil && strings.Contains(err.Error(), staleMessage); {
					case err != nil && !stale:
						count("refused for another reason")
					case stale && len(said) == 0 && undecided(t, changed.text(), lockText):
						count("only a fetch could tell")
					case stale != (len(said) > 0):
						t.Errorf("%s: Nix says %v, we say %q of\n%s\nwith\n%s", how, err, said, changed.text(), lockText)
					case !stale && !undecided(t, changed.text(), lockText) && !maps.Equal(unknown, notThere(warnings, changed)):
						t.Errorf("%s: Nix warns %v, we speak of overrides of %v in\n%s\nwith\n%s", how, warnings, unknown, changed.text(), lockText)
					default:
						if len(unknown) > 0 && !stale {
							count("unknown overrides")
						}
						count(fmt.Sprintf("%s: stale %t", how, stale))
						count(fmt.Sprintf("stale %t", stale))
					}
				}
			})
		}
	})
	return counts
}

// Breaks when unknown-override speaks of other overrides than Nix warns of, or when stale-lock is silent about a lock that real Nix would have to change, or speaks of one that Nix takes as it is: made-up
// flakes, locked by Nix, and changed in flake.nix or in the lock.
func TestStaleLockAsNix(t *testing.T) {
	var seeds []uint64
	for seed := range uint64(26) {
		seeds = append(seeds, seed)
	}
	counts := staleAgrees(t, seeds, 8)
	t.Log(counts)
	if counts["stale true"]+counts["stale false"] < 150 || counts["stale false"] < 30 || counts["stale true"] < 60 || counts["unknown overrides"] < 5 {
		t.Errorf("too few pairs: %v", counts)
	}
}
