package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// selection is what a command was asked to look at: a workspace around the paths, and the paths themselves.
type selection struct {
	workspace *workspace.Workspace
	// root is what printed paths are relative to; reason says why it is the root.
	root, reason string
	paths        []string
}

// openSelection indexes the workspace around the paths. Its roots are those of the paths (the outermost .nix-pins.toml above,
// else the path), so that pins is known also where one leaf alone was named.
func openSelection(cmd *cobra.Command, args []string) (*selection, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	sel := &selection{}
	var roots []string
	for _, arg := range args {
		path, err := filepath.Abs(arg)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("cannot look at %s: %w", arg, err)
		}
		root, reason := findRoot(path)
		if !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
		sel.paths, sel.reason = append(sel.paths, path), reason
	}
	sel.root = roots[0]
	if len(roots) > 1 {
		sel.root, sel.reason = workspace.CommonFolder(roots), "the folder that holds all of the paths"
	}
	sel.workspace = newWorkspace(roots)
	return sel, index(cmd.Context(), cmd, sel.workspace)
}

// findRoot gives the root of the workspace around a path, and why it is that.
func findRoot(path string) (root, why string) { return workspace.ProcessEnvironment().FindRoot(path) }

// clock tells the day that rules judge by.
var clock = time.Now

func newWorkspace(roots []string) *workspace.Workspace {
	return workspace.New(workspace.Options{
		Roots:       roots,
		Environment: workspace.ProcessEnvironment(),
		Clock:       clock,
		RuleCodes:   diagnostics.Codes(),
	})
}

// index reads the workspace and, on a terminal, shows how far it is.
func index(ctx context.Context, cmd *cobra.Command, w *workspace.Workspace) error {
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.done()
	return w.Index(ctx, func(done, found int) { progress.show("reading %d of %d manifests", done, found) })
}

// holds says whether the path is the folder or lies below it.
func holds(folder, path string) bool {
	relative, err := filepath.Rel(folder, path)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

// files are the judged files at or below the selected paths, sorted.
func (sel *selection) files(s *workspace.Snapshot) []string {
	var chosen []string
	for path := range s.Judged() {
		if slices.ContainsFunc(sel.paths, func(selected string) bool { return holds(selected, path) }) {
			chosen = append(chosen, path)
		}
	}
	slices.Sort(chosen)
	return chosen
}

// findings judges the files. fixes is how many findings there may be at most for their fixes to be made, which costs more than to
// find them all; 0 makes none.
func (sel *selection) findings(cmd *cobra.Command, s *workspace.Snapshot, files []string, fixes int) ([]diagnostics.Finding, error) {
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.done()
	all := make([][]diagnostics.Finding, len(files))
	judge := func(indexes []int, keep func(findings []diagnostics.Finding)) error {
		var judged atomic.Int64
		paths := make([]string, len(indexes))
		for i, index := range indexes {
			paths[i] = files[index]
		}
		return diagnostics.RunEach(cmd.Context(), s, paths, func(i int, findings []diagnostics.Finding) {
			keep(findings)
			all[indexes[i]] = findings
			progress.show("judging %d of %d files", int(judged.Add(1)), len(paths))
		})
	}
	every := make([]int, len(files))
	for i := range files {
		every[i] = i
	}
	// A fix that is not made holds on to a manifest, of which there may be ten thousand.
	if err := judge(every, dropFixes); err != nil {
		return nil, err
	}
	found := slices.Concat(all...)
	if len(found) == 0 || len(found) > fixes {
		return found, nil
	}
	withFindings := slices.DeleteFunc(every, func(i int) bool { return len(all[i]) == 0 })
	if err := judge(withFindings, diagnostics.MakeFixes); err != nil {
		return nil, err
	}
	return slices.Concat(all...), nil
}

func dropFixes(findings []diagnostics.Finding) {
	for i := range findings {
		findings[i].Fixes = nil
	}
}
