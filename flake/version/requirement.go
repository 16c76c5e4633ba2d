package version

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Requirement is a version requirement. The zero value takes every version that is no pre-release, as `*` does.
type Requirement struct {
	comparators []comparator
}

// comparator is one condition. minor and patch are nil where they are left out; pre is "" where there is none.
type comparator struct {
	op           operator
	major        uint64
	minor, patch *uint64
	pre          string
}

type operator uint8

const (
	caret operator = iota // what no operator means
	exact
	greater
	greaterEqual
	less
	lessEqual
	tilde
	wildcard // a number is * and no operator stands before it: 1.2.*
)

var operatorText = [...]string{caret: "^", exact: "=", greater: ">", greaterEqual: ">=", less: "<", lessEqual: "<=", tilde: "~", wildcard: ""}

// String is the normal form: every operator written, one space after a comma, no build metadata.
func (r Requirement) String() string {
	if len(r.comparators) == 0 {
		return "*"
	}
	parts := make([]string, len(r.comparators))
	for i, c := range r.comparators {
		parts[i] = c.String()
	}
	return strings.Join(parts, ", ")
}

func (c comparator) String() string {
	s := operatorText[c.op] + strconv.FormatUint(c.major, 10)
	for _, number := range []*uint64{c.minor, c.patch} {
		if number == nil {
			break
		}
		s += "." + strconv.FormatUint(*number, 10)
	}
	if c.pre != "" {
		s += "-" + c.pre
	}
	if c.op == wildcard {
		s += ".*"
	}
	return s
}

// Matches says whether the requirement takes the version. A pre-release is taken only where a comparator names a pre-release
// of the same three numbers.
func (r Requirement) Matches(v *semver.Version) bool {
	named := v.Prerelease() == ""
	for _, c := range r.comparators {
		if !c.takes(v) {
			return false
		}
		named = named || c.namesPrereleaseOf(v)
	}
	return named
}

func (c comparator) namesPrereleaseOf(v *semver.Version) bool {
	return c.pre != "" && c.major == v.Major() && *c.minor == v.Minor() && *c.patch == v.Patch()
}

func (c comparator) takes(v *semver.Version) bool {
	switch c.op {
	case exact, wildcard:
		return c.equal(v)
	case greater:
		return c.compare(v) > 0
	case greaterEqual:
		return c.equal(v) || c.compare(v) > 0
	case less:
		return c.compare(v) < 0
	case lessEqual:
		return c.equal(v) || c.compare(v) < 0
	case tilde:
		return c.tilde(v)
	}
	return c.caret(v)
}

// equal says whether the version has all the numbers that are written, and exactly the pre-release.
func (c comparator) equal(v *semver.Version) bool {
	return c.major == v.Major() && (c.minor == nil || *c.minor == v.Minor()) && (c.patch == nil || *c.patch == v.Patch()) &&
		c.pre == v.Prerelease()
}

// compare is how the version stands to the comparator: 1 for after it, -1 for before it. A number that is left out makes the
// comparator stand for a whole range; a version within it is neither.
func (c comparator) compare(v *semver.Version) int {
	for _, number := range []struct {
		wanted *uint64
		have   uint64
	}{{&c.major, v.Major()}, {c.minor, v.Minor()}, {c.patch, v.Patch()}} {
		switch {
		case number.wanted == nil:
			return 0
		case number.have > *number.wanted:
			return 1
		case number.have < *number.wanted:
			return -1
		}
	}
	return comparePrerelease(v.Prerelease(), c.pre)
}

// tilde lets the last written number but the first grow, and never one before it.
func (c comparator) tilde(v *semver.Version) bool {
	if c.major != v.Major() || (c.minor != nil && *c.minor != v.Minor()) {
		return false
	}
	if c.patch != nil && *c.patch != v.Patch() {
		return v.Patch() > *c.patch
	}
	return comparePrerelease(v.Prerelease(), c.pre) >= 0
}

// caret keeps the first number that is not zero, and lets those after it grow.
func (c comparator) caret(v *semver.Version) bool {
	switch {
	case c.major != v.Major():
		return false
	case c.minor == nil:
		return true
	case c.patch == nil && c.major > 0:
		return v.Minor() >= *c.minor
	case c.patch == nil:
		return v.Minor() == *c.minor
	case v.Minor() != *c.minor:
		return c.major > 0 && v.Minor() > *c.minor
	case v.Patch() != *c.patch:
		return (c.major > 0 || *c.minor > 0) && v.Patch() > *c.patch
	}
	return comparePrerelease(v.Prerelease(), c.pre) >= 0
}

// comparePrerelease orders two pre-releases by SemVer 2.0.0, section 11; "" is the release itself, after all of them.
func comparePrerelease(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), compareIdentifier)
}

// compareIdentifier orders two parts of pre-releases. Masterminds reads a number of more than 64 bits as a word, Cargo reads it
// as a number.
func compareIdentifier(a, b string) int {
	aNumber, bNumber := isNumber(a), isNumber(b)
	switch {
	case aNumber && bNumber && len(a) != len(b):
		return cmp.Compare(len(a), len(b))
	case aNumber && !bNumber:
		return -1
	case bNumber && !aNumber:
		return 1
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
