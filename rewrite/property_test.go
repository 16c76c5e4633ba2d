package rewrite

import (
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// step is one random rewrite: what to do, and what it makes of the model. Refusable says that the code may say no.
type step struct {
	name      string
	do        func(*parse.Manifest) (Change, error)
	refusable bool
	// owners are the inputs whose comments may go.
	owners []string
}

// drawStep draws a rewrite and applies it to the model.
func drawStep(t *rapid.T, f *flakeModel) step {
	kind := rapid.IntRange(0, 11).Draw(t, "operation")
	if len(f.inputs) == 0 {
		kind = 0
	}
	if kind == 0 && named(f.inputs, "new") != nil || kind == 8 && named(f.inputs, "renamed") != nil || kind == 5 && anyOverride(f.inputs, "added") {
		kind = 9 // done already
	}
	if kind == 0 {
		return drawAdd(t, f)
	}
	in := rapid.SampledFrom(f.inputs).Draw(t, "input")
	name := in.name
	find := func(m *parse.Manifest) *parse.Input { return m.Input(name) }
	s := step{owners: []string{in.owner}}
	_, isFollows := in.follows()
	switch kind {
	case 1, 2:
		return drawFollow(t, f, in, kind == 2)
	case 3:
		s.name = "set-url " + name
		s.do = func(m *parse.Manifest) (Change, error) { return SetURL(m, find(m), "github:new/url") }
		rest := slices.DeleteFunc(in.fields, func(f field) bool { return f.name != "flake" })
		in.fields = append([]field{text1("url", "github:new/url")}, rest...)
	case 4:
		s.name = "unfollow " + name
		no := false
		d := Declaration{URL: "github:back/again", Flake: &no, Overrides: []Override{{Path: []string{"nixpkgs"}, Follows: "pins/nixpkgs"}, {Path: []string{"p q", "r"}, URL: "x"}}}
		s.do = func(m *parse.Manifest) (Change, error) { return Unfollow(m, find(m), d) }
		s.refusable = !isFollows
		if isFollows {
			in.fields = []field{text1("url", d.URL), {"flake", "false", false}}
			in.overrides = []*model{
				{name: "nixpkgs", fields: []field{text1("follows", "pins/nixpkgs")}},
				{name: "p q", overrides: []*model{{name: "r", fields: []field{text1("url", "x")}}}},
			}
		}
	case 5:
		_, isPlain := in.get("flake")
		s.name = "add-override " + name
		s.do = func(m *parse.Manifest) (Change, error) {
			return AddOverride(m, find(m), []string{"added", "deep er"}, "nixpkgs")
		}
		s.refusable = isFollows || isPlain
		if !s.refusable {
			added := &model{name: "added", overrides: []*model{{name: "deep er", fields: []field{text1("follows", "nixpkgs")}}}}
			in.overrides = append(in.overrides, added)
		}
	case 6:
		if len(in.overrides) == 0 {
			return drawFollow(t, f, in, false)
		}
		o := rapid.SampledFrom(in.overrides).Draw(t, "override").name
		s.name = "remove-override " + name + "/" + o
		s.do = func(m *parse.Manifest) (Change, error) { return RemoveOverride(m, find(m).Override(o)) }
		s.refusable = len(in.fields) == 0 && len(in.overrides) == 1
		in.overrides = slices.DeleteFunc(in.overrides, func(m *model) bool { return m.name == o })
	case 7:
		s.name = "remove " + name
		s.do = func(m *parse.Manifest) (Change, error) { return Remove(m, find(m), Elsewhere{Searched: true}) }
		s.refusable = anyFollows(f.inputs, name)
		s.owners = append(s.owners, "formal "+in.owner)
		f.inputs = slices.DeleteFunc(f.inputs, func(m *model) bool { return m == in })
		f.formals = slices.DeleteFunc(f.formals, func(n string) bool { return n == name })
	case 8:
		s.name = "rename " + name
		s.do = func(m *parse.Manifest) (Change, error) {
			return Rename(m, find(m), "renamed", Elsewhere{Searched: true})
		}
		_, url := in.get("url")
		_, typ := in.get("type")
		s.refusable = !url && !typ && !isFollows // the registry is asked for its name
		in.name = "renamed"
		renameFollows(f.inputs, name, "renamed")
		if i := slices.Index(f.formals, name); i >= 0 {
			f.formals[i] = "renamed"
		}
		s.owners = nil
	case 9:
		s.name = "flatten " + name
		s.do = func(m *parse.Manifest) (Change, error) { return Flatten(m, find(m)) }
		s.owners = nil
	case 10:
		s.name = "nest " + name
		s.do = func(m *parse.Manifest) (Change, error) { return Nest(m, find(m)) }
		s.refusable = true
		s.owners = nil
	case 11:
		s.name = "open-formals, add-formal"
		if rapid.Bool().Draw(t, "open") {
			s.do = OpenFormals
			f.open = true
		} else {
			s.do = func(m *parse.Manifest) (Change, error) { return AddFormal(m, "newFormal") }
			if f.formals != nil && !slices.Contains(f.formals, "newFormal") {
				f.formals = append(f.formals, "newFormal")
			}
		}
		s.owners = nil
	}
	return s
}

func drawAdd(t *rapid.T, f *flakeModel) step {
	d, in := Declaration{Follows: "pins/new"}, &model{name: "new", owner: "new"}
	switch rapid.IntRange(0, 2).Draw(t, "declaration") {
	case 0:
		in.fields = []field{text1("follows", "pins/new")}
	case 1:
		d = Declaration{URL: "github:o/new", Overrides: []Override{{Path: []string{"nixpkgs"}, Follows: "nixpkgs"}}}
		in.fields = []field{text1("url", "github:o/new")}
		in.overrides = []*model{{name: "nixpkgs", fields: []field{text1("follows", "nixpkgs")}}}
	case 2:
		d = Declaration{Attrs: map[string]any{"type": "git", "url": "https://example.org", "shallow": true, "revCount": int64(7)}}
		in.fields = []field{text1("type", "git"), text1("url", "https://example.org"), {"shallow", "true", true}, {"revCount", "7", 7.0}}
	}
	f.inputs = append(f.inputs, in)
	if f.formals != nil && !f.open {
		f.formals = append(f.formals, "new")
	}
	if rapid.Bool().Draw(t, "first") {
		return step{name: "add-first", do: func(m *parse.Manifest) (Change, error) { return AddFirst(m, "new", d) }}
	}
	return step{name: "add", do: func(m *parse.Manifest) (Change, error) { return Add(m, "new", d) }}
}

func drawFollow(t *rapid.T, f *flakeModel, in *model, keep bool) step {
	name := in.name
	path := rapid.SampledFrom([]string{"pins/target", "pins/deep/er", "", "/pins//target"}).Draw(t, "path")
	s := step{name: "follow " + name + " " + strconv.Quote(path), owners: []string{in.owner}}
	var options FollowOptions
	pins := named(f.inputs, "pins")
	_, follows := in.follows()
	if keep && pins != nil && in != pins && path != "" && len(pins.overrides) == 0 && !follows {
		options.KeepOverridesBelow = "pins"
		s.name += " keep"
		_, pinsFollows := pins.follows()
		s.refusable = hasAttributes(in.overrides) || pinsFollows
		kept := live(in.overrides)
		if len(kept) > 0 {
			for _, segment := range slices.Backward(slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })[1:]) {
				kept = []*model{{name: segment, overrides: kept}}
			}
			pins.overrides = kept
		}
	}
	s.refusable = s.refusable || (in == pins && path != "")
	s.do = func(m *parse.Manifest) (Change, error) { return Follow(m, m.Input(name), path, options) }
	in.fields, in.overrides = []field{text1("follows", path)}, nil
	return s
}

// live are the overrides that mean something: not those below one that follows, nor ones that say nothing.
func live(list []*model) []*model {
	var out []*model
	for _, m := range list {
		if follows, ok := m.follows(); ok {
			out = append(out, &model{name: m.name, fields: []field{text1("follows", follows)}})
			continue
		}
		kept := &model{name: m.name, overrides: live(m.overrides)}
		if url, ok := m.get("url"); ok {
			kept.fields = []field{url}
		}
		if len(kept.fields)+len(kept.overrides) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

func hasAttributes(list []*model) bool {
	return slices.ContainsFunc(list, func(m *model) bool {
		_, follows := m.follows()
		_, is := m.get("type")
		return is || (!follows && hasAttributes(m.overrides))
	})
}

func anyOverride(list []*model, name string) bool {
	return slices.ContainsFunc(list, func(m *model) bool { return m.override(name) != nil })
}

func anyFollows(list []*model, name string) bool {
	return slices.ContainsFunc(list, func(m *model) bool {
		path, _ := m.follows()
		return strings.Split(strings.TrimLeft(path, "/"), "/")[0] == name || anyFollows(m.overrides, name)
	})
}

func renameFollows(list []*model, from, to string) {
	for _, m := range list {
		for i, f := range m.fields {
			if f.name != "follows" {
				continue
			}
			path := f.json.(string)
			slashes := path[:len(path)-len(strings.TrimLeft(path, "/"))]
			if first, rest, _ := strings.Cut(path[len(slashes):], "/"); first == from {
				m.fields[i] = text1("follows", slashes+to+path[len(slashes)+len(first):len(path)-len(rest)]+rest)
			}
		}
		renameFollows(m.overrides, from, to)
	}
}

// expectation is a text and what real Nix must make of it.
type expectation struct {
	name, before, after string
	inputs              map[string]any
	formals             []string
	open                bool
}

// Breaks when a rewrite of some input, in some layout, gives a text that real Nix evaluates to something else than the model
// says; when a comment goes that nobody announced, or that speaks of another input; when twice is not once; when a rename and
// the one back give other bytes; when blank lines double or trailing space appears.
func TestRewritesAgreeWithModel(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		// A rewrite costs microseconds, and the layouts are many.
		if err := checks.Value.Set("1000"); err != nil {
			t.Fatal(err)
		}
	}
	var all []expectation
	done := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlake(t)
		source := render(t, f)
		if rapid.IntRange(0, 4).Draw(t, "crlf") == 0 {
			source = strings.ReplaceAll(source, "\n", "\r\n")
		}
		before := parse.Parse(parse.Flake, source)
		if !before.Clean() {
			t.Fatalf("the rendered flake does not parse: %v\n%s", before.Errors, source)
		}
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			s := drawStep(t, f)
			change, err := s.do(before)
			var refusal *Refusal
			if errors.As(err, &refusal) {
				if !s.refusable {
					t.Fatalf("%s refused: %s\n%s", s.name, refusal.Reason, source)
				}
				done["refused "+strings.Fields(s.name)[0]]++
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			done[strings.Fields(s.name)[0]]++
			result, err := text.Apply(source, change.Edits)
			if err != nil {
				t.Fatal(err)
			}
			after := parse.Parse(parse.Flake, result)
			fail := func(what string, args ...any) {
				t.Fatalf("%s: "+what+"\n%s\n----\n%s", append(append([]any{s.name}, args...), source, result)...)
			}
			if len(after.Errors) > 0 {
				fail("%v", after.Errors)
			}
			checkComments(fail, before, after, change, s.owners)
			checkSpace(fail, source, result)
			if name, ok := strings.CutPrefix(s.name, "rename "); ok && nameable().MatchString(name) && !strings.Contains(source, "inherit") {
				if back, err := Rename(after, after.Input("renamed"), name, Elsewhere{Searched: true}); err != nil {
					fail("not back: %v", err)
				} else if again, err := text.Apply(result, back.Edits); err != nil || again != source {
					fail("back again is another text: %v\n%s", err, again)
				}
			}
			all = append(all, expectation{s.name, source, result, evaluated(f.inputs), slices.Clone(f.formals), f.open})
			twice, err := s.doAgain(after)
			if err != nil || len(twice.Edits) > 0 {
				fail("twice gives %v, %v", err, twice.Edits)
			}
			source, before = result, after
		}
	})
	t.Log(done)
	compareWithNix(t, all)
}

// doAgain does the rewrite on its own result; an input that is gone by then cannot be asked again.
func (s step) doAgain(m *parse.Manifest) (Change, error) {
	switch strings.Fields(s.name)[0] {
	case "remove", "remove-override", "rename":
		return Change{}, nil
	}
	return s.do(m)
}

func checkComments(fail func(string, ...any), before, after *parse.Manifest, change Change, owners []string) {
	count := map[string]int{}
	for _, c := range before.Comments {
		count[c.Text]++
	}
	for _, c := range after.Comments {
		count[c.Text]--
	}
	for _, span := range change.Comments {
		for _, c := range before.Comments {
			if c.Span.Contains(span) {
				count[c.Text]--
				owner, _, _ := strings.Cut(strings.TrimSpace(c.Text[strings.LastIndex(c.Text, "; # ")+1:]), "#")
				if i := strings.LastIndex(c.Text, "; # "); i >= 0 {
					owner, _, _ = strings.Cut(c.Text[i+4:], "#")
				}
				if !slices.Contains(owners, owner) {
					fail("the comment %q of %q goes", c.Text, owner)
				}
			}
		}
	}
	for comment, n := range count {
		if n != 0 {
			fail("the comment %q is %d times too few", comment, n)
		}
	}
}

func checkSpace(fail func(string, ...any), source, result string) {
	source, result = strings.ReplaceAll(source, "\r\n", "\n"), strings.ReplaceAll(result, "\r\n", "\n")
	if strings.Contains(result, "\r") {
		fail("a lone carriage return")
	}
	if strings.Contains(result, "\n\n\n") {
		fail("blank lines double")
	}
	for line := range strings.SplitSeq(result, "\n") {
		if strings.TrimRight(line, " \t") != line && !strings.Contains(source, line) {
			fail("space at the end of the line %q", line)
		}
	}
	if strings.Contains(result, "{\n\n") && !strings.Contains(source, "{\n\n") || strings.Contains(result, "\n\n  }") && !strings.Contains(source, "\n\n  }") {
		fail("a blank line stands alone inside a brace")
	}
}

// compareWithNix evaluates all texts with real Nix in few processes.
func compareWithNix(t *testing.T, all []expectation) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	var files []string
	for i, x := range all {
		files = append(files, filepath.Join(dir, strconv.Itoa(i)+".nix"))
		if err := os.WriteFile(files[i], []byte(x.after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	formals := nix.OutputsFormals(t, files)
	for i, answer := range nix.Inputs(t, files) {
		x := all[i]
		fail := func(what string, args ...any) {
			t.Fatalf("%s: "+what+"\n%s\n----\n%s", append(append([]any{x.name}, args...), x.before, x.after)...)
		}
		if answer.Err != nil || formals[i].Err != nil {
			fail("Nix says %v %v", answer.Err, formals[i].Err)
		}
		var got any
		if err := json.Unmarshal(answer.JSON, &got); err != nil {
			t.Fatal(err)
		}
		if want := normal(any(x.inputs)); !reflect.DeepEqual(normal(got), want) {
			fail("inputs are %v, want %v", got, want)
		}
		var pattern *realtools.Formals
		if err := json.Unmarshal(formals[i].JSON, &pattern); err != nil {
			t.Fatal(err)
		}
		if (pattern == nil) != (x.formals == nil) {
			fail("formals are %v, want %v", pattern, x.formals)
		}
		if pattern != nil && (pattern.Ellipsis != x.open || !slices.Equal(slices.Sorted(maps.Keys(pattern.Names)), slices.Sorted(slices.Values(x.formals)))) {
			fail("formals are %v, want %v %v", pattern, x.formals, x.open)
		}
	}
}
