package workspace

import (
	"sync"
	"sync/atomic"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// keeper keeps what an index has of its files in few blocks of memory, which they share; they are freed together, when all files have
// been read anew. A file that has changed takes none of it. A nil keeper keeps each thing by itself.
type keeper struct {
	texts text.Store
	locks *lock.Table
	// These are freed with their neighbours.
	places      slab[onDisk]
	lockEntries slab[lockEntry]
	summaries   slab[Summary]

	paths pathTable
	lock  sync.Mutex
	// references are where each is in texts; nil once the keeper is complete.
	references map[ref.Ref]text.Place
}

func newKeeper() *keeper {
	k := &keeper{paths: pathTable{known: map[string]uint32{}}, references: map[ref.Ref]text.Place{}}
	k.locks = lock.NewTable(&k.texts)
	return k
}

// complete says that all files are read, and frees what only reading needs. After it the keeper takes nothing more.
func (k *keeper) complete() {
	k.locks.Complete()
	k.lock.Lock()
	defer k.lock.Unlock()
	k.references, k.paths.known = nil, nil
}

// parseLock reads a flake.lock.
func (k *keeper) parseLock(content string) (*lock.Graph, error) {
	if k == nil {
		return lock.Parse(content)
	}
	return k.locks.Parse(content)
}

// summary is the kept copy of a summary that stands alone.
func (k *keeper) summary(s *Summary) *Summary {
	if k == nil {
		return s
	}
	packed, ok := k.packInputs(s.inputs)
	if !ok {
		return s
	}
	kept := k.summaries.take()
	*kept = Summary{Dir: s.Dir, file: s.file, syntax: parse.Compact(k.texts.Keep(string(s.syntax))), keeper: k, packed: k.texts.Keep(string(packed))}
	return kept
}

// place is for what is found at a path.
func (k *keeper) place() *onDisk {
	if k == nil {
		return new(onDisk)
	}
	return k.places.take()
}

func (k *keeper) lockEntry() *lockEntry {
	if k == nil {
		return new(lockEntry)
	}
	return k.lockEntries.take()
}

// What an input is, as a bit of its first number.
const (
	packedReference = 1 << iota
	packedIndirect
	packedFollow
	packedFlake
)

// packInputs gives the inputs as one text. ok is false where there is no room for what they hold.
func (k *keeper) packInputs(inputs []SummaryInput) (packed []byte, ok bool) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.references == nil {
		return nil, false
	}
	for _, in := range inputs {
		flags := uint32(0)
		set := func(flag uint32, is bool) {
			if is {
				flags |= flag
			}
		}
		set(packedReference, in.HasReference)
		set(packedIndirect, in.Indirect)
		set(packedFollow, in.IsFollow)
		set(packedFlake, in.IsFlake)
		packed = text.AppendNumber(packed, flags)
		packed = text.AppendNumber(packed, k.paths.of(in.Path, &k.texts))
		packed = text.AppendNumber(packed, uint32(in.Span.Start))
		packed = text.AppendNumber(packed, uint32(in.Span.Len()))
		if in.IsFollow {
			packed = text.AppendNumber(packed, k.paths.of(in.Follows, &k.texts))
		}
		if in.HasReference {
			at, known := k.references[in.Reference]
			if !known {
				if at, ok = k.texts.Put(string(in.Reference.AppendPacked(nil))); !ok {
					return nil, false
				}
				k.references[ref.Unpack(k.texts.Get(at))] = at
			}
			packed = text.AppendNumber(packed, uint32(at))
		}
	}
	return packed, true
}

// unpack takes an input that packInputs packed.
func (k *keeper) unpack(rest *text.Packed) SummaryInput {
	flags := rest.Number()
	in := SummaryInput{
		HasReference: flags&packedReference != 0, Indirect: flags&packedIndirect != 0, IsFollow: flags&packedFollow != 0, IsFlake: flags&packedFlake != 0,
		Path: k.paths.get(rest.Number()),
	}
	in.Span.Start = int(rest.Number())
	in.Span.End = in.Span.Start + int(rest.Number())
	if in.IsFollow {
		in.Follows = k.paths.get(rest.Number())
	}
	if in.HasReference {
		in.Reference = ref.Unpack(k.texts.Get(text.Place(rest.Number())))
	}
	return in
}

// pathTable numbers paths of names: most inputs of ten thousand flakes have one of a few hundred. One goroutine at a time may add paths,
// while others get them.
type pathTable struct {
	known  map[string]uint32
	blocks atomic.Pointer[[]*[pathBlock][]string]
	count  uint32
	names  []string // for the next paths
}

const pathBlock = 256

// of is the number of a path, of which the names are kept in texts.
func (t *pathTable) of(path []string, texts *text.Store) uint32 {
	var key []byte
	for _, name := range path {
		key = append(text.AppendNumber(key, uint32(len(name))), name...)
	}
	if known, ok := t.known[string(key)]; ok {
		return known
	}
	var blocks []*[pathBlock][]string
	if now := t.blocks.Load(); now != nil {
		blocks = *now
	}
	if int(t.count) == len(blocks)*pathBlock {
		blocks = append(blocks, new([pathBlock][]string))
		t.blocks.Store(&blocks)
	}
	at := t.count
	kept := t.namesFor(len(path))
	for i, name := range path {
		kept[i] = texts.Keep(name)
	}
	blocks[at/pathBlock][at%pathBlock] = kept
	t.known[string(key)] = at
	t.count++
	return at
}

// namesFor gives room for a path.
func (t *pathTable) namesFor(count int) []string {
	if len(t.names) < count {
		t.names = make([]string, max(pathBlock, count))
	}
	names := t.names[:count:count]
	t.names = t.names[count:]
	return names
}

// get is the path of a number.
func (t *pathTable) get(at uint32) []string { return (*t.blocks.Load())[at/pathBlock][at%pathBlock] }
