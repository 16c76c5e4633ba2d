package release

import (
	"fmt"
	"strconv"
	"time"
)

// Release is one release of nixpkgs by its number: 25.05 is Release{25, 5}. The zero Release is none.
type Release struct {
	// Year is the year without its century, Month the month, from 1.
	Year, Month int
}

// irregular are the first releases, before spring and autumn had a fixed month.
var irregular = []Release{{13, 10}, {14, 4}, {14, 12}, {15, 9}}

// Parse reads a number as branches hold it: "25.05". ok is false for what is no release: another month, or a year before 2013.
func Parse(number string) (r Release, ok bool) {
	if len(number) != 5 || number[2] != '.' {
		return Release{}, false
	}
	year, err := strconv.ParseUint(number[:2], 10, 8)
	month, err2 := strconv.ParseUint(number[3:], 10, 8)
	r = Release{int(year), int(month)}
	if err != nil || err2 != nil || !r.exists() {
		return Release{}, false
	}
	return r, true
}

// exists says whether the calendar has such a release: May and November since 21.05, March and September before.
func (r Release) exists() bool {
	switch {
	case r.Year >= 21:
		return r.Month == 5 || r.Month == 11
	case r.Year >= 16:
		return r.Month == 3 || r.Month == 9
	}
	for _, first := range irregular {
		if r == first {
			return true
		}
	}
	return false
}

// IsZero says whether r is no release.
func (r Release) IsZero() bool { return r == Release{} }

// String is the number as branches hold it, "25.05".
func (r Release) String() string { return fmt.Sprintf("%02d.%02d", r.Year, r.Month) }

// digits is the number as FlakeHub's versions hold it, "2505".
func (r Release) digits() string { return fmt.Sprintf("%02d%02d", r.Year, r.Month) }

// Compare orders releases by their age, the oldest first.
func (r Release) Compare(other Release) int { return r.Year*12 + r.Month - other.Year*12 - other.Month }

// Next is the release after r.
func (r Release) Next() Release {
	for i, first := range irregular[:len(irregular)-1] {
		if r == first {
			return irregular[i+1]
		}
	}
	switch {
	case r == irregular[len(irregular)-1]:
		return Release{16, 3}
	case r.Month == 3:
		return Release{r.Year, 9}
	case r == Release{20, 9}: // spring moved from March to May
		return Release{21, 5}
	case r.Month == 9:
		return Release{r.Year + 1, 3}
	case r.Month == 5:
		return Release{r.Year, 11}
	}
	return Release{r.Year + 1, 5}
}

// Published is the first day on which r is surely there: the first of the month after the one that it is named for. In truth
// it comes out within its own month, on a day that nobody knows before.
func (r Release) Published() time.Time {
	return time.Date(2000+r.Year, time.Month(r.Month)+1, 1, 0, 0, 0, 0, time.UTC)
}

// End is the last day on which r has support: the end of the month after the one that the next release is named for.
func (r Release) End() time.Time {
	next := r.Next()
	return time.Date(2000+next.Year, time.Month(next.Month)+2, 0, 0, 0, 0, 0, time.UTC)
}

// Ended says whether the support of r is over on a day: whether its last day lies before that.
func (r Release) Ended(day time.Time) bool { return day.UTC().After(r.End().AddDate(0, 0, 1).Add(-1)) }

// Newest is the newest release that is surely there on a day, the zero Release before the first one.
func Newest(day time.Time) Release {
	newest := Release{}
	for r := irregular[0]; !r.Published().After(day.UTC()); r = r.Next() {
		newest = r
	}
	return newest
}

// Supported are the releases that are surely there on a day and have support, the newest first: two in the month after a
// release, else one.
func Supported(day time.Time) []Release {
	var list []Release
	for r := irregular[0]; !r.Published().After(day.UTC()); r = r.Next() {
		if !r.Ended(day) {
			list = append([]Release{r}, list...)
		}
	}
	return list
}
