package lsp

import "sync"

// mailbox is a queue with any number of senders, who never wait, and one receiver. It has no bound, because a sender that
// waits for the receiver is how two ends of a pipe come to wait for each other.
type mailbox[T any] struct {
	mu     sync.Mutex
	ready  sync.Cond
	items  []T
	closed bool
}

func newMailbox[T any]() *mailbox[T] {
	m := &mailbox[T]{}
	m.ready.L = &m.mu
	return m
}

// push adds an item at the end. After close it is dropped.
func (m *mailbox[T]) push(item T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.items = append(m.items, item)
	m.ready.Signal()
}

// close lets run return once what was pushed before is handled.
func (m *mailbox[T]) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.ready.Signal()
}

// run hands the items to handle, one at a time and in order, until close.
func (m *mailbox[T]) run(handle func(T)) {
	for {
		m.mu.Lock()
		for len(m.items) == 0 && !m.closed {
			m.ready.Wait()
		}
		items := m.items
		m.items = nil
		m.mu.Unlock()
		if len(items) == 0 {
			return
		}
		for i := range items {
			handle(items[i])
			clear(items[i : i+1]) // a handled frame is garbage, though the batch lives on
		}
	}
}
