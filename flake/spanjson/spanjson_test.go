package spanjson

import (
	"errors"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// read walks through a whole text and gives each string, with its span, and each other scalar.
func read(r *Reader) (strings []string, spans []text.Span, scalars []any) {
	var walk func()
	walk = func() {
		switch r.Kind() {
		case '{':
			r.Object(func(name string, span text.Span) {
				strings, spans = append(strings, name), append(spans, span)
				walk()
			})
		case '[':
			r.Array(func(int) { walk() })
		case '"':
			s, span, _ := r.String()
			strings, spans = append(strings, s), append(spans, span)
		default:
			if value, _, ok := r.Scalar(); ok {
				scalars = append(scalars, value)
			}
		}
	}
	walk()
	r.End()
	return strings, spans, scalars
}

// Breaks when a span drifts, which a byte order mark, an escape or a member that nobody reads could do.
func TestSpans(t *testing.T) {
	source := "\ufeff {\"a\": [1, {\"é\\n\": \"x\"}], \"b\" : -2.9, \"c\": true, \"d\": null, \"e\": 1e30 }\n"
	r := NewReader(source, 1000)
	strings, spans, scalars := read(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`"a"`, `"é\n"`, `"x"`, `"b"`, `"c"`, `"d"`, `"e"`} {
		if got := spans[i].In(source); got != want {
			t.Errorf("span %d holds %s, want %s", i, got, want)
		}
	}
	if strings[1] != "é\n" {
		t.Errorf("the escape was read as %q", strings[1])
	}
	if len(scalars) != 3 || scalars[0] != int64(1) || scalars[1] != int64(-2) || scalars[2] != true {
		t.Errorf("scalars: %v", scalars)
	}
	r = NewReader(source, 1000)
	var skipped string
	span, ok := r.Object(func(name string, _ text.Span) {
		if name == "b" {
			skipped = r.Skip().In(source)
		}
	})
	r.End()
	if r.Err() != nil || !ok || skipped != "-2.9" || span.In(source) != source[4:len(source)-1] {
		t.Errorf("object %v %v, skipped %q, %v", span, ok, skipped, r.Err())
	}
}

// Breaks when a fault is told at another place, in the words of a library, or not at all.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		source  string
		kind    Kind
		line    int
		column  int
		message string
	}{
		{"", Syntax, 1, 1, "the text is empty, expected a JSON value"},
		{" \n", Syntax, 2, 1, "the text is empty, expected a JSON value"},
		{"{\n \"é\" 1}", Syntax, 2, 6, "found '1' after object name, expected ':'"},
		{"{\"a\": 1,\n}", Syntax, 1, 8, "found ',' after the last element, expected '}'"},
		{"[1 2]", Syntax, 1, 4, "found '2' after array element, expected ',' or ']'"},
		{"{\"a\": 1", Syntax, 1, 8, "the text ends before the value does"},
		{"{} {}", Syntax, 1, 4, "found more text after the end of the value"},
		{"{} }", Syntax, 1, 4, "found '}' at start of value"},
		{"{\"a\": tru}", Syntax, 1, 10, "found '}' in literal true, expected 'e'"},
		{"{\"a\": \"\xff\"}", Syntax, 1, 8, "invalid UTF-8"},
		{"{\n<<<<<<< HEAD\n\"a\":1\n=======\n\"a\":2\n>>>>>>> other\n}", Conflict, 2, 1, "the file holds the markers of an unfinished merge"},
		{"{\r\n\"a\":1\r\n=======\r\n", Conflict, 3, 1, "the file holds the markers of an unfinished merge"},
		{strings.Repeat(" ", 200), TooLarge, 1, 1, "the file has 200 bytes, more than the 100 that are read"},
	} {
		r := NewReader(c.source, 100)
		read(r)
		var e *Error
		if !errors.As(r.Err(), &e) {
			t.Errorf("%q: no error", c.source)
			continue
		}
		if e.Kind != c.kind || e.Line != c.line || e.Column != c.column || e.Message != c.message {
			t.Errorf("%q:\n got %d %v\nwant %d line %d, column %d: %s", c.source, e.Kind, e, c.kind, c.line, c.column, c.message)
		}
	}
}

// Breaks when deep nesting exhausts the stack rather than giving an error.
func TestDepth(t *testing.T) {
	for _, open := range []string{"[", `{"a":`} {
		source := strings.Repeat(open, 1_000_000)
		r := NewReader(source, len(source))
		r.Skip()
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), "depth") {
			t.Errorf("%s…: %v", open, err)
		}
	}
}
