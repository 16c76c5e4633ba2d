package parse

import (
	"slices"
	"strings"
)

// listers are the functions of builtins and of nixpkgs' lib that make something of each attribute of a set, by a function of its name and its
// value; attrValues gives the values for that.
var listers = []string{"mapAttrs", "mapAttrs'", "mapAttrsToList", "concatMapAttrs"}

// listed notes an application that makes something of each input. Where that is an entry of a registry or of a search path
// (`mapAttrs (_: v: { flake = v; }) inputs`, `mapAttrsToList (n: v: "${n}=${v}") inputs`), any flake and any source can be one. Of anything
// else it is not in sight what an input must have for it (`map (i: i.overlays.default) (attrValues inputs)`).
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
	case u.kind(called) != kApply && head == "attrValues":
		u.uses.Each = append(u.uses.Each, u.span(set))
	case u.kind(called) == kApply && slices.Contains(listers, head):
		if arguments := u.expressions(called); len(arguments) == 2 && u.kind(u.inner(arguments[0])) != kApply && u.makesEntry(arguments[1]) {
			u.uses.Listed = append(u.uses.Listed, u.span(set))
		} else {
			u.uses.Each = append(u.uses.Each, u.span(set))
		}
	}
}

// makesEntry says whether an expression is a function of a name and a value that makes an entry of them, and nothing else.
func (u *usesReader) makesEntry(i int32) bool {
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
	name, value := names[0], names[1]
	if i = u.inner(i); u.kind(i) == kApply { // nameValuePair "…" { flake = v; }
		list := u.expressions(i)
		if len(list) != 2 || u.head(list[0]) != "nameValuePair" || u.kind(u.inner(list[0])) != kApply || u.mentions(list[0], value) {
			return false
		}
		i = u.inner(list[1])
	}
	return u.isRegistryEntry(i, name, value) || u.isSearchPathEntry(i, name, value)
}

// isRegistryEntry says whether an expression is a set in which the value is the attribute `flake`, and that says nothing else of it or its name.
func (u *usesReader) isRegistryEntry(i int32, name, value string) bool {
	if u.kind(i) != kAttrset {
		return false
	}
	entries := 0
	all := u.bindingNames(i)
	for _, b := range slices.Concat(all.plain, all.rest) {
		list, path := u.expressions(b), u.attrpathOf(b)
		switch {
		case u.kind(b) == kBinding && len(list) == 1 && len(path) == 1 && path[0].Text == "flake" && !path[0].Dynamic && u.isVariable(list[0], value),
			u.kind(b) == kInherit && value == "flake" && strings.Join(strings.Fields(u.text(b)), " ") == "inherit flake;":
			entries++
		case u.mentions(b, name), u.mentions(b, value):
			return false
		}
	}
	return entries == 1
}

// isSearchPathEntry says whether an expression is the text of an entry of NIX_PATH: the name, and the value's place or where a registry finds it.
func (u *usesReader) isSearchPathEntry(i int32, name, value string) bool {
	if name == value {
		return false
	}
	said := u.text(i)
	for _, quotes := range []string{`"`, `''`} {
		for _, entry := range []string{"${" + value + "}", "${" + value + ".outPath}", "flake:${" + name + "}"} {
			if said == quotes+"${"+name+"}="+entry+quotes {
				return true
			}
		}
	}
	return said == `"${`+name+`}=" + `+value+`.outPath`
}

func (u *usesReader) isVariable(i int32, name string) bool {
	i = u.inner(i)
	return u.kind(i) == kVariable && u.text(i) == name
}

// mentions says whether a word that is a name stands anywhere within a node.
func (u *usesReader) mentions(i int32, name string) bool {
	for c := i; c < u.nodes[i].next; c++ {
		if (u.kind(c) == kVariable || u.kind(c) == kIdentifier) && u.text(c) == name {
			return true
		}
	}
	return false
}
