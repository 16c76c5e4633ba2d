package lsp

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"runtime/metrics"

	protocol "github.com/tliron/glsp/protocol_3_16"
)

// didOpen decodes its params itself, because a document that is open already has another text after one that cannot be read.
func didOpen(s *Server, raw json.RawMessage) error {
	params, err := decodeParams[protocol.DidOpenTextDocumentParams](raw)
	if err != nil {
		return s.unreadable(raw, err)
	}
	item := params.TextDocument
	if s.documents.get(item.URI) != nil {
		s.log.Warn("document opened twice", "uri", item.URI)
	}
	document := newDocument(item.URI, item.LanguageID, item.Version, item.Text)
	s.documents.put(document)
	s.freeAfter(document)
	return s.documentChanged(item.URI, document)
}

// didChangeParams are our own: glsp's take a change without a text for a deletion.
type didChangeParams struct {
	TextDocument   protocol.VersionedTextDocumentIdentifier `json:"textDocument"`
	ContentChanges []contentChange                          `json:"contentChanges"`
}

// didChange decodes its params itself, because an edit that cannot be read is one that was missed.
func didChange(s *Server, raw json.RawMessage) error {
	params, err := decodeParams[didChangeParams](raw)
	if err != nil {
		return s.unreadable(raw, err)
	}
	uri := params.TextDocument.URI
	document, err := s.documents.update(uri, params.TextDocument.Version, params.ContentChanges, s.encoding)
	if err != nil {
		err = fmt.Errorf("%s counts as unknown until it is opened or sent whole: %w", uri, err)
		return errors.Join(err, s.documentLost(uri))
	}
	s.freeAfter(document)
	return s.documentChanged(uri, document)
}

// largeText is the number of bytes from which on the versions of a text are freed one by one. The collector would wait for as many of them
// as make up a share of the heap, and of such a text they are all that is in it.
const largeText = 1 << 20

// freeAfter frees what a new version of a large document has left behind: in the next turn, as what the client sent is held until this one is
// over, and once more when it has been quiet, as who looked at the last version held that. It takes a millisecond where a copy of the text
// takes several. In a workspace that has much more in memory it would take longer, for what is little there.
func (s *Server) freeAfter(document *Document) {
	if len(document.Text) < largeText {
		return
	}
	free := func() {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(live); live[0].Value.Uint64() <= 5*uint64(len(document.Text)) { // there are two or three of it
			debug.FreeOSMemory()
		}
	}
	s.turn("free the last version", free)
	if s.freeing != nil {
		s.freeing.Stop()
	}
	s.freeing = s.after(quiet, "free the last version", free)
}

// unreadable makes the document unknown of which a notification speaks that cannot be read.
func (s *Server) unreadable(raw json.RawMessage, err error) error {
	var which protocol.DidCloseTextDocumentParams
	if json.Unmarshal(raw, &which) != nil || s.documents.get(which.TextDocument.URI) == nil {
		return err
	}
	s.documents.drop(which.TextDocument.URI)
	return errors.Join(err, s.documentLost(which.TextDocument.URI))
}

// documentLost takes back what was said of a document whose text is not known any more.
func (s *Server) documentLost(uri string) error {
	err := s.documentChanged(uri, nil)
	s.askAgain(diagnosticRefresh)
	return err
}

func didClose(s *Server, params *protocol.DidCloseTextDocumentParams) error {
	if s.documents.get(params.TextDocument.URI) == nil {
		s.log.Warn("document closed that was not known", "uri", params.TextDocument.URI)
	}
	s.documents.drop(params.TextDocument.URI)
	return s.documentChanged(params.TextDocument.URI, nil)
}
