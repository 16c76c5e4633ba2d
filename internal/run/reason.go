package run

import (
	"regexp"
	"strings"
	"sync"
)

// escapes are the codes for a terminal, of colours among them.
var escapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(\x07|\x1b\\\\)?)")
})

// maxReason is how many lines a reason has at most.
const maxReason = 6

// Reason is what a program gave as the reason of its failure on standard error, on one line: its last error with the lines that belong
// to it, without the trace above and the source below; else the last lines that it printed.
func Reason(stderr string) string {
	lines := strings.Split(escapes().ReplaceAllString(stderr, ""), "\n")
	last := -1
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i][strings.LastIndexByte(strings.TrimRight(lines[i], "\r"), '\r')+1:]) // what a progress line ended as
		for _, prefix := range []string{"error: ", "fatal: "} {
			if rest, ok := strings.CutPrefix(lines[i], prefix); ok && strings.TrimSpace(rest) != "" {
				// What Git and SSH say first is the cause, what follows its consequence.
				if prefix == "error: " || last < 0 || !strings.HasPrefix(lines[last], "fatal: ") {
					last = i
				}
			}
		}
	}
	var said []string
	if last >= 0 {
		_, first, _ := strings.Cut(lines[last], ": ")
		said = append(said, strings.TrimSpace(first))
		for _, line := range lines[last+1:] {
			if line == "" || strings.HasPrefix(line, "at ") || strings.HasPrefix(line, "… ") || len(said) == maxReason {
				break
			}
			said = append(said, line)
		}
		// The line above a fatal one of Git is that of the program that it called.
		if strings.HasPrefix(lines[last], "fatal: ") && last > 0 && lines[last-1] != "" && !strings.HasPrefix(lines[last-1], "warning: ") {
			said = append([]string{lines[last-1]}, said...)
		}
		return strings.Join(said, " ")
	}
	for _, line := range lines {
		if line != "" && !strings.HasPrefix(line, "warning: ") {
			said = append(said, line)
		}
	}
	return strings.Join(said[max(0, len(said)-maxReason):], " ")
}
