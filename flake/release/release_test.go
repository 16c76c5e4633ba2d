package release

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func day(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s+" 12:00")
	if err != nil {
		panic(err)
	}
	return t
}

func mustParse(t interface{ Fatalf(string, ...any) }, number string) Release {
	r, ok := Parse(number)
	if !ok {
		t.Fatalf("%q is no release", number)
	}
	return r
}

// Breaks when a release gets another successor, another end of support, or is taken to be there on another day than the
// calendar of nixpkgs says.
func TestCalendar(t *testing.T) {
	for _, test := range []struct{ release, next, published, end string }{
		{"13.10", "14.04", "2013-11-01", "2014-05-31"},
		{"14.04", "14.12", "2014-05-01", "2015-01-31"},
		{"14.12", "15.09", "2015-01-01", "2015-10-31"},
		{"15.09", "16.03", "2015-10-01", "2016-04-30"},
		{"19.03", "19.09", "2019-04-01", "2019-10-31"},
		{"20.03", "20.09", "2020-04-01", "2020-10-31"},
		{"20.09", "21.05", "2020-10-01", "2021-06-30"},
		{"21.05", "21.11", "2021-06-01", "2021-12-31"},
		{"24.11", "25.05", "2024-12-01", "2025-06-30"},
		{"25.05", "25.11", "2025-06-01", "2025-12-31"},
		{"26.05", "26.11", "2026-06-01", "2026-12-31"},
		{"26.11", "27.05", "2026-12-01", "2027-06-30"},
	} {
		r := mustParse(t, test.release)
		if r.String() != test.release || r.Next().String() != test.next {
			t.Errorf("%s: read as %s, next %s, want %s", test.release, r, r.Next(), test.next)
		}
		if published, end := r.Published().Format(time.DateOnly), r.End().Format(time.DateOnly); published != test.published || end != test.end {
			t.Errorf("%s: published %s, end %s, want %s and %s", test.release, published, end, test.published, test.end)
		}
	}
}

// Breaks when what is no release is taken for one.
func TestNoRelease(t *testing.T) {
	for _, number := range []string{"", "25.5", "25.04", "20.05", "21.03", "15.03", "13.09", "12.09", "25-05", "+5.05", "25.1 ", "25.111", "٢٥.05"} {
		if r, ok := Parse(number); ok {
			t.Errorf("%q: %s", number, r)
		}
	}
}

// Breaks when a release loses its support a day too early or too late, or one is offered that is not there yet.
func TestSupported(t *testing.T) {
	for date, want := range map[string][]string{
		"2013-01-01": {},
		"2026-05-31": {"25.11"},
		"2026-06-01": {"26.05", "25.11"},
		"2026-06-30": {"26.05", "25.11"},
		"2026-07-01": {"26.05"},
		"2026-11-21": {"26.05"},
		"2026-11-30": {"26.05"},
		"2026-12-01": {"26.11", "26.05"},
		"2027-01-01": {"26.11"},
	} {
		got := Supported(day(date))
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", date, got, want)
			continue
		}
		for i := range want {
			if got[i].String() != want[i] {
				t.Errorf("%s: %v, want %v", date, got, want)
			}
		}
		if newest := Newest(day(date)); len(want) > 0 && newest != got[0] || len(want) == 0 && !newest.IsZero() {
			t.Errorf("%s: newest is %s of %v", date, newest, got)
		}
	}
	last := mustParse(t, "25.05")
	for date, ended := range map[string]bool{"2025-12-31 23:59": false, "2026-01-01 00:00": true} {
		at, err := time.Parse("2006-01-02 15:04", date)
		if err != nil {
			t.Fatal(err)
		}
		if last.Ended(at) != ended {
			t.Errorf("25.05 at %s: ended %t", date, !ended)
		}
	}
}

// Breaks when the calendar has a gap: on each day since 21.05 some release that is there has support, and each one that is
// supported but the newest has its successor already.
func TestNoGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := day("2021-06-01").AddDate(0, 0, rapid.IntRange(0, 20_000).Draw(t, "days"))
		list := Supported(at)
		if len(list) < 1 || len(list) > 2 {
			t.Fatalf("%s: %v", at, list)
		}
		if len(list) == 2 && list[1].Next() != list[0] {
			t.Fatalf("%s: %v are no neighbours", at, list)
		}
		if next := list[0].Next(); !next.Published().After(at) || list[0].Compare(next) >= 0 {
			t.Fatalf("%s: %s is there and newer than %s", at, next, list[0])
		}
	})
}

// Breaks when a number is read otherwise than it is printed, or a successor is no release.
func TestNextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := irregular[0]
		for range rapid.IntRange(0, 150).Draw(t, "steps") {
			next := r.Next()
			if next.Compare(r) <= 0 || !next.Published().After(r.Published()) || !next.End().After(r.End()) || !r.End().After(next.Published()) {
				t.Fatalf("%s is not followed by %s", r, next)
			}
			if again := mustParse(t, next.String()); again != next {
				t.Fatalf("%s is read as %s", next, again)
			}
			r = next
		}
	})
}
