package diagnostics

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// RunAll judges many files side by side and gives their findings, file after file in the order given. The progress
// function, which may be nil, is told how many files are done; it may be called from several goroutines.
func RunAll(ctx context.Context, s *workspace.Snapshot, paths []string, progress func(done int)) ([]Finding, error) {
	return runAll(ctx, paths, progress, func(path string) ([]Finding, error) { return Run(ctx, s, path) })
}

func runAll(ctx context.Context, paths []string, progress func(done int), judge func(path string) ([]Finding, error)) ([]Finding, error) {
	results := make([][]Finding, len(paths))
	var done atomic.Int64
	err := workers.Each(ctx, len(paths), func(i int) (err error) {
		if results[i], err = judge(paths[i]); err == nil && progress != nil {
			progress(int(done.Add(1)))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.Concat(results...), nil
}

// RunEach judges many files side by side and hands over the findings of each, with the index of its path, as soon as they are
// there: from several goroutines, in no order. Who keeps them should not keep their fixes that nobody has asked anything of, for
// each holds on to a whole manifest.
func RunEach(ctx context.Context, s *workspace.Snapshot, paths []string, each func(i int, findings []Finding)) error {
	return workers.Each(ctx, len(paths), func(i int) error {
		findings, err := Run(ctx, s, paths[i])
		if err == nil {
			each(i, findings)
		}
		return err
	})
}

// MakeFixes makes the fixes of findings, so that they no longer hold on to the manifests that they were found in.
func MakeFixes(findings []Finding) {
	for _, f := range findings {
		for _, fix := range f.Fixes {
			fix.made()
		}
	}
}
