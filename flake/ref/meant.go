package ref

import (
	"regexp"
	"strings"
	"sync"
)

// Meant recognises a text that was plainly meant as another reference than Nix takes it for: a URL that becomes a path or is
// refused, and a forge's web page that becomes a tarball. why is one sentence without a full stop. fixed is the form that was
// meant, which ParseInput reads; it is "" where only the person knows (github:NixOS lacks the repository). ok is false for
// what is a good reference and for what may well be a path.
func Meant(s string) (fixed, why string, ok bool) {
	if _, _, _, _, plain := plainForge(s); plain {
		return "", "", false
	}
	slip := meanings.of(s, 0, func(s string) (slip, bool) {
		fixed, why, ok := meant(s)
		return slip{fixed, why, ok}, true
	})
	return slip.fixed, slip.why, slip.ok
}

// slip is what Meant says of a text.
type slip struct {
	fixed, why string
	ok         bool
}

// meanings remembers what Meant said: it tries a dozen patterns on each text.
var meanings memo[slip]

func meant(s string) (fixed, why string, ok bool) {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		return "", "", false
	}
	for _, slip := range slips {
		if fixed, why, ok = slip(trimmed); ok {
			break
		}
	}
	if !ok && trimmed != s {
		fixed, why, ok = trimmed, "a flake reference has no space before or after it", true
	}
	if !ok || fixed == "" {
		return "", why, ok
	}
	if again, because, more := Meant(fixed); more { // two slips in one text
		return again, why + "; " + because, true
	}
	if r, err := ParseInput(fixed); err != nil || r.Type() == Path && !strings.HasPrefix(fixed, "path:") {
		return "", why, true
	}
	return fixed, why, true
}

// slips recognise one slip each, in this order: the first that speaks is right.
var slips = []func(string) (fixed, why string, ok bool){
	scpColon, scpAddress, noSlashes, noHost, wrongScheme, pathAuthority, forgeAuthority, shortForge, twoVersions, webPage, idWithQuery,
	spaceInPath, otherwiseMalformed,
}

var scpURLPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:git\+)?(?:ssh|https?|git))://((?:[^/?#@]*@)?[^/?#@:\[\]]+):([^/?#@]*[^/?#@0-9][^/?#@]*(?:[/?#].*)?|)$`)
})

// scpColon: git+ssh://git@github.com:org/pins.
func scpColon(s string) (string, string, bool) {
	m := scpURLPattern().FindStringSubmatch(s)
	if m == nil || m[3] == "" {
		return "", "", false
	}
	scheme := m[1]
	if scheme == "ssh" || scheme == "https" || scheme == "http" {
		scheme = "git+" + scheme
	}
	return scheme + "://" + m[2] + "/" + m[3], "in a URL a slash follows the host; after a colon stands a port", true
}

var scpPatternBare = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:git\+ssh|git\+https|git|ssh):|git\+)?([A-Za-z0-9_.-]+)@([A-Za-z0-9.-]+):([^:?#][^:?#]*(?:\?.*)?)$`)
})

// scpAddress: git@github.com:org/pins.
func scpAddress(s string) (string, string, bool) {
	m := scpPatternBare().FindStringSubmatch(s)
	if m == nil || strings.HasPrefix(m[3], "//") {
		return "", "", false
	}
	return "git+ssh://" + m[1] + "@" + m[2] + "/" + strings.TrimPrefix(m[3], "/"), "Nix takes no address in the manner of scp", true
}

var noSlashesPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:git\+|hg\+|tarball\+|file\+)?(?:https?|ssh)):/?([^/].*)$`)
})

// noSlashes: git+https:/example.org/x, https:example.org.
func noSlashes(s string) (string, string, bool) {
	m := noSlashesPattern().FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	return m[1] + "://" + m[2], "two slashes stand between " + m[1] + ": and the host", true
}

var noHostPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:git\+|hg\+|tarball\+|file\+)?(?:https?|ssh)):(?:/*|//[/?#].*)$`)
})

// noHost: git+ssh://, https:///o/r.
func noHost(s string) (string, string, bool) {
	m := noHostPattern().FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	return "", "a host stands behind " + m[1] + "://", true
}

// wrongScheme: gihub:o/r, ssh://…, GitHub:o/r, https+git://….
func wrongScheme(s string) (string, string, bool) {
	n := schemeLength(s)
	if n == 0 || knownScheme(s[:n]) {
		return "", "", false
	}
	why := "Nix has no scheme " + s[:n] + ":"
	near, ok := NearestScheme(s[:n])
	if !ok {
		return "", "", false
	}
	return near + s[n+1:], why, true
}

// pathAuthority: path://./sub.
func pathAuthority(s string) (string, string, bool) {
	rest, ok := strings.CutPrefix(s, "path://")
	if !ok || rest == "" || strings.HasPrefix(rest, "/") {
		return "", "", false
	}
	why := "a path has no host: after path:// Nix reads one"
	if strings.HasPrefix(rest, ".") {
		return "path:" + rest, why, true
	}
	return "", why, true
}

var forgePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(github|gitlab|sourcehut):(/*)([^?#]*)(.*)$`) })

// forgeAuthority: github://owner/repo, whose owner Nix takes for a host.
func forgeAuthority(s string) (string, string, bool) {
	m := forgePattern().FindStringSubmatch(s)
	if m == nil || m[2] != "//" {
		return "", "", false
	}
	return m[1] + ":" + m[3] + m[4], "after " + m[1] + ":// Nix reads a host", true
}

// shortForge: github:NixOS.
func shortForge(s string) (string, string, bool) {
	m := forgePattern().FindStringSubmatch(s)
	if m == nil || len(nonEmpty(strings.Split(m[3], "/"))) >= 2 {
		return "", "", false
	}
	return "", m[1] + ": needs an owner and a repository, as in " + m[1] + ":OWNER/REPO", true
}

// twoVersions: github:o/r/branch?rev=…, github:o/r?ref=…&rev=….
func twoVersions(s string) (string, string, bool) {
	u, err := parseURL(s, true)
	if err != nil || u.scheme != GitHub && u.scheme != GitLab && u.scheme != SourceHut {
		return "", "", false
	}
	parts := nonEmpty(u.path)
	if len(parts) < 2 {
		return "", "", false
	}
	query := u.settings()
	branch, commit := query["ref"], query["rev"]
	versions := 0
	if len(parts) > 2 {
		versions++
	}
	if branch != "" {
		versions++
	}
	if commit != "" {
		versions++
	}
	if versions < 2 {
		return "", "", false
	}
	why := "a " + u.scheme + ": reference has one ref or one rev, in the path or in the query, not both"
	inPath := strings.Join(parts[min(2, len(parts)):], "/")
	if isHash(inPath) && commit == "" {
		commit = inPath
	}
	// A rev says all that a ref says; between two different branches only the person can choose.
	version := commit
	if version == "" && branch == inPath {
		version = branch
	}
	if version == "" {
		return "", why, true
	}
	delete(query, "ref")
	delete(query, "rev")
	return format(u.scheme, address{path: append(parts[:2:2], strings.Split(version, "/")...)}, query), why, true
}

var pagePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(https?)://)?(?:www\.)?(github\.com|gitlab\.com|git\.sr\.ht|codeberg\.org|bitbucket\.org)/([^/?#]+)/([^/?#]+)((?:/[^?#]*)?)(\?[^#]*)?$`)
})

// webPage: github.com/o/r, https://github.com/o/r/tree/branch.
func webPage(s string) (string, string, bool) {
	m := pagePattern().FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	scheme, host, owner, repo, rest, query := m[1], m[2], m[3], strings.TrimSuffix(m[4], ".git"), strings.Trim(m[5], "/"), m[6]
	ref := ""
	if rest != "" {
		kind, version, ok := strings.Cut(strings.TrimPrefix(rest, "-/"), "/")
		if !ok || kind != "tree" && kind != "commit" {
			return "", "", false
		}
		if ref = version; strings.Contains(version, "/") {
			ref = "" // a branch with a slash, or a branch and a folder: the address does not say
			if scheme == "" {
				return "", "a reference to a repository begins with its scheme, such as github:", true
			}
			return "", "that is a web page, not an archive", true
		}
	}
	why := "a reference to a repository begins with its scheme, such as github:"
	if scheme != "" {
		why = "Nix takes that for an archive to download, and it is a web page"
	}
	prefix := map[string]string{"github.com": "github:", "gitlab.com": "gitlab:", "git.sr.ht": "sourcehut:"}[host]
	if prefix == "" {
		if ref != "" {
			return "", why, true
		}
		return "git+https://" + host + "/" + owner + "/" + repo + query, why, true
	}
	fixed := prefix + owner + "/" + repo
	if ref != "" {
		fixed += "/" + ref
	}
	return fixed + query, why, true
}

var idQueryPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9_-]*)((?:/[^?#]*)?)\?(.*)$`) })

// idWithQuery: nixpkgs?ref=nixos-25.05, nixpkgs?dir=lib.
func idWithQuery(s string) (string, string, bool) {
	m := idQueryPattern().FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	why := "an id alone takes no query: Nix reads a path"
	for _, name := range []string{"ref=", "rev="} {
		if version, ok := strings.CutPrefix(m[3], name); ok && m[2] == "" && !strings.Contains(version, "&") {
			return m[1] + "/" + version, why, true
		}
	}
	return "flake:" + s, why, true
}

// spaceInPath: path:/home/me/my flakes.
func spaceInPath(s string) (string, string, bool) {
	n := schemeLength(s)
	path, query, hasQuery := strings.Cut(s, "?")
	if n == 0 || !knownScheme(s[:n]) || !strings.Contains(path, " ") {
		return "", "", false
	}
	why := "a URL holds no space; %20 stands for one"
	typ, _ := typeOfScheme(s[:n])
	if typ == GitHub || typ == GitLab || typ == SourceHut || typ == Indirect {
		return "", "owner, repository and branch have no spaces", true
	}
	fixed := strings.ReplaceAll(path, " ", "%20")
	if hasQuery {
		fixed += "?" + query
	}
	return fixed, why, true
}

// otherwiseMalformed: begins as a URL and breaks its grammar.
func otherwiseMalformed(s string) (string, string, bool) {
	err := URLError(s)
	if err == nil || !err.soft {
		return "", "", false
	}
	return "", err.Error(), true
}
