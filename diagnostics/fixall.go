package diagnostics

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// maxRounds bounds FixAll: an edit may make room for another one, but a file that is not done after that many rounds has two
// rules that undo each other.
const maxRounds = 10

// Fixed is what FixAll did.
type Fixed struct {
	// Texts are the new texts of the files that changed, by path.
	Texts map[string]string
	// Applied are the fixes that were made, in their order.
	Applied []AppliedFix
	// Rounds is how many rounds made edits.
	Rounds int
}

// AppliedFix is one fix that was made, with the finding that it mends.
type AppliedFix struct {
	Finding Finding
	Fix     Fix
}

// FixAll makes, of each finding of the files, the first fix that choose accepts. Where two fixes overlap the first in the
// file wins and the files are judged again, until nothing more is chosen. It is an error when that takes more than ten
// rounds: then nothing should be written. choose is called from several goroutines.
func FixAll(ctx context.Context, s *workspace.Snapshot, paths []string, choose func(Finding, Fix) bool) (*Fixed, error) {
	fixed := &Fixed{Texts: map[string]string{}}
	for {
		chosen := make([][]chosenFix, len(paths))
		if err := RunEach(ctx, s, paths, func(i int, findings []Finding) { chosen[i] = choice(findings, choose) }); err != nil {
			return nil, err
		}
		round := roundOf(slices.Concat(chosen...))
		if len(round.applied) == 0 {
			return fixed, nil
		}
		if fixed.Rounds++; fixed.Rounds > maxRounds {
			return nil, fmt.Errorf("the fixes do not come to an end: after %d rounds `%s` is still offered for %s", maxRounds, round.applied[0].Fix.Title(), round.applied[0].Finding.Path)
		}
		fixed.Applied = append(fixed.Applied, round.applied...)
		texts := make(map[string]string, len(round.edits))
		for path, edits := range round.edits {
			file, err := s.File(path)
			if err != nil {
				return nil, err
			}
			if texts[path], err = text.Apply(file.Text, edits); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		maps.Copy(fixed.Texts, texts)
		s = s.WithTexts(texts)
	}
}

// chosenFix is a fix that can be made, with its edits.
type chosenFix struct {
	AppliedFix
	files []FileEdit
}

// choice is, of each finding, the first fix that choose accepts, where that can be made and is one of the finding's own file: of many
// leaves each would add its own version of a source to pins. One that refuses when it is asked is left for a person, who is told why.
func choice(findings []Finding, choose func(Finding, Fix) bool) (chosen []chosenFix) {
	for _, f := range findings {
		i := slices.IndexFunc(f.Fixes, func(fix Fix) bool { return choose(f, fix) })
		if i < 0 {
			continue
		}
		fix := f.Fixes[i]
		files, err := fix.Edits()
		if err != nil || slices.ContainsFunc(files, func(file FileEdit) bool { return file.Path != f.Path }) {
			continue
		}
		f.Fixes = []Fix{fix} // the others would hold on to the manifest
		chosen = append(chosen, chosenFix{AppliedFix{f, fix}, files})
	}
	return chosen
}

// round is a set of fixes whose edits can be made at once.
type round struct {
	applied []AppliedFix
	edits   map[string][]text.Edit
}

func roundOf(chosen []chosenFix) round {
	sortslice.StableFunc(chosen, func(a, b chosenFix) int {
		return cmp.Or(cmp.Compare(a.Finding.Path, b.Finding.Path), cmp.Compare(a.Finding.Span.Start, b.Finding.Span.Start))
	})
	r := round{edits: map[string][]text.Edit{}}
	for _, c := range chosen {
		if r.takes(c.files) {
			r.applied = append(r.applied, c.AppliedFix)
		}
	}
	return r
}

// takes adds the edits of one fix if they keep clear of those that are there. Two insertions at one place do not: they may
// both add the same thing, and only judging again can tell.
func (r *round) takes(files []FileEdit) bool {
	empty := true
	for _, file := range files {
		for _, e := range file.Edits {
			empty = false
			for _, other := range r.edits[file.Path] {
				if e.Span.Overlaps(other.Span) || e.Span.Start == other.Span.Start {
					return false
				}
			}
		}
	}
	if empty {
		return false
	}
	for _, file := range files {
		r.edits[file.Path] = append(r.edits[file.Path], file.Edits...)
	}
	return true
}
