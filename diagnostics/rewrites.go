package diagnostics

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

// step is one rewrite of a manifest. It must look up what it changes in the manifest that it is given.
type step func(m *parse.Manifest) (rewrite.Change, error)

// rewriteFix is a fix of the judged file that makes rewrites, one after the other. Its title tells what goes along. A rewrite
// that refuses makes a fix that says so when it is chosen.
func (p *Pass) rewriteFix(title string, safe bool, steps ...step) Fix {
	return rewriteFixOf(p.Path, p.Manifest, title, safe, nil, steps...)
}

// rewriteFixOf is rewriteFix for any file, with more notes for the title.
func rewriteFixOf(path string, m *parse.Manifest, title string, safe bool, notes []string, steps ...step) Fix {
	offer := NewChoice
	if safe {
		offer = NewFix
	}
	fix := offer(func() Made {
		made := Made{Title: title}
		change, lost, err := inSequence(m, steps)
		if notes := slices.Concat(change.Notes, notes); len(notes) > 0 {
			made.Title += " (" + strings.Join(notes, "; ") + ")"
		}
		if err != nil {
			made.Refused = err
			return made
		}
		made.Safe = !slices.ContainsFunc(lost, prose)
		made.Edits = []FileEdit{{path, change.Edits}}
		return made
	})
	fix.lazy.path = path
	return fix
}

// inSequence makes rewrites one after the other, each on the text that the last one gave. Two that were made apart could put
// their edits into one place. lost are the comments that go along.
func inSequence(m *parse.Manifest, steps []step) (all rewrite.Change, lost []string, err error) {
	at := m
	for _, s := range steps {
		change, err := s(at)
		if err != nil {
			return rewrite.Change{}, nil, err
		}
		for _, comment := range change.Comments {
			lost = append(lost, comment.In(at.Text))
		}
		if len(steps) == 1 {
			return change, lost, nil
		}
		all.Notes = append(all.Notes, change.Notes...)
		if change.After != nil {
			at = change.After
		}
	}
	all.Edits = text.Difference(m.Text, at.Text)
	return all, lost, nil
}

// syntaxAt finds an input, or an override by the names below it, in a manifest that may be another version of the one in which
// it was found; nil where it is not there.
func syntaxAt(m *parse.Manifest, path []string) *parse.Input {
	in := m.Input(path[0])
	for _, name := range path[1:] {
		if in == nil {
			return nil
		}
		in = in.Override(name)
	}
	return in
}
