package lsp

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	protocol "github.com/tliron/glsp/protocol_3_16"
)

// patience is how long work may take before the client is told of it: what flashes by says nothing.
const patience = 300 * time.Millisecond

// workDone is work of which the client shows how far it is. Its methods never wait.
type workDone struct {
	reports chan protocol.WorkDoneProgressReport // has room for one; what does not fit is left out
	ended   chan struct{}
	percent int
}

// progressTokens numbers the works of a process, so that no two in one conversation have the same token.
var progressTokens atomic.Int64

// workDone begins to show a work to the client, if that can.
func (s *Server) workDone(title string) *workDone {
	w := &workDone{make(chan protocol.WorkDoneProgressReport, 1), make(chan struct{}), -1}
	if !s.client.WorkDoneProgress {
		return w
	}
	token := fmt.Sprintf("nix-pins/%d", progressTokens.Add(1))
	s.background("show progress", func(ctx context.Context) error { return s.showProgress(ctx, w, token, title) })
	return w
}

func (s *Server) showProgress(ctx context.Context, w *workDone, token, title string) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return nil
	case <-timer.C:
	}
	if err := s.connection.call(ctx, "window/workDoneProgress/create", map[string]string{"token": token}, nil); err != nil {
		return err
	}
	send := func(value any) error {
		return s.connection.notify("$/progress", map[string]any{"token": token, "value": value})
	}
	nothing := uint32(0)
	if err := send(protocol.WorkDoneProgressBegin{Kind: "begin", Title: title, Percentage: &nothing}); err != nil {
		return err
	}
	for {
		select {
		case report := <-w.reports:
			if err := send(report); err != nil {
				return err
			}
		case <-w.ended:
			return send(protocol.WorkDoneProgressEnd{Kind: "end"})
		case <-ctx.Done():
			return nil
		}
	}
}

// report says how far the work is. It is for one goroutine at a time.
func (w *workDone) report(message string, percent int) {
	if percent == w.percent {
		return
	}
	w.percent = percent
	percentage := uint32(percent)
	select {
	case w.reports <- protocol.WorkDoneProgressReport{Kind: "report", Message: &message, Percentage: &percentage}:
	default:
	}
}

// end says that the work is done. It is for one call.
func (w *workDone) end() { close(w.ended) }
