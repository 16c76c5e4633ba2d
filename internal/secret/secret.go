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

// Hide gives the text with three stars in the place of each secret of a URL in it. What a secret is, ref.Redact says.
func Hide(text string) string { return url().ReplaceAllStringFunc(text, ref.Redact) }

// Mask is Hide with a star for each byte, so that what stands behind a secret stays where it is.
func Mask(text string) string { return url().ReplaceAllStringFunc(text, ref.Mask) }
