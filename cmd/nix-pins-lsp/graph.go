package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/report/graph"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

func newGraph() *cobra.Command {
	var format string
	var all bool
	cmd := &cobra.Command{
		Use:   "graph [PATH...]",
		Short: "Draw what is locked: one flake, or a whole polyrepo",
		Long: `Draw what is locked, as Graphviz's dot, as a flowchart of Mermaid, or as JSON.

Of one flake (a flake.nix, a flake.lock, or a folder that holds no other flake) it is the
graph of its lock: each version of each source is a node, and an edge has the names of the
inputs; an input that follows is dashed. A source that stands there at several revs is red.

Of several flakes it is the graph of the polyrepo: each leaf leads to the package set that
its lock holds, the set to its pins flake, and each flake to what it has locked on its own.
Red is a source that is there, or in a package set, at several revs. Where they are many,
leaves that have the same set and nothing else are drawn as one, and so are sources that
only one flake has; --all draws each. JSON always has all.

  nix-pins-lsp graph . | dot -Tsvg > flakes.svg
  nix-pins-lsp graph --format mermaid web/flake.lock

Flakes in folders of templates, examples and tests are left out.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"dot", "mermaid", "json"}, format) {
				return fmt.Errorf("unknown format %q, expected dot, mermaid or json", format)
			}
			sel, err := openSelection(cmd, args)
			if err != nil {
				return err
			}
			g, err := sel.graph()
			if err != nil {
				return err
			}
			if format == "json" {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetEscapeHTML(false)
				encoder.SetIndent("", "  ")
				return encoder.Encode(g)
			}
			if !all {
				g = g.Folded()
			}
			if format == "mermaid" {
				return g.Mermaid(cmd.OutOrStdout())
			}
			return g.Dot(cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&format, "format", "dot", "dot, mermaid or json")
	cmd.Flags().BoolVar(&all, "all", false, "draw each flake and each source, however many they are")
	return cmd
}

// graph is the graph of the lock where one flake is selected, else that of the polyrepo.
func (sel *selection) graph() (*graph.Graph, error) {
	s := sel.workspace.Snapshot()
	dirs := sel.flakes(s)
	switch len(dirs) {
	case 0:
		return nil, fmt.Errorf("no flake in %s", fromHere(sel.paths[0]))
	case 1:
		path := filepath.Join(dirs[0], "flake.lock")
		file, err := s.File(path)
		if err != nil {
			return nil, fmt.Errorf("%s has no lock that can be drawn: %w", fromHere(dirs[0]), err)
		}
		l, err := file.Lock()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fromHere(path), err)
		}
		return graph.Locked(s, filepath.Base(dirs[0]), l), nil
	}
	return graph.Polyrepo(s, sel.root, dirs), nil
}

// flakes are the folders of the selected flakes, sorted. One that was named itself counts wherever it lies.
func (sel *selection) flakes(s *workspace.Snapshot) []string {
	var dirs []string
	for _, path := range sel.files(s) {
		name, dir := filepath.Base(path), filepath.Dir(path)
		if (name == "flake.nix" || name == "flake.lock") && (!s.Exempt(path) || slices.Contains(sel.paths, dir) || slices.Contains(sel.paths, path)) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}
