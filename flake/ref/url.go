package ref

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// address is a URL by RFC 3986, with what Nix allows besides (spaces and quotes in the query), decoded. Spans are of the text
// that was read.
type address struct {
	scheme       string
	hasAuthority bool
	authority    string // encoded as Nix prints it: the port without zeros, only unreserved characters as they are
	host         string // decoded
	path         []string
	query        []parameter // as written, all of them
	pathSpan     text.Span
	hostSpan     text.Span
	querySpan    text.Span // from its question mark; empty where there is none
}

// parameter is one part of a query between two &.
type parameter struct {
	key, value string
	hasValue   bool // there is an equals sign; Nix drops the parameter otherwise
	span       text.Span
}

// parseURL reads a URL that has no fragment. lenient is how Nix reads what a person wrote: spaces and quotes may stand in the
// query.
func parseURL(s string, lenient bool) (address, *Error) {
	var u address
	n := schemeLength(s)
	if n == 0 {
		return u, soft(0, len(s), "no scheme", "a scheme and a colon, as in github:")
	}
	u.scheme = s[:n]
	at := n + 1
	end := len(s)
	if q := strings.IndexByte(s[at:], '?'); q >= 0 {
		end = at + q
		u.querySpan = text.Span{Start: end, End: len(s)}
	} else {
		u.querySpan = text.Span{Start: end, End: end}
	}
	_, transport := splitScheme(u.scheme)
	if strings.HasPrefix(s[at:end], "//") {
		stop := end
		if i := strings.IndexByte(s[at+2:end], '/'); i >= 0 {
			stop = at + 2 + i
		}
		if err := u.readAuthority(s, at+2, stop); err != nil {
			return u, err
		}
		if u.host != "" && transport == "file" {
			return u, soft(at+2, stop, "the host "+quote(s[at+2:stop]), "a third slash after "+u.scheme+"://, since files have no host")
		}
		at = stop
	}
	u.pathSpan = text.Span{Start: at, End: end}
	if err := checkCharacters(s, at, end, pathCharacters, "the path of a URL"); err != nil {
		return u, err
	}
	path := s[at:end]
	if path == "" && transport == "file" {
		path = "/"
	}
	for segment := range strings.SplitSeq(path, "/") {
		u.path = append(u.path, decode(segment))
	}
	if u.querySpan.Len() > 1 {
		var err *Error
		if u.query, err = parseQuery(s, end+1, lenient); err != nil {
			return u, err
		}
	}
	return u, nil
}

// schemeLength is the length of the scheme that s starts with, 0 if it starts with none.
func schemeLength(s string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		switch {
		case c == ':':
			return i
		case letter, i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return 0
		}
	}
	return 0
}

// splitScheme takes git+https apart; a scheme with no plus has no application.
func splitScheme(scheme string) (application, transport string) {
	if a, t, ok := strings.Cut(scheme, "+"); ok {
		return a, t
	}
	return "", scheme
}

func (u *address) readAuthority(s string, start, end int) *Error {
	u.hasAuthority = true
	hostStart := start
	user := ""
	if i := strings.LastIndexByte(s[start:end], '@'); i >= 0 {
		if err := checkCharacters(s, start, start+i, userCharacters, "the user part of a URL"); err != nil {
			return err
		}
		name, password, has := strings.Cut(s[start:start+i], ":")
		user = encode(decode(name), "")
		if has {
			user += ":" + encode(decode(password), "")
		}
		user += "@"
		hostStart = start + i + 1
	}
	hostEnd := end
	host := ""
	if strings.HasPrefix(s[hostStart:end], "[") {
		i := strings.IndexByte(s[hostStart:end], ']')
		if i < 0 || !isIPLiteral(s[hostStart+1:hostStart+i]) {
			return soft(hostStart, end, quote(s[hostStart:end]), "an IPv6 address in brackets")
		}
		hostEnd = hostStart + i + 1
		u.host = decode(s[hostStart+1 : hostEnd-1])
		host = "[" + encode(u.host, ":") + "]"
		if hostEnd < end && s[hostEnd] != ':' {
			return soft(hostEnd, end, quote(s[hostEnd:end]), "a port or a slash after the host")
		}
	} else {
		if i := strings.IndexByte(s[hostStart:end], ':'); i >= 0 {
			hostEnd = hostStart + i
		}
		if err := checkCharacters(s, hostStart, hostEnd, hostCharacters, "a host"); err != nil {
			return err
		}
		u.host = decode(s[hostStart:hostEnd])
		host = encode(u.host, "")
	}
	u.hostSpan = text.Span{Start: hostStart, End: hostEnd}
	port := ""
	if hostEnd+1 < end {
		number, err := strconv.ParseUint(strings.TrimLeft(s[hostEnd+1:end], "0"), 10, 16)
		if err != nil || number == 0 {
			return soft(hostEnd+1, end, quote(s[hostEnd+1:end]), "a port number after the colon; a path starts with a slash")
		}
		port = ":" + strconv.FormatUint(number, 10)
	}
	u.authority = user + host + port
	return nil
}

func isIPLiteral(s string) bool {
	if strings.HasPrefix(s, "v") || strings.HasPrefix(s, "V") {
		version, rest, ok := strings.Cut(s[1:], ".")
		return ok && version != "" && rest != "" && strings.Trim(version, "0123456789abcdefABCDEF") == "" &&
			checkCharacters(rest, 0, len(rest), userCharacters, "") == nil && !strings.Contains(rest, "%")
	}
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is6() && address.Zone() == ""
}

// parseQuery reads the query that starts, past its question mark, at the offset.
func parseQuery(s string, start int, lenient bool) ([]parameter, *Error) {
	set := queryCharacters
	if lenient {
		set += " \""
	}
	if err := checkCharacters(s, start, len(s), set, "the query of a URL"); err != nil {
		return nil, err
	}
	var list []parameter
	for at := start; at <= len(s); {
		end := len(s)
		if i := strings.IndexByte(s[at:], '&'); i >= 0 {
			end = at + i
		}
		p := parameter{span: text.Span{Start: at, End: end}}
		p.key, p.value, p.hasValue = strings.Cut(s[at:end], "=")
		p.key, p.value = decode(p.key), decode(p.value)
		list = append(list, p)
		at = end + 1
	}
	return list, nil
}

// settings is the query as Nix keeps it: what has an equals sign, the first of equal keys.
func (u address) settings() map[string]string {
	m := make(map[string]string, len(u.query))
	for _, p := range u.query {
		if _, twice := m[p.key]; !twice && p.hasValue {
			m[p.key] = p.value
		}
	}
	return m
}

// format prints a URL as Nix does.
func format(scheme string, u address, query map[string]string) string {
	length := len(scheme) + len("://") + len(u.authority)
	for _, segment := range u.path {
		length += len("/") + len(segment)
	}
	var b strings.Builder
	b.Grow(length) // all of it, as nearly always
	b.WriteString(scheme)
	b.WriteByte(':')
	if u.hasAuthority {
		b.WriteString("//")
		b.WriteString(u.authority)
	}
	for i, segment := range u.path {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(encode(segment, ":@"))
	}
	b.WriteString(encodeQuery(query))
	return b.String()
}

// encodeQuery prints a query with its question mark, or nothing for an empty one; keys are sorted.
func encodeQuery(query map[string]string) string {
	keys := make([]string, 0, len(query))
	for key := range query {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var b strings.Builder
	for i, key := range keys {
		if i == 0 {
			b.WriteByte('?')
		} else {
			b.WriteByte('&')
		}
		b.WriteString(encode(key, ":@/?"))
		b.WriteByte('=')
		b.WriteString(encode(query[key], ":@/?"))
	}
	return b.String()
}

const (
	letters          = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	unreserved       = letters + "0123456789-._~"
	hostCharacters   = unreserved + "!$&'()*+,;="
	userCharacters   = hostCharacters + ":"
	pathCharacters   = userCharacters + "@/"
	queryCharacters  = pathCharacters + "?[]" // brackets are no part of RFC 3986, but of Nix's URL library
	hexadecimalDigit = "0123456789abcdefABCDEF"
)

// isUnreserved says of each byte whether it is unreserved.
var isUnreserved = func() (is [256]bool) {
	for i := range len(unreserved) {
		is[unreserved[i]] = true
	}
	return is
}()

// checkCharacters finds the first byte in [start, end) that is neither in the set nor a percent escape.
func checkCharacters(s string, start, end int, set, where string) *Error {
	for i := start; i < end; i++ {
		switch {
		case s[i] == '%':
			if i+2 >= end || strings.IndexByte(hexadecimalDigit, s[i+1]) < 0 || strings.IndexByte(hexadecimalDigit, s[i+2]) < 0 {
				return soft(i, min(i+3, end), "a percent sign", "two hexadecimal digits after % (a percent sign itself is %25)")
			}
			i += 2
		case !isUnreserved[s[i]] && strings.IndexByte(set, s[i]) < 0: // each set has the unreserved ones
			r, size := utf8.DecodeRuneInString(s[i:end])
			return soft(i, i+size, describe(r), fmt.Sprintf("a character that %s may hold (%s stands for this one)", where, encode(s[i:i+size], "")))
		}
	}
	return nil
}

func describe(r rune) string {
	switch r {
	case ' ':
		return "a space"
	case '\t':
		return "a tab"
	case '\n', '\r':
		return "a line end"
	}
	return strconv.QuoteRune(r)
}

// decode undoes percent escapes; the text has been checked.
func decode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// encode escapes every byte that is neither unreserved nor in keep.
func encode(s, keep string) string {
	const digits = "0123456789ABCDEF"
	kept := func(c byte) bool { return isUnreserved[c] || strings.IndexByte(keep, c) >= 0 }
	good := 0
	for good < len(s) && kept(s[good]) {
		good++
	}
	if good == len(s) {
		return s // as nearly always
	}
	var b strings.Builder
	b.WriteString(s[:good])
	for i := good; i < len(s); i++ {
		c := s[i]
		if kept(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
