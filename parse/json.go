package parse

import (
	"bytes"
	"encoding/json"
	"strings"
)

// JSON is what the file says, as one object on one line: for a flake.nix {"kind":"flake","description","inputs","formals"},
// where inputs is what Nix evaluates for `(import FILE).inputs or {}` and formals what builtins.functionArgs gives of its
// outputs (null for a plain argument, or where there are no outputs); for a mana.nix {"kind":"mana"} and the root's
// attributes; for an entrypoint.nix {"kind":"entrypoint","formals"}. A path is the source text of its literal. A part that
// cannot be read, or has no JSON, is {"unknown": its source text}. Keys are in the order of their bytes, as in Nix.
func (m *Manifest) JSON() ([]byte, error) {
	object := map[string]any{}
	switch m.Kind {
	case Flake:
		object["kind"] = "flake"
		object["description"] = nil
		object["inputs"] = map[string]any{}
		object["formals"] = nil
		if m.Value.Kind != SetValue {
			object["inputs"] = plain(m.Value)
			break
		}
		if v := m.Value.Member("description"); v != nil {
			object["description"] = plain(v)
		}
		if v := m.Value.Member("inputs"); v != nil {
			object["inputs"] = plain(v)
		}
		if v := m.Value.Member("outputs"); v != nil {
			object["formals"] = formalsOf(v)
		}
	case Mana:
		if m.Value.Kind == SetValue {
			object = plain(m.Value).(map[string]any)
		} else {
			object["unknown"] = m.Value.Text
		}
		object["kind"] = "mana"
	case Entrypoint:
		object["kind"] = "entrypoint"
		object["formals"] = formalsOf(m.Value)
	default:
		object["kind"] = "other"
		object["value"] = plain(m.Value)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// formalsOf is what builtins.functionArgs gives of a function, but null where it takes a plain argument.
func formalsOf(v *Value) any {
	if v.Kind != FunctionValue || v.Expr == nil || v.Expr.Lambda == nil {
		return plain(v)
	}
	f := v.Expr.Lambda.Formals
	if f == nil {
		return nil
	}
	formals := map[string]bool{}
	for _, formal := range f.List {
		formals[formal.Name] = formal.HasDefault
	}
	return formals
}

// plain is a value as encoding/json takes it.
func plain(v *Value) any {
	switch v.Kind {
	case NullValue:
		return nil
	case BoolValue:
		return v.Bool
	case IntegerValue:
		return v.Integer
	case FloatValue:
		return v.Float
	case StringValue, PathValue:
		return strings.ToValidUTF8(v.Text, "\uFFFD")
	case ListValue:
		list := make([]any, len(v.List))
		for i, e := range v.List {
			list[i] = plain(e)
		}
		return list
	case SetValue:
		set := make(map[string]any, len(v.Members))
		for _, member := range v.Members {
			set[member.Name] = plain(member.Value)
		}
		return set
	}
	return map[string]any{"unknown": v.Text}
}
