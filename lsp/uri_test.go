package lsp

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Breaks when a URI as some client spells it names another file, or when one that is no file gets a path.
func TestFilePath(t *testing.T) {
	for uri, want := range map[string]string{
		"file:///w/flake.nix":               "/w/flake.nix",
		"file:/w/flake.nix":                 "/w/flake.nix",
		"FILE://LocalHost/w/flake.nix":      "/w/flake.nix",
		"file:///a%20b/%C3%A9/%f0%9f%98%80": "/a b/é/😀",
		"file:///a b/é":                     "/a b/é",
		"file:///a+b%2Bc%23%3F%25":          "/a+b+c#?%",
		"file:///w/../x//y/":                "/w/../x//y/",
		"file:///c%3A/x":                    "/c:/x",
		"file:///":                          "/",
		"file:///%FF":                       "/\xff",
		"file://server/share":               "",
		"file://":                           "",
		"file:":                             "",
		"file:relative":                     "",
		"file:///a%2":                       "",
		"file:///a%zz":                      "",
		"file:///a%00":                      "",
		"file:///a?x=y":                     "",
		"file:///a#l1":                      "",
		"untitled:Untitled-1":               "",
		"git:/w/flake.nix?%7B%7D":           "",
		"vscode-vfs://github/o/r/flake.nix": "",
		"/w/flake.nix":                      "",
		"":                                  "",
	} {
		got, ok := filePath(uri)
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v; want %q", uri, got, ok, want)
		}
	}
}

// Breaks when a path does not survive the way to the client and back, or the URI holds what a URI may not.
func TestFileURIRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + string(rapid.SliceOf(rapid.ByteRange(1, 255)).Draw(t, "path"))
		uri := fileURI(path)
		if back, ok := filePath(uri); !ok || back != path {
			t.Fatalf("%q → %s → %q, %v", path, uri, back, ok)
		}
		if strings.ContainsAny(uri, " \"<>\\^`{|}?#") || strings.ContainsFunc(uri, func(r rune) bool { return r >= 0x7f || r < 0x20 }) {
			t.Fatalf("%q → %s", path, uri)
		}
		if documentKey(uri) != documentKey("file://LOCALHOST"+strings.ReplaceAll(uri[len("file://"):], "a", "%61")) {
			t.Fatal("two spellings of one file are two documents")
		}
	})
}
