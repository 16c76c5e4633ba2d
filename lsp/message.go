package lsp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"
)

// Codes of LSP 3.17 ("Base Protocol", ErrorCodes) that jsonrpc2 does not name.
const (
	codeServerNotInitialized = -32002
	codeRequestFailed        = -32803
	codeContentModified      = -32801
	codeRequestCancelled     = -32800
)

// rpcError is an error with the code that the client is to see.
func rpcError(code int64, format string, arguments ...any) *jsonrpc2.Error {
	return &jsonrpc2.Error{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

// message is one JSON-RPC 2.0 object as it came in. Its parts are slices of the body, not copies: a lock of 32 MiB must
// not be held three times.
type message struct {
	ID     json.RawMessage // a string or a number, byte for byte as it was sent; nil in a notification
	Method string          // "" in an answer
	Params json.RawMessage // nil where absent or null
	Result json.RawMessage // of an answer to a call of ours
	Error  *jsonrpc2.Error // of an answer to a call of ours
}

// decodeMessage reads a body. The error is what the client is to be told, under the message's ID if that could be read:
// -32700 for what is no JSON, -32600 for JSON that is no request, notification or answer (LSP has no batches).
func decodeMessage(body []byte) (message, *jsonrpc2.Error) {
	// A repeated member and a wrong byte are no reason to be deaf: encoding/json, which reads the params, takes both.
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	kind := decoder.PeekKind()
	fields, err := members(decoder, kind)
	if err == nil {
		if _, end := decoder.ReadToken(); end != io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	switch {
	case err != nil:
		return message{}, rpcError(jsonrpc2.CodeParseError, "the body is not one JSON value")
	case kind == '[':
		return message{}, rpcError(jsonrpc2.CodeInvalidRequest, "the body is a batch; the Language Server Protocol has none")
	case kind != '{':
		return message{}, rpcError(jsonrpc2.CodeInvalidRequest, "the body is not a JSON object")
	}

	var m message
	if id, found := fields["id"]; found {
		switch id.Kind() {
		case '"', '0':
			m.ID = json.RawMessage(id)
		case 'n':
			if fields["method"] == nil {
				break // the client's answer to something of ours that it could not read
			}
			fallthrough
		default:
			return m, rpcError(jsonrpc2.CodeInvalidRequest, "the id is neither a string nor a number")
		}
	}
	if method, found := fields["method"]; found {
		if json.Unmarshal(method, &m.Method) != nil || m.Method == "" {
			return m, rpcError(jsonrpc2.CodeInvalidRequest, "the method is not the name of one")
		}
		if params := fields["params"]; params != nil && params.Kind() != 'n' {
			m.Params = json.RawMessage(params)
		}
		return m, nil
	}
	m.Result = json.RawMessage(fields["result"])
	if failure := fields["error"]; failure != nil && failure.Kind() != 'n' {
		if json.Unmarshal(failure, &m.Error) != nil {
			m.Error = rpcError(jsonrpc2.CodeInternalError, "the client failed, with an error object of a wrong shape")
		}
	}
	if m.Result == nil && m.Error == nil {
		return m, rpcError(jsonrpc2.CodeInvalidRequest, "the object has neither method nor result nor error")
	}
	return m, nil
}

// members reads one value whole. Of an object it gives the members by name.
func members(decoder *jsontext.Decoder, kind jsontext.Kind) (map[string]jsontext.Value, error) {
	if kind != '{' {
		_, err := decoder.ReadValue()
		return nil, err
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	fields := make(map[string]jsontext.Value, 4)
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		// The decoder reads from a bytes.Buffer, so the value is a slice of the body and stays what it is.
		if fields[key], err = decoder.ReadValue(); err != nil {
			return nil, err
		}
	}
	_, err := decoder.ReadToken()
	return fields, err
}

var null = json.RawMessage("null")

// answerHead is an answer up to the value of one of its members. A nil id, of a request whose id could not be read, is null.
func answerHead(id json.RawMessage, member string) []byte {
	if id == nil {
		id = null
	}
	const begin, middle, end = `{"jsonrpc":"2.0","id":`, `,"`, `":`
	head := make([]byte, 0, len(begin)+len(id)+len(middle)+len(member)+len(end))
	head = append(append(head, begin...), id...)
	return append(append(append(head, middle...), member...), end...)
}

// answerFrame is the frame of an answer with a result, and the result within it. The error is that of encoding/json.
func answerFrame(id json.RawMessage, result any) (frame, encoded []byte, err error) {
	return encodedFrame(answerHead(id, "result"), result)
}

// failureFrame is the frame of an answer with an error.
func failureFrame(id json.RawMessage, failure *jsonrpc2.Error) []byte {
	value := append(strconv.AppendInt([]byte(`{"code":`), failure.Code, 10), `,"message":`...)
	value = append(value, quoted(failure.Message)...)
	if failure.Data != nil {
		value = append(append(value, `,"data":`...), *failure.Data...)
	}
	return frame(answerHead(id, "error"), value, []byte(`}}`))
}

// requestFrame is the frame of a notification, or with an id of a request, and the params within it. Nil params are left out, because some
// clients refuse a null. The error is that of encoding/json.
func requestFrame(id []byte, method string, params any) (whole, encoded []byte, err error) {
	head := []byte(`{"jsonrpc":"2.0"`)
	if id != nil {
		head = append(append(head, `,"id":`...), id...)
	}
	head = append(append(head, `,"method":`...), quoted(method)...)
	if params == nil {
		return frame(head, []byte(`}`)), nil, nil
	}
	return encodedFrame(append(head, `,"params":`...), params)
}

// quoted is a JSON string. AppendQuote's only error is bad UTF-8, which it still writes, with U+FFFD in its place.
func quoted(s string) []byte {
	out, _ := jsontext.AppendQuote(nil, s)
	return out
}
