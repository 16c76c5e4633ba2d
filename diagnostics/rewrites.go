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
	return NewFix(func() Made {
		made := Made{Title: title, Safe: safe}
		change, lost, err := inSequence(m, steps)
		if notes := slices.Concat(change.Notes, notes); len(notes) > 0 {
			made.Title += " (" + strings.Join(notes, "; ") + ")"
		}
		if err != nil {
			made.Refused = err
			return made
		}
		made.Safe = safe && !slices.ContainsFunc(lost, prose)
		made.Edits = []FileEdit{{path, change.Edits}}
		return made
	})
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
		after, err := text.Apply(at.Text, change.Edits)
		if err != nil {
			return rewrite.Change{}, nil, err
		}
		all.Notes = append(all.Notes, change.Notes...)
		at = parse.Parse(m.Kind, after)
	}
	all.Edits = difference(m.Text, at.Text)
	return all, lost, nil
}

// difference is the one edit of whole lines that makes one text of another; none where they are equal.
func difference(before, after string) []text.Edit {
	if before == after {
		return nil
	}
	head := 0
	for i := 0; i < min(len(before), len(after)) && before[i] == after[i]; i++ {
		if before[i] == '\n' {
			head = i + 1
		}
	}
	tail := 0
	for i := 1; i <= min(len(before), len(after))-head && before[len(before)-i] == after[len(after)-i]; i++ {
		if before[len(before)-i] == '\n' {
			tail = i - 1
		}
	}
	return []text.Edit{{Span: text.Span{Start: head, End: len(before) - tail}, New: after[head : len(after)-tail]}}
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
