package ref

import (
	"fmt"
	"strings"
)

// Kind is the sort of a fault in a reference.
type Kind string

// The kinds of faults.
const (
	Empty       Kind = "empty"       // nothing at all
	Malformed   Kind = "malformed"   // a URL that breaks the grammar of URLs or of its scheme
	Relative    Kind = "relative"    // neither id nor URL nor absolute path, where a relative path does not count
	Unsupported Kind = "unsupported" // a scheme or type that Nix does not know
	Fragment    Kind = "fragment"    // a # and what follows
	BadQuery    Kind = "query"       // a key or value of the query that Nix refuses
	BadAttr     Kind = "attribute"   // an attribute that is missing, not supported or of the wrong type or form
)

// Error says what is wrong in a reference, and where. Its words repeat no password or token of the reference.
type Error struct {
	Kind Kind
	// Offset and End are bytes of the reference: [Offset, End) is at fault. Both are 0 where attributes were read.
	Offset, End int
	// Attribute is the attribute at fault where attributes were read, else "".
	Attribute string
	// Found and Expected are phrases that fit into "expected …, found …". Expected may be "" where there is nothing to say
	// but that what was found does not belong there.
	Found, Expected string
	// soft is a fault after which Nix goes on and reads the text as a path.
	soft bool
}

func (e *Error) Error() string {
	found := e.Found
	if e.Kind == Fragment {
		return fmt.Sprintf("a flake reference of an input has no fragment, found %s at byte %d", found, e.Offset)
	}
	where := fmt.Sprintf(" at byte %d", e.Offset)
	if e.Attribute != "" || e.Kind == BadAttr {
		where = ""
	}
	if e.Expected == "" {
		return found + where
	}
	return fmt.Sprintf("expected %s, found %s%s", e.Expected, found, where)
}

func soft(offset, end int, found, expected string) *Error {
	return &Error{Kind: Malformed, Offset: offset, End: end, Found: found, Expected: expected, soft: true}
}

// quote shows a piece of a reference in a message: short, and with what may be a secret left out.
func quote(s string) string {
	s = Redact(s)
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
