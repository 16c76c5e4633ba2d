package workspace

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace/githistory"
)

// gitVersions is what was once read of repositories. It never goes stale, because commits never change: the history of a file up to
// a commit by the two, and the set of a lock by the name of its content.
type gitVersions struct {
	commits map[versionKey]versions
	sets    map[string]*PackageSet
	inputs  map[string][]string // of a flake.nix, see History.Committed
	reached map[reachedKey]int  // see Snapshot.reached
}

type versionKey struct{ objects, head, path string }

// reachedKey is a history, and the heads of remotes with a space between them.
type reachedKey struct{ dir, head, remotes string }

type versions struct {
	list  []githistory.Commit
	whole bool
}

// commits are the commits of a pins flake that have a lock that can be read, newest first: those of a branch, of HEAD where that is "". ok is
// false where there are none here.
func (s *Snapshot) commits(dir, branch string) (events []event, whole, ok bool) {
	var pushed []string
	if branch == "" { // of another branch it is what the remote has, if that is known
		pushed = s.pushed(dir)
	}
	s.versions(dir, branch, lockName, maxCommits, func(repository *githistory.Repository, known versions) {
		last := s.reached(dir, repository, known.list, pushed)
		for i, c := range known.list {
			if set := s.committedSet(repository, c.Blob); set != nil {
				events = append(events, event{rev: c.Hash, at: c.At, set: set, unpushed: i < last})
			}
		}
		whole = known.whole
	})
	return events, whole, len(events) > 0
}

// reached is the place in a history of the newest commit that the heads of remotes have, -1 where none is known.
func (s *Snapshot) reached(dir string, repository *githistory.Repository, list []githistory.Commit, heads []string) int {
	if len(list) == 0 || len(heads) == 0 {
		return -1
	}
	reached := s.workspace.gitVersions.reached
	key := reachedKey{dir, list[0].Hash, strings.Join(heads, " ")}
	at, seen := reached[key]
	if !seen {
		var err error
		if at, err = repository.Reached(list, heads, maxCommits); err != nil {
			s.Log().Warn("what the remotes of pins have cannot be read", "path", dir, "error", err)
		}
		reached[key] = at
	}
	return at
}

// committedInputs are the names of the inputs that a pins flake has at HEAD, see History.Committed.
func (s *Snapshot) committedInputs(dir string) (names []string) {
	s.versions(dir, "", flakeName, 1, func(repository *githistory.Repository, known versions) {
		if len(known.list) == 1 && known.list[0].Blob != "" {
			names = s.inputsOf(repository, known.list[0].Blob)
		}
	})
	return names
}

// versions gives what a file of a pins flake was in the last commits of a branch, of HEAD where that is "", at most limit; nothing where no
// repository tells.
func (s *Snapshot) versions(dir, branch, file string, limit int, f func(*githistory.Repository, versions)) {
	top, inside := s.repository(dir)
	if top == "" {
		return
	}
	private, common, ok := s.gitFolders(top)
	if !ok {
		return
	}
	head := ""
	if branch == "" {
		head = s.head(private, common)
	} else {
		head = s.headOfBranch(dir, branch, common)
	}
	if head == "" {
		return
	}
	s.inRepository(common, func(repository *githistory.Repository) {
		path := strings.TrimPrefix(inside+"/"+file, "/")
		key := versionKey{common, head, path}
		versionsOf := s.workspace.gitVersions.commits
		known, seen := versionsOf[key]
		if !seen {
			var err error
			if known.list, known.whole, err = repository.History(head, path, limit); err != nil {
				s.Log().Warn("the history of pins cannot be read", "path", common, "error", err)
			}
			versionsOf[key] = known
		}
		f(repository, known)
	})
}

// headOfBranch is the newest commit of a branch: as a remote had it last, else as it is here; "" where there is none.
func (s *Snapshot) headOfBranch(dir, branch, common string) string {
	if known := s.headsOf(dir, branch); len(known) > 0 {
		return known[0]
	}
	return s.commitAt("ref: refs/heads/"+branch, common)
}

// inRepository opens the repository with a common folder for a while; one at a time is.
func (s *Snapshot) inRepository(common string, f func(*githistory.Repository)) {
	w := s.workspace
	w.history.Lock()
	defer w.history.Unlock()
	repository := githistory.Open(common)
	defer func() {
		if err := repository.Close(); err != nil {
			w.log.Warn("the repository of pins cannot be closed", "path", common, "error", err)
		}
	}()
	f(repository)
}

// inputsOf are the names of the inputs of a flake.nix in a repository, sorted; nil where it does not tell them all.
func (s *Snapshot) inputsOf(repository *githistory.Repository, blob string) []string {
	if names, seen := s.workspace.gitVersions.inputs[blob]; seen {
		return names
	}
	var names []string
	if text, err := repository.Text(blob, parse.MaxSize); err != nil {
		s.Log().Warn("a flake.nix in the history of pins cannot be read", "blob", blob, "error", err)
	} else if m := parse.Parse(parse.Flake, text); m.WholeInputs() {
		names = []string{}
		for _, in := range readInputs(m) {
			names = append(names, strings.Clone(in.Name))
		}
		slices.Sort(names)
	}
	s.workspace.gitVersions.inputs[blob] = names
	return names
}

// committedSet is the set of a lock in a repository; nil where it is none that can be read.
func (s *Snapshot) committedSet(repository *githistory.Repository, blob string) *PackageSet {
	if blob == "" {
		return nil
	}
	if set, seen := s.workspace.gitVersions.sets[blob]; seen {
		return set
	}
	var set *PackageSet
	if text, err := repository.Text(blob, lock.MaxSize); err != nil {
		s.Log().Warn("a lock in the history of pins cannot be read", "blob", blob, "error", err)
	} else if graph, err := lock.Parse(text); err == nil {
		set = newPackageSet(graph.Root(), nil)
	}
	s.workspace.gitVersions.sets[blob] = set
	return set
}

// gitFolders are a work tree's own folder of Git and the one that it has in common with others: where its HEAD and its objects are.
func (s *Snapshot) gitFolders(top string) (private, common string, ok bool) {
	private = filepath.Join(top, ".git")
	if s.readable(filepath.Join(private, gitConfigName)) != nil {
		return private, private, true
	}
	// A worktree or a submodule has a file here, which tells where its folder is; a worktree's folder tells the common one.
	pointer := s.readable(private)
	if pointer == nil {
		return "", "", false
	}
	if private, ok = s.pointed(pointer, top, "gitdir: "); !ok {
		return "", "", false
	}
	common = private
	if e := s.readable(filepath.Join(private, "commondir")); e != nil {
		if common, ok = s.pointed(e, private, ""); !ok {
			return "", "", false
		}
	}
	return private, common, true
}

var commitName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{40}$`) })

// branch is the branch that the repository around a folder is at, "" where it is at none or that cannot be told.
func (s *Snapshot) branch(dir string) string {
	top, _ := s.repository(dir)
	if top == "" {
		return ""
	}
	private, _, ok := s.gitFolders(top)
	if !ok {
		return ""
	}
	name, _ := strings.CutPrefix(s.gitText(filepath.Join(private, "HEAD")), "ref: refs/heads/")
	if commitName().MatchString(name) || strings.HasPrefix(name, "ref: ") {
		return ""
	}
	return name
}

// pushed are the commits that remotes have of the branch that the repository around a folder is at, see headsOf; where they have no such branch, of
// their others: the default one, and those that are packed, as they are in a clone.
func (s *Snapshot) pushed(dir string) (commits []string) {
	branch := s.branch(dir)
	if branch == "" {
		return nil
	}
	if commits = s.headsOf(dir, branch); len(commits) > 0 {
		return commits
	}
	for _, other := range []string{"HEAD", "main", "master"} { // a push makes no HEAD of a remote
		commits = append(commits, s.headsOf(dir, other)...)
	}
	return append(commits, s.packedHeads(dir)...)
}

// maxPackedHeads is how many packed branches of remotes are looked at.
const maxPackedHeads = 200

// packedHeads are the commits of the packed branches of the remotes that the repository around a folder has. One that a later reference
// replaces is still one that the remote had.
func (s *Snapshot) packedHeads(dir string) (commits []string) {
	common, remotes := s.remoteNames(dir)
	if len(remotes) == 0 {
		return nil
	}
	for line := range strings.Lines(s.gitText(filepath.Join(common, packedRefsName))) {
		hash, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !commitName().MatchString(hash) || !slices.ContainsFunc(remotes, func(remote string) bool { return strings.HasPrefix(name, "refs/remotes/"+remote+"/") }) {
			continue
		}
		if commits = append(commits, strings.Clone(hash)); len(commits) == maxPackedHeads {
			break
		}
	}
	return commits
}

// headsOf are the commits that the remotes of the repository around a folder have of a branch, origin's first, as it was last told: by a push, a
// fetch, or when it was cloned. There are none where that is not known.
func (s *Snapshot) headsOf(dir, branch string) (commits []string) {
	common, remotes := s.remoteNames(dir)
	for _, name := range remotes {
		if commit := s.commitAt("ref: refs/remotes/"+name+"/"+branch, common); commit != "" {
			commits = append(commits, commit)
		}
	}
	return commits
}

// remoteNames are the names of the remotes of the repository around a folder, origin first, and Git's folder that has what is known of them.
func (s *Snapshot) remoteNames(dir string) (common string, names []string) {
	top, _ := s.repository(dir)
	if top == "" {
		return "", nil
	}
	_, common, ok := s.gitFolders(top)
	if !ok {
		return "", nil
	}
	return common, s.gitConfig(top).git.names
}

// head is the commit that a work tree is at, "" where that cannot be told.
func (s *Snapshot) head(private, common string) string {
	return s.commitAt(s.gitText(filepath.Join(private, "HEAD")), common)
}

// commitAt is the commit that what Git has in a reference says, "" where that cannot be told.
func (s *Snapshot) commitAt(text, common string) string {
	for range 5 { // a name may lead to another name
		if commitName().MatchString(text) {
			return text
		}
		name, symbolic := strings.CutPrefix(text, "ref: ")
		if !symbolic || !filepath.IsLocal(name) {
			return ""
		}
		if text = s.gitText(filepath.Join(common, filepath.FromSlash(name))); text != "" {
			continue
		}
		for line := range strings.Lines(s.gitText(filepath.Join(common, packedRefsName))) {
			if hash, packed, _ := strings.Cut(strings.TrimSpace(line), " "); packed == name {
				return hash
			}
		}
	}
	return ""
}

// gitText is the text of a small file of Git, "" where it cannot be read. Poll looks after it.
func (s *Snapshot) gitText(path string) string {
	file, err := s.entry(path).read(s.workspace)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(file.Text)
}

// isHistory says whether a path is one of those that say which commit a repository is at.
func isHistory(path string) bool {
	_, inGit := repositoryOf(path)
	name := filepath.Base(path)
	return inGit && (name == "HEAD" || name == packedRefsName || strings.Contains(filepath.ToSlash(path), ".git/refs/") || strings.Contains(filepath.ToSlash(path), "/refs/heads/") || strings.Contains(filepath.ToSlash(path), "/refs/remotes/"))
}
