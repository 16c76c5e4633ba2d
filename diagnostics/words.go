package diagnostics

import (
	"strings"
)

// quoted puts a name between backquotes, as messages show it.
func quoted(name string) string { return "`" + name + "`" }

// listed joins names as a sentence does: "`a`, `b` and `c`".
func listed(names []string) string {
	marked := make([]string, len(names))
	for i, name := range names {
		marked[i] = quoted(name)
	}
	if len(marked) < 2 {
		return strings.Join(marked, "")
	}
	last := len(marked) - 1
	return strings.Join(marked[:last], ", ") + " and " + marked[last]
}

// plain takes the backquotes off, for titles, which editors show as they are.
func plain(message string) string { return strings.ReplaceAll(message, "`", "") }
