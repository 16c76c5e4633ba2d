package lsp

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

// full is a client that can do all that the server asks for.
func full(t *testing.T) map[string]any {
	content, err := os.ReadFile("testdata/full-capabilities.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Breaks when a capability is looked for in the wrong place: then it stays empty.
func TestFullCapabilities(t *testing.T) {
	got := reflect.ValueOf(readClientCapabilities(full(t)))
	for i := range got.NumField() {
		if got.Field(i).IsZero() {
			t.Errorf("%s is not read", got.Type().Field(i).Name)
		}
	}
}

// Breaks when a capability of a wrong shape is believed, or takes others with it.
func TestCapabilitiesOfWrongShapes(t *testing.T) {
	want := reflect.ValueOf(readClientCapabilities(full(t)))
	wrong := []any{nil, 7.5, "x", []any{}, []any{nil, 7.5, map[string]any{}}}
	var leaves func(any, []string) [][]string
	leaves = func(value any, path []string) [][]string {
		members, ok := value.(map[string]any)
		if !ok || len(members) == 0 {
			return [][]string{append([]string(nil), path...)}
		}
		var all [][]string
		for name, member := range members {
			all = append(all, leaves(member, append(path, name))...)
		}
		return all
	}
	for _, path := range leaves(full(t), nil) {
		for _, shape := range wrong {
			changed := full(t)
			parent := changed
			for _, name := range path[:len(path)-1] {
				parent = parent[name].(map[string]any)
			}
			parent[path[len(path)-1]] = shape
			got := reflect.ValueOf(readClientCapabilities(changed))
			var differ []string
			for i := range got.NumField() {
				if !reflect.DeepEqual(got.Field(i).Interface(), want.Field(i).Interface()) {
					differ = append(differ, got.Type().Field(i).Name)
					if !got.Field(i).IsZero() {
						t.Errorf("%v = %v: %s is %v", path, shape, got.Type().Field(i).Name, got.Field(i))
					}
				}
			}
			if len(differ) != 1 {
				t.Errorf("%v = %v changes %v", path, shape, differ)
			}
		}
	}
}

// Breaks when one odd member of initialize costs the others, or the whole session.
func TestInitializeOfWrongShapes(t *testing.T) {
	for _, test := range []struct {
		params string
		want   initializeParams
	}{
		{`{}`, initializeParams{}},
		{`{"processId":12,"clientInfo":{"name":"n","version":"v"},"rootUri":"file:///r","rootPath":"/p","initializationOptions":{"a":1}}`,
			initializeParams{processID: 12, clientName: "n", clientVersion: "v", roots: []string{"file:///r"}, options: map[string]any{"a": 1.0}}},
		{`{"processId":"12","clientInfo":"n","rootUri":7,"rootPath":"/p q","workspaceFolders":{},"capabilities":[]}`, initializeParams{roots: []string{"file:///p%20q"}}},
		{`{"processId":1.5,"clientInfo":{"name":3,"version":"v"},"workspaceFolders":[7,{"uri":"file:///a"},{"name":"x"},{"uri":"file:///b"}],"rootUri":"file:///r"}`,
			initializeParams{clientVersion: "v", roots: []string{"file:///a", "file:///b"}}},
		{`{"workspaceFolders":[],"rootUri":"file:///r","capabilities":{"workspace":3,"window":{"workDoneProgress":true}}}`,
			initializeParams{roots: []string{"file:///r"}, capabilities: clientCapabilities{WorkDoneProgress: true}}},
	} {
		var got initializeParams
		if err := json.Unmarshal([]byte(test.params), &got); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n%+v, %v; want\n%+v", test.params, got, err, test.want)
		}
	}
	e, _ := start(t, probes())
	if answer := e.Await(e.Request("initialize", json.RawMessage(`{"capabilities":[7],"trace":{},"processId":-3}`))); answer.Error != nil {
		t.Errorf("refused: %v", answer.Error)
	}
}
