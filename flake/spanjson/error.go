package spanjson

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Kind tells why a file could not be read at all.
type Kind uint8

// Syntax: the text is no JSON. Conflict: it holds the markers of an unfinished merge. TooLarge: it has more bytes than are
// read; nothing more is known of it.
const (
	Syntax Kind = iota
	Conflict
	TooLarge
)

// Error says that a file is no JSON, and where.
type Error struct {
	Kind Kind
	// Span is the character that does not fit, empty at the end of the text; or the line of the first conflict marker.
	Span text.Span
	// Line and Column of the start of Span, both from 1, the column in code points.
	Line, Column int
	// Message is a sentence without place: what was found and what was expected.
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Git writes the markers at the start of a line. No JSON text can hold such a line, because a line end cannot stand within a
// string; so one marker proves the conflict. diff3 adds the line with bars, Jujutsu others, but both open with "<<<<<<<".
var conflictMarker = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^(?:<{7}|>{7}|={7}|\|{7})(?:[ \t\r].*)?$`) })

func (r *Reader) fail(err error) {
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntactic):
		offset := min(r.base+int(syntactic.ByteOffset), len(r.source))
		if errors.Is(err, io.ErrUnexpectedEOF) {
			r.failAt(len(r.source), "the text ends before the value does")
			return
		}
		message := sentence(syntactic.Err)
		if rest := r.source[offset:]; strings.HasPrefix(rest, ",") {
			if next := strings.TrimLeft(rest[1:], " \t\r\n"); strings.HasPrefix(next, "}") || strings.HasPrefix(next, "]") {
				message = "found ',' after the last element, expected '" + next[:1] + "'"
			}
		}
		r.failAt(offset, message)
	case errors.Is(err, io.EOF):
		r.failAt(len(r.source), "the text is empty, expected a JSON value")
	default:
		r.failAt(r.offset(), sentence(err))
	}
}

// sentence turns the words of jsontext into ours: "found 'x' at start of value", "…, expected ':'".
func sentence(err error) string {
	message := strings.TrimPrefix(err.Error(), "jsontext: ")
	message = strings.Replace(message, "invalid character ", "found ", 1)
	if before, after, ok := strings.Cut(message, " (expecting "); ok {
		message = before + ", expected " + strings.TrimSuffix(after, ")")
	}
	return message
}

// conflict is the place of the first marker, nil where there is none. The expression is tried only on a text with seven of one of the
// characters: a broken text may have megabytes, and is broken at every other key while somebody types in it.
func conflict(source string) []int {
	for _, seven := range []string{"<<<<<<<", ">>>>>>>", "=======", "|||||||"} {
		if strings.Contains(source, seven) {
			return conflictMarker().FindStringIndex(source)
		}
	}
	return nil
}

func (r *Reader) failAt(offset int, message string) {
	e := &Error{Kind: Syntax, Span: text.Span{Start: offset, End: min(offset+1, len(r.source))}, Message: message}
	if marker := conflict(r.source); marker != nil {
		e.Kind, e.Span = Conflict, text.Span{Start: marker[0], End: marker[1]}
		e.Message = "the file holds the markers of an unfinished merge"
	}
	e.Line, e.Column = text.NewLines(r.source).Column(e.Span.Start)
	r.err = e
}
