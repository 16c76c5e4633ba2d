package diagnostics

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
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
	reads := make([]*workspace.Reads, len(paths))
	for {
		rounds := make([]round, len(paths))
		err := workers.Each(ctx, len(paths), func(i int) (err error) {
			// A file that was not changed had nothing to do in the last round, and has not until something that it read is another.
			if reads[i] != nil {
				if same, _ := s.Same(reads[i]); same {
					return nil
				}
			}
			recording, read := s.Recording()
			findings, err := Run(ctx, recording, paths[i])
			if err != nil {
				return err
			}
			rounds[i] = roundOf(findings, r.choose)
			read.End() // what the fixes have read counts too
			reads[i] = read
			return nil
		})
		if err != nil {
			return nil, err
		}
		texts := map[string]string{}
		for i, path := range paths {
			made := rounds[i].applied
			if len(made) == 0 {
				continue
			}
			file, err := s.File(path)
			if err != nil {
				return nil, err
			}
			if texts[path], err = text.Apply(file.Text, rounds[i].edits); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			r.fixed.Applied = append(r.fixed.Applied, made...)
			if e := r.note(path, rounds[i].fixes, made); e != nil {
				endless = append(endless, e)
			}
		}
		if len(texts) == 0 {
			return nil, nil
		}
		r.fixed.Rounds++
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

// round is what is made of a file at once.
type round struct {
	// fixes is how many fixes there were to make, applied those that are made.
	fixes   int
	applied []AppliedFix
	edits   []text.Edit
}

// roundOf takes, of each finding in the order of the text, the first fix that choose accepts, where that can be made, is one of the finding's own
// file, and its edits keep clear of those that are taken: of many leaves each would add its own version of a source to pins. One that refuses when it
// is asked is left for a person, who is told why.
func roundOf(findings []Finding, choose func(Finding, Fix) bool) (r round) {
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	for _, f := range findings {
		i := slices.IndexFunc(f.Fixes, func(fix Fix) bool { return choose(f, fix) })
		if i < 0 {
			continue
		}
		fix := f.Fixes[i]
		if fix.lazy.path != "" && fix.lazy.path != f.Path {
			continue // it need not be made
		}
		files, err := fix.Edits()
		if err != nil || slices.ContainsFunc(files, func(file FileEdit) bool { return file.Path != f.Path }) {
			continue
		}
		var edits []text.Edit
		for _, file := range files {
			edits = append(edits, file.Edits...)
		}
		if len(edits) == 0 {
			continue
		}
		if r.fixes++; !slices.ContainsFunc(edits, r.meets) {
			f.Fixes = []Fix{fix} // the others would hold on to the manifest
			r.applied = append(r.applied, AppliedFix{f, fix})
			r.edits = append(r.edits, edits...)
		}
	}
	return r
}

// meets says whether an edit meets one that is taken. Two insertions at one place do: they may both add the same thing, and only judging again can
// tell.
func (r *round) meets(e text.Edit) bool {
	return slices.ContainsFunc(r.edits, func(other text.Edit) bool { return e.Span.Overlaps(other.Span) || e.Span.Start == other.Span.Start })
}
