package ide

import (
	"strings"
	"unicode"
)

// printable takes the control characters out of a text of a file: they could end a line of a list, or drive a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// codeSpan is a text of a file as a code span of Markdown, in which nothing of it has a meaning: the fence is longer than any run
// of backquotes in it.
func codeSpan(s string) string {
	s = printable(s)
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if s == "" || strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// escaped is a text of a file as Markdown that shows it as it is: no emphasis, link or element begins in it. Addresses stay as
// they are, so that editors make links of them.
func escaped(s string) string {
	const special = "\\`*[]<>"
	s = printable(s)
	if !strings.ContainsAny(s, special) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
