package diagnostics

import (
	"fmt"
	"hash/maphash"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// leafOf is the judged flake as a leaf that declares pins, found out by the first rule that asks; nil where it is none.
func (p *Pass) leafOf() *workspace.Leaf {
	if !p.leafKnown {
		p.leaf, p.leafKnown = p.findLeaf(), true
	}
	return p.leaf
}

func (p *Pass) findLeaf() *workspace.Leaf {
	leaf := p.Snapshot.LeafAt(p.Flake.Dir)
	if leaf == nil {
		return nil
	}
	// Other files may see an older text than the judged one.
	if in := p.Flake.Input(leaf.Input); in == nil || !written(in) {
		return nil
	}
	return leaf
}

// versionAt says what a node is locked at: "`1a2b3c4d5e` of 2026-11-20".
func versionAt(n lock.Node) string {
	var said string
	switch {
	case n.Rev() != "":
		said = quoted(shortRev(n.Rev()))
	case n.NarHash() != "":
		said = quoted(n.NarHash())
	default:
		said = quoted(n.Locked().String())
	}
	if at, ok := n.LastModified(); ok {
		said += " of " + at.Format("2006-01-02")
	}
	return said
}

// changedNames lists the inputs that differ, the first few by name.
func changedNames(changes []workspace.SetChange) string {
	const most = 3
	var names []string
	for _, c := range changes[:min(len(changes), most)] {
		names = append(names, c.Name)
	}
	if more := len(changes) - most; more > 0 {
		return strings.Join(quotedAll(names), ", ") + fmt.Sprintf(" and %d more", more)
	}
	return listed(names)
}

func quotedAll(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = quoted(name)
	}
	return all
}

// maxShownChanges is how many changed inputs are shown beside a finding.
const maxShownChanges = 12

// relatedChanges shows, at the entries of a leaf's flake.lock, from what to what each input of pins goes.
func relatedChanges(leaf *workspace.Leaf, changes []workspace.SetChange, verb string) []Related {
	list := make([]Related, 0, min(len(changes), maxShownChanges))
	none, path := lock.Node{}, filepath.Join(leaf.Dir, lockName)
	for _, c := range changes[:min(len(changes), maxShownChanges)] {
		message, entry := "", leaf.Set.Base
		switch {
		case c.From != none && c.To != none:
			message, entry = moves.text(move{c.Name, verb, c.From.Locked(), c.To.Locked()}, c), c.From
		case c.From != none:
			message, entry = quoted(c.Name)+" goes", c.From
		default:
			message = quoted(c.Name) + " is new"
		}
		list = append(list, Related{workspace.Location{Path: path, Span: entry.KeySpan()}, message})
	}
	return list
}

// move is an input of pins that goes from one version to another. All leaves with one package set have the same.
type move struct {
	name, verb string
	from, to   ref.Ref // as locked
}

// text says what moves.
func (m move) text(c workspace.SetChange) string {
	text := quoted(m.name) + " " + m.verb + " from " + versionAt(c.From) + " to " + versionAt(c.To)
	if m.from.Source() == m.to.Source() {
		if url := m.to.CompareURL(shortRev(c.From.Rev()), shortRev(c.To.Rev())); url != "" {
			text += ": " + url
		}
	}
	return text
}

// moves remembers the texts of some moves: when pins changes, thousands of leaves show the same few.
var moves moveTexts

type moveTexts [2048]atomic.Pointer[moveText]

type moveText struct {
	move move
	text string
}

var moveSeed = maphash.MakeSeed()

// text is the text of a move, and of the change that it is made of.
func (t *moveTexts) text(m move, c workspace.SetChange) string {
	place := &t[maphash.Comparable(moveSeed, m)%uint64(len(t))]
	if known := place.Load(); known != nil && known.move == m {
		return known.text
	}
	text := m.text(c)
	if c.From.LockedSpan().Len()+c.To.LockedSpan().Len() <= longestMove {
		place.Store(&moveText{m, text})
	}
	return text
}

// longestMove is how many bytes a lock may have for the two ends of a move that is remembered: a hostile one may hold what it likes.
const longestMove = 2048

// inLock is a node's place in the flake.lock of a folder.
func inLock(dir string, n lock.Node, message string) Related {
	return Related{workspace.Location{Path: filepath.Join(dir, "flake.lock"), Span: n.KeySpan()}, message}
}

// days counts "1 day", "3 days".
func days(n int) string { return counted(n, "day") }

// counted is a number with its noun, whose plural ends in s.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
