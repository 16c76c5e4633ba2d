package parse

// #include "tree_flat.h"
import "C"

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxVersions is the number of documents whose trees are kept: a person edits few at a time.
const maxVersions = 8

// Versions keeps the syntax trees of the documents that were parsed last, so that the next version of one of them is parsed only where it
// differs. The zero value is empty. It may be used by many goroutines.
type Versions struct {
	mu   sync.Mutex
	last []*version // the one used last at the end
}

// version is what is left of the parse of one version of a document. It is used by one goroutine at a time.
type version struct {
	name   string
	source string // what was parsed: the text, with what is wrong in it mended
	// left holds no memory of Go's; its tree is nil where the text had errors. It stands in memory of its own, which C may be given.
	left *C.flat_version
}

func newVersion(name string) *version {
	v := &version{name: name, left: new(C.flat_version)}
	runtime.SetFinalizer(v, (*version).free) // Versions may become garbage with trees in it, which Go does not know of
	return v
}

// Parse is the manifest that the function Parse gives. name is the same for all versions of a document.
func (v *Versions) Parse(name string, kind FileKind, source string) *Manifest {
	before := v.take(name)
	m := parseVersion(kind, source, before)
	v.put(before)
	return m
}

// Forget drops what is left of a document.
func (v *Versions) Forget(name string) { v.take(name).free() }

// Len is of how many documents something is left.
func (v *Versions) Len() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.last)
}

// take gives what is left of a document; nobody else has it until put.
func (v *Versions) take(name string) *version {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := slices.IndexFunc(v.last, func(v *version) bool { return v.name == name })
	if i < 0 {
		return newVersion(name)
	}
	found := v.last[i]
	v.last = slices.Delete(v.last, i, i+1)
	return found
}

// put keeps what is left of a document, in place of what another goroutine has put there meanwhile.
func (v *Versions) put(left *version) {
	if left.left.tree == nil {
		return
	}
	v.Forget(left.name)
	v.mu.Lock()
	v.last = append(v.last, left)
	var drop *version
	if len(v.last) > maxVersions {
		drop = v.last[0]
		v.last = slices.Delete(v.last, 0, 1)
	}
	v.mu.Unlock()
	if drop != nil {
		drop.free()
	}
}

// free forgets what is left.
func (v *version) free() {
	C.flat_forget(v.left)
	v.source = ""
}

// edit tells the tree by what its text differs from another one.
func (v *version) edit(source string) {
	old := v.source
	start, most := 0, min(len(old), len(source))
	for start < most && old[start] == source[start] {
		start++
	}
	end := 0 // counted from the end of both
	for end < most-start && old[len(old)-1-end] == source[len(source)-1-end] {
		end++
	}
	// Tokens are read in whole characters.
	for start > 0 && (inCharacter(old, start) || inCharacter(source, start)) {
		start--
	}
	for end > 0 && (inCharacter(old, len(old)-end) || inCharacter(source, len(source)-end)) {
		end--
	}
	var points [6]C.uint32_t
	point := func(i int, text string) {
		points[i] = C.uint32_t(strings.Count(text, "\n"))
		points[i+1] = C.uint32_t(len(text) - 1 - strings.LastIndexByte(text, '\n'))
	}
	point(0, old[:start])
	point(2, old[:len(old)-end])
	point(4, source[:len(source)-end])
	C.flat_edit(v.left, C.uint32_t(start), C.uint32_t(len(old)-end), C.uint32_t(len(source)-end), &points[0])
}

// inCharacter says whether a character has begun before a place and goes on there.
func inCharacter(text string, at int) bool { return at < len(text) && !utf8.RuneStart(text[at]) }
