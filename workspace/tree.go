package workspace

import (
	"sync"
	"sync/atomic"
)

// tree is a persistent array of entries by file id. A copy with one entry replaced shares all but three small nodes with the
// one before, so the next snapshot of ten thousand repos costs microseconds. Places that nobody has asked for are empty, and
// are filled at the first question in all trees that share them.
type tree struct {
	root *branch[branch[branch[entry]]]
	// slab is what an index takes entries from, nil later: who replaces one entry should not hold on to those beside it.
	slab *slab[entry]
}

// fan is the number of slots of a node; three levels hold 16 million files, more than memory does.
const fan = 256

type branch[T any] struct{ slots [fan]atomic.Pointer[T] }

func newTree() tree { return tree{root: new(branch[branch[branch[entry]]])} }

// get is the entry of an id, made at its first use.
func (t tree) get(id uint32, path string) *entry {
	outer := t.root.get(id>>16, func() *branch[branch[entry]] { return new(branch[branch[entry]]) })
	inner := outer.get(id>>8%fan, func() *branch[entry] { return new(branch[entry]) })
	return inner.get(id%fan, func() *entry {
		e := t.slab.take()
		e.path, e.onDisk = path, unseen
		return e
	})
}

// fresh is the tree with nothing known of an id.
func (t tree) fresh(id uint32) tree {
	outer := t.root.slots[id>>16].Load()
	if outer == nil {
		return t
	}
	inner := outer.slots[id>>8%fan].Load()
	if inner == nil {
		return t
	}
	return tree{root: t.root.with(id>>16, outer.with(id>>8%fan, inner.with(id%fan, nil)))}
}

// all calls f for every entry that anybody has asked for.
func (t tree) all(f func(*entry)) {
	t.root.each(func(b *branch[branch[entry]]) { b.each(func(b *branch[entry]) { b.each(f) }) })
}

func (b *branch[T]) get(i uint32, create func() *T) *T {
	if value := b.slots[i].Load(); value != nil {
		return value
	}
	if value := create(); b.slots[i].CompareAndSwap(nil, value) {
		return value
	}
	return b.slots[i].Load()
}

func (b *branch[T]) with(i uint32, value *T) *branch[T] {
	c := new(branch[T])
	for j := range b.slots {
		c.slots[j].Store(b.slots[j].Load())
	}
	c.slots[i].Store(value)
	return c
}

func (b *branch[T]) each(f func(*T)) {
	for i := range b.slots {
		if value := b.slots[i].Load(); value != nil {
			f(value)
		}
	}
}

// slab makes things of one kind side by side. One by one they lie among what an index throws away, each in the way of memory that would be
// free. A nil slab makes each by itself.
type slab[T any] struct {
	lock sync.Mutex
	free []T
	size int
}

// A slab begins with leastSlab things and doubles what it makes at once up to mostSlab.
const leastSlab, mostSlab = 4, 128

func (s *slab[T]) take() *T {
	if s == nil {
		return new(T)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(s.free) == 0 {
		s.size = min(max(2*s.size, leastSlab), mostSlab)
		s.free = make([]T, s.size)
	}
	one := &s.free[0]
	s.free = s.free[1:]
	return one
}
