package ref

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Risk is what makes a reference insecure.
type Risk string

// The risks.
const (
	PlainText  Risk = "plain text" // http: or git:, which neither hides nor signs what it carries
	Credential Risk = "credential" // a password or token in the URL
)

// Insecurity is one insecure part of a reference.
type Insecurity struct {
	Risk Risk
	// Span is the scheme (PlainText), or the user part, password or parameter that holds the secret (Credential).
	Span text.Span
	// Better is the whole reference with https for PlainText and with no secret for Credential. It may not be reachable.
	Better string
}

// Insecure finds what is insecure in a reference: plain text protocols and credentials. Never put the text of a Credential in
// a message; Redact the reference. A host that is the machine itself is no risk.
func Insecure(s string) []Insecurity {
	var list []Insecurity
	n := schemeLength(s)
	if n == 0 {
		return nil
	}
	application, transport := splitScheme(s[:n])
	if transport == "http" || transport == "git" && application == "" {
		start := len(application)
		better := s[:n] + "s" + s[n:]
		if application != "" {
			start++
		}
		if transport == "git" {
			better = "git+https" + s[n:]
		}
		if !loopback(s) && strings.HasPrefix(s[n:], "://") {
			list = append(list, Insecurity{PlainText, text.Span{Start: start, End: n}, better})
		}
	}
	found := secrets(s)
	for _, secret := range found[:min(len(found), mostFindings)] {
		better := ""
		switch {
		case s[secret.Start-1] == ':':
			better = replace(s, text.Span{Start: secret.Start - 1, End: secret.End}, "")
		case s[secret.Start-1] == '/':
			better = replace(s, text.Span{Start: secret.Start, End: secret.End + 1}, "")
		default:
			better = without(s, secret)
		}
		list = append(list, Insecurity{Credential, secret, better})
	}
	return list
}

// Redact replaces every password and token in a URL, or in any text that looks like one, so that it can be shown.
func Redact(s string) string {
	return withoutSecrets(s, func(string) string { return "***" })
}

// Mask is Redact with a star for each byte of a secret.
func Mask(s string) string {
	return withoutSecrets(s, func(secret string) string { return strings.Repeat("*", len(secret)) })
}

func withoutSecrets(s string, stars func(secret string) string) string {
	found := secrets(s)
	if found == nil {
		return s
	}
	var b strings.Builder
	at := 0
	for _, secret := range found {
		b.WriteString(s[at:secret.Start])
		value := secret.In(s)
		if key, after, ok := strings.Cut(value, "="); ok && isSecretKey(key) {
			b.WriteString(key + "=")
			value = after
		}
		b.WriteString(stars(value))
		at = secret.End
	}
	b.WriteString(s[at:])
	return b.String()
}

// isSecretKey says whether a key of a query, as written, names a secret.
func isSecretKey(key string) bool {
	if len(key) > 64 {
		return false
	}
	switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(decode(key))) {
	case "accesstoken", "privatetoken", "authtoken", "oauthtoken", "jobtoken", "token", "password", "passwd", "apikey", "secret", "signature",
		"sig", "xamzsignature":
		return true
	}
	return false
}

// secrets finds the user parts and parameters that hold a secret. A user name alone is one on http, where it can only be a
// token, but not on ssh and others.
func secrets(s string) []text.Span {
	var list []text.Span
	query := len(s)
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		query = i
	}
	if i := strings.Index(s[:query], "://"); i >= 0 {
		start := i + 3
		end := query
		if slash := strings.IndexByte(s[start:query], '/'); slash >= 0 {
			end = start + slash
		}
		// A password with a slash in it breaks the URL, and is a password all the same: without an @ before the slash, a colon
		// that no port follows means that the user part goes on.
		if !strings.Contains(s[start:end], "@") && !strings.HasPrefix(s[start:end], "[") {
			if _, port, ok := strings.Cut(s[start:end], ":"); ok && strings.Trim(port, "0123456789") != "" {
				end = query
			}
		}
		if at := strings.LastIndexByte(s[start:end], '@'); at > 0 {
			user := s[start : start+at]
			colon := strings.IndexByte(user, ':')
			scheme := strings.ToLower(s[max(0, i-len("https")):i])
			switch {
			case strings.HasSuffix(scheme, "http"), strings.HasSuffix(scheme, "https"):
				list = append(list, text.Span{Start: start, End: start + at})
			case colon >= 0: // the user's name is needed without the password too
				list = append(list, text.Span{Start: start + colon + 1, End: start + at})
			}
		}
	}
	if query < len(s) && s[query] == '?' {
		end := len(s)
		if i := strings.IndexByte(s, '#'); i >= 0 {
			end = i
		}
		for at := query + 1; at < end; {
			stop := end
			if i := strings.IndexByte(s[at:end], '&'); i >= 0 {
				stop = at + i
			}
			if key, value, ok := strings.Cut(s[at:stop], "="); ok && value != "" && isSecretKey(key) {
				list = append(list, text.Span{Start: at, End: stop})
			}
			at = stop + 1
		}
	}
	return list
}

func loopback(s string) bool {
	u, err := parseURL(s, true)
	return err == nil && (u.host == "localhost" || u.host == "::1" || strings.HasPrefix(u.host, "127."))
}
