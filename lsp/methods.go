package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
	"github.com/sourcegraph/jsonrpc2"
)

// methods is every method of the protocol that a client may use here.
func methods() map[string]method {
	return map[string]method{
		"initialize":             serial(initialize),
		"initialized":            notification(initialized),
		"shutdown":               serial(shutdown),
		"exit":                   notification(exit),
		"$/setTrace":             notification(setTrace),
		"textDocument/didOpen":   {notify: didOpen},
		"textDocument/didChange": {notify: didChange},
		"textDocument/didSave":   notification(didSave),
		"textDocument/didClose":  notification(didClose),

		"textDocument/diagnostic": serverRequest(documentDiagnostic),
		"workspace/diagnostic":    serverRequest(workspaceDiagnostic),

		"textDocument/completion": request(completion),
		"completionItem/resolve":  request(completionResolve),
		"textDocument/codeAction": request(codeAction),
		"codeAction/resolve":      request(codeActionResolve),

		"textDocument/hover":             request(hover),
		"textDocument/inlayHint":         serverRequest(inlayHint),
		"inlayHint/resolve":              request(inlayHintResolve),
		"textDocument/codeLens":          serverRequest(codeLens),
		"textDocument/documentLink":      request(documentLink),
		"textDocument/references":        request(references),
		"textDocument/documentHighlight": request(documentHighlight),
		"textDocument/definition":        request(definition),
		"textDocument/documentSymbol":    request(documentSymbol),
		"textDocument/prepareRename":     request(prepareRename),
		"textDocument/rename":            request(rename),

		"workspace/executeCommand":       {prepare: executeCommand},
		"window/workDoneProgress/cancel": notification(workDoneProgressCancel),

		"workspace/symbol":                    request(workspaceSymbol),
		"workspaceSymbol/resolve":             request(workspaceSymbolResolve),
		"workspace/didChangeConfiguration":    notification(didChangeConfiguration),
		"workspace/didChangeWatchedFiles":     notification(didChangeWatchedFiles),
		"workspace/didChangeWorkspaceFolders": notification(didChangeWorkspaceFolders),
	}
}

// method is one line of the table: exactly one of the two functions is there.
type method struct {
	// prepare runs on the queue and returns what a request does.
	prepare func(*Server, json.RawMessage) work
	// inline work runs on the queue too, before the next message is looked at.
	inline bool
	// notify is a whole notification, on the queue.
	notify func(*Server, json.RawMessage) error
}

// work gives the result of a request, or an error: a *jsonrpc2.Error is sent as it is, any other as RequestFailed.
type work func(context.Context) (any, error)

// request is a method that works beside the queue, on the view of its turn. P is the type of its params, none if it has
// no params. A slice in R must not be nil: a client may refuse a null where it expects a list.
func request[P, R any](handle func(context.Context, *view, *P) (R, error)) method {
	return serverRequest(func(ctx context.Context, _ *Server, v *view, params *P) (R, error) { return handle(ctx, v, params) })
}

// serverRequest is a request that needs more of the server than the view: what may be used beside the queue, or a turn on it.
func serverRequest[P, R any](handle func(context.Context, *Server, *view, *P) (R, error)) method {
	return method{prepare: func(s *Server, raw json.RawMessage) work {
		v := s.view()
		return func(ctx context.Context) (any, error) {
			params, err := decodeParams[P](raw)
			if err != nil {
				return nil, err
			}
			return handle(ctx, s, v, params)
		}
	}}
}

// serial is a request that runs whole on the queue, because what comes after it depends on it.
func serial[P, R any](handle func(*Server, *P) (R, error)) method {
	return method{inline: true, prepare: func(s *Server, raw json.RawMessage) work {
		return func(context.Context) (any, error) {
			params, err := decodeParams[P](raw)
			if err != nil {
				return nil, err
			}
			return handle(s, params)
		}
	}}
}

// notification is a method without an answer.
func notification[P any](handle func(*Server, *P) error) method {
	return method{notify: func(s *Server, raw json.RawMessage) error {
		params, err := decodeParams[P](raw)
		if err != nil {
			return err
		}
		return handle(s, params)
	}}
}

// none is the params of a method that has none. Clients send null, {} or nothing.
type none struct{}

// decodeParams gives -32602 for params of a wrong shape.
func decodeParams[P any](raw json.RawMessage) (*P, error) {
	params := new(P)
	if _, empty := any(params).(*none); empty {
		return params, nil
	}
	if raw == nil {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "the method needs params")
	}
	if err := json.Unmarshal(raw, params); err != nil {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "params of a wrong shape: %v", err)
	}
	return params, nil
}

// dispatch handles one message at its turn on the queue; request is nil for a notification.
func (s *Server) dispatch(m message, request *incoming) {
	known, found := s.methods[m.Method]
	if request == nil {
		s.dispatchNotification(m, known)
		return
	}
	if s.workspace != nil {
		request.generation.Store(s.workspace.Snapshot().Generation())
	}
	var refusal *jsonrpc2.Error
	switch {
	case request.context.Err() != nil: // cancelled, and so answered, while it waited
		return
	case s.phase == created && m.Method != "initialize":
		refusal = rpcError(codeServerNotInitialized, "the server has not been initialized")
	case s.phase != created && m.Method == "initialize":
		refusal = rpcError(jsonrpc2.CodeInvalidRequest, "the server has been initialized before")
	case s.phase >= shuttingDown:
		refusal = rpcError(jsonrpc2.CodeInvalidRequest, "the server has been shut down")
	case !found:
		refusal = rpcError(jsonrpc2.CodeMethodNotFound, "the server has no method %s", m.Method)
	case known.prepare == nil:
		refusal = rpcError(jsonrpc2.CodeInvalidRequest, "%s is a notification, but came with an id", m.Method)
	}
	if refusal != nil {
		s.connection.refuse(request, refusal)
		return
	}
	var work work
	if err := s.protect(m.Method, string(m.ID), func() error { work = known.prepare(s, m.Params); return nil }); err != nil {
		s.connection.refuse(request, asRPCError(err))
	} else if known.inline {
		s.perform(request, work)
	} else {
		s.requests.Go(func() { s.perform(request, work) })
	}
}

func (s *Server) dispatchNotification(m message, known method) {
	switch {
	case s.phase == exited, s.phase != running && m.Method != "exit":
		s.log.Debug("notification outside of the session", "method", m.Method)
		return
	case known.notify == nil:
		if !strings.HasPrefix(m.Method, "$/") { // the specification lets a server ignore these
			s.log.Debug("notification unknown", "method", m.Method)
		}
		return
	}
	if err := s.protect(m.Method, "", func() error { return known.notify(s, m.Params) }); err != nil {
		s.log.Warn("notification failed", "method", m.Method, "error", err)
	}
}

// perform does the work of a request and answers it.
func (s *Server) perform(request *incoming, work work) {
	err := s.protect(request.method, string(request.id), func() error {
		value, err := work(request.context)
		if err != nil {
			return err
		}
		return s.connection.answer(request, value)
	})
	if err == nil {
		return
	}
	s.connection.refuse(request, asRPCError(err))
	var file *workspace.FileError
	if errors.As(err, &file) && file.Reason == workspace.Changed {
		s.turn("look at a changed file", func() { s.fileChanged(file.Path) }) // the client will ask again
	}
}

// asRPCError is the error as the client sees it.
func asRPCError(err error) *jsonrpc2.Error {
	var failure *jsonrpc2.Error
	var file *workspace.FileError
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &file) && file.Reason == workspace.Changed:
		return rpcError(codeContentModified, "%v", err)
	case errors.Is(err, context.Canceled):
		return rpcError(codeRequestCancelled, "the request was cancelled")
	}
	return rpcError(codeRequestFailed, "%v", err)
}

// protect turns a panic into an error, -32603, and a report in the log. The server lives.
func (s *Server) protect(method, id string, do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			stack := string(debug.Stack())
			s.log.Error("panic", "method", method, "id", id, "cause", fmt.Sprint(cause), "stack", stack)
			s.keepPanic(method, fmt.Sprint(cause), stack)
			err = rpcError(jsonrpc2.CodeInternalError, "internal error in %s; the server's log has a report", method)
		}
	}()
	return do()
}
