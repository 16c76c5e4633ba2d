// Package text holds what every other package says about places in a text: byte spans, lines and columns in the units of
// editors, and edits. It is the only place of position maths; everywhere else a place is a byte offset. And it says how a text of a
// file may be shown.
package text

import "fmt"

// Span is a half-open range of bytes, [Start, End), of one text.
type Span struct {
	Start, End int
}

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Empty says whether the span holds no byte. An empty span still has a place: that of an insertion.
func (s Span) Empty() bool { return s.Start >= s.End }

// Contains says whether other lies wholly within s.
func (s Span) Contains(other Span) bool { return s.Start <= other.Start && other.End <= s.End }

// Touches says whether a cursor at the offset is on the span: its end counts, because a cursor stands between bytes.
func (s Span) Touches(offset int) bool { return s.Start <= offset && offset <= s.End }

// Overlaps says whether the two spans share a byte. An empty span overlaps one that it lies strictly inside of.
func (s Span) Overlaps(other Span) bool {
	return s.Start < other.End && other.Start < s.End
}

// Cover is the smallest span that holds both.
func (s Span) Cover(other Span) Span {
	return Span{min(s.Start, other.Start), max(s.End, other.End)}
}

// In is the text of the span, or "" where the span does not lie within the source.
func (s Span) In(source string) string {
	if s.Start < 0 || s.End > len(source) || s.Start > s.End {
		return ""
	}
	return source[s.Start:s.End]
}

func (s Span) String() string { return fmt.Sprintf("%d-%d", s.Start, s.End) }
