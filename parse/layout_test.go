package parse

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
)

// inputsJSON is what Manifest.JSON gives of the inputs.
func inputsJSON(t interface{ Fatal(...any) }, m *Manifest) any {
	data, err := m.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	return object["inputs"]
}

// throughJSON is a value as json.Unmarshal gives it.
func throughJSON(t interface{ Fatal(...any) }, v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// check compares a manifest with the model that it was rendered from.
func check(model manifestgen.Model, source string, m *Manifest) error {
	if len(m.Errors) > 0 || len(m.Thunks) > 0 {
		return fmt.Errorf("errors %v, thunks %v", m.Errors, m.Thunks)
	}
	for _, in := range model.Inputs {
		got := m.Input(in.Name)
		if in.Name == "self" {
			got = m.Self
		}
		if got == nil {
			return fmt.Errorf("no input %q", in.Name)
		}
		if err := checkInput(in, got, source); err != nil {
			return err
		}
	}
	f := m.OutputsFunction
	switch {
	case f == nil:
		return fmt.Errorf("no function")
	case (f.Formals != nil) != model.Outputs.Pattern:
		return fmt.Errorf("formals %v", f.Formals)
	case (f.Argument != nil) != (model.Outputs.Argument != ""):
		return fmt.Errorf("argument %v", f.Argument)
	}
	if f.Formals != nil {
		if f.Formals.Closed() == model.Outputs.Ellipsis || len(f.Formals.List) != len(model.Outputs.Formals) {
			return fmt.Errorf("formals %v", f.Formals)
		}
		for i, formal := range model.Outputs.Formals {
			got := f.Formals.List[i]
			if got.Name != formal.Name || got.NameSpan.In(source) != formal.Name || got.Default.In(source) != formal.Default {
				return fmt.Errorf("formal %v", got)
			}
		}
	}
	return nil
}

// checkInput compares names, values, and that every span holds what it says.
func checkInput(in manifestgen.Input, got *Input, source string) error {
	for _, f := range in.Fields {
		field := got.Field(f.Name)
		if field == nil {
			return fmt.Errorf("%v has no field %q", got.Path, f.Name)
		}
		want := f.Value
		if p, ok := want.(manifestgen.Path); ok {
			want = string(p)
		}
		if s, ok := want.(string); ok {
			if text, is := field.Text(); !is || text != s {
				return fmt.Errorf("%v.%s = %q, want %q", got.Path, f.Name, text, s)
			}
		}
		again := Parse(Other, field.Attr.Value.Outer.In(source))
		if !reflect.DeepEqual(plain(again.Value), plain(field.Value)) {
			return fmt.Errorf("%v.%s: the span %q has another value", got.Path, f.Name, field.Attr.Value.Outer.In(source))
		}
	}
	if len(got.Overrides) != len(in.Overrides) || len(got.Fields) != len(in.Fields) {
		return fmt.Errorf("%v: %d overrides and %d fields", got.Path, len(got.Overrides), len(got.Fields))
	}
	for _, p := range got.Attr.Places {
		if b := p.Binding; !strings.HasSuffix(b.Span.In(source), ";") || b.Equals.In(source) != "=" || b.Semicolon.In(source) != ";" {
			return fmt.Errorf("%v: the binding is %q", got.Path, b.Span.In(source))
		}
		if name := Parse(Other, "{ "+p.Name().Span.In(source)+" = 1; }").Root.Set.Attrs; len(name) != 1 || name[0].Name != in.Name {
			return fmt.Errorf("%v: the name is at %q", got.Path, p.Name().Span.In(source))
		}
	}
	for _, o := range in.Overrides {
		below := got.Override(o.Name)
		if below == nil {
			return fmt.Errorf("%v has no override %q", got.Path, o.Name)
		}
		if err := checkInput(o, below, source); err != nil {
			return err
		}
	}
	return nil
}

// Breaks when a way of writing inputs is read as another value, or when a span points at something else.
func TestRandomLayouts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := manifestgen.RandomModel(t)
		layout := manifestgen.RandomLayout(t)
		source := manifestgen.Render(model, layout)
		m := Parse(Flake, source)
		if err := check(model, source, m); err != nil {
			t.Fatalf("%v in\n%s", err, source)
		}
		if got, want := inputsJSON(t, m), throughJSON(t, model.Values()); !reflect.DeepEqual(got, want) {
			t.Fatalf("inputs %v\nwant %v in\n%s", got, want, source)
		}
		if got, want := len(m.Comments), strings.Count(source, "note "); got != want {
			t.Fatalf("%d comments of %d in\n%s", got, want, source)
		}
	})
}

// realInputs are the inputs of real projects.
func realInputs(t testing.TB) map[string][]manifestgen.Input {
	files, err := filepath.Glob("testdata/real/*.inputs.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no real inputs", err)
	}
	all := map[string][]manifestgen.Input{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := manifestgen.FromJSON(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".inputs.json")] = inputs
	}
	return all
}

// Breaks when something that real projects write is lost on the way through any layout.
func TestRealInputs(t *testing.T) {
	for name, inputs := range realInputs(t) {
		model := manifestgen.Model{Inputs: inputs, Outputs: manifestgen.Function{Pattern: true, Ellipsis: true}}
		for i, style := range manifestgen.Styles {
			for seed := range uint64(2) {
				odd := seed == 1
				source := manifestgen.Render(model, manifestgen.Layout{
					Style: style, CRLF: odd, Comments: odd, Quoted: odd, Spaces: odd, Literals: odd, Seed: seed + uint64(i),
				})
				m := Parse(Flake, source)
				if err := check(model, source, m); err != nil {
					t.Errorf("%s, %s: %v in\n%s", name, style, err, source)
				}
			}
		}
	}
}
