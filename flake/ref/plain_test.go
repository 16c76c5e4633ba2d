package ref

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Breaks when the short way to read a usual reference gives another answer than the long one, or finds nothing wrong where that does.
func TestPlainForge(t *testing.T) {
	plainParts := []string{"NixOS", "nixpkgs", "a", "a.b", "-a", "_", "nixos-25.05", "0123456789abcdef0123456789abcdef01234567", "0123456789ABCDEF0123456789ABCDEF01234567"}
	forges := []string{"github:", "gitlab:", "sourcehut:"}
	usualPart, usualScheme := rapid.SampledFrom(plainParts), rapid.SampledFrom(forges)
	part := rapid.SampledFrom(append([]string{"..", ".", ".git", "x.git", "-", "a-", "x.lock", "a..b", "a.", "", "ä", "a b", "a%20b", "~a", "a@b", "a:b", "a?ref=b", "a#b"}, plainParts...))
	scheme := rapid.SampledFrom(append([]string{"GitHub:", "github:/", "git:", "path:", ""}, forges...))
	// Of texts that are made of any parts only one in ten is plain: half of them are made to be.
	text := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			return usualScheme.Draw(t, "scheme") + strings.Join(rapid.SliceOfN(usualPart, 2, 3).Draw(t, "parts"), "/")
		}),
		rapid.Custom(func(t *rapid.T) string {
			return scheme.Draw(t, "scheme") + strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "/")
		}))
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		r, ok := readPlain(s)
		if !ok {
			return
		}
		plain++
		slow, err := readURL(s, true)
		if err != nil || slow != r {
			t.Fatalf("%s is %v, the long way %v, %v", s, r, slow, err)
		}
		if idPattern().MatchString(s) {
			t.Fatalf("%s is an id", s)
		}
		if fixed, why, slip := meant(s); slip {
			t.Fatalf("%s is a slip for %s: %s", s, fixed, why)
		}
	})
	if plain < 5 {
		t.Errorf("only %d texts were plain", plain)
	}
}

// Breaks when the source of a repository depends on what was asked before, or on the case in which it is written.
func TestForgeSource(t *testing.T) {
	part := rapid.StringMatching(`[A-Za-z0-9_.äÄ-]{0,8}(\.git)?|[a-z]{200}`)
	rapid.Check(t, func(t *rapid.T) {
		host, owner, repo := part.Draw(t, "host"), part.Draw(t, "owner"), part.Draw(t, "repo")
		want := Source(strings.ToLower(host + "/" + owner + "/" + strings.TrimSuffix(repo, ".git")))
		for range 2 {
			if got := forgeSource(host, owner, repo); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
	})
}
