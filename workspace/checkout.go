package workspace

import (
	"errors"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	gitconfig "github.com/go-git/go-git/v5/plumbing/format/config"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Checkout gives the references that mean the flake in this folder: the remotes of its Git repository (origin first), its
// place on this machine, and the registry ids that lead to either. Of a forge over HTTPS they have the forge's type
// (github:org/pins), over SSH they stay git+ssh:, as a private repository needs it.
func (s *Snapshot) Checkout(f *Flake) []ref.Ref {
	list := s.remotes(f.Dir)
	top, inside := s.repository(f.Dir)
	if top != "" {
		if r, err := ref.FromAttrs(ref.Attrs{"type": ref.Git, "url": fileURL(top), "dir": inside}); err == nil {
			list = append(list, r)
		}
	}
	if r, err := ref.FromAttrs(ref.Attrs{"type": ref.Path, "path": f.Dir}); err == nil {
		list = append(list, r)
	}
	var ids []ref.Ref
	for _, r := range s.Registry().Registries() {
		for _, e := range r.Entries {
			means := func(known ref.Ref) bool {
				return s.Source(known) == s.Source(e.To) && known.Dir() == e.To.Dir()
			}
			if slices.ContainsFunc(list, means) && !slices.Contains(ids, e.From) {
				ids = append(ids, e.From)
			}
		}
	}
	return append(list, ids...)
}

func fileURL(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// repository is the top folder of the Git work tree that holds a folder, and the folder's place in it; "" where there is none.
func (s *Snapshot) repository(dir string) (top, inside string) {
	upwards(dir, func(at string) bool {
		if s.gitConfig(at) == nil {
			return true
		}
		top, inside = at, filepath.ToSlash(strings.Join(below(at, dir), "/"))
		return false
	})
	return top, inside
}

// IsRepository says whether a folder is the top of a Git work tree.
func (s *Snapshot) IsRepository(dir string) bool { return s.gitConfig(filepath.Clean(dir)) != nil }

// RepositoryOf is the repository that holds a folder: the top folder of its work tree, the folder's place in it with slashes ("" at the
// top), and what its remote is a checkout of (of several, origin's; "" where it has none). ok is false where no Git repository is around.
func (s *Snapshot) RepositoryOf(dir string) (top, inside string, remote ref.Source, ok bool) {
	if top, inside = s.repository(dir); top == "" {
		return "", "", "", false
	}
	for _, r := range s.remotes(dir) {
		if remote = s.Source(r); !remote.Local() {
			return top, inside, remote, true
		}
	}
	return top, inside, "", true
}

// OutOfSource says whether a place is surely not part of the source that Nix makes of a flake's folder: that is the Git work tree that
// holds the folder. A submodule may be read as a part of the one around it. Where no Git repository is around, nothing is sure.
func (s *Snapshot) OutOfSource(dir, place string) bool {
	top, _ := s.repository(dir)
	for top != "" && !within(top, place) {
		if s.readable(filepath.Join(top, ".git")) == nil { // a folder: no submodule
			return true
		}
		outer, _ := s.repository(filepath.Dir(top))
		if outer == "" {
			return true
		}
		top = outer
	}
	return false
}

// gitConfig is the configuration of the repository whose work tree has this top folder, or nil.
func (s *Snapshot) gitConfig(top string) *entry {
	_, common, ok := s.gitFolders(top)
	if !ok {
		return nil
	}
	return s.readable(filepath.Join(common, gitConfigName))
}

// readable is the entry of a file that could be read, or nil. Poll need not look after it.
func (s *Snapshot) readable(path string) *entry {
	e := s.entry(path)
	e.load(s.workspace)
	if e.err != nil {
		return nil
	}
	return e
}

// pointed is the path that a file of Git holds behind a prefix.
func (s *Snapshot) pointed(e *entry, base, prefix string) (path string, ok bool) {
	file, err := e.glance(s.workspace)
	if err != nil {
		return "", false
	}
	path, ok = strings.CutPrefix(strings.TrimSpace(file.Text), prefix)
	return resolved(base, path), ok
}

func resolved(base, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// remotes gives what the remotes of the repository around a folder say of the flake in it, origin first.
func (s *Snapshot) remotes(dir string) []ref.Ref {
	top, inside := s.repository(dir)
	if top == "" {
		return nil
	}
	git := s.gitConfig(top)
	var list []ref.Ref
	for _, remote := range git.git.remotes {
		r, err := remote.reference, error(nil)
		if remote.place != "" {
			r, err = ref.Parse("git+" + fileURL(resolved(top, remote.place)))
		}
		if err != nil {
			s.Log().Info("a Git remote is no flake reference", "path", git.path, "error", err)
			continue
		}
		if inside != "" {
			r = r.WithDir(inside)
		}
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	return list
}

// remote is one remote of a repository: a reference, or a place that counts from the top of the work tree.
type remote struct {
	reference ref.Ref
	place     string
}

// gitEntryOf is what a Git configuration says of remotes, those of them that are no flake references by their names alone.
func (w *Workspace) gitEntryOf(file *File) *gitEntry {
	e := &gitEntry{}
	parsed := gitconfig.New()
	if err := gitconfig.NewDecoder(strings.NewReader(file.Text)).Decode(parsed); err != nil {
		w.log.Warn("the configuration of a Git repository cannot be read", "path", file.Path, "error", err)
		return e
	}
	var origin, others []string
	for _, remote := range parsed.Section("remote").Subsections {
		if remote.Name == "origin" {
			e.names = slices.Insert(e.names, 0, "origin")
			origin = append(origin, remote.OptionAll("url")...)
		} else {
			e.names = append(e.names, strings.Clone(remote.Name))
			others = append(others, remote.OptionAll("url")...)
		}
	}
	for _, address := range append(origin, others...) {
		r, err := readRemote(address)
		if err != nil {
			w.log.Info("a Git remote is no flake reference", "path", file.Path, "error", err)
			continue
		}
		e.remotes = append(e.remotes, r)
	}
	return e
}

// scpPattern is Git's short form of an SSH address: [user@]host:path, where no slash stands before the colon.
var scpPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^((?:[^/@]+@)?[^/:]+):([^:].*)$`) })

// readRemote reads the address of a Git remote.
func readRemote(address string) (remote, error) {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case isURL && (scheme == "https" || scheme == "http"):
		if r, ok := forgeReference(address); ok {
			return remote{reference: r}, nil
		}
	case isURL:
	case scpPattern().MatchString(address):
		m := scpPattern().FindStringSubmatch(address)
		address = "ssh://" + m[1] + "/" + strings.TrimPrefix(m[2], "/")
	case address == "":
		return remote{}, errors.New("the remote has no address")
	default:
		return remote{place: strings.Clone(address)}, nil
	}
	r, err := ref.Parse("git+" + address)
	return remote{reference: r}, err
}

// forgeReference is the short form of a repository on one of the forges that Nix knows.
func forgeReference(address string) (ref.Ref, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return ref.Ref{}, false
	}
	types := map[string]string{"github.com": ref.GitHub, "gitlab.com": ref.GitLab, "git.sr.ht": ref.SourceHut}
	typ := types[strings.ToLower(u.Host)]
	owner, repo, ok := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if typ == "" || !ok || strings.Contains(repo, "/") {
		return ref.Ref{}, false
	}
	r, err := ref.FromAttrs(ref.Attrs{"type": typ, "owner": owner, "repo": strings.TrimSuffix(repo, ".git")})
	return r, err == nil
}

// remoteKeys are the keys under which a flake is found by what others call it.
func (s *Snapshot) remoteKeys(dir string) []checkoutKey {
	var keys []checkoutKey
	for _, r := range s.remotes(dir) {
		if key := (checkoutKey{s.Source(r), r.Dir()}); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}
