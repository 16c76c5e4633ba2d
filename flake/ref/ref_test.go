package ref

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

func lines(t testing.TB, name string) []string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func mustParse(t testing.TB, s string) Ref {
	t.Helper()
	r, err := ParseInput(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return r
}

// Breaks when the table of attributes and the size of the array that holds them part, or one name gets two kinds of values.
func TestAttributeTable(t *testing.T) {
	if len(names) != attributeCount {
		t.Errorf("%d names of attributes, attributeCount is %d", len(names), attributeCount)
	}
	for _, typ := range Types() {
		list := Attributes(typ)
		if len(list) == 0 || !list[0].Required {
			t.Errorf("%s: %v", typ, list)
		}
		for _, a := range list {
			if kinds[a.Name] != a.Kind || a.Doc == "" {
				t.Errorf("%s.%s: kind %s and %s, doc %q", typ, a.Name, kinds[a.Name], a.Kind, a.Doc)
			}
		}
	}
	if Attributes("svn") != nil {
		t.Error("an unknown type has attributes")
	}
	for _, s := range Schemes() {
		if typ, ok := typeOfScheme(strings.TrimSuffix(s.Name, ":")); !ok || typ != s.Type || !strings.HasPrefix(s.Template, s.Name) || s.Doc == "" {
			t.Errorf("scheme %+v is read as %s, %v", s, typ, ok)
		}
		if r, err := Parse(s.Template); err != nil || r.Type() != s.Type {
			t.Errorf("template %s: %v, %v", s.Template, r, err)
		}
	}
}

// Breaks when a url of a real flake does not come back from either form that is printed, when a rule that warns of slips speaks
// of one, or when a Ref's parts are not those of its attributes.
func TestRealURLs(t *testing.T) {
	for _, s := range lines(t, "testdata/real-urls.txt") {
		r := mustParse(t, s)
		if back, err := ParseInput(r.String()); err != nil || back != r {
			t.Errorf("%s: printed %s, read back %v, %v", s, r, back, err)
		}
		url, ok := r.URL(true)
		if back, err := ParseInput(url); !ok || err != nil || back != r {
			t.Errorf("%s: written %s, %v, read back %v, %v", s, url, ok, back, err)
		}
		if again, err := FromAttrs(r.Attrs()); err != nil || again != r {
			t.Errorf("%s: by attributes %v, %v", s, again, err)
		}
		if fixed, why, ok := Meant(s); ok {
			t.Errorf("%s was meant as %s? %s", s, fixed, why)
		}
		if list := Ignored(s); list != nil {
			t.Errorf("%s: ignored %v", s, list)
		}
		if list := Insecure(s); list != nil {
			t.Errorf("%s: insecure %v", s, list)
		}
		if r.Source() == "" {
			t.Errorf("%s has no source", s)
		}
	}
}

// Breaks when a reference of a real lock is refused, changed, or without a source.
func TestRealAttributes(t *testing.T) {
	for _, line := range lines(t, "testdata/real-attributes.jsonl") {
		attrs := attrsOfJSON(t, []byte(line))
		r, err := FromAttrs(attrs)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := r.Attrs(); !reflect.DeepEqual(got, attrs) {
			t.Errorf("attributes changed:\n got %v\nwant %v", got, attrs)
		}
		if _, err := ParseInput(r.String()); err != nil {
			t.Errorf("%s: printed %s: %v", line, r, err)
		}
		if r.Source() == "" {
			t.Errorf("%s: no source", line)
		}
		if _, locked := attrs["narHash"]; locked != r.Locked() && !r.Has("rev") {
			t.Errorf("%s: locked %v", line, r.Locked())
		}
	}
}

// Breaks when an input's url is read otherwise than Nix reads it: what is no URL is a path, and yet an unsupported scheme, a
// fragment, a wrong query and a wrong id stop it. Seen in `nix flake metadata` of Nix 2.34.8.
func TestParseInput(t *testing.T) {
	for _, test := range []struct{ ref, path, kind string }{
		{"./sub", "./sub", ""},
		{"../up//x/", "../up/x/", ""},
		{".", ".", ""},
		{"sub.dir", "sub.dir", ""},
		{"github:NixOS", "github:NixOS", ""},
		{"github:o/r/branch?rev=f34751b88bd07d7f44f5cd3200fb4122bf916c7e", "github:o/r/branch", ""},
		{"git+ssh://git@github.com:org/pins", "git+ssh:/git@github.com:org/pins", ""},
		{"path:a%2Fb", "path:a%2Fb", ""},
		{"", "", "empty"},
		{"x#f", "", "fragment"},
		{"./x#", "./x", ""},
		{"gihub:a/b", "", "unsupported"},
		{"a:b", "", "unsupported"},
		{"a?foo=1", "", "query"},
		{"a.b?foo=%zz", "", "query"},
		{"github:o/r?rev=xyz", "", "query"},
		{"sub/dir/x", "", "malformed"},
		{"path://host/x", "", "malformed"},
	} {
		r, err := ParseInput(test.ref)
		var e *Error
		switch {
		case test.kind == "" && (err != nil || r.Type() != Path || r.Path() != test.path):
			t.Errorf("%q: %v %v, %v", test.ref, r.Type(), r.Attrs(), err)
		case test.kind != "" && (!errors.As(err, &e) || string(e.Kind) != test.kind):
			t.Errorf("%q: error %v, want kind %s", test.ref, err, test.kind)
		}
	}
	for _, test := range []struct {
		ref   string
		flake bool
		typ   string
	}{
		{"https://e.org/x", true, Tarball}, {"https://e.org/x", false, File}, {"https://e.org/x.tar.gz", false, Tarball}, {"tarball+https://e.org/x", false, Tarball},
		{"file+https://e.org/x.zip", true, File},
	} {
		if r, err := ParseInputOf(test.ref, test.flake); err != nil || r.Type() != test.typ {
			t.Errorf("%s with flake = %v: %s, %v", test.ref, test.flake, r.Type(), err)
		} else if url, ok := r.URL(!test.flake); !ok {
			t.Errorf("%s has no form with flake = %v", test.ref, !test.flake)
		} else if back, err := ParseInputOf(url, !test.flake); err != nil || back != r {
			t.Errorf("%s as %s: %v, %v", test.ref, url, back, err)
		}
	}
}

// Breaks when an error points elsewhere, or its words change unseen.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		ref, at, message string
	}{
		{"github:NixOS", "NixOS", `expected OWNER/REPO after github:, found "NixOS" at byte 7`},
		{"nixpkgs.lib", "nixpkgs.lib", `expected a registry id, a URL with a scheme such as github:, or an absolute path, found "nixpkgs.lib" at byte 0`},
		{"git+ssh://git@github.com:org/pins", "org", `expected a port number after the colon; a path starts with a slash, found "org" at byte 25`},
		{"github:a b/c", " ", "expected a character that the path of a URL may hold (%20 stands for this one), found a space at byte 8"},
		{"github:o/ü", "ü", "expected a character that the path of a URL may hold (%C3%BC stands for this one), found 'ü' at byte 9"},
		{"x#f", "#f", `a flake reference of an input has no fragment, found "#f" at byte 1`},
		{"", "", "expected a flake reference, found an empty text at byte 0"},
		{"gihub:a/b", "gihub:", "expected github:, found the unsupported scheme gihub: at byte 0"},
		{"mailto:x@y", "mailto:", "the unsupported scheme mailto: at byte 0"},
		{"path:/x?foo=1", "foo=1", `expected dir, rev, revCount, lastModified or narHash in the query of a path, found the unsupported parameter "foo" at byte 8`},
		{"path:/x?revCount=x", "revCount=x", `expected a whole number, found the value "x" of revCount at byte 8`},
		{"path://h/x", "h", `expected a path after path:, with no // before it, found the host "h" at byte 7`},
		{"github:o/r?rev=xyz", "rev=xyz", `expected a commit hash of 40 hexadecimal digits, found "xyz" at byte 11`},
		{"github:o/r/a?ref=b", "ref=b", "expected one ref, in the path or in the query, found a second ref at byte 13"},
		{"github:o/r/a..b", "o/r/a..b", `expected a branch or tag name that Git allows, found "a..b" at byte 7`},
		{"github:o/r?host=a_b", "host=a_b", `expected a host name, found "a_b" at byte 11`},
		{"git+https:x", "x", `expected // and a host after git+https:, found "x" at byte 10`},
		{"git+https://e.org/%zz", "%zz", "expected two hexadecimal digits after % (a percent sign itself is %25), found a percent sign at byte 18"},
		{"git+file://h/x", "h", `expected a third slash after git+file://, since files have no host, found the host "h" at byte 11`},
		{"git+https://e.org/x?ref=a..b", "ref=a..b", `expected a branch or tag name that Git allows, found "a..b" at byte 20`},
		{"https://u:secret@h:foo/x", "foo", `expected a port number after the colon; a path starts with a slash, found "foo" at byte 19`},
		{"a/b/c", "a/b/c", `expected a commit hash of 40 hexadecimal digits as the third part of a registry reference, found "c" at byte 0`},
	} {
		_, err := Parse(test.ref)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", test.ref, err)
			continue
		}
		if got := e.Error(); got != test.message {
			t.Errorf("%q:\n got %s\nwant %s", test.ref, got, test.message)
		}
		if got := test.ref[e.Offset:e.End]; got != test.at {
			t.Errorf("%q points at %q, want %q", test.ref, got, test.at)
		}
	}
}

// Breaks when attributes are taken that Nix refuses, or the message does not name the attribute.
func TestFromAttrs(t *testing.T) {
	for _, test := range []struct {
		attrs   Attrs
		message string
	}{
		{Attrs{"type": "path", "path": "/x", "frob": int64(1)}, "input attribute 'frob' not supported by scheme 'path'"},
		{Attrs{"type": "gihub"}, `expected "github", found the unsupported type "gihub"`},
		{Attrs{"path": "/x"}, "expected the attribute 'type', found none"},
		{Attrs{"type": true}, "expected a string for 'type', found a Boolean"},
		{Attrs{"type": "github", "owner": "o"}, "expected the attribute 'repo' of a reference of type 'github', found none"},
		{Attrs{"type": "github", "owner": "o", "repo": int64(1)}, "expected a string for 'repo', found an integer"},
		{Attrs{"type": "git", "url": "https://h/x", "submodules": "1"}, "expected a Boolean for 'submodules', found a string"},
		{Attrs{"type": "git", "url": "https://h/x", "revCount": int64(-1)}, "expected a number that is not negative, found -1 for 'revCount'"},
		{Attrs{"type": "git", "url": "https://h/x", "ref": "a b"}, `expected a branch or tag name that Git allows, found "a b"`},
		{Attrs{"type": "git", "url": "h:x"}, `expected ssh://USER@HOST/PATH, or another URL with ://, found "h:x"`},
		{Attrs{"type": "indirect", "id": "a.b"}, `expected a registry id: a letter, then letters, digits, _ and -, found "a.b"`},
		{Attrs{"type": "github", "owner": "o", "repo": "r", "ref": "a", "rev": strings.Repeat("a", 40)}, "expected a ref or a rev, not both, found both"},
		{Attrs{"type": "hg", "url": "x"}, "expected a scheme and a colon, as in github:, found no scheme"},
		{Attrs{"type": "tarball", "narHash": nil}, "expected a string for 'narHash', found null"},
	} {
		_, err := FromAttrs(test.attrs)
		var e *Error
		if !errors.As(err, &e) || e.Error() != test.message || e.Attribute == "" {
			t.Errorf("%v:\n got %v\nwant %s", test.attrs, err, test.message)
		}
	}
	for url, want := range map[string]string{
		"git@github.com:o/r": "ssh://git@github.com/o/r", "/home/x": "file:///home/x", "./x": "file:./x", "git+https://h/x": "https://h/x",
	} {
		if r, err := FromAttrs(Attrs{"type": "git", "url": url}); err != nil || r.Address() != want {
			t.Errorf("git at %s: %s, %v", url, r.Address(), err)
		}
	}
}

// Breaks when a change leaves something that holds the old content, or makes a reference that Nix refuses.
func TestChange(t *testing.T) {
	rev := strings.Repeat("a", 40)
	locked, err := FromAttrs(Attrs{"type": GitHub, "owner": "o", "repo": "r", "rev": rev, "narHash": "sha256-x", "lastModified": int64(1)})
	if err != nil {
		t.Fatal(err)
	}
	dated, err := FromAttrs(Attrs{"type": Git, "url": "https://h/x?dir=s", "dir": "s"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		got  Ref
		want string
	}{
		{locked.WithRef("main"), "github:o/r/main"},
		{locked.WithoutRev(), "github:o/r"},
		{mustParse(t, "github:o/r/main?dir=d").WithRev(rev), "github:o/r/" + rev + "?dir=d"},
		{mustParse(t, "git+https://h/x?ref=main").WithRev(rev), "git+https://h/x?ref=main&rev=" + rev},
		{mustParse(t, "git+https://h/x?ref=main&rev="+rev).WithRef("a/b"), "git+https://h/x?ref=a/b"},
		{mustParse(t, "nixpkgs/main").WithoutRef(), "flake:nixpkgs"},
		{mustParse(t, "github:o/r?dir=d").WithDir(""), "github:o/r"},
		{mustParse(t, "./x").WithRef("main").WithRev(rev).WithDir("d"), "path:./x?dir=d"},
		{dated.Canonical(), "git+https://h/x?dir=s"},
		{Ref{}.WithDir("x"), ""},
	} {
		if got := test.got.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	if dated == dated.Canonical() || dated.Canonical() != mustParse(t, "git+https://h/x?dir=s") {
		t.Error("the canonical form is not that of the URL")
	}
	if url, ok := locked.URL(true); ok {
		t.Errorf("lastModified was written in %s", url)
	}
	if url, _ := mustParse(t, "github:o/r?ref=pull/1/head").URL(true); url != "github:o/r/pull/1/head" {
		t.Error(url)
	}
}

// Breaks when parsing a reference, printing it and reading the print is not stable, when the written form is another
// reference, or when anything panics on any text.
func FuzzParse(f *testing.F) {
	for _, row := range rows(f) {
		f.Add(row.ref)
	}
	for _, s := range edges {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		Redact(s)
		for _, p := range Ignored(s) {
			_ = p.Span.In(s)
		}
		Insecure(s)
		ParseFlakeHub(s)
		if fixed, _, ok := Meant(s); ok && fixed != "" {
			if _, err := ParseInput(fixed); err != nil {
				t.Errorf("%q was meant as %q: %v", s, fixed, err)
			}
		}
		for _, parse := range []func(string) (Ref, error){Parse, ParseInput} {
			r, err := parse(s)
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.Offset < 0 || e.End < e.Offset || e.End > len(s) {
					t.Fatalf("%q: error %#v", s, err)
				}
				continue
			}
			if again, err := FromAttrs(r.Attrs()); err == nil && again != r || err != nil && r.Type() != Git {
				// (A git+ URL may hold an address that Nix itself cannot read again, such as that of git+://.)
				t.Fatalf("%q: %v by attributes %v, %v", s, r.Attrs(), again.Attrs(), err)
			}
			printed := r.String()
			if back, err := ParseInput(printed); err == nil && back.Type() == r.Type() && back.String() != printed {
				t.Fatalf("%q is printed %q, then %q", s, printed, back)
			}
			if url, ok := r.URL(true); ok {
				if back, err := ParseInput(url); err != nil || back != r {
					t.Fatalf("%q is written %q: %v, %v", s, url, back.Attrs(), err)
				}
			}
			r.Source()
			r.WebURL()
		}
	})
}

// Breaks when what is written to get a locked source again holds what only describes it, lacks what fixes it, or is refused by
// our own reader.
func TestPinned(t *testing.T) {
	rev, hash := strings.Repeat("a", 40), "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for want, attrs := range map[string]Attrs{
		"github:o/r/" + rev + "?dir=d":                                                     {"type": GitHub, "owner": "o", "repo": "r", "rev": rev, "dir": "d", "narHash": hash, "lastModified": int64(1)},
		"gitlab:o/r/" + rev + "?host=example.org":                                          {"type": GitLab, "owner": "o", "repo": "r", "rev": rev, "host": "example.org", "narHash": hash},
		"git+ssh://git@h/x?ref=refs/heads/main&rev=" + rev:                                 {"type": Git, "url": "ssh://git@h/x", "ref": "refs/heads/main", "rev": rev, "revCount": int64(7), "narHash": hash},
		"https://h/x.tar.gz?narHash=sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D": {"type": Tarball, "url": "https://h/x.tar.gz", "rev": rev, "revCount": int64(7), "lastModified": int64(1), "narHash": hash},
		"": {"type": GitHub, "owner": "o", "repo": "r", "ref": "main"},
	} {
		locked, err := FromAttrs(attrs)
		if err != nil {
			t.Fatal(err)
		}
		pinned, ok := locked.Pinned()
		if ok != (want != "") || pinned.String() != want {
			t.Errorf("%v: %s, %t, want %q", attrs, pinned, ok, want)
		}
		if url, written := pinned.URL(true); ok && !written {
			t.Errorf("%v cannot be written: %q", attrs, url)
		} else if again, err := ParseInput(url); ok && (err != nil || again != pinned) {
			t.Errorf("%q is read as %s, %v", url, again, err)
		}
	}
}
