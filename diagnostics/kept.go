package diagnostics

import (
	"context"
	"slices"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Kept remembers what was found in files, together with what the findings depended on, so that after a change only those files are
// judged again whose findings can be others: the file itself, and each that read what has changed. Where only the history of pins has, the
// rules that judge by it are enough. Its methods may be called from
// many goroutines. The zero Kept is ready for use.
type Kept struct {
	lock   sync.Mutex
	byPath map[string]keptFindings
	// judged counts the looks with all rules, again those with the rules that judge by history alone.
	judged, again int
}

type keptFindings struct {
	findings []Finding
	reads    *workspace.Reads
	place    *leafPlace // of a leaf that was judged by history
}

// Run is Run, or what it gave before where nothing that it depended on has changed. The findings have no fixes: these hold on to the
// whole manifest, and may read more than the findings did, so that they are to be asked of the function Run when somebody wants them.
func (k *Kept) Run(ctx context.Context, s *workspace.Snapshot, path string) ([]Finding, error) {
	k.lock.Lock()
	known, ok := k.byPath[path]
	k.lock.Unlock()
	all, earlier := false, false
	if ok {
		all, earlier = s.Same(known.reads)
	}
	if all {
		return known.findings, nil
	}
	recording, reads := s.Recording()
	var found keptFindings
	var err error
	if earlier {
		found, err = judgeAgain(ctx, recording, path, known)
		reads.EndLater(known.reads)
	} else {
		found.findings, found.place, err = run(ctx, recording, path, Rules(), true)
		reads.End()
	}
	if err != nil {
		return nil, err
	}
	found.reads = reads
	for i := range found.findings {
		found.findings[i].Fixes = nil
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.byPath == nil {
		k.byPath = map[string]keptFindings{}
	}
	k.byPath[path] = found
	if earlier {
		k.again++
	} else {
		k.judged++
	}
	return found.findings, nil
}

// judgeAgain judges a file anew by the history of pins; what other rules found in it is known.
func judgeAgain(ctx context.Context, s *workspace.Snapshot, path string, known keptFindings) (keptFindings, error) {
	found := keptFindings{place: known.place}
	var ok bool
	if found.findings, ok = known.place.judge(s, path); !ok {
		var err error
		if found.findings, found.place, err = run(ctx, s, path, byHistory(), true); err != nil {
			return keptFindings{}, err
		}
	}
	others := slices.DeleteFunc(slices.Clone(known.findings), func(f Finding) bool { return RuleOf(f.Code).ByHistory })
	found.findings = slices.Concat(found.findings, others)
	slices.SortStableFunc(found.findings, inOrder)
	return found, nil
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

// Judged is how many times a file was judged by all rules, and how many times by those alone that judge by the history of pins: for tests
// and measurements.
func (k *Kept) Judged() (whole, byHistory int) {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.judged, k.again
}
