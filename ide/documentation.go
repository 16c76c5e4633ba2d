package ide

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Form is how a documentation is written. Its content is the same in all.
type Form uint8

// The forms. Plain is text to be shown as it is.
const (
	Plain Form = iota
	Markdown
)

// page is a documentation that is being written, in one form.
type page struct {
	form Form
	strings.Builder
	// fields says that a list of fields stands last.
	fields bool
}

// pageSize is about the size of a page.
const pageSize = 256

// documentation is "" where nothing was written.
func (p *page) documentation() string { return strings.TrimSpace(p.String()) }

func (p *page) write(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

// shown is a text of a file in the page's form, as source if code is set.
func (p *page) shown(s string, code bool) string {
	switch {
	case p.form == Plain:
		return text.Printable(s)
	case code:
		return codeSpan(s)
	}
	return escaped(s)
}

// bold is a text that is marked already, in bold.
func (p *page) bold(s string) {
	if p.form == Plain {
		p.WriteString(s)
	} else {
		p.write("**", s, "**")
	}
}

// title is the first line of a hover: what it is told of, in bold.
func (p *page) title(name string) {
	p.Grow(pageSize)
	p.bold(p.shown(name, true))
	p.WriteString("\n\n")
}

// text is a paragraph. It is Markdown that reads well as plain text.
func (p *page) text(s string) {
	if p.fields {
		p.fields = false
		p.WriteByte('\n')
	}
	p.write(s, "\n\n")
}

// name begins a line with a name.
func (p *page) name(name string) {
	p.fields = true
	if p.form == Markdown {
		p.WriteString("- ")
	}
	p.bold(name)
	p.WriteString(": ")
}

// field is a line with a name and a value; nothing where the value is empty.
func (p *page) field(name, value string, code bool) {
	if value != "" {
		p.name(name)
		p.write(p.shown(value, code), "\n")
	}
}

// maxListed is how many values a line of a page names.
const maxListed = 8

// list is a line with values, of which there may be more than are given.
func (p *page) list(name string, values []string, more int) {
	if len(values) == 0 {
		return
	}
	if len(values) > maxListed {
		values, more = values[:maxListed], more+len(values)-maxListed
	}
	p.name(name)
	for i, value := range values {
		if i > 0 {
			p.WriteString(", ")
		}
		p.WriteString(p.shown(value, true))
	}
	if more > 0 {
		fmt.Fprintf(p, " and %d more", more)
	}
	p.WriteByte('\n')
}
