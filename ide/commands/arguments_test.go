package commands

import (
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Breaks when an input or a reference that Nix could take for an option, or for something else than was shown, gets into an argument
// list; when a good one does not; or when a Nix as it comes would refuse the command.
func TestArguments(t *testing.T) {
	const features = "--extra-experimental-features|nix-command flakes|"
	parsed := func(text string) ref.Ref {
		r, err := ref.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	update := func(input string) func() ([]string, error) {
		return func() ([]string, error) { return UpdateArguments(input) }
	}
	try := func(input, to string) func() ([]string, error) {
		return func() ([]string, error) { return TryArguments(input, to) }
	}
	for _, test := range []struct {
		make func() ([]string, error)
		want string // the error begins with an exclamation mark
	}{
		{update("nixpkgs"), features + "flake|update|nixpkgs"},
		{update("pins/rust-overlay/nixpkgs_2"), features + "flake|update|pins/rust-overlay/nixpkgs_2"},
		{update(""), "!no input is named"},
		{update("-x"), `!"-x" is no path to an input, expected names with slashes between them, such as pins/nixpkgs`},
		{update("--override-input"), `!"--override-input" is no path to an input, expected names with slashes between them, such as pins/nixpkgs`},
		{update("pins/-x"), `!"pins/-x" is no path to an input, expected names with slashes between them, such as pins/nixpkgs`},
		{update("pins//x"), `!"pins//x" is no path to an input, expected names with slashes between them, such as pins/nixpkgs`},
		{update("a b\x1b"), `!"a b` + "\uFFFD" + `" is no path to an input, expected names with slashes between them, such as pins/nixpkgs`},
		{try("nixpkgs", "github:NixOS/nixpkgs/nixos-26.05"), features + "flake|metadata|--json|--no-write-lock-file|--refresh|--override-input|nixpkgs|github:NixOS/nixpkgs/nixos-26.05"},
		{try("nixpkgs", "--impure"), `!"--impure" is no flake reference: it begins with a dash`},
		{try("nixpkgs", "./x y:"), `!"./x y:" is no flake reference: `},
		{try("-x", "nixpkgs"), `!"-x" is no path`},
		{try("x", "github:o/r?ref=a\u202eb"), "!"},
		{func() ([]string, error) { return LockArguments(), nil }, features + "flake|lock"},
		{func() ([]string, error) {
			return RegistryArguments("nixpkgs", parsed("github:NixOS/nixpkgs/1f08a4df998e21f4e8be8fb6fbf61d11a1a5076a"))
		}, features + "registry|add|nixpkgs|github:NixOS/nixpkgs/1f08a4df998e21f4e8be8fb6fbf61d11a1a5076a"},
		{func() ([]string, error) { return RegistryArguments("-x", parsed("github:o/r")) }, `!"-x" is no id of a registry`},
	} {
		got, err := test.make()
		if want, refused := strings.CutPrefix(test.want, "!"); refused {
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%q, %v; want the error %s", got, err, want)
			}
		} else if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%q, %v; want %s", got, err, want)
		}
	}
	first, _ := UpdateArguments("a")
	if second, _ := UpdateArguments("b"); slices.Equal(first, second) {
		t.Error("two argument lists share their memory")
	}
}

// Breaks when a command is shown otherwise than it runs, a secret is shown, or a character of it does something to the editor.
func TestLine(t *testing.T) {
	for want, words := range map[string][]string{
		"nix --extra-experimental-features 'nix-command flakes' flake lock": {"nix", "--extra-experimental-features", "nix-command flakes", "flake", "lock"},
		`git ls-remote -- 'https://***@example.org/r' 'it'\''s' ''`:         {"git", "ls-remote", "--", "https://user:secret@example.org/r", "it's", ""},
		"nix 'a\uFFFDb' 'c\uFFFDd'":                                         {"nix", "a\nb", "c\u202ed"},
	} {
		got := Line(words[0], words[1:])
		if got != want {
			t.Errorf("%q is shown as %s, want %s", words, got, want)
		}
	}
}

// Breaks when a reference could be taken for an option, or for another reference, by the command that it is printed for.
func TestArgument(t *testing.T) {
	for attrs, want := range map[*ref.Attrs]string{
		{"type": "github", "owner": "o", "repo": "r", "rev": "1f08a4df998e21f4e8be8fb6fbf61d11a1a5076a"}:       "github:o/r/1f08a4df998e21f4e8be8fb6fbf61d11a1a5076a",
		{"type": "github", "owner": "--o", "repo": "$(id)", "rev": "1f08a4df998e21f4e8be8fb6fbf61d11a1a5076a"}: "github:--o/%24%28id%29/1f08a4df998e21f4e8be8fb6fbf61d11a1a5076a",
		{"type": "tarball", "url": "--impure"}: "",
		{"type": "git", "url": "-x"}:           "git+file:-x",
		{"type": "path", "path": "-x"}:         "path:-x",
		{"type": "path", "path": "/a\nb"}:      "path:/a%0Ab",
	} {
		r, err := ref.FromAttrs(*attrs)
		if err != nil {
			if want != "" {
				t.Errorf("%v: %v", *attrs, err)
			}
			continue
		}
		if got, ok := Argument(r); got != want || ok != (want != "") {
			t.Errorf("%v gives %q (%t), want %q", *attrs, got, ok, want)
		}
	}
}

// Breaks when a text with more than one URL, such as what Git says of a redirection, is shown with a secret in it.
func TestPlainHidesEverySecret(t *testing.T) {
	got := Plain("fatal: cannot go from 'https://ana:tok1@h/x' to https://tok2@h2/y?token=tok3\x1b[31m")
	for _, secret := range []string{"tok1", "tok2", "tok3", "\x1b"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is shown: %s", secret, got)
		}
	}
}
