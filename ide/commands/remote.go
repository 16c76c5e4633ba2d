package commands

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Remote is a branch or tag of a Git repository, of which Git can be asked where it stands. Equal ones have one answer.
type Remote struct {
	// Repository is a URL, or the path of one on this disk. It may hold a credential.
	Repository string
	// Ref is the branch, the tag or the full name, "" for the default branch.
	Ref string
}

// RemoteOf is where a reference gets its newest version from. Where Git cannot be asked, why says so in words that follow
// "nixpkgs: ".
func RemoteOf(r ref.Ref) (remote Remote, why string) {
	if hub, ok := r.FlakeHub(); ok {
		return Remote{}, fmt.Sprintf("a release of %s/%s on FlakeHub, which Git knows nothing of", hub.Org, hub.Project)
	}
	switch r.Type() {
	case ref.Path:
		return Remote{}, "a folder on this disk, which has no versions"
	case ref.Tarball, ref.File:
		return Remote{}, "an archive, which only a download could compare"
	case ref.Mercurial:
		return Remote{}, "a Mercurial repository, which Git knows nothing of"
	case ref.Indirect:
		return Remote{}, "an id that no registry here has"
	}
	if r.Rev() != "" {
		return Remote{}, "held at a commit by its own reference"
	}
	repository, ok := r.GitRemote()
	if !ok {
		return Remote{}, "no Git repository that can be asked"
	}
	if r.Ref() != "" && !ref.IsRefName(r.Ref()) {
		return Remote{}, fmt.Sprintf("%q is no branch that Git could have", r.Ref())
	}
	return Remote{repository, r.Ref()}, ""
}

// Arguments are those of the git that asks.
func (r Remote) Arguments() []string {
	return append([]string{"ls-remote", "--quiet", "--", r.Repository}, r.names()...)
}

// AllowedProtocols is the value of GIT_ALLOW_PROTOCOL for it: others could start programs.
const AllowedProtocols = "https:http:ssh:git:file"

// names are the full names that are meant, the best first.
func (r Remote) names() []string {
	switch {
	case r.Ref == "" || r.Ref == "HEAD":
		return []string{"HEAD"}
	case strings.HasPrefix(r.Ref, "refs/"):
		return []string{r.Ref + "^{}", r.Ref}
	}
	// A tag with a message is an object of its own: what it stands for is the commit.
	return []string{"refs/heads/" + r.Ref, "refs/tags/" + r.Ref + "^{}", "refs/tags/" + r.Ref, "refs/" + r.Ref}
}

// Read is the commit in Git's answer, and the full name of what stands there.
func (r Remote) Read(answer string) (rev, name string, err error) {
	advertised := map[string]string{}
	for line := range strings.Lines(answer) {
		if rev, name, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t"); ok {
			advertised[name] = rev
		}
	}
	for _, name := range r.names() { // Git also tells of longer names with the same end
		if rev := advertised[name]; len(rev) >= 40 && strings.Trim(rev, "0123456789abcdef") == "" {
			return rev, strings.TrimSuffix(name, "^{}"), nil
		}
	}
	if r.Ref == "" {
		return "", "", fmt.Errorf("%s has no default branch", Plain(r.Repository))
	}
	return "", "", fmt.Errorf("%s has no branch or tag %s", Plain(r.Repository), Plain(r.Ref))
}
