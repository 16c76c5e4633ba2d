package ref

import (
	"regexp"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Parse reads a reference as builtins.parseFlakeRef does: an id, a URL or an absolute path. Formals of outputs are read so.
// The error is an *Error.
func Parse(s string) (Ref, error) {
	return read(s, reading{flake: true})
}

// ParseInput reads a reference as the `url` of an input: what is neither id nor URL is a path relative to the flake, even
// where a URL was plainly meant (see Meant and URLError). The error is an *Error.
func ParseInput(s string) (Ref, error) {
	return read(s, reading{flake: true, relative: true})
}

// ParseInputOf is ParseInput for an input with the given `flake` attribute: with flake = false an http, https or file URL
// that does not end as an archive is of type file, not tarball.
func ParseInputOf(s string, flake bool) (Ref, error) {
	return read(s, reading{flake: flake, relative: true})
}

// URLError says why Nix does not read a text as the URL that it begins as: nil where it is a good reference, or no attempt at
// a URL (it has no known scheme before its first colon). ParseInput takes such a text for a relative path.
func URLError(s string) *Error {
	if _, _, _, _, plain := plainForge(s); plain {
		return nil
	}
	if span, ok := FragmentOf(s); ok {
		s = s[:span.Start]
	}
	s = strings.TrimSuffix(s, "#")
	if n := schemeLength(s); n == 0 || !knownScheme(s[:n]) {
		return nil
	}
	_, err := readURL(s, true)
	return err
}

// FragmentOf finds the fragment of a reference, from its #; an empty one does not count, since Nix lets it pass.
func FragmentOf(s string) (text.Span, bool) {
	i := strings.IndexByte(s, '#')
	if i < 0 || i+1 == len(s) {
		return text.Span{}, false
	}
	return text.Span{Start: i, End: len(s)}, true
}

type reading struct {
	flake    bool // the input is a flake
	relative bool // a relative path will do
}

// readings remembers what texts were read as.
var readings memo[Ref]

// variant tells readings apart.
func (how reading) variant() uint8 {
	variant := uint8(0)
	if how.flake {
		variant |= 1
	}
	if how.relative {
		variant |= 2
	}
	return variant
}

func read(s string, how reading) (r Ref, err error) {
	r = readings.of(s, how.variant(), func(s string) (found Ref, keep bool) {
		found, err = readAnew(s, how)
		return found, err == nil
	})
	return r, err
}

func readAnew(s string, how reading) (Ref, error) {
	if s == "" {
		return Ref{}, &Error{Kind: Empty, Found: "an empty text", Expected: "a flake reference"}
	}
	// Whichever way Nix reads a text, a fragment is refused, but an empty one is passed over.
	if span, ok := FragmentOf(s); ok {
		return Ref{}, &Error{Kind: Fragment, Offset: span.Start, End: span.End, Found: quote(span.In(s))}
	}
	s = strings.TrimSuffix(s, "#")
	if r, plain := readPlain(s); plain {
		return r, nil
	}
	if idPattern().MatchString(s) {
		r, err := readIndirect(strings.Split(s, "/"), 0, len(s))
		if err != nil {
			return Ref{}, err // Nix goes no further once it looks like an id
		}
		return r.ref(Indirect), nil
	}
	r, err := readURL(s, how.flake)
	if err == nil {
		return r, nil
	}
	if !err.soft {
		return Ref{}, err
	}
	return readPath(s, how, err)
}

// readPath reads what is neither an id nor, because of the given error, a URL.
func readPath(s string, how reading, because *Error) (Ref, error) {
	path, query, hasQuery := strings.Cut(s, "?")
	var u address
	if hasQuery && query != "" {
		var err *Error
		if u.query, err = parseQuery(s, len(path)+1, true); err != nil {
			err.Kind, err.soft = BadQuery, false
			return Ref{}, err
		}
	}
	if !how.relative && !strings.HasPrefix(path, "/") {
		if n := schemeLength(s); n > 0 && knownScheme(s[:n]) {
			return Ref{}, because
		}
		return Ref{}, &Error{Kind: Relative, End: len(s), Found: quote(s),
			Expected: "a registry id, a URL with a scheme such as github:, or an absolute path"}
	}
	u.path = strings.Split(path, "/")
	f, err := readPathURL(u)
	if err != nil {
		return Ref{}, err
	}
	return f.ref(Path), nil
}

// readURL reads a URL. A soft error is one after which Nix tries the text as a path.
func readURL(s string, flake bool) (Ref, *Error) {
	u, err := parseURL(s, true)
	if err != nil {
		return Ref{}, err
	}
	typ, ok := typeOfScheme(u.scheme)
	if !ok {
		return Ref{}, unsupported(u.scheme)
	}
	var f *fields
	switch typ {
	case Indirect:
		f, err = readIndirect(u.path, u.pathSpan.Start, u.pathSpan.End)
	case GitHub, GitLab, SourceHut:
		f, err = readForge(s, u)
	case Path:
		f, err = readPathURL(u)
	case Git:
		f, err = readGit(s, u)
	case Mercurial:
		f, err = readMercurial(s, u)
	default:
		if typ == Tarball && !flake && !strings.Contains(u.scheme, "+") && !isArchive(u.path) {
			typ = File
		}
		f = readArchive(u)
	}
	if err != nil {
		return Ref{}, err
	}
	if dir := u.settings()["dir"]; dir != "" {
		f.set("dir", dir)
	}
	return f.ref(typ), nil
}

// typeOfScheme is the type that reads a URL of the scheme. http and its like are tarball, or file without an archive's name.
func typeOfScheme(scheme string) (string, bool) {
	application, transport := splitScheme(scheme)
	switch scheme {
	case "flake":
		return Indirect, true
	case GitHub, GitLab, SourceHut, Path, Git:
		return scheme, true
	case "hg+http", "hg+https", "hg+ssh", "hg+file":
		return Mercurial, true
	}
	if application == Git {
		return Git, true // whatever the transport: Git has helpers for its own
	}
	if transport != "http" && transport != "https" && transport != "file" {
		return "", false
	}
	switch {
	case application == File:
		return File, true
	case application == Tarball, scheme == transport:
		return Tarball, true
	}
	return "", false
}

func knownScheme(scheme string) bool {
	_, ok := typeOfScheme(scheme)
	return ok
}

func unsupported(scheme string) *Error {
	e := &Error{Kind: Unsupported, End: len(scheme) + 1, Found: "the unsupported scheme " + scheme + ":"}
	if near, ok := NearestScheme(scheme); ok {
		e.Expected = near
	}
	return e
}

var (
	idPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*(/[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*)?$`)
	})
	hgRefPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*$`) })
	hostPattern  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9.-]*$`) })
	scpPattern   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([^/]*)@(.*):(.*)$`) })
)
