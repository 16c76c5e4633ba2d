package ref

import (
	"fmt"
	"slices"
	"strconv"
)

// FromAttrs makes a reference of attributes, as Nix does for an input with a `type` and for the nodes of flake.lock. Values
// are strings, int64s and bools. The error is an *Error with no offset: an unknown type, an attribute that the type does not
// have, one that is missing or of another type of value, or a value that Nix refuses. (Nix itself finds a missing url and a
// wrong type of a rare attribute only later, when it fetches.)
func FromAttrs(attrs Attrs) (Ref, error) {
	typ, ok := attrs["type"].(string)
	if !ok {
		if _, has := attrs["type"]; has {
			return Ref{}, wrongKind("type", attrs["type"], String)
		}
		return Ref{}, &Error{Kind: BadAttr, Attribute: "type", Found: "none", Expected: "the attribute 'type'"}
	}
	list, ok := allowed[typ]
	if !ok {
		e := &Error{Kind: Unsupported, Attribute: "type", Found: "the unsupported type " + quote(typ)}
		if near, ok := Nearest(typ, Types()); ok {
			e.Expected = strconv.Quote(near)
		}
		return Ref{}, e
	}
	typ = types[slices.Index(types[:], typ)] // which is no part of a text
	f := new(fields)
	for _, name := range sortedKeys(attrs) {
		if name == "type" {
			continue
		}
		if name != "__final" && !slices.ContainsFunc(list, func(a Attribute) bool { return a.Name == name }) {
			return Ref{}, &Error{Kind: BadAttr, Attribute: name,
				Found: fmt.Sprintf("input attribute '%s' not supported by scheme '%s'", name, typ)}
		}
		if err := f.setAny(name, attrs[name]); err != nil {
			return Ref{}, err
		}
	}
	if dir, _ := f.lookup("dir"); dir == "" {
		f.drop("dir")
	}
	for _, a := range list {
		if _, ok := f.lookup(a.Name); a.Required && !ok {
			return Ref{}, &Error{Kind: BadAttr, Attribute: a.Name, Found: "none", Expected: fmt.Sprintf("the attribute '%s' of a reference of type '%s'", a.Name, typ)}
		}
	}
	if err := checkValues(typ, f); err != nil {
		err.Kind = BadAttr
		return Ref{}, err
	}
	return f.ref(typ), nil
}

func (f *fields) setAny(name string, value any) *Error {
	kind := kinds[name]
	switch v := value.(type) {
	case string:
		if kind != String {
			return wrongKind(name, value, kind)
		}
		f.set(name, v)
	case int64:
		if kind != Integer {
			return wrongKind(name, value, kind)
		}
		if v < 0 {
			return &Error{Kind: BadAttr, Attribute: name, Found: strconv.FormatInt(v, 10) + " for '" + name + "'", Expected: "a number that is not negative"}
		}
		f.set(name, strconv.FormatInt(v, 10))
	case bool:
		if kind != Boolean {
			return wrongKind(name, value, kind)
		}
		f.setBool(name, v)
	default:
		return wrongKind(name, value, kind)
	}
	return nil
}

func wrongKind(name string, value any, want ValueKind) *Error {
	found := fmt.Sprintf("%T", value)
	switch value.(type) {
	case string:
		found = "a string"
	case int64:
		found = "an integer"
	case bool:
		found = "a Boolean"
	case nil:
		found = "null"
	}
	article := "a "
	if want == Integer {
		article = "an "
	}
	return &Error{Kind: BadAttr, Attribute: name, Found: found, Expected: article + string(want) + " for '" + name + "'"}
}

// checkValues is what Nix asks of the values, and how it rewrites the address of a Git repository.
func checkValues(typ string, f *fields) *Error {
	ref, hasRef := f.lookup("ref")
	address, _ := f.lookup("url")
	switch typ {
	case Indirect:
		if id, _ := f.lookup("id"); !IsID(id) {
			return &Error{Attribute: "id", Found: quote(id), Expected: "a registry id: a letter, then letters, digits, _ and -"}
		}
	case GitHub, GitLab, SourceHut:
		return checkForge(f)
	case Git:
		if hasRef && !IsRefName(ref) {
			return &Error{Attribute: "ref", Found: quote(ref), Expected: "a branch or tag name that Git allows"}
		}
		fixed, err := gitAddress(address)
		if err != nil {
			return &Error{Attribute: "url", Found: err.Found, Expected: err.Expected}
		}
		f.set("url", fixed)
	case Mercurial:
		if _, err := parseURL(address, false); err != nil {
			return &Error{Attribute: "url", Found: err.Found, Expected: err.Expected}
		}
		if hasRef && !hgRefPattern().MatchString(ref) {
			return &Error{Attribute: "ref", Found: quote(ref), Expected: "a branch or tag name"}
		}
	}
	return nil
}

func sortedKeys(attrs Attrs) []string {
	keys := make([]string, 0, len(attrs))
	for key := range attrs {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
