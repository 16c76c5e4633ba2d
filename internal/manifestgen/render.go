package manifestgen

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// set is an attribute set that is still to be written: each member is a set or a leaf.
type set struct {
	name    string
	leaf    string // Nix source of the value; "" for a set
	members []*set
}

// Render writes the model in the layout. Equal arguments give equal texts.
func Render(m Model, l Layout) string {
	if l.Indent == "" {
		l.Indent = "  "
	}
	w := &writer{Layout: l, random: rand.New(rand.NewPCG(l.Seed, 1))}
	root := &set{}
	if m.Description != "" {
		root.members = append(root.members, &set{name: "description", leaf: w.value(m.Description)})
	}
	outputs := &set{name: "outputs", leaf: w.function(m.Outputs)}
	if l.OutputsFirst {
		root.members = append(root.members, outputs)
	}
	if len(m.Inputs) > 0 {
		root.members = append(root.members, w.inputs(m.Inputs))
	}
	if !l.OutputsFirst {
		root.members = append(root.members, outputs)
	}
	w.comment("")
	rec := ""
	if w.chance(l.Spaces, 3) {
		rec = "rec "
	}
	w.line(rec + "{")
	w.binds(root, l.Indent, "", true)
	w.line("}")
	text := w.text.String()
	if l.CRLF {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// writer writes the text line by line.
type writer struct {
	Layout
	random *rand.Rand
	text   strings.Builder
	notes  int
}

// chance is true one time in n, if at all.
func (w *writer) chance(on bool, n int) bool { return on && w.random.IntN(n) == 0 }

func (w *writer) line(s string) { w.text.WriteString(s + "\n") }

// note is the text of a new comment.
func (w *writer) note() string {
	w.notes++
	return fmt.Sprintf("note %d; \"}", w.notes)
}

// comment writes comments of a line, or an empty line, now and then.
func (w *writer) comment(indent string) {
	if w.chance(w.Spaces, 4) {
		w.line(indent[:w.random.IntN(len(indent)+1)])
	}
	switch {
	case w.chance(w.Comments, 3):
		w.line(indent + "# " + w.note())
	case w.chance(w.Comments, 6):
		w.line(indent + "/* " + w.note())
		w.line(indent + " * x = { */")
	}
}

// trailing is what stands behind a statement on its line.
func (w *writer) trailing() string {
	switch {
	case w.chance(w.Comments, 4):
		return " # " + w.note()
	case w.chance(w.Spaces, 6):
		return "  "
	}
	return ""
}

// space is what stands between two tokens.
func (w *writer) space(usual string) string {
	switch {
	case w.chance(w.Spaces, 5):
		return []string{"  ", "\n", "\t ", "\n\n  "}[w.random.IntN(4)]
	case w.chance(w.Comments, 10):
		return " /* " + w.note() + " */ "
	}
	return usual
}

// inputs makes the sets of some inputs.
func (w *writer) inputs(inputs []Input) *set {
	s := &set{name: "inputs"}
	for _, in := range inputs {
		one := &set{name: in.Name}
		for _, f := range in.Fields {
			one.members = append(one.members, &set{name: f.Name, leaf: w.value(f.Value)})
		}
		if len(in.Overrides) > 0 {
			one.members = append(one.members, w.inputs(in.Overrides))
		}
		if len(one.members) == 0 {
			one.leaf = "{ }"
		}
		s.members = append(s.members, one)
	}
	return s
}

// binds writes the members of a set. prefix is the path that leads to it, where it has no braces of its own.
func (w *writer) binds(s *set, indent, prefix string, top bool) {
	var later []*set
	for _, m := range s.members {
		if m.leaf != "" {
			w.comment(indent)
			w.line(indent + prefix + w.name(m.name) + w.space(" ") + "=" + w.space(" ") + w.reindent(m.leaf, indent) + w.space("") + ";" + w.trailing())
			continue
		}
		if w.Style == Split && len(m.members) > 1 && w.random.IntN(2) == 0 {
			at := 1 + w.random.IntN(len(m.members)-1)
			later = append(later, &set{name: m.name, members: m.members[at:]})
			m = &set{name: m.name, members: m.members[:at]}
		}
		w.member(m, indent, prefix, top)
	}
	for _, m := range later {
		w.member(m, indent, prefix, top)
	}
}

// member writes a set, as a path or in braces.
func (w *writer) member(m *set, indent, prefix string, top bool) {
	braces := false
	switch w.Style {
	case Nested:
		braces = true
	case Dotted:
		braces = top
	case Mixed, Split:
		braces = w.random.IntN(2) == 0
	}
	if !braces {
		w.binds(m, indent, prefix+w.name(m.name)+".", false)
		return
	}
	open, end := "{", "}"
	if w.chance(w.Spaces, 4) {
		open, end = "({", "})"
	}
	w.comment(indent)
	w.line(indent + prefix + w.name(m.name) + w.space(" ") + "=" + w.space(" ") + open + w.trailing())
	w.binds(m, indent+w.Indent, "", false)
	w.comment(indent + w.Indent)
	w.line(indent + end + ";" + w.trailing())
}

var (
	name = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_'-]*$`)
	uri  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:[a-zA-Z0-9%/?:@&=+$,_.!~*'-]+$`)
)

// identifier says whether the name can stand without quotes, as an attribute and as a formal.
func identifier(s string) bool {
	switch s {
	case "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or":
		return false
	}
	return name.MatchString(s)
}

func (w *writer) name(s string) string {
	if identifier(s) && !w.chance(w.Quoted, 3) {
		return s
	}
	if w.chance(w.Quoted, 4) {
		return "${" + quote(s) + "}"
	}
	return quote(s)
}

// quote writes a string as "…".
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '$' && i+1 < len(s) && s[i+1] == '{':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString("\\n")
		case c == '\r':
			b.WriteString("\\r")
		case c == '\t':
			b.WriteString("\\t")
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "\""
}

// value writes a value.
func (w *writer) value(v any) string {
	var s string
	switch v := v.(type) {
	case string:
		s = w.str(v)
	case Path:
		s = string(v)
	case bool:
		s = strconv.FormatBool(v)
	case int64:
		s = strconv.FormatInt(v, 10)
	case float64:
		s = strconv.FormatFloat(v, 'f', 6, 64)
	case nil:
		s = "null"
	case []any:
		s = "["
		for _, e := range v {
			s += " " + w.value(e)
		}
		s += " ]"
	default:
		panic(fmt.Sprintf("no Nix value: %T", v))
	}
	if w.chance(w.Spaces, 6) {
		s = "(" + w.space("") + s + w.space("") + ")"
	}
	return s
}

// str writes a string in one of the forms that mean it.
func (w *writer) str(s string) string {
	if w.chance(w.Literals, 3) && uri.MatchString(s) {
		return s
	}
	// An indented string of one line that needs no escape and does not start with space.
	if w.chance(w.Literals, 2) && !strings.ContainsAny(s, "\n\r\t'$") && !strings.HasPrefix(s, " ") && !strings.HasSuffix(s, " ") {
		return "''" + s + "''"
	}
	return quote(s)
}

// function writes outputs. Its lines after the first are indented later.
func (w *writer) function(f Function) string {
	body := f.Body
	if body == "" {
		body = "{ }"
	}
	if !f.Pattern {
		return f.Argument + ": " + body
	}
	pattern := w.pattern(f)
	switch {
	case f.Argument == "":
	case w.ArgumentFirst:
		pattern = f.Argument + w.space("") + "@" + w.space("") + pattern
	default:
		pattern += w.space(" ") + "@" + w.space(" ") + f.Argument
	}
	return pattern + w.space("") + ":" + w.space(" ") + body
}

func (w *writer) pattern(f Function) string {
	var parts []string
	for _, formal := range f.Formals {
		s := formal.Name
		if formal.Default != "" {
			s += w.space(" ") + "?" + w.space(" ") + formal.Default
		}
		parts = append(parts, s)
	}
	if f.Ellipsis {
		parts = append(parts, "...")
	}
	if len(parts) == 0 {
		return "{ }"
	}
	switch w.Formals {
	case LeadingCommas:
		return "{ " + strings.Join(parts, "\n, ") + "\n}"
	case TrailingCommas:
		s := "{\n" + w.Indent + strings.Join(parts, ",\n"+w.Indent)
		if !f.Ellipsis {
			s += ","
		}
		return s + "\n}"
	case Lines:
		return "{\n" + w.Indent + strings.Join(parts, ",\n"+w.Indent) + "\n}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// reindent indents the lines of a value that follow its first.
func (w *writer) reindent(s, indent string) string { return strings.ReplaceAll(s, "\n", "\n"+indent) }
