package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress is one line on a terminal that is written over and wiped at the end. It shows nothing elsewhere, and nothing
// for work that is done before anybody would wonder.
type progress struct {
	mu      sync.Mutex
	to      io.Writer
	begun   time.Time
	last    time.Time
	written bool
}

// Work shorter than patience needs no line; a line is written again no sooner than after refresh.
const (
	patience = 300 * time.Millisecond
	refresh  = 100 * time.Millisecond
)

func newProgress(to io.Writer) *progress {
	if !isTerminal(to) {
		to = nil
	}
	return &progress{to: to, begun: time.Now()}
}

func (p *progress) show(format string, args ...any) {
	if p.to == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.begun) > patience && now.Sub(p.last) > refresh {
		p.last, p.written = now, true
		fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
	}
}

func (p *progress) done() {
	if p.to == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.written {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
