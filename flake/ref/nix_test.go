package ref

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// row is one line of testdata/flake-refs.tsv: a reference, and the attributes that Nix gave or nil for an error.
type row struct {
	ref   string
	attrs Attrs
}

func rows(t testing.TB) []row {
	t.Helper()
	data, err := os.ReadFile("testdata/flake-refs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var list []row
	for line := range strings.Lines(string(data)) {
		ref, answer, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			t.Fatalf("no tab in %q", line)
		}
		r := row{ref: ref}
		if !strings.HasPrefix(answer, "ERR ") {
			r.attrs = attrsOfJSON(t, []byte(answer))
		}
		list = append(list, r)
	}
	if len(list) != 85 {
		t.Fatalf("%d rows, want 85", len(list))
	}
	return list
}

func attrsOfJSON(t testing.TB, data []byte) Attrs {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var attrs Attrs
	if err := d.Decode(&attrs); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	for name, value := range attrs {
		if number, ok := value.(json.Number); ok {
			n, err := number.Int64()
			if err != nil {
				t.Fatal(err)
			}
			attrs[name] = n
		}
	}
	return attrs
}

// Breaks when Parse gives other attributes than builtins.parseFlakeRef did, or accepts what it refused, or when the attributes
// make another reference than the text.
func TestParseRecorded(t *testing.T) {
	for _, row := range rows(t) {
		r, err := Parse(row.ref)
		if (err == nil) != (row.attrs != nil) {
			t.Errorf("%q: error %v, Nix gave %v", row.ref, err, row.attrs)
			continue
		}
		if err != nil {
			continue
		}
		if got := r.Attrs(); !reflect.DeepEqual(got, row.attrs) {
			t.Errorf("%q:\n got %v\nwant %v", row.ref, got, row.attrs)
		}
		again, err := FromAttrs(row.attrs)
		if err != nil || again != r {
			t.Errorf("%q from its attributes: %v, %v", row.ref, again, err)
		}
	}
}

// Breaks when Nix and Parse disagree about a reference of the table, the tests' edges, or made at random from the pieces that
// references have; or when Nix prints one in another way than String.
func TestAgreesWithNix(t *testing.T) {
	nix := realtools.NewNix(t)
	var refs []string
	for _, row := range rows(t) {
		refs = append(refs, row.ref)
	}
	refs = append(refs, edges...)
	random := rand.New(rand.NewPCG(1, 2))
	for range 250 {
		refs = append(refs, generate(random))
	}
	slices.Sort(refs)
	refs = slices.Compact(refs)

	var parsed []Ref
	answers := nix.ParseFlakeRefs(t, refs)
	for i, s := range refs {
		r, err := Parse(s)
		if (err == nil) != (answers[i].Err == nil) {
			t.Errorf("%q: error %v, Nix gave %s, %v", s, err, answers[i].JSON, answers[i].Err)
			continue
		}
		if err != nil {
			continue
		}
		want := attrsOfJSON(t, answers[i].JSON)
		if got := r.Attrs(); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %v\nwant %v", s, got, want)
		}
		if rev := r.get("rev"); r.Has("rev") && !isHash(rev) || r.Has("narHash") {
			continue // Nix prints no reference whose hashes it cannot read
		}
		parsed = append(parsed, r)
	}
	var expressions []string
	for _, r := range parsed {
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(r.Attrs())) {
			value := fmt.Sprint(r.Attrs()[name])
			if s, ok := r.Attrs()[name].(string); ok {
				value = realtools.Literal(s)
			}
			fmt.Fprintf(&b, "%s = %s; ", name, value)
		}
		expressions = append(expressions, "builtins.flakeRefToString { "+b.String()+"}")
	}
	for i, answer := range nix.Eval(t, expressions) {
		var want string
		if answer.Err != nil || json.Unmarshal(answer.JSON, &want) != nil {
			t.Errorf("Nix does not print %v: %s %v", parsed[i].Attrs(), answer.JSON, answer.Err)
			continue
		}
		if got := parsed[i].String(); got != want {
			t.Errorf("%v:\nString %s\nNix    %s", parsed[i].Attrs(), got, want)
		}
	}
	t.Logf("%d references, %d good", len(refs), len(parsed))
}

// generate makes a reference of pieces, good and bad.
func generate(random *rand.Rand) string {
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	rare := func(bad string) string { // a piece that spoils most references, so that some stay good
		if random.IntN(4) == 0 {
			return bad
		}
		return "x"
	}
	var b strings.Builder
	switch random.IntN(10) {
	case 0:
		b.WriteString(pick("nixpkgs", "a", "n-p_1", "1a", "a.b", "/abs", "./rel", "../up", "/", "."))
	case 1, 2, 3:
		b.WriteString(pick("github:", "gitlab:", "sourcehut:", "flake:", "GitHub:", "github:/", "github://"))
	case 4:
		b.WriteString(pick("path:", "path:/", "path:./", "path://", "path:///"))
	default:
		b.WriteString(pick("", "git+", "hg+", "tarball+", "file+", "git+", "x+"))
		b.WriteString(pick("https:", "http:", "ssh:", "file:", "git:"))
		b.WriteString(pick("//", "//", "//", "///", "/", ""))
		b.WriteString(pick("h.org", "git@h", "u:p@h:22", rare("h:y"), "H:080", "1.2.3.4", "[::1]:1", rare("a b"), "%41", "u!@h", "@h", "h:"))
	}
	for range random.IntN(5) {
		b.WriteString(pick("/", "/", "/", ""))
		b.WriteString(pick("o", "r", "NixOS", rare("a.lock"), "..", rare("a..b"), "x.tar.gz", "x.zip", rare("%20"), rare("%2F"), "%2e", rare("%zz"), "u", rare("-d"), rare("@"), "a@b",
			"a+b", "a,b;c", "(x)", "'q'", rare("ü"), rare("a b"), "f34751b88bd07d7f44f5cd3200fb4122bf916c7e", "F34751B88bd07d7f44f5cd3200fb4122bf916c7e", "*", "0.1.*", "a:b"))
	}
	for i := range random.IntN(4) {
		b.WriteString(pick("?", "&", "&")[:1])
		if i == 0 && random.IntN(2) == 0 {
			b.WriteString("?")
		}
		b.WriteString(pick("ref", "rev", "dir", "host", "submodules", "shallow", "lfs", "allRefs", "exportIgnore", "revCount", "lastModified", "name",
			"foo", "x y", "url", "%72ef", "unpack", ""))
		b.WriteString(pick("=", "=", "=", "", "=="))
		b.WriteString(pick("1", "0", "true", "main", "a/b", rare("a b"), "h.org", rare("[x]"), rare("\""), rare("%20"), "+", rare("ü"), "", "f34751b88bd07d7f44f5cd3200fb4122bf916c7e", "+5", "-5", rare("a..b"), rare("^"), rare("?:@")))
	}
	b.WriteString(pick("", "", "", "", "", "", "", "", "", "#", "#f", "#%zz"))
	return b.String()
}

// edges are references at which readings differ.
var edges = []string{
	"github:a/b#", "nixpkgs#", "github:a/b?x=[1]", "https://e.org/x?x=[1]&y={}", "https://e.org/x?x=a b\"c", "https://e.org/x?x",
	"https://e.org/x?x&y=1&y=2", "https://e.org/x?", "https://e.org/x?=v", "https://e.org/x?a=1&&b=2",
	"https://e.org/x?name=foo&url=bar&unpack=1&revCount=x&lastModified=5", "https://e.org/x?a+b=c+d%20e", "https://e.org/a%2Fb/c%20d",
	"https://e.org/ü", "https://E.org:0080/x", "https://e.org:/x", "https://e.org:0/x", "https://e.org:65536/x", "https://[::1]:80/x",
	"https://[v1.a:b]/x", "https://[::FFFF:1.2.3.4]/x", "https://a%41b/x", "https://u!:p%3A@e.org/x", "https://:p@e.org/x",
	"git+foo://x/y", "git:a@b:c", "git:a@b:c:d/e", "git+file:/x/y", "git+file:x/y", "git+file://host/x", "git:/x?u=a://b", "file:x", "http:x",
	"https:", "git+file:", "git+file://", "github://o/r/x", "github:o/r?rev=xyz", "github:o/r?rev=sha1:a3a3dda3bacf61e8a39258a0ed9c924eeca8e293",
	"github:o/r?rev=sha256:a3a3dda3bacf61e8a39258a0ed9c924eeca8e293", "github:o/r?rev=sha1-o6PdI7rPYeijkligTtnJJO7KjpM=",
	"github:o/r?rev=kj6rmnvchj9j0wa6j3l8x5i2qcwkqnw3", "github:o/r?rev=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "github:o/r?rev=o6PdI7rPYeijkligTtnJJO7KjpM=",
	"github:o/r?ref=", "github:o/r?host=", "github:o/r?host=a_b", "github:o/r?narHash=", "github:o/r?dir=", "github:o/r/@", "github:o/r/-x",
	"github:o/r/-x/y", "github:o/r/A/-x", "github:o/r/HEAD", "github:o/r/-A", "github:o/r/a.lock/b", "github:o/r/.a", "github:o/r/a.", "github:o/r/a./b",
	"github:o/r/a@%7Bb", "github:o/r/a%7f", "github:o/r/a%5C", "github:o/r/@/a", "github:o/r/refs/heads/-x", "github:o/r/fu%C3%9F", "github:o/r/a%2Fb",
	"sub/dir/x", "sub/a//b", "sub/a/", "a/b/c/d", "nixpkgs/a..b", "nixpkgs/a.lock", "nixpkgs/@", "nixpkgs/a@b", "flake:nixpkgs?dir=x", "flake:nixpkgs?ref=x",
	"flake:", "flake:a/b/c", "flake:/a", "path:/home//x/", "path:/home/x?rev=zz&narHash=q&revCount=12", "path:/home/x?foo=1", "path:/home/x?lastModified=+5",
	"path://host/x", "path://", "path:a%2Fb", "path:a b", "/a b?dir=x y", "/a//b/", "//a/b", "/a?foo=1", "/a?x", "/a?rev=%zz", "/a%20b", "/a?x=[1]", "/a?x={",
	"GITHUB:o/r", "hg+https://e.org/x?foo=1&rev=abc&dir=d", "hg+foo://x", "hg+https:x", "hg+https://x?ref=a b", "hg+https://x?ref=a..b",
	"foo+https://x", "file+git://x", "git+https://x?rev=abc", "git+https://x?rev=", "git+https://x?allRefs=1&shallow=0&lfs=1&exportIgnore=2",
	"git+https://x/%7Efoo/a+b,c", "https://e.org/x.TAR.GZ", "tarball+file:x.tar", "file+http://x?rev=q", "gitlab:a%2fb/c", "github:%6F/r",
	"github:o/r?submodules", " github:o/r", "github:o/r ", "git+https://a@b:c/d", "https://e.org/a#b?c d", "https://h/x?dir=a&dir=b", "git+ssh://git@h/~x/y",
}
