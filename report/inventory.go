package report

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Inventory is what rows tell, of one workspace or of several files.
type Inventory struct {
	// Generated is when the newest rows were written, Oldest when the oldest were.
	Generated, Oldest time.Time
	// Flakes are sorted by name.
	Flakes []*Flake
	// Notes say what a reader has to know about how it was put together, in whole sentences.
	Notes []string

	commits  map[FlakeID][]branch
	registry *Row
}

// branch is what is known of a branch of pins: its commits, newest first. The name of the first one of a pins, that of HEAD, is "" where it is
// not known; the others have only what that one does not have, and the first commit that it has.
type branch struct {
	name    string
	commits []workspace.SetCommit
}

// FlakeID is a flake as all clones call it: the source of its repository and the folder in it.
type FlakeID struct {
	Repo   string `json:"repo"`
	Folder string `json:"folder"`
}

func (id FlakeID) String() string {
	if id.Folder == "" {
		return id.Repo
	}
	return id.Repo + "/" + id.Folder
}

func (id FlakeID) compare(other FlakeID) int {
	return cmp.Or(cmp.Compare(id.Repo, other.Repo), cmp.Compare(id.Folder, other.Folder))
}

// Flake is one flake and its inputs.
type Flake struct {
	FlakeID
	// Name is the shortest text that tells it from the others.
	Name string
	// Path is its folder as the one who wrote the inventory saw it.
	Path, Role string
	// PinsInput is "" where it is no leaf, and then Pins is no flake.
	PinsInput string
	Pins      FlakeID
	// PinsRef is the branch or tag of pins that its reference names, "" for none.
	PinsRef string
	// Held is what it has of pins; its ID is "" where nothing is locked. A pins flake has the set of its own lock.
	Held   workspace.SetCommit
	Inputs []Input
}

// Input is one input path of a flake. One of Locked, DeclaredSource and Follows is there, or the first two.
type Input struct {
	Path      string
	Depth     int
	BelowPins bool
	Locked    *Locked
	// Declared is the reference that the flake.nix has for this path.
	Declared, DeclaredSource string
	Follows                  string
}

// Locked is one version of a source.
type Locked struct {
	Source, Version, Rev, Ref string
	// At is the date of the commit, zero where it is not known.
	At time.Time
	// Reference is what a person can write to get exactly this, "" where nothing can be written.
	Reference string
}

// IsLeaf says whether the flake has a pins.
func (f *Flake) IsLeaf() bool { return f.PinsInput != "" }

// isLocked says whether a lock was there.
func (f *Flake) isLocked() bool {
	return slices.ContainsFunc(f.Inputs, func(in Input) bool { return in.Locked != nil })
}

// builder puts the rows of one file together.
type builder struct {
	file string
	*Inventory
	flakes map[flakeKey]*Flake
	locked map[Locked]*Locked
	texts  map[string]string
	last   *Flake
	held   map[string]bool
	rows   []Row // where a merge keeps them
}

type flakeKey struct {
	FlakeID
	path string
}

func newBuilder(file string) *builder {
	return &builder{
		file: file, Inventory: &Inventory{commits: map[FlakeID][]branch{}},
		flakes: map[flakeKey]*Flake{}, locked: map[Locked]*Locked{}, texts: map[string]string{},
	}
}

// NewInventory puts the rows of one workspace together.
func NewInventory(rows iter.Seq[*Row]) *Inventory {
	b := newBuilder("")
	for row := range rows {
		if err := b.add(row); err != nil { // Collect writes flakes before their inputs
			panic(err)
		}
	}
	return merged([]*builder{b})
}

// add takes one row.
func (b *builder) add(r *Row) error {
	if b.Generated.Before(r.Generated) {
		b.Generated = r.Generated
	}
	if b.Oldest.IsZero() || r.Generated.Before(b.Oldest) {
		b.Oldest = r.Generated
	}
	id := FlakeID{b.shared(r.Repo), b.shared(r.Folder)}
	switch r.Kind {
	case KindRegistry:
		row := *r
		b.registry = &row
		return nil
	case KindCommit:
		branches := b.commits[id]
		if n := len(branches); n == 0 || branches[n-1].name != r.Ref {
			branches = append(branches, branch{name: b.shared(r.Ref)})
		}
		last := &branches[len(branches)-1]
		last.commits = append(last.commits, workspace.SetCommit{ID: b.shared(r.PackageSet), Rev: b.shared(r.Rev), At: r.LastModified})
		b.commits[id] = branches
		return nil
	case KindFlake:
		key := flakeKey{id, b.shared(r.Path)}
		if b.flakes[key] != nil {
			return fmt.Errorf("a second row of kind flake for %s in the folder %q, expected one", id, r.Path)
		}
		f := &Flake{FlakeID: id, Path: key.path, Role: b.shared(r.Role), PinsInput: b.shared(r.PinsInput)}
		if f.IsLeaf() {
			f.Pins, f.PinsRef = FlakeID{b.shared(r.PinsSource), b.shared(r.PinsFolder)}, b.shared(r.PinsRef)
		}
		f.Held = workspace.SetCommit{ID: b.shared(r.PackageSet), Rev: b.shared(r.PinsRev), At: r.PinsDate}
		b.flakes[key], b.last = f, f
		b.Flakes = append(b.Flakes, f)
		return nil
	}
	if b.last == nil || b.last.FlakeID != id || b.last.Path != r.Path {
		if b.last = b.flakes[flakeKey{id, r.Path}]; b.last == nil {
			return fmt.Errorf("an input of %s in the folder %q, expected a row of kind flake for it in the lines above", id, r.Path)
		}
	}
	in := Input{Path: b.shared(r.Input), Depth: r.Depth, BelowPins: r.BelowPins, Declared: b.shared(r.Declared), DeclaredSource: b.shared(r.DeclaredSource), Follows: b.shared(r.Follows)}
	if r.Kind == KindSource {
		l := Locked{Source: r.Source, Version: r.Version, Rev: r.Rev, Ref: r.Ref, At: r.LastModified, Reference: r.Locked}
		known := b.locked[l]
		if known == nil {
			known = &l
			b.locked[l] = known
		}
		in.Locked = known
	}
	b.last.Inputs = append(b.last.Inputs, in)
	return nil
}

// shared is one string for equal ones.
func (b *builder) shared(s string) string {
	if s == "" {
		return ""
	}
	known, ok := b.texts[s]
	if !ok {
		known = strings.Clone(s)
		b.texts[known] = known
	}
	return known
}

// ownership says whose rows count.
type ownership struct {
	// owner maps a repository to the part that tells of it, holders to all that have a flake of it.
	owner   map[string]*builder
	holders map[string][]*builder
	// registry is the part with the newest row of that kind, nil where none has one.
	registry *builder
}

// owners finds out which part counts for each repository: one that holds the repository itself before one that only holds commits of
// it, and of these the newest.
func owners(parts []*builder) ownership {
	o := ownership{owner: map[string]*builder{}, holders: map[string][]*builder{}}
	for _, b := range parts {
		if b.registry != nil && (o.registry == nil || !b.registry.Generated.Before(o.registry.registry.Generated)) {
			o.registry = b
		}
		for repo := range b.repos() {
			if b.holds(repo) {
				o.holders[repo] = append(o.holders[repo], b)
			}
			a := o.owner[repo]
			if a == nil || !a.holds(repo) && b.holds(repo) || a.holds(repo) == b.holds(repo) && !b.Generated.Before(a.Generated) {
				o.owner[repo] = b
			}
		}
	}
	return o
}

// merged joins inventories. Of a repository that several of them hold, the newest one counts.
func merged(parts []*builder) *Inventory {
	all := &Inventory{commits: map[FlakeID][]branch{}}
	o := owners(parts)
	owner, holders := o.owner, o.holders
	if o.registry != nil {
		all.registry = o.registry.registry
	}
	for _, b := range parts {
		if all.Generated.Before(b.Generated) {
			all.Generated = b.Generated
		}
		if all.Oldest.IsZero() || !b.Oldest.IsZero() && b.Oldest.Before(all.Oldest) {
			all.Oldest = b.Oldest
		}
	}
	for _, b := range parts {
		for _, f := range b.Flakes {
			if owner[f.Repo] == b {
				all.Flakes = append(all.Flakes, f)
			}
		}
		for id, list := range b.commits {
			if owner[id.Repo] == b {
				all.commits[id] = list
			}
		}
	}
	for repo, list := range holders {
		if len(list) > 1 {
			all.Notes = append(all.Notes, duplicateNote(repo, list, owner[repo]))
		}
	}
	slices.Sort(all.Notes)
	if age := all.Generated.Sub(all.Oldest); len(parts) > 1 && age > staleAfter {
		all.Notes = append(all.Notes, fmt.Sprintf("The oldest of the %d inventories is of %s, %d days before the newest.", len(parts), day(all.Oldest), int(age.Hours()/24)))
	}
	slices.SortStableFunc(all.Flakes, func(a, b *Flake) int {
		return cmp.Or(a.compare(b.FlakeID), cmp.Compare(a.Path, b.Path))
	})
	nameFlakes(all.Flakes)
	return all
}

// staleAfter is how much older than the newest one an inventory may be before a report says so.
const staleAfter = 7 * 24 * time.Hour

func duplicateNote(repo string, list []*builder, counts *builder) string {
	var others []string
	for _, b := range list {
		if b != counts {
			others = append(others, fmt.Sprintf("that of %s (%s)", minute(b.Generated), b.file))
		}
	}
	verb := "does"
	if len(others) > 1 {
		verb = "do"
	}
	return fmt.Sprintf("%d inventories hold %s: that of %s (%s) counts, %s %s not.", len(list), repo, minute(counts.Generated), counts.file, strings.Join(others, " and "), verb)
}

// repos are the repositories of which the part tells.
func (b *builder) repos() iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		for _, f := range b.Flakes {
			if !seen[f.Repo] {
				if seen[f.Repo] = true; !yield(f.Repo) {
					return
				}
			}
		}
		for id := range b.commits {
			if !seen[id.Repo] {
				if seen[id.Repo] = true; !yield(id.Repo) {
					return
				}
			}
		}
	}
}

// holds says whether the part has a flake of the repository.
func (b *builder) holds(repo string) bool {
	if b.held == nil {
		b.held = map[string]bool{}
		for _, f := range b.Flakes {
			b.held[f.Repo] = true
		}
	}
	return b.held[repo]
}

// nameFlakes gives flakes their names: of those of one host (or below one folder, of what has no remote) what all have in common in
// front is left out, where that makes no two names equal. Two clones of one flake are told apart by their folders.
func nameFlakes(flakes []*Flake) {
	common := map[string]string{}
	host := func(f *Flake) string { first, _, _ := strings.Cut(f.Repo, "/"); return first }
	twice := map[FlakeID]int{}
	for _, f := range flakes {
		twice[f.FlakeID]++
		if known, ok := common[host(f)]; ok {
			common[host(f)] = known[:len(commonFolders(known+"-", f.String()))]
		} else {
			common[host(f)] = commonFolders(f.String(), f.String())
		}
	}
	short := map[string]FlakeID{}
	clash := map[string]bool{}
	for _, f := range flakes {
		f.Name = strings.TrimPrefix(f.String(), common[host(f)])
		if other, taken := short[f.Name]; taken && other != f.FlakeID {
			clash[f.Name] = true
		}
		short[f.Name] = f.FlakeID
	}
	for _, f := range flakes {
		if clash[f.Name] {
			f.Name = f.String()
		}
		if twice[f.FlakeID] > 1 {
			f.Name += " (" + f.Path + ")"
		}
	}
}

// commonFolders is the longest beginning of two paths, up to a slash, that leaves something of both.
func commonFolders(a, b string) string {
	n := 0
	for i := 0; i < len(a)-1 && i < len(b)-1 && a[i] == b[i]; i++ {
		if a[i] == '/' {
			n = i + 1
		}
	}
	return a[:n]
}

func day(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format(time.DateOnly)
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
