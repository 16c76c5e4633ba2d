package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Pins is a pins flake, and what its leaves say of it.
type Pins struct {
	FlakeID
	Name string `json:"name"`
	// Here says that the inventory has the flake itself.
	Here   bool `json:"here"`
	Leaves int  `json:"leaves"`
	// Branch is the branch that its repository is at, "" where that is not known.
	Branch string `json:"branch,omitempty"`
	// Sets are the package sets that it has had on that branch, as far as is known, the newest first.
	Sets []Set `json:"sets"`
	// Candidates are the sources that it could offer, those that most leaves use first.
	Candidates []Candidate `json:"candidates"`
	// Orphans are its inputs that nobody follows, sorted.
	Orphans []string `json:"orphans"`
	// Registry compares its nixpkgs with that of the registries.
	Registry *Registry `json:"registry,omitempty"`
}

// Set is one package set of a pins flake.
type Set struct {
	ID string `json:"id"`
	// Rev is the newest commit of pins that had it, Date when pins got it.
	Rev  string    `json:"rev,omitempty"`
	Date time.Time `json:"date,omitzero"`
	// Leaves counts those that have it.
	Leaves int `json:"leaves"`
}

// Leaf is where a leaf stands.
type Leaf struct {
	FlakeID
	Name string `json:"name"`
	// Pins is the name of its pins flake.
	Pins string `json:"pins"`
	// Branch is the branch, or the tag, of pins that it refers to and is measured along, "" for that of Pins.
	Branch string `json:"branch,omitempty"`
	// PackageSet is "" where its lock has no pins.
	PackageSet string `json:"packageSet,omitempty"`
	// Date is when pins got that set; of one that pins never had, when the commit of pins was made that the leaf holds.
	Date    time.Time `json:"date,omitzero"`
	PinsRev string    `json:"pinsRev,omitempty"`
	// Behind is how many sets pins has had since, nil where that cannot be told. Own says that pins never had this one, Certain that
	// the leaf's commit of pins is known and not only its date.
	Behind  *int `json:"behind,omitempty"`
	Own     bool `json:"own"`
	Certain bool `json:"certain"`
}

func (l *Leaf) isCurrent() bool { return l.Behind != nil && *l.Behind == 0 && !l.Own }

// Candidate is a source that several leaves refer to, each on its own, and that their pins lacks.
type Candidate struct {
	Source string `json:"source"`
	// Leaves are the names of those that refer to it, sorted.
	Leaves []string `json:"leaves"`
}

// Registry is what commands such as `nix shell nixpkgs#hello` get, beside what pins has.
type Registry struct {
	ID string `json:"id"`
	// Resolved is what the registries of the machine say.
	Resolved string `json:"resolved"`
	// PinsRev is the commit that pins has, and PinsDate its date.
	PinsRev  string    `json:"pinsRev"`
	PinsDate time.Time `json:"pinsDate,omitzero"`
	Agrees   bool      `json:"agrees"`
	// Command would make them agree.
	Command string `json:"command,omitempty"`
}

// findPins finds out where leaves stand, and what could be better in their pins.
func (r *Report) findPins() {
	leaves := map[FlakeID][]*Flake{}
	flakes := map[FlakeID]*Flake{}
	for _, f := range r.inventory.Flakes {
		if f.IsLeaf() {
			leaves[f.Pins] = append(leaves[f.Pins], f)
		} else if f.Role == rolePins {
			leaves[f.FlakeID] = append(leaves[f.FlakeID], []*Flake{}...)
			flakes[f.FlakeID] = f
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(leaves), FlakeID.compare) {
		p := &pinsFacts{id: id, flake: flakes[id], leaves: leaves[id], inventory: r.inventory}
		p.arrange()
		pins := Pins{
			FlakeID: id, Name: id.String(), Here: p.flake != nil, Leaves: len(p.leaves), Branch: p.history.Branch, Sets: []Set{},
			Candidates: p.candidates(), Orphans: p.orphans(), Registry: p.registry(),
		}
		if p.flake != nil {
			pins.Name = p.flake.Name
		}
		held := map[string]int{}
		for _, f := range p.leaves {
			held[f.Held.ID]++
			r.Leaves = append(r.Leaves, p.leaf(f, pins.Name))
		}
		for _, set := range p.history.Sets {
			pins.Sets = append(pins.Sets, Set{set.ID, set.Rev, set.At, held[set.ID]})
		}
		r.Pins = append(r.Pins, pins)
	}
	sortslice.Func(r.Leaves, func(a, b Leaf) int {
		return cmp.Or(cmp.Compare(behindOrUnknown(&b), behindOrUnknown(&a)), cmp.Compare(boolean(b.Own), boolean(a.Own)), a.compare(b.FlakeID), cmp.Compare(a.Name, b.Name))
	})
}

// behindOrUnknown puts leaves of which nothing is known last.
func behindOrUnknown(l *Leaf) int {
	if l.Behind == nil {
		return -1
	}
	return *l.Behind
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pinsFacts is one pins flake with its leaves.
type pinsFacts struct {
	id        FlakeID
	flake     *Flake // nil where the inventory lacks it
	leaves    []*Flake
	inventory *Inventory
	// history is that of the branch of HEAD, branches are those of the others that leaves refer to.
	history  *workspace.History
	branches map[string]*workspace.History
	newest   holder
}

// holder is a flake whose lock has the newest set of a pins flake below a prefix of input paths.
type holder struct {
	flake  *Flake
	prefix string
}

func (p *pinsFacts) arrange() {
	ofHead := branch{}
	var others []branch
	if known := p.inventory.commits[p.id]; len(known) > 0 {
		ofHead, others = known[0], known[1:]
	} else if p.flake != nil && p.flake.Held.ID != "" {
		ofHead.commits = []workspace.SetCommit{{ID: p.flake.Held.ID}}
	}
	id := workspace.PinsID{Source: ref.Source(p.id.Repo), Folder: p.id.Folder}
	held := map[string][]workspace.SetCommit{}
	for _, f := range p.leaves {
		if f.Held.ID != "" {
			name := otherBranch(f.PinsRef, ofHead.name)
			held[name] = append(held[name], f.Held)
		}
	}
	p.history = workspace.NewHistory(id, ofHead.commits, held[""])
	p.history.Branch = ofHead.name
	p.branches = map[string]*workspace.History{}
	for _, other := range others {
		p.branches[other.name] = workspace.NewHistory(id, other.continued(ofHead), held[other.name])
	}
	p.newest = p.findNewest()
}

// otherBranch is the branch that a leaf refers to, where that is another one than that of HEAD: "" for that, and where it is not known which one
// that is.
func otherBranch(named, ofHead string) string {
	if ofHead == "" || named == ofHead {
		return ""
	}
	return named
}

// continued are the commits of a branch and those that it has in common with that of HEAD.
func (b branch) continued(ofHead branch) []workspace.SetCommit {
	last := b.commits[len(b.commits)-1].Rev
	if i := slices.IndexFunc(ofHead.commits, func(c workspace.SetCommit) bool { return c.Rev == last }); i >= 0 {
		return slices.Concat(b.commits, ofHead.commits[i+1:])
	}
	return b.commits
}

// findNewest is who has the newest set: pins itself before leaves, and pins where nobody has it.
func (p *pinsFacts) findNewest() holder {
	if len(p.history.Sets) > 0 {
		id := p.history.Sets[0].ID
		if p.flake != nil && p.flake.Held.ID == id {
			return holder{p.flake, ""}
		}
		for _, f := range p.leaves {
			if f.Held.ID == id {
				return holder{f, f.PinsInput + "/"}
			}
		}
	}
	return holder{p.flake, ""}
}

// inputs gives the inputs of pins as the newest set has them.
func (h holder) inputs(yield func(name string, in *Input) bool) {
	if h.flake == nil {
		return
	}
	depth := 1 + strings.Count(h.prefix, "/")
	for i := range h.flake.Inputs {
		in := &h.flake.Inputs[i]
		if name, ok := strings.CutPrefix(in.Path, h.prefix); ok && in.Depth == depth && !yield(name, in) {
			return
		}
	}
}

func (p *pinsFacts) leaf(f *Flake, pins string) Leaf {
	l := Leaf{
		FlakeID: f.FlakeID, Name: f.Name, Pins: pins, Branch: otherBranch(f.PinsRef, p.history.Branch), PackageSet: f.Held.ID, PinsRev: f.Held.Rev,
	}
	if f.Held.ID == "" {
		return l
	}
	history := p.history
	if l.Branch != "" {
		history = p.branches[l.Branch] // nil, of which nothing is known, where pins has no such branch
	}
	if at, ok := history.StandingOf(f.Held); ok {
		l.Behind, l.Own, l.Certain, l.Date = &at.Behind, at.Own, at.Placed, at.At
	}
	return l
}

// candidates are as Snapshot.Candidates has them.
func (p *pinsFacts) candidates() []Candidate {
	offered := map[string]bool{}
	if p.flake != nil {
		for _, in := range p.flake.Inputs {
			if in.DeclaredSource != "" {
				offered[in.DeclaredSource] = true
			}
		}
	} else {
		for _, in := range p.newest.inputs {
			if in.Locked != nil {
				offered[in.Locked.Source] = true
			}
		}
	}
	users := map[string][]string{}
	for _, f := range p.leaves {
		for _, in := range f.Inputs {
			source := in.DeclaredSource
			first, _, _ := strings.Cut(in.Path, "/")
			if source == "" || offered[source] || ref.Source(source).Local() || first == f.PinsInput || slices.Contains(users[source], f.Name) {
				continue
			}
			users[source] = append(users[source], f.Name)
		}
	}
	list := []Candidate{}
	for source, leaves := range users {
		if len(leaves) > 1 {
			slices.Sort(leaves)
			list = append(list, Candidate{source, leaves})
		}
	}
	sortslice.Func(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(len(b.Leaves), len(a.Leaves)), cmp.Compare(a.Source, b.Source))
	})
	return list
}

// orphans are as Snapshot.Orphans has them.
func (p *pinsFacts) orphans() []string {
	orphans := []string{}
	if p.flake == nil {
		return orphans
	}
	followed := map[string]bool{}
	for _, f := range p.leaves {
		for _, in := range f.Inputs {
			if path := strings.Split(in.Follows, "/"); len(path) > 1 && path[0] == f.PinsInput {
				followed[path[1]] = true
			}
		}
	}
	for _, in := range p.flake.Inputs {
		if in.Follows != "" {
			first, _, _ := strings.Cut(in.Follows, "/")
			followed[first] = true
		}
	}
	for _, in := range p.flake.Inputs {
		if isOwn := in.Declared != "" || in.Follows != ""; in.Depth == 1 && isOwn && !followed[in.Path] {
			orphans = append(orphans, in.Path)
		}
	}
	slices.Sort(orphans)
	return slices.Compact(orphans)
}

// registry is nil where pins has no nixpkgs with a commit, or the registries do not know it.
func (p *pinsFacts) registry() *Registry {
	row := p.inventory.registry
	if row == nil {
		return nil
	}
	var at *Locked
	for name, in := range p.newest.inputs {
		if name == row.Input && in.Locked != nil {
			at = in.Locked
		}
	}
	if at == nil || at.Rev == "" {
		return nil
	}
	r := &Registry{ID: row.Input, Resolved: row.Locked, PinsRev: at.Rev, PinsDate: at.At, Agrees: row.Rev == at.Rev}
	if !r.Agrees && at.Reference != "" {
		r.Command = "nix registry add " + shellWord(row.Input) + " " + shellWord(at.Reference)
	}
	return r
}

// shellWord quotes a text for a POSIX shell where it has to be.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/._-+@%=,") == "" && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
