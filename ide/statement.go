package ide

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

// tail is what stands behind the cursor's word on its line, and need not be written again.
type tail uint8

const (
	// nothing: the statement ends with what is inserted.
	nothing tail = iota
	// semicolon: only `;` is there.
	semicolon
	// more: the path goes on, or a value is there.
	more
)

func (r *request) tail() tail {
	if r.place.next >= len(r.tokens) {
		return nothing
	}
	t := r.tokens[r.place.next]
	switch {
	case t.span.Start >= r.line().End || t.kind == comment || t.kind == '}':
		return nothing
	case t.kind == ';':
		return semicolon
	case t.kind == '.' || t.kind == '=' || t.span.Start == r.place.word.End:
		return more
	}
	return nothing
}

// statement fills in an item that writes `NAME REST = VALUE;` at the key that the cursor is in, as far as that is not there:
// name is one element of a path, rest what follows it (`.follows`). The source of the value is given in two parts: a snippet
// puts the cursor between them, where there are two.
func (r *request) statement(i Item, name, rest, before, after string) Item {
	i.Edit.Span = r.place.word
	if r.place.str.kind == stringToken {
		i.Edit.New = strings.Trim(stringSource(name), `"`) // within quotes only the name is written
		return i
	}
	key := rewrite.NameSource(name)
	end := ";"
	switch r.tail() {
	case more:
		i.Edit.New = key
		return i
	case semicolon:
		end = ""
	}
	key += rest + " = "
	i.Edit.New = key + before + after + end
	if after != "" {
		i.Snippet = snippetText(key+before) + "$0" + snippetText(after+end)
	}
	return i
}

// quoted fills in an item that writes a string. Within quotes it replaces what stands there and nothing else: whoever has
// typed a quote, or has an editor that does, is about to type what ends it, and would get that twice. start is where the edit
// begins.
func (r *request) quoted(i Item, start int, value string) Item {
	p := r.place
	i.Edit = text.Edit{Span: text.Span{Start: start, End: p.word.End}}
	switch p.kind {
	case inString, inListString:
		i.Edit.New = r.inside(value)
	case inList:
		i.Edit.New = stringSource(value)
	default:
		i.Edit.New = stringSource(value)
		if !r.endsHere() {
			i.Edit.New += ";"
		}
	}
	return i
}

// endsHere says whether a semicolon, or something that a value goes on with, stands behind the cursor's word on its line.
func (r *request) endsHere() bool {
	line := r.line()
	if r.place.next >= len(r.tokens) {
		return false
	}
	t := r.tokens[r.place.next]
	if t.kind == ';' {
		return true
	}
	return t.span.Start < line.End && t.kind != '}' && t.kind != comment && t.kind != identifier
}

// inside is what stands for a value within the quotes that the cursor is in. See fitsIndented.
func (r *request) inside(value string) string {
	if r.place.str.indented {
		return value
	}
	return stringContent(value)
}

// fitsIndented says whether a value can stand between the quotes of an indented string as it is. What cannot needs an escape, which makes
// several pieces of the string.
func fitsIndented(value string) bool {
	return !strings.Contains(value, "''") && !strings.Contains(value, "${") && !strings.HasSuffix(value, "'") && !strings.HasSuffix(value, "$")
}

// stringSource is a string as Nix source.
func stringSource(s string) string { return `"` + stringContent(s) + `"` }

// stringContent is what stands between the quotes of a string as Nix source. Most have nothing to escape.
func stringContent(s string) string {
	if strings.ContainsAny(s, "\"\\$\r\n\t") {
		return strings.TrimSuffix(strings.TrimPrefix(rewrite.StringSource(s), `"`), `"`)
	}
	return s
}
