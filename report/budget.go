package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Budget is a bound for a number of the report, such as `revs(nixpkgs) <= 1`.
type Budget struct {
	// Text is as it was written.
	Text     string
	Measure  string
	Argument string
	Operator string
	Bound    int
}

// BudgetError says where a text is no budget, and what was expected there.
type BudgetError struct {
	Text string
	// Offset counts bytes.
	Offset int
	// Found is what stands there, "" at the end.
	Found, Expected string
}

func (e *BudgetError) Error() string {
	found := "the end"
	if e.Found != "" {
		found = strconv.Quote(e.Found)
	}
	// The mark stands under the place: as many spaces as characters before it.
	mark := strings.Repeat(" ", len([]rune(text.Printable(e.Text[:e.Offset])))) + "^"
	return fmt.Sprintf("found %s, expected %s\n  %s\n  %s", found, e.Expected, text.Printable(e.Text), mark)
}

// measures are what a budget can bound, in the order in which they are told.
var measures = []struct {
	name string
	// takes says what stands between the parentheses, "" for nothing.
	takes, doc string
}{
	{"revs", "a source or the name of an input", "how many versions of it are locked, over all flakes"},
	{"sets", "", "how many package sets the leaves have"},
	{"behind", "", "how many package sets the leaf that is farthest behind is behind"},
	{"sources", "", "how many sources are locked"},
	{"candidates", "", "how many sources several leaves refer to, each on its own, and pins lacks"},
	{"orphans", "", "how many inputs of pins nobody follows"},
	{"duplicates", "", "how often one lock holds a source at several versions"},
}

// Measures gives what budgets can bound, as a person writes it, and what each counts.
func Measures() (list [][2]string) {
	for _, m := range measures {
		argument := ""
		if m.takes != "" {
			argument = "NAME"
		}
		list = append(list, [2]string{m.name + "(" + argument + ")", m.doc})
	}
	return list
}

// operators: longer ones before those that they begin with.
var operators = []struct {
	text  string
	holds func(value, bound int) bool
}{
	{"<=", func(v, b int) bool { return v <= b }},
	{"<", func(v, b int) bool { return v < b }},
	{"==", func(v, b int) bool { return v == b }},
	{">=", func(v, b int) bool { return v >= b }},
	{">", func(v, b int) bool { return v > b }},
}

// ParseBudget reads a budget: MEASURE(ARGUMENT) OPERATOR NUMBER. The error is a *BudgetError.
func ParseBudget(text string) (Budget, error) {
	p := &budgetParser{text: text}
	b := Budget{Text: strings.TrimSpace(text)}
	p.spaces()
	start := p.at
	word := p.takeWhile(func(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' })
	i := slices.IndexFunc(measures, func(m struct{ name, takes, doc string }) bool { return m.name == word })
	if i < 0 {
		return b, p.expected(start, "a measure: one of "+measureNames())
	}
	b.Measure = word
	p.spaces()
	if !p.take("(") {
		return b, p.expected(p.at, "(")
	}
	start = p.at
	end := strings.IndexByte(text[start:], ')')
	if end < 0 {
		return b, p.expected(len(text), "a closing )")
	}
	p.at += end
	b.Argument = strings.Trim(strings.TrimSpace(text[start:p.at]), `"'`)
	switch takes := measures[i].takes; {
	case takes != "" && b.Argument == "":
		return b, p.expected(p.at, takes+", as in "+word+"(nixpkgs)")
	case takes == "" && b.Argument != "":
		for text[start] == ' ' {
			start++
		}
		return b, p.expected(start, ") because "+word+" takes nothing")
	}
	p.at++
	p.spaces()
	o := slices.IndexFunc(operators, func(o struct {
		text  string
		holds func(value, bound int) bool
	}) bool {
		return p.take(o.text)
	})
	if o < 0 {
		return b, p.expected(p.at, "one of <=, <, ==, >=, >")
	}
	b.Operator = operators[o].text
	p.spaces()
	start = p.at
	digits := p.takeWhile(func(c byte) bool { return '0' <= c && c <= '9' })
	bound, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		p.at = start
		return b, p.expected(start, "a whole number")
	}
	b.Bound = int(bound)
	p.spaces()
	if p.at < len(text) {
		return b, p.expected(p.at, "the end: a second budget is a second --budget")
	}
	return b, nil
}

func measureNames() string {
	var names []string
	for _, m := range Measures() {
		names = append(names, m[0])
	}
	return strings.Join(names, ", ")
}

type budgetParser struct {
	text string
	at   int
}

func (p *budgetParser) spaces() { p.takeWhile(func(c byte) bool { return c == ' ' || c == '\t' }) }

func (p *budgetParser) takeWhile(suits func(byte) bool) string {
	start := p.at
	for p.at < len(p.text) && suits(p.text[p.at]) {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *budgetParser) take(token string) bool {
	if !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

// expected is an error at an offset; what was found is the word there.
func (p *budgetParser) expected(offset int, what string) *BudgetError {
	found := p.text[offset:]
	if i := strings.IndexAny(found, " \t()"); i > 0 {
		found = found[:i]
	} else if i == 0 {
		found = found[:1]
	}
	return &BudgetError{p.text, offset, found, what}
}
