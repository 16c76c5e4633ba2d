package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// client speaks with the real program over a pipe, and waits for each answer: what goes on in it meanwhile is next to nothing. An
// error of the conversation is kept, and ends it.
type client struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	lastID  int
	indexed bool // whether the server has said that all flakes are read
	err     error
}

// serve starts a server.
func serve(program string) (*client, error) {
	c := &client{command: exec.Command(program)}
	var err error
	if c.in, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReaderSize(out, 1<<16)
	return c, c.command.Start()
}

// frame is a message as it goes over the wire, made before the clock runs.
func frame(message map[string]any) []byte {
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	if err != nil {
		panic(err) // it holds strings, numbers and maps
	}
	return fmt.Appendf(nil, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

func (c *client) send(frame []byte) {
	if c.err == nil {
		_, c.err = c.in.Write(frame)
	}
}

func (c *client) notify(method string, params any) {
	c.send(frame(map[string]any{"method": method, "params": params}))
}

// request is the frame of a request with a new id, and the words that its answer has.
func (c *client) request(method string, params any) (request []byte, answer string) {
	c.lastID++
	message := map[string]any{"id": c.lastID, "method": method}
	if params != nil {
		message["params"] = params
	}
	return frame(message), fmt.Sprintf(`"id":%d,"result"`, c.lastID)
}

// call sends a request and gives the body of its answer.
func (c *client) call(method string, params any) []byte {
	request, answer := c.request(method, params)
	c.send(request)
	return c.await(answer)
}

// await reads until a message has all of the words, and gives it. What the server asks is answered with null.
func (c *client) await(words ...string) []byte {
	for c.err == nil {
		body := c.read()
		c.indexed = c.indexed || bytes.Contains(body, []byte(`"quiescent":true`))
		found := true
		for _, word := range words {
			found = found && bytes.Contains(body, []byte(word))
		}
		if found {
			return body
		}
		if bytes.Contains(body, []byte(`"error":`)) && bytes.Contains(body, []byte(`"code":-32`)) {
			c.err = fmt.Errorf("the server answered %s", body)
		}
		var asked struct {
			ID     json.RawMessage
			Method string
		}
		if c.err == nil && bytes.Contains(body, []byte(`"id"`)) {
			if c.err = json.Unmarshal(body, &asked); asked.ID != nil && asked.Method != "" {
				c.send(frame(map[string]any{"id": asked.ID, "result": nil}))
			}
		}
	}
	return nil
}

func (c *client) read() []byte {
	length := 0
	for c.err == nil {
		var line string
		if line, c.err = c.out.ReadString('\n'); line == "\r\n" {
			break
		}
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "Content-Length: "); ok && c.err == nil {
			length, c.err = strconv.Atoi(value)
		}
	}
	body := make([]byte, length)
	if c.err == nil {
		_, c.err = io.ReadFull(c.out, body)
	}
	return body
}

// end ends the session.
func (c *client) end() error {
	c.call("shutdown", nil)
	c.send(frame(map[string]any{"method": "exit"}))
	if c.err != nil {
		_ = c.command.Process.Kill()
		_ = c.command.Wait()
		return c.err
	}
	return c.command.Wait()
}
