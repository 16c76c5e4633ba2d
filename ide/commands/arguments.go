package commands

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// features makes a Nix as it comes take the commands of flakes.
var features = []string{"--extra-experimental-features", "nix-command flakes"}

// UpdateArguments are those of the nix that moves one input of the flake in its folder. The error says why Nix would not take the
// input, or take it for something else.
func UpdateArguments(input string) ([]string, error) {
	if err := CheckInput(input); err != nil {
		return nil, err
	}
	return nix("flake", "update", input), nil
}

// LockArguments are those of the nix that completes the lock of the flake in its folder.
func LockArguments() []string { return nix("flake", "lock") }

// TryArguments are those of the nix that tells, as JSON, what would be locked with another reference for an input. See Tried.
func TryArguments(input, to string) ([]string, error) {
	if err := CheckInput(input); err != nil {
		return nil, err
	}
	switch _, err := ref.Parse(to); {
	case strings.HasPrefix(to, "-"):
		return nil, fmt.Errorf("%q is no flake reference: it begins with a dash", Plain(to))
	case err != nil:
		return nil, fmt.Errorf("%q is no flake reference: %w", Plain(to), err)
	case text.Printable(to) != to:
		return nil, fmt.Errorf("%q is not taken for a flake reference: it has characters that cannot be shown", Plain(to))
	}
	return nix("flake", "metadata", "--json", "--no-write-lock-file", "--refresh", "--override-input", input, to), nil
}

// RegistryArguments are those of the nix that makes an id of the user's registry mean a reference.
func RegistryArguments(id string, to ref.Ref) ([]string, error) {
	if !name().MatchString(id) {
		return nil, fmt.Errorf("%q is no id of a registry", Plain(id))
	}
	url, ok := Argument(to)
	if !ok {
		return nil, fmt.Errorf("the reference of %s has no form as an argument", id)
	}
	return nix("registry", "add", id, url), nil
}

func nix(arguments ...string) []string {
	return append(features[:len(features):len(features)], arguments...)
}

// name is what Nix takes as a name in a path of inputs, and we as an id of a registry.
var name = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*$`) })

// CheckInput says why a text is no path of names of inputs that Nix would take; nil where it is one.
func CheckInput(input string) error {
	if input == "" {
		return errors.New("no input is named")
	}
	for part := range strings.SplitSeq(input, "/") {
		if !name().MatchString(part) {
			return fmt.Errorf("%q is no path to an input, expected names with slashes between them, such as pins/nixpkgs", Plain(input))
		}
	}
	return nil
}

// Argument is a reference as an argument of a command. ok is false for what Nix would read there as something else, an option
// among it, and for what a terminal would not show as it is.
func Argument(r ref.Ref) (url string, ok bool) {
	url, ok = r.URL(true)
	if !ok || strings.HasPrefix(url, "-") || text.Printable(url) != url {
		return "", false
	}
	back, err := ref.Parse(url)
	return url, err == nil && back == r
}

// plainWord is what no shell reads as anything but itself.
var plainWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_./:@%+,-]+$`) })

// Line shows a command as a person would type it. What is a secret in it is not shown.
func Line(program string, arguments []string) string {
	words := append([]string{program}, arguments...)
	for i, word := range words {
		if word = Plain(word); !plainWord().MatchString(word) {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		words[i] = word
	}
	return strings.Join(words, " ")
}

// Plain is a text as a person may see it: without secrets and without characters that do something.
func Plain(s string) string { return text.Printable(secret.Hide(s)) }
