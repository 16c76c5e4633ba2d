package main

import (
	"slices"
	"strings"
	"testing"
)

// Breaks when a condition is not found, is named wrongly, or when the instrumented text means something else with no mutant
// switched on.
func TestInstrument(t *testing.T) {
	source := `package diagnostics

var _ = Register(Rule{Check: func() {
	if a || b && c && d {
		return
	}
}})

func f(x int) bool {
	switch {
	case x > 1, x < 0:
		return x != 3 && (x == 4 || true)
	}
	if x == 7 {
		x++
	}
	return false
}
`
	changed, mutants, err := instrument("rule.go", source, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range mutants {
		got = append(got, strings.ReplaceAll(m.name(), "\t", " "))
	}
	want := []string{
		"rule.go Check guard a || b && c && d",
		"rule.go Check alternative a",
		"rule.go Check alternative b && c && d",
		"rule.go Check operand d",
		"rule.go Check operand b",
		"rule.go Check operand c",
		"rule.go f case x > 1",
		"rule.go f case x < 0",
		"rule.go f operand x != 3",
		"rule.go f operand (x == 4 || true)",
		"rule.go f alternative x == 4",
		"rule.go f alternative true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("mutants are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if mutants[0].number != 10 || mutants[0].line != 4 || mutants[0].column != 5 {
		t.Errorf("the first is %+v", mutants[0])
	}
	wantLine := "if (!mutant(10) && ((!mutant(11) && (a)) || (!mutant(12) && ((mutant(14) || (b)) && (mutant(15) || (c)) && (mutant(13) || (d)))))) {"
	if line := strings.TrimSpace(strings.Split(changed, "\n")[3]); line != wantLine {
		t.Errorf("the condition becomes\n%s\nwant\n%s", line, wantLine)
	}
	if strings.Count(changed, "\n") != strings.Count(source, "\n") {
		t.Error("lines have moved")
	}
}

// Breaks when a sample is another one on another day, holds a mutant twice, or stays within few files.
func TestSpread(t *testing.T) {
	var mutants []mutant
	for i := range 60 {
		mutants = append(mutants, mutant{number: i + 1, file: []string{"a.go", "b.go", "c.go"}[min(i/5, 2)]})
	}
	one, two := spread(slices.Clone(mutants), 9, 7), spread(slices.Clone(mutants), 9, 7)
	if !slices.Equal(one, two) {
		t.Error("one seed gives two samples")
	}
	files := map[string]int{}
	seen := map[int]bool{}
	for _, m := range one {
		files[m.file]++
		if seen[m.number] {
			t.Errorf("mutant %d is there twice", m.number)
		}
		seen[m.number] = true
	}
	if files["a.go"] != 3 || files["b.go"] != 3 || files["c.go"] != 3 {
		t.Errorf("the sample holds %v, want 3 of each file", files)
	}
	if all := spread(slices.Clone(mutants), 1000, 1); len(all) != len(mutants) {
		t.Errorf("a sample of all has %d of %d", len(all), len(mutants))
	}
}
