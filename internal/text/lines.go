package text

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// Encoding is the unit in which a client counts characters of a line (LSP 3.17, PositionEncodingKind).
type Encoding uint8

// The three encodings of the specification. UTF-16 is its default.
const (
	UTF16 Encoding = iota
	UTF8
	UTF32
)

func (e Encoding) String() string {
	switch e {
	case UTF8:
		return "utf-8"
	case UTF32:
		return "utf-32"
	}
	return "utf-16"
}

// Position is a place as an editor gives it: a line and a number of units into it, both counted from 0.
type Position struct {
	Line, Character int
}

// Lines is the line index of one text, of less than 4 GB. Lines end at \n, \r\n or a lone \r, as in the LSP specification. It is immutable.
type Lines struct {
	source string
	starts []uint32 // a text of short lines has as many bytes of these as of its own

	marksOnce sync.Once
	marks     []mark // see unitsBefore
}

// NewLines indexes a text.
func NewLines(source string) *Lines {
	starts := make([]uint32, 1, 1+strings.Count(source, "\n"))
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '\n':
			starts = append(starts, uint32(i+1))
		case '\r':
			if i+1 < len(source) && source[i+1] == '\n' {
				i++
			}
			starts = append(starts, uint32(i+1))
		}
	}
	return &Lines{source: source, starts: starts}
}

// Source is the indexed text.
func (l *Lines) Source() string { return l.source }

// Count is the number of lines; a text that ends in a line end has an empty last line.
func (l *Lines) Count() int { return len(l.starts) }

// Line is the number, from 0, of the line that holds the offset. Offsets outside of the text count as its nearest end.
func (l *Lines) Line(offset int) int {
	return max(0, sort.Search(len(l.starts), func(i int) bool { return int(l.starts[i]) > offset })-1)
}

// Span is the extent of a line without its line end.
func (l *Lines) Span(line int) Span {
	if line < 0 || line >= len(l.starts) {
		return Span{len(l.source), len(l.source)}
	}
	end := len(l.source)
	if line+1 < len(l.starts) {
		end = int(l.starts[line+1])
	}
	start := int(l.starts[line])
	for end > start && (l.source[end-1] == '\n' || l.source[end-1] == '\r') {
		end--
	}
	return Span{start, end}
}

// Position is the place of a byte offset in the units of the encoding. An offset inside of a character counts as the
// character's start, one within a line end as the end of the line, one outside of the text as its nearest end.
func (l *Lines) Position(offset int, encoding Encoding) Position {
	offset = min(max(offset, 0), len(l.source))
	line := l.Line(offset)
	span := l.Span(line)
	offset = min(offset, span.End)
	for offset > span.Start && offset < len(l.source) && !utf8.RuneStart(l.source[offset]) {
		offset--
	}
	if encoding != UTF8 && offset-span.Start > longLine {
		return Position{line, l.unitsBefore(offset, encoding) - l.unitsBefore(span.Start, encoding)}
	}
	return Position{line, units(l.source[span.Start:offset], encoding)}
}

// longLine is the number of bytes into a line from which on its units are not counted one by one: a text of one line may have findings
// everywhere.
const longLine = 4096

// mark is a place in the text, at the start of a character, with the units before it.
type mark struct{ offset, utf16, utf32 int }

// unitsBefore counts the units of all the text before the start of a character, line ends too: from the last mark before it, of which there
// is one about every longLine bytes.
func (l *Lines) unitsBefore(offset int, encoding Encoding) int {
	l.marksOnce.Do(func() {
		last := mark{}
		for i, r := range l.source {
			if i >= len(l.marks)*longLine {
				last.offset = i
				l.marks = append(l.marks, last)
			}
			last.utf32++
			last.utf16++
			if r >= 0x10000 {
				last.utf16++
			}
		}
	})
	i := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].offset > offset }) - 1
	if i < 0 {
		return 0 // the text is empty
	}
	before := l.marks[i].utf32
	if encoding == UTF16 {
		before = l.marks[i].utf16
	}
	return before + units(l.source[l.marks[i].offset:offset], encoding)
}

// Column is the 1-based line and the 1-based column in code points of an offset, as compilers print them.
func (l *Lines) Column(offset int) (line, column int) {
	p := l.Position(offset, UTF32)
	return p.Line + 1, p.Character + 1
}

// Offset is the byte offset of a position. A character past the end of its line means the line's end (the specification
// says so); one inside of a character, such as between two surrogates, means its start. A line that the text does not have
// is an error: the client speaks of another text.
func (l *Lines) Offset(p Position, encoding Encoding) (int, error) {
	if p.Line < 0 || p.Character < 0 || p.Line >= len(l.starts) {
		return 0, fmt.Errorf("position %d:%d is not in the text, which has %d lines", p.Line, p.Character, len(l.starts))
	}
	span := l.Span(p.Line)
	if encoding == UTF8 {
		offset := min(span.Start+p.Character, span.End)
		for offset > span.Start && offset < span.End && !utf8.RuneStart(l.source[offset]) {
			offset--
		}
		return offset, nil
	}
	offset, left := span.Start, p.Character
	for left > 0 && offset < span.End {
		r, size := utf8.DecodeRuneInString(l.source[offset:span.End])
		width := 1
		if encoding == UTF16 && r >= 0x10000 {
			width = 2
		}
		if width > left {
			break
		}
		left -= width
		offset += size
	}
	return offset, nil
}

// units counts the units of an encoding in s. A byte that is no UTF-8 counts as one unit, as the replacement character
// that the client shows for it.
func units(s string, encoding Encoding) int {
	switch encoding {
	case UTF8:
		return len(s)
	case UTF32:
		return utf8.RuneCountInString(s)
	}
	n := 0
	for _, r := range s {
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}
