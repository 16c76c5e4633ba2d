// Package graph draws what is locked: the lock of one flake, or which flakes of a polyrepo share which package set and which
// lock something of their own. A Graph is printed as Graphviz's dot, as a flowchart of Mermaid, or as JSON.
package graph

import (
	"cmp"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Kind is what a node of the graph stands for.
type Kind string

// The kinds of nodes.
const (
	// Flake is a flake of this folder, Flakes several that are drawn as one.
	Flake  Kind = "flake"
	Flakes Kind = "flakes"
	// Pins is a pins flake, Set one package set that it has had or that a leaf made of it.
	Pins Kind = "pins"
	Set  Kind = "set"
	// Source is one version of one source, Sources several that are drawn as one.
	Source  Kind = "source"
	Sources Kind = "sources"
)

// Graph is nodes and edges between them. It is written as JSON as it is: docs/schema/graph.schema.json describes it.
type Graph struct {
	Version int `json:"version"`
	// Of is "lock" for the lock of one flake, "polyrepo" for many flakes.
	Of    string `json:"of"`
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Node is one thing.
type Node struct {
	// ID is unique in the graph and says nothing.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Name is what a person calls it: a folder from the root of the graph, or the identity of a source.
	Name string `json:"name"`
	// Dir is the folder of the flake in its source, "" for the top.
	Dir string `json:"dir,omitempty"`
	// Rev is the commit; where the source has none, Hash is that of the content.
	Rev  string `json:"rev,omitempty"`
	Hash string `json:"hash,omitempty"`
	// Ref is the branch or tag that was asked for; of a set that of pins, where its leaves name another branch than the one that pins is at.
	Ref string `json:"ref,omitempty"`
	// Date is the day of the commit, as in 2026-11-21.
	Date string `json:"date,omitempty"`
	// Keys are the keys of the nodes of a lock that it stands for.
	Keys []string `json:"keys,omitempty"`
	// Members are the names of what is drawn as one, Count how many they are.
	Members []string `json:"members,omitempty"`
	Count   int      `json:"count,omitempty"`
	// Behind is, of a set, how many newer ones pins has had on the branch that its leaves refer to.
	Behind *int `json:"behind,omitempty"`
	// Repeated says that the graph holds its source at another rev too.
	Repeated bool `json:"repeated"`
}

// Edge leads from one node to another.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Inputs are the names under which it does; Count how many flakes do, where one edge stands for those of several.
	Inputs []string `json:"inputs"`
	Count  int      `json:"count,omitempty"`
	// Follows says that the input has no entry of its own: it follows what another one brings in.
	Follows bool `json:"follows"`
}

// takes fills in what a node of a lock says of its version.
func (n *Node) takes(s *workspace.Snapshot, locked lock.Node) {
	n.Kind = Source
	// A relative path has no source of its own, and a reference that cannot be read nothing at all.
	n.Name = cmp.Or(ref.Redact(string(s.LockedSource(locked))), locked.Locked().Path(), locked.Key())
	n.Dir, n.Ref = locked.Locked().Dir(), locked.Original().Ref()
	n.takesVersion(locked)
}

func (n *Node) takesVersion(locked lock.Node) {
	if n.Rev = locked.Rev(); n.Rev == "" {
		n.Hash = locked.NarHash()
	}
	if at, ok := locked.LastModified(); ok {
		n.Date = at.Format(time.DateOnly)
	}
}

// version identifies one version of one flake of a source.
type version struct{ source, dir, version string }

// versionOf is the zero version for what is part of another flake, or not locked.
func versionOf(s *workspace.Snapshot, n lock.Node) version {
	source, held := s.LockedSource(n), workspace.LockedVersion(n)
	if source == "" || held == "" {
		return version{}
	}
	return version{string(source), n.Locked().Dir(), held}
}

// markRepeated marks the sources that stand in the graph at several revs; besides are versions that it has without drawing them.
func (g *Graph) markRepeated(versions []version, besides map[version]bool) {
	type flake struct{ source, dir string }
	held := map[flake]map[string]bool{}
	note := func(v version) {
		at := flake{v.source, v.dir}
		if held[at] == nil {
			held[at] = map[string]bool{}
		}
		held[at][v.version] = true
	}
	for _, v := range versions {
		note(v)
	}
	for v := range besides {
		note(v)
	}
	for i, v := range versions {
		if v != (version{}) {
			g.Nodes[i].Repeated = len(held[flake{v.source, v.dir}]) > 1
		}
	}
}
