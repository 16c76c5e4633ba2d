package release

import (
	"regexp"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Project is a repository that has a branch for each release of nixpkgs.
type Project uint8

// The projects. A module of one of the last three is written for the package set of one release.
const (
	None Project = iota
	Nixpkgs
	HomeManager
	NixDarwin
	Stylix
)

func (p Project) String() string {
	return [...]string{"", "nixpkgs", "home-manager", "nix-darwin", "stylix"}[p]
}

// projects are the projects by their sources, under the names that ref's renames give.
var projects = map[ref.Source]Project{
	"github.com/nixos/nixpkgs":                       Nixpkgs,
	"flakehub.com/nixos/nixpkgs":                     Nixpkgs,
	"flakehub.com/determinatesystems/nixpkgs-weekly": Nixpkgs,
	"github.com/nix-community/home-manager":          HomeManager,
	"github.com/rycee/home-manager":                  HomeManager,
	"flakehub.com/nix-community/home-manager":        HomeManager,
	"github.com/nix-darwin/nix-darwin":               NixDarwin,
	"flakehub.com/nix-darwin/nix-darwin":             NixDarwin,
	"flakehub.com/lnl7/nix-darwin":                   NixDarwin,
	"github.com/nix-community/stylix":                Stylix,
	"github.com/danth/stylix":                        Stylix,
	"flakehub.com/nix-community/stylix":              Stylix,
	"flakehub.com/danth/stylix":                      Stylix,
}

// ProjectOf is the project that a source is, None for any other.
func ProjectOf(s ref.Source) Project {
	if strings.HasPrefix(string(s), channelPrefix) {
		return Nixpkgs
	}
	return projects[s]
}

const channelPrefix = "channels.nixos.org/"

// Branch is what a reference to one of the projects asks for: a branch, a channel, or the requirement of a FlakeHub URL.
type Branch struct {
	Project Project
	// Name is what stands for it in the reference: "nixos-25.05-small", "0.2505.*"; "" where the reference has no ref and so
	// asks for the default branch.
	Name string
	// Release is the release that it is of; the zero Release where it is of none, and then it rolls.
	Release Release
	// Fixed says that the reference names one content of the branch, as the URLs of a lock do: there is no other name to write.
	Fixed bool

	flakeHub bool
}

// Rolling says whether the branch is of no release: nixos-unstable, master.
func (b Branch) Rolling() bool { return b.Release.IsZero() }

// String names the branch in a sentence: "nixos-25.05", "the default branch".
func (b Branch) String() string {
	if b.Name == "" {
		return "the default branch"
	}
	return b.Name
}

// numbered are the names of the branches of releases. The submatches are what stands before and behind the number.
var numbered = sync.OnceValue(func() map[Project]*regexp.Regexp {
	return map[Project]*regexp.Regexp{
		Nixpkgs:     regexp.MustCompile(`^(?:(nixos-)([0-9]{2}\.[0-9]{2})(-small)?|(nixpkgs-)([0-9]{2}\.[0-9]{2})(-darwin)|(release-)([0-9]{2}\.[0-9]{2})())$`),
		HomeManager: regexp.MustCompile(`^(release-)([0-9]{2}\.[0-9]{2})()$`),
		NixDarwin:   regexp.MustCompile(`^(nix-darwin-)([0-9]{2}\.[0-9]{2})()$`),
		Stylix:      regexp.MustCompile(`^(release-)([0-9]{2}\.[0-9]{2})()$`),
	}
})

// rolling are the names of the branches that are of no release.
var rolling = map[Project][]string{
	Nixpkgs:     {"", "master", "nixos-unstable", "nixos-unstable-small", "nixpkgs-unstable", "staging", "staging-next"},
	HomeManager: {"", "master"},
	NixDarwin:   {"", "master"},
	Stylix:      {"", "master"},
}

// Of says what branch of one of the projects a reference asks for. source is the reference's identity, after all renames. The
// reference must be resolved: an id of a registry is of no project. ok is false for another project, for a commit or a tag, for a branch that somebody made for a purpose of their own,
// and for a requirement of FlakeHub that takes whatever release is the newest (0, *), or more than one.
func Of(r ref.Ref, source ref.Source) (b Branch, ok bool) {
	b.Project = ProjectOf(source)
	if b.Project == None {
		return Branch{}, false
	}
	if hub, ok := r.FlakeHub(); ok {
		return b.ofFlakeHub(hub)
	}
	switch r.Type() {
	case ref.Tarball:
		if channel := r.Channel(); channel != "" {
			b.Name, b.Fixed = channel, r.Host() == "releases.nixos.org"
		} else if b.Name = r.ArchiveRef(); b.Name == "" {
			return Branch{}, false
		}
	case ref.File, ref.Path:
		return Branch{}, false
	default:
		if r.Rev() != "" {
			return Branch{}, false
		}
		b.Name = r.Ref()
	}
	b.Name = strings.TrimPrefix(b.Name, "refs/heads/")
	if m := submatches(numbered()[b.Project], b.Name); m != nil {
		if b.Release, ok = Parse(m[1]); ok {
			return b, true
		}
		return Branch{}, false
	}
	for _, name := range rolling[b.Project] {
		if b.Name == name {
			return b, true
		}
	}
	return Branch{}, false
}

// submatches are prefix, number and suffix of a branch's name, nil where it is of no release.
func submatches(pattern *regexp.Regexp, name string) []string {
	m := pattern.FindStringSubmatch(name)
	for ; len(m) > 3; m = m[3:] {
		if m[2] != "" {
			return m[1:4]
		}
	}
	return nil
}

// At is the name of the same branch for another release: "nixos-26.05-small" for "nixos-25.05-small" or for
// "nixos-unstable-small". It is "" where there is none such.
func (b Branch) At(r Release) string {
	switch {
	case b.Fixed:
		return ""
	case b.flakeHub:
		return requirementOf(b.Name, r.digits())
	}
	if m := submatches(numbered()[b.Project], b.Name); m != nil {
		return m[0] + r.String() + m[2]
	}
	switch b.Project {
	case Nixpkgs:
		if b.Name == "nixos-unstable-small" {
			return "nixos-" + r.String() + "-small"
		}
		return "nixos-" + r.String()
	case NixDarwin:
		return "nix-darwin-" + r.String()
	}
	return "release-" + r.String()
}

// AtRolling is the name of the branch of the same project that is of no release, and that fits what b is for: "nixos-unstable"
// for "nixos-25.05". It is "" where there is none such.
func (b Branch) AtRolling() string {
	switch {
	case b.Fixed:
		return ""
	case b.flakeHub:
		return requirementOf(b.Name, "1")
	case b.Project != Nixpkgs:
		return "master"
	}
	m := submatches(numbered()[Nixpkgs], b.Name)
	switch {
	case m == nil:
		return b.Name
	case m[0] == "nixos-":
		return "nixos-unstable" + m[2]
	case m[0] == "nixpkgs-":
		return "nixpkgs-unstable"
	}
	return "master"
}
