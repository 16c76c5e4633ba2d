package config

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// maxFaultyLines bounds how many lines are passed over in a text that is no TOML.
const maxFaultyLines = 20

// byteOrderMark stands before what some editors of Windows write; it says nothing.
var byteOrderMark = []byte("\uFEFF")

// ParseTOML reads a settings file. codes are the codes of the rules there are; with nil every code is taken. The layer is
// never nil; a line that is no TOML is a problem and is passed over.
func ParseTOML(path, source string, codes []string) *Layer {
	d := &decoder{layer: &Layer{Path: path}, kind: ProjectFile, codes: codes, seen: map[string]bool{}, placed: map[keyPlace]bool{}}
	data := []byte(source)
	if bytes.HasPrefix(data, byteOrderMark) {
		copy(data, "   ") // in its place, as spans are of the source
	}
	r := tomlReader{decoder: d, data: d.passOver(data)}
	r.parser.Reset(r.data)
	for r.parser.NextExpression() {
		r.expression(r.parser.Expression())
	}
	return d.layer
}

// passOver blanks the lines at which the text stops being TOML. Only the first is worth a problem: others may only seem to
// be wrong because of it.
func (d *decoder) passOver(data []byte) []byte {
	var parser unstable.Parser
	for range maxFaultyLines {
		parser.Reset(data)
		for parser.NextExpression() {
		}
		var fault *unstable.ParserError
		if !errors.As(parser.Error(), &fault) {
			return data
		}
		// The parser hands out a part of the data and no offset; what is left of the capacity tells where it starts.
		at := min(max(cap(data)-cap(fault.Highlight), 0), len(data))
		lines := text.NewLines(string(data))
		line := lines.Span(lines.Line(at))
		if len(d.layer.Problems) == 0 {
			d.problem(text.Span{Start: min(at, line.End), End: line.End}, "", "", "this is no TOML: %s", fault.Message)
		}
		if len(bytes.TrimSpace(data[line.Start:line.End])) == 0 {
			return data // the fault is what is missing at the end
		}
		copy(data[line.Start:line.End], bytes.Repeat([]byte(" "), line.Len()))
	}
	return data
}

type tomlReader struct {
	*decoder
	data   []byte
	parser unstable.Parser
	// table is the key of the last header; skip says that it is none of ours.
	table []member
	skip  bool
}

func (r *tomlReader) expression(n *unstable.Node) {
	switch n.Kind {
	case unstable.Table:
		r.table = r.keys(n)
		// A header alone says whether its table is known, also where nothing stands below it.
		r.skip = !r.known()
	case unstable.ArrayTable:
		keys := r.keys(n)
		r.skip = true
		r.problem(keys[len(keys)-1].span, dotted(keys), "", "`%s` is no list of tables: write it in single brackets", dotted(keys))
	case unstable.KeyValue:
		if !r.skip {
			r.member("", nest(append(r.table[:len(r.table):len(r.table)], r.keys(n)...), r.value(n)))
		}
	}
}

// known reports a header whose table does not exist.
func (r *tomlReader) known() bool {
	before := len(r.layer.Problems)
	r.member("", nest(r.table, node{value: []member{}, span: r.table[len(r.table)-1].span}))
	return len(r.layer.Problems) == before
}

// nest makes a dotted key the tables that it stands for.
func nest(keys []member, value node) member {
	m := keys[len(keys)-1]
	m.node = value
	for i := len(keys) - 2; i >= 0; i-- {
		outer := keys[i]
		outer.node = node{[]member{m}, m.span}
		m = outer
	}
	return m
}

func dotted(keys []member) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return strings.Join(names, ".")
}

// keys are the parts of a dotted key.
func (r *tomlReader) keys(n *unstable.Node) []member {
	var keys []member
	for it := n.Key(); it.Next(); {
		key := it.Node()
		keys = append(keys, member{name: string(key.Data), span: spanOf(key.Raw)})
	}
	return keys
}

func spanOf(r unstable.Range) text.Span {
	return text.Span{Start: int(r.Offset), End: int(r.Offset + r.Length)}
}

// value is the value of a key, whose place the parser tells for the pair as a whole only.
func (r *tomlReader) value(pair *unstable.Node) node {
	span := spanOf(pair.Raw)
	keys := r.keys(pair)
	start := keys[len(keys)-1].span.End
	for start < span.End && strings.IndexByte(" \t=", r.data[start]) >= 0 {
		start++
	}
	return r.node(pair.Value(), text.Span{Start: start, End: span.End})
}

// node reads a value; span is its place where the parser does not tell one.
func (r *tomlReader) node(n *unstable.Node, span text.Span) node {
	switch n.Kind {
	case unstable.String:
		return node{string(n.Data), spanOf(n.Raw)}
	case unstable.Bool:
		return node{string(n.Data) == "true", span}
	case unstable.Integer:
		number, err := strconv.ParseInt(string(n.Data), 0, 64)
		if err != nil {
			return node{nil, span} // out of range, which Unmarshal has reported
		}
		return node{number, span}
	case unstable.Float:
		number, err := strconv.ParseFloat(strings.ReplaceAll(string(n.Data), "_", ""), 64)
		if err != nil {
			return node{nil, span}
		}
		return node{number, span}
	case unstable.Array:
		list := []node{}
		for it := n.Children(); it.Next(); {
			list = append(list, r.node(it.Node(), span))
		}
		return node{list, span}
	case unstable.InlineTable:
		members := []member{}
		for it := n.Children(); it.Next(); {
			pair := it.Node()
			members = append(members, nest(r.keys(pair), r.value(pair)))
		}
		return node{members, span}
	}
	return node{nil, span} // dates
}
