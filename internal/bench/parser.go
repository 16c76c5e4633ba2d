package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// parser is a bare tree-sitter in a process of its own, which parses one manifest whenever it is asked.
type parser struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// startParser starts the program limit on a manifest.
func startParser(limit, manifest string) (*parser, error) {
	p := &parser{command: exec.Command(limit, manifest)}
	var err error
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.command.Start()
}

// middle is the middle of the milliseconds of some parses, made now.
func (p *parser) middle() (float64, error) {
	if _, err := p.in.Write([]byte("\n")); err != nil {
		return 0, fmt.Errorf("limit: %w", err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("what limit wrote: %w", err)
	}
	return strconv.ParseFloat(strings.TrimSpace(line), 64)
}

// end ends the process.
func (p *parser) end() {
	_ = p.in.Close()
	_ = p.command.Wait() // it has nothing left to say
}
