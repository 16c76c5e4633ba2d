package ref

import (
	"regexp"
	"strings"
	"sync"
)

// software is what a host runs, which decides the shape of its pages.
type software int

const (
	unknown software = iota
	gitHub
	gitLab
	sourceHut
	forgejo
	bitbucket
)

// repository is where the web shows a repository: its page, and what the host runs.
func (r Ref) repository() (page string, runs software) {
	switch r.typ {
	case GitHub:
		return r.forgePage(), gitHub
	case GitLab:
		return r.forgePage(), gitLab
	case SourceHut:
		return r.forgePage(), sourceHut
	case Git, Tarball, File:
		u, err := parseURL(r.Address(), true)
		if err != nil {
			return "", unknown
		}
		site, parts := strings.ToLower(u.host), nonEmpty(u.path)
		if r.typ != Git {
			if hub, ok := r.FlakeHub(); ok {
				return "https://flakehub.com/flake/" + escapePath(hub.Org+"/"+hub.Project), unknown
			}
			if channel := r.Channel(); channel != "" {
				return "https://channels.nixos.org/" + channel, unknown
			}
			var ok bool
			if parts, _, ok = archiveRepository(site, parts); !ok {
				return "", unknown
			}
			if site == "codeload.github.com" || site == "api.github.com" {
				site = "github.com"
			}
		}
		if len(parts) == 0 || site == "" {
			return "", unknown
		}
		path := escapePath(strings.TrimSuffix(strings.Join(parts, "/"), ".git"))
		runs = softwareOf(site)
		if runs != unknown {
			return "https://" + site + "/" + path, runs
		}
		if u.scheme == "https" {
			return "https://" + u.site() + "/" + escapePath(strings.Join(parts, "/")), unknown
		}
	}
	return "", unknown
}

func (r Ref) forgePage() string {
	return "https://" + strings.ToLower(r.forgeHost()) + "/" + escapePath(r.Owner()+"/"+r.Repo())
}

func softwareOf(host string) software {
	switch host {
	case "github.com":
		return gitHub
	case "gitlab.com":
		return gitLab
	case "git.sr.ht":
		return sourceHut
	case "codeberg.org", "gitea.com":
		return forgejo
	case "bitbucket.org":
		return bitbucket
	}
	first, _, _ := strings.Cut(host, ".")
	switch first {
	case "github":
		return gitHub
	case "gitlab":
		return gitLab
	case "gitea", "forgejo", "codeberg":
		return forgejo
	}
	return unknown
}

var pullPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:refs/)?pull/([0-9]+)/(?:head|merge)$`) })

// WebURL is the page that shows r to a person: the repository at its rev or ref and folder, a project of FlakeHub, a channel.
// For a Git repository over https on a host that is not known it is the repository's own URL. "" where there is none: an id, a
// path, another tarball or file, ssh to a host that is not known. No user or password of the reference is in it.
func (r Ref) WebURL() string {
	page, runs := r.repository()
	if page == "" || runs == unknown {
		return page
	}
	at, dir := r.Rev(), escapePath(strings.Trim(r.Dir(), "/"))
	kind := "commit"
	if at == "" {
		at, kind = r.Ref(), "branch"
		if at == "" && r.typ != Git {
			at = r.ArchiveRef()
		}
		if m := pullPattern().FindStringSubmatch(at); m != nil && runs == gitHub {
			return page + "/pull/" + m[1]
		}
		if tag, ok := strings.CutPrefix(at, "refs/tags/"); ok {
			at, kind = tag, "tag"
		}
		at = strings.TrimPrefix(at, "refs/heads/")
	}
	if at == "" {
		if dir == "" {
			return page
		}
		at, kind = "HEAD", "branch"
	}
	if dir != "" {
		dir = "/" + dir
	}
	at = escapePath(at)
	switch runs {
	case gitHub:
		return page + "/tree/" + at + dir
	case gitLab:
		return page + "/-/tree/" + at + dir
	case sourceHut:
		if dir != "" {
			dir = "/item" + dir
		}
		return page + "/tree/" + at + dir
	case forgejo:
		if at == "HEAD" {
			return page // it has no address for the default branch
		}
		return page + "/src/" + kind + "/" + at + dir
	}
	return page + "/src/" + at + dir
}

// ArchiveRef is the branch, tag or commit in the URL of a forge's archive, else "".
func (r Ref) ArchiveRef() string {
	if r.typ != Tarball {
		return ""
	}
	u, err := parseURL(r.Address(), true)
	if err != nil {
		return ""
	}
	_, ref, _ := archiveRepository(strings.ToLower(u.host), nonEmpty(u.path))
	return ref
}

// CompareURL is the page that shows what changed between two revs of r's repository; "" where its host has none that is
// known.
func (r Ref) CompareURL(from, to string) string {
	page, runs := r.repository()
	if from == "" || to == "" {
		return ""
	}
	span := escapePath(from) + "..." + escapePath(to)
	switch runs {
	case gitHub, forgejo:
		return page + "/compare/" + span
	case gitLab:
		return page + "/-/compare/" + span
	}
	return ""
}
