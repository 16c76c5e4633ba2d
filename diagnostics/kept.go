package diagnostics

import (
	"context"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Kept remembers what was found in files, together with what the findings depended on, so that after a change only those files are
// judged again whose findings can be others: the file itself, and each that read what has changed. Its methods may be called from
// many goroutines. The zero Kept is ready for use.
type Kept struct {
	lock   sync.Mutex
	byPath map[string]keptFindings
	judged int
}

type keptFindings struct {
	findings []Finding
	reads    *workspace.Reads
}

// Run is Run, or what it gave before where nothing that it depended on has changed. The findings have no fixes: these hold on to the
// whole manifest, and may read more than the findings did, so that they are to be asked of the function Run when somebody wants them.
func (k *Kept) Run(ctx context.Context, s *workspace.Snapshot, path string) ([]Finding, error) {
	k.lock.Lock()
	known, ok := k.byPath[path]
	k.lock.Unlock()
	if ok && s.Same(known.reads) {
		return known.findings, nil
	}
	recording, reads := s.Recording()
	findings, err := Run(ctx, recording, path)
	reads.End()
	if err != nil {
		return nil, err
	}
	for i := range findings {
		findings[i].Fixes = nil
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.byPath == nil {
		k.byPath = map[string]keptFindings{}
	}
	k.byPath[path] = keptFindings{findings, reads}
	k.judged++
	return findings, nil
}

// RunAll is Run for many files side by side, file after file in the order given. progress, which may be nil, is told how many are
// done; it may be called from several goroutines.
func (k *Kept) RunAll(ctx context.Context, s *workspace.Snapshot, paths []string, progress func(done int)) ([]Finding, error) {
	return runAll(ctx, paths, progress, func(path string) ([]Finding, error) { return k.Run(ctx, s, path) })
}

// Forget drops what is kept of a file.
func (k *Kept) Forget(path string) {
	k.lock.Lock()
	defer k.lock.Unlock()
	delete(k.byPath, path)
}

// Judged is how many times a file was judged, for tests and measurements.
func (k *Kept) Judged() int {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.judged
}
