package report

import (
	"iter"
	"path/filepath"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Scope says what of a workspace is written down.
type Scope struct {
	// Root is the folder that paths are relative to.
	Root string
	// Includes says whether a flake's folder counts; nil means that all do.
	Includes func(dir string) bool
}

// Collect gives the rows of a workspace: its flakes by folder, each with its inputs, its mana projects, then the commits of their pins and what the
// registries of this machine say. Templates, examples and the like are left out unless the settings say otherwise. The row is
// good until the next one.
func Collect(s *workspace.Snapshot, scope Scope) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		c := &collector{
			snapshot: s, scope: scope, yield: yield, going: true, leaves: map[string]*workspace.Leaf{},
			repos: map[string]repoFolder{}, pins: map[workspace.PinsID]repoFolder{},
			texts: map[ref.Ref]string{}, sources: map[ref.Ref]string{}, pinned: map[ref.Ref]string{},
		}
		c.collect()
	}
}

// repoFolder is a flake as all clones call it.
type repoFolder struct{ repo, folder string }

type collector struct {
	snapshot *workspace.Snapshot
	scope    Scope
	yield    func(*Row) bool
	going    bool
	leaves   map[string]*workspace.Leaf
	repos    map[string]repoFolder
	pins     map[workspace.PinsID]repoFolder
	// One reference stands in many locks.
	texts, sources, pinned map[ref.Ref]string
}

func (c *collector) collect() {
	s := c.snapshot
	for _, l := range s.Leaves() {
		c.leaves[l.Dir] = l
	}
	c.nameOwnPins()
	used := map[workspace.PinsID]bool{}
	for summary := range s.Flakes() {
		if s.Exempt(filepath.Join(summary.Dir, "flake.nix")) || c.scope.Includes != nil && !c.scope.Includes(summary.Dir) {
			continue
		}
		if l := c.leaves[summary.Dir]; l != nil {
			used[l.Pins] = true
		} else if s.RoleOf(summary) == workspace.RolePins {
			used[workspace.PinsID{Dir: summary.Dir}] = true
		}
		if c.flake(summary); !c.going {
			return
		}
	}
	c.manaProjects()
	for _, id := range s.AllPins() {
		if used[id] {
			c.commits(id)
		}
	}
	c.registry()
}

func (c *collector) emit(r *Row) bool {
	r.Generated = c.snapshot.Now()
	c.going = c.going && c.yield(r)
	return c.going
}

// nameOwnPins finds names for the pins flakes that lie here and have no remote: what most leaves call them, so that inventories of
// other repos mean the same.
func (c *collector) nameOwnPins() {
	s := c.snapshot
	counts := map[string]map[repoFolder]int{}
	for _, l := range s.Leaves() {
		node, locked := l.Node()
		if l.Pins.Dir == "" || !locked {
			continue
		}
		if _, _, remote, ok := s.RepositoryOf(l.Pins.Dir); ok && remote != "" {
			continue
		}
		if source := s.LockedSource(node); source != "" && !source.Local() {
			if counts[l.Pins.Dir] == nil {
				counts[l.Pins.Dir] = map[repoFolder]int{}
			}
			counts[l.Pins.Dir][repoFolder{string(source), node.Locked().Dir()}]++
		}
	}
	for dir, names := range counts {
		var best repoFolder
		for name, n := range names {
			if m := names[best]; n > m || n == m && (name.repo < best.repo || name.repo == best.repo && name.folder < best.folder) {
				best = name
			}
		}
		c.repos[dir] = best
	}
}

// repo is what all clones call the flake of a folder.
func (c *collector) repo(dir string) repoFolder {
	if known, ok := c.repos[dir]; ok {
		return known
	}
	name := repoFolder{repo: c.relative(dir)}
	if top, inside, remote, ok := c.snapshot.RepositoryOf(dir); ok {
		name = repoFolder{string(remote), inside}
		if remote == "" {
			name.repo = c.relative(top)
		}
	}
	c.repos[dir] = name
	return name
}

// relative is a folder below the root, with slashes; of the root itself, and of one elsewhere, its name.
func (c *collector) relative(dir string) string {
	name, err := filepath.Rel(c.scope.Root, dir)
	if err != nil || name == "." || !filepath.IsLocal(name) {
		return filepath.Base(dir)
	}
	return filepath.ToSlash(name)
}

// path is where something lies below the root, with slashes.
func (c *collector) path(at string) string {
	path, err := filepath.Rel(c.scope.Root, at)
	if err != nil {
		path = at
	}
	return filepath.ToSlash(path)
}

func (c *collector) pinsOf(id workspace.PinsID) repoFolder {
	if id.Dir != "" {
		return c.repo(id.Dir)
	}
	return repoFolder{string(id.Source), id.Folder}
}

// flake gives the rows of one flake.
func (c *collector) flake(summary *workspace.Summary) {
	s := c.snapshot
	name := c.repo(summary.Dir)
	base := Row{Repo: name.repo, Folder: name.folder, Path: c.path(summary.Dir), Role: roleName(s.RoleOf(summary))}
	graph := s.LockOf(summary.Dir)
	if l := c.leaves[summary.Dir]; l != nil {
		pins := c.pinsOf(l.Pins)
		base.PinsInput, base.PinsSource, base.PinsFolder, base.PinsRef = l.Input, pins.repo, pins.folder, l.Branch()
		if node, ok := l.Node(); ok {
			base.PackageSet, base.PinsRev = l.Set.ID, node.Rev()
			base.PinsDate, _ = node.LastModified()
		}
		if at, ok := s.HistoryOf(l).Standing(l); ok {
			base.Behind, base.Placed, base.OwnSet, base.SetDate = at.Behind, true, at.Own, at.At
		}
	} else if base.Role == rolePins {
		if set := s.SetOfPins(summary.Dir); set != nil {
			base.PackageSet = set.ID
		}
	}
	row := base
	row.Kind = KindFlake
	if !c.emit(&row) {
		return
	}
	declared := map[string]workspace.SummaryInput{}
	for in := range summary.Inputs() {
		if in.HasReference && !in.Reference.Relative() {
			declared[strings.Join(in.Path, "/")] = in
		}
	}
	c.locked(base, graph, declared)
	for in := range summary.Inputs() {
		row := base
		row.Input, row.Depth = strings.Join(in.Path, "/"), len(in.Path)
		if row.Input == "" {
			continue
		}
		row.BelowPins = base.PinsInput != "" && len(in.Path) > 1 && in.Path[0] == base.PinsInput
		_, unlocked := declared[row.Input]
		switch {
		case in.IsFollow && len(in.Follows) > 0:
			row.Kind, row.Follows = KindFollow, strings.Join(in.Follows, "/")
		case unlocked: // what the lock has was taken out
			row.Kind, row.IsFlake = KindUnlocked, in.IsFlake
			c.declare(&row, in)
		default:
			continue
		}
		if !c.emit(&row) {
			return
		}
	}
}

// locked gives a row for each input path that has an entry of its own in the lock, and takes what it finds out of declared.
func (c *collector) locked(base Row, graph *lock.Graph, declared map[string]workspace.SummaryInput) {
	if graph == nil {
		return
	}
	graph.Walk(func(path []string, in lock.Input) bool {
		if in.Follows != nil || in.Target == lock.NoNode || !c.going {
			return false
		}
		node := graph.Node(in.Target)
		source, version := c.lockedSource(node), workspace.LockedVersion(node)
		if source == "" || version == "" || len(path) == 1 && path[0] == "" { // a part of the flake that has it, or no input's name
			return true
		}
		row := base
		row.Kind, row.Input, row.Depth = KindSource, strings.Join(path, "/"), len(path)
		row.Source, row.Version = source, version
		row.Original, row.Ref = c.text(node.Original()), node.Original().Ref()
		row.Rev, row.NarHash, row.IsFlake = node.Rev(), node.NarHash(), node.Flake()
		row.LastModified, _ = node.LastModified()
		row.Locked = c.pinnedText(node.Locked())
		row.BelowPins = base.PinsInput != "" && len(path) > 1 && path[0] == base.PinsInput
		if in, ok := declared[row.Input]; ok {
			c.declare(&row, in)
			delete(declared, row.Input)
		}
		return c.emit(&row)
	})
}

func (c *collector) declare(row *Row, in workspace.SummaryInput) {
	row.Declared = c.text(in.Reference)
	r := in.Reference
	if r.Type() == ref.Indirect {
		if result, err := c.snapshot.Registry().Resolve(r, registry.FlakeInput); err == nil {
			r = result.Ref
		}
	}
	row.DeclaredSource = string(c.snapshot.Source(r))
}

// commits gives the commits of a pins flake that lies here, newest first: those of HEAD, then what each other branch has besides. Its leaves may
// be elsewhere, so which of its branches they refer to is not known.
func (c *collector) commits(id workspace.PinsID) {
	name, history := c.pinsOf(id), c.snapshot.History(id)
	give := func(branch string, commits []workspace.SetCommit) {
		for _, commit := range commits {
			if !c.emit(&Row{Kind: KindCommit, Repo: name.repo, Folder: name.folder, Ref: branch, Rev: commit.Rev, LastModified: commit.At, PackageSet: commit.ID}) {
				return
			}
		}
	}
	give(history.Branch, history.Commits)
	for _, branch := range c.snapshot.OtherBranches(id) {
		give(branch.Name, branch.Commits)
	}
}

// registry gives what `nixpkgs` stands for on the command line of this machine.
func (c *collector) registry() {
	const id = "nixpkgs"
	asked, err := ref.Parse(id)
	if err != nil {
		return
	}
	result, err := c.snapshot.Registry().Resolve(asked, registry.CommandLine)
	if err != nil {
		return
	}
	version := result.Ref.Rev()
	c.emit(&Row{
		Kind: KindRegistry, Input: id, Original: id, Source: string(c.snapshot.Source(result.Ref)), Ref: result.Ref.Ref(),
		Version: version, Rev: version, Locked: c.text(result.Ref),
	})
}

func cached(of map[ref.Ref]string, r ref.Ref, text func() string) string {
	known, ok := of[r]
	if !ok {
		known = text()
		of[r] = known
	}
	return known
}

// text is a reference without its secrets.
func (c *collector) text(r ref.Ref) string {
	return cached(c.texts, r, func() string { return ref.Redact(r.String()) })
}

func (c *collector) pinnedText(r ref.Ref) string {
	return cached(c.pinned, r, func() string {
		pinned, ok := r.Pinned()
		if !ok {
			return ""
		}
		return ref.Redact(pinned.String())
	})
}

// lockedSource is Snapshot.LockedSource, found out once for each reference.
func (c *collector) lockedSource(n lock.Node) string {
	asked := n.Original()
	if asked.IsZero() || asked.Type() == ref.Indirect {
		asked = n.Locked()
	}
	return cached(c.sources, asked, func() string { return string(c.snapshot.LockedSource(n)) })
}

// What rows call the roles.
const (
	rolePins       = "pins"
	roleLeaf       = "leaf"
	roleStandalone = "standalone"
	roleOther      = "other"
)

func roleName(role workspace.Role) string {
	switch role {
	case workspace.RolePins:
		return rolePins
	case workspace.RoleLeaf:
		return roleLeaf
	case workspace.RoleStandalone:
		return roleStandalone
	}
	return roleOther
}

// newest gives times in descending order, unknown ones last.
func newest(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return b.Compare(a)
}
