package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/jsonrpc2"
)

// errDisconnected is what a call to the client ends with when nothing more can come from it.
var errDisconnected = errors.New("the client is gone")

// connection is one JSON-RPC conversation with a client. All of its methods may be called from any goroutine.
type connection struct {
	log    *slog.Logger
	trace  trace
	frames *frameReader
	out    io.Writer
	// receive gets every request and notification, at its turn on the queue.
	receive func(message, *incoming)

	queue  *mailbox[func()]
	outbox *mailbox[[]byte]
	// The two ends of the conversation: closed when reading, or writing, came to its end.
	readEnded, writeFailed chan struct{}

	mu         sync.Mutex
	unanswered map[string]*incoming // by id
	calls      map[int64]chan message

	lastCall atomic.Int64
}

// incoming is a request of the client that has not been answered. Its context ends when the client cancels it, when it is
// answered, and when the conversation ends.
type incoming struct {
	id     json.RawMessage
	method string
	read   time.Time
	// generation is that of the snapshot at its turn, 0 before that.
	generation atomic.Uint64
	context    context.Context
	cancel     context.CancelFunc
}

func newConnection(in io.Reader, out io.Writer, log *slog.Logger) *connection {
	return &connection{
		log:         log,
		frames:      newFrameReader(in, maxBody),
		out:         out,
		queue:       newMailbox[func()](),
		outbox:      newMailbox[[]byte](),
		readEnded:   make(chan struct{}),
		writeFailed: make(chan struct{}),
		unanswered:  map[string]*incoming{},
		calls:       map[int64]chan message{},
	}
}

// readAll is the read loop. It returns nil at the end of the stream, else why reading cannot go on. It never waits for
// anything but the next byte, so that a cancellation is read whatever else goes on.
func (c *connection) readAll(ctx context.Context) error {
	defer close(c.readEnded)
	for {
		body, err := c.frames.next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		m, failure := decodeMessage(body)
		switch {
		case failure != nil:
			c.log.Warn("message refused", "bytes", len(body), "code", failure.Code, "error", failure.Message)
			c.outbox.push(failureFrame(m.ID, failure))
		case m.Method == "":
			c.settle(m)
		case m.ID != nil:
			c.accept(ctx, m)
		case m.Method == "$/cancelRequest":
			c.cancelRequest(m.Params)
		default:
			c.queue.push(func() { c.receive(m, nil) })
		}
	}
}

// writeAll is the writer: one Write a frame. After a failed one it drops the rest.
func (c *connection) writeAll() {
	failed := false
	c.outbox.run(func(frame []byte) {
		if failed {
			return
		}
		if _, err := c.out.Write(frame); err != nil {
			failed = true
			c.log.Error("cannot write to the client", "error", err)
			close(c.writeFailed)
		}
	})
}

// accept puts a request on the queue.
func (c *connection) accept(ctx context.Context, m message) {
	request := &incoming{id: m.ID, method: m.Method, read: time.Now()}
	request.context, request.cancel = context.WithCancel(ctx)
	c.mu.Lock()
	taken := c.unanswered[string(m.ID)] != nil
	if !taken {
		c.unanswered[string(m.ID)] = request
	}
	c.mu.Unlock()
	if taken {
		request.cancel()
		c.outbox.push(failureFrame(m.ID, rpcError(jsonrpc2.CodeInvalidRequest, "a request with this id has not been answered yet")))
		return
	}
	c.queue.push(func() { c.receive(m, request) })
}

// cancelRequest answers a request in its stead and ends its context. An id that waits for no answer is that of a request
// that was answered while the cancellation was on its way.
func (c *connection) cancelRequest(params json.RawMessage) {
	var cancel struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(params, &cancel) != nil {
		c.log.Warn("cancellation of a wrong shape")
		return
	}
	c.mu.Lock()
	request := c.unanswered[string(cancel.ID)]
	c.mu.Unlock()
	if request != nil {
		c.refuse(request, rpcError(codeRequestCancelled, "the client cancelled the request"))
	}
}

// answer sends the answer of a request, with its result. The error is that of encoding/json, and nothing has been sent then. All but the
// first answer to one request are dropped.
func (c *connection) answer(request *incoming, result any) error {
	frame, encoded, err := answerFrame(request.id, result)
	if err == nil {
		c.end(request, frame, len(encoded), nil)
	}
	return err
}

// refuse sends the answer of a request, with an error.
func (c *connection) refuse(request *incoming, failure *jsonrpc2.Error) {
	c.end(request, failureFrame(request.id, failure), 0, failure)
}

// end ends a request with the frame of its answer, whose result has so many bytes.
func (c *connection) end(request *incoming, frame []byte, bytes int, failure *jsonrpc2.Error) {
	request.cancel() // before the client can see the answer: what it has cancelled must not start after that
	c.mu.Lock()
	first := c.unanswered[string(request.id)] == request
	if first {
		delete(c.unanswered, string(request.id))
		// Pushed under the lock, so that the client cannot see an id free again before its answer.
		c.outbox.push(frame)
	}
	c.mu.Unlock()
	if !first {
		return
	}
	took := time.Since(request.read)
	if c.log.Enabled(context.Background(), slog.LevelDebug) {
		attributes := []any{"method", request.method, "id", string(request.id), "duration", took, "generation", request.generation.Load()}
		if failure != nil {
			attributes = append(attributes, "code", failure.Code)
		}
		c.log.Debug("answered", attributes...)
	}
	c.tellTrace(request, took, bytes, failure)
}

// settle hands an answer to the call that waits for it.
func (c *connection) settle(m message) {
	id, err := strconv.ParseInt(string(m.ID), 10, 64)
	c.mu.Lock()
	reply := c.calls[id]
	delete(c.calls, id)
	c.mu.Unlock()
	if err != nil || reply == nil {
		c.log.Warn("answer to no request of ours", "id", string(m.ID))
		return
	}
	reply <- m // has room for one, and there is only one
}

// notify sends a notification; nil params are left out.
func (c *connection) notify(method string, params any) error {
	frame, _, err := requestFrame(nil, method, params)
	if err == nil {
		c.outbox.push(frame)
	}
	return err
}

// call sends a request to the client, waits for the answer and decodes it into result, unless that is nil. The error is a
// *jsonrpc2.Error where the client answered with one, the context's where that ended first (the client is told), or
// errDisconnected. Never call it on the queue: what the client has sent before its answer would wait behind it.
func (c *connection) call(ctx context.Context, method string, params, result any) error {
	id := c.lastCall.Add(1)
	frame, _, err := requestFrame(strconv.AppendInt(nil, id, 10), method, params)
	if err != nil {
		return err
	}
	reply := make(chan message, 1)
	c.mu.Lock()
	c.calls[id] = reply
	c.mu.Unlock()
	c.outbox.push(frame)

	var answer message
	select {
	case answer = <-reply:
	case <-ctx.Done():
		err = ctx.Err()
	case <-c.readEnded:
		err = errDisconnected
	}
	if err != nil {
		c.mu.Lock()
		delete(c.calls, id)
		c.mu.Unlock()
		return errors.Join(err, c.notify("$/cancelRequest", map[string]int64{"id": id}))
	}
	if answer.Error != nil {
		return answer.Error
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}
