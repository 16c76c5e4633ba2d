package lsp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Options is what a server is told by whoever starts it.
type Options struct {
	// Log gets what the server has to say; nil is silence. No text of a document is ever logged.
	Log *slog.Logger
	// Version is what the client is told of the server's version; "" tells nothing.
	Version string
	// PanicReports is the file to which what the log says of panics is appended too; "" keeps nothing.
	PanicReports string
	// Environment is where Nix keeps what belongs to the user and the machine; the zero one has nothing of that.
	Environment workspace.Environment
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

	// workspace is there from initialize on.
	workspace *workspace.Workspace
	// roots are the folders of the workspace as the client names them, guessed those of documents where it names none.
	roots, guessed []string
	settings       []byte // the editor's settings object, as encoding/json writes it
	pulls          int    // how many times the client was asked for its settings
	stopIndexing   context.CancelFunc
	readings       int  // how often it was begun to read all files
	indexed        bool // whether the last of these has come to its end

	judgings  map[string]*judging // by documentKey, of every open document with a path
	waiting   []string            // documents that are to be judged, by documentKey, the next one last
	judging   int                 // how many are being judged, but for the sweep
	sweep     sweep
	results   results             // of answers about all files; usable beside the queue
	kept      diagnostics.Kept    // what was found, for as long as nothing that it depends on changes; usable beside the queue
	refreshes map[string]*refresh // by the method
	status    serverStatus        // that the client was last sent
	found     sync.Map            // see view.found
	freeing   *time.Timer         // see freeAfter
	pulling   chan struct{}       // has room for as many answers as may be in the making
	disk      disk
	debounce  time.Duration // between an edit and the look at it, for a document that has not been looked at

	// moved is closed, and made anew, when something has changed that may matter to many files; over is closed at shutdown.
	moved, over chan struct{}
	// firstJudged is closed when the client has been told of a document.
	firstJudged chan struct{}

	// executions and cancels are what goes on for the sake of commands; usable beside the queue.
	executions executions
	cancels    cancels

	// ctx ends with the conversation. requests are what the client waits for, tasks what the server does by itself.
	ctx             context.Context
	requests, tasks sync.WaitGroup
}

func newServer(options Options) *Server {
	log := options.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		log: slog.New(discreet{log.Handler()}), options: options, methods: methods(), exitCode: make(chan int, 1),
		judgings: map[string]*judging{}, refreshes: map[string]*refresh{}, debounce: config.Merge().Editor.Debounce,
		moved: make(chan struct{}), over: make(chan struct{}), firstJudged: make(chan struct{}), pulling: make(chan struct{}, judges),
	}
}

// view is an immutable picture of the conversation at the turn of a request. It may be used on any goroutine.
type view struct {
	client    clientCapabilities
	encoding  text.Encoding
	documents map[string]*Document // by documentKey
	snapshot  *workspace.Snapshot  // with the same documents; nil before initialize
	indexed   bool                 // whether the snapshot has all files
	moved     <-chan struct{}      // closed when another view would be different for more than what is typed
	// found has, by documentKey, the documents of which the client was told that something is in them, when it asked for just that. They may be
	// good or closed by now. There are ever more of them: a view sees those that come after it too.
	found *sync.Map
}

// view takes the picture. It costs no copy: see documents.
func (s *Server) view() *view {
	v := &view{client: s.client, encoding: s.encoding, documents: s.documents.all(), indexed: s.indexed, moved: s.moved, found: &s.found}
	if s.workspace != nil {
		v.snapshot = s.workspace.Snapshot()
	}
	return v
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

// turn puts a piece of the server's own work on the queue. What has not had its turn when the client says shutdown is
// left undone. A panic in it is logged.
func (s *Server) turn(name string, do func()) {
	s.connection.queue.push(func() {
		if s.phase == running {
			_ = s.protect(name, "", func() error { do(); return nil }) // the only error is of a panic, and logged
		}
	})
}

// after is turn after a while. Stopping the timer takes it back unless it is on the queue already.
func (s *Server) after(wait time.Duration, name string, do func()) *time.Timer {
	return time.AfterFunc(wait, func() { s.turn(name, do) })
}
