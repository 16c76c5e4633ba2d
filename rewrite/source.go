package rewrite

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

var (
	identifier = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_'-]*$`) })
	keywords   = []string{"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"}
)

// isIdentifier says whether a name may stand where Nix wants a variable.
func isIdentifier(name string) bool {
	return identifier().MatchString(name) && !slices.Contains(keywords, name)
}

// NameSource writes an attribute's name as Nix source, in quotes where it must have them.
func NameSource(name string) string {
	if isIdentifier(name) {
		return name
	}
	return StringSource(name)
}

// StringSource writes a string as Nix source, in double quotes.
func StringSource(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
	return `"` + s + `"`
}

// pathSource writes an attribute path as it stands in the text, without the space and comments between its elements.
func (e *editor) pathSource(path []parse.Name) string {
	parts := make([]string, len(path))
	for i, n := range path {
		parts[i] = n.Span.In(e.source)
	}
	return strings.Join(parts, ".")
}

// prefix is pathSource with a dot behind it, or "" for an empty path.
func (e *editor) prefix(path []parse.Name) string {
	if len(path) == 0 {
		return ""
	}
	return e.pathSource(path) + "."
}

// eol is the line end of the file: that of its first line.
func (e *editor) eol() string {
	if i := strings.IndexByte(e.source, '\n'); i > 0 && e.source[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// indentOf is the space at the start of the line that holds the offset.
func (e *editor) indentOf(offset int) string {
	line := e.lines.Span(e.lines.Line(offset)).In(e.source)
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// columnOf is the space that puts a new line's code below the code at the offset.
func (e *editor) columnOf(offset int) string {
	start := e.lines.Span(e.lines.Line(offset)).Start
	return strings.Map(func(r rune) rune {
		switch r {
		case '\t':
			return r
		case '\ufeff':
			return -1
		}
		return ' '
	}, e.source[start:offset])
}

// indentUnit is one level of indentation as the file has it: the first set that is written over several lines tells.
func (e *editor) indentUnit() string {
	for set := range e.m.Root.Sets() {
		if set.Close.Empty() || len(set.Bindings) == 0 {
			continue
		}
		outer := e.indentOf(set.Close.Start)
		inner := e.indentOf(set.Bindings[0].Span.Start)
		if e.startsLine(set.Bindings[0].Span.Start) && e.startsLine(set.Close.Start) && len(inner) > len(outer) && strings.HasPrefix(inner, outer) {
			return inner[len(outer):]
		}
	}
	return "  "
}

// startsLine says whether only space stands before the offset on its line.
func (e *editor) startsLine(offset int) bool {
	start := e.lines.Span(e.lines.Line(offset)).Start
	return strings.TrimLeft(e.source[start:offset], " \t\ufeff") == ""
}

// oneLine says whether a span begins and ends on one line.
func (e *editor) oneLine(span text.Span) bool {
	return e.lines.Line(span.Start) == e.lines.Line(span.End)
}

// referredTo finds a variable of one of the names outside of functions' bodies: in a rec set it may be an alias of what an
// edit moves or renames.
func (e *editor) referredTo(names ...string) (text.Span, bool) {
	for expr := range e.m.Root.All() {
		if expr.Kind == parse.Variable && slices.Contains(names, expr.Text) {
			return expr.Span, true
		}
		if expr.Set == nil {
			continue
		}
		for _, b := range expr.Set.Bindings {
			if !b.Inherit || b.From != nil {
				continue
			}
			for _, n := range b.Path {
				if slices.Contains(names, n.Text) {
					return n.Span, true
				}
			}
		}
	}
	return text.Span{}, false
}

// refuseAlias refuses to change what another value of a rec set or let refers to by one of the names.
func (e *editor) refuseAlias(names ...string) error {
	if span, ok := e.referredTo(names...); ok {
		return refuse(span, "another value refers to %s", span.In(e.source))
	}
	return nil
}
