package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// graphOf makes the text of a lock whose nodes have the given edges: "a=b" leads to the node b, "a>x/y" follows x/y.
func graphOf(edges map[string]string) string {
	type object = map[string]any
	all := object{}
	for key, list := range edges {
		inputs := object{}
		for _, e := range strings.Fields(list) {
			if name, path, ok := strings.Cut(e, ">"); ok {
				inputs[name] = strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
			} else {
				name, target, _ := strings.Cut(e, "=")
				inputs[name] = target
			}
		}
		all[key] = object{"inputs": inputs}
		if key != "root" {
			// Nix makes of a relative path an input of the flake beside it, with no fetch.
			path := object{"type": "path", "path": "./" + key}
			all[key] = object{"inputs": inputs, "original": path, "locked": path, "parent": []string{}}
		}
	}
	b, err := json.Marshal(object{"version": 7, "root": "root", "nodes": all})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Breaks when a path does not lead to the node that it means, or the error does not tell where it ends.
func TestResolve(t *testing.T) {
	g, err := Parse(graphOf(map[string]string{
		"root": "a=a b>a/x c>b/y self> gone>a/nope round>a/round via>gone",
		"a":    "x=x round>round up>self",
		"x":    "y=y",
		"y":    "back>a",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                "root",
		"a":               "a",
		"b":               "x",
		"c":               "y",
		"c/back/x":        "x",
		"self/self/b":     "x",
		"a/up/a":          "a",
		"nope":            `the lock has no input "nope"`,
		"a/nope/x":        `the lock has no input "a/nope"`,
		"gone":            `the input "gone" follows "a/nope", which does not exist`,
		"via/x":           `the input "via" follows "gone", which does not exist`,
		"round":           `the input "round" follows "a/round", which goes in a circle`,
		"a/round/x":       `the input "a/round" follows "round", which goes in a circle`,
		"self/self/round": `the input "self/self/round" follows "a/round", which goes in a circle`,
	} {
		elements := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
		n, err := g.Resolve(elements)
		var wrong *PathError
		got := ""
		if errors.As(err, &wrong) {
			got = wrong.Error()
		} else {
			got = n.Key()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
	in, _ := g.Root().Input("c")
	if chain := g.Chain(in); !slices.EqualFunc(chain, [][]string{{"b", "y"}}, slices.Equal) {
		t.Errorf("chain of c: %q", chain)
	}
	in, _ = g.Root().Input("round")
	if chain := g.Chain(in); len(chain) != 2 {
		t.Errorf("chain of a circle: %q", chain)
	}
	x, _ := g.Resolve([]string{"b"})
	// Four names lead to x; a path that comes back to the root does not count.
	if diff := cmp.Diff([][]string{{"b"}, {"a", "x"}, {"c", "back", "x"}}, g.Paths(x.ID(), 3)); diff != "" {
		t.Error(diff)
	}
	var messages []string
	for _, p := range g.Problems {
		messages = append(messages, fmt.Sprintf("%s %s", p.Code, p.Message))
	}
	slices.Sort(messages)
	want := []string{
		`follows-cycle the input "round" follows "a/round", which goes in a circle at "a/round"`,
		`follows-cycle the input "round" follows "round", but "round" goes in a circle`,
		`unknown-follows the input "gone" follows "a/nope", but "a" has no input "nope"`,
		`unknown-follows the input "via" follows "gone", but "gone" leads nowhere`,
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Error(diff)
	}
}

// Breaks when a follows path is found good that Nix refuses, or the other way round. The flakes are relative inputs of one
// folder, so Nix makes the very graph; its own check says what it thinks of the follows.
func TestFollowsAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	for _, edges := range []map[string]string{
		{"root": "a=a b>a/x", "a": "x=x", "x": ""},
		{"root": "a=a b>a/nope", "a": "x=x", "x": ""},
		{"root": "a=a b>b", "a": ""},
		{"root": "a>b b>a"},
		{"root": "a>b b>c c>a"},
		{"root": "a>b b>c c=c", "c": ""},
		{"root": "a=a b> c>b/a", "a": ""},
		{"root": "a=a b>a/r/a", "a": "r>"},
		{"root": "a>b/x b=b", "b": "x>a"},
		{"root": "p=p a>p c>a/b twice", "p": "b>p"},
		{"root": "a=a b>a/a c>b/a twice", "a": "a>a"},
		{"root": "p=p b>nope/x", "p": ""},
		{"root": "p=p q>p/x/y", "p": "x>q"},
	} {
		rest, twice := strings.CutSuffix(edges["root"], " twice")
		edges["root"] = rest
		g, err := Parse(graphOf(edges))
		if err != nil {
			t.Fatal(err)
		}
		good := true
		for _, p := range g.Problems {
			good = good && p.Code != UnknownFollows && p.Code != FollowsCycle
			if p.Rejected {
				t.Fatal(p)
			}
		}
		// What a node of the lock follows is told from the root; what a flake follows, from itself: so all follows
		// are written as overrides of the root.
		files := map[string]string{}
		var root strings.Builder
		for key, list := range edges {
			var own strings.Builder
			for _, e := range strings.Fields(list) {
				if name, path, ok := strings.Cut(e, ">"); ok {
					prefix := "inputs."
					if key != "root" {
						prefix = "inputs." + key + ".inputs."
						fmt.Fprintf(&own, "inputs.%s.url = \"path:../void\"; ", name)
					}
					fmt.Fprintf(&root, "%s%s.follows = \"%s\"; ", prefix, name, path)
				} else {
					name, target, _ := strings.Cut(e, "=")
					up := "../"
					if key == "root" {
						up = "./"
						fmt.Fprintf(&root, "inputs.%s.url = \"path:%s%s\"; ", name, up, target)
					}
					fmt.Fprintf(&own, "inputs.%s.url = \"path:%s%s\"; ", name, up, target)
				}
			}
			if key != "root" {
				files[key+"/flake.nix"] = "{ " + own.String() + "outputs = _: { }; }"
			}
		}
		files["flake.nix"] = "{ " + root.String() + "outputs = _: { }; }"
		dir := realtools.TempDir(t)
		realtools.WriteFiles(t, dir, files)
		answer, _, err := nix.FlakeMetadata("path:"+dir, "--no-write-lock-file")
		if twice && good && err != nil {
			continue // the difference that Resolve documents
		}
		if good != (err == nil) || twice {
			t.Errorf("%v: follows are good %v (%v), Nix: %v", edges, good, g.Problems, err)
			continue
		}
		if err != nil {
			if text := err.Error(); !strings.Contains(text, "follow") {
				t.Errorf("%v: Nix refuses for another reason: %v", edges, err)
			}
			continue
		}
		var metadata struct{ Locks json.RawMessage }
		if err := json.Unmarshal(answer, &metadata); err != nil {
			t.Fatal(err)
		}
		theirs, err := Parse(string(metadata.Locks))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tree(theirs), tree(g)); diff != "" {
			t.Errorf("%v: %s", edges, diff)
		}
	}
}

// tree prints what Walk visits: what an input follows, or the path of its reference.
func tree(g *Graph) []string {
	var lines []string
	g.Walk(func(path []string, in Input) bool {
		if in.Follows != nil {
			lines = append(lines, strings.Join(path, "/")+" follows "+strings.Join(in.Follows, "/"))
		} else {
			lines = append(lines, strings.Join(path, "/")+" is "+strings.TrimLeft(g.Node(in.Target).Original().Path(), "./"))
		}
		return true
	})
	return lines
}
