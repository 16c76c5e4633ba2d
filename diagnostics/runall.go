package diagnostics

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// RunAll judges many files side by side and gives their findings, file after file in the order given. The progress
// function, which may be nil, is told how many files are done; it may be called from several goroutines.
func RunAll(ctx context.Context, s *workspace.Snapshot, paths []string, progress func(done int)) ([]Finding, error) {
	return runAll(ctx, paths, progress, func(path string) ([]Finding, error) { return Run(ctx, s, path) })
}

func runAll(ctx context.Context, paths []string, progress func(done int), judge func(path string) ([]Finding, error)) ([]Finding, error) {
	results := make([][]Finding, len(paths))
	errs := make([]error, len(paths))
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(paths)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(paths) {
					return
				}
				if results[i], errs[i] = judge(paths[i]); errs[i] != nil {
					return
				}
				if progress != nil {
					progress(int(done.Add(1)))
				}
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return slices.Concat(results...), nil
}
