package parse

import (
	"slices"
)

// listers are the functions of builtins and of nixpkgs' lib that make something of each attribute of a set, by a function of its name and its
// value.
var listers = []string{"mapAttrs", "mapAttrs'", "mapAttrsToList"}

// listed notes an application that makes nothing of the set of all inputs that an input more could break: one that asks whether there is an input
// of a name, and one that makes of each input an entry of a registry or a search path (`mapAttrs (_: v: { flake = v; }) inputs`,
// `mapAttrsToList (n: v: "${n}=${v}") inputs`), as any flake and any source can be. What becomes of attrNames and attrValues is not in
// sight, and the most frequent use of the latter takes of each input what not every flake has (`map (i: i.overlays.default) (attrValues inputs)`).
func (u *usesReader) listed(i int32) {
	list := u.expressions(i)
	if len(list) != 2 {
		return
	}
	set := u.inner(list[1])
	switch u.kind(set) {
	case kVariable:
		if !u.sets[u.text(set)] {
			return
		}
	case kSelect:
		if from := u.expressions(set); len(from) != 1 || !u.isSet(from[0], u.attrpathOf(set)) {
			return
		}
	default:
		return
	}
	called := u.inner(list[0])
	switch head := u.head(called); {
	case head == "isAttrs" && u.kind(called) != kApply:
	case u.kind(called) != kApply:
		return
	case head == "hasAttr":
	case slices.Contains(listers, head):
		if arguments := u.expressions(called); len(arguments) != 2 || u.kind(u.inner(arguments[0])) == kApply || !u.isEntry(arguments[1]) {
			return
		}
	default:
		return
	}
	u.uses.Listed = append(u.uses.Listed, u.span(set))
}

// isEntry says whether an expression is a function of a name and a value that makes an entry of them.
func (u *usesReader) isEntry(i int32) bool {
	var names []string
	for range 2 {
		if i = u.inner(i); u.kind(i) != kFunction {
			return false
		}
		f, list := u.function(i), u.expressions(i)
		if f.Argument == nil || f.Formals != nil || len(list) != 1 {
			return false
		}
		names, i = append(names, f.Argument.Text), list[0]
	}
	return u.entry(i, names[0], names[1])
}

// entry says whether an expression uses a name in strings alone, and a value there, as its `outPath` and as an attribute `flake`. It calls no
// function but nameValuePair, which looks at neither: an import of a string would.
func (u *usesReader) entry(i int32, name, value string) bool {
	is := func(i int32, wanted string) bool {
		i = u.inner(i)
		return u.kind(i) == kVariable && u.text(i) == wanted
	}
	isPath := func(i int32) bool {
		i = u.inner(i)
		list, path := u.expressions(i), u.attrpathOf(i)
		return u.kind(i) == kSelect && len(list) == 1 && is(list[0], value) && len(path) == 1 && path[0].Text == "outPath" && !path[0].Dynamic
	}
	inString := u.kind(i) == kString || u.kind(i) == kIndentedString
	switch u.kind(i) {
	case kVariable:
		return u.text(i) != name && u.text(i) != value
	case kSelect:
		if isPath(i) {
			return true
		}
	case kApply:
		if u.head(i) != "nameValuePair" {
			return false
		}
	case kBinding:
		list, path := u.expressions(i), u.attrpathOf(i)
		if len(list) == 1 && len(path) == 1 && path[0].Text == "flake" && !path[0].Dynamic && is(list[0], value) {
			return true
		}
	case kInherit:
		attrs := u.child(i, kInheritedAttrs)
		return attrs < 0 || !slices.ContainsFunc(u.attrpath(attrs), func(n Name) bool {
			return n.Text == name || n.Text == value && value != "flake"
		})
	}
	for c, end := i+1, u.nodes[i].next; c < end; c = u.nodes[c].next {
		if !u.nodes[c].named || u.nodes[c].kind == kComment {
			continue
		}
		if list := u.expressions(c); inString && u.kind(c) == kInterpolation && len(list) == 1 && (is(list[0], name) || is(list[0], value) || isPath(list[0])) {
			continue
		}
		if !u.entry(c, name, value) {
			return false
		}
	}
	return true
}
