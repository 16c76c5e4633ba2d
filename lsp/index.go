package lsp

import (
	"context"
	"fmt"
	"time"
)

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
			s.reportStatus()
			s.judgeOpenDocuments(0)
			s.refreshHints()
			s.refreshLenses()
		})
		return nil
	})
}
