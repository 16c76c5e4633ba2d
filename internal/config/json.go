package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// clientSettings are the names that belong to an editor's extension itself, or to the server's way with it, and are handed on with
// the rest.
var clientSettings = []string{"server", "trace", "trusted"}

// ParseJSON reads the settings object of an editor: tables are objects, names as in the file. null and no text at all set
// nothing. codes are as for ParseTOML. The layer is never nil, and its problems have no spans.
func ParseJSON(raw []byte, codes []string) *Layer {
	d := &decoder{layer: &Layer{}, kind: EditorSettings, codes: codes, seen: map[string]bool{}}
	if len(bytes.TrimSpace(raw)) == 0 {
		return d.layer
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		d.problem(text.Span{}, "", "", "the settings are no JSON: %v", err)
		return d.layer
	}
	switch top := jsonNode(value).value.(type) {
	case nil:
	case []member:
		for _, m := range top {
			if !slices.Contains(clientSettings, m.name) {
				d.member("", m)
			}
		}
	default:
		d.problem(text.Span{}, "", "", "the settings are an object, found %s", describe(node{value: top}))
	}
	return d.layer
}

// jsonNode leaves out members that are null: editors send them for what is not set.
func jsonNode(value any) node {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return node{value: n}
		}
		f, err := v.Float64()
		if err != nil {
			return node{}
		}
		if n := int64(f); float64(n) == f {
			return node{value: n} // editors without integers send 50.0
		}
		return node{value: f}
	case []any:
		list := make([]node, len(v))
		for i := range v {
			list[i] = jsonNode(v[i])
		}
		return node{value: list}
	case map[string]any:
		members := []member{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if v[name] != nil {
				members = append(members, member{name: name, node: jsonNode(v[name])})
			}
		}
		return node{value: members}
	}
	return node{value: value}
}
