package lsp

import (
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// rangeOf is a span of a text in the client's units.
func (v *view) rangeOf(lines *text.Lines, span text.Span) protocol.Range {
	return protocol.Range{Start: v.position(lines, span.Start), End: v.position(lines, span.End)}
}

func (v *view) position(lines *text.Lines, offset int) protocol.Position {
	p := lines.Position(offset, v.encoding)
	return protocol.Position{Line: uint32(p.Line), Character: uint32(p.Character)}
}

// offset is a place in a document as a client's request names it. A place that is not there is one of another text:
// ContentModified, upon which clients ask again.
func (v *view) offset(document *Document, p protocol.Position) (int, error) {
	offset, err := offsetIn(document.Lines, p, v.encoding)
	if err != nil {
		return 0, rpcError(codeContentModified, "%v", err)
	}
	return offset, nil
}

// at is the place of a request. The document is nil where there is nothing to say: it is not open, or lies in no folder, or, with an
// error, the place is not in it.
func (v *view) at(params *protocol.TextDocumentPositionParams) (document *Document, offset int, err error) {
	document = v.document(params.TextDocument.URI)
	if document == nil || document.Path == "" {
		return nil, 0, nil
	}
	if offset, err = v.offset(document, params.Position); err != nil {
		return nil, 0, err
	}
	return document, offset, nil
}

func (v *view) span(document *Document, r protocol.Range) (text.Span, error) {
	start, err := v.offset(document, r.Start)
	if err != nil {
		return text.Span{}, err
	}
	end, err := v.offset(document, r.End)
	return text.Span{Start: min(start, end), End: max(start, end)}, err
}

// location is a place in a file, open or not.
func (v *view) location(path string, span text.Span) (protocol.Location, bool) {
	uri, lines, err := v.file(path)
	if err != nil {
		return protocol.Location{}, false
	}
	return protocol.Location{URI: uri, Range: v.rangeOf(lines, span)}, true
}

// file is a file under the name by which the client knows it, with the index of its text.
func (v *view) file(path string) (uri string, lines *text.Lines, err error) {
	path = filepath.Clean(path)
	if document := v.documents[path]; document != nil {
		return document.URI, document.Lines, nil
	}
	file, err := v.snapshot.File(path)
	if err != nil {
		return "", nil, err
	}
	return fileURI(path), file.Lines(), nil
}

// uri is the name by which the client knows a file.
func (v *view) uri(path string) string {
	if document := v.documents[path]; document != nil {
		return document.URI
	}
	return fileURI(path)
}

// path is the file of a document under the name that it has in the workspace.
func (d *Document) path() string { return filepath.Clean(d.Path) }
