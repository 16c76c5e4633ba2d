package lsp

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/jsonrpc2"
)

// trace is how much the client wants to be told of what the server does: the values of the specification ("TraceValue"). It may be used
// on any goroutine.
type trace struct{ level atomic.Int32 }

const (
	traceOff int32 = iota
	traceMessages
	traceVerbose
)

// set takes a value of the specification; another one is none.
func (t *trace) set(value string) {
	t.level.Store(map[string]int32{"messages": traceMessages, "verbose": traceVerbose}[value])
}

type setTraceParams struct {
	Value string `json:"value"`
}

func setTrace(s *Server, params *setTraceParams) error {
	s.connection.trace.set(params.Value)
	return nil
}

// logTraceParams are those of $/logTrace; Verbose is there only where the client wants it.
type logTraceParams struct {
	Message string `json:"message"`
	Verbose string `json:"verbose,omitempty"`
}

// tellTrace tells the client of an answer, if it wants that. No text of a document is in it.
func (c *connection) tellTrace(request *incoming, took time.Duration, bytes int, failure *jsonrpc2.Error) {
	level := c.trace.level.Load()
	if level == traceOff {
		return
	}
	told := logTraceParams{Message: fmt.Sprintf("%s (%s) was answered in %s", request.method, request.id, took.Round(time.Microsecond))}
	if level == traceVerbose {
		told.Verbose = fmt.Sprintf("generation %d, ", request.generation.Load())
		if failure != nil {
			told.Verbose += fmt.Sprintf("error %d", failure.Code)
		} else {
			told.Verbose += fmt.Sprintf("a result of %d bytes", bytes)
		}
	}
	if err := c.notify("$/logTrace", told); err != nil {
		c.log.Error("cannot tell of a request", "error", err)
	}
}
