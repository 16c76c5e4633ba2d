package lsp

import (
	"context"
	"fmt"
	"time"
)

// headStart is how long the first reading of all files waits for a document to be opened and judged: it takes all processors, and the
// document is what somebody looks at.
const headStart = 20 * time.Millisecond

// documentJudged is for the queue.
func (s *Server) documentJudged() {
	select {
	case <-s.firstJudged:
	default:
		close(s.firstJudged)
	}
}

// index reads the files below the roots in the background, in place of the reading that is under way, and judges the open
// documents again with what it found.
func (s *Server) index() {
	if s.stopIndexing != nil {
		s.stopIndexing()
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.stopIndexing = cancel
	s.indexed = false
	s.readings++
	reading := s.readings
	s.reportStatus()
	s.background("index", func(context.Context) error {
		defer cancel()
		head := time.NewTimer(headStart)
		defer head.Stop()
		select {
		case <-s.firstJudged:
		case <-head.C:
		case <-ctx.Done():
			return nil
		}
		begun := time.Now()
		progress := s.workDone("Reading flakes")
		defer progress.end()
		files := 0
		err := s.workspace.Index(ctx, func(done, found int) {
			files = found
			progress.report(fmt.Sprintf("%d of %d files", done, found), 100*done/max(found, 1))
		})
		if ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
		s.log.Info("indexed", "files", files, "duration", time.Since(begun))
		s.turn("judge with the index", func() {
			s.indexed = reading == s.readings
			s.filesChanged()
		})
		return nil
	})
}
