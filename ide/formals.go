package ide

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// dependencies are those that the mana.nix beside an entrypoint.nix declares.
func (r *request) dependencies() []string {
	file, err := r.snapshot.File(filepath.Join(r.dir(), "mana.nix"))
	if err != nil {
		return nil // with no manifest there is nothing to complete
	}
	return outlineOf(file, parse.Mana, -1).members("dependencies")
}

// formals completes a name of the pattern of outputs, or of that of an entrypoint.nix.
func (r *request) formals() {
	if !r.pattern.ellipsis.Empty() && r.pattern.ellipsis.End <= r.place.word.Start {
		return // nothing may follow the ellipsis
	}
	there := r.pattern.withoutCursor(r.place.word)
	pattern := &pattern{formals: there}
	offer := func(rank byte, name, id, short, detail string) {
		if pattern.has(name) || !isName(name) {
			return
		}
		item := Item{ID: id, Label: name, Kind: FormalItem, Brief: short, Detail: detail}
		item.Edit, item.Additional = r.formalEdits(name)
		r.offer(rank, item)
	}
	if r.kind == parse.Entrypoint {
		for _, name := range r.dependencies() {
			offer(1, name, "dependency:"+name, "dependency of mana.nix", "dependency of mana.nix")
		}
		return
	}
	offer(2, "self", "formal:self", "this flake", "this flake")
	for _, name := range r.members("inputs") {
		if name != "self" {
			short, detail := r.describe([]string{name})
			offer(1, name, "input:"+name, short, detail)
		}
	}
}

// formalEdits write a name at the cursor, with the commas that it needs around it.
func (r *request) formalEdits(name string) (edit text.Edit, additional []text.Edit) {
	var before, after token
	for _, t := range r.tokens {
		switch {
		case t.kind == comment:
		case t.span.Start < r.place.word.Start:
			before = t
		case t.span.Start >= r.place.word.End && t.span != r.place.word && after.kind == 0:
			after = t
		}
	}
	switch after.kind {
	case identifier, ellipsis:
		name += ","
		if after.span.Start == r.place.word.End {
			name += " "
		}
	case '}':
		if after.first && r.trailingCommas() {
			name += ","
		}
	}
	if before.kind != '{' && before.kind != ',' {
		if before.span.End == r.place.word.Start || r.leadingComma() >= 0 {
			name = ", " + name
		} else {
			additional = []text.Edit{{Span: text.Span{Start: before.span.End, End: before.span.End}, New: ","}}
		}
	}
	return text.Edit{Span: r.place.word, New: name}, additional
}

// leadingComma is the place of a comma of the pattern that begins a line: such a file writes all of them so. -1 is none.
func (r *request) leadingComma() int {
	for _, f := range r.pattern.formals {
		if !f.comma.Empty() && r.startsLine(f.comma.Start) {
			return f.comma.Start
		}
	}
	return -1
}

// trailingCommas says whether every name of the pattern stands on a line of its own with a comma behind it.
func (r *request) trailingCommas() bool {
	formals := r.pattern.withoutCursor(r.place.word)
	for _, f := range formals {
		if f.comma.Empty() || !r.startsLine(f.span.Start) {
			return false
		}
	}
	return len(formals) > 0
}

func (r *request) startsLine(at int) bool {
	return strings.TrimLeft(r.source[lineAround(r.source, at).Start:at], " \t") == ""
}

// addFormal is the edit that adds a name to a pattern that is closed, behind its last name; nil where none is needed.
func (r *request) addFormal(name string) []text.Edit {
	p := r.pattern
	if p == nil || p.plain || p.close.Empty() || !p.ellipsis.Empty() || p.has(name) || !isName(name) {
		return nil
	}
	insert := func(at int, with string) text.Edit {
		return text.Edit{Span: text.Span{Start: at, End: at}, New: with}
	}
	if len(p.formals) == 0 {
		if strings.TrimSpace(r.source[p.open.End:p.close.Start]) != "" {
			return []text.Edit{insert(p.open.End, " "+name)}
		}
		return []text.Edit{{Span: text.Span{Start: p.open.End, End: p.close.Start}, New: " " + name + " "}}
	}
	last := p.formals[len(p.formals)-1]
	leading := r.leadingComma()
	end := last.span.End
	if !last.comma.Empty() && leading < 0 {
		end = last.comma.End
	}
	rest, _, _ := strings.Cut(r.source[end:lineEnd(r.source, end)], "#")
	free := strings.TrimSpace(rest) == ""
	switch {
	case !free, leading < 0 && !r.startsLine(last.span.Start):
		return []text.Edit{insert(last.span.End, ", "+name)}
	case leading >= 0:
		column := r.source[lineAround(r.source, leading).Start:leading]
		return []text.Edit{insert(lineEnd(r.source, end), r.eol()+column+", "+name)}
	}
	line := r.eol() + indentOf(r.source, last.span.Start) + name
	if !last.comma.Empty() {
		return []text.Edit{insert(lineEnd(r.source, end), line+",")}
	}
	if at := lineEnd(r.source, end); at != end {
		return []text.Edit{insert(end, ","), insert(at, line)} // a comment stands behind the last name
	}
	return []text.Edit{insert(end, ","+line)}
}

// isName says whether Nix takes a name as an identifier.
func isName(name string) bool {
	if name == "" || identifierLength(name) != len(name) {
		return false
	}
	return !slices.Contains([]string{"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"}, name)
}
