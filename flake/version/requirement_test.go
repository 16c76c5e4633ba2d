package version

import (
	"bufio"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

// The sample versions of which the recorded answers speak.
var samples = strings.Fields(`0.0.0 0.0.3 0.0.4 0.1.0 0.1.9 0.2.0 0.2.3 0.3.0 1.0.0 1.0.5 1.2.0 1.2.3-alpha 1.2.3-beta.2 1.2.3 1.2.4
	1.2.4-rc.1 1.3.0-rc.1 1.4.0 1.4.5 1.5.0 1.9.9 2.0.0-rc.1 2.0.0 2.1.0 3.0.0`)

// recorded are the answers of Rust's semver crate: requirement, normal form with the matching samples, or ERR and its words.
func recorded(t testing.TB) map[string]string {
	t.Helper()
	file, err := os.Open("testdata/cargo-requirements.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows := map[string]string{}
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		quoted, answer, ok := strings.Cut(scanner.Text(), "\t")
		requirement, err := strconv.Unquote(quoted)
		if !ok || err != nil {
			t.Fatalf("row %q: %v", scanner.Text(), err)
		}
		rows[requirement] = answer
	}
	if len(rows) < 70 {
		t.Fatalf("only %d rows", len(rows))
	}
	return rows
}

// Breaks when a requirement is read, printed or matched otherwise than Cargo does, or when an error points elsewhere.
func TestRecordedAnswers(t *testing.T) {
	for requirement, want := range recorded(t) {
		r, err := ParseRequirement(requirement)
		if words, fails := strings.CutPrefix(want, "ERR "); fails {
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%q gave %v and %v, Cargo says %s", requirement, r, err, words)
			} else if at, counted := offsets[requirement]; !counted || e.Offset != at {
				t.Errorf("%q: %v, Cargo (%s) points at byte %d", requirement, err, words, at)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v, Cargo takes it as %s", requirement, err, want)
			continue
		}
		matches := []string{}
		for _, sample := range samples {
			if r.Matches(semver.MustParse(sample)) {
				matches = append(matches, sample)
			}
		}
		if got := r.String() + " [" + strings.Join(matches, " ") + "]"; got != want {
			t.Errorf("%q\n got %s\nwant %s", requirement, got, want)
		}
	}
}

// offsets are, for the rows that are errors, the bytes of which Cargo's words speak, counted by hand.
var offsets = map[string]int{
	">=1.2 <1.5":           6,
	">=1.2.0 <1.5.0 || ^2": 8,
	"!=1.2.3":              0,
	"1.2 - 1.4":            4,
	"v1.2.3":               0,
	"^v1.2.3":              1,
	"^01.2":                1,
	"=>1.2":                1,
	"~>1.2":                1,
	"":                     0,
	"^1, ":                 4,
	",^1":                  0,
	"latest":               0,
	"*-0":                  1,
	">=*":                  2,
	"^1.2.3.4":             6,
	"1.2.3 - 1.4.0":        6,
	"^1 || ^2":             3,
	"^1 ^1.4":              3,
	"1.*.3":                4,
	"1.2.3.*":              5,
}

// Breaks when a bound of the grammar is dropped.
func TestBounds(t *testing.T) {
	for requirement, offset := range map[string]int{
		"18446744073709551616": 0,
		"1.2.3-":               6,
		"1.2.3-a..b":           8,
		"1.2.3-01":             6,
		"1.2.3+":               6,
		"1.2.3\t":              5,
		"*, 1":                 1,
		"1, *":                 3,
		"1.é":                  2,
		strings.TrimSuffix(strings.Repeat("1,", 33), ","): 64,
	} {
		var e *Error
		if r, err := ParseRequirement(requirement); !errors.As(err, &e) {
			t.Errorf("%q gave %v, %v", requirement, r, err)
		} else if e.Offset != offset {
			t.Errorf("%q: %v, want it at byte %d", requirement, err, offset)
		}
	}
	if _, err := ParseRequirement(strings.TrimSuffix(strings.Repeat("1,", 32), ",")); err != nil {
		t.Errorf("32 comparators: %v", err)
	}
	if r, err := ParseRequirement("1.2.3-1.x+0.0.01"); err != nil || r.String() != "^1.2.3-1.x" {
		t.Errorf("build metadata: %v, %v", r, err)
	}
}

// Breaks when pre-releases are ordered otherwise than Cargo orders them; the answers are those of Rust's semver 1.0.27.
func TestPrereleaseOrder(t *testing.T) {
	for _, row := range []struct {
		requirement, version string
		want                 bool
	}{
		{">=1.0.0-9", "1.0.0-10", true},
		{"<1.0.0-0a", "1.0.0-99999999999999999999", true},
		{">1.0.0-99999999999999999998", "1.0.0-99999999999999999999", true},
		{">1.0.0-18446744073709551616", "1.0.0-9", false},
		{"^1.0.0-99999999999999999999", "1.0.0--", true},
		{"<1.0.0-alpha.1", "1.0.0-alpha", true},
		{"<1.0.0-alpha.beta", "1.0.0-alpha.99999999999999999999", true},
		{"<1.0.0-a", "1.0.0-A", true},
		{">1.0.0-a", "1.0.0", true},
	} {
		r, err := ParseRequirement(row.requirement)
		if err != nil {
			t.Errorf("%q: %v", row.requirement, err)
		} else if got := r.Matches(semver.MustParse(row.version)); got != row.want {
			t.Errorf("%q takes %s: %v, Cargo says %v", row.requirement, row.version, got, row.want)
		}
	}
}

// Breaks when some text makes the parser panic, point outside of it, or print a normal form that means something else.
func FuzzParseRequirement(f *testing.F) {
	for requirement := range recorded(f) {
		f.Add(requirement)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRequirement(s)
		var e *Error
		if errors.As(err, &e) {
			if e.Offset < 0 || e.Offset > len(s) {
				t.Fatalf("%q: the error points at %d", s, e.Offset)
			}
			return
		}
		again, err := ParseRequirement(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q: normal form %q gives %v, %v", s, r, again, err)
		}
		for _, sample := range samples {
			if v := semver.MustParse(sample); r.Matches(v) != again.Matches(v) {
				t.Fatalf("%q and its normal form %q differ on %s", s, r, sample)
			}
		}
	})
}
