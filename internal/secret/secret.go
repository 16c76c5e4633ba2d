// Package secret takes out of a text what nobody but its author should see: the passwords and tokens in URLs.
package secret

import (
	"regexp"
	"sync"
)

// patterns are what a URL may hold: the password before the host, a user of HTTP (which hosts take for a token), and the parameters by
// which tokens are given. The user of SSH is no secret.
var patterns = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://[^/?#\s"'@:]*:)[^/?#\s"'@]+(@)`),
		regexp.MustCompile(`(?i)(https?://)[^/?#\s"'@:]+(@)`),
		regexp.MustCompile(`(?i)([?&](?:access[_-]?token|private[_-]?token|token|password|secret|api[_-]?key|auth|sig(?:nature)?)=)[^&#\s"'\x60]+()`),
	}
})

// Hide gives the text with three stars in the place of each secret of a URL in it.
func Hide(text string) string {
	for _, pattern := range patterns() {
		text = pattern.ReplaceAllString(text, "${1}***${2}")
	}
	return text
}
