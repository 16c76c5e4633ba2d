package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
	"time"
)

// markup writes HTML. What a format holds is markup; each value is a text or a number, and is escaped, in quotes too. html/template
// would do the same and know more, but a program that can run templates must keep every method that one might name: it was a fifth of
// this one (docs/decisions/0015-no-templates.md).
type markup struct {
	out *bufio.Writer
	err error // of the columns' JSON
}

func (m *markup) printf(format string, values ...any) {
	for i, value := range values {
		if _, number := value.(int); !number {
			values[i] = strings.ReplaceAll(html.EscapeString(fmt.Sprint(value)), "\x00", "\uFFFD") // HTML has no reference for a NUL
		}
	}
	fmt.Fprintf(m.out, format, values...) // the first error is kept, and Flush gives it
}

// print writes lines of markup in which nothing stands for something else.
func (m *markup) print(text string) {
	m.out.WriteString(text)
}

// search is the box that filters a table.
func (m *markup) search(table string) {
	m.printf(`<div class="tools" hidden><label>Search <input type="search" data-filters="%s" autocomplete="off" spellcheck="false"></label></div>
`, table)
}

// table is a table that can be sorted and scrolled, with a caption.
func (m *markup) table(label, caption, head string, rows func()) {
	m.printf(`
<div class="scroller" tabindex="0" role="region" aria-label="%s"><table class="sortable">
<caption>%s</caption>
`, label, caption)
	m.print("<thead><tr>" + head + "</tr></thead>\n<tbody>")
	rows()
	m.print("</tbody>\n</table></div>")
}

// more says how many of a list are not shown.
func (m *markup) more(n int, what string) {
	if n > 0 {
		m.printf(`<p class="note">%s %s not shown: <code>report --format json</code> has all.</p>`, thousands(n), what)
	}
}

// dated is a day as the page writes it.
func dated(t time.Time) string { return dash(day(t)) }

// named are the first names of a list.
func named(list []string) string { return someOf(list, mostNamed) }

// hash names a script or a style in a Content-Security-Policy.
func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// write writes the page.
func (p *page) write(w io.Writer) error {
	m := &markup{out: bufio.NewWriter(w)}
	p.head(m)
	m.print("\n<main>")
	p.budgets(m)
	p.changes(m)
	p.matrix(m)
	p.sources(m)
	p.pins(m)
	p.duplicates(m)
	if p.Summary.Flakes == 0 {
		m.print("<p>No flake here.</p>")
	}
	m.print("\n</main>\n<script>" + pageScript + "</script>\n</body>\n</html>\n")
	if err := m.out.Flush(); err != nil {
		return err
	}
	return m.err
}

func (p *page) head(m *markup) {
	policy := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hash(pageStyle), hash(pageScript))
	m.printf(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="nix-pins-lsp">
<title>%s</title>
<style>`, policy, p.Title)
	m.print(pageStyle)
	m.printf(`</style>
</head>
<body>
<header>
<h1>%s</h1>
<p class="when">as locked on <time datetime="%s">%s UTC</time>`, p.Title, p.Generated.Format(time.RFC3339), minute(p.Generated))
	versions, dispersed, sets := "", "", ""
	if c := p.Changes; c != nil {
		m.printf(", and what has changed since %s", minute(c.Since))
		were := func(before, now int) string {
			if before == now {
				return ""
			}
			return ", were " + thousands(before)
		}
		versions, dispersed, sets = were(c.Versions, p.Summary.Versions), were(c.Dispersed, p.Summary.Dispersed), were(c.PackageSets, p.Summary.PackageSets)
	}
	known := ""
	if p.Summary.Known < p.Summary.Leaves {
		known = fmt.Sprintf(", of %s of which that is known", thousands(p.Summary.Known))
	}
	m.print("</p>\n<dl class=\"numbers\">\n")
	for _, n := range []struct {
		name, were string
		number     int
	}{
		{"leaves", "", p.Summary.Leaves}, {"sources", "", p.Summary.Sources}, {"versions", versions, p.Summary.Versions},
		{"at several versions", dispersed, p.Summary.Dispersed}, {"package sets", sets, p.Summary.PackageSets},
		{"leaves with the newest set", known, p.Summary.Current}, {"most sets behind", "", p.Summary.Behind},
	} {
		m.printf("<div><dt>%s%s</dt><dd>%s</dd></div>\n", n.name, n.were, thousands(n.number))
	}
	m.print("</dl>")
	if p.Unlocked > 0 {
		m.printf("\n<p>%s no lock with inputs.</p>", count(p.Unlocked, "flake has", "flakes have"))
	}
	for _, note := range p.Notes {
		m.printf("\n<p class=\"note\">%s</p>", note)
	}
	m.print("\n<nav aria-label=\"Parts of this page\"><ul>")
	for _, part := range []struct {
		id, title string
		there     bool
	}{
		{"budgets", "Budgets", len(p.Budgets) > 0}, {"changes", "Changes", p.Changes != nil}, {"matrix", "Flakes by sources", len(p.Matrix.Rows) > 0},
		{"sources", "Sources", len(p.Bars) > 0}, {"pins", "Pins", len(p.Pins) > 0}, {"duplicates", "Twice in one lock", len(p.Duplicates) > 0},
	} {
		if part.there {
			m.printf(`<li><a href="#%s">%s</a></li>`, part.id, part.title)
		}
	}
	m.print("\n</ul></nav>\n</header>")
}

func (p *page) budgets(m *markup) {
	if len(p.Budgets) == 0 {
		return
	}
	m.print(`
<section id="budgets" aria-labelledby="budgets-title">
<h2 id="budgets-title">Budgets</h2>
<ul class="plain">`)
	for _, b := range p.failing() {
		class, word := "bad", "✗ failed"
		if b.Holds {
			class, word = "good", "✓ holds"
		}
		m.printf("\n<li><span class=\"%s\">%s</span> <code>%s</code><br>%s", class, word, b.Budget, b.Message)
		if n := len(b.Exceeding); n > 0 {
			m.printf("\n<details><summary>%s</summary><ul>", count(n, "exceeds it", "exceed it"))
			for _, e := range b.Exceeding {
				m.printf("<li><b>%s</b> %s</li>", e.Name, e.Has)
			}
			m.print("\n</ul></details>")
		}
		m.print("</li>")
	}
	m.print("\n</ul>\n</section>")
}

func (p *page) changes(m *markup) {
	c := p.Changes
	if c == nil {
		return
	}
	m.printf(`
<section id="changes" aria-labelledby="changes-title">
<h2 id="changes-title">Since %s</h2>`, minute(c.Since))
	for _, list := range []struct {
		what  string
		names []string
	}{{"Caught up with the newest set:", c.CaughtUp}, {"New flakes:", c.Added}, {"Flakes that are gone:", c.Removed}} {
		if len(list.names) > 0 {
			m.printf("<p><b>%s</b> %s.</p>", list.what, named(list.names))
		}
	}
	m.print("\n<div class=\"columns\">")
	change := func(name string, before, after int) {
		m.printf(`<tr><th scope="row">%s</th><td class="number">%d</td><td class="number">%d</td></tr>`, name, before, after)
	}
	if len(c.Leaves) > 0 {
		title := "Leaves that are farther behind, or less far"
		m.table(title, title, `<th scope="col">leaf</th><th scope="col" class="number">was behind</th><th scope="col" class="number">is behind</th>`, func() {
			for _, l := range c.Leaves {
				change(l.Name, l.Before, l.After)
			}
		})
	}
	if len(c.Sources) > 0 {
		title := "Sources with more or fewer versions"
		m.table(title, title, `<th scope="col">source</th><th scope="col" class="number">had</th><th scope="col" class="number">has</th>`, func() {
			for _, s := range c.Sources {
				change(s.Source, s.Before, s.After)
			}
		})
	}
	m.print("\n</div>")
	if len(p.ShownMoved) > 0 {
		m.table("What moved", "What moved",
			`<th scope="col">source</th><th scope="col">from</th><th scope="col">to</th><th scope="col" class="number">flakes</th><th scope="col">which</th>`, func() {
				for _, v := range p.ShownMoved {
					from, to := dated(v.FromDate), dated(v.ToDate)
					m.printf(`<tr><th scope="row">%s</th><td data-key="%s"><code>%s</code> %s</td><td data-key="%s"><code>%s</code> %s</td><td class="number">%d</td><td>%s</td></tr>`,
						v.Source, from, short(v.From), from, to, short(v.To), to, len(v.Flakes), named(v.Flakes))
				}
			})
		m.more(p.MoreMoved, "more moves are")
	}
	m.print("\n</section>")
}

func (p *page) matrix(m *markup) {
	x := &p.Matrix
	if len(x.Rows) == 0 {
		return
	}
	m.print(`
<section id="matrix" aria-labelledby="matrix-title">
<h2 id="matrix-title">Flakes by sources</h2>
<p>A number says how many versions that are in use are newer: 0 is the newest. Two numbers are two versions in one lock. <i>Behind</i> counts the package sets that pins has had since.</p>
<p class="legend" aria-hidden="true"><span class="v0">0 newest</span><span class="v1">1</span><span class="v2">2</span><span class="v3">3</span><span class="v4">4</span><span class="v5">5 or more</span><span class="many">1 3 several</span></p>`)
	if x.CutRows > 0 || x.CutColumns > 0 {
		m.print("\n<p class=\"note\" id=\"cut\">")
		if x.CutRows > 0 {
			m.printf("Shown are %s of %s flakes, those that are farthest behind.", thousands(len(x.Rows)), thousands(x.CutRows))
		}
		m.print(" ")
		if x.CutColumns > 0 {
			m.printf("Shown are %d of %s sources, those with most versions.", len(x.Columns), thousands(x.CutColumns))
		}
		m.print(" <code>report --format json</code> has all.</p>")
	}
	m.print(`
<div class="tools" hidden>
<label>Flakes <input type="search" id="find-flake" placeholder="name, or set" autocomplete="off" spellcheck="false" aria-controls="matrix-table"></label>
<label>Sources <input type="search" id="find-source" placeholder="nixpkgs" autocomplete="off" spellcheck="false" aria-controls="matrix-table"></label>
<label class="check"><input type="checkbox" id="only-old"> hide leaves with the newest set</label>
<output id="shown" aria-live="polite"></output>
</div>
<div class="scroller matrix" tabindex="0" role="region" aria-labelledby="matrix-title"><table id="matrix-table" class="sortable">
<thead><tr><th scope="col" class="name">flake</th><th scope="col" class="number">behind</th><th scope="col" class="date">set of</th><th scope="col" class="set">set</th>`)
	if x.Several {
		m.print(`<th scope="col">pins</th>`)
	}
	for _, c := range x.Columns {
		m.printf(`<th scope="col" class="source" title="%s"><span>%s</span></th>`, c.Source, label(c.Source))
	}
	m.print("</tr></thead>\n<tbody>")
	for _, row := range x.Rows {
		m.printf("\n<tr><th scope=\"row\" class=\"name\" title=\"%s\">%s</th>", row.Name, row.Name)
		if row.Leaf != nil {
			p.leafCells(m, row)
		} else {
			m.print(`<td class="number" data-key="-1">–</td><td class="date">–</td><td class="set">no leaf</td>`)
			if x.Several {
				m.print("<td></td>")
			}
		}
		for _, c := range row.Cells {
			if c.Key < 0 {
				m.print("<td></td>")
			} else {
				m.printf(`<td class="%s">%s</td>`, c.Class, c.Text)
			}
		}
		m.print("</tr>")
	}
	m.print("\n</tbody>\n</table></div>\n<p id=\"told\" class=\"told\" aria-live=\"polite\"></p>\n<script type=\"application/json\" id=\"columns\">")
	columns, err := json.Marshal(x.Columns) // which writes < and > as escapes of JSON
	m.err = err
	m.print(string(columns) + "</script>\n</section>")
}

// leafCells say where a leaf stands.
func (p *page) leafCells(m *markup, row matrixRow) {
	class := ""
	if row.Leaf.Behind != nil {
		class = rank(row.Place)
	}
	m.printf(`<td class="number %s" data-key="%d">%s</td><td class="date">%s</td><td class="set">`, class, row.Place, behindText(row.Leaf), dated(row.Leaf.Date))
	if row.Leaf.PackageSet != "" {
		m.printf("<code>%s</code>", short(row.Leaf.PackageSet))
	}
	if row.Leaf.Own {
		m.print(" own")
	} else if row.Leaf.PackageSet == "" {
		m.print("not locked")
	}
	if row.Leaf.Branch != "" {
		m.printf(" on %s", row.Leaf.Branch)
	}
	m.print("</td>")
	if p.Matrix.Several {
		m.printf("<td>%s</td>", row.Leaf.Pins)
	}
}

func (p *page) sources(m *markup) {
	if len(p.Bars) == 0 {
		return
	}
	m.print(`
<section id="sources" aria-labelledby="sources-title">
<h2 id="sources-title">Sources</h2>
`)
	m.search("sources-table")
	m.print(`<div class="scroller" tabindex="0" role="region" aria-labelledby="sources-title"><table id="sources-table" class="sortable">
<thead><tr><th scope="col">source</th><th scope="col" class="number">versions</th><th scope="col" class="number">flakes</th><th scope="col">oldest</th><th scope="col">newest</th><th scope="col" class="spread" data-unsorted>flakes by version, newest first</th></tr></thead>
<tbody>`)
	for _, b := range p.Bars {
		m.printf("\n<tr><th scope=\"row\" data-key=\"%s\"><details><summary>%s</summary><ul>", b.Source.Source, b.Source.Source)
		for _, v := range b.Versions {
			m.printf("<li><code>%s</code> %s: %s</li>", short(v.Version), dated(v.Date), named(v.Flakes))
		}
		m.printf(`
</ul></details></th><td class="number">%d</td><td class="number">%d</td><td class="date">%s</td><td class="date">%s</td>
<td class="spread"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">`, len(b.Versions), b.Flakes, dated(b.Oldest), dated(b.Newest))
		for _, part := range b.Parts {
			m.printf(`<rect class="%s" x="%s" y="0" width="%s" height="10"/>`, part.Class, part.X, part.Width)
		}
		m.print("</svg></td></tr>")
	}
	m.print("\n</tbody>\n</table></div>")
	m.more(p.MoreSources, "more sources are")
	m.print("\n</section>")
}

func (p *page) pins(m *markup) {
	if len(p.Pins) == 0 {
		return
	}
	m.print(`
<section id="pins" aria-labelledby="pins-title">
<h2 id="pins-title">Pins</h2>`)
	for _, pins := range p.Pins {
		elsewhere := ""
		if !pins.Here {
			elsewhere = "; the flake itself is not among those that were looked at"
		}
		m.printf("\n<h3>%s</h3>\n<p>%s, %s%s.</p>", pins.Name, count(pins.Leaves, "leaf", "leaves"),
			count(len(pins.Sets), "package set is known", "package sets are known"), elsewhere)
		if len(pins.Orphans) > 0 {
			m.printf("<p><b>Inputs that nobody follows:</b> %s.</p>", strings.Join(pins.Orphans, ", "))
		}
		if r := pins.Registry; r != nil && !r.Agrees {
			m.printf("\n<p><code>nix shell %s#…</code> gets %s; pins has <code>%s</code> of %s. This makes them one:</p>\n<pre tabindex=\"0\">%s</pre>",
				r.ID, r.Resolved, short(r.PinsRev), dated(r.PinsDate), r.Command)
		}
		m.print("\n<div class=\"columns\">")
		if len(pins.Candidates) > 0 {
			m.table("What "+pins.Name+" could offer", "What it could offer",
				`<th scope="col">source</th><th scope="col" class="number">leaves</th><th scope="col">which refer to it</th>`, func() {
					for _, c := range pins.Candidates {
						m.printf(`<tr><th scope="row">%s</th><td class="number">%d</td><td>%s</td></tr>`, c.Source, len(c.Leaves), named(c.Leaves))
					}
				})
		}
		if len(pins.Sets) > 0 {
			m.table("Package sets of "+pins.Name, "Its package sets",
				`<th scope="col">since</th><th scope="col">commit</th><th scope="col">set</th><th scope="col" class="number">leaves</th>`, func() {
					for _, s := range pins.Sets {
						m.printf(`<tr><th scope="row">%s</th><td><code>%s</code></td><td><code>%s</code></td><td class="number">%d</td></tr>`,
							dated(s.Date), short(s.Rev), short(s.ID), s.Leaves)
					}
				})
		}
		m.print("\n</div>")
	}
	m.print("\n</section>")
}

func (p *page) duplicates(m *markup) {
	if len(p.Duplicates) == 0 {
		return
	}
	m.print(`
<section id="duplicates" aria-labelledby="duplicates-title">
<h2 id="duplicates-title">Sources that one lock holds at several versions</h2>
`)
	m.search("duplicates-table")
	m.print(`<div class="scroller" tabindex="0" role="region" aria-labelledby="duplicates-title"><table id="duplicates-table" class="sortable">
<thead><tr><th scope="col">flake</th><th scope="col">source</th><th scope="col" class="number">versions</th><th scope="col">which</th></tr></thead>
<tbody>`)
	for _, d := range p.ShownDuplicates {
		m.printf(`<tr><th scope="row">%s</th><td>%s</td><td class="number">%d</td><td>`, d.Flake, d.Source, len(d.Versions))
		for _, v := range d.Versions {
			m.printf("<code>%s</code> ", short(v))
		}
		m.print("</td></tr>")
	}
	m.print("</tbody>\n</table></div>")
	m.more(p.MoreDuplicates, "more are")
	m.print("\n</section>")
}
