package diagnostics

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

// kindName is a type of value in the words of Nix's messages.
func kindName(k parse.ValueKind) string {
	switch k {
	case parse.NullValue:
		return "null"
	case parse.BoolValue:
		return "a Boolean"
	case parse.IntegerValue:
		return "an integer"
	case parse.FloatValue:
		return "a float"
	case parse.StringValue:
		return "a string"
	case parse.PathValue:
		return "a path"
	case parse.ListValue:
		return "a list"
	case parse.SetValue:
		return "a set"
	case parse.FunctionValue:
		return "a function"
	}
	return "unknown"
}

// oneOf joins types: "a string, a path or a Boolean".
func oneOf(kinds []parse.ValueKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = kindName(k)
		if k == parse.ListValue {
			names[i] += " of strings" // the only lists that Nix takes are settings
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// valueSpan is the place of an attribute's value, or of its name where it is only written as parts.
func valueSpan(a *parse.Attr) text.Span {
	if a.Value != nil {
		return a.Value.Span
	}
	return a.Span()
}

// isThunk says whether Nix's flake reader finds no literal at an attribute, so that its type does not matter.
func isThunk(m *parse.Manifest, a *parse.Attr) bool {
	if a.Value == nil { // only its parts are set
		return a.Members.DynamicNames
	}
	return slices.ContainsFunc(m.Thunks, func(t parse.Thunk) bool { return t.Span == a.Value.Span })
}

// attrAt finds the attribute at a path of names, or gives nil.
func attrAt(set *parse.AttrSet, path []string) *parse.Attr {
	a := set.Attr(path[0])
	for _, name := range path[1:] {
		a = a.Member(name)
	}
	return a
}

// valueAt is the static value at a path of names, or nil.
func valueAt(v *parse.Value, path []string) *parse.Value {
	for _, name := range path {
		v = v.Member(name)
	}
	return v
}

// pathName writes the path of an attribute for a message: inputs.a.url. A name that is no identifier is in quotes.
func pathName(path []string) string {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = rewrite.NameSource(name)
	}
	return strings.Join(names, ".")
}

// attrPath is the path of an input's attribute from the root of the file: inputs.a, or inputs.a.inputs.b for an override.
func attrPath(in *parse.Input, more ...string) []string {
	var path []string
	for _, name := range in.Path {
		path = append(path, "inputs", name)
	}
	return append(path, more...)
}

// writtenOut calls f for the inputs of a manifest, and the overrides below them, that are no other names for a value that is
// written elsewhere, which speaks for itself.
func writtenOut(inputs []*parse.Input, f func(*parse.Input)) {
	for _, in := range inputs {
		if !in.Alias {
			f(in)
			writtenOut(in.Overrides, f)
		}
	}
}
