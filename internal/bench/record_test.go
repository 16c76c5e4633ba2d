package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func some(limit float64) summary {
	return polyrepoSheet.median([]numbers{{Limit: limit, LimitCPU: 1}, {Limit: limit * 2, LimitCPU: 1}, {Limit: limit / 2, LimitCPU: 1}})
}

// Breaks when a line of the record has other columns than its head, or when a number that changed by more than a tenth is not
// named, or one that did not is.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	for _, limit := range []float64{100, 105, 200} {
		if err := polyrepoSheet.appendRecord(dir, 10, some(limit)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, line := range lines[len(lines)-5:] {
		if n := strings.Count(line, "|"); n != len(polyrepoSheet.columns)+4 {
			t.Errorf("%d bars in %s", n, line)
		}
	}
	cells := func(i int) []string { return strings.Split(strings.Trim(lines[len(lines)-i], "| "), " | ") }
	if list := polyrepoSheet.changes(cells(3), cells(2)); len(list) != 0 {
		t.Errorf("from 100 to 105: %v", list)
	}
	if list := polyrepoSheet.changes(cells(2), cells(1)); len(list) != 1 || !strings.Contains(list[0], "the limit (ms): 200") {
		t.Errorf("from 105 to 200: %v", list)
	}
}
