package ide

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// codeSpan is a text of a file as a code span of Markdown, in which nothing of it has a meaning: the fence is longer than any run
// of backquotes in it.
func codeSpan(s string) string {
	s = text.Printable(s)
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
	s = text.Printable(s)
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
