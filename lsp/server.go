package lsp

import (
	"context"
	"log/slog"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Options is what a server is told by whoever starts it.
type Options struct {
	// Log gets what the server has to say; nil is silence. No text of a document is ever logged.
	Log *slog.Logger
	// Version is what the client is told of the server's version; "" tells nothing.
	Version string
}

// Server is one conversation with one client. Its fields belong to the queue: only what runs there reads or writes them,
// but for connection, log and the groups, which anybody may use.
type Server struct {
	connection *connection
	log        *slog.Logger
	options    Options
	methods    map[string]method

	phase    phase
	exitCode chan int // gets one code when the client says exit, or its process is gone

	client    clientCapabilities
	encoding  text.Encoding
	documents documents

	// ctx ends with the conversation. requests are what the client waits for, tasks what the server does by itself.
	ctx             context.Context
	requests, tasks sync.WaitGroup
}

func newServer(options Options) *Server {
	log := options.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Server{log: log, options: options, methods: methods(), exitCode: make(chan int, 1)}
}

// view is an immutable picture of the conversation at the turn of a request. It may be used on any goroutine.
type view struct {
	client    clientCapabilities
	encoding  text.Encoding
	documents map[string]*Document // by documentKey
}

// view takes the picture. It costs no copy: see documents.
func (s *Server) view() *view {
	return &view{s.client, s.encoding, s.documents.all()}
}

// document is the open document of a URI, or nil where there is none or the server lost track of its text.
func (v *view) document(uri string) *Document { return v.documents[documentKey(uri)] }

// background runs a task of the server's own beside everything else. A task may call the client, and must come to its end
// when its context does. A panic in it is logged.
func (s *Server) background(name string, task func(context.Context) error) {
	s.tasks.Go(func() {
		if err := s.protect(name, "", func() error { return task(s.ctx) }); err != nil && s.ctx.Err() == nil {
			s.log.Error("task failed", "task", name, "error", err)
		}
	})
}
