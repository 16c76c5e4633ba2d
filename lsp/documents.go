package lsp

import (
	"errors"
	"fmt"
	"maps"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// Document is one version of an open document. It never changes.
type Document struct {
	URI      string      // as the client spelled it when it opened the document
	Path     string      // of the file; "" where the URI names none
	Language string      // the client's languageId; "" where the document was never opened, only sent whole
	Version  int32       // the client's number
	Text     string      // exactly what the client has, line ends included
	Lines    *text.Lines // the index of Text
}

func newDocument(uri, language string, version int32, content string) *Document {
	path, _ := filePath(uri)
	return &Document{uri, path, language, version, content, text.NewLines(content)}
}

// contentChange is one element of didChange's contentChanges. Without a range the text is the whole document.
type contentChange struct {
	Range *protocol.Range `json:"range"`
	Text  *string         `json:"text"`
}

// change is the document after the changes, each of which speaks of the text that the one before it left. The error says
// why the client must have another text than this.
func (d *Document) change(version int32, changes []contentChange, encoding text.Encoding) (*Document, error) {
	lines := d.Lines
	for i, change := range changes {
		switch {
		case change.Text == nil:
			return nil, fmt.Errorf("change %d has no text", i)
		case change.Range == nil:
			lines = text.NewLines(*change.Text)
			continue
		}
		start, err := offsetIn(lines, change.Range.Start, encoding)
		if err != nil {
			return nil, fmt.Errorf("change %d: %w", i, err)
		}
		end, err := offsetIn(lines, change.Range.End, encoding)
		if err != nil {
			return nil, fmt.Errorf("change %d: %w", i, err)
		}
		if end < start {
			return nil, fmt.Errorf("change %d ends before it starts", i)
		}
		source := lines.Source()
		lines = text.NewLines(source[:start] + *change.Text + source[end:])
	}
	return &Document{d.URI, d.Path, d.Language, version, lines.Source(), lines}, nil
}

// offsetIn is the offset of a position that the client names. The start of the line after the last is the end of the text: clients that
// think in whole lines name it when they delete the last line of a text without a final line end, and when they ask about all lines.
func offsetIn(lines *text.Lines, p protocol.Position, encoding text.Encoding) (int, error) {
	if int(p.Line) == lines.Count() && p.Character == 0 {
		return len(lines.Source()), nil
	}
	return lines.Offset(text.Position{Line: int(p.Line), Character: int(p.Character)}, encoding)
}

// documents is all that the client has open and whose text is known. It belongs to the queue.
type documents struct {
	byKey map[string]*Document
	// shared is whether a view holds the map. The first write after one copies it, so that a request costs no copy and a
	// burst of edits one.
	shared bool
}

// all is an immutable picture of the documents by documentKey.
func (d *documents) all() map[string]*Document {
	d.shared = true
	return d.byKey
}

// get is the document of a URI, nil if it is not open or not known.
func (d *documents) get(uri string) *Document { return d.byKey[documentKey(uri)] }

// put lays a document in the place of its URI.
func (d *documents) put(document *Document) {
	d.own()
	d.byKey[documentKey(document.URI)] = document
}

// drop forgets the document of a URI.
func (d *documents) drop(uri string) {
	d.own()
	delete(d.byKey, documentKey(uri))
}

func (d *documents) own() {
	if d.byKey == nil {
		d.byKey = map[string]*Document{}
	} else if d.shared {
		d.byKey = maps.Clone(d.byKey)
	}
	d.shared = false
}

// errUnknownDocument is the error of an edit on a document whose text is not known.
var errUnknownDocument = errors.New("the document is not open, or its text was lost")

// update makes the changes of one didChange. After an error the text of the document is no longer known, until the client
// opens it again or sends it whole; a change that holds the whole text is never an error.
func (d *documents) update(uri string, version int32, changes []contentChange, encoding text.Encoding) (*Document, error) {
	before := d.get(uri)
	// What came before a whole text is of no consequence, and a whole text mends everything.
	for i := len(changes) - 1; i >= 0; i-- {
		if changes[i].Range == nil && changes[i].Text != nil {
			language := ""
			if before != nil {
				uri, language = before.URI, before.Language
			}
			before = newDocument(uri, language, version, *changes[i].Text)
			changes = changes[i+1:]
			break
		}
	}
	after, err := before, error(nil)
	switch {
	case before == nil:
		err = errUnknownDocument
	case version < before.Version:
		err = fmt.Errorf("version %d after version %d", version, before.Version)
	default:
		after, err = before.change(version, changes, encoding)
	}
	if err != nil {
		d.drop(uri)
		return nil, err
	}
	d.put(after)
	return after, nil
}
