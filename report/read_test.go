package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/report"
)

const (
	flakeRow  = `{"schema_version":1,"generated_at":"2026-11-26T09:30:00Z","kind":"flake","repo":"github.com/acme/web","folder":"","path":"web","role":"leaf"}`
	sourceRow = `{"schema_version":1,"generated_at":"2026-11-26T09:30:00Z","kind":"source","repo":"github.com/acme/web","folder":"","path":"web","input":"nixpkgs","depth":1,"source":"github.com/nixos/nixpkgs","version":"a1"}`
)

// Breaks when a row that is none is taken, or the error does not say where it stands, what is there and what was expected.
func TestRowErrors(t *testing.T) {
	for content, want := range map[string]string{
		"":                         "a.jsonl:1: an empty file, expected rows as `report --format jsonl` writes them",
		flakeRow + "\n\nno JSON\n": "a.jsonl:3: no row of an inventory: invalid character 'o' in literal null (expecting 'u'); expected a JSON object as `report --format jsonl` writes it",
		`[1]`:                      "a.jsonl:1: no row of an inventory: json: cannot unmarshal array into Go value of type report.wire; expected a JSON object as `report --format jsonl` writes it",
		strings.Replace(flakeRow, `:1,`, `:2,`, 1):                                  "a.jsonl:1: the column `schema_version` is 2, expected 1",
		strings.Replace(flakeRow, `"flake"`, `"flock"`, 1):                          "a.jsonl:1: the column `kind` is \"flock\", expected one of flake, source, unlocked, follow, commit, registry",
		strings.Replace(flakeRow, `"web"`, `7`, 1):                                  "a.jsonl:1: the column `path` is a number, expected a string or null",
		strings.Replace(flakeRow, `2026-11-26T09:30:00Z`, `yesterday`, 1):           "a.jsonl:1: the column `generated_at` is \"yesterday\", expected a time such as 2026-11-21T09:30:00Z",
		flakeRow + "\n" + strings.Replace(sourceRow, `"depth":1`, `"depth":"1"`, 1): "a.jsonl:2: the column `depth` is a string, expected an integer or null",
		flakeRow + "\n" + strings.Replace(sourceRow, `"a1"`, `null`, 1):             "a.jsonl:2: the column `version` is missing or empty, expected a string in a row of kind source",
		sourceRow:                  "a.jsonl:1: an input of github.com/acme/web in the folder \"web\", expected a row of kind flake for it in the lines above",
		flakeRow + "\n" + flakeRow: "a.jsonl:2: a second row of kind flake for github.com/acme/web in the folder \"web\", expected one",
		strings.Repeat("x", 2<<20): "a.jsonl:1: a line of more than 1048576 bytes, expected a row of an inventory",
	} {
		var merge report.Merge
		err := merge.Read(strings.NewReader(content), "a.jsonl")
		var row *report.RowError
		if !errors.As(err, &row) || err.Error() != want {
			t.Errorf("%.200s\ngives %v\nwant  %s", content, err, want)
		}
	}
	// A column of a later version is no error.
	var merge report.Merge
	if err := merge.Read(strings.NewReader(strings.Replace(flakeRow, `"role"`, `"colour":"red","role"`, 1)+"\r\n"+sourceRow), "a.jsonl"); err != nil {
		t.Error(err)
	}
}

// Breaks when some text makes the reading of inventories panic, or what is read cannot be reported.
func FuzzMerge(f *testing.F) {
	f.Add(flakeRow + "\n" + sourceRow)
	f.Add(strings.ReplaceAll(flakeRow, `"role":"leaf"`, `"role":"leaf","pins_input":"pins","pins_source":"github.com/acme/pins","package_set":"s","behind":-1`))
	f.Add(`{"schema_version":1,"generated_at":"2026-11-26T09:30:00Z","kind":"commit","repo":"github.com/acme/pins","package_set":"s"}`)
	f.Add(`{"schema_version":1,"generated_at":"2026-11-26T09:30:00Z","kind":"registry","input":"nixpkgs","locked":"x"}`)
	f.Fuzz(func(t *testing.T, content string) {
		var merge report.Merge
		if merge.Read(strings.NewReader(content), "a") != nil {
			return
		}
		r := report.New(merge.Inventory())
		r.Compare(merge.Inventory())
		for _, text := range []string{"revs(nixpkgs) < 0", "sets() < 0", "behind() < 0", "sources() < 0", "candidates() < 0", "orphans() < 0", "duplicates() < 0"} {
			b, err := report.ParseBudget(text)
			if err != nil {
				t.Fatal(err)
			}
			r.Judge(b)
		}
		if strings.ContainsAny(textOf(t, r, report.TextOptions{}), "\x1b\r\x00") {
			t.Error("a control character is printed")
		}
		faces(t, r)
	})
}

// Breaks when flakes are called by more than it takes to tell them apart, or two by one name.
func TestNames(t *testing.T) {
	for repos, want := range map[string]string{
		"github.com/acme/web":                                          "web",
		"github.com/acme/web github.com/acme/api":                      "api web",
		"github.com/acme/web github.com/acme/web/docs":                 "web web/docs",
		"github.com/acme/web github.com/other/web":                     "acme/web other/web",
		"github.com/acme/web github.com/acme/api gitlab.com/x/y":       "api web y",
		"github.com/acme/web github.com/acme/api gitlab.com/x/web":     "api github.com/acme/web gitlab.com/x/web",
		"here/examples/web here/examples/api github.com/acme/pins":     "pins api web",
		"github.com/acme/webby github.com/acme/web github.com/acme/we": "we web webby",
		"github.com/acme/mono/a/x github.com/acme/mono/a/y":            "x y",
		"web api": "api web",
	} {
		var rows strings.Builder
		for repo := range strings.FieldsSeq(repos) {
			rows.WriteString(strings.Replace(flakeRow, "github.com/acme/web", repo, 1) + "\n")
		}
		var merge report.Merge
		if err := merge.Read(strings.NewReader(rows.String()), "a"); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range merge.Inventory().Flakes {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s are called %q, want %q", repos, got, want)
		}
	}
}
