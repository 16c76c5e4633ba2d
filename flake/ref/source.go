package ref

import (
	"fmt"
	"maps"
	"path"
	"strings"
)

// Source is the identity of what a reference fetches from, whatever ref or rev: a good map key, and readable.
//
//   - github.com/nixos/nixpkgs: a repository, however it is fetched (forge type, Git over any transport, archive of the
//     forge). Host in lower case; owner and name too on a forge, where case does not count. No .git at its end.
//   - flakehub.com/nixos/nixpkgs: a project of FlakeHub; channels.nixos.org/nixos-unstable: a channel.
//   - example.org/file.tar.gz: another URL, without scheme, user and port (unless it is an unusual one).
//   - /home/me/pins: a folder or Git repository on this machine. ./sub: one relative to the flake that declares it, which is
//     an identity within that flake only.
//   - flake:nixpkgs: an id that a registry must resolve first.
//
// The flake's `dir` is no part of it.
type Source string

func (s Source) String() string { return string(s) }

// Local says whether the source lies on this machine.
func (s Source) Local() bool {
	return strings.HasPrefix(string(s), "/") || strings.HasPrefix(string(s), ".")
}

// Renames maps sources to what they are called now.
type Renames map[Source]Source

// KnownRenames are repositories that were renamed or moved and are still found under both names. The map is the caller's own.
func KnownRenames() Renames { return maps.Clone(known) }

var known = Renames{
	"github.com/lnl7/nix-darwin":             "github.com/nix-darwin/nix-darwin",
	"github.com/cachix/pre-commit-hooks.nix": "github.com/cachix/git-hooks.nix",
	"github.com/edolstra/flake-compat":       "github.com/nixos/flake-compat",
}

// NewRenames are the known ones and more, given as references ("github:old/name" to "github:new/name"). The error names the
// reference that cannot be read.
func NewRenames(more map[string]string) (Renames, error) {
	all := KnownRenames()
	for from, to := range more {
		pair := [2]Source{}
		for i, s := range []string{from, to} {
			r, err := Parse(s)
			if err != nil {
				return nil, fmt.Errorf("alias %s: %w", quote(s), err)
			}
			pair[i] = r.identity()
		}
		all[pair[0]] = pair[1]
	}
	return all, nil
}

// Of is the present name of a source. A circle of renames ends where it began.
func (n Renames) Of(s Source) Source {
	first := s
	for range len(n) {
		next, ok := n[s]
		if !ok || next == first {
			return s
		}
		s = next
	}
	return s
}

// Source is the identity of what r fetches from, by the known renames. (Renames of a setting: Renames.Of of it.) It is "" for
// the zero Ref.
func (r Ref) Source() Source { return known.Of(r.identity()) }

func (r Ref) identity() Source {
	switch r.typ {
	case Indirect:
		return Source("flake:" + r.ID())
	case GitHub, GitLab, SourceHut:
		return forgeSource(r.forgeHost(), r.Owner(), r.Repo())
	case Path:
		return localSource(r.Path())
	case Git, Mercurial, Tarball, File:
		archive := r.typ == Tarball || r.typ == File
		variant := uint8(0)
		if archive {
			variant = 1
		}
		return addressSources.of(r.Address(), variant, func(address string) (Source, bool) { return addressSource(address, archive), true })
	}
	return ""
}

// addressSources remembers what addresses are the sources of.
var addressSources memo[Source]

func addressSource(address string, archive bool) Source {
	u, err := parseURL(address, true)
	if err != nil {
		return Source(Redact(address))
	}
	if u.scheme == "file" {
		return localSource(strings.Join(u.path, "/"))
	}
	if archive {
		if id, ok := archiveSource(u); ok {
			return id
		}
		// A token says who asks, and not for what.
		query := u.settings()
		maps.DeleteFunc(query, func(key, _ string) bool { return isSecretKey(key) })
		return Source(u.site() + strings.Join(u.path, "/") + encodeQuery(query))
	}
	return repositorySource(u.site(), nonEmpty(u.path))
}

func localSource(p string) Source {
	if clean := path.Clean(p); strings.HasPrefix(clean, "/") || clean == "." || clean == ".." || strings.HasPrefix(clean, "../") {
		return Source(clean)
	}
	return Source("./" + path.Clean(p))
}

// repositorySource is a repository's identity by its host (with an unusual port) and the parts of its path.
func repositorySource(site string, parts []string) Source {
	p := strings.TrimSuffix(strings.Join(parts, "/"), ".git")
	if isForgeHost(site) {
		p = strings.ToLower(p)
	}
	return Source(site + "/" + p)
}

// site is the host in lower case, and its port where it is not a usual one.
func (u address) site() string {
	host := strings.ToLower(u.host)
	usual := map[string]string{"https": ":443", "http": ":80", "ssh": ":22", "git": ":9418"}
	authority := u.authority[strings.LastIndexByte(u.authority, '@')+1:]
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") && authority[i:] != usual[u.scheme] {
		host += authority[i:]
	}
	if host == "ssh.github.com:443" { // GitHub's way through firewalls
		return "github.com"
	}
	return host
}

// isForgeHost says whether case does not count in the paths of a host: the public forges, and hosts of one's own that say
// what they run.
func isForgeHost(host string) bool {
	switch host {
	case "github.com", "gitlab.com", "git.sr.ht", "hg.sr.ht", "codeberg.org", "bitbucket.org", "gitea.com":
		return true
	}
	first, _, _ := strings.Cut(host, ".")
	switch first {
	case "github", "gitlab", "gitea", "forgejo", "codeberg":
		return true
	}
	return false
}

// forgeHost is the host of a forge reference.
func (r Ref) forgeHost() string {
	if host := r.get("host"); host != "" {
		return host
	}
	switch r.typ {
	case GitHub:
		return "github.com"
	case GitLab:
		return "gitlab.com"
	}
	return "git.sr.ht"
}
