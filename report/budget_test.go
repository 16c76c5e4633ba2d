package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/report"
)

// Breaks when a budget that people write is not read, or read as another one.
func TestParseBudget(t *testing.T) {
	for text, want := range map[string]report.Budget{
		"revs(nixpkgs) <= 1":                   {Measure: "revs", Argument: "nixpkgs", Operator: "<=", Bound: 1},
		"revs(nixpkgs)<1":                      {Measure: "revs", Argument: "nixpkgs", Operator: "<", Bound: 1},
		"  revs ( github:NixOS/nixpkgs )==12 ": {Measure: "revs", Argument: "github:NixOS/nixpkgs", Operator: "==", Bound: 12},
		`revs("github.com/acme/a b") >= 0`:     {Measure: "revs", Argument: "github.com/acme/a b", Operator: ">=", Bound: 0},
		"sets() > 3":                           {Measure: "sets", Operator: ">", Bound: 3},
		"behind( )\t<=\t3":                     {Measure: "behind", Operator: "<=", Bound: 3},
		"sources()<=1":                         {Measure: "sources", Operator: "<=", Bound: 1},
		"candidates()<=1":                      {Measure: "candidates", Operator: "<=", Bound: 1},
		"orphans()<=1":                         {Measure: "orphans", Operator: "<=", Bound: 1},
		"duplicates()<=1":                      {Measure: "duplicates", Operator: "<=", Bound: 1},
	} {
		want.Text = strings.TrimSpace(text)
		if got, err := report.ParseBudget(text); err != nil || got != want {
			t.Errorf("%q gives %+v, %v", text, got, err)
		}
	}
}

// Breaks when the error of a text that is no budget does not point at the place, or not say what was expected there.
func TestBudgetErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `found the end, expected a measure: one of revs(NAME), sets(), behind(), sources(), candidates(), orphans(), duplicates()|  |  ^`,
		"rev(nixpkgs) <= 1":      `found "rev", expected a measure: one of revs(NAME), sets(), behind(), sources(), candidates(), orphans(), duplicates()|  rev(nixpkgs) <= 1|  ^`,
		"revs nixpkgs <= 1":      `found "nixpkgs", expected (|  revs nixpkgs <= 1|       ^`,
		"revs(nixpkgs <= 1":      `found the end, expected a closing )|  revs(nixpkgs <= 1|                   ^`,
		"revs() <= 1":            `found ")", expected a source or the name of an input, as in revs(nixpkgs)|  revs() <= 1|       ^`,
		"sets(pins) <= 1":        `found "pins", expected ) because sets takes nothing|  sets(pins) <= 1|       ^`,
		"revs(nixpkgs) =< 1":     `found "=<", expected one of <=, <, ==, >=, >|  revs(nixpkgs) =< 1|                ^`,
		"revs(nixpkgs) = 1":      `found "=", expected one of <=, <, ==, >=, >|  revs(nixpkgs) = 1|                ^`,
		"revs(nixpkgs)":          `found the end, expected one of <=, <, ==, >=, >|  revs(nixpkgs)|               ^`,
		"revs(nixpkgs) <= one":   `found "one", expected a whole number|  revs(nixpkgs) <= one|                   ^`,
		"sets() <= -1":           `found "-1", expected a whole number|  sets() <= -1|            ^`,
		"sets() <= 99999999999":  `found "99999999999", expected a whole number|  sets() <= 99999999999|            ^`,
		"sets() <= 1 && x":       `found "&&", expected the end: a second budget is a second --budget|  sets() <= 1 && x|              ^`,
		"revs(über)\x1b[31m < 1": `found "\x1b[31m", expected one of <=, <, ==, >=, >|  revs(über)�[31m < 1|            ^`,
	} {
		_, err := report.ParseBudget(text)
		var e *report.BudgetError
		if !errors.As(err, &e) || strings.ReplaceAll(err.Error(), "\n", "|") != want {
			t.Errorf("%q gives\n%v\nwant\n%s", text, err, strings.ReplaceAll(want, "|", "\n"))
		}
	}
}

// Breaks when some text makes the reading of a budget panic, or what was read is another when it is written again.
func FuzzParseBudget(f *testing.F) {
	for _, text := range []string{"revs(nixpkgs) <= 1", "behind()<3", "sets( ) == 0", "revs(", "revs(\"a\")>1", "x", "\xff("} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := report.ParseBudget(text)
		var e *report.BudgetError
		if errors.As(err, &e) {
			if e.Offset < 0 || e.Offset > len(text) || e.Error() == "" {
				t.Fatalf("%q: %+v", text, e)
			}
			return
		} else if err != nil {
			t.Fatal(err)
		}
		again, err := report.ParseBudget(b.Text)
		if err != nil || again != b {
			t.Fatalf("%q is %+v, and again %+v, %v", text, b, again, err)
		}
	})
}
