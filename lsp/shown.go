package lsp

import (
	"context"
	"hash/maphash"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// The methods that tell a client to ask again for what it shows.
const (
	diagnosticRefresh = "workspace/diagnostic/refresh"
	inlayHintRefresh  = "workspace/inlayHint/refresh"
	codeLensRefresh   = "workspace/codeLens/refresh"
)

// refresh is what goes on about the wish that the client ask again. It belongs to the queue.
type refresh struct{ asked, again bool }

// askAgain lets the client ask again. One such wish under way is enough for all that come up meanwhile, but what comes up after the client
// may have begun to ask needs another.
func (s *Server) askAgain(method string) {
	if !s.client.refreshes(method) {
		return
	}
	wish := s.refreshes[method]
	if wish == nil {
		wish = &refresh{}
		s.refreshes[method] = wish
	}
	if wish.asked {
		wish.again = true
		return
	}
	wish.asked = true
	s.background(method, func(ctx context.Context) error {
		err := s.connection.call(ctx, method, nil, nil)
		s.turn("asked again", func() {
			again := wish.again
			wish.asked, wish.again = false, false
			if again {
				s.askAgain(method)
			}
		})
		return err
	})
}

// refreshes says whether the client can be told by a method to ask again for what it can show.
func (c *clientCapabilities) refreshes(method string) bool {
	switch method {
	case diagnosticRefresh:
		return c.pulls() && c.RefreshDiagnostics
	case inlayHintRefresh:
		return c.InlayHint && c.RefreshInlayHints
	}
	return c.CodeLens && c.RefreshCodeLenses
}

// onScreen is what a client shows of one version of an open document until it is told to ask again, though other files have a say in it. It
// belongs to the queue.
type onScreen struct {
	document *Document
	answers  []shownAnswer // the last one last
}

// shownAnswer is one answer. Lenses are of the whole document, hints of the part that an editor has on the screen.
type shownAnswer struct {
	refresh string
	span    text.Span
	hash    uint64
	// generation is that of the snapshot by which the answer is known to be true.
	generation uint64
}

// maxShown is how many answers of a kind are kept of a document: of the windows in which it is likely to be on the screen.
const maxShown = 4

// note keeps an answer, and what it is compared with, in place of an older one to the same question.
func (s *onScreen) note(document *Document, a shownAnswer) {
	if s.document != document {
		*s = onScreen{document: document}
	}
	same, first, kept := -1, -1, 0
	for i, known := range s.answers {
		if known.refresh != a.refresh {
			continue
		}
		if kept++; first < 0 {
			first = i
		}
		if known.span == a.span {
			same = i
		}
	}
	if same < 0 && kept == maxShown {
		same = first
	}
	if same >= 0 {
		s.answers = slices.Delete(s.answers, same, same+1)
	}
	s.answers = append(s.answers, a)
}

// answered notes, from beside the queue, what a client is about to be told, if it can be told when that is no longer so.
func (s *Server) answered(v *view, document *Document, method string, span text.Span, hash uint64) {
	if !v.client.refreshes(method) {
		return
	}
	s.turn("note what is shown", func() {
		judging := s.judgings[documentKey(document.URI)]
		if judging == nil || s.documents.get(document.URI) != document {
			return // the client asks again by itself
		}
		judging.shown.note(document, shownAnswer{method, span, hash, v.snapshot.Generation()})
		if v.snapshot.Generation() < s.workspace.Snapshot().Generation() {
			s.judgeOpenDocuments(0) // the look that came with the newer snapshot did not know of this answer
		}
	})
}

// askAgainForOld lets the client ask again for what it shows of an older version of a document: that cannot be compared any more. Some
// clients ask when somebody stops typing, and not after each edit.
func (s *Server) askAgainForOld() {
	for _, judging := range s.judgings {
		if document := judging.shown.document; document != nil && s.documents.get(document.URI) != document {
			for _, a := range judging.shown.answers {
				s.askAgain(a.refresh)
			}
		}
	}
}

// oldAnswers are those that may be others by a view, by document.
func (s *Server) oldAnswers(v *view) map[*Document][]shownAnswer {
	old := map[*Document][]shownAnswer{}
	for key, judging := range s.judgings {
		document := judging.shown.document
		if document == nil || v.documents[key] != document {
			continue
		}
		for _, a := range judging.shown.answers {
			if a.generation < v.snapshot.Generation() {
				old[document] = append(old[document], a)
			}
		}
	}
	return old
}

// lookAtShown lets the client ask again for the kinds of answers of which one would be another by now.
func (s *Server) lookAtShown(ctx context.Context, v *view, old map[*Document][]shownAnswer) error {
	for document, answers := range old {
		for i := range answers {
			a := &answers[i]
			hash, err := v.hashOf(ctx, document, *a)
			if ctx.Err() != nil {
				return nil
			} else if err != nil {
				return err
			}
			a.hash = hash
		}
	}
	if len(old) == 0 {
		return nil
	}
	s.turn("compare what is shown", func() {
		for document, answers := range old {
			judging := s.judgings[documentKey(document.URI)]
			if judging == nil || judging.shown.document != document {
				continue
			}
			for i := range judging.shown.answers {
				known := &judging.shown.answers[i]
				at := slices.IndexFunc(answers, func(a shownAnswer) bool { return a.refresh == known.refresh && a.span == known.span })
				if at < 0 || known.generation >= v.snapshot.Generation() {
					continue
				}
				if known.hash != answers[at].hash {
					s.askAgain(known.refresh)
				}
				known.hash, known.generation = answers[at].hash, v.snapshot.Generation()
			}
		}
	})
	return nil
}

// hashOf is the hash of what an answer would be by the view.
func (v *view) hashOf(ctx context.Context, document *Document, a shownAnswer) (uint64, error) {
	if a.refresh == inlayHintRefresh {
		return hintsHash(ide.Hints(v.snapshot, document.path(), a.span)), nil
	}
	lenses, err := ide.Lenses(ctx, v.snapshot, document.path())
	return lensesHash(lenses), err
}

// hintsHash tells apart what is shown: what is drawn, and what somebody is told who points at it. Some clients got that along with the hints,
// others may keep what they asked for.
func hintsHash(hints []ide.Hint) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	for _, hint := range hints {
		maphash.WriteComparable(&h, hint.Offset)
		h.WriteString(hint.Label)
		h.WriteByte(0)
		h.WriteString(hint.Tells())
		h.WriteByte(0)
		if hint.Edit != nil {
			h.WriteString(hint.Edit.New)
			h.WriteByte(0)
		}
	}
	return h.Sum64()
}

func lensesHash(lenses []ide.Lens) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	for _, lens := range lenses {
		maphash.WriteComparable(&h, lens)
	}
	return h.Sum64()
}
