package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	protocol "github.com/tliron/glsp/protocol_3_16"
)

// patience is how long work may take before the client is told of it: what flashes by says nothing.
const patience = 300 * time.Millisecond

// workDone is work of which the client shows how far it is. Its methods never wait.
type workDone struct {
	title   string
	token   json.RawMessage                      // a string or a number
	created bool                                 // whether the client knows the token
	bounded bool                                 // whether it is known in percent how far it is
	cancel  context.CancelFunc                   // ends it, for the client to call; nil where it cannot be ended
	reports chan protocol.WorkDoneProgressReport // has room for one; what does not fit is left out
	ended   chan struct{}
	finish  func()
	// percent and message are what was said last.
	percent int
	message string
}

// progressTokens numbers the works of a process, so that no two in one conversation have the same token.
var progressTokens atomic.Int64

// workDone begins to show a work of the server's own to the client, if that can.
func (s *Server) workDone(title string) *workDone {
	return s.showWork(workDone{title: title, bounded: true})
}

// showWork begins to show a work, of which title, token, bounded and cancel are given. Without a token it is shown only to a client
// that can show what the server begins.
func (s *Server) showWork(given workDone) *workDone {
	w := &workDone{
		title: given.title, token: given.token, created: given.token != nil, bounded: given.bounded, cancel: given.cancel,
		reports: make(chan protocol.WorkDoneProgressReport, 1), ended: make(chan struct{}), finish: func() {}, percent: -1,
	}
	if w.token == nil {
		if !s.client.WorkDoneProgress {
			return w
		}
		w.token = quoted(fmt.Sprintf("nix-pins/%d", progressTokens.Add(1)))
	}
	if w.cancel != nil {
		s.cancels.put(w.token, w.cancel)
		w.finish = func() { s.cancels.drop(w.token) }
	}
	s.background("show progress", func(ctx context.Context) error { return s.showProgress(ctx, w) })
	return w
}

func (s *Server) showProgress(ctx context.Context, w *workDone) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return nil
	case <-timer.C:
	}
	if !w.created {
		if err := s.connection.call(ctx, "window/workDoneProgress/create", map[string]json.RawMessage{"token": w.token}, nil); err != nil {
			return err
		}
	}
	send := func(value any) error {
		return s.connection.notify("$/progress", map[string]any{"token": w.token, "value": value})
	}
	begin := protocol.WorkDoneProgressBegin{Kind: "begin", Title: w.title}
	if w.cancel != nil {
		begin.Cancellable = &protocol.True
	}
	if w.bounded {
		nothing := uint32(0)
		begin.Percentage = &nothing
	}
	if err := send(begin); err != nil {
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

// report says how far the work is: in percent, or with a negative number only what is being done. It is for one goroutine at a time.
func (w *workDone) report(message string, percent int) {
	if percent >= 0 && percent == w.percent || percent < 0 && message == w.message {
		return
	}
	w.percent, w.message = percent, message
	report := protocol.WorkDoneProgressReport{Kind: "report", Message: &message}
	if percent >= 0 {
		percentage := uint32(percent)
		report.Percentage = &percentage
	}
	select {
	case w.reports <- report:
	default:
	}
}

// end says that the work is done. It is for one call.
func (w *workDone) end() {
	w.finish()
	close(w.ended)
}

// cancels are what ends the works that the client may end, by their tokens as JSON. It may be used on any goroutine.
type cancels struct {
	mu      sync.Mutex
	byToken map[string]context.CancelFunc
}

func (c *cancels) put(token json.RawMessage, cancel context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byToken == nil {
		c.byToken = map[string]context.CancelFunc{}
	}
	c.byToken[string(token)] = cancel
}

func (c *cancels) drop(token json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byToken, string(token))
}

func (c *cancels) of(token json.RawMessage) context.CancelFunc {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byToken[string(token)]
}

// progressToken is a string or a number, byte for byte as it was sent.
type progressToken struct {
	Token json.RawMessage `json:"token"`
}

// workDoneProgressCancel ends a work. A token that nobody knows is that of one that has ended meanwhile.
func workDoneProgressCancel(s *Server, params *progressToken) error {
	if cancel := s.cancels.of(params.Token); cancel != nil {
		cancel()
	}
	return nil
}
