package lsptest

import (
	"encoding/json"
	"strconv"
)

// pulling is the part of an editor that asks for diagnostics, if the server said that it may, as real editors do: after each opening
// and change, and of all open documents when the server wishes it. It takes back what is overtaken.
type pulling struct {
	on      bool
	byURI   map[string]*pull
	waiting map[string]func(Answer) // by id
}

// pull is what goes on about one document.
type pull struct {
	id, result string
}

// pull asks for the diagnostics of an open document. The answer counts as published: it is received as the params of
// textDocument/publishDiagnostics would be, unless it says that nothing is new.
func (e *Editor) pull(uri string) {
	e.mu.Lock()
	document := e.documents[uri]
	if !e.pulling.on || document == nil {
		e.mu.Unlock()
		return
	}
	p := e.pulling.byURI[uri]
	if p == nil {
		p = &pull{}
		e.pulling.byURI[uri] = p
	}
	e.lastID++
	overtaken, id, result, version := p.id, strconv.Itoa(e.lastID), p.result, document.version
	p.id = id
	e.pulling.waiting[id] = func(a Answer) { e.pulled(uri, id, version, a) }
	e.mu.Unlock()

	if overtaken != "" {
		e.Cancel(overtaken)
	}
	params := map[string]any{"textDocument": map[string]any{"uri": uri}, "identifier": "nix-pins"}
	if result != "" {
		params["previousResultId"] = result
	}
	e.RequestID(id, "textDocument/diagnostic", params)
}

// stopPulling is for the end of a session: what has not been answered will not be.
func (e *Editor) stopPulling() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pulling.on = false
}

// pulled runs under the lock, with the answer of a pull.
func (e *Editor) pulled(uri, id string, version int, a Answer) {
	p := e.pulling.byURI[uri]
	if p == nil || p.id != id {
		return // overtaken, or closed
	}
	p.id = ""
	switch {
	case !e.pulling.on: // the session is at its end
		return
	case a.Error != nil && a.Error.Code == -32801: // the server came across a change on the disk
		go e.pull(uri)
		return
	case a.Error != nil:
		e.t.Errorf("textDocument/diagnostic of %s: %v", uri, a.Error)
		return
	}
	var report struct {
		Kind, ResultID string
		Items          json.RawMessage
	}
	if err := json.Unmarshal(a.Result, &report); err != nil {
		e.t.Errorf("textDocument/diagnostic: %v", err)
		return
	}
	switch {
	case report.Kind == "unchanged" && report.ResultID == p.result:
		return
	case report.Kind != "full" || report.Items == nil:
		e.t.Errorf("textDocument/diagnostic of %s, of which the result %q is known: %s", uri, p.result, a.Result)
		return
	}
	p.result = report.ResultID
	e.publish(map[string]any{"uri": uri, "version": version, "diagnostics": report.Items})
}

// publish counts as received, under the lock, what the editor shows of a document.
func (e *Editor) publish(params map[string]any) {
	encoded, err := json.Marshal(params)
	if err != nil {
		e.t.Errorf("cannot encode: %v", err)
	}
	e.received = append(e.received, Message{Method: "textDocument/publishDiagnostics", Params: encoded})
}

// pullAll answers workspace/diagnostic/refresh.
func (e *Editor) pullAll(json.RawMessage) (any, error) {
	e.mu.Lock()
	var open []string
	for uri := range e.documents {
		open = append(open, uri)
	}
	e.mu.Unlock()
	for _, uri := range open {
		e.pull(uri)
	}
	return nil, nil
}

// closed forgets what the editor shows of a document.
func (e *Editor) closed(uri string) {
	e.change(func() {
		if e.pulling.on && e.pulling.byURI[uri] != nil {
			delete(e.pulling.byURI, uri)
			e.publish(map[string]any{"uri": uri, "diagnostics": []any{}})
		}
	})
}
