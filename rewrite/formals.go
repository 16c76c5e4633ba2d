package rewrite

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// AddFormal adds a name to the pattern of outputs, in the pattern's own comma style. A function of a plain argument needs
// none and is left alone.
func AddFormal(m *parse.Manifest, name string) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	formals, err := e.formals()
	if err != nil || formals == nil {
		return Change{}, err
	}
	if err := e.addFormal(formals, name); err != nil {
		return Change{}, err
	}
	return e.finish()
}

// RemoveFormal takes a name, with its default and the comments on its own line, out of the pattern of outputs. A name that
// the body uses is refused.
func RemoveFormal(m *parse.Manifest, name string) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	formals, err := e.formals()
	if err != nil || formals.Formal(name) == nil {
		return Change{}, err
	}
	if err := e.cleanBody(); err != nil {
		return Change{}, err
	}
	if use, ok := formalUse(m, name); ok {
		return Change{}, refuse(use, "the body of outputs uses %s", name)
	}
	e.removeFormal(formals, formals.Formal(name))
	return e.finish()
}

// OpenFormals adds `...` to the pattern of outputs, so that it takes arguments that it does not name.
func OpenFormals(m *parse.Manifest) (Change, error) {
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	formals, err := e.formals()
	if err != nil || formals == nil || !formals.Closed() {
		return Change{}, err
	}
	e.insertFormal(formals, "...")
	return e.finish()
}

// formals is the pattern of outputs, nil where its function takes a plain argument.
func (e *editor) formals() (*parse.Formals, error) {
	if e.m.OutputsFunction == nil {
		if e.m.Outputs == nil {
			return nil, nil
		}
		return nil, refuse(e.m.Outputs.Span(), "outputs is no function that can be read")
	}
	return e.m.OutputsFunction.Formals, nil
}

// addFormal adds a name to a pattern, unless it is there. A name that the body finds elsewhere (by `with`, or a builtin) is
// refused, because the new formal would hide it.
func (e *editor) addFormal(formals *parse.Formals, name string) error {
	if formals.Formal(name) != nil {
		return nil
	}
	if !ref.IsID(name) || !isIdentifier(name) {
		return refuse(formals.Open, "the pattern of outputs is closed, and %q cannot be a name in it", name)
	}
	if arg := e.m.OutputsFunction.Argument; arg != nil && arg.Text == name {
		return refuse(arg.Span, "%s is the name of the whole argument of outputs", name)
	}
	e.insertFormal(formals, name)
	undefined := slices.ContainsFunc(e.m.Errors, func(err parse.SyntaxError) bool {
		return err.Code == parse.UndefinedVariable && err.Span.In(e.source) == name
	})
	if undefined {
		return nil // it is the name that the body lacks
	}
	result, err := text.Apply(e.source, e.edits[len(e.edits)-1:])
	if err != nil {
		return refuse(formals.Open, "%v", err)
	}
	if _, ok := formalUse(parse.Parse(e.m.Kind, result), name); ok {
		return refuse(formals.Open, "the body of outputs knows another %s, which the new argument would hide", name)
	}
	return nil
}

// insertFormal writes a name, or `...`, behind the last name of a pattern.
func (e *editor) insertFormal(formals *parse.Formals, name string) {
	at := func(offset int, with string) {
		e.edits = append(e.edits, text.Edit{Span: text.Span{Start: offset, End: offset}, New: with})
	}
	if len(formals.List) == 0 {
		switch {
		case !formals.Ellipsis.Empty() && e.startsLine(formals.Ellipsis.Start):
			at(formals.Ellipsis.Start, name+","+e.eol()+e.indentOf(formals.Ellipsis.Start))
		case !formals.Ellipsis.Empty():
			at(formals.Ellipsis.Start, name+", ")
		case strings.TrimSpace(e.source[formals.Open.End:formals.Close.Start]) == "":
			e.replace(text.Span{Start: formals.Open.End, End: formals.Close.Start}, " "+name+" ")
		default:
			at(formals.Open.End, " "+name)
		}
		return
	}
	last := formals.List[len(formals.List)-1]
	comma, hasComma := e.commaAfter(last.Span.End)
	leading := e.leadingComma(formals)
	switch {
	case leading < 0 && !e.startsLine(last.Span.Start):
		at(last.Span.End, ", "+name)
	case leading >= 0:
		end, free := e.endOfLine(last.Span.End)
		if !free {
			at(last.Span.End, ", "+name)
			return
		}
		at(end, e.eol()+e.columnOf(leading)+", "+name)
	default:
		after := last.Span.End
		if hasComma && e.lines.Line(comma) == e.lines.Line(last.Span.End) {
			after = comma + 1
		}
		end, free := e.endOfLine(after)
		if !free {
			at(last.Span.End, ", "+name)
			return
		}
		indent := e.columnOf(last.Span.Start)
		if !hasComma {
			at(last.Span.End, ",")
		}
		if hasComma && name != "..." {
			name += ","
		}
		at(end, e.eol()+indent+name)
	}
}

// removeFormal takes a name out of a pattern with one comma.
func (e *editor) removeFormal(formals *parse.Formals, formal *parse.Formal) {
	after, hasAfter := e.commaAfter(formal.Span.End)
	before := e.commaBefore(formals, formal)
	piece := formal.Span
	end := formal.Span.End
	switch {
	case before >= 0 && e.startsLine(before):
		// Leading commas: each belongs to the name behind it.
		piece.Start = before
	case hasAfter:
		piece.End, end = after+1, after+1
	case before >= 0:
		e.pieces = append(e.pieces, text.Span{Start: before, End: before + 1})
	}
	e.pieces = append(e.pieces, piece)
	if !e.startsLine(piece.Start) {
		return
	}
	for at := e.skipBlanks(end); ; at = e.skipBlanks(at) {
		c, ok := e.comments[at]
		if !ok {
			break
		}
		e.pieces = append(e.pieces, c.Span)
		at = c.Span.End
	}
}

// commaAfter finds the comma behind a formal, over space and comments.
func (e *editor) commaAfter(at int) (int, bool) {
	for at < len(e.source) {
		if c, ok := e.comments[at]; ok {
			at = c.Span.End
			continue
		}
		switch e.source[at] {
		case ' ', '\t', '\r', '\n':
			at++
			continue
		}
		return at, e.source[at] == ','
	}
	return at, false
}

// commaBefore finds the comma before a formal, -1 for the first one.
func (e *editor) commaBefore(formals *parse.Formals, formal *parse.Formal) int {
	for i, f := range formals.List {
		if f == formal && i > 0 {
			if at, ok := e.commaAfter(formals.List[i-1].Span.End); ok {
				return at
			}
		}
	}
	return -1
}

// leadingComma finds a comma of the pattern that starts a line: such a file writes all of them so. -1 where there is none.
func (e *editor) leadingComma(formals *parse.Formals) int {
	for _, f := range formals.List {
		if at, ok := e.commaAfter(f.Span.End); ok && e.startsLine(at) {
			return at
		}
	}
	return -1
}
