package config

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Layer is what one file, or one editor, sets.
type Layer struct {
	// Path is the file; "" for an editor's settings.
	Path string
	// Problems are what is wrong in it, in the order of the text.
	Problems []Problem
	entries  []Entry
	keys     []keyPlace // of a file, those that mean something
}

// keyPlace is where a key stands in a file.
type keyPlace struct {
	key  string
	span text.Span
}

// KeyAt is the key, with dots, at a place of a file, or the one whose value is there. span is the place of the last part of the key, or
// of the value. Of an unknown key it tells nothing.
func (l *Layer) KeyAt(offset int) (key string, span text.Span, ok bool) {
	for _, k := range l.keys {
		if k.span.Touches(offset) {
			return k.key, k.span, true
		}
	}
	for _, e := range l.entries {
		if e.Origin.Kind == ProjectFile && e.Origin.Span.Touches(offset) {
			return e.Key, e.Origin.Span, true
		}
	}
	return "", text.Span{}, false
}

// Value is what the layer sets a key to, and where; ok is false where it does not.
func (l *Layer) Value(key string) (value any, span text.Span, ok bool) {
	for _, e := range l.entries {
		if e.Key == key {
			return e.Value, e.Origin.Span, true
		}
	}
	return nil, text.Span{}, false
}

// Problem is a key or a value that means nothing, or a place where the text is no TOML or JSON.
type Problem struct {
	// Span is the place of the key or the value; empty in an editor's settings.
	Span text.Span
	// Key is the whole key, "" where the text itself is wrong.
	Key     string
	Message string
	// Nearest is the name that was probably meant instead of the one in Span, "" where none is near.
	Nearest string
}

// node is a value as TOML and JSON have it: a string, bool, int64, float64, []node or []member, else nil.
type node struct {
	value any
	span  text.Span
}

type member struct {
	name string
	span text.Span
	node node
}

// decoder turns nodes into entries, by the table of settings.
type decoder struct {
	layer *Layer
	kind  OriginKind
	// codes are the codes of the rules; nil where any code will do.
	codes  []string
	seen   map[string]bool
	placed map[keyPlace]bool
}

func (d *decoder) problem(span text.Span, key, nearest, format string, args ...any) {
	for i, arg := range args {
		if written, ok := arg.(string); ok {
			args[i] = secret.Value(written) // a log has other readers than the file
		}
	}
	d.layer.Problems = append(d.layer.Problems, Problem{span, key, fmt.Sprintf(format, args...), nearest})
}

// member reads one member of the table of the given key ("" for the top).
func (d *decoder) member(table string, m member) {
	key := m.name
	if table != "" {
		key = table + "." + m.name
	}
	if i := slices.IndexFunc(settings, func(s Setting) bool { return s.Key == key }); i >= 0 {
		d.place(key, m.span)
		d.setting(&settings[i], m)
		return
	}
	if !slices.ContainsFunc(settings, func(s Setting) bool { return strings.HasPrefix(s.Key, key+".") }) {
		near := nearest(m.name, namesIn(table))
		d.problem(m.span, key, near, "there is no setting %q", key)
		return
	}
	d.place(key, m.span)
	members, ok := m.node.value.([]member)
	if !ok {
		d.problem(m.node.span, key, "", "`%s` is a table, found %s", key, describe(m.node))
		return
	}
	for _, inner := range members {
		d.member(key, inner)
	}
}

// namesIn are the names that may stand in a table.
func namesIn(table string) []string {
	var names []string
	for _, s := range settings {
		rest := s.Key
		if table != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(s.Key, table+"."); !ok {
				continue
			}
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (d *decoder) setting(s *Setting, m member) {
	if s.EditorOnly && d.kind == ProjectFile {
		d.problem(m.span, s.Key, "", "`%s` counts only in the settings of an editor: a repository must not choose the program that is started", s.Key)
		return
	}
	wrong := func() {
		d.problem(m.node.span, s.Key, "", "`%s` is %s, found %s", s.Key, s.Type.withArticle(), describe(m.node))
	}
	switch s.Type {
	case Boolean:
		if b, ok := m.node.value.(bool); ok {
			d.add(s.Key, b, m.node.span)
			return
		}
		wrong()
	case Integer:
		n, ok := m.node.value.(int64)
		switch {
		case !ok:
			wrong()
		case n < s.Minimum || n > s.Maximum:
			d.problem(m.node.span, s.Key, "", "`%s` is a number from %d to %d, found %d", s.Key, s.Minimum, s.Maximum, n)
		default:
			d.add(s.Key, n, m.node.span)
		}
	case String:
		if value, ok := d.text(s, s.Key, m.node); ok {
			d.add(s.Key, value, m.node.span)
		}
	case StringList:
		list, ok := m.node.value.([]node)
		if !ok {
			wrong()
			return
		}
		values := []string{}
		for _, element := range list {
			if value, ok := d.text(s, s.Key, element); ok {
				values = append(values, value)
			}
		}
		d.add(s.Key, values, m.node.span)
	case StringMap:
		members, ok := m.node.value.([]member)
		if !ok {
			wrong()
			return
		}
		for _, inner := range members {
			d.name(s, inner)
		}
	}
}

// name reads one name of a StringMap.
func (d *decoder) name(s *Setting, m member) {
	key := s.Key + "." + m.name
	if s.rules && d.codes != nil && !slices.Contains(d.codes, m.name) {
		d.problem(m.span, key, nearest(m.name, d.codes), "there is no rule %q", m.name)
		return
	}
	d.place(key, m.span)
	if value, ok := d.text(s, key, m.node); ok {
		d.add(key, value, m.node.span)
	}
}

// place notes where a key of a file stands. That of a table's header is met again at each key below it.
func (d *decoder) place(key string, span text.Span) {
	if k := (keyPlace{key, span}); d.kind == ProjectFile && !d.placed[k] {
		d.placed[k] = true
		d.layer.keys = append(d.layer.keys, k)
	}
}

// text reads a string that the setting allows.
func (d *decoder) text(s *Setting, key string, n node) (string, bool) {
	value, ok := n.value.(string)
	switch {
	case !ok:
		d.problem(n.span, key, "", "`%s` takes a string, found %s", key, describe(n))
		return "", false
	case s.Values != nil && !slices.Contains(s.Values, value):
		d.problem(n.span, key, nearest(value, s.Values), "`%s` is one of %s; found %q", key, strings.Join(s.Values, ", "), value)
		return "", false
	case s.pattern && badPattern(value):
		d.problem(n.span, key, "", "%q is no pattern as in .gitignore", value)
		return "", false
	case s.path && value != "" && !filepath.IsAbs(value):
		if d.layer.Path == "" {
			d.problem(n.span, key, "", "`%s` is an absolute path in editor settings, found %q", key, value)
			return "", false
		}
		value = filepath.Join(filepath.Dir(d.layer.Path), value)
	}
	return value, true
}

func badPattern(pattern string) bool {
	_, err := path.Match(pattern, "")
	return err != nil
}

// add sets a key. TOML forbids a second value for it; of a text that is no TOML in this way the first one counts.
func (d *decoder) add(key string, value any, span text.Span) {
	if d.seen[key] {
		d.problem(span, key, "", "`%s` is set twice; the first value counts", key)
		return
	}
	d.seen[key] = true
	d.layer.entries = append(d.layer.entries, Entry{key, value, Origin{d.kind, d.layer.Path, span}})
}

func describe(n node) string {
	switch value := n.value.(type) {
	case string:
		return fmt.Sprintf("the string %q", secret.Value(value))
	case bool:
		return fmt.Sprintf("%t", value)
	case int64:
		return fmt.Sprintf("%d", value)
	case float64:
		return fmt.Sprintf("%g", value)
	case []node:
		return "a list"
	case []member:
		return "a table"
	}
	return "a value of another type"
}

// nearest is the candidate that a name was probably meant to be, or "".
func nearest(name string, candidates []string) string {
	best, at := len(name)/3+2, ""
	for _, c := range candidates {
		if d := levenshtein.Distance(strings.ToLower(name), c, nil); d < best {
			best, at = d, c
		}
	}
	return at
}
