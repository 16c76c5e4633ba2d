// Package spanjson reads the JSON files of Nix and its tools (flake.lock, registry.json, lock.json) part by part, with the
// place of each part, and says in words, with line and column, why a file is no JSON. What the values mean is the
// business of its callers.
package spanjson

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Reader walks through one JSON text from its start to its end. After the first error every method does nothing and gives
// zero values, so a caller asks Err once, at the end.
//
// It takes what the JSON library of Nix (nlohmann) takes: a byte order mark at the start is skipped, a name may stand twice
// in an object (who reads last wins), and text after the value is an error.
type Reader struct {
	source  string
	base    int // where the decoder's text starts in source: behind the byte order mark, or at a part
	decoder *jsontext.Decoder
	err     *Error
}

const byteOrderMark = "\ufeff"

// NewReader starts at the beginning of a text. A text of more than maxSize bytes is an error, and is not read.
func NewReader(source string, maxSize int) *Reader {
	r := &Reader{source: source}
	if len(source) > maxSize {
		r.err = &Error{Kind: TooLarge, Line: 1, Column: 1,
			Message: "the file has " + strconv.Itoa(len(source)) + " bytes, more than the " + strconv.Itoa(maxSize) + " that are read"}
		return r
	}
	if strings.HasPrefix(source, byteOrderMark) {
		r.base = len(byteOrderMark)
	}
	r.decoder = decoderOf(source[r.base:])
	return r
}

// Err is the first error, always an *Error, or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Kind tells the next value before it is read: '{', '[', '"', '0' (any number), 't', 'f', 'n'. It is 0 after an error.
func (r *Reader) Kind() byte {
	if r.err != nil {
		return 0
	}
	switch kind := r.decoder.PeekKind(); kind {
	case '{', '[', '"', '0', 't', 'f', 'n':
		return byte(kind)
	}
	return 0
}

// Object reads an object. For each member it calls each with the name and the span of the name with its quotes; each reads
// the member's value, or leaves it alone, and then it is skipped. ok is false, and the value is skipped, where the next
// value is no object. The span is that of the whole value.
func (r *Reader) Object(each func(name string, span text.Span)) (span text.Span, ok bool) {
	return r.composite('{', func() {
		name, span, _ := r.String()
		if r.err == nil {
			r.member(func() { each(name, span) })
		}
	})
}

// Array reads an array. For each element it calls each with the index, which reads the element or leaves it alone. ok is
// false, and the value is skipped, where the next value is no array. The span is that of the whole value.
func (r *Reader) Array(each func(index int)) (span text.Span, ok bool) {
	index := 0
	return r.composite('[', func() {
		r.member(func() { each(index) })
		index++
	})
}

func (r *Reader) composite(open byte, member func()) (span text.Span, ok bool) {
	if r.Kind() != open {
		return r.Skip(), false
	}
	r.token()
	span.Start = r.offset() - 1
	for r.err == nil {
		switch r.decoder.PeekKind() {
		case '}', ']':
			r.token()
			span.End = r.offset()
			return span, r.err == nil
		}
		member()
	}
	return text.Span{}, false
}

// member lets read do its work and skips the value if it did nothing.
func (r *Reader) member(read func()) {
	before := r.decoder.InputOffset()
	read()
	if r.err == nil && r.decoder.InputOffset() == before {
		r.Skip()
	}
}

// String reads a string, which may be a part of the text and keep that in memory. ok is false, and the value is skipped, where
// the next value is none. The span includes the quotes.
func (r *Reader) String() (value string, span text.Span, ok bool) {
	kind := r.Kind()
	raw, span := r.value()
	if kind != '"' || r.err != nil {
		return "", span, false
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return r.source[span.Start+1 : span.End-1], span, true
	}
	unquoted, err := jsontext.AppendUnquote(nil, []byte(raw))
	if err != nil {
		r.fail(err)
		return "", span, false
	}
	return string(unquoted), span, true
}

// Scalar reads a string, a number or a boolean as a Go string, int64 or bool, the values of attributes of a reference. ok is
// false, and the value is skipped, for null, an object or an array, and for a number that int64 cannot hold. A fraction is
// cut off, as Nix does.
func (r *Reader) Scalar() (value any, span text.Span, ok bool) {
	switch kind := r.Kind(); kind {
	case '"':
		return r.String()
	case 't', 'f':
		_, span = r.value()
		return kind == 't', span, r.err == nil
	case '0':
		raw, span := r.value()
		number, ok := integer(string(raw))
		return number, span, ok && r.err == nil
	}
	return nil, r.Skip(), false
}

func integer(raw string) (int64, bool) {
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || f < -1<<63 || f >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// Skip passes over the next value, whatever it is, and gives its span.
func (r *Reader) Skip() text.Span {
	_, span := r.value()
	return span
}

// Raw reads the next value, whatever it is, and gives its text. Within reads what is in it.
func (r *Reader) Raw() (value string, span text.Span) {
	span = r.Skip()
	return span.In(r.source), span
}

// Within is a reader of a part of the text, a value that was read already: the spans of what it reads are those of the whole.
func (r *Reader) Within(span text.Span) *Reader {
	return &Reader{
		source: r.source[:span.End], base: span.Start,
		decoder: decoderOf(r.source[span.Start:span.End]),
	}
}

// decoderOf reads a text where it lies: the decoder changes nothing in the buffer that it is given.
func decoderOf(source string) *jsontext.Decoder {
	bytes := bytes.NewBuffer(unsafe.Slice(unsafe.StringData(source), len(source)))
	return jsontext.NewDecoder(bytes, jsontext.AllowDuplicateNames(true))
}

// End reads to the end of the text. Anything but white space there is an error.
func (r *Reader) End() {
	if r.err != nil {
		return
	}
	if _, err := r.decoder.ReadToken(); err == nil {
		r.failAt(r.offset()-1, "found more text after the end of the value")
	} else if err != io.EOF {
		r.fail(err)
	}
}

// value is the raw text of the next value. It is good until the next read only.
func (r *Reader) value() (jsontext.Value, text.Span) {
	if r.err != nil {
		return nil, text.Span{}
	}
	raw, err := r.decoder.ReadValue()
	if err != nil {
		r.fail(err)
		return nil, text.Span{}
	}
	end := r.offset()
	return raw, text.Span{Start: end - len(raw), End: end}
}

func (r *Reader) token() {
	if _, err := r.decoder.ReadToken(); err != nil {
		r.fail(err)
	}
}

func (r *Reader) offset() int { return r.base + int(r.decoder.InputOffset()) }
