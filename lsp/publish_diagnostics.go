package lsp

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"time"
)

// quiet is how long nobody may have typed before the other open documents are judged again: what is typed in one can
// matter to all.
const quiet = 250 * time.Millisecond

// judging is what goes on about the diagnostics of one open document. It belongs to the queue.
type judging struct {
	due    *time.Timer        // nil where no run is due
	cancel context.CancelFunc // of the last run; nil before the first
	// debounce is that of the settings in force for the file.
	debounce time.Duration
	// begun and published are the generations of the snapshots of the last run and of what the client has. A run of its
	// own and one of a sweep may overlap: the newer snapshot wins.
	begun, published uint64
	// sent is the hash of what the client was sent, 0 where it has nothing.
	sent uint64
	// pulled and result are the version that the client last asked for, and the id of what it was told or will ask for.
	pulled *Document
	result string
	shown  onScreen
}

// stop takes back the run that is due and the one under way: they speak of an overtaken text.
func (j *judging) stop() {
	if j.due != nil {
		j.due.Stop()
		j.due = nil
	}
	if j.cancel != nil {
		j.cancel()
	}
}

// sweep is the look at all open documents whose findings may be old. It belongs to the queue.
type sweep struct {
	due    *time.Timer
	cancel context.CancelFunc
}

// documentChanged is told of every new version of an open document, and with nil of one that is closed or lost: what was
// said of its text is taken back.
func (s *Server) documentChanged(uri string, document *Document) error {
	key := documentKey(uri)
	known := s.judgings[key]
	if document == nil {
		if known != nil {
			known.stop()
			delete(s.judgings, key)
			s.kept.Forget(key)
			s.workspace.Close(key)
			s.judgeOpenDocuments(quiet)
		}
		if s.client.pulls() {
			return nil
		}
		return s.connection.notify("textDocument/publishDiagnostics", PublishDiagnosticsParams{URI: uri, Diagnostics: []Diagnostic{}})
	}
	if document.Path == "" {
		return nil // it lies in no folder, so nothing is known of what is around it
	}
	wait := time.Duration(0)
	if known == nil {
		s.guessRoot(document.Path)
		s.workspace.Open(document.Path, document.Version, document.Text)
		known = &judging{debounce: s.debounce}
		s.judgings[key] = known
		s.documentOpened()
	} else {
		s.workspace.Change(document.Path, document.Version, document.Text)
		wait = known.debounce
	}
	known.stop()
	switch {
	case s.client.pulls(): // it asks when it likes
	case wait == 0:
		s.judge(key)
	default:
		known.due = s.after(wait, "judge a document", func() { s.judge(key) })
	}
	if len(s.judgings) > 1 || s.client.pulls() {
		s.judgeOpenDocuments(quiet)
	}
	return nil
}

// judges is how many documents are judged at a time. Each run looks at the newest snapshot, and what one finds out about all flakes is
// there for the others: a thousand documents opened at once are judged on one snapshot, not each on its own.
const judges = 2

// judge has one document judged, in place of whatever went on about it and before all that wait: it is the one that somebody looks at.
func (s *Server) judge(key string) {
	if judging := s.judgings[key]; judging != nil {
		judging.stop()
		s.waiting = append(s.waiting, key)
		s.judgeNext()
	}
}

// judgeNext begins the run of the document that came last, if another run may begin.
func (s *Server) judgeNext() {
	for s.judging < judges && len(s.waiting) > 0 {
		key := s.waiting[len(s.waiting)-1]
		s.waiting = s.waiting[:len(s.waiting)-1]
		v := s.view()
		document, judging := v.documents[key], s.judgings[key]
		if document == nil || judging == nil || judging.due != nil || judging.begun >= v.snapshot.Generation() {
			continue // closed, edited again, or named twice in the list
		}
		judging.stop()
		ctx, cancel := context.WithCancel(s.ctx)
		judging.cancel, judging.begun = cancel, v.snapshot.Generation()
		s.judging++
		s.background("judge a document", func(context.Context) error {
			defer s.turn("judge the next document", func() {
				s.judging--
				s.judgeNext()
			})
			defer cancel()
			return s.judgeDocument(ctx, v, document)
		})
	}
}

// judgeOpenDocuments judges, after a while without another call of it, every open document whose findings are of an older
// snapshot, one after the other. What comes out as it was is not sent again. A client that asks by itself is asked to ask again where
// something comes out otherwise, and so it is with lenses and hints, for which all clients ask.
func (s *Server) judgeOpenDocuments(wait time.Duration) {
	if s.sweep.due != nil {
		s.sweep.due.Stop()
	}
	if s.sweep.cancel != nil {
		s.sweep.cancel()
	}
	s.sweep.due = s.after(wait, "judge open documents", func() {
		v := s.view()
		var old []*Document
		for key, judging := range s.judgings {
			if judging.due != nil || judging.begun >= v.snapshot.Generation() {
				continue
			}
			// A client that asks by itself will, of a version of which it knows nothing yet.
			if document := v.documents[key]; !v.client.pulls() || judging.pulled == document {
				old = append(old, document)
			}
		}
		slices.SortFunc(old, func(a, b *Document) int { return strings.Compare(a.Path, b.Path) })
		ctx, cancel := context.WithCancel(s.ctx)
		s.sweep.cancel = cancel
		close(s.moved)
		s.moved = make(chan struct{})
		answers := s.oldAnswers(v)
		s.background("judge open documents", func(context.Context) error {
			defer cancel()
			return errors.Join(s.judgeOld(ctx, v, old), s.lookAtShown(ctx, v, answers))
		})
	})
}

// judgeOld judges documents whose findings are of an older snapshot.
func (s *Server) judgeOld(ctx context.Context, v *view, documents []*Document) error {
	if v.client.pulls() {
		return s.lookForNews(ctx, v, documents)
	}
	for _, document := range documents {
		if err := s.judgeDocument(ctx, v, document); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// judgeDocument judges one document and hands the diagnostics to the queue, which knows whether they are overtaken.
func (s *Server) judgeDocument(ctx context.Context, v *view, document *Document) error {
	findings, err := s.kept.Run(ctx, v.snapshot, document.path())
	if ctx.Err() != nil {
		return nil
	} else if err != nil {
		return err
	}
	frame, params, err := requestFrame(nil, "textDocument/publishDiagnostics", PublishDiagnosticsParams{URI: document.URI, Version: &document.Version, Diagnostics: v.diagnostics(document.Path, document.Lines, findings)})
	if err != nil {
		return err
	}
	debounce := v.snapshot.Config(document.Path).Editor.Debounce
	s.turn("publish diagnostics", func() {
		defer s.documentJudged()
		judging := s.judgings[documentKey(document.URI)]
		if judging == nil || s.documents.get(document.URI) != document || v.snapshot.Generation() < judging.published {
			return
		}
		judging.debounce = debounce
		judging.published = v.snapshot.Generation()
		judging.begun = max(judging.begun, judging.published)
		if hash := maphash.Bytes(hashSeed, params); hash != judging.sent {
			judging.sent = hash
			s.connection.outbox.push(frame)
		}
	})
	return nil
}
