package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// file makes the text of a registry of lines "from to", with " exact" at the end where it is.
func file(t *testing.T, lines ...string) string {
	t.Helper()
	var entries []map[string]any
	for _, line := range lines {
		fields := strings.Fields(line)
		entry := map[string]any{"from": parse(t, fields[0]).Attrs(), "to": parse(t, fields[1]).Attrs()}
		if len(fields) > 2 {
			entry["exact"] = true
		}
		entries = append(entries, entry)
	}
	b, err := json.Marshal(map[string]any{"version": 2, "flakes": entries})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parse(t *testing.T, s string) ref.Ref {
	t.Helper()
	r, err := ref.Parse(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return r
}

func load(t *testing.T, kind Kind, source string) *Registry {
	t.Helper()
	r, err := Parse(source, kind, Setting, "")
	if err != nil || len(r.Problems) > 0 {
		t.Fatal(err, r)
	}
	return r
}

// add lets Nix write entries to its user registry, or another.
func add(t *testing.T, nix *realtools.Nix, lines []string, options ...string) {
	t.Helper()
	for _, line := range lines {
		fields := strings.Fields(line)
		if _, _, err := nix.Run("", append(append([]string{"registry", "add"}, options...), fields[:2]...)...); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	global = []string{
		"a github:o/a", "b github:o/b/main", "dir github:o/r?dir=sub", "c a", "d c/v1", "tar https://x.y/z.tar.gz",
		"ex github:o/exact exact", "ex/v2 github:o/exact2/v3", "git git+https://x.y/z", "gitref git+https://x.y/z?ref=main",
		"circle1 circle2", "circle2 circle1", "both github:o/global", "dangling nowhere", "pin/0123456789012345678901234567890123456789 github:o/pinned",
		"github:o/moved github:new/moved", "m github:o/moved", "dirdir dir", "hg hg+https://x.y/z", "local path:/nowhere",
	}
	user   = []string{"both github:o/user", "mine github:o/mine", "viauser a", "tosystem sys"}
	system = []string{"both github:o/system", "sys github:o/sys"}
)

// Breaks when the order of registries, the carrying of ref, rev and dir, exact entries or the number of hops is not Nix's:
// `nix registry resolve` says what a reference of the command line stands for, without fetching it.
func TestCommandLineAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	set := NewSet(load(t, Global, file(t, global...)), load(t, System, file(t, system...)), load(t, User, file(t, user...)))
	path := filepath.Join(realtools.TempDir(t), "global.json")
	if err := os.WriteFile(path, []byte(file(t, global...)), 0o644); err != nil {
		t.Fatal(err)
	}
	add(t, nix, user)
	add(t, nix, system, "--registry", "conf/registry.json") // Nix runs in its own home, where NIX_CONF_DIR is conf
	rev := "/1123456789012345678901234567890123456789"
	for _, reference := range []string{
		"a", "a/v1", "a" + rev, "a/v1" + rev, "b", "b/v1", "b" + rev, "dir", "dir/v1", "c", "c/v1", "d", "d/v2", "tar", "tar/v1",
		"ex", "ex/v1", "ex/v2", "ex/v2" + rev, "git", "git/v1", "git" + rev, "git/v1" + rev, "gitref" + rev, "circle1", "both", "dangling",
		"nope", "pin/0123456789012345678901234567890123456789", "pin", "github:o/moved", "github:o/moved/v1", "m/v1", "github:o/other",
		"dirdir", "flake:a?dir=own", "flake:dir?dir=own", "hg" + rev, "local", "mine", "viauser/v1", "tosystem", "path:/x",
	} {
		out, _, err := nix.Run("", "registry", "resolve", "--option", "flake-registry", path, reference)
		theirs := strings.TrimSpace(string(out))
		got, problem := set.Resolve(parse(t, reference), CommandLine)
		if (err != nil) != (problem != nil) {
			t.Errorf("%s: %v %v; Nix: %s %v", reference, got.Ref, problem, theirs, err)
		} else if err == nil && got.Ref != parse(t, theirs) {
			t.Errorf("%s: %s, Nix: %s", reference, got.Ref, theirs)
		}
	}
}

// Breaks when an input is resolved by a registry that Nix since 2.26 does not ask, or not by one that it does.
func TestInputsAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	files := map[string]string{}
	for _, name := range []string{"one", "two", "three/sub"} {
		files[name+"/flake.nix"] = "{ outputs = _: { }; }"
	}
	globalLines := []string{"g path:" + dir + "/one", "both path:" + dir + "/one", "h g", "sub path:" + dir + "/three?dir=sub", "flag path:" + dir + "/one", "viauser mine"}
	userLines := []string{"both path:" + dir + "/two", "mine path:" + dir + "/two"}
	files["global.json"] = file(t, globalLines...)
	ids := []string{"g", "both", "h", "sub", "mine", "viauser", "nope", "flag", "flag/v1"}
	for i, id := range ids {
		files[fmt.Sprintf("leaf%d/flake.nix", i)] = "{ inputs.x.url = \"" + id + "\"; outputs = _: { }; }"
	}
	realtools.WriteFiles(t, dir, files)
	add(t, nix, userLines)
	set := NewSet(load(t, User, file(t, userLines...)), load(t, Global, file(t, globalLines...)), load(t, Flag, file(t, "flag path:"+dir+"/two")))
	for i, id := range ids {
		lock, _, err := nix.FlakeLock(t, fmt.Sprintf("%s/leaf%d", dir, i), "--option", "flake-registry", dir+"/global.json",
			"--override-flake", "flag", "path:"+dir+"/two")
		got, problem := set.Resolve(parse(t, id), FlakeInput)
		if (err != nil) != (problem != nil) {
			t.Errorf("%s: %v, Nix: %v", id, problem, err)
			continue
		}
		if err != nil {
			continue
		}
		var locked struct {
			Nodes map[string]struct{ Locked ref.Attrs }
		}
		if err := json.Unmarshal(lock, &locked); err != nil {
			t.Fatal(err)
		}
		for name, want := range got.Ref.Attrs() {
			if theirs := locked.Nodes["x"].Locked[name]; theirs != want {
				t.Errorf("%s: %s is %v, Nix: %v", id, name, want, theirs)
			}
		}
	}
	_, err := set.Resolve(parse(t, "mine"), FlakeInput)
	var notFound *NotFoundError
	if !errors.As(err, &notFound) || notFound.Local == nil || notFound.Local.Registry().Kind != User ||
		err.Error() != `only the user registry has "flake:mine", and it is ignored for the inputs of a flake since Nix 2.26` {
		t.Errorf("mine: %v", err)
	}
	_, err = set.Resolve(parse(t, "nope"), FlakeInput)
	if err == nil || err.Error() != `no flake registry has "flake:nope"` {
		t.Errorf("nope: %v", err)
	}
	if diff := cmp.Diff([]string{"both", "flag", "g", "h", "sub", "viauser"}, set.IDs(FlakeInput)); diff != "" {
		t.Error(diff)
	}
}

// Breaks when a circle of 99 hops more or less than Nix's is refused.
func TestHops(t *testing.T) {
	for count, want := range map[int]bool{99: true, 100: false} {
		var lines []string
		for i := range count - 1 {
			lines = append(lines, fmt.Sprintf("i%d i%d", i, i+1))
		}
		lines = append(lines, fmt.Sprintf("i%d github:o/r", count-1))
		_, err := NewSet(load(t, Global, file(t, lines...))).Resolve(parse(t, "i0"), FlakeInput)
		if (err == nil) != want {
			t.Errorf("%d hops: %v", count, err)
		}
	}
}

// Breaks when a faulty registry is read otherwise than by Nix, which keeps the entries before the first fault.
func TestParse(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	good := func(id string) string {
		return `{"from":{"type":"indirect","id":"` + id + `"},"to":{"type":"github","owner":"o","repo":"` + id + `"}}`
	}
	for i, c := range []struct{ source, ids, problems string }{
		{`{"version":2,"flakes":[` + good("a") + `,` + good("b") + `]}`, "a b", ""},
		{`{"version":1,"flakes":[` + good("a") + `]}`, "", "1: the registry has version 1; Nix reads version 2"},
		{`{"flakes":[` + good("a") + `]}`, "", "1: the registry has version 0; Nix reads version 2"},
		{`{"version":2}`, "", ""},
		{`{"version":2,"flakes":{}}`, "", "1: `flakes` is no list"},
		{`[]`, "", "1: a registry is an object with `flakes` and `version`"},
		{`{"version":2,"flakes":[` + good("a") + `,{"from":{"type":"indirect","id":"x"}},` + good("b") + `]}`, "a", "1: an entry is an object with `from` and `to`"},
		{`{"version":2,"flakes":[` + good("a") + `,7,` + good("b") + `]}`, "a", "1: an entry is an object with `from` and `to`"},
		{`{"version":2,"flakes":[{"from":{"type":"indirect","id":"x","dir":"d"},"to":{"type":"indirect","id":"y"}},` + good("b") + `]}`, "", "1: `from` names a source, which has no `dir`"},
		{`{"version":2,"flakes":[{"exact":7,` + good("x")[1:] + `,` + good("b") + `]}`, "", "1: `exact` is no boolean"},
		{`{"version":2,"flakes":[{"exact":true,"note":7,` + good("x")[1:] + `],"more":1}`, "x", "0: unknown key \"note\"; an entry has `from`, `to` and `exact` 0: unknown key \"more\"; a registry has `flakes` and `version`"},
	} {
		r, err := Parse(c.source, Global, Setting, "")
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		var problems []string
		for _, p := range r.Problems {
			fatal := 0
			if p.Fatal {
				fatal = 1
			}
			problems = append(problems, fmt.Sprintf("%d: %s", fatal, p.Message))
			if p.Span.Empty() || p.Span.End > len(c.source) {
				t.Errorf("%s: span %s", c.source, p.Span)
			}
		}
		ids := strings.Join(NewSet(r).IDs(FlakeInput), " ")
		if ids != c.ids || strings.Join(problems, " ") != c.problems {
			t.Errorf("%s:\n got %q %q\nwant %q %q", c.source, ids, problems, c.ids, c.problems)
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.json", i))
		if err := os.WriteFile(path, []byte(c.source), 0o644); err != nil {
			t.Fatal(err)
		}
		out, stderr, err := nix.Run("", "registry", "list", "--option", "flake-registry", path)
		var theirs []string
		for line := range strings.Lines(string(out)) {
			theirs = append(theirs, strings.TrimPrefix(strings.Fields(line)[1], "flake:"))
		}
		if err != nil || strings.Join(theirs, " ") != c.ids {
			t.Errorf("%s: Nix lists %q %v %s", c.source, theirs, err, stderr)
		}
	}
	var e *Error
	if _, err := Parse("{\n  \"version\": 2,\n}", Global, Setting, ""); !errors.As(err, &e) || e.Line != 2 || e.Column != 15 {
		t.Errorf("trailing comma: %v", err)
	}
}

// Breaks when a line of our table is no reference, stands twice, or an id resolves to something else than its repository.
func TestWellKnown(t *testing.T) {
	set := NewSet(WellKnown())
	for id, want := range map[string]string{
		"nixpkgs":                "https://channels.nixos.org/nixpkgs-unstable/nixexprs.tar.xz",
		"nixpkgs/nixos-unstable": "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz",
		"nixpkgs/nixos-23.11":    "github:NixOS/nixpkgs/nixos-23.11",
		"flake-utils":            "github:numtide/flake-utils",
		"home-manager/master":    "github:nix-community/home-manager/master",
		"nix-darwin":             "github:nix-darwin/nix-darwin",
		"flake-parts":            "github:hercules-ci/flake-parts",
		"systems":                "github:nix-systems/default",
	} {
		got, err := set.Resolve(parse(t, id), FlakeInput)
		if err != nil || got.Ref != parse(t, want) {
			t.Errorf("%s: %s %v, want %s", id, got.Ref, err, want)
		}
		if err == nil && !strings.Contains(got.Registry().String(), WellKnownDate) {
			t.Errorf("%s does not tell the date", got.Registry())
		}
	}
	seen := map[string]bool{}
	for _, e := range WellKnown().Entries {
		key := fmt.Sprint(e.From, e.Exact)
		if seen[key] {
			t.Errorf("%s stands twice", e.From)
		}
		seen[key] = true
	}
	_, err := set.Resolve(parse(t, "pins"), FlakeInput)
	var notFound *NotFoundError
	if !errors.As(err, &notFound) || !notFound.Uncertain || !strings.Contains(err.Error(), WellKnownDate) {
		t.Errorf("pins: %v", err)
	}
}

// Breaks when a plain slip finds no id, or any other word finds one.
func TestNearest(t *testing.T) {
	ids := append([]string{"pins", "pinning"}, NewSet(WellKnown()).IDs(FlakeInput)...)
	for id, want := range map[string]string{
		"pin": "pins", "Pins": "pins", "nixpkg": "nixpkgs", "nixpgks": "nixpkgs", "flake-util": "flake-utils",
		"homemanager": "home-manager", "pins": "", "foo": "", "nixos": "nixops", "utils": "", "crane": "", "mine": "",
	} {
		if got, _ := Nearest(id, ids); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}
