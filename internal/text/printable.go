package text

import (
	"strings"
	"unicode"
)

// Printable is a text of a file as it may stand in a line of a terminal, of a list or of a page: a character that would end the line,
// drive the terminal or turn the direction of writing becomes U+FFFD, and so does one that nobody sees. The two joiners stay, which
// scripts and emoji are written with.
func Printable(s string) string { return strings.Map(printable, s) }

// PrintableSource is that of a line of source, or of what a program wrote, in which tabs stay.
func PrintableSource(line string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return printable(r)
	}, line)
}

const joiner, nonJoiner = '\u200d', '\u200c'

func printable(r rune) rune {
	if ' ' <= r && r <= '~' {
		return r // nearly all
	}
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != joiner && r != nonJoiner {
		return unicode.ReplacementChar
	}
	return r
}
