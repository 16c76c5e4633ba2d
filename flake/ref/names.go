package ref

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// IsRefName says whether Git (libgit2, as Nix asks it) allows the name for a branch, a tag or a full reference.
func IsRefName(name string) bool {
	if name == "" || name == "@" || strings.HasSuffix(name, ".") || strings.Contains(name, "..") || strings.Contains(name, "@{") {
		return false
	}
	for i := 0; i < len(name); i++ {
		if name[i] <= ' ' || name[i] == 0x7f || strings.IndexByte(`~^:\?[*`, name[i]) >= 0 {
			return false
		}
	}
	for component := range strings.SplitSeq(name, "/") {
		if component == "" || component[0] == '.' || strings.HasSuffix(component, ".lock") {
			return false
		}
	}
	// A branch or tag does not begin with a dash. A full reference may, if it has more than one part.
	return name[0] != '-' || strings.Contains(name, "/")
}

// parseRev reads a SHA-1 hash in any of Nix's forms (base 16, Nix's base 32, base 64, SRI, with or without the algorithm)
// and gives it in base 16.
func parseRev(s string) (string, bool) {
	if len(s) == 40 && strings.Trim(s, "0123456789abcdef") == "" {
		return s, true // as nearly all are written
	}
	rest, sri := s, false
	if algorithm, digits, ok := strings.Cut(s, ":"); ok {
		if algorithm != "sha1" {
			return "", false
		}
		rest = digits
	} else if algorithm, digits, ok := strings.Cut(s, "-"); ok {
		if algorithm != "sha1" {
			return "", false
		}
		rest, sri = digits, true
	}
	const size = 20
	switch {
	case !sri && len(rest) == 2*size:
		b, err := hex.DecodeString(rest)
		return hex.EncodeToString(b), err == nil
	case !sri && len(rest) == 32:
		return decodeNix32(rest)
	case sri || len(rest) == 28:
		b, err := base64.StdEncoding.DecodeString(rest)
		return hex.EncodeToString(b), err == nil && len(b) == size
	}
	return "", false
}

// decodeNix32 decodes 20 bytes in Nix's base 32: no e, o, u, t; the least bits come last.
func decodeNix32(s string) (string, bool) {
	const digits = "0123456789abcdfghijklmnpqrsvwxyz"
	var b [20]byte
	for n := range len(s) {
		digit := strings.IndexByte(digits, s[len(s)-1-n])
		if digit < 0 {
			return "", false
		}
		bit := n * 5
		i, j := bit/8, bit%8
		b[i] |= byte(digit << j)
		if carry := byte(digit >> (8 - j)); i+1 < len(b) {
			b[i+1] |= carry
		} else if carry != 0 {
			return "", false
		}
	}
	return hex.EncodeToString(b[:]), true
}

// IsID says whether a name can be a registry id: a letter, then letters, digits, `_` and `-`. Nix asks the same of every element of a
// follows path.
func IsID(name string) bool {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case isLetter(c):
		case i > 0 && (isDigit(c) || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return name != ""
}

// isHash says whether a text is 40 hexadecimal digits, in any case.
func isHash(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; !isDigit(s[i]) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 40
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
