package mana

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func realLocks(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/real/*.lock.json")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	locks := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		locks[filepath.Base(file)] = string(content)
	}
	return locks
}

// Breaks when something in a real lock.json is taken for wrong, a source is not read whole, or the form before 2026, in
// which today's mana finds nothing, is not recognised.
func TestRealLocks(t *testing.T) {
	for name, source := range realLocks(t) {
		l, err := Parse(source)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(source, `"deps"`) {
			if len(l.Problems) != 1 || l.Problems[0].Code != OldFormat {
				t.Errorf("%s: %v", name, l.Problems)
			}
			continue
		}
		if len(l.Problems) > 0 || len(l.Keys()) == 0 {
			t.Errorf("%s: %d sources, %v", name, len(l.Keys()), l.Problems)
		}
		for _, d := range l.Dependencies(Root) {
			s, err := l.Resolve(d.Name)
			_, dated := s.LastModified()
			if err != nil || s.Key != d.Key || s.Rev() == "" || s.NarHash() == "" || !dated || s.Args["type"] != "github" {
				t.Errorf("%s: %s: %+v %v", name, d.Name, s, err)
			}
			if d.NameSpan.In(source) != `"`+d.Name+`"` || d.Span.In(source) != `"`+d.Key+`"` || s.KeySpan.In(source) != `"`+s.Key+`"` {
				t.Errorf("%s: %s: spans %s %s %s", name, d.Name, d.NameSpan, d.Span, s.KeySpan)
			}
			if got := l.Dependents(d.Key); !slices.Equal(got, []string{Root}) {
				t.Errorf("%s: dependents of %s: %q", name, d.Key, got)
			}
		}
	}
}

const shared = `{"deps":{"":{"a":"/a","nixpkgs":"/nixpkgs","gone":"/gone"},"/a":{"nixpkgs":"/nixpkgs","b":"/a/b"}},
"sources":{"/a":{"args":{},"locked":{"narHash":"1"}},"/a/b":{"locked":{}},"/nixpkgs":{"locked":{"narHash":"2"}},"/old":{"locked":{"narHash":"3"}}}}`

// Breaks when a path does not lead to its source, or a fault is not told, or told elsewhere.
func TestResolve(t *testing.T) {
	l, err := Parse(shared)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a": "/a", "a/nixpkgs": "/nixpkgs", "nixpkgs": "/nixpkgs", "a/b": "/a/b",
		"gone":    `the dependency "gone" leads to "/gone", which ` + "`sources` lacks",
		"a/b/c":   `lock.json has no dependency "a/b/c"`,
		"nope/x":  `lock.json has no dependency "nope"`,
		"a/gone2": `lock.json has no dependency "a/gone2"`,
	} {
		s, err := l.Resolve(strings.Split(path, "/")...)
		got := s.Key
		var wrong *PathError
		if errors.As(err, &wrong) {
			got = wrong.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := l.Dependents("/nixpkgs"); !slices.Equal(got, []string{"", "/a"}) {
		t.Errorf("dependents: %q", got)
	}
	var got []string
	for _, p := range l.Problems {
		got = append(got, fmt.Sprintf("%s %s", p.Code, p.Span.In(shared)))
	}
	if want := []string{`missing-source "/gone"`, `unlocked-source "/a/b"`, `unused-source "/old"`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Breaks when a file of another form makes us panic or passes in silence.
func TestProblems(t *testing.T) {
	for source, want := range map[string]string{
		`{"deps":{},"sources":{}}`: "",
		`[]`:                       "wrong-type",
		`{}`:                       "missing-toplevel",
		`{"deps":{}}`:              "missing-toplevel",
		`{"deps":[],"sources":7}`:  "wrong-type wrong-type",
		`{"deps":{"":{"a":7}},"sources":{"/a":7}}`: "wrong-type wrong-type unused-source",
		`{"x":{"locked":{}}}`:                      "old-format",
		`{"deps":{"":{"a":"/a","a":"/a"}},"sources":{"/a":{"locked":{"narHash":"x"}}}}`:                  "duplicate-name",
		`{"deps":{"":{"a":"/a"}},"sources":{"/a":{"args":{"keys":[]},"locked":{"narHash":"x","x":{}}}}}`: "",
	} {
		l, err := Parse(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var codes []string
		for _, p := range l.Problems {
			codes = append(codes, string(p.Code))
		}
		if got := strings.Join(codes, " "); !slices.Equal(slices.Sorted(strings.FieldsSeq(got)), slices.Sorted(strings.FieldsSeq(want))) {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
	var e *Error
	if _, err := Parse("{\n\"deps\": }"); !errors.As(err, &e) || e.Line != 2 || e.Column != 9 {
		t.Errorf("no JSON: %v", err)
	}
}

// Breaks when a share or a pin decides otherwise than mana's lib.nix.
func TestSupplier(t *testing.T) {
	p := func(dependencies, shares, pins string) Project {
		return Project{strings.Fields(dependencies), strings.Fields(shares), strings.Fields(pins)}
	}
	for i, c := range []struct {
		chain []Project
		want  int
	}{
		{[]Project{p("x", "", "")}, 0},
		{[]Project{p("x", "x", "")}, 0},
		{[]Project{p("a x", "", ""), p("x", "", "")}, 1},
		{[]Project{p("a x", "x", ""), p("x", "", "")}, 0},
		{[]Project{p("a x", "x", ""), p("x", "", "x")}, 1},
		{[]Project{p("a x", "x", "x"), p("x", "", "")}, 1},
		{[]Project{p("a", "x", ""), p("b x", "", ""), p("x", "", "")}, 1},
		{[]Project{p("a x", "", ""), p("b x", "x", ""), p("x", "", "")}, 1},
		{[]Project{p("a x", "x", ""), p("b x", "x", ""), p("x", "", "")}, 0},
		{[]Project{p("a x", "x", ""), p("b x", "", "x"), p("x", "", "")}, 2},
		{[]Project{p("a x", "y", ""), p("x", "", "")}, 1},
	} {
		if got := Supplier(c.chain, "x"); got != c.want {
			t.Errorf("case %d: %d, want %d", i, got, c.want)
		}
	}
}

// Breaks when some text makes Parse or Resolve panic, or gives a span outside of the text.
func FuzzParse(f *testing.F) {
	for _, source := range realLocks(f) {
		f.Add(source)
	}
	f.Add(shared)
	f.Fuzz(func(t *testing.T, source string) {
		l, err := Parse(source)
		if err != nil {
			return
		}
		for _, p := range l.Problems {
			if p.Span.Start < 0 || p.Span.Start > p.Span.End || p.Span.End > len(source) {
				t.Fatalf("%+v", p)
			}
		}
		for _, d := range l.Dependencies(Root) {
			if s, err := l.Resolve(d.Name); err == nil && s.Key != d.Key {
				t.Fatalf("%s leads to %s", d.Name, s.Key)
			}
		}
	})
}
