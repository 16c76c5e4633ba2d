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
	line := r.line()
	for _, t := range r.tokens[r.place.next:] {
		switch {
		case t.span.Start >= line.End || t.kind == comment || t.kind == '}':
			return nothing
		case t.kind == ';':
			return semicolon
		case t.kind == '.' || t.kind == '=':
			return more
		case t.span.Start == r.place.word.End:
			return more
		}
		return nothing
	}
	return nothing
}

// statement fills in an item that writes `NAME REST = VALUE;` at the key that the cursor is in, as far as that is not there:
// name is one element of a path, rest what follows it (`.follows`). The source of the value is given in two parts: a snippet
// puts the cursor between them, where there are two.
func (r *request) statement(i Item, name, rest, before, after string) Item {
	i.Edit.Span = r.place.word
	if r.place.str.kind == stringToken {
		i.Edit.New = strings.Trim(rewrite.StringSource(name), `"`) // within quotes only the name is written
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

// quoted fills in an item that writes a string, up to an offset: within the quotes that are there, closing them, and with the
// semicolon that is missing. start is where the edit begins, within the string.
func (r *request) quoted(i Item, start int, value string) Item {
	p := r.place
	value = strings.TrimSuffix(strings.TrimPrefix(rewrite.StringSource(value), `"`), `"`)
	i.Edit = text.Edit{Span: text.Span{Start: start, End: p.word.End}, New: value}
	quotes := `"`
	if p.kind == inString || p.kind == inListString {
		if p.str.indented {
			quotes = "''"
		}
	} else {
		i.Edit.New = quotes + i.Edit.New
	}
	list := p.kind == inList || p.kind == inListString
	ends := list || r.endsHere()
	switch closed := p.str.closed && p.str.span.End <= r.line().End; {
	case closed && ends:
	case closed:
		i.Edit.Span.End = p.str.span.End
		i.Edit.New += quotes + ";"
	case ends:
		i.Edit.New += quotes
	default:
		i.Edit.New += quotes + ";"
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
