package ide

import (
	"fmt"
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// polyrepoFields say what the other flakes of the workspace have to do with an input: of the pins input how far the leaf is behind,
// of an input of pins who follows it, of another who else refers to its source.
func (r *request) polyrepoFields(p *page, in *workspace.Input) {
	if in == nil || in.Parent != nil {
		return
	}
	if r.snapshot.IsPins(r.flake) {
		var followers []string
		seen := map[string]bool{}
		for _, f := range r.snapshot.Followers(workspace.PinsID{Dir: r.flake.Dir})[in.Name] {
			if name := filepath.Base(f.Dir); !seen[f.Dir] {
				seen[f.Dir] = true
				followers = append(followers, name)
			}
		}
		p.list("Followed by", followers, 0)
		return
	}
	leaf := r.snapshot.LeafAt(r.flake.Dir)
	if leaf != nil && leaf.Input == in.Name {
		r.packageSet(p, leaf)
		return
	}
	if !in.HasReference || in.Indirect {
		return
	}
	var others []string
	seen := map[string]bool{r.flake.Dir: true}
	for _, use := range r.snapshot.SourceUsers(r.snapshot.Source(in.Reference)) {
		if !seen[use.Dir] {
			seen[use.Dir] = true
			others = append(others, filepath.Base(use.Dir))
		}
	}
	p.list("Also declared by", others, 0)
}

// packageSet says where a leaf's package set stands in the history of its pins.
func (r *request) packageSet(p *page, leaf *workspace.Leaf) {
	history := r.snapshot.HistoryOf(leaf)
	at, ok := history.Standing(leaf)
	if !ok {
		return
	}
	said := "the newest"
	switch {
	case at.Behind == 1:
		said = "1 behind the newest"
	case at.Behind > 1:
		said = fmt.Sprintf("%d behind the newest", at.Behind)
	}
	if at.Own {
		said = "its own, which pins never had"
		if at.Behind > 0 {
			said += fmt.Sprintf("; at a commit %d behind", at.Behind)
		}
	}
	if !at.At.IsZero() {
		said = "of " + at.At.Format("2006-01-02") + ", " + said
	}
	if newest := history.Sets[0].At; at.Behind > 0 && !newest.IsZero() {
		if at.Own {
			said += " the newest"
		}
		said += ", of " + newest.Format("2006-01-02")
	}
	p.field("Package set", said, false)
}
