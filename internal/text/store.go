package text

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Store keeps many short texts in few blocks of memory. Ten thousand files leave a hundred thousand texts in an index: one by one they
// are work for each collection of garbage, and lie scattered between garbage, which then takes as much memory as they do. A text stays
// for as long as the store, or any text of the same block, is used. The zero Store is empty; its methods may be called from many
// goroutines.
type Store struct {
	lock   sync.Mutex
	blocks atomic.Pointer[[]*[storeBlock]byte]
	used   int // bytes of the last block
}

// Place is where a text is in its store: the block, and in storeBits the offset there.
type Place uint32

// NoPlace is where no text is.
const NoPlace = ^Place(0)

const (
	storeBits  = 16
	storeBlock = 1 << storeBits // bytes
	// maxStored is the number of bytes over which a text is not kept: it would leave much of a block empty.
	maxStored = storeBlock / 4
	maxBlocks = 1<<(32-storeBits) - 1
)

// Put keeps a text. ok is false, and the place NoPlace, where it is too long, over 16 KB, or where 4 GB are in use.
func (s *Store) Put(text string) (at Place, ok bool) {
	if len(text) > maxStored {
		return NoPlace, false
	}
	var head [binary.MaxVarintLen32]byte
	width := binary.PutUvarint(head[:], uint64(len(text)))
	s.lock.Lock()
	defer s.lock.Unlock()
	var blocks []*[storeBlock]byte
	if known := s.blocks.Load(); known != nil {
		blocks = *known
	}
	if len(blocks) == 0 || s.used+width+len(text) > storeBlock {
		if len(blocks) == maxBlocks {
			return NoPlace, false
		}
		blocks = append(blocks, new([storeBlock]byte)) // who reads sees no more of the list than there was
		s.blocks.Store(&blocks)
		s.used = 0
	}
	at = Place((len(blocks)-1)<<storeBits | s.used)
	room := blocks[len(blocks)-1][s.used:]
	copy(room[copy(room, head[:width]):], text)
	s.used += width + len(text)
	return at, true
}

// Get is the text at a place that Put gave.
func (s *Store) Get(at Place) string {
	room := (*s.blocks.Load())[at>>storeBits][at%storeBlock:]
	length, width := uint64(room[0]), 1
	if length >= 0x80 {
		length, width = binary.Uvarint(room[:min(len(room), binary.MaxVarintLen32)])
	}
	if length == 0 {
		return ""
	}
	return unsafe.String(&room[width], length) // nobody writes there again
}

// Keep is a copy of a text in the store, or, where that does not take it, one of its own.
func (s *Store) Keep(text string) string {
	at, ok := s.Put(text)
	if !ok {
		return string([]byte(text))
	}
	return s.Get(at)
}
