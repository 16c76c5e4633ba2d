// Package manifestgen writes flake.nix files for tests: a Model says what a file means, a Layout how it is written, and
// Render makes the text. One model in many layouts must always be read back as the same model. Only tests import it.
package manifestgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Model is what a flake.nix means.
type Model struct {
	// Description is "" for a file without one.
	Description string
	Inputs      []Input
	Outputs     Function
}

// Input is an input, or an override of an input's input. One with neither fields nor overrides is { }.
type Input struct {
	Name      string
	Fields    []Field
	Overrides []Input
}

// Field is an attribute of an input other than inputs: url, follows, flake, type, or an attribute of the type.
type Field struct {
	Name string
	// Value is a string, a Path, an int64, a float64, a bool, nil, or a []any of such.
	Value any
}

// Path is a path literal, by its source text.
type Path string

// Function is the function that outputs is. Its body is { }, unless Body says otherwise.
type Function struct {
	// Argument is the name for the whole set: the one of a plain argument, or the one bound by @; "" for none.
	Argument string
	// Pattern says that it takes { … } apart.
	Pattern  bool
	Formals  []Formal
	Ellipsis bool
	Body     string
}

// Formal is one name of the pattern.
type Formal struct {
	Name string
	// Default is Nix source, or "".
	Default string
}

// Values is the model's inputs as plain values: what Nix evaluates `inputs` to, with a path as its source text.
func (m Model) Values() map[string]any { return values(m.Inputs) }

func values(inputs []Input) map[string]any {
	set := map[string]any{}
	for _, in := range inputs {
		attrs := map[string]any{}
		for _, f := range in.Fields {
			attrs[f.Name] = f.Value
			if p, ok := f.Value.(Path); ok {
				attrs[f.Name] = string(p)
			}
		}
		if len(in.Overrides) > 0 {
			attrs["inputs"] = values(in.Overrides)
		}
		set[in.Name] = attrs
	}
	return set
}

// FromJSON reads the inputs of a flake as Nix gives them in JSON, in their order there. An `inputs` with nothing in it is left
// out of the input that has it. A path, for which JSON has no form, is {"__nixPath": its source text}.
func FromJSON(data []byte) ([]Input, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var inputs []Input
	err := members(d, func(name string) error {
		in, err := inputFromJSON(d, name)
		inputs = append(inputs, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one value: %v", err)
	}
	return inputs, nil
}

// members reads an object and calls f behind each name.
func members(d *json.Decoder, f func(name string) error) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("expected an object, found %v", t)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := f(name.(string)); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func inputFromJSON(d *json.Decoder, name string) (Input, error) {
	in := Input{Name: name}
	err := members(d, func(attr string) error {
		if attr == "inputs" {
			return members(d, func(name string) error {
				o, err := inputFromJSON(d, name)
				in.Overrides = append(in.Overrides, o)
				return err
			})
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return err
		}
		plain, err := fromJSON(value)
		in.Fields = append(in.Fields, Field{attr, plain})
		return err
	})
	return in, err
}

func fromJSON(value any) (any, error) {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case []any:
		for i := range v {
			plain, err := fromJSON(v[i])
			if err != nil {
				return nil, err
			}
			v[i] = plain
		}
	case map[string]any:
		if path, ok := v["__nixPath"].(string); ok && len(v) == 1 {
			return Path(path), nil
		}
		return nil, fmt.Errorf("an attribute of an input is a set: %v", v)
	}
	return value, nil
}
