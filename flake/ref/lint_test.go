package ref

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Breaks when a slip is no longer recognised, is mended to something else, or a good reference is taken for a slip.
func TestMeant(t *testing.T) {
	rev := "f34751b88bd07d7f44f5cd3200fb4122bf916c7e"
	for s, want := range map[string]string{
		"git+ssh://git@github.com:org/pins":              "git+ssh://git@github.com/org/pins",
		"git+https://me:secret@example.org:o/r":          "git+https://me:secret@example.org/o/r",
		"ssh://git@github.com:org/pins":                  "git+ssh://git@github.com/org/pins",
		"ssh://git@example.org/x":                        "git+ssh://git@example.org/x",
		"git@github.com:o/r.git?ref=x":                   "git+ssh://git@github.com/o/r.git?ref=x",
		"git:git@github.com:o/r":                         "git+ssh://git@github.com/o/r",
		"git+ssh:git@github.com:o/r":                     "git+ssh://git@github.com/o/r",
		"git+https:/example.org/o/r":                     "git+https://example.org/o/r",
		"github.com/o/r":                                 "github:o/r",
		"www.github.com/o/r.git?dir=x":                   "github:o/r?dir=x",
		"https://github.com/o/r":                         "github:o/r",
		"https:/github.com/o/r":                          "github:o/r",
		"HTTPS://github.com/o/r/tree/main":               "github:o/r/main",
		"https://gitlab.com/o/r/-/tree/main":             "gitlab:o/r/main",
		"git.sr.ht/~o/r":                                 "sourcehut:~o/r",
		"https://codeberg.org/o/r":                       "git+https://codeberg.org/o/r",
		"https://github.com/o/r/tree/feat/x":             "?",
		"github:NixOS":                                   "?",
		"github:NixOS?ref=x":                             "?",
		"github://o/r":                                   "github:o/r",
		"github:o/r/branch?ref=branch":                   "github:o/r/branch",
		"github:o/r/branch?ref=x":                        "?",
		"github:o/r/branch?dir=d&rev=" + rev:             "github:o/r/" + rev + "?dir=d",
		"github:o/r/" + rev + "?ref=main":                "github:o/r/" + rev,
		"github:o/r?ref=main&rev=" + rev:                 "github:o/r/" + rev,
		" github:o/r\n":                                  "github:o/r",
		"gihub:a/b":                                      "github:a/b",
		"GitHub:a/b":                                     "github:a/b",
		"file+git:///x":                                  "git+file:///x",
		"https+git://h/x":                                "git+https://h/x",
		"github:a b/c":                                   "?",
		"path:/my flakes/x?dir=a":                        "path:/my%20flakes/x?dir=a",
		"path://./x":                                     "path:./x",
		"path://home/x":                                  "?",
		"nixpkgs?ref=nixos-25.05":                        "nixpkgs/nixos-25.05",
		"nixpkgs?dir=x":                                  "flake:nixpkgs?dir=x",
		"https://example.org:0/x":                        "?",
		"git+ssh://":                                     "?",
		"git+https:":                                     "?",
		"https:///o/r":                                   "?",
		"tarball+https://?x=y":                           "?",
		"git+file:///o/r":                                "",
		"github:o/r":                                     "",
		"https://github.com/o/r/archive/main.tar.gz":     "",
		"git+https://github.com/o/r?ref=main&rev=" + rev: "",
		"mailto:x@y":                                     "",
		"nixpkgs.lib":                                    "",
		"./a:b":                                          "",
		"./sub?dir=x":                                    "",
		"path:./sub":                                     "",
		"pins/crane":                                     "",
		"git+ssh://git@h:22/x":                           "",
		"":                                               "",
	} {
		fixed, why, ok := Meant(s)
		got := fixed
		if ok && fixed == "" {
			got = "?"
		}
		if got != want || ok != (why != "") {
			t.Errorf("%q: meant %q (%s), want %q", s, got, why, want)
		}
	}
}

// Breaks when a parameter that Nix drops is not found, is found where Nix heeds it, or is mended to what does not work.
func TestIgnored(t *testing.T) {
	for s, want := range map[string]string{
		"github:o/r?submodules=1&ref=x":                      "submodules=1 → git+https://github.com/o/r.git?ref=x&submodules=1",
		"github:o/r/main?lfs=1&host=h.org":                   "lfs=1 → git+https://h.org/o/r.git?lfs=1&ref=main",
		"sourcehut:~o/r?submodules=1":                        "submodules=1 → git+https://git.sr.ht/~o/r?submodules=1",
		"github:o/r?foo=1&ref=x":                             "foo=1 → github:o/r?ref=x",
		"github:o/r?ref=x&foo=1":                             "foo=1 → github:o/r?ref=x",
		"github:o/r?foo=1#x":                                 "foo=1 → github:o/r#x",
		"github:o/r?ref=x&dir=d&host=h&narHash=n":            "",
		"flake:nixpkgs?ref=x":                                "ref=x → nixpkgs/x",
		"flake:nixpkgs?dir=d&ref=x":                          "ref=x → flake:nixpkgs?dir=d",
		"git+https://h/x?submodules=true":                    "submodules=true → git+https://h/x?submodules=1",
		"git+https://h/x?submodules=false&shallow=0":         "submodules=false → git+https://h/x?submodules=0&shallow=0",
		"git+https://h/x?submodules":                         "submodules → git+https://h/x?submodules=1",
		"git+https://h/x?shallow=1&foo=bar&dir=d":            "",
		"https://h/x.tar.gz?name=a&token=b":                  "name=a → https://h/x.tar.gz?token=b",
		"https://h/x.tar.gz?a=1&a=2":                         "a=2 → https://h/x.tar.gz?a=1",
		"https://h/x.tar.gz?revCount=x":                      "revCount=x → https://h/x.tar.gz",
		"https://h/x.tar.gz?rev=1&revCount=1&lastModified=2": "",
		"path:/x?dir=d":                                      "",
		"github:o/r":                                         "",
		"./x?foo=1":                                          "",
		"https://h/x?&":                                      "",
	} {
		var list []string
		for _, p := range Ignored(s) {
			if p.Why == "" {
				t.Errorf("%s: no reason for %s", s, p.Key)
			}
			list = append(list, fmt.Sprintf("%s → %s", p.Span.In(s), p.Better))
			if fragment := strings.Contains(s, "#"); !fragment {
				if _, err := ParseInput(p.Better); err != nil {
					t.Errorf("%s: %s: %v", s, p.Better, err)
				}
			}
		}
		if got := strings.Join(list, "; "); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

// Breaks when plain text or a credential passes, when an innocent reference is called insecure, or when a secret can be read in
// what is shown of a reference.
func TestInsecure(t *testing.T) {
	for _, test := range []struct{ ref, found, shown string }{
		{"http://h/x.zip", "plain text http → https://h/x.zip", "http://h/x.zip"},
		{"git+http://h/x", "plain text http → git+https://h/x", "git+http://h/x"},
		{"git://h/x", "plain text git → git+https://h/x", "git://h/x"},
		{"http://localhost:80/x", "", "http://localhost:80/x"},
		{"https://SECRET@h/x", "credential SECRET → https://h/x", "https://***@h/x"},
		{"git+https://u:SECRET@h/x?ref=a", "credential u:SECRET → git+https://h/x?ref=a", "git+https://***@h/x?ref=a"},
		{"git+https://u:SEC/RET@h/x", "credential u:SEC/RET → git+https://h/x", "git+https://***@h/x"},
		{"https://h/x?a=1&access_token=SECRET&b=2", "credential access_token=SECRET → https://h/x?a=1&b=2", "https://h/x?a=1&access_token=***&b=2"},
		{"https://h/x?Token=SECRET#f", "credential Token=SECRET → https://h/x#f", "https://h/x?Token=***#f"},
		{"git+ssh://git:SECRET@h/x", "credential SECRET → git+ssh://git@h/x", "git+ssh://git:***@h/x"},
		{"git+ssh://git@h/x", "", "git+ssh://git@h/x"},
		{"git@github.com:o/r", "", "git@github.com:o/r"},
		{"https://h/@scope/x.tar.gz", "", "https://h/@scope/x.tar.gz"},
		{"https://h:8080/@scope/x.tar.gz", "", "https://h:8080/@scope/x.tar.gz"},
		{"github:o/r", "", "github:o/r"},
	} {
		var list []string
		for _, i := range Insecure(test.ref) {
			list = append(list, fmt.Sprintf("%s %s → %s", i.Risk, i.Span.In(test.ref), i.Better))
		}
		if got := strings.Join(list, "; "); got != test.found {
			t.Errorf("%s: %s, want %s", test.ref, got, test.found)
		}
		if got := Redact(test.ref); got != test.shown {
			t.Errorf("%s is shown as %s, want %s", test.ref, got, test.shown)
		}
		for _, broken := range []string{test.ref, test.ref + "#f", test.ref + "%zz", strings.Replace(test.ref, "h/", "h:x/", 1)} {
			if _, err := Parse(broken); err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s: %v", broken, err)
			}
			if _, why, _ := Meant(broken); strings.Contains(why, "SECRET") {
				t.Errorf("%s: %s", broken, why)
			}
		}
	}
}

// Breaks when an unsupported scheme is taken for one that is not near, or a near one is not found.
func TestNearestScheme(t *testing.T) {
	for scheme, want := range map[string]string{
		"gihub": "github:", "githb:": "github:", "GitLab": "gitlab:", "ssh": "git+ssh:", "git+htps": "git+https:", "https+git": "git+https:",
		"htps": "https:", "mailto": "", "x": "", "foo+https": "git+https:",
	} {
		if got, _ := NearestScheme(scheme); got != want {
			t.Errorf("%s is near %q, want %q", scheme, got, want)
		}
	}
}

// Breaks when a huge reference, such as a hostile repository may hold, costs more than time in proportion: one that is eight times as long
// may take 32 times as long, where time by the square would be 64.
func TestHostile(t *testing.T) {
	const size = 1 << 17 // regexps read what is short in another way
	for _, piece := range []string{"a", "a&", "token=x&", "a:", "a@", "/", "%41", "a+", " ", "?", "#", "https://", "git@a:", "?ref=", "ü"} {
		for _, head := range []string{"", "github:", "github:o/r?", "git+ssh://", "https://", "https://h?", "path:", "a?", "git@h:"} {
			cost := func(size int) time.Duration {
				s := head + strings.Repeat(piece, size/len(piece))
				start := time.Now()
				ParseInput(s)
				Meant(s)
				Ignored(s)
				Insecure(s)
				Redact(s)
				ParseFlakeHub(s)
				return time.Since(start)
			}
			for try := 1; ; try++ { // other programs take time too
				short, long := cost(size/8), cost(size)
				if long <= 32*short {
					break
				} else if try == 5 {
					t.Errorf("%s%s…: %v, and an eighth of it %v", head, piece, long, short)
					break
				}
			}
		}
	}
}
