package workspace

import (
	"slices"
	"strings"
)

// HistoryOf is the history of the branch of pins that a leaf refers to: History, or where it names another branch than that of HEAD, what is
// known of that one from the repository of pins, and from the saved locks of leaves that refer to it too. Where that repository does not
// have the branch nothing is known of it. It is never nil.
func (s *Snapshot) HistoryOf(l *Leaf) *History {
	h := s.History(l.Pins)
	if !l.elsewhere(h.Branch) {
		return h
	}
	branch := branchOf(l.Ref)
	return s.asks(question{about: branchHistory, folder: l.Pins.Dir, name: branch}).branchHistory(branchOfPins{l.Pins.Dir, branch})
}

// branchOfPins is a branch of a pins flake that lies here.
type branchOfPins struct{ dir, branch string }

// branchHistory is the same for all snapshots until a lock, a flake.nix on the disk or a commit is another one: it is of closed files.
func (s *Snapshot) branchHistory(of branchOfPins) *History {
	if known, ok := s.histories.byBranch.Load(of); ok {
		return known.(*History)
	}
	id, closed := PinsID{Dir: of.dir}, s.closed()
	leaves := leavesOf(id, closed.Leaves())
	var commits []event
	whole := false
	if closed.isRepositoryOf(of.dir, leaves) {
		commits, whole, _ = closed.commits(of.dir, of.branch)
	}
	var held []event
	if len(commits) > 0 {
		held = observed(slices.DeleteFunc(leaves, func(l *Leaf) bool { return branchOf(l.Ref) != of.branch }))
	}
	h := arrangedHistory(id, commits, held)
	h.Whole, h.Branch = whole, of.branch
	known, _ := s.histories.byBranch.LoadOrStore(of, h)
	return known.(*History)
}

// Branch is the short name of the branch, or the tag, of pins that the reference of a leaf names, "" where it names none or HEAD: then it means
// the default one.
func (l *Leaf) Branch() string {
	if l.Ref == "HEAD" {
		return ""
	}
	return branchOf(l.Ref)
}

// OtherBranch is Branch where that is another one than that of HEAD of pins' repository, as far as that is known: one along which HistoryOf
// measures the leaf.
func (s *Snapshot) OtherBranch(l *Leaf) string {
	if !l.elsewhere(s.History(l.Pins).Branch) {
		return ""
	}
	return l.Branch()
}

// elsewhere says whether a leaf refers to another branch, or a tag, of pins than this one, where that is known. HEAD is the default branch, as
// no ref is.
func (l *Leaf) elsewhere(branch string) bool {
	return branch != "" && !means(l.Ref, branch)
}

// means says whether a ref of a leaf is the branch of pins' HEAD.
func means(ref, branch string) bool {
	return ref == "" || ref == "HEAD" || branchOf(ref) == branch
}

// branchOf is the short name of a branch that a ref means.
func branchOf(ref string) string { return strings.TrimPrefix(ref, "refs/heads/") }

// IsFor says whether a reference of a leaf with this ref means the branch of which this is the history: the default one, as no ref does, or by its
// name. Where it is not known which that is, a ref may mean another one.
func (h *History) IsFor(ref string) bool {
	return means(ref, h.Branch)
}
