package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"slices"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// reportsInPart is how many reports are sent ahead at a time to a client that takes an answer in parts.
const reportsInPart = 100

// report is all that there is to say of a file. Its result id is a hash of what it says, so that nothing needs to be kept.
func (v *view) report(path string, findings []diagnostics.Finding) (DocumentDiagnosticReport, error) {
	lines := text.NewLines("")
	if len(findings) > 0 {
		// A file that cannot be read has findings of just that, at its start.
		if _, known, err := v.file(path); err == nil {
			lines = known
		}
	}
	items, err := json.Marshal(v.diagnostics(path, lines, findings))
	return DocumentDiagnosticReport{"full", resultID(items), items}, err
}

func resultID(items []byte) string { return fmt.Sprintf("%016x", maphash.Bytes(hashSeed, items)) }

var (
	hashSeed  = maphash.MakeSeed()
	noItems   = []byte("[]")
	noFinding = DocumentDiagnosticReport{"full", resultID(noItems), noItems}
)

// since is the report for a client that has the result of an id already.
func (r DocumentDiagnosticReport) since(id string) DocumentDiagnosticReport {
	if r.ResultID == id {
		return DocumentDiagnosticReport{Kind: "unchanged", ResultID: id}
	}
	return r
}

// documentDiagnostic judges an open document. Of what is not open, or was lost, it says nothing: closed files are in the answers to
// workspace/diagnostic. As with publications few are judged at a time, each on the newest snapshot: what has come since the request is
// in the answer too. A client that cannot be told to ask again is answered when all files are read: it would show until the next edit
// what was found without them.
func documentDiagnostic(ctx context.Context, s *Server, v *view, params *DocumentDiagnosticParams) (*DocumentDiagnosticReport, error) {
	if !v.client.RefreshDiagnostics {
		if _, err := s.indexedView(ctx, v); err != nil {
			return nil, err
		}
	}
	select {
	case s.pulling <- struct{}{}:
		defer func() { <-s.pulling }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	report := noFinding
	v, err := s.latestView(ctx)
	if v == nil {
		return &report, err
	}
	if document := v.document(params.TextDocument.URI); document != nil && document.Path != "" {
		findings, err := s.kept.Run(ctx, v.snapshot, document.path())
		if err != nil {
			return nil, err
		}
		if report, err = v.report(document.path(), findings); err != nil {
			return nil, err
		}
		result := report.ResultID
		s.turn("diagnostics were asked for", func() { s.pulled(v, document, result) })
	}
	report = report.since(params.PreviousResultID)
	return &report, nil
}

// pulled notes what the client has of a document.
func (s *Server) pulled(v *view, document *Document, result string) {
	s.documentJudged()
	if result != noFinding.ResultID {
		// For good: VS Code throws away the answer that nothing is any more if the document is out of sight by then.
		s.found.Store(documentKey(document.URI), v.snapshot.Generation())
	}
	judging := s.judgings[documentKey(document.URI)]
	if judging == nil || s.documents.get(document.URI) != document || v.snapshot.Generation() < judging.published {
		return
	}
	judging.pulled, judging.result = document, result
	judging.published = v.snapshot.Generation()
	judging.begun = max(judging.begun, judging.published)
	if judging.published < s.workspace.Snapshot().Generation() {
		s.judgeOpenDocuments(0) // the look that came with the newer snapshot did not know of this answer
	}
}

// lookForNews asks the client to ask again where it has a result of one of the documents that is no longer true. It waits until what the
// client has asked for is on its way: an answer that comes before may be the news.
func (s *Server) lookForNews(ctx context.Context, v *view, documents []*Document) error {
	select {
	case s.pulling <- struct{}{}:
		defer func() { <-s.pulling }()
	case <-ctx.Done():
		return nil
	}
	results := make([]string, len(documents))
	for i, document := range documents {
		findings, err := s.kept.Run(ctx, v.snapshot, document.path())
		if ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
		report, err := v.report(document.path(), findings)
		if err != nil {
			return err
		}
		results[i] = report.ResultID
	}
	s.turn("compare diagnostics", func() {
		news := false
		for i, document := range documents {
			judging := s.judgings[documentKey(document.URI)]
			// What has been edited since, the client asks for by itself.
			if judging == nil || judging.pulled != document || v.snapshot.Generation() <= judging.published {
				continue
			}
			judging.published = v.snapshot.Generation()
			judging.begun = max(judging.begun, judging.published)
			news = news || results[i] != judging.result
			judging.result = results[i]
		}
		if news {
			s.askAgain(diagnosticRefresh)
		}
	})
	return nil
}

// workspaceDiagnostic judges all files of the workspace and tells what is new to the client. Where nothing is, it waits until something
// has changed: clients ask again as soon as they have an answer. The first answer to a client that has nothing comes when the files
// are read.
func workspaceDiagnostic(ctx context.Context, s *Server, v *view, params *WorkspaceDiagnosticParams) (*WorkspaceDiagnosticReport, error) {
	known := map[string]PreviousResultID{}
	for _, previous := range params.PreviousResultIDs {
		known[documentKey(previous.URI)] = previous
	}
	for {
		var err error
		if v, err = s.indexedView(ctx, v); err != nil {
			return nil, err
		} else if v == nil {
			return &WorkspaceDiagnosticReport{[]WorkspaceDocumentDiagnosticReport{}}, nil
		}
		p := &workspacePull{server: s, view: v, known: known, token: params.PartialResultToken}
		if err := p.run(ctx); err != nil {
			return nil, err
		}
		if p.told || len(known) == 0 {
			return &WorkspaceDiagnosticReport{p.reports()}, nil
		}
		if v, err = s.nextView(ctx, v); err != nil {
			return nil, err
		}
	}
}

// nextView waits until something has changed since a view was taken, and takes another; nil after shutdown.
func (s *Server) nextView(ctx context.Context, v *view) (*view, error) {
	select {
	case <-v.moved:
	case <-s.over:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.latestView(ctx)
}

// indexedView is the view, or the first after it that has all files; nil after shutdown.
func (s *Server) indexedView(ctx context.Context, v *view) (*view, error) {
	for v != nil && !v.indexed {
		var err error
		if v, err = s.nextView(ctx, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// latestView is the picture of now; nil after shutdown.
func (s *Server) latestView(ctx context.Context) (*view, error) {
	latest := make(chan *view, 1)
	s.turn("take a view", func() { latest <- s.view() })
	select {
	case v := <-latest:
		return v, nil
	case <-s.over:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// workspacePull is one look at all files.
type workspacePull struct {
	server *Server
	view   *view
	known  map[string]PreviousResultID // by documentKey
	token  json.RawMessage             // of partial results; nil where the client wants the answer in one

	pending []WorkspaceDocumentDiagnosticReport
	told    bool
}

// run judges one file after the other, on one processor: a person types meanwhile.
func (p *workspacePull) run(ctx context.Context) error {
	v, gone := p.view, map[string]bool{}
	for key := range p.known {
		gone[key] = true
	}
	for path := range v.snapshot.Judged() {
		if !v.snapshot.Config(path).Editor.WorkspaceDiagnostics {
			continue
		}
		key := documentKey(fileURI(path))
		delete(gone, key)
		findings, err := p.server.kept.Run(ctx, v.snapshot, path)
		if err != nil {
			return err
		}
		previous, known := p.known[key]
		at, shown := v.found.Load(key)
		switch {
		case known && p.server.results.of(v, path, findings) == previous.Value:
			continue
		case !known && len(findings) == 0 && !shown:
			continue // VS Code forgets the result of a document once it is out of sight, and shows on what it had of it
		}
		report := noFinding
		if len(findings) > 0 {
			if report, err = v.report(path, findings); err != nil {
				return err
			}
		}
		p.server.results.keep(v, path, findings, report.ResultID)
		if known && report.ResultID == previous.Value {
			continue
		}
		told := WorkspaceDocumentDiagnosticReport{DocumentDiagnosticReport: report, URI: v.uri(path)}
		if document := v.documents[key]; document != nil {
			told.Version = &document.Version
		}
		if err := p.tell(told); err != nil {
			return err
		}
		if shown && len(findings) == 0 { // once: who drops the result of what is good would ask and be told for ever
			v.found.CompareAndDelete(key, at)
		}
	}
	for key := range gone {
		previous := p.known[key]
		// Of an open document that is no file of the workspace the client has the answer to a request for just that.
		if v.documents[key] == nil && previous.Value != noFinding.ResultID {
			if err := p.tell(WorkspaceDocumentDiagnosticReport{DocumentDiagnosticReport: noFinding, URI: previous.URI}); err != nil {
				return err
			}
		}
	}
	return nil
}

// results are the ids of the results that were told last of files, by path. While the findings of a file are the kept ones, so is the id,
// unless a related place lies in a document that was edited: its offsets are of the last text without errors, its position is of the text
// there is. To write ten thousand results only to see that they are as they were takes seconds.
type results struct {
	mu     sync.Mutex
	byPath map[string]result
}

type result struct {
	findings []diagnostics.Finding
	related  []*Document
	id       string
}

// related are the documents in which the related places of findings lie, nil for one in a closed file.
func (v *view) related(findings []diagnostics.Finding) []*Document {
	var list []*Document
	for _, f := range findings {
		for _, related := range f.Related {
			list = append(list, v.documents[filepath.Clean(related.Path)])
		}
	}
	return list
}

// of is the id of the findings, "" where it is not known.
func (r *results) of(v *view, path string, findings []diagnostics.Finding) string {
	r.mu.Lock()
	known := r.byPath[path]
	r.mu.Unlock()
	if len(known.findings) != len(findings) || len(findings) > 0 && &known.findings[0] != &findings[0] || !slices.Equal(known.related, v.related(findings)) {
		return ""
	}
	return known.id
}

func (r *results) keep(v *view, path string, findings []diagnostics.Finding, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byPath == nil {
		r.byPath = map[string]result{}
	}
	r.byPath[path] = result{findings, v.related(findings), id}
}

// tell sends a report, now or with others.
func (p *workspacePull) tell(report WorkspaceDocumentDiagnosticReport) error {
	p.pending, p.told = append(p.pending, report), true
	if len(p.token) == 0 || len(p.pending) < reportsInPart {
		return nil
	}
	return p.server.connection.notify("$/progress", map[string]any{"token": p.token, "value": WorkspaceDiagnosticReport{p.reports()}})
}

// reports are those that have not been sent. Never nil.
func (p *workspacePull) reports() []WorkspaceDocumentDiagnosticReport {
	reports := p.pending
	p.pending = nil
	return append([]WorkspaceDocumentDiagnosticReport{}, reports...)
}
