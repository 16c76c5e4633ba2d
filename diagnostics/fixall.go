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

// maxRounds bounds FixAll: an edit may make room for another one, and a file in which many edits have one place takes a round for each of them; but
// one that is not done after so many rounds, and twice as many as it had fixes to make at once in the first of them, has rules that undo each other.
const maxRounds = 10

// Fixed is what FixAll did.
type Fixed struct {
	// Texts are the new texts of the files that changed, by path.
	Texts map[string]string
	// Applied are the fixes that were made, in their order.
	Applied []AppliedFix
	// Rounds is how many rounds made edits.
	Rounds int
	// Endless are the files whose fixes do not come to an end: none of these is made. They are sorted by path.
	Endless []*EndlessError
}

// EndlessError says that the fixes of a file make each other possible again.
type EndlessError struct {
	Path string
	// Codes are those of the rules whose fixes they are, sorted, Title what the last one does.
	Codes []string
	Title string
}

func (e *EndlessError) Error() string {
	return fmt.Sprintf("the fixes of %s do not come to an end, so none of them is made: `%s` is one that is offered again and again", listed(e.Codes), e.Title)
}

// Err is an error where files are Endless, for who has fixed one file alone.
func (f *Fixed) Err() error {
	if len(f.Endless) == 0 {
		return nil
	}
	return f.Endless[0]
}

// AppliedFix is one fix that was made, with the finding that it mends.
type AppliedFix struct {
	Finding Finding
	Fix     Fix
}

// FixAll makes, of each finding of the files, the first fix that choose accepts. Where two fixes overlap the first in the
// file wins and the files are judged again, until nothing more is chosen. A file for which that does not come to an end is left as it is, which
// the others see. choose is called from several goroutines.
func FixAll(ctx context.Context, s *workspace.Snapshot, paths []string, choose func(Finding, Fix) bool) (*Fixed, error) {
	var endless []*EndlessError
	for {
		r := &fixRun{fixed: &Fixed{Texts: map[string]string{}}, choose: choose, progress: map[string]*fixProgress{}}
		found, err := r.run(ctx, s, paths)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			r.fixed.Endless = endless
			return r.fixed, nil
		}
		// What other files were given may follow from what was made here, so they begin anew too.
		endless = append(endless, found...)
		slices.SortFunc(endless, func(a, b *EndlessError) int { return cmp.Compare(a.Path, b.Path) })
		paths = slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
			return slices.ContainsFunc(found, func(e *EndlessError) bool { return e.Path == path })
		})
	}
}

// fixRun is one try to mend files.
type fixRun struct {
	fixed    *Fixed
	choose   func(Finding, Fix) bool
	progress map[string]*fixProgress // by path
}

// fixProgress is how far the fixes of a file are.
type fixProgress struct {
	// rounds is how many have changed the file, most how many fixes there were to make in one of the first of them.
	rounds, most int
	// last are the last fixes that were made.
	last []AppliedFix
}

// run makes rounds until there is nothing to do, or some files have had too many.
func (r *fixRun) run(ctx context.Context, s *workspace.Snapshot, paths []string) (endless []*EndlessError, err error) {
	for {
		chosen := make([][]chosenFix, len(paths))
		if err := RunEach(ctx, s, paths, func(i int, findings []Finding) { chosen[i] = choice(findings, r.choose) }); err != nil {
			return nil, err
		}
		round := roundOf(slices.Concat(chosen...))
		if len(round.applied) == 0 {
			return nil, nil
		}
		r.fixed.Rounds++
		r.fixed.Applied = append(r.fixed.Applied, round.applied...)
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
		applied := map[string][]AppliedFix{}
		for _, a := range round.applied {
			applied[a.Finding.Path] = append(applied[a.Finding.Path], a)
		}
		for i, path := range paths {
			if made := applied[path]; len(made) > 0 {
				if e := r.note(path, len(chosen[i]), made); e != nil {
					endless = append(endless, e)
				}
			}
		}
		if len(endless) > 0 {
			return endless, nil
		}
		maps.Copy(r.fixed.Texts, texts)
		s = s.WithTexts(texts)
	}
}

// note notes a round in which a file had some fixes to make and these were made; the error is there where it had too many rounds.
func (r *fixRun) note(path string, fixes int, applied []AppliedFix) *EndlessError {
	p := r.progress[path]
	if p == nil {
		p = &fixProgress{}
		r.progress[path] = p
	}
	if p.rounds++; p.rounds <= maxRounds {
		p.most = max(p.most, fixes)
	}
	p.last = append(p.last, applied...)
	p.last = p.last[max(0, len(p.last)-maxRounds):]
	if p.rounds <= maxRounds+2*p.most {
		return nil
	}
	e := &EndlessError{Path: path, Title: p.last[len(p.last)-1].Fix.Title()}
	for _, a := range p.last {
		e.Codes = append(e.Codes, a.Finding.Code)
	}
	slices.Sort(e.Codes)
	e.Codes = slices.Compact(e.Codes)
	return e
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
