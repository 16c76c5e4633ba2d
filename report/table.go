package report

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// table is a text table with aligned columns.
type table struct {
	indent  string
	columns []column
	rows    [][]string
}

type column struct {
	title string
	right bool
	// A flexible column is cut where the table is too wide; keepEnd cuts its front, list cuts words and says how many. It gets least
	// characters at the least.
	flexible, keepEnd, list bool
	least                   int
}

// gap stands between columns.
const gap = "  "

func (t *table) add(cells ...string) {
	row := make([]string, len(t.columns))
	for i := range row { // cells of columns that were left out are dropped
		row[i] = text.Printable(cells[i])
	}
	t.rows = append(t.rows, row)
}

// widths are those of the columns, so that a line has at most total characters where the flexible ones allow it.
func (t *table) widths(total int) []int {
	widths := make([]int, len(t.columns))
	sum := len(t.indent) + len(gap)*(len(t.columns)-1)
	for i, c := range t.columns {
		widths[i] = utf8.RuneCountInString(c.title)
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		sum += widths[i]
	}
	// The widest flexible column gives first.
	for ; sum > total; sum-- {
		widest := -1
		for i, c := range t.columns {
			if least := max(c.least, 8); c.flexible && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// print prints the table; nothing where it has no row.
func (t *table) print(p *textPrinter) {
	if len(t.rows) == 0 {
		return
	}
	widths := t.widths(p.Width)
	line := func(cells []string) string {
		var b strings.Builder
		b.WriteString(t.indent)
		for i, cell := range cells {
			if i > 0 {
				b.WriteString(gap)
			}
			cell = t.columns[i].cut(cell, widths[i])
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.columns[i].right {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	var titles []string
	for _, c := range t.columns {
		titles = append(titles, c.title)
	}
	if slices.ContainsFunc(titles, func(title string) bool { return title != "" }) {
		p.printf("%s%s%s\n", p.Dim, line(titles), p.Off)
	}
	for _, row := range t.rows {
		p.printf("%s\n", line(row))
	}
}

// cut shortens a text to a number of characters and shows that something is missing.
func (c column) cut(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	if c.list {
		if words := strings.Fields(s); len(words) > 1 {
			return cutList(words, width)
		}
	}
	if !c.keepEnd {
		return string(runes[:width-1]) + "…"
	}
	end := runes[len(runes)-width+1:]
	if i := slices.Index(end, '/'); i >= 0 && i < len(end)/2 { // whole names where that costs little
		end = end[i:]
	}
	return "…" + string(end)
}

// cutList gives the first words, as many as there is room for, and how many more there are.
func cutList(words []string, width int) string {
	for n := len(words) - 1; n > 0; n-- {
		text := strings.TrimSuffix(strings.Join(words[:n], " "), ",") + " +" + strconv.Itoa(len(words)-n)
		if utf8.RuneCountInString(text) <= width {
			return text
		}
	}
	return column{}.cut(words[0], max(width-3-len(strconv.Itoa(len(words)-1)), 2)) + " +" + strconv.Itoa(len(words)-1)
}
