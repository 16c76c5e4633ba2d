package parse

// #include <stdlib.h>
// #include "tree_flat.h"
import "C"

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/alexaandru/go-sitter-forest/nix"
	_ "github.com/tree-sitter/go-tree-sitter" // brings tree-sitter's C code; its Go binding costs a call into C for every node

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// maxDepth is the number of levels of the tree that are read. Nix's parser stops at a depth of 10,000 ("memory exhausted").
const maxDepth = 10000

// parseTimeout bounds one parse in C, in microseconds of a processor. A manifest of MaxSize takes about a third of it. Only a test changes it.
var parseTimeout uint64 = 2_000_000

// kind is what a node of the tree is. The grammar has several symbols for one name; here they are one.
type kind uint8

const (
	kOther kind = iota
	kError
	kSource
	kComment
	kIdentifier
	kKeyword
	kVariable
	kInteger
	kFloat
	kString
	kIndentedString
	kFragment
	kEscape
	kDollarEscape
	kInterpolation
	kPath
	kHomePath
	kSearchPath
	kPathFragment
	kURI
	kFunction
	kFormals
	kFormal
	kEllipsis
	kAssert
	kWith
	kLet
	kIf
	kHasAttr
	kUnary
	kBinary
	kApply
	kSelect
	kParenthesized
	kAttrset
	kLetAttrset
	kRecAttrset
	kBindingSet
	kBinding
	kInherit
	kInheritFrom
	kAttrpath
	kInheritedAttrs
	kList
	kColon
	kAt
	kOpenBrace
	kCloseBrace
	kOpenBracket
	kCloseBracket
	kOpenParen
	kCloseParen
	kOpenInterpolation
	kQuote
	kIndentedQuote
	kComma
	kQuestion
	kSemicolon
	kEquals
	kDot
	kOr
	kKeywordRec
	kKeywordLet
	kKeywordIn
	kKeywordInherit
	kKeywordWith
	kKeywordIf
	kKeywordThen
	kKeywordElse
	kKeywordAssert
	kOperator
	kindCount
)

// kindNames are the grammar's names of the kinds: of named nodes, and of the tokens, which are named by what they are.
var kindNames = map[string]kind{
	"source_code": kSource, "comment": kComment, "identifier": kIdentifier, "keyword": kKeyword,
	"variable_expression": kVariable, "integer_expression": kInteger, "float_expression": kFloat,
	"string_expression": kString, "indented_string_expression": kIndentedString, "string_fragment": kFragment,
	"escape_sequence": kEscape, "dollar_escape": kDollarEscape, "interpolation": kInterpolation,
	"path_expression": kPath, "hpath_expression": kHomePath, "spath_expression": kSearchPath, "path_fragment": kPathFragment,
	"uri_expression": kURI, "function_expression": kFunction, "formals": kFormals, "formal": kFormal, "ellipses": kEllipsis,
	"assert_expression": kAssert, "with_expression": kWith, "let_expression": kLet, "if_expression": kIf,
	"has_attr_expression": kHasAttr, "unary_expression": kUnary, "binary_expression": kBinary, "apply_expression": kApply,
	"select_expression": kSelect, "parenthesized_expression": kParenthesized, "attrset_expression": kAttrset,
	"let_attrset_expression": kLetAttrset, "rec_attrset_expression": kRecAttrset, "binding_set": kBindingSet,
	"binding": kBinding, "inherit": kKeywordInherit, "inherit_from": kInheritFrom, "attrpath": kAttrpath,
	"inherited_attrs": kInheritedAttrs, "list_expression": kList,
	":": kColon, "@": kAt, "{": kOpenBrace, "}": kCloseBrace, "[": kOpenBracket, "]": kCloseBracket, "(": kOpenParen,
	")": kCloseParen, "${": kOpenInterpolation, "\"": kQuote, "''": kIndentedQuote, ",": kComma, "?": kQuestion,
	";": kSemicolon, "=": kEquals, ".": kDot, "or": kOr, "rec": kKeywordRec, "let": kKeywordLet, "in": kKeywordIn,
	"with": kKeywordWith, "if": kKeywordIf, "then": kKeywordThen, "else": kKeywordElse, "assert": kKeywordAssert,
	"!": kOperator, "-": kOperator, "==": kOperator, "!=": kOperator, "<": kOperator, "<=": kOperator, ">": kOperator,
	">=": kOperator, "&&": kOperator, "||": kOperator, "+": kOperator, "*": kOperator, "/": kOperator, "->": kOperator,
	"//": kOperator, "++": kOperator,
}

// node is one node of a flat tree.
type node struct {
	start, end uint32
	// next is the index of the first node after this one's subtree: its next sibling, if its parent holds it.
	next int32
	kind kind
	// named says that the node is a rule of the grammar and not one of its tokens.
	named bool
}

// tree is a concrete syntax tree, a node before what it holds, the root first. It holds no C memory.
type tree struct {
	source string
	nodes  []node
	status parseStatus
	// broken says that there is an error in it.
	broken bool
}

type parseStatus uint8

const (
	parsed parseStatus = iota
	timedOut
	tooDeep
)

var (
	grammar = nix.GetLanguage()
	// symbols maps the grammar's symbols.
	symbols []struct {
		kind  kind
		named bool
	}
	// parsers are those of next versions that are not in use. A parser belongs to one goroutine at a time.
	parsers struct {
		sync.Mutex
		free []*C.TSParser
	}
)

func init() {
	useRegions()
	symbols = make([]struct {
		kind  kind
		named bool
	}, C.flat_symbol_count(grammar))
	for i := range symbols {
		s := &symbols[i]
		s.kind = kindNames[C.GoString(C.flat_symbol_name(grammar, C.uint32_t(i)))]
		s.named = bool(C.flat_symbol_named(grammar, C.uint32_t(i)))
		if s.kind == kKeywordInherit && s.named {
			s.kind = kInherit // the grammar calls the statement and its keyword alike
		}
	}
}

// useRegions gives tree-sitter the memory of region.c. Its binding puts Go functions there, which make a parse a third slower, and C's own
// malloc takes a sixth of what is left.
func useRegions() { C.region_allocator() }

// parseTree parses a text. It never fails: where time runs out the tree has a root only, and its status says so. before, which may be nil,
// is what is left of the version before, and is left with this one.
func parseTree(source string, before *version) *tree {
	if before == nil {
		return parseAlone(source)
	}
	if before.left.tree != nil {
		before.edit(source)
		if t := parseAfter(source, before); !t.broken && t.status == parsed {
			return t
		}
		// What a tree with errors looks like depends on what was there before.
		before.free()
	}
	return parseAfter(source, before)
}

// parseAlone parses a text that has no version before it, and leaves nothing for one after it.
func parseAlone(source string) *tree {
	r := regions.Get().(*region)
	defer regions.Put(r)
	var count C.uint32_t
	var status C.int
	var broken C.bool
	flat := C.flat_parse(r.memory, unsafe.Pointer(grammar), C.uint64_t(parseTimeout), (*C.char)(unsafe.Pointer(unsafe.StringData(source))), C.uint32_t(len(source)), maxDepth, &count, &status, &broken)
	defer C.free(unsafe.Pointer(flat))
	return newTree(source, unsafe.Slice(flat, int(count)), status, bool(broken))
}

// parseAfter parses a text by what is left of an edited version, and leaves a tree that has no errors.
func parseAfter(source string, before *version) *tree {
	parsers.Lock()
	var p *C.TSParser
	if n := len(parsers.free); n > 0 {
		p, parsers.free = parsers.free[n-1], parsers.free[:n-1]
	}
	parsers.Unlock()
	if p == nil {
		if p = C.flat_new_parser(unsafe.Pointer(grammar)); p == nil {
			panic(noParser)
		}
	}
	var count C.uint32_t
	var status C.int
	var broken C.bool
	before.source = source
	flat := C.flat_parse_version(p, C.uint64_t(parseTimeout), (*C.char)(unsafe.Pointer(unsafe.StringData(source))), C.uint32_t(len(source)), maxDepth, before.left, &count, &status, &broken)
	if status == C.FLAT_TIMEOUT {
		// It would go on with this text, and a reset is not enough: tree-sitter 0.25 forgets to clear that it was stopped while
		// it balanced the tree, and the next parse then fails an assertion.
		C.flat_delete_parser(p)
	} else {
		parsers.Lock()
		parsers.free = append(parsers.free, p)
		parsers.Unlock()
	}
	if before.left.tree == nil {
		defer C.free(unsafe.Pointer(flat))
	}
	defer runtime.KeepAlive(before) // the array may be its
	return newTree(source, unsafe.Slice(flat, int(count)), status, bool(broken))
}

const noParser = "parse: the grammar is not of a version that tree-sitter can read"

// newTree is the tree of what a parse gave.
func newTree(source string, flat []C.flat_node, status C.int, broken bool) *tree {
	t := &tree{source: source, broken: broken}
	switch status {
	case C.FLAT_NO_PARSER:
		panic(noParser)
	case C.FLAT_NO_MEMORY:
		panic("parse: out of memory")
	case C.FLAT_TIMEOUT:
		t.status = timedOut
		t.nodes = []node{{end: uint32(len(source)), next: 1, kind: kSource, named: true}}
		return t
	case C.FLAT_TOO_DEEP:
		t.status = tooDeep
	}
	t.nodes = nodesOf(len(flat))
	for i, f := range flat {
		n := node{start: uint32(f.start), end: uint32(f.end), next: int32(f.next), kind: kError, named: true}
		if int(f.symbol) < len(symbols) {
			n.kind, n.named = symbols[f.symbol].kind, symbols[f.symbol].named
		}
		t.nodes[i] = n
	}
	return t
}

// region is C's memory for one parse at a time.
type region struct{ memory *C.region }

// regions are those not in use. What the pool drops goes back to C.
var regions = sync.Pool{New: func() any {
	r := &region{C.region_new()}
	if r.memory == nil {
		panic("parse: out of memory")
	}
	runtime.SetFinalizer(r, func(r *region) { C.region_delete(r.memory) })
	return r
}}

// nodePool holds the nodes of trees that nobody needs any more: each manifest needs a thousand for a short time.
var nodePool sync.Pool

// maxPooled is the number of nodes over which memory is not kept for the next text.
const maxPooled = 1 << 16

// nodesOf gives so many nodes, to be filled.
func nodesOf(count int) []node {
	if old, ok := nodePool.Get().(*[]node); ok && cap(*old) >= count {
		return (*old)[:count]
	}
	return make([]node, count, count+count/2)
}

// release gives the nodes back. Nothing may hold the tree.
func (t *tree) release() {
	if nodes := t.nodes; cap(nodes) <= maxPooled {
		t.nodes = nil
		nodePool.Put(&nodes)
	}
}

// span is the place of a node.
func (t *tree) span(i int32) text.Span {
	return text.Span{Start: int(t.nodes[i].start), End: int(t.nodes[i].end)}
}

// text is the source of a node.
func (t *tree) text(i int32) string { return t.source[t.nodes[i].start:t.nodes[i].end] }

// kind is the kind of a node.
func (t *tree) kind(i int32) kind { return t.nodes[i].kind }
