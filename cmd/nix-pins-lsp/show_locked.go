package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// maxDepth is how deep a tree is shown. The deepest real lock has 12 levels; a hostile one could fill the disk with indentation.
const maxDepth = 100

// lockedTree prints the graph of a lock as a tree.
type lockedTree struct {
	out    *bufio.Writer
	colour palette
	graph  *lock.Graph
	// occurrences and paths are for the marks. paths gives the first place in the tree of each node that may be named.
	occurrences map[lock.NodeID]*workspace.Occurrences
	paths       map[lock.NodeID]string
}

// showLocked prints what is locked as `nix flake metadata` does under "Inputs:", and behind each source that the tree has at
// another rev too, where. Without occurrences it has no marks.
func showLocked(w io.Writer, graph *lock.Graph, occurrences map[lock.NodeID]*workspace.Occurrences) error {
	t := &lockedTree{out: bufio.NewWriter(w), colour: paletteFor(w), graph: graph, occurrences: occurrences}
	t.place()
	// Before each level stands the branch of every level above it.
	indents := []string{""}
	last := []string{lastName(graph.Root())}
	graph.Walk(func(path []string, in lock.Input) bool {
		depth := len(path)
		branch, below := "├───", "│   "
		if in.Name == last[depth-1] {
			branch, below = "└───", "    "
		}
		fmt.Fprintf(t.out, "%s%s%s\n", indents[depth-1], branch, t.line(in))
		if in.Follows != nil || in.Target == lock.NoNode {
			return false
		}
		target := graph.Node(in.Target)
		if depth == maxDepth {
			if len(target.Names()) > 0 {
				fmt.Fprintf(t.out, "%s%s… (deeper than %d levels)\n", indents[depth-1], below, maxDepth)
			}
			return false
		}
		indents = append(indents[:depth], indents[depth-1]+below)
		last = append(last[:depth], lastName(target))
		return true
	})
	return t.out.Flush()
}

func lastName(n lock.Node) string {
	names := n.Names()
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// line says of an input what Nix does: what is locked and when that was made (in UTC), or what it follows.
func (t *lockedTree) line(in lock.Input) string {
	name := t.colour.bold + text.Printable(in.Name) + t.colour.off
	switch {
	case in.Follows != nil:
		return fmt.Sprintf("%s follows input '%s'", name, text.Printable(strings.Join(in.Follows, "/")))
	case in.Target == lock.NoNode:
		return name + ": the lock has no such node"
	}
	n := t.graph.Node(in.Target)
	date := ""
	if at, ok := n.LastModified(); ok {
		date = at.Format(" (2006-01-02 15:04:05)")
	}
	return name + ": " + text.Printable(n.Locked().String()) + date + t.mark(n)
}

// place notes where each node stands first.
func (t *lockedTree) place() {
	t.paths = map[lock.NodeID]string{}
	t.graph.Walk(func(path []string, in lock.Input) bool {
		if _, met := t.paths[in.Target]; met || in.Follows != nil || in.Target == lock.NoNode || len(path) > maxDepth {
			return false
		}
		if o := t.occurrences[in.Target]; o != nil && len(o.Versions) > 1 {
			t.paths[in.Target] = strings.Join(path, "/")
		}
		return true
	})
}

// maxOthers is how many other revs a mark names.
const maxOthers = 3

// mark says where else in the tree a node's source stands at another rev: one place for each of them.
func (t *lockedTree) mark(n lock.Node) string {
	o := t.occurrences[n.ID()]
	if o == nil || len(o.Versions) < 2 {
		return ""
	}
	named := []string{workspace.LockedVersion(n)}
	var others []string
	for _, other := range o.Nodes {
		version := workspace.LockedVersion(other)
		path, placed := t.paths[other.ID()]
		if !placed || slices.Contains(named, version) {
			continue
		}
		named = append(named, version)
		others = append(others, shortRev(version)+" at "+text.Printable(path))
		if len(others) == maxOthers {
			break
		}
	}
	if more := len(o.Versions) - 1 - len(others); more > 0 {
		others = append(others, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("  %s[%d revs: also %s]%s", t.colour.levels[2], len(o.Versions), strings.Join(others, ", "), t.colour.off)
}

// shortRev is a rev, or a hash, as people read it.
func shortRev(rev string) string { return rev[:min(len(rev), 10)] }
