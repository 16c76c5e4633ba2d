package workspace

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// pollBudget is how many files, and how many folders, that nobody has asked for one Poll looks at: a few milliseconds of work. Of
// a small polyrepo that is all of them, of ten thousand repos each has its turn within a minute or two of Polls.
const pollBudget = 2000

// poller remembers where Poll is in its rounds, and how the folders were.
type poller struct {
	lock                  sync.Mutex
	nextEntry, nextFolder int
	// of is the disk that order and outer were made for.
	of *disk
	// order are the folders to look at: those of judged files, all above them up to the roots, and what stands beside them.
	order []string
	// outer are those that lie above a judged file's own, and the roots: new repos appear in them.
	outer   map[string]bool
	folders map[string]*folderLook
}

// folderLook is how a folder was when it was looked at.
type folderLook struct {
	stamp stamp
	// young is how long the stamp alone does not tell whether something else is in it.
	young youth
	// children are the folders in it that the search enters, sorted; nil where nobody has listed them yet.
	children []string
}

// Poll looks whether files have changed, were made or removed, and gives their paths; the current snapshot then knows. It is for
// clients that watch no files. Files that were asked for are looked at each time, all others of the index, and the folders in
// which new flakes can appear, a part at a time (see pollBudget). A flake that is new deep in a folder where no flake was is
// not noticed until somebody asks for it.
func (w *Workspace) Poll() (changed []string) {
	w.poller.lock.Lock()
	defer w.poller.lock.Unlock()
	s := w.Snapshot()
	for _, e := range w.poller.entries(s) {
		e.load(w)
		if e.stale.Load() || stampAt(e.path) != e.stamp || e.changedUnseen(w) {
			changed = append(changed, e.path)
		}
	}
	changed = append(changed, w.pollFolders(s)...)
	slices.Sort(changed)
	if changed = slices.Compact(changed); len(changed) > 0 {
		w.FilesChanged(changed)
	}
	return changed
}

// entries are the files whose turn it is.
func (p *poller) entries(s *Snapshot) []*entry {
	var asked, others []*entry
	s.disk.tree.all(func(e *entry) {
		if e.asked.Load() {
			asked = append(asked, e)
		} else {
			others = append(others, e)
		}
	})
	return append(asked, turn(others, &p.nextEntry)...)
}

// turn is the part of a list whose turn it is.
func turn[T any](list []T, next *int) []T {
	if *next >= len(list) {
		*next = 0
	}
	end := min(*next+pollBudget, len(list))
	part := list[*next:end]
	*next = end
	return part
}

// pollFolders gives what has appeared in, or gone from, the folders whose turn it is.
func (w *Workspace) pollFolders(s *Snapshot) (changed []string) {
	p := &w.poller
	p.prepare(s)
	w.change.Lock()
	indexed := w.indexed
	w.change.Unlock()
	if indexed.IsZero() { // nothing is known that could have changed
		return nil
	}
	// Clocks of file systems can be coarse.
	recent := indexed.Add(-coarse)
	for _, dir := range slices.Clone(turn(p.order, &p.nextFolder)) {
		at, known := stampAt(dir), p.folders[dir]
		switch {
		case at == stamp{}:
			delete(p.folders, dir)
			if hasBelow(s.disk.judged, dir) {
				changed = append(changed, dir)
			}
		case known != nil && known.stamp == at && known.young == 0:
		case known == nil && !p.outer[dir] && at.modified < recent.UnixNano():
			p.folders[dir] = &folderLook{stamp: at}
		default:
			changed = append(changed, p.look(s, dir, at, recent)...)
		}
	}
	return changed
}

// prepare makes the order anew after a change of the disk.
func (p *poller) prepare(s *Snapshot) {
	if p.of == s.disk {
		return
	}
	p.of, p.outer = s.disk, map[string]bool{}
	dirs := map[string]bool{}
	for _, path := range s.disk.judged {
		root := s.RootOf(path)
		upwards(filepath.Dir(path), func(dir string) bool {
			if dirs[dir] && p.outer[dir] || !within(root, dir) {
				return false
			}
			dirs[dir] = true
			if dir != filepath.Dir(path) {
				p.outer[dir] = true
			}
			return true
		})
	}
	for _, root := range s.roots {
		dirs[root], p.outer[root] = true, true
	}
	folders := make(map[string]*folderLook, len(dirs))
	for dir := range dirs {
		if known := p.folders[dir]; known != nil {
			folders[dir] = known
		}
	}
	// What stands beside a repo may become one with a flake.
	for dir := range p.outer {
		if folders[dir] == nil {
			continue
		}
		for _, child := range folders[dir].children {
			dirs[child] = true
			if known := p.folders[child]; known != nil {
				folders[child] = known
			}
		}
	}
	p.folders, p.order = folders, make([]string, 0, len(dirs))
	for dir := range dirs {
		p.order = append(p.order, dir)
	}
	slices.Sort(p.order)
}

// look lists a folder and gives what of it the snapshot does not know, or what it knows and is gone. Of a folder that was never
// listed only those children count as new that are as young as the index.
func (p *poller) look(s *Snapshot, dir string, at stamp, recent time.Time) (changed []string) {
	before, now := p.folders[dir], s.workspace.options.Clock()
	young := at.young(now)
	if before != nil && before.stamp == at {
		young = before.young.at(now)
	}
	w := s.judgedWalker(context.Background(), dir, true)
	found := w.search(dir)
	children := append([]string{}, w.children...)
	slices.Sort(children)
	p.folders[dir] = &folderLook{at, young, children}
	for _, path := range found {
		if !isIn(s.disk.judged, path) {
			changed = append(changed, path)
		}
	}
	for _, path := range judgedIn(s.disk.judged, dir) {
		if !slices.Contains(found, path) {
			changed = append(changed, path)
		}
	}
	isNew := func(child string) bool {
		switch {
		case before == nil:
			return stampAt(child).modified >= recent.UnixNano()
		case before.children == nil:
			return true
		}
		return !isIn(before.children, child)
	}
	for _, child := range children {
		if hasBelow(s.disk.judged, child) {
			continue
		}
		if isNew(child) && len(s.searchJudged(context.Background(), child, false)) > 0 {
			changed = append(changed, child)
		} else if p.outer[dir] && p.folders[child] == nil && (before == nil || !isIn(before.children, child)) {
			p.order = append(p.order, child) // it may get a flake yet
		}
	}
	if before != nil {
		for _, child := range before.children {
			if !isIn(children, child) && hasBelow(s.disk.judged, child) {
				changed = append(changed, child)
			}
		}
	}
	return changed
}

// judgedIn are the sorted paths that lie in a folder itself, or are it.
func judgedIn(sorted []string, dir string) []string {
	var list []string
	if isIn(sorted, dir) {
		list = append(list, dir)
	}
	for _, name := range judgedNames {
		if path := filepath.Join(dir, name); isIn(sorted, path) {
			list = append(list, path)
		}
	}
	return list
}

func isIn(sorted []string, path string) bool {
	_, is := slices.BinarySearch(sorted, path)
	return is
}
