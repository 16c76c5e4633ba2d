package lsp

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// phase is how far the conversation has come.
type phase int

const (
	created phase = iota
	running
	shuttingDown
	exited
)

// The exit codes that the specification gives ("Exit Notification").
const (
	exitAfterShutdown = 0
	exitOtherwise     = 1
)

const (
	// grace is how long an ending conversation waits for each of: requests under way, tasks, the client's reading. The
	// three together stay below the second in which a server has to be gone.
	grace = 250 * time.Millisecond
	// parentInterval is how often the client's process is looked for.
	parentInterval = 250 * time.Millisecond
)

// Serve speaks with one client until the end and returns the exit code of the process: 0 after shutdown and exit, 1 if the
// client says exit without shutdown, its process is gone, in ends, is no LSP or out fails, or ctx ends. In is closed at
// the end if it can be. Where out is os.Stdout, that belongs to the frames: until Serve returns, whatever else is printed
// goes to standard error, and a client that stops reading is an error, not a signal that kills.
func Serve(ctx context.Context, in io.Reader, out io.Writer, options Options) int {
	if file, ok := out.(*os.File); ok && file == os.Stdout {
		os.Stdout = os.Stderr
		defer func() { os.Stdout = file }()
		signal.Ignore(syscall.SIGPIPE)
		defer signal.Reset(syscall.SIGPIPE)
	}
	return newServer(options).serve(ctx, in, out)
}

func (s *Server) serve(ctx context.Context, in io.Reader, out io.Writer) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.ctx = ctx
	s.connection = newConnection(in, out, s.log)
	s.connection.receive = s.dispatch

	readError := make(chan error, 1)
	go func() { readError <- s.connection.readAll(ctx) }()
	var queue, writer sync.WaitGroup
	queue.Go(func() { s.connection.queue.run(func(turn func()) { turn() }) })
	writer.Go(s.connection.writeAll)

	code := exitOtherwise
	select {
	case code = <-s.exitCode:
	case err := <-readError:
		if err != nil {
			s.log.Error("cannot read on", "error", err)
		}
		// What was asked before the end is still answered, and an exit that was said still counts.
		s.connection.queue.close()
		within(grace, queue.Wait)
		within(grace, s.requests.Wait)
		select {
		case code = <-s.exitCode:
		default:
		}
	case <-s.connection.writeFailed:
	case <-ctx.Done():
	}
	cancel()
	s.connection.queue.close()
	within(grace, func() { queue.Wait(); s.requests.Wait(); s.tasks.Wait() })
	s.connection.outbox.close()
	within(grace, writer.Wait)
	if closer, ok := in.(io.Closer); ok {
		if err := closer.Close(); err != nil {
			s.log.Debug("cannot close the input", "error", err)
		}
	}
	s.log.Info("ended", "code", code)
	return code
}

// within waits for what waits, but no longer than the duration.
func within(duration time.Duration, wait func()) {
	done := make(chan struct{})
	go func() { wait(); close(done) }()
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

func initialize(s *Server, params *initializeParams) (*InitializeResult, error) {
	s.phase = running
	s.client = params.capabilities
	s.connection.trace.set(params.trace)
	s.encoding = params.capabilities.positionEncoding()
	s.log.Info("initialize", "client", params.clientName, "version", params.clientVersion, "encoding", s.encoding.String())
	if !s.client.CodeActionLiterals {
		s.log.Info("no code actions: the client takes commands only")
	}
	s.executions.trust = params.trust
	s.roots = s.folderPaths(params.roots)
	s.settings = encodeSettings(withoutTrust(section(params.options)))
	s.workspace = workspace.New(workspace.Options{
		Roots: s.searched(), Settings: s.settings, RuleCodes: diagnostics.Codes(), Environment: s.options.Environment, Log: s.log,
	})
	if params.processID > 0 {
		s.background("watch the client's process", func(ctx context.Context) error { return s.watchParent(ctx, params.processID) })
	}
	result := &InitializeResult{Capabilities: serverCapabilities(&s.client, s.encoding), ServerInfo: &protocol.InitializeResultServerInfo{Name: "nix-pins-lsp"}}
	if s.options.Version != "" {
		result.ServerInfo.Version = &s.options.Version
	}
	return result, nil
}

// initialized is where the conversation may begin to go both ways.
func initialized(s *Server, _ *none) error {
	s.reportSettings()
	s.watchFiles()
	s.configure()
	s.index()
	return nil
}

func shutdown(s *Server, _ *none) (any, error) {
	s.phase = shuttingDown
	close(s.over)
	return nil, nil
}

func exit(s *Server, _ *none) error {
	code := exitOtherwise
	if s.phase == shuttingDown {
		code = exitAfterShutdown
	}
	s.phase = exited
	s.end(code)
	return nil
}

// end ends the conversation with a code, unless it has been ended before.
func (s *Server) end(code int) {
	select {
	case s.exitCode <- code:
	default:
	}
}

// watchParent ends the conversation when the client's process is gone: some clients leave the pipe open in another
// process when they die.
func (s *Server) watchParent(ctx context.Context, pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	defer process.Release()
	ticker := time.NewTicker(parentInterval)
	defer ticker.Stop()
	for {
		// Any other error, such as that of a process of another user, is of one that lives.
		if err := process.Signal(syscall.Signal(0)); errors.Is(err, os.ErrProcessDone) {
			s.log.Warn("the client's process is gone", "pid", pid)
			s.end(exitOtherwise)
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
