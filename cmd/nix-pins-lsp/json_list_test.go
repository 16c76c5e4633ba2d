package main

import (
	"bytes"
	"testing"
)

// Breaks when a document that is printed element by element is another one than the encoder writes of the whole: with no elements, one or
// several, with names that stand in it twice, and with what HTML would escape.
func TestPrintJSONList(t *testing.T) {
	type element struct {
		Text string   `json:"text"`
		List []string `json:"list"`
	}
	type inner struct {
		Name     string    `json:"name"`
		Elements []element `json:"elements"`
	}
	type document struct {
		Elements []string `json:"elements"`
		Inner    []inner  `json:"inner"`
	}
	all := []element{{"<&>\u2028", nil}, {`"elements": []`, []string{}}, {"", []string{"a", "b"}}}
	for count := range len(all) + 1 {
		whole := document{[]string{}, []inner{{`"elements": []`, append([]element{}, all[:count]...)}}}
		want, err := indented(whole, "")
		if err != nil {
			t.Fatal(err)
		}
		whole.Inner[0].Elements = []element{}
		var got bytes.Buffer
		if err := printJSONList(&got, whole, "elements", 4, count, func(i int) any { return all[i] }); err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%d elements:\n%s\nwant\n%s", count, got.String(), want)
		}
	}
	if err := printJSONList(&bytes.Buffer{}, document{}, "elements", 1, 0, nil); err == nil {
		t.Error("a document without the list is printed")
	}
}
