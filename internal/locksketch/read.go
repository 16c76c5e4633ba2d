package locksketch

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// node is a flake or source with what the sketch says of it.
type node struct {
	// above is the node under which it is written; nil for the root.
	above            *node
	key              string
	original, locked ref.Attrs
	plain            bool
	parent           []string
	inputs           []input
}

type input struct {
	name    string
	follows []string // not nil where it follows
	node    *node
}

// frame is a node whose inputs may follow in the lines below.
type frame struct {
	indent int
	path   []string
	node   *node
}

// reader reads a sketch line by line.
type reader struct {
	open  []frame
	keyed map[string]*node
	// shared are the inputs that stand for a node of another place.
	shared []share
}

type share struct {
	in   *node
	name string
	key  string
	line int
}

func read(sketch string) (*node, error) {
	root := &node{}
	r := reader{open: []frame{{-1, []string{}, root}}, keyed: map[string]*node{}}
	number := 0
	for line := range strings.Lines(sketch) {
		number++
		if text := strings.TrimSpace(line); text == "" || text[0] == '#' {
			continue
		}
		if err := r.line(number, strings.TrimRight(line, "\r\n")); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	for _, s := range r.shared {
		target := r.keyed[s.key]
		if target == nil {
			return nil, fmt.Errorf("line %d: no input with a reference has key=%s; expected one", s.line, s.key)
		}
		s.in.inputs = append(s.in.inputs, input{name: s.name, node: target})
	}
	return root, nil
}

func (r *reader) line(number int, line string) error {
	text := strings.TrimLeft(line, " ")
	if text[0] == '\t' {
		return fmt.Errorf("a tab; expected spaces as indentation")
	}
	indent := len(line) - len(text)
	words := strings.Fields(text)
	if len(words) < 2 {
		return fmt.Errorf("%q alone; expected a name, then a reference, `->` or key=NAME", words[0])
	}
	for indent <= r.open[len(r.open)-1].indent {
		r.open = r.open[:len(r.open)-1]
	}
	above := &r.open[len(r.open)-1]
	if siblings := above.node.inputs; len(siblings) == 0 && above.node.above == nil && indent > 0 {
		return fmt.Errorf("an indented input; expected one of the root first")
	}
	if above.node.plain {
		return fmt.Errorf("an input of an input with flake=false; expected none")
	}
	name := words[0]
	if slices.ContainsFunc(above.node.inputs, func(in input) bool { return in.name == name }) {
		return fmt.Errorf("the input %q a second time; expected another name", name)
	}
	if words[1] == "->" {
		if len(words) > 3 {
			return fmt.Errorf("%q after the path; expected nothing", words[3])
		}
		above.node.inputs = append(above.node.inputs, input{name: name, follows: path(strings.Join(words[2:], ""))})
		return nil
	}
	if key, ok := strings.CutPrefix(words[1], "key="); ok {
		if len(words) > 2 {
			return fmt.Errorf("%q after %q; expected the reference before it, or nothing", words[2], words[1])
		}
		r.shared = append(r.shared, share{above.node, name, key, number})
		return nil
	}
	n, err := r.node(above, words[1], words[2:])
	if err != nil {
		return err
	}
	above.node.inputs = append(above.node.inputs, input{name: name, node: n})
	r.open = append(r.open, frame{indent, append(slices.Clone(above.path), name), n})
	return nil
}

// path splits a path of input names; it is never nil.
func path(text string) []string {
	return append([]string{}, strings.FieldsFunc(text, func(c rune) bool { return c == '/' })...)
}

// words are what a line says beside the reference.
type words struct {
	rev, key, locked, day string
	count                 int64
	plain                 bool
	parent                []string
}

var hexadecimal = regexp.MustCompile(`^[0-9a-f]{1,40}$`)

func readWords(list []string) (words, error) {
	var w words
	for _, word := range list {
		name, value, assigned := strings.Cut(word, "=")
		var err error
		switch {
		case !assigned:
			if _, err = time.Parse(time.DateOnly, word); err == nil {
				w.day = word
			} else {
				err = fmt.Errorf("%q; expected a day such as 2026-11-01, or one of rev=, flake=false, count=, locked=, key=, parent=", word)
			}
		case name == "rev":
			if w.rev = value; !hexadecimal.MatchString(value) {
				err = fmt.Errorf("%q; expected up to 40 hexadecimal digits", word)
			}
		case name == "flake":
			if w.plain = true; value != "false" {
				err = fmt.Errorf("%q; expected flake=false", word)
			}
		case name == "count":
			if w.count, err = strconv.ParseInt(value, 10, 64); err != nil || w.count < 1 {
				err = fmt.Errorf("%q; expected a number of commits", word)
			}
		case name == "key" && value != "":
			w.key = value
		case name == "locked" && value != "":
			w.locked = value
		case name == "parent":
			w.parent = path(value)
		default:
			err = fmt.Errorf("%q; expected a day such as 2026-11-01, or one of rev=, flake=false, count=, locked=, key=, parent=", word)
		}
		if err != nil {
			return w, err
		}
	}
	return w, nil
}

func (r *reader) node(above *frame, reference string, list []string) (*node, error) {
	w, err := readWords(list)
	if err != nil {
		return nil, err
	}
	original, err := ref.ParseInputOf(reference, !w.plain)
	if err != nil {
		return nil, fmt.Errorf("%q is no flake reference: %w", reference, err)
	}
	n := &node{above: above.node, key: w.key, plain: w.plain, original: original.Attrs()}
	if n.locked, err = w.lock(original); err != nil {
		return nil, err
	}
	switch {
	case original.Relative():
		if n.parent = w.parent; n.parent == nil {
			n.parent = above.path
		}
	case w.parent != nil:
		return nil, fmt.Errorf("parent= for %q; expected it for a relative path only", reference)
	}
	if w.key != "" {
		if r.keyed[w.key] != nil {
			return nil, fmt.Errorf("key=%s a second time with a reference; expected it alone", w.key)
		}
		r.keyed[w.key] = n
	}
	return n, nil
}
