package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// numbers are the results of one round.
type numbers struct {
	Limit, LimitCPU            float64
	Check, CheckCPU, CheckPeak float64
	Fix, FixPeak               float64
	measured
	editor editorNumbers
}

// sheet is a table of numbers: what is shown of a round, and a file of docs with a line for each record.
type sheet struct {
	file, head string
	columns    []column
}

// column is what is shown and recorded of one number: its name in the record, what it is, the most that it should be (0: nothing
// is asked of it), and how to get it.
type column struct {
	name, title string
	most        float64
	of          func(n numbers) float64
}

// polyrepoSheet is of the index and the command line.
var polyrepoSheet = &sheet{file: "benchmarks.md", head: recordHead, columns: []column{
	{"limit ms", "the limit (ms)", 0, func(n numbers) float64 { return n.Limit }},
	{"index", "walk, index, facts and rules, × the limit", 1.5, func(n numbers) float64 { return n.Index / n.Limit }},
	{"index cpu", "the same by processor time", 1.5, func(n numbers) float64 { return n.IndexCPU / n.LimitCPU }},
	{"check", "check, × the index", 1.2, func(n numbers) float64 { return n.Check / n.Index }},
	{"check cpu", "the same by processor time", 1.2, func(n numbers) float64 { return n.CheckCPU / n.IndexCPU }},
	{"node B", "lock graph, bytes a node", 220, func(n numbers) float64 { return n.Node }},
	{"heap KB", "live heap a leaf (KB)", 10, func(n numbers) float64 { return n.Heap / 1000 }},
	{"resident MB", "resident (MB)", 150, func(n numbers) float64 { return n.Resident }},
	{"peak MB", "peak (MB)", 220, func(n numbers) float64 { return n.Peak }},
	{"check peak MB", "peak of check (MB)", 220, func(n numbers) float64 { return n.CheckPeak }},
	{"leaf ms", "a leaf after an edit of it (ms)", 4, func(n numbers) float64 { return n.Leaf }},
	{"leaf max ms", "the slowest of 100 of these (ms)", 0, func(n numbers) float64 { return n.LeafWorst }},
	{"pins ms", "10 open leaves after an edit of pins (ms)", 10, func(n numbers) float64 { return n.Pins }},
	{"all ms", "all leaves after an edit of pins (ms)", 1000, func(n numbers) float64 { return n.All }},
	{"all, lock ms", "all leaves after an edit of pins' lock (ms)", 1000, func(n numbers) float64 { return n.AllLock }},
	{"fix", "fix --diff, × the index", 0, func(n numbers) float64 { return n.Fix / n.Index }},
	{"fix peak MB", "peak of fix (MB)", 0, func(n numbers) float64 { return n.FixPeak }},
}}

// summary is the middle of each number over the rounds, with the least and the most, in the order of the sheet's columns.
type summary []struct{ middle, least, most float64 }

func (sh *sheet) median(all []numbers) summary {
	m := make(summary, len(sh.columns))
	for i, c := range sh.columns {
		var values []float64
		for _, n := range all {
			values = append(values, c.of(n))
		}
		slices.Sort(values)
		m[i].middle, m[i].least, m[i].most = values[len(values)/2], values[0], values[len(values)-1]
	}
	return m
}

// table shows the numbers beside what is asked of them.
func (sh *sheet) table(m summary) string {
	var b strings.Builder
	for i, c := range sh.columns {
		wanted, verdict := "", ""
		if c.most > 0 && !math.IsNaN(m[i].middle) {
			wanted = fmt.Sprintf("at most %g", c.most)
			if verdict = "met"; m[i].middle > c.most {
				verdict = "MISSED"
			}
		}
		fmt.Fprintf(&b, "%-56s %9s  %-14s %-7s (%s to %s)\n", c.title, number(m[i].middle), wanted, verdict, number(m[i].least), number(m[i].most))
	}
	return b.String()
}

// number has three digits that count; "-" is what was not measured.
func number(f float64) string {
	switch {
	case math.IsNaN(f):
		return "-"
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// line is one round, in short.
func (sh *sheet) line(n numbers) string {
	var parts []string
	for _, c := range sh.columns {
		parts = append(parts, c.name+" "+number(c.of(n)))
	}
	return strings.Join(parts, ", ")
}
