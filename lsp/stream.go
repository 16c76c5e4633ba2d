package lsp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The caps of one frame. A client's header is two short lines; a body holds at most a lock of 32 MiB, whose escapes can
// nearly double it.
const (
	maxHeaderLine  = 8 << 10 // bytes, the line end included
	maxHeaderLines = 32
	maxBody        = 64 << 20 // bytes
)

// frameReader reads the frames of the base protocol (LSP 3.17, "Base Protocol"): header lines that end in \r\n, an empty
// line, and a body of as many bytes as Content-Length says.
type frameReader struct {
	in      *bufio.Reader
	maxBody int
}

// newFrameReader reads from in; a body of more than maxBody bytes is refused.
func newFrameReader(in io.Reader, maxBody int) *frameReader {
	return &frameReader{bufio.NewReaderSize(in, maxHeaderLine), maxBody}
}

// next is the body of the next frame, in memory of its own. The error is io.EOF where the stream ends between two frames
// and io.ErrUnexpectedEOF where it ends within one. After any error the place of the next frame is not known, so there is
// none.
func (f *frameReader) next() ([]byte, error) {
	length := -1
	for lines := 0; ; lines++ {
		line, err := f.line()
		switch {
		case err == io.EOF && lines > 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		if len(line) == 0 {
			break
		}
		if lines == maxHeaderLines {
			return nil, fmt.Errorf("a header of more than %d lines", maxHeaderLines)
		}
		name, value, colon := strings.Cut(string(line), ":")
		if !colon {
			return nil, errors.New("a header line without a colon, expected Content-Length: and a number")
		}
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 63)
		switch {
		case err != nil:
			return nil, errors.New("a Content-Length that is no decimal number")
		case n > uint64(f.maxBody):
			return nil, fmt.Errorf("a body of %d bytes, expected at most %d", n, f.maxBody)
		case length >= 0:
			return nil, errors.New("a header with two lines of Content-Length")
		}
		length = int(n)
	}
	if length < 0 {
		return nil, errors.New("a header without Content-Length")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(f.in, body); err == io.EOF {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return body, nil
}

// line is the next header line without its \r\n, valid until the next read.
func (f *frameReader) line() ([]byte, error) {
	line, err := f.in.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull:
		return nil, fmt.Errorf("a header line of more than %d bytes", maxHeaderLine)
	case err == io.EOF && len(line) > 0:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	}
	// A reader that goes on after a bare \n would wait for ever on a client that never sends \r\n.
	line, crlf := bytes.CutSuffix(line, []byte("\r\n"))
	if !crlf {
		return nil, errors.New(`a header line that ends in a bare \n, expected \r\n`)
	}
	return line, nil
}

// headerRoom holds the header of any frame.
const headerRoom = len("Content-Length: \r\n\r\n") + 20

func appendHeader(out []byte, length int) []byte {
	out = append(out, "Content-Length: "...)
	out = strconv.AppendInt(out, int64(length), 10)
	return append(out, "\r\n\r\n"...)
}

// frame is a whole frame around a body that is given in parts.
func frame(parts ...[]byte) []byte {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	out := appendHeader(make([]byte, 0, headerRoom+length), length)
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}

// encodedFrame is the frame of an object whose text is given up to the value of its last member; encoded is the part of the frame that
// is the value. The value is written where it stays: an answer can be long. The error is that of encoding/json.
func encodedFrame(head []byte, value any) (frame, encoded []byte, err error) {
	w := frameWriter{head: head}
	if err := json.NewEncoder(&w).Encode(value); err != nil {
		return nil, nil, err
	}
	end := len(w.out) - 1
	w.out[end] = '}' // in place of the line end that an Encoder adds
	header := appendHeader(make([]byte, 0, headerRoom), len(w.out)-headerRoom)
	start := headerRoom - len(header)
	copy(w.out[start:], header)
	return w.out[start:], w.out[headerRoom+len(head) : end], nil
}

// frameWriter takes what an Encoder writes, behind a head and room for a header.
type frameWriter struct{ head, out []byte }

func (w *frameWriter) Write(encoded []byte) (int, error) {
	if w.out == nil {
		w.out = append(make([]byte, headerRoom, headerRoom+len(w.head)+len(encoded)), w.head...)
	}
	w.out = append(w.out, encoded...)
	return len(encoded), nil
}
