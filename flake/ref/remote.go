package ref

import "strings"

// remoteSchemes are the ways to a Git repository that Nix and Git both know. Others, such as ext:, could be made to start programs.
var remoteSchemes = []string{"https", "http", "ssh", "git", "file"}

// GitRemote is the repository of r as `git ls-remote` takes it: a URL, or the absolute path of one on this disk. It may hold a
// credential (see Redact). ok is false where r is of no Git repository, or of one that cannot be named so.
func (r Ref) GitRemote() (remote string, ok bool) {
	switch r.typ {
	case GitHub, GitLab:
		return strings.TrimSuffix(r.forgePage(), ".git") + ".git", plainHost(r.forgeHost())
	case SourceHut:
		return r.forgePage(), plainHost(r.forgeHost()) && !strings.HasPrefix(strings.ToLower(r.forgeHost()), "hg.")
	case Git:
		u, err := parseURL(r.Address(), true)
		if err != nil {
			return "", false
		}
		for _, scheme := range remoteSchemes {
			switch {
			case u.scheme != scheme:
			case scheme == "file":
				path := strings.Join(u.path, "/")
				return path, strings.HasPrefix(path, "/") && !strings.ContainsRune(path, 0)
			default:
				return r.Address(), plainHost(u.host)
			}
		}
	}
	return "", false
}

// plainHost says whether a host is one: what begins with a dash could be taken for an option by a program that is given it.
func plainHost(host string) bool { return host != "" && !strings.HasPrefix(host, "-") }
