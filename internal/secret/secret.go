// Package secret takes out of a text what nobody but its author should see: the passwords and tokens of the URLs in it.
package secret

import (
	"regexp"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// url matches what may be a URL in prose, or in the quotes of JSON. A comma and an apostrophe end it, but not in a user part: a password
// may hold them.
var url = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("[a-zA-Z][a-zA-Z0-9+.-]*:(//[^\\s\"`<>/?#]*@)?[^\\s\"'`<>,]+")
})

// literals match what may be a URL in a line of Nix, JSON or TOML, whose strings hold what would end one in prose: the first with escapes, code within
// the string and a string that is added; the second in single quotes, which a double one does not end. Prose may stand in a comment.
var literals = sync.OnceValue(func() []*regexp.Regexp {
	const scheme, piece = `[a-zA-Z][a-zA-Z0-9+.-]*:`, `\\.|\$\{[^}]*\}|"\s*\+\s*"`
	return []*regexp.Regexp{
		regexp.MustCompile(scheme + `(//(` + piece + `|[^\s"/?#\\])*@)?(` + piece + `|[^\s"'\\])+`),
		regexp.MustCompile(`'` + scheme + `(//[^\s'/?#]*@)?[^\s']+`),
		url(),
	}
})

// Hide gives the text with three stars in the place of each secret of a URL in it. What a secret is, ref.Redact says.
func Hide(text string) string { return url().ReplaceAllStringFunc(text, ref.Redact) }

// Value is Hide for the value of a string, which may be a URL as a whole: nothing in it ends that.
func Value(value string) string { return Hide(ref.Redact(value)) }

// Mask gives a line of Nix, JSON or TOML with a star in the place of each byte of a secret of a URL in it, so that what stands behind it stays where
// it is.
func Mask(line string) string {
	for _, literal := range literals() {
		line = literal.ReplaceAllStringFunc(line, ref.Mask)
	}
	return line
}
