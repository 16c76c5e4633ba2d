package text

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Breaks when a line end is counted as part of a line, or when a unit of one encoding is taken for that of another.
func TestPositions(t *testing.T) {
	source := "a = \"é😀x\";\r\nb\rc\n"
	lines := NewLines(source)
	if got := lines.Count(); got != 4 {
		t.Fatalf("lines = %d, want 4", got)
	}
	x := 5 + len("é😀")
	for encoding, want := range map[Encoding]Position{UTF8: {0, 11}, UTF16: {0, 8}, UTF32: {0, 7}} {
		if got := lines.Position(x, encoding); got != want {
			t.Errorf("%s: position of x = %v, want %v", encoding, got, want)
		}
	}
	if got := lines.Span(1).In(source); got != "b" {
		t.Errorf("line 1 = %q", got)
	}
	if line, column := lines.Column(x); line != 1 || column != 8 {
		t.Errorf("column of x = %d:%d, want 1:8", line, column)
	}
	if got, _ := lines.Offset(Position{0, 7}, UTF16); got != 7 {
		t.Errorf("between surrogates = %d, want the start of the character, 7", got)
	}
	if got, _ := lines.Offset(Position{0, 99}, UTF16); got != lines.Span(0).End {
		t.Errorf("past the end of the line = %d", got)
	}
	if _, err := lines.Offset(Position{9, 0}, UTF8); err == nil {
		t.Error("a line that is not there gave no error")
	}
}

// Breaks when Offset is not the inverse of Position on some text, in some encoding.
func TestPositionRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.StringOfN(rapid.SampledFrom([]rune("ab\"é😀\u0301\n\r\t;")), 0, 60, -1).Draw(t, "source")
		lines := NewLines(source)
		for offset := range source {
			if offset > 0 && source[offset] == '\n' && source[offset-1] == '\r' {
				continue // within a line end: no position of its own
			}
			for _, encoding := range []Encoding{UTF8, UTF16, UTF32} {
				p := lines.Position(offset, encoding)
				back, err := lines.Offset(p, encoding)
				if err != nil || back != offset {
					t.Fatalf("%s: %d → %v → %d, %v in %q", encoding, offset, p, back, err, source)
				}
			}
		}
		r := []rune(source)
		if got := units(source, UTF16); got != len(utf16.Encode(r)) {
			t.Fatalf("utf-16 units of %q = %d", source, got)
		}
		if got := units(source, UTF32); got != utf8.RuneCountInString(source) {
			t.Fatalf("utf-32 units of %q = %d", source, got)
		}
	})
}

// Breaks when a position far into a line is counted otherwise than one near its start, for which every unit is: characters of all widths,
// and bytes that are none, at and around the marks.
func TestPositionInLongLine(t *testing.T) {
	source := "{\n"
	for i := range 3 * longLine {
		source += []string{"a", "é", "😀", "\xff", "\u0301", "\x80\x80"}[(i*i+i/7)%6]
	}
	source += "\r\nlast"
	lines := NewLines(source)
	start := lines.Span(1).Start
	for offset := range source {
		for _, encoding := range []Encoding{UTF8, UTF16, UTF32} {
			want := Position{1, units(source[start:max(offset, start)], encoding)}
			if line := lines.Line(offset); line != 1 {
				want = Position{line, offset - lines.Span(line).Start}
			} else if source[offset] == '\r' || source[offset] == '\n' {
				continue
			}
			if at := offset; at > start && !utf8.RuneStart(source[at]) {
				continue // range gives these where they are no character; Position counts them to the one before
			}
			if got := lines.Position(offset, encoding); got != want {
				t.Fatalf("%s: %d is at %v, want %v", encoding, offset, got, want)
			}
		}
	}
}

// Breaks when edits are applied one after the other rather than at once, or when an overlap is let through.
func TestApply(t *testing.T) {
	got, err := Apply("abcdef", []Edit{{Span{4, 5}, "E"}, {Span{1, 1}, "1"}, {Span{1, 1}, "2"}, {Span{1, 3}, ""}})
	if err != nil || got != "a12dEf" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range [][]Edit{{{Span{0, 2}, ""}, {Span{1, 3}, ""}}, {{Span{0, 9}, ""}}, {{Span{3, 2}, ""}}} {
		if got, err := Apply("abcdef", bad); err == nil {
			t.Errorf("%v gave %q and no error", bad, got)
		}
	}
}

// Breaks when the edit does not make the one text of the other, or touches a line that both have at their ends.
func TestDifference(t *testing.T) {
	if got := Difference("a\nb\nc\n", "a\nx\nc\n"); len(got) != 1 || got[0] != (Edit{Span{2, 4}, "x\n"}) {
		t.Errorf("got %v", got)
	}
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\r\n", "é", "\n"}), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		before, after := strings.Join(lines.Draw(t, "before"), ""), strings.Join(lines.Draw(t, "after"), "")
		edits := Difference(before, after)
		if got, err := Apply(before, edits); err != nil || got != after || (before == after) != (len(edits) == 0) {
			t.Fatalf("%q → %q: %v gives %q, %v", before, after, edits, got, err)
		}
	})
}
