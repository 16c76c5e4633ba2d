package lock

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// inputs are those of a flake.nix as Nix evaluates them: attributes, overrides under "inputs".
type inputs map[string]map[string]any

func (in inputs) overrides(name string) inputs {
	nested := inputs{}
	sub, _ := in[name]["inputs"].(map[string]any)
	for name, value := range sub {
		nested[name], _ = value.(map[string]any)
	}
	return nested
}

// reference is what an input asks for; follows is not nil where it follows.
func (in inputs) reference(name string) (asked ref.Ref, follows []string, err error) {
	attrs := in[name]
	if path, ok := attrs["follows"].(string); ok {
		return ref.Ref{}, strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), nil
	}
	if url, ok := attrs["url"]; ok && attrs["type"] == nil {
		if literal, ok := url.(map[string]any); ok {
			url = literal["__nixPath"]
		}
		asked, err = ref.ParseInputOf(url.(string), attrs["flake"] != false)
		return asked, nil, err
	}
	if attrs["type"] == nil {
		asked, err = ref.Parse(name)
		return asked, nil, err
	}
	plain := ref.Attrs(maps.Clone(attrs))
	delete(plain, "inputs")
	delete(plain, "flake")
	asked, err = ref.FromAttrs(plain)
	return asked, nil, err
}

func nixValue(value any) string {
	switch v := value.(type) {
	case map[string]any:
		if path, ok := v["__nixPath"]; ok {
			return path.(string)
		}
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(&b, "%s = %s; ", realtools.Literal(name), nixValue(v[name]))
		}
		return "{ " + b.String() + "}"
	case string:
		return realtools.Literal(v)
	default:
		return fmt.Sprint(v)
	}
}

// satisfied says by Keeps whether a lock satisfies the inputs of a flake; known is false where only a fetch could tell.
func satisfied(g *Graph, declared inputs) (ok, known bool, err error) {
	overrides := map[string]inputs{} // by the path of the input, the inputs that hold it
	var collect func(path string, in inputs)
	collect = func(path string, in inputs) {
		for name := range in {
			at := path + "/" + name
			_, direct := in[name]["url"]
			_, typed := in[name]["type"]
			if _, follows := in[name]["follows"]; direct || typed || follows {
				overrides[at] = in
			}
			collect(at, in.overrides(name))
		}
	}
	for name := range declared {
		collect("/"+name, declared.overrides(name))
	}
	ok = slices.Equal(slices.Sorted(maps.Keys(declared)), g.Root().Names())
	known = true
	g.Walk(func(path []string, in Input) bool {
		at := "/" + strings.Join(path, "/")
		by, overridden := overrides[at]
		if len(path) == 1 {
			by, overridden = declared, declared[in.Name] != nil
		}
		if !overridden {
			return true // taken from the lock as it is
		}
		asked, follows, problem := by.reference(in.Name)
		if problem != nil {
			err = problem
			return false
		}
		if follows != nil || in.Follows != nil {
			ok = ok && slices.Equal(follows, in.Follows) && (follows == nil) == (in.Follows == nil)
			return false
		}
		node := g.Node(in.Target)
		if !node.Keeps(asked, nil) {
			ok = false
			return false
		}
		if len(path) == 1 && node.Refetches(func(name string) bool { return overrides[at+"/"+name] != nil }) {
			known = false
		}
		return true
	})
	return ok, known, err
}

// Breaks when Keeps or Refetches judges an entry of a real lock otherwise than Nix does: with a lock that satisfies its
// flake.nix Nix needs no network, with any other it does, or refuses.
func TestKeepsAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	counts := map[string]int{}
	for name, source := range realLocks(t) {
		content, err := os.ReadFile("testdata/real/" + name + ".inputs.json")
		if err != nil {
			t.Fatal(err)
		}
		declared := inputs{}
		if err := json.Unmarshal(content, &declared); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(source, `"./`) {
			counts["relative"]++ // Nix looks for the folder, which we do not have
			continue
		}
		g, err := Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		delete(declared, "self") // no input: attributes of the flake's own source
		// As it is, with its first input taken away, and with that input's reference changed.
		less, changed := maps.Clone(declared), maps.Clone(declared)
		for _, input := range slices.Sorted(maps.Keys(declared))[:min(1, len(declared))] {
			delete(less, input)
			changed[input] = map[string]any{"url": "github:Changed/x"}
		}
		variants := []inputs{declared, less, changed}
		for i, variant := range variants {
			ok, known, err := satisfied(g, variant)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if !known {
				counts["fetch"]++
				continue
			}
			plain := map[string]any{}
			for input, attrs := range variant {
				plain[input] = attrs
			}
			_, answer := metadata(t, nix, "{ inputs = "+nixValue(plain)+"; outputs = _: { }; }", source)
			if ok != (answer == "") {
				t.Errorf("%s, variant %d: satisfied %v, Nix says %q", name, i, ok, answer)
			}
			counts[fmt.Sprint("satisfied ", ok)]++
		}
	}
	if counts["satisfied true"] < 50 || counts["satisfied false"] < 100 {
		t.Errorf("too few cases: %v", counts)
	}
}

// Breaks when the rule of one entry is not Nix's: what is compared, in which form, and the parent of relative paths.
func TestKeeps(t *testing.T) {
	source := nodes(`"inputs":{"sub":"sub","deep":"deep","dir":"dir","old":"old"}`, `,
		"sub":{"original":{"type":"path","path":"./sub"},"locked":{"type":"path","path":"./sub"},"parent":[]},
		"deep":{"original":{"type":"path","path":"../deep"},"locked":{"type":"path","path":"../deep"},"parent":["sub"]},
		"dir":{"original":{"type":"git","url":"https://x.y/z?dir=s","dir":"s"},"locked":{"type":"git","url":"https://x.y/z","dir":"s","rev":"0000000000000000000000000000000000000001"}},
		"old":{"original":{"type":"github","owner":"O","repo":"r"},"locked":{"type":"github","owner":"O","repo":"r","rev":"0000000000000000000000000000000000000001"}}`)
	g, err := Parse(source)
	if err != nil || len(g.Problems) > 0 {
		t.Fatal(err, g.Problems)
	}
	for _, c := range []struct {
		input, url string
		declarer   []string
		want       bool
	}{
		{"sub", "./sub", nil, true},
		{"sub", "path:./sub", []string{}, true},
		{"sub", "./sub", []string{"deep"}, false},
		{"sub", "./other", nil, false},
		{"deep", "../deep", []string{"sub"}, true},
		{"deep", "../deep", nil, false},
		{"dir", "git+https://x.y/z?dir=s", nil, true},
		{"dir", "git+https://x.y/z?dir=t", nil, false},
		{"dir", "git+https://x.y/z", nil, false},
		{"old", "github:O/r", []string{"sub"}, true},
		{"old", "github:o/r", nil, false},
		{"old", "github:O/r/main", nil, false},
	} {
		in, _ := g.Root().Input(c.input)
		effective, err := ref.ParseInput(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Node(in.Target).Keeps(effective, c.declarer); got != c.want {
			t.Errorf("%s kept for %s of %q: %v", c.input, c.url, c.declarer, got)
		}
	}
}
