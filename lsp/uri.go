package lsp

import (
	"path/filepath"
	"strings"
)

// filePath is the path that a file: URI names (RFC 8089), percent-decoded and otherwise spelled as the client spells it:
// a link is not resolved, because the client knows the document by this name. It is false for every other URI, for one on
// another host, with a query or a fragment, or with a broken escape: such a document has no path.
func filePath(uri string) (string, bool) {
	scheme, rest, _ := strings.Cut(uri, ":")
	if !strings.EqualFold(scheme, "file") || strings.ContainsAny(rest, "?#") {
		return "", false
	}
	if authority, ok := strings.CutPrefix(rest, "//"); ok {
		slash := strings.IndexByte(authority, '/')
		if slash < 0 || slash > 0 && !strings.EqualFold(authority[:slash], "localhost") {
			return "", false
		}
		rest = authority[slash:]
	}
	if !strings.HasPrefix(rest, "/") {
		return "", false
	}
	var path strings.Builder
	path.Grow(len(rest))
	for i := 0; i < len(rest); i++ {
		b := rest[i]
		if b == '%' {
			if i+2 >= len(rest) {
				return "", false
			}
			high, low := hexDigit(rest[i+1]), hexDigit(rest[i+2])
			if high < 0 || low < 0 {
				return "", false
			}
			b = byte(high<<4 | low)
			i += 2
		}
		if b == 0 { // no file has it in its name
			return "", false
		}
		path.WriteByte(b)
	}
	return path.String(), true
}

// fileURI is the file: URI of an absolute path. What RFC 3986 allows in a path stays as it is, as Neovim and the
// specification's examples have it; every other byte is escaped.
func fileURI(path string) string {
	const digits = "0123456789ABCDEF"
	var uri strings.Builder
	uri.Grow(len("file://") + len(path))
	uri.WriteString("file://")
	for i := 0; i < len(path); i++ {
		b := path[i]
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte("/-._~!$&'()*+,;=:@", b) >= 0:
			uri.WriteByte(b)
		default:
			uri.WriteByte('%')
			uri.WriteByte(digits[b>>4])
			uri.WriteByte(digits[b&15])
		}
	}
	return uri.String()
}

func hexDigit(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// documentKey is the same for two spellings of one URI: clients escape differently, and some one way in one message and
// another way in the next. Of a file it is the path as the workspace has it.
func documentKey(uri string) string {
	if path, ok := filePath(uri); ok {
		return filepath.Clean(path)
	}
	return uri
}
