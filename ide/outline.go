package ide

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// outline is what a file says at the level of its attributes, as far as tokens tell, and where in it the cursor is.
type outline struct {
	source string
	kind   parse.FileKind
	cursor int
	tokens []token
	// bindings are the bindings outside of functions, in the order of the text.
	bindings []binding
	pattern  *pattern
	place    place
	// current is the index of the binding whose path the cursor is in, -1 for none: it does not count as being there.
	current int
	byPath  map[string]bound
	looked  int // how often a value was looked for, without byPath
}

// binding is one `path = value;`.
type binding struct {
	// path is its attribute path from the top of the file.
	path []string
	// written is how many elements of the path stand in the binding itself.
	written int
	// key is where its own path stands.
	key text.Span
	// value is its text where that is one plain string, or one word such as `false`; hasValue tells.
	value    string
	hasValue bool
}

// pattern is the pattern of outputs, or of an entrypoint.nix.
type pattern struct {
	open text.Span
	// close is empty where the brace is missing.
	close    text.Span
	formals  []formal
	ellipsis text.Span
	// plain says that the argument is a name alone, with no pattern.
	plain bool
}

// formal is one name of a pattern, with its default, and the comma behind it (empty: there is none).
type formal struct {
	name  string
	span  text.Span
	comma text.Span
}

func (p *pattern) has(name string) bool {
	if p != nil {
		for _, f := range p.formals {
			if f.name == name {
				return true
			}
		}
	}
	return false
}

// placeKind is what kind of thing belongs at the cursor.
type placeKind uint8

const (
	nowhere placeKind = iota
	// atKey: an element of an attribute path.
	atKey
	// atValue: a value that is not a string yet; inString: the inside of a string that is a value.
	atValue
	inString
	// inListString and inList are the same for an element of a list.
	inListString
	inList
	// inPattern: a name of a pattern.
	inPattern
	inComment
)

// place is where the cursor is.
type place struct {
	kind placeKind
	// path is the attribute path of what holds the cursor: at a key, of the set (with the elements of the path that stand
	// before the cursor); at a value, of its attribute.
	path []string
	// written is how many elements of path stand in the binding of the cursor itself.
	written int
	// word is what would be replaced: the name, the content of the string.
	word text.Span
	// str is the string that the cursor is in.
	str token
	// next is the index of the token behind the word.
	next int
	// elements are the strings of the list that the cursor is in.
	elements []string
	// start is where the binding of the cursor begins.
	start int
	// key says, of a place in a function, that a name of a set belongs there and no value.
	key bool
}

type frameKind uint8

const (
	rootFrame frameKind = iota
	setFrame
	letFrame
	listFrame
	parenFrame
	patternFrame
)

// frame is one open bracket.
type frame struct {
	kind frameKind
	// path is the attribute path of the set; foreign says that it is in a function, or no part of the file's own value.
	path    []string
	foreign bool
	// indent is the indentation of the line on which the bracket opens.
	indent int
	// The rest is the binding at hand. value says that its `=` was met.
	value bool
	names []token
	dot   bool
	// candidate are the last tokens that could be the path of a binding, if a `=` follows.
	candidate []token
	// first is the first token of the value, count how many there are.
	first token
	count int
	// lambda says that a `:` was met: what follows is in a function. pending counts with and assert, which take a semicolon.
	lambda  bool
	pending int
	// record is the index of the binding in outline.bindings, -1 while there is none.
	record   int
	elements []string
}

// outlineKey is what an outline is kept under.
type outlineKey parse.FileKind

// outlineOf is the outline of a file around a cursor; a cursor of -1 is nowhere. That one is read once for each version of the file, and must
// not be changed.
func outlineOf(file *workspace.File, kind parse.FileKind, cursor int) *outline {
	if cursor >= 0 {
		return read(kind, file.Text, cursor)
	}
	return file.Derive(outlineKey(kind), func() any {
		o := read(kind, file.Text, -1)
		o.index()
		return o
	}).(*outline)
}

// read reads a text around a cursor; a cursor of -1 is nowhere.
func read(kind parse.FileKind, source string, cursor int) *outline {
	o := &outline{source: source, kind: kind, cursor: cursor, tokens: lex(source, cursor)}
	s := scanner{outline: o}
	s.run()
	o.current = slices.IndexFunc(o.bindings, func(b binding) bool { return b.key.Touches(cursor) })
	return o
}

// bound is what is known of a path.
type bound struct {
	// valued is the index, from 1, of the first binding that gives it a plain value; 0 where none does.
	valued int32
	// elsewhere says that it, or a path below it, is bound by another binding than the cursor's.
	elsewhere bool
}

// index makes the bindings found by their paths.
func (o *outline) index() {
	if o.byPath != nil {
		return
	}
	o.byPath = make(map[string]bound, 2*len(o.bindings))
	for i, b := range o.bindings {
		key := joined(b.path)
		if at := o.byPath[key]; b.hasValue && at.valued == 0 {
			at.valued = int32(i + 1)
			o.byPath[key] = at
		}
		for i != o.current && !o.byPath[key].elsewhere {
			at := o.byPath[key]
			at.elsewhere = true
			o.byPath[key] = at
			end := strings.LastIndexByte(key, separator)
			if end < 0 {
				break
			}
			key = key[:end]
		}
	}
}

// separator stands in no name.
const separator = '\x00'

func joined(path []string) string { return strings.Join(path, string(separator)) }

// at is what the index knows of a path. It copies none of it: a completion asks for hundreds.
func (o *outline) at(path []string) bound {
	var room [128]byte
	key := room[:0]
	for i, name := range path {
		if i > 0 {
			key = append(key, separator)
		}
		key = append(key, name...)
	}
	return o.byPath[string(key)]
}

// fewQuestions is how many values are looked for one by one before an index is made.
const fewQuestions = 8

// value is the plain value of a path, and whether it has one.
func (o *outline) value(path ...string) (string, bool) {
	if o.byPath == nil && o.looked < fewQuestions {
		o.looked++
		for i := range o.bindings {
			if b := &o.bindings[i]; b.hasValue && slices.Equal(b.path, path) {
				return b.value, true
			}
		}
		return "", false
	}
	o.index()
	at := o.at(path)
	if at.valued == 0 {
		return "", false
	}
	return o.bindings[at.valued-1].value, true
}

// inputValue is the plain value of an attribute of an input, or of an override, by its names.
func (o *outline) inputValue(names []string, attribute string) (string, bool) {
	var room [8]string
	return o.value(append(appendPath(room[:0], names), attribute)...)
}

// has says whether a path, or one below it, is bound elsewhere than at the cursor.
func (o *outline) has(path ...string) bool {
	o.index()
	return o.at(path).elsewhere
}

// members gives the names of what stands below a path, in the order of the text. The binding of the cursor does not count.
func (o *outline) members(path ...string) []string {
	var names []string
	seen := map[string]bool{}
	for i, b := range o.bindings {
		if i != o.current && len(b.path) > len(path) && slices.Equal(b.path[:len(path)], path) && !seen[b.path[len(path)]] {
			seen[b.path[len(path)]] = true
			names = append(names, b.path[len(path)])
		}
	}
	return names
}

// line is the extent of the cursor's line without its end.
func (o *outline) line() text.Span { return lineAround(o.source, o.cursor) }

func lineAround(source string, at int) text.Span {
	return text.Span{Start: strings.LastIndexAny(source[:at], "\r\n") + 1, End: lineEnd(source, at)}
}

// indentOf is the indentation of the line of an offset.
func indentOf(source string, at int) string {
	line := lineAround(source, at).In(source)
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
