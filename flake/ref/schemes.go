package ref

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// readIndirect reads id[/ref][/rev], which lies at [start, end).
func readIndirect(path []string, start, end int) (*fields, *Error) {
	parts := nonEmpty(path)
	fail := func(found, expected string) *Error { return soft(start, end, found, expected) }
	switch {
	case len(parts) == 0:
		return nil, fail("nothing", "a registry id after flake:")
	case len(parts) > 3:
		return nil, fail(strconv.Itoa(len(parts))+" parts", "id, id/ref, id/rev or id/ref/rev")
	case !IsID(parts[0]):
		return nil, fail(quote(parts[0]), "a registry id: a letter, then letters, digits, _ and -")
	}
	f := new(fields)
	f.set("id", parts[0])
	rest := parts[1:]
	if len(rest) == 1 && isHash(rest[0]) {
		f.set("rev", strings.ToLower(rest[0]))
		return f, nil
	}
	if len(rest) > 0 {
		if !IsRefName(rest[0]) {
			return nil, fail(quote(rest[0]), "a branch, tag or commit hash after the registry id")
		}
		f.set("ref", rest[0])
	}
	if len(rest) == 2 {
		if !isHash(rest[1]) {
			return nil, fail(quote(rest[1]), "a commit hash of 40 hexadecimal digits as the third part of a registry reference")
		}
		f.set("rev", strings.ToLower(rest[1]))
	}
	return f, nil
}

func readForge(s string, u address) (*fields, *Error) {
	parts := nonEmpty(u.path)
	if len(parts) < 2 {
		return nil, soft(u.pathSpan.Start, u.pathSpan.End, quote(u.pathSpan.In(s)), "OWNER/REPO after "+u.scheme+":")
	}
	f := new(fields)
	f.set("owner", parts[0])
	f.set("repo", parts[1])
	inPath := ""
	if len(parts) == 3 && isHash(parts[2]) {
		inPath = "rev"
		f.set("rev", parts[2])
	} else if len(parts) > 2 {
		inPath = "ref"
		f.set("ref", strings.Join(parts[2:], "/"))
	}
	for name, value := range u.settings() {
		switch name {
		case "ref", "rev":
			if name == inPath {
				return nil, soft(u.spanOf(name).Start, u.spanOf(name).End, "a second "+name, "one "+name+", in the path or in the query")
			}
			f.set(name, value)
		case "host", "narHash":
			f.set(name, value)
		}
	}
	if err := checkForge(f); err != nil {
		span := u.spanOf(err.Attribute)
		if span.Empty() {
			span = u.pathSpan
		}
		err.Offset, err.End, err.Attribute = span.Start, span.End, ""
		return nil, err
	}
	return f, nil
}

// checkForge is what Nix asks of a forge reference however it is written.
func checkForge(f *fields) *Error {
	ref, hasRef := f.lookup("ref")
	rev, hasRev := f.lookup("rev")
	if hasRef && hasRev {
		return &Error{Kind: Malformed, Attribute: "rev", Found: "both", Expected: "a ref or a rev, not both", soft: true}
	}
	if hasRev {
		if _, ok := parseRev(rev); !ok {
			// Not soft: Nix stops here, it does not try a path.
			return &Error{Kind: BadQuery, Attribute: "rev", Found: quote(rev), Expected: "a commit hash of 40 hexadecimal digits"}
		}
	}
	if hasRef && !IsRefName(ref) {
		return &Error{Kind: Malformed, Attribute: "ref", Found: quote(ref), Expected: "a branch or tag name that Git allows", soft: true}
	}
	if host, _ := f.lookup("host"); !hostPattern().MatchString(host) {
		return &Error{Kind: Malformed, Attribute: "host", Found: quote(host), Expected: "a host name", soft: true}
	}
	return nil
}

// readPathURL reads a path: URL, or a path that was split at its slashes.
func readPathURL(u address) (*fields, *Error) {
	if u.host != "" {
		return nil, &Error{Kind: Malformed, Offset: u.hostSpan.Start, End: u.hostSpan.End, Found: "the host " + quote(u.host),
			Expected: "a path after path:, with no // before it"}
	}
	for _, segment := range u.path {
		if strings.ContainsAny(segment, "/\x00") {
			return nil, soft(u.pathSpan.Start, u.pathSpan.End, "an encoded slash or NUL", "names that a file can have")
		}
	}
	f := new(fields)
	f.set("path", joinPath(u.path))
	for name, value := range u.settings() {
		switch name {
		case "dir":
			if value != "" {
				f.set("dir", value)
			}
		case "rev", "narHash":
			f.set(name, value)
		case "revCount", "lastModified":
			n, ok := parseCount(value)
			if !ok {
				return nil, u.refuse(name, "the value "+quote(value)+" of "+name, "a whole number")
			}
			f.set(name, n)
		default:
			return nil, u.refuse(name, "the unsupported parameter "+quote(name), "dir, rev, revCount, lastModified or narHash in the query of a path")
		}
	}
	return f, nil
}

func (u address) refuse(name, found, expected string) *Error {
	span := u.spanOf(name)
	return &Error{Kind: BadQuery, Offset: span.Start, End: span.End, Found: found, Expected: expected}
}

// spanOf is the place of the parameter that settings takes for the key.
func (u address) spanOf(key string) text.Span {
	for _, p := range u.query {
		if p.key == key && p.hasValue {
			return p.span
		}
	}
	return text.Span{}
}

// joinPath joins segments as the C++ standard library does: empty ones vanish, but for a slash at the end.
func joinPath(segments []string) string {
	path := strings.Join(nonEmpty(segments), "/")
	if segments[0] == "" {
		path = "/" + path
	}
	if segments[len(segments)-1] == "" && path != "/" {
		path += "/"
	}
	return path
}

var gitBooleans = []string{"shallow", "submodules", "lfs", "exportIgnore", "allRefs", "verifyCommit"}

func readGit(s string, u address) (*fields, *Error) {
	f := new(fields)
	rest := map[string]string{}
	for name, value := range u.settings() {
		switch {
		case name == "dir":
		case name == "rev", name == "ref", name == "keytype", name == "publicKey", name == "publicKeys":
			f.set(name, value)
		case slices.Contains(gitBooleans, name):
			f.setBool(name, value == "1")
		default:
			rest[name] = value
		}
	}
	if ref, ok := f.lookup("ref"); ok && !IsRefName(ref) {
		span := u.spanOf("ref")
		return nil, soft(span.Start, span.End, quote(ref), "a branch or tag name that Git allows")
	}
	address, err := gitAddress(format(u.scheme, u, rest))
	if err != nil {
		return nil, soft(u.pathSpan.Start, u.pathSpan.End, quote(u.pathSpan.In(s)), "// and a host after "+u.scheme+":")
	}
	f.set("url", address)
	return f, nil
}

// gitAddress is the form in which Nix keeps the URL of a Git repository: an scp-like address becomes ssh://, a path
// file:, and git+ goes.
func gitAddress(s string) (string, *Error) {
	if m := scpPattern().FindStringSubmatch(s); m != nil && !strings.HasPrefix(s, "/") {
		s = "ssh://" + m[1] + "@" + m[2] + "/" + m[3]
	}
	if !strings.HasPrefix(s, "file:") && !strings.HasPrefix(s, "git+file:") && !strings.Contains(s, "://") {
		segments := strings.Split(s, "/")
		if strings.Contains(segments[0], ":") {
			return "", soft(0, len(segments[0]), quote(segments[0]), "ssh://USER@HOST/PATH, or another URL with ://")
		}
		return format("file", address{hasAuthority: segments[0] == "" && s != "", path: segments}, nil), nil
	}
	u, err := parseURL(s, false)
	if err != nil {
		return "", err
	}
	return format(strings.TrimPrefix(u.scheme, "git+"), u, u.settings()), nil
}

func readMercurial(s string, u address) (*fields, *Error) {
	f := new(fields)
	rest := map[string]string{}
	for name, value := range u.settings() {
		switch name {
		case "dir":
		case "rev", "ref":
			f.set(name, value)
		default:
			rest[name] = value
		}
	}
	if ref, ok := f.lookup("ref"); ok && !hgRefPattern().MatchString(ref) {
		span := u.spanOf("ref")
		return nil, soft(span.Start, span.End, quote(ref), "a branch or tag name")
	}
	f.set("url", format(strings.TrimPrefix(u.scheme, "hg+"), u, rest))
	return f, nil
}

// archiveParameters are the keys that Nix takes out of the query of a tarball or file, whether it uses them or not.
var archiveParameters = []string{"url", "narHash", "name", "unpack", "rev", "revCount", "lastModified", "dir"}

func readArchive(u address) *fields {
	f := new(fields)
	rest := map[string]string{}
	for name, value := range u.settings() {
		switch name {
		case "narHash", "rev":
			f.set(name, value)
		case "revCount", "lastModified":
			if n, ok := parseCount(value); ok {
				f.set(name, n)
			}
		default:
			if !slices.Contains(archiveParameters, name) {
				rest[name] = value
			}
		}
	}
	_, transport := splitScheme(u.scheme)
	f.set("url", format(transport, u, rest))
	return f
}

var archiveExtensions = []string{".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"}

// isArchive says whether Nix takes the name for that of an archive.
func isArchive(path []string) bool {
	return slices.ContainsFunc(archiveExtensions, func(x string) bool { return strings.HasSuffix(path[len(path)-1], x) })
}

// parseCount reads a number as Nix's string2Int does: a plus sign may stand before it. The result is plain.
func parseCount(s string) (string, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 64)
	return strconv.FormatUint(n, 10), err == nil
}

func nonEmpty(parts []string) []string {
	list := make([]string, 0, len(parts))
	for _, p := range parts {
		if p != "" {
			list = append(list, p)
		}
	}
	return list
}
