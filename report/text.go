package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// TextOptions say how a report is printed for a person.
type TextOptions struct {
	// Width is the number of columns; lines are cut to it where they can be.
	Width int
	// All lists what is otherwise cut.
	All bool
	// Bold, Dim, Good, Bad and Off are escape sequences of a terminal, all empty elsewhere.
	Bold, Dim, Good, Bad, Off string
}

// mostLines is how many lines a list has before it is cut.
const mostLines = 20

// leastWidth is what is printed on narrower terminals too.
const leastWidth = 60

// Text prints the report for a person: the headline first, then what is wrong most.
func (r *Report) Text(w io.Writer, o TextOptions) error {
	o.Width = max(o.Width, leastWidth)
	p := &textPrinter{Report: r, TextOptions: o, out: bufio.NewWriter(w)}
	p.headline()
	p.budgets()
	p.changes()
	p.sources()
	p.leaves()
	p.pins()
	p.duplicates()
	for _, note := range r.Notes {
		p.paragraph("Note: " + note)
	}
	return p.out.Flush()
}

type textPrinter struct {
	*Report
	TextOptions
	out *bufio.Writer
}

func (p *textPrinter) printf(format string, args ...any) { fmt.Fprintf(p.out, format, args...) }

func (p *textPrinter) heading(text string) { p.printf("\n%s%s%s\n", p.Bold, text, p.Off) }

// paragraph prints a text with an empty line before it, broken at the width.
func (p *textPrinter) paragraph(text string) {
	p.printf("\n")
	p.wrap("", text)
}

// wrap prints words in lines, each with an indentation.
func (p *textPrinter) wrap(indent, prose string) {
	line := ""
	for word := range strings.FieldsSeq(text.Printable(prose)) {
		if line != "" && utf8.RuneCountInString(indent+line)+1+utf8.RuneCountInString(word) > p.Width {
			p.printf("%s%s\n", indent, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	p.printf("%s%s\n", indent, line)
}

// shown is how much of a list of n is printed.
func (p *textPrinter) shown(n int) int {
	if p.All || n <= mostLines+1 { // a line that says "1 more" helps nobody
		return n
	}
	return mostLines
}

func (p *textPrinter) more(n, of int, what string) {
	if n < of {
		p.printf("%s%s more %s: --all lists them.%s\n", p.Dim, thousands(of-n), what, p.Off)
	}
}

func (p *textPrinter) headline() {
	s := p.Summary
	if s.Flakes == 0 {
		p.wrap("", "No flake here.")
		return
	}
	text := fmt.Sprintf("%s, %s: %s of %s", count(s.Flakes, "flake", "flakes"), count(s.Leaves, "of them a leaf", "of them leaves"),
		count(s.Versions, "version", "versions"), count(s.Sources, "source", "sources"))
	if s.Leaves > 0 {
		text += fmt.Sprintf(", %s", count(s.PackageSets, "package set", "package sets"))
	}
	p.printf("%s%s.%s\n", p.Bold, text, p.Off)
	text = fmt.Sprintf("%s locked at more than one version.", count(s.Dispersed, "source is", "sources are"))
	switch {
	case s.Sources == 0:
		text = "Nothing is locked."
	case s.Dispersed == 0:
		text = "Every source is locked at one version."
	}
	switch unknown := s.Leaves - s.Known; {
	case s.Known > 0:
		text += fmt.Sprintf(" %s of %s the newest package set of pins", thousands(s.Current), count(s.Known, "leaf has", "leaves have"))
		if s.Behind > 0 {
			text += fmt.Sprintf("; the farthest is %s behind", count(s.Behind, "set", "sets"))
		}
		if unknown > 0 {
			text += fmt.Sprintf("; of %s that is not known", count(unknown, "more leaf", "more leaves"))
		}
		text += "."
	case unknown == 1:
		text += " Of 1 leaf it is not known how far it is behind pins."
	case unknown > 1:
		text += fmt.Sprintf(" Of %s leaves it is not known how far they are behind pins.", thousands(unknown))
	}
	if unlocked := s.Flakes - s.Locked; unlocked > 0 && s.Locked > 0 {
		text += fmt.Sprintf(" %s no lock with inputs.", count(unlocked, "flake has", "flakes have"))
	}
	p.wrap("", text)
}

func (p *textPrinter) budgets() {
	if len(p.Budgets) == 0 {
		return
	}
	p.heading("Budgets")
	p.printBudgets(func(Result) bool { return true })
}

// FailedBudgets prints the budgets that do not hold and who is over each.
func (r *Report) FailedBudgets(w io.Writer, o TextOptions) error {
	o.Width = max(o.Width, leastWidth)
	p := &textPrinter{Report: r, TextOptions: o, out: bufio.NewWriter(w)}
	p.printBudgets(func(b Result) bool { return !b.Holds })
	return p.out.Flush()
}

func (p *textPrinter) printBudgets(suits func(Result) bool) {
	for _, b := range p.Budgets {
		if !suits(b) {
			continue
		}
		mark := p.Good + "holds " + p.Off
		if !b.Holds {
			mark = p.Bad + "FAILED" + p.Off
		}
		p.printf("%s  %s\n", mark, text.Printable(b.Budget))
		p.wrap("        ", b.Message)
		t := table{indent: "        ", columns: []column{{flexible: true, keepEnd: true}, {flexible: true}}}
		n := p.shown(len(b.Exceeding))
		for _, e := range b.Exceeding[:n] {
			t.add(e.Name, e.Has)
		}
		t.print(p)
		if n < len(b.Exceeding) {
			p.printf("        ")
		}
		p.more(n, len(b.Exceeding), "exceed it")
	}
}

func (p *textPrinter) sources() {
	if p.Summary.Sources == 0 {
		return
	}
	list := p.Sources
	if !p.All {
		list = list[:p.Summary.Dispersed]
	}
	if len(list) == 0 {
		return
	}
	p.heading("Sources by versions")
	t := table{columns: []column{
		{title: "source", flexible: true, keepEnd: true}, {title: "versions", right: true}, {title: "flakes", right: true},
		{title: "oldest"}, {title: "newest"}, {title: "flakes × version", flexible: true, list: true, least: 27},
	}}
	if p.Width < wideEnough {
		t.columns = t.columns[:5]
	}
	n := p.shown(len(list))
	for _, s := range list[:n] {
		var parts []string
		for _, v := range s.Versions {
			parts = append(parts, fmt.Sprintf("%d×%s", len(v.Flakes), short(v.Version)))
		}
		t.add(s.Source, thousands(len(s.Versions)), thousands(s.Flakes), dash(day(s.Oldest)), dash(day(s.Newest)), strings.Join(parts, " "))
	}
	t.print(p)
	p.more(n, len(list), "sources at several versions")
	if one := p.Summary.Sources - p.Summary.Dispersed; one > 0 && !p.All {
		p.printf("%s%s: --all lists them.%s\n", p.Dim, count(one, "more source has one version", "more sources have one version each"), p.Off)
	}
}

// wideEnough is the width from which on there is room for what each flake has.
const wideEnough = 96

// dash stands for a date that is not known.
func dash(day string) string {
	if day == "unknown" {
		return "-"
	}
	return day
}

func (p *textPrinter) leaves() {
	if len(p.Leaves) == 0 {
		return
	}
	list := p.Leaves
	if !p.All { // those that have the newest set need no line
		var rest []Leaf
		for _, l := range list {
			if !l.isCurrent() {
				rest = append(rest, l)
			}
		}
		list = rest
	}
	if len(list) == 0 {
		return
	}
	p.heading("Leaves by package sets behind")
	t := table{columns: []column{
		{title: "leaf", flexible: true, keepEnd: true}, {title: "behind", right: true}, {title: "set of"}, {title: "package set"}, {title: ""},
	}}
	if len(p.Pins) > 1 {
		t.columns = append(t.columns, column{title: "pins", flexible: true, keepEnd: true})
	}
	n := p.shown(len(list))
	for i := range list[:n] {
		l := &list[i]
		cells := []string{l.Name, behindText(l), dash(day(l.Date)), short(l.PackageSet), remark(l)}
		if len(p.Pins) > 1 {
			cells = append(cells, l.Pins)
		}
		t.add(cells...)
	}
	t.print(p)
	p.more(n, len(list), "leaves")
}

func behindText(l *Leaf) string {
	if l.Behind == nil {
		return "?"
	}
	about := ""
	if !l.Certain {
		about = "~"
	}
	return about + thousands(*l.Behind)
}

// remark says of a leaf's set what its number does not.
func remark(l *Leaf) string {
	switch {
	case l.PackageSet == "":
		return "not locked"
	case l.Branch != "" && l.Behind == nil:
		return "refers to " + l.Branch + ": not known"
	case l.Branch != "" && l.Own:
		return "own: " + l.Branch + " never had it"
	case l.Branch != "":
		return "on " + l.Branch
	case l.Own:
		return "own: pins never had it"
	}
	return ""
}

func (p *textPrinter) pins() {
	for i := range p.Pins {
		pins := &p.Pins[i]
		if len(pins.Candidates) > 0 {
			p.heading(fmt.Sprintf("What %s could offer", text.Printable(pins.Name)))
			t := table{columns: []column{{title: "source", flexible: true, keepEnd: true}, {title: "leaves", right: true}, {title: "referred to by", flexible: true, list: true, least: 20}}}
			n := p.shown(len(pins.Candidates))
			for _, c := range pins.Candidates[:n] {
				t.add(c.Source, thousands(len(c.Leaves)), strings.Join(c.Leaves, ", "))
			}
			t.print(p)
			p.more(n, len(pins.Candidates), "candidates")
		}
		if len(pins.Orphans) > 0 {
			p.heading(fmt.Sprintf("Inputs of %s that nobody follows", text.Printable(pins.Name)))
			p.wrap("", strings.Join(pins.Orphans, ", "))
		}
		if reg := pins.Registry; reg != nil && !reg.Agrees {
			p.heading(fmt.Sprintf("The registry's nixpkgs is not that of %s", text.Printable(pins.Name)))
			p.wrap("", fmt.Sprintf("`nix shell nixpkgs#…` gets %s; pins has %s%s. This makes them one:", reg.Resolved, short(reg.PinsRev), of(reg.PinsDate)))
			p.printf("  %s\n", text.Printable(reg.Command))
		}
	}
}

func (p *textPrinter) duplicates() {
	if len(p.Duplicates) == 0 {
		return
	}
	p.heading("Locks that hold a source at several versions")
	t := table{columns: []column{{title: "flake", flexible: true, keepEnd: true}, {title: "source", flexible: true, keepEnd: true}, {title: "versions", flexible: true, list: true, least: 25}}}
	n := p.shown(len(p.Duplicates))
	for _, d := range p.Duplicates[:n] {
		t.add(d.Flake, d.Source, shortAll(d.Versions))
	}
	t.print(p)
	p.more(n, len(p.Duplicates), "of them")
}

func (p *textPrinter) changes() {
	c := p.Changes
	if c == nil {
		return
	}
	p.heading("Since " + minute(c.Since))
	p.wrap("", fmt.Sprintf("Package sets: %s, were %s. Versions: %s, were %s. Sources at more than one version: %s, were %s.",
		thousands(p.Summary.PackageSets), thousands(c.PackageSets), thousands(p.Summary.Versions), thousands(c.Versions), thousands(p.Summary.Dispersed), thousands(c.Dispersed)))
	p.named("Caught up with the newest set:", c.CaughtUp)
	p.named("New flakes:", c.Added)
	p.named("Flakes that are gone:", c.Removed)
	changed := func(title, many string, n int, row func(i int) []string, columns ...column) {
		if n == 0 {
			return
		}
		p.printf("%s\n", title)
		t := table{indent: "  ", columns: columns}
		shown := p.shown(n)
		for i := range shown {
			t.add(row(i)...)
		}
		t.print(p)
		p.more(shown, n, many)
	}
	from := func(before, after int) string { return fmt.Sprintf("%s → %s", thousands(before), thousands(after)) }
	changed("Leaves that are farther behind, or less far:", "leaves", len(c.Leaves), func(i int) []string {
		return []string{c.Leaves[i].Name, from(c.Leaves[i].Before, c.Leaves[i].After) + " behind"}
	}, column{flexible: true, keepEnd: true}, column{})
	changed("Sources with more or fewer versions:", "sources", len(c.Sources), func(i int) []string {
		return []string{c.Sources[i].Source, from(c.Sources[i].Before, c.Sources[i].After)}
	}, column{flexible: true, keepEnd: true}, column{})
	changed("What moved:", "moves", len(c.Moved), func(i int) []string {
		m := c.Moved[i]
		return []string{m.Source, short(m.From) + of(m.FromDate), "→ " + short(m.To) + of(m.ToDate), strings.Join(m.Flakes, ", ")}
	}, column{flexible: true, keepEnd: true}, column{}, column{}, column{flexible: true, list: true, least: 16})
}

// named prints a list of names, if there are any.
func (p *textPrinter) named(title string, names []string) {
	if len(names) > 0 {
		most := len(names)
		if !p.All {
			most = mostLines
		}
		p.wrap("", title+" "+someOf(names, most)+".")
	}
}
