package version

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxComparators is how many comparators Cargo takes in one requirement.
const maxComparators = 32

// Error is why a text is no requirement.
type Error struct {
	// Offset is the byte in the text at which it fails; the length of the text where it ends too soon.
	Offset int
	// Found is what stands there, Expected what should, both in words.
	Found, Expected string
}

func (e *Error) Error() string {
	return fmt.Sprintf("at character %d: found %s, expected %s", e.Offset+1, e.Found, e.Expected)
}

// ParseRequirement reads a requirement. The error is an *Error.
func ParseRequirement(s string) (Requirement, error) {
	p := parser{text: s}
	p.spaces()
	if p.wildcard() {
		p.spaces()
		if !p.ended() {
			return Requirement{}, p.fail("the end: a wildcard that stands alone takes every version")
		}
		return Requirement{}, nil
	}
	var r Requirement
	for {
		if len(r.comparators) == maxComparators {
			return Requirement{}, p.fail(fmt.Sprintf("no more than %d comparators", maxComparators))
		}
		c, err := p.comparator()
		if err != nil {
			return Requirement{}, err
		}
		r.comparators = append(r.comparators, c)
		p.spaces()
		if p.ended() {
			return r, nil
		}
		if !p.take(",") {
			return Requirement{}, p.fail("a comma before the next comparator, or the end")
		}
		p.spaces()
	}
}

// parser reads a text from the front; at is the byte it has come to.
type parser struct {
	text string
	at   int
}

func (p *parser) ended() bool { return p.at == len(p.text) }

// spaces skips blanks: Cargo takes no other white space.
func (p *parser) spaces() {
	for p.take(" ") {
	}
}

func (p *parser) take(prefix string) bool {
	if strings.HasPrefix(p.text[p.at:], prefix) {
		p.at += len(prefix)
		return true
	}
	return false
}

func (p *parser) wildcard() bool { return p.take("*") || p.take("x") || p.take("X") }

// fail is the error at the place that the parser has come to.
func (p *parser) fail(expected string) *Error {
	found := "the end"
	if !p.ended() {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		found = fmt.Sprintf("%q", p.text[p.at:p.at+size])
		if r == utf8.RuneError && size == 1 {
			found = "a byte that is no UTF-8"
		}
	}
	return &Error{Offset: p.at, Found: found, Expected: expected}
}

func (p *parser) operator() (op operator, written bool) {
	// The longer operators first, so that >= is not read as > and a stray =.
	for _, o := range []operator{greaterEqual, lessEqual, exact, greater, less, tilde, caret} {
		if p.take(operatorText[o]) {
			return o, true
		}
	}
	return caret, false
}

func (p *parser) comparator() (comparator, error) {
	var c comparator
	var written bool
	var err error
	c.op, written = p.operator()
	p.spaces()
	if c.major, err = p.number("major version number"); err != nil {
		return c, err
	}
	wild := false
	for _, part := range []struct {
		to   **uint64
		what string
	}{{&c.minor, "minor version number"}, {&c.patch, "patch version number"}} {
		if !p.take(".") {
			return c, nil
		}
		if p.wildcard() {
			wild = true
			if !written {
				c.op = wildcard
			}
			continue
		}
		if wild {
			return c, p.fail("a wildcard: the number before it is one")
		}
		number, err := p.number(part.what)
		if err != nil {
			return c, err
		}
		*part.to = &number
	}
	if c.patch == nil {
		return c, nil
	}
	if p.take("-") {
		if c.pre, err = p.identifiers("pre-release", true); err != nil {
			return c, err
		}
	}
	if p.take("+") {
		if _, err = p.identifiers("build metadata", false); err != nil {
			return c, err
		}
	}
	return c, nil
}

// number reads a number without a leading zero, up to 2⁶⁴-1.
func (p *parser) number(what string) (uint64, error) {
	start := p.at
	for !p.ended() && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	digits := p.text[start:p.at]
	if digits == "" {
		return 0, p.fail("the " + what)
	}
	if len(digits) > 1 && digits[0] == '0' {
		return 0, &Error{start, "a leading zero", "the " + what + " without it"}
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, &Error{start, digits, "a " + what + " of at most 18446744073709551615"}
	}
	return number, err
}

// identifiers reads what follows - or +: letters, digits and hyphens in parts joined by dots, none of them empty. A part of
// a pre-release that is a number has no leading zero.
func (p *parser) identifiers(what string, numbers bool) (string, error) {
	start := p.at
	for {
		part := p.at
		digits := true
		for !p.ended() && identifierByte(p.text[p.at]) {
			digits = digits && '0' <= p.text[p.at] && p.text[p.at] <= '9'
			p.at++
		}
		switch length := p.at - part; {
		case length == 0:
			return "", p.fail("a part of the " + what + ": letters, digits and hyphens")
		case numbers && digits && length > 1 && p.text[part] == '0':
			return "", &Error{part, "a leading zero", "the number in the " + what + " without it"}
		}
		if !p.take(".") {
			return p.text[start:p.at], nil
		}
	}
}

func identifierByte(b byte) bool {
	return b == '-' || ('0' <= b && b <= '9') || ('a' <= b && b <= 'z') || ('A' <= b && b <= 'Z')
}
