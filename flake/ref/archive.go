package ref

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// archiveSource is the identity behind the URL of an archive, where it is known: the project of FlakeHub, the channel, the
// repository of a forge.
func archiveSource(u address) (Source, bool) {
	site, parts := u.site(), nonEmpty(u.path)
	if org, project, _, ok := flakeHubParts(site, parts); ok {
		return Source("flakehub.com/" + strings.ToLower(org+"/"+project)), true
	}
	if channel := channelOf(site, parts); channel != "" {
		return Source("channels.nixos.org/" + channel), true
	}
	if owner, _, ok := archiveRepository(site, parts); ok {
		switch site {
		case "codeload.github.com", "api.github.com":
			site = "github.com"
		}
		return repositorySource(site, owner), true
	}
	return "", false
}

// archiveRepository takes the URL of a forge's archive apart: the parts that name the repository, and what it is the archive of
// ("" if the URL does not say).
func archiveRepository(site string, p []string) (repository []string, ref string, ok bool) {
	at := func(i int) string {
		if i < len(p) {
			return p[i]
		}
		return ""
	}
	rest := func(i int) string {
		name := strings.Join(p[min(i, len(p)):], "/")
		for _, x := range archiveExtensions {
			name = strings.TrimSuffix(name, x)
		}
		return name
	}
	switch {
	case site == "api.github.com":
		if at(0) == "repos" && (at(3) == "tarball" || at(3) == "zipball") {
			return p[1:3], rest(4), true
		}
		return nil, "", false
	case site == "codeload.github.com":
		if len(p) > 3 {
			return p[:2], rest(3), true
		}
		return nil, "", false
	case site == "bitbucket.org":
		if at(2) == "get" {
			return p[:2], rest(3), true
		}
		return nil, "", false
	}
	for i := 2; i+1 < len(p); i++ { // GitLab, with groups of any depth: group/repo/-/archive/REF/NAME.tar.gz
		if p[i] == "-" && p[i+1] == "archive" {
			return p[:i], at(i + 2), true
		}
	}
	switch {
	case at(0) == "api" && at(2) == "repos" && at(5) == "archive": // Forgejo and Gitea
		return p[3:5], rest(6), true
	case len(p) > 3 && at(2) == "archive" && namesForge(site), site == "github.com" && (at(2) == "tarball" || at(2) == "zipball"):
		return p[:2], rest(3), true
	}
	return nil, "", false
}

// namesForge says whether a host is a forge by its name. OWNER/REPO/archive/… of any other host may be anything.
func namesForge(host string) bool {
	first, _, _ := strings.Cut(host, ".")
	return softwareOf(host) != unknown || first == "git" || first == "code"
}

var (
	releasePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(nixos|nixpkgs)-([0-9]+\.[0-9]+)`) })
	channelPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(nixos|nixpkgs)-[0-9a-z.-]+$`) })
)

// channelOf is the channel of NixOS that a URL serves, by its own address or by that of one release of it, else "".
func channelOf(site string, p []string) string {
	switch {
	case site == "channels.nixos.org" && len(p) > 0 && channelPattern().MatchString(p[0]):
		return p[0]
	case site == "nixos.org" && len(p) > 1 && p[0] == "channels" && channelPattern().MatchString(p[1]):
		return p[1]
	case site == "releases.nixos.org" && len(p) > 2 && p[0] == "nixos":
		return "nixos-" + p[1] // nixos/unstable/nixos-26.05pre…, nixos/26.05-small/…
	case site == "releases.nixos.org" && len(p) > 1 && p[0] == "nixpkgs":
		if m := releasePattern().FindStringSubmatch(p[1]); m != nil && strings.Contains(p[1], "-darwin") {
			return "nixpkgs-" + m[2] + "-darwin"
		}
		return "nixpkgs-unstable"
	}
	return ""
}

// Channel is the channel of NixOS that r fetches (nixos-unstable, nixpkgs-25.05-darwin), else "".
func (r Ref) Channel() string {
	if r.typ != Tarball {
		return ""
	}
	u, err := parseURL(r.Address(), true)
	if err != nil {
		return ""
	}
	return channelOf(u.site(), nonEmpty(u.path))
}

// FlakeHub is a reference to a project of FlakeHub.
type FlakeHub struct {
	Org, Project string
	// Requirement is what stands for the version, decoded and without .tar.gz: a requirement in Cargo's syntax in a URL that
	// a person writes ("0.1.*", "*"), one version in the pinned URL of a lock ("0.1.5+rev-6fb4…").
	Requirement string
	// Pinned says whether it is the URL of one release, as Nix locks it.
	Pinned bool
	// Span is the place of the requirement in the text that was read, as it is written there.
	Span text.Span
}

// ParseFlakeHub reads a reference that is a URL of FlakeHub, https://flakehub.com/f/ORG/PROJECT/REQUIREMENT[.tar.gz], with or
// without tarball+. ok is false for any other.
func ParseFlakeHub(s string) (hub FlakeHub, ok bool) {
	if !strings.HasPrefix(s, "http") && !strings.HasPrefix(s, Tarball+"+http") {
		return FlakeHub{}, false
	}
	s = strings.TrimSuffix(s, "#")
	u, err := parseURL(s, true)
	if err != nil || strings.Contains(s, "#") {
		return FlakeHub{}, false
	}
	if application, transport := splitScheme(u.scheme); transport != "https" && transport != "http" || application != "" && application != Tarball {
		return FlakeHub{}, false
	}
	org, project, at, ok := flakeHubParts(u.site(), nonEmpty(u.path))
	if !ok {
		return FlakeHub{}, false
	}
	hub = FlakeHub{Org: org, Project: project, Pinned: at == 5}
	// The part's place: walk the path as written, past the empty parts.
	start := u.pathSpan.Start
	for n := 0; start < u.pathSpan.End; {
		end := u.pathSpan.End
		if i := strings.IndexByte(s[start:end], '/'); i >= 0 {
			end = start + i
		}
		if end > start {
			if n++; n == at {
				raw := strings.TrimSuffix(s[start:end], ".tar.gz")
				hub.Span = text.Span{Start: start, End: start + len(raw)}
				hub.Requirement = decode(raw)
				return hub, true
			}
		}
		start = end + 1
	}
	return FlakeHub{}, false
}

// flakeHubParts finds organisation and project, and which part of the path (from 1) is the requirement or version.
func flakeHubParts(site string, p []string) (org, project string, at int, ok bool) {
	switch {
	case site == "flakehub.com" && len(p) == 4 && p[0] == "f":
		return p[1], p[2], 4, true
	case site == "api.flakehub.com" && len(p) >= 5 && p[0] == "f" && p[1] == "pinned":
		return p[2], p[3], 5, true
	}
	return "", "", 0, false
}

// FlakeHub is what r fetches from FlakeHub, if it does. Its Span speaks of r.Address().
func (r Ref) FlakeHub() (FlakeHub, bool) {
	if r.typ != Tarball {
		return FlakeHub{}, false
	}
	return ParseFlakeHub(r.Address())
}

// escapePath escapes a path for a web page, its slashes kept.
func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
