package ref

import "strings"

// CheckNarHash says why Nix refuses a narHash, in an *Error with no offset; nil where it takes it, as it does an empty one. It looks at it when it
// fetches, before it asks the network (Nix's hash.cc: parseSRI, and fetchers.cc: getNarHash): an SRI hash with SHA-256. Of the
// base 64 counts what stands before the first `=`, line ends left out, and padding is not needed.
func CheckNarHash(hash string) *Error {
	if hash == "" {
		return nil
	}
	algorithm, digits, ok := strings.Cut(hash, "-")
	digits, _, _ = strings.Cut(digits, "=")
	digits = strings.ReplaceAll(digits, "\n", "")
	if ok && algorithm == "sha256" && len(digits) == sha256Digits && strings.Trim(digits, base64Digits) == "" {
		return nil
	}
	return &Error{Kind: BadAttr, Attribute: "narHash", Found: quote(hash), Expected: "an SRI hash, `sha256-` and 44 characters of base 64"}
}

// sha256Digits are the 44 characters of a SHA-256 in base 64 without the padding.
const sha256Digits = 43

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
