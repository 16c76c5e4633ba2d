package rewrite

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Declaration is what an input is to say of itself. Exactly one of URL, Attrs and Follows is set.
type Declaration struct {
	// URL is a flake reference, Attrs one in attribute form (strings, booleans and integers as int or int64).
	URL   string
	Attrs map[string]any
	// Follows is a follows path; as "" means the flake itself, it counts where URL and Attrs are empty.
	Follows string
	// Flake is written where it is not nil.
	Flake *bool
	// Overrides are written in this order.
	Overrides []Override
}

// Override is one override of an input: the names of the inputs below it, and what the last one follows or, where URL is
// set, which reference it gets.
type Override struct {
	Path    []string
	Follows string
	URL     string
}

func (o Override) statement(path []string) statement {
	var b strings.Builder
	for i, name := range path {
		if i > 0 {
			b.WriteString(".inputs.")
		}
		b.WriteString(NameSource(name))
	}
	if o.URL != "" {
		return statement{b.String() + ".url", StringSource(o.URL)}
	}
	return statement{b.String() + ".follows", StringSource(o.Follows)}
}

// reference is what says where the input comes from: url, follows, or type and its attributes.
func (d Declaration) reference() ([]statement, error) {
	switch {
	case d.URL != "":
		return []statement{{"url", StringSource(d.URL)}}, nil
	case len(d.Attrs) == 0:
		return []statement{{"follows", StringSource(d.Follows)}}, nil
	}
	var list []statement
	keys := slices.Sorted(maps.Keys(d.Attrs))
	// `type` decides what the others mean, so it comes first, as people write it.
	slices.SortStableFunc(keys, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "type":
			return -1
		case b == "type":
			return 1
		}
		return 0
	})
	for _, key := range keys {
		value := ""
		switch v := d.Attrs[key].(type) {
		case string:
			value = StringSource(v)
		case bool:
			value = strconv.FormatBool(v)
		case int64:
			value = strconv.FormatInt(v, 10)
		case int:
			value = strconv.Itoa(v)
		}
		if value == "" {
			return nil, &Refusal{Reason: "the attribute " + key + " of the reference is neither string, boolean nor integer"}
		}
		list = append(list, statement{NameSource(key), value})
	}
	if !slices.Contains(keys, "type") {
		return nil, &Refusal{Reason: "the reference in attribute form has no type"}
	}
	return list, nil
}

// rest is what stands behind the reference.
func (d Declaration) rest() []statement {
	var list []statement
	if d.Flake != nil {
		list = append(list, statement{"flake", strconv.FormatBool(*d.Flake)})
	}
	for _, o := range d.Overrides {
		s := o.statement(o.Path)
		s.path = "inputs." + s.path
		list = append(list, s)
	}
	return list
}
