package workspace

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace/githistory"
)

// PinsBranch is a branch of pins' repository that HEAD is not at.
type PinsBranch struct {
	Name string
	// Commits are those of the branch that have a lock, newest first, down to the first that the Commits of History have too: from that one on
	// the two are the same.
	Commits []SetCommit
}

// maxBranches is how many other branches of pins are looked at: more are those of a machine that makes them.
const maxBranches = 500

// OtherBranches are the branches of pins that a leaf may refer to besides that of HEAD, sorted by name: those which its remotes have, as they were last
// told, and those that are here. It is for who writes down what pins is without knowing its leaves, and looks into the folders of
// Git. It gives nothing where it is not known which branch HEAD is at, or nothing is known of that one.
func (s *Snapshot) OtherBranches(id PinsID) []PinsBranch {
	h := s.History(id)
	if h.Branch == "" || len(h.Commits) == 0 {
		return nil
	}
	var list []PinsBranch
	for _, name := range s.branchNames(id.Dir) {
		if name == h.Branch {
			continue
		}
		if commits := s.commitsOfItsOwn(id.Dir, name, h.Commits); len(commits) > 0 {
			list = append(list, PinsBranch{name, commits})
		}
		if len(list) == maxBranches {
			break
		}
	}
	return list
}

// commitsOfItsOwn are the commits of a branch down to the first that is one of those of HEAD.
func (s *Snapshot) commitsOfItsOwn(dir, branch string, ofHead []SetCommit) (own []SetCommit) {
	top, inside := s.repository(dir)
	_, common, ok := s.gitFolders(top)
	if !ok {
		return nil
	}
	head := s.headOfBranch(dir, branch, common)
	if head == "" {
		return nil
	}
	ends := make(map[string]bool, len(ofHead))
	for _, c := range ofHead {
		ends[c.Rev] = true
	}
	s.inRepository(common, func(repository *githistory.Repository) {
		list, _, err := repository.HistoryUntil(head, strings.TrimPrefix(inside+"/"+lockName, "/"), maxCommits, ends)
		if err != nil {
			s.Log().Warn("the history of a branch of pins cannot be read", "path", common, "branch", branch, "error", err)
		}
		for _, c := range list {
			if set := s.committedSet(repository, c.Blob); set != nil {
				own = append(own, SetCommit{set.ID, c.Hash, c.At})
			}
		}
	})
	return own
}

// branchNames are the short names of the branches that the repository around a folder has of its remotes and of its own, sorted.
func (s *Snapshot) branchNames(dir string) []string {
	common, remotes := s.remoteNames(dir)
	if common == "" {
		return nil
	}
	prefixes := []string{"refs/heads/"}
	for _, name := range remotes {
		prefixes = append(prefixes, "refs/remotes/"+name+"/")
	}
	var names []string
	for _, prefix := range prefixes {
		names = append(names, s.looseBranches(filepath.Join(common, filepath.FromSlash(prefix)), "")...)
	}
	for line := range strings.Lines(s.gitText(filepath.Join(common, packedRefsName))) {
		_, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, prefix := range prefixes {
			if short, ok := strings.CutPrefix(name, prefix); ok {
				names = append(names, strings.Clone(short))
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "HEAD" }) // of a remote: it is one of the others
}

// looseBranches are the names of files below a folder of references of Git, with slashes.
func (s *Snapshot) looseBranches(folder, prefix string) (names []string) {
	entries, err := os.ReadDir(folder)
	if err != nil && !isMissing(err) {
		s.Log().Warn("the branches of pins cannot be listed", "path", folder, "error", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, s.looseBranches(filepath.Join(folder, e.Name()), prefix+e.Name()+"/")...)
		} else if e.Type().IsRegular() && !strings.HasSuffix(e.Name(), ".lock") {
			names = append(names, prefix+e.Name())
		}
	}
	return names
}
