package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// settingsPage writes docs/settings.md.
func settingsPage(string) (map[string][]byte, error) {
	var b strings.Builder
	b.WriteString(header + `# Settings

Settings come from three places; a later one wins, key by key:

1. the defaults below;
2. ` + "`.nix-pins.toml`" + ` in the root of the polyrepo, then the ones in the folders between it and the file;
3. the editor's own settings, under ` + "`nixPins`" + `.

` + "`nix-pins-lsp config show --origin`" + ` prints what is in force, and where each value comes from. A key or a value that means nothing is a
finding ([unknown-setting](rules/unknown-setting.md)), and the rest of the file counts. Of the editor's own settings the editor shows it as
a message.

The root is the outermost folder with such a file: a leaf may have one of its own. What lies above your home is not searched, and a file in
the home itself makes it the root only where nothing in it has one.

In ` + "`.nix-pins.toml`" + ` a dotted key is a table: ` + "`pins.inputs`" + ` is ` + "`inputs`" + ` under ` + "`[pins]`" + `.

`)
	for _, s := range config.Settings() {
		fmt.Fprintf(&b, "## `%s`\n\n%s\n\nType: %s.", s.Key, s.Doc, s.Type)
		if len(s.Values) > 0 {
			fmt.Fprintf(&b, " Values: `%s`.", strings.Join(s.Values, "`, `"))
		}
		if s.Type == config.Integer {
			fmt.Fprintf(&b, " From %d to %d.", s.Minimum, s.Maximum)
		}
		value, err := json.Marshal(defaultOf(s))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, " Default: `%s`.", value)
		if s.EditorOnly {
			b.WriteString(" Only the editor's settings may have it, no `.nix-pins.toml`.")
		}
		b.WriteString("\n\n")
	}
	return map[string][]byte{"docs/settings.md": []byte(strings.TrimRight(b.String(), "\n") + "\n")}, nil
}

// defaultOf is a setting's default as JSON shows it: an empty list rather than null.
func defaultOf(s config.Setting) any {
	if list, ok := s.Default.([]string); ok && list == nil {
		return []string{}
	}
	return s.Default
}

// object is a JSON object that keeps its order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := plain(m.key)
		if err != nil {
			return nil, err
		}
		value, err := plain(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plain is JSON without the escapes of HTML.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func indented(v any) ([]byte, error) {
	compact, err := plain(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// schemaOf is the JSON Schema of one setting; described is the key for its documentation, which VS Code calls otherwise.
func schemaOf(s config.Setting, described string) object {
	o := object{}
	switch s.Type {
	case config.Boolean:
		o = append(o, member{"type", "boolean"})
	case config.Integer:
		o = append(o, member{"type", "integer"}, member{"minimum", s.Minimum}, member{"maximum", s.Maximum})
	case config.String:
		o = append(o, member{"type", "string"})
		if len(s.Values) > 0 {
			// The default, unset, is no value that a file would write, but an editor shows it.
			o = append(o, member{"enum", append([]string{""}, s.Values...)})
		}
	case config.StringList:
		o = append(o, member{"type", "array"}, member{"items", object{{"type", "string"}}})
	case config.StringMap:
		o = append(o, member{"type", "object"})
		value := object{{"type", "string"}}
		if len(s.Values) > 0 {
			value = append(value, member{"enum", s.Values})
		}
		if s.Key == "rules" {
			properties := object{}
			for _, rule := range diagnostics.Rules() {
				properties = append(properties, member{rule.Code, append(append(object{}, value...), member{described, rule.Summary}, member{"default", rule.Level.String()})})
			}
			o = append(o, member{"properties", properties}, member{"additionalProperties", false})
		} else {
			o = append(o, member{"additionalProperties", value})
		}
	}
	return append(o, member{"default", defaultOf(s)}, member{described, s.Doc})
}

// settingsSchema writes the JSON Schema of .nix-pins.toml, for editors that check TOML by one.
func settingsSchema(string) (map[string][]byte, error) {
	tables := object{}
	for _, s := range config.Settings() {
		if s.EditorOnly {
			continue
		}
		table, key, nested := strings.Cut(s.Key, ".")
		if !nested {
			tables = append(tables, member{s.Key, schemaOf(s, "description")})
			continue
		}
		if n := len(tables); n == 0 || tables[n-1].key != table {
			tables = append(tables, member{table, object{{"type", "object"}, {"additionalProperties", false}, {"properties", object{}}}})
		}
		last := tables[len(tables)-1].value.(object)
		properties := last[2].value.(object)
		last[2].value = append(properties, member{key, schemaOf(s, "description")})
	}
	schema, err := indented(object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", ".nix-pins.toml"},
		{"description", "Settings of nix-pins-lsp for a polyrepo of Nix flakes"},
		{"type", "object"},
		{"additionalProperties", false},
		{"properties", tables},
	})
	return map[string][]byte{"docs/schema/nix-pins.toml.schema.json": schema}, err
}

// extensionManifest puts the settings and the commands into the manifest of the VS Code extension, after those that are the extension's own:
// everything that stands under nixPins but is no setting of the server is left as it is.
func extensionManifest(root string) (map[string][]byte, error) {
	const path = "editors/vscode/package.json"
	source, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return nil, err
	}
	manifest, err := ordered(source)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	properties, err := manifest.at("contributes", "configuration", "properties")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	kept := object{}
	for _, m := range *properties {
		if strings.HasPrefix(m.key, "nixPins.server.") || strings.HasPrefix(m.key, "nixPins.trace.") {
			kept = append(kept, m)
		}
	}
	for _, s := range config.Settings() {
		schema := schemaOf(s, "markdownDescription")
		if s.EditorOnly { // and then no workspace either, trusted or not
			schema = append(schema, member{"scope", "machine"})
		}
		kept = append(kept, member{"nixPins." + s.Key, schema})
	}
	*properties = kept
	if err := extensionCommands(manifest); err != nil {
		return nil, err
	}
	made, err := indented(*manifest)
	return map[string][]byte{path: made}, err
}

// ordered reads a JSON object and keeps the order of its members, so that writing it back moves nothing.
func ordered(source []byte) (*object, error) {
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.UseNumber()
	value, err := orderedValue(decoder)
	if err != nil {
		return nil, err
	}
	o, ok := value.(*object)
	if !ok {
		return nil, fmt.Errorf("found %T, expected an object", value)
	}
	return o, nil
}

func orderedValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := &object{}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := orderedValue(decoder)
			if err != nil {
				return nil, err
			}
			*o = append(*o, member{key.(string), value})
		}
		_, err := decoder.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := orderedValue(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := decoder.Token()
		return list, err
	}
	return token, nil
}

// at is the object behind a path of keys.
func (o *object) at(keys ...string) (*object, error) {
	for _, key := range keys {
		var next *object
		for _, m := range *o {
			if m.key == key {
				next, _ = m.value.(*object)
			}
		}
		if next == nil {
			return nil, fmt.Errorf("no object %q", key)
		}
		o = next
	}
	return o, nil
}
