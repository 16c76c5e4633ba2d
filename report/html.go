package report

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
)

//go:embed page/style.css
var pageStyle string

//go:embed page/script.js
var pageScript string

// How much of a polyrepo one page shows: what a browser still scrolls, sorts and searches at once.
const (
	mostRows    = 1000
	mostColumns = 50
	mostListed  = 500
	mostNamed   = 40
)

// page is what is shown of a report.
type page struct {
	*Report
	Title string
	// Unlocked counts the flakes without a lock.
	Unlocked int
	Matrix   matrix
	Bars     []bar
	// Of some lists only the first are shown; these say how many there are more.
	MoreSources, MoreDuplicates, MoreMoved int
	ShownDuplicates                        []Duplicate
	ShownMoved                             []Move
}

// matrix has a row for each flake and a column for each source at several versions.
type matrix struct {
	Columns []matrixColumn
	Rows    []matrixRow
	// CutRows and CutColumns are how many there are in all where not all are shown, else 0.
	CutRows, CutColumns int
	// Several says that leaves have different pins.
	Several bool
}

type matrixColumn struct {
	Source   string `json:"source"`
	Versions []tip  `json:"versions"`
}

// tip is a version as the page tells of it.
type tip struct {
	Version string `json:"version"`
	Date    string `json:"date"`
	Flakes  int    `json:"flakes"`
}

type matrixRow struct {
	Name string
	// Leaf is nil for a flake without a pins.
	Leaf  *Leaf
	Place int
	Cells []matrixCell
}

// matrixCell says which versions of a source a flake holds, by their places from the newest on.
type matrixCell struct {
	Text string
	// Class is that of the oldest one, Key its place; -1 where there is none.
	Class string
	Key   int
}

// bar shows how the flakes of a source are spread over its versions.
type bar struct {
	Source
	Parts []barPart
}

// barPart is a piece of a bar that is 100 wide.
type barPart struct {
	X, Width string
	Class    string
}

// HTML prints the report as one page that needs nothing else: no file, no network.
func (r *Report) HTML(w io.Writer) error {
	p := &page{
		Report: r, Title: "Versions in use: " + count(r.Summary.Flakes, "flake", "flakes"),
		Unlocked: r.Summary.Flakes - r.Summary.Locked,
	}
	p.Matrix = r.matrix()
	sources := r.Sources
	sources, p.MoreSources = first(sources)
	for _, s := range sources {
		p.Bars = append(p.Bars, newBar(s))
	}
	p.ShownDuplicates, p.MoreDuplicates = first(r.Duplicates)
	if r.Changes != nil {
		p.ShownMoved, p.MoreMoved = first(r.Changes.Moved)
	}
	return p.write(w)
}

func first[T any](list []T) (shown []T, more int) {
	n := min(len(list), mostListed)
	return list[:n], len(list) - n
}

// matrix shows the sources at several versions, or all where none is.
func (r *Report) matrix() matrix {
	var m matrix
	sources := r.Sources
	if r.Summary.Dispersed > 0 {
		sources = sources[:r.Summary.Dispersed]
	}
	if len(sources) > mostColumns {
		m.CutColumns, sources = len(sources), sources[:mostColumns]
	}
	rows := map[string]int{}
	add := func(name string, leaf *Leaf) {
		if _, known := rows[name]; known {
			return
		}
		place := -1
		if leaf != nil && leaf.Behind != nil {
			place = *leaf.Behind
		}
		rows[name] = len(m.Rows)
		m.Rows = append(m.Rows, matrixRow{Name: name, Leaf: leaf, Place: place})
	}
	for i := range r.Leaves {
		add(r.Leaves[i].Name, &r.Leaves[i])
	}
	for _, f := range r.inventory.Flakes {
		if !f.IsLeaf() && f.isLocked() {
			add(f.Name, nil)
		}
	}
	if len(m.Rows) > mostRows {
		m.CutRows, m.Rows = len(m.Rows), m.Rows[:mostRows]
	}
	for i := range m.Rows {
		m.Rows[i].Cells = make([]matrixCell, len(sources))
		for j := range sources {
			m.Rows[i].Cells[j].Key = -1
		}
	}
	for j, s := range sources {
		column := matrixColumn{Source: s.Source}
		held := map[int][]int{}
		for place, v := range s.Versions {
			column.Versions = append(column.Versions, tip{short(v.Version), dash(day(v.Date)), len(v.Flakes)})
			for _, name := range v.Flakes {
				if i, ok := rows[name]; ok && i < len(m.Rows) {
					held[i] = append(held[i], place)
				}
			}
		}
		m.Columns = append(m.Columns, column)
		for i, places := range held {
			m.Rows[i].Cells[j] = newCell(places)
		}
	}
	m.Several = len(r.Pins) > 1
	return m
}

// newCell makes a cell of ascending places.
func newCell(places []int) matrixCell {
	oldest := places[len(places)-1]
	var parts []string
	for _, place := range places {
		parts = append(parts, fmt.Sprint(place))
	}
	c := matrixCell{Text: strings.Join(parts, " "), Class: rank(oldest), Key: oldest}
	if len(places) > 1 {
		c.Class += " many"
	}
	return c
}

// rank is the class of the colour of a place from the newest on.
func rank(place int) string { return fmt.Sprintf("v%d", min(max(place, 0), 5)) }

// newBar gives each version the share of flakes that hold it, the newest first.
func newBar(s Source) bar {
	b := bar{Source: s}
	total := 0
	for _, v := range s.Versions {
		total += len(v.Flakes)
	}
	at := 0
	for place, v := range s.Versions {
		b.Parts = append(b.Parts, barPart{
			X: fmt.Sprintf("%.2f", 100*float64(at)/float64(total)), Width: fmt.Sprintf("%.2f", 100*float64(len(v.Flakes))/float64(total)), Class: rank(place),
		})
		at += len(v.Flakes)
		if place == mostColumns { // slivers that nobody sees
			break
		}
	}
	return b
}

// label is a source as a column's head has room for it: its last two names.
func label(source string) string {
	parts := strings.Split(source, "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}

// failing are the budgets that do not hold, before the others.
func (p *page) failing() []Result {
	list := slices.Clone(p.Budgets)
	sortslice.StableFunc(list, func(a, b Result) int { return boolean(a.Holds) - boolean(b.Holds) })
	return list
}
