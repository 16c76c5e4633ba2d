package parse

import (
	"slices"
	"strings"
)

// takers are the functions of builtins and of nixpkgs' lib that take any set as an argument, however many attributes it has.
var takers = []string{
	"attrNames", "attrValues", "attrsToList", "deepSeq", "filterAttrs", "foldlAttrs", "getAttrs", "hasAttr", "intersectAttrs", "isAttrs",
	"mapAttrs", "mapAttrs'", "mapAttrsToList", "removeAttrs", "toJSON",
}

// trimmers are those of the takers whose result is the set again, perhaps without some attributes.
var trimmers = []string{"filterAttrs", "removeAttrs"}

// inner is the expression that stands in parentheses.
func (t *tree) inner(i int32) int32 {
	for t.kind(i) == kParenthesized {
		list := t.expressions(i)
		if len(list) == 0 {
			break
		}
		i = list[0]
	}
	return i
}

// head is the last name of the function that one application or several in a row call: "mapAttrs" of `lib.mapAttrs f inputs`.
func (u *usesReader) head(i int32) string {
	for i = u.inner(i); u.kind(i) == kApply; i = u.inner(i) {
		list := u.expressions(i)
		if len(list) == 0 {
			return ""
		}
		i = list[0]
	}
	switch u.kind(i) {
	case kVariable:
		return u.text(i)
	case kSelect:
		if path := u.attrpathOf(i); len(path) > 0 && !path[len(path)-1].Dynamic {
			return path[len(path)-1].Text
		}
	}
	return ""
}

// whole says whether the value of an expression is the set of all inputs, or one made of it that has them all: `inputs // { … }`,
// `removeAttrs inputs [ … ]`, a name that a let gives to one.
func (u *usesReader) whole(i int32) bool {
	i = u.inner(i)
	switch u.kind(i) {
	case kVariable:
		name := u.text(i)
		return u.sets[name] || u.copies[name]
	case kSelect:
		list := u.expressions(i)
		return len(list) == 1 && u.isSet(list[0], u.attrpathOf(i))
	case kBinary:
		op := u.child(i, kOperator)
		return op >= 0 && u.text(op) == "//" && slices.ContainsFunc(u.expressions(i), u.whole)
	case kApply:
		return slices.Contains(trimmers, u.head(i)) && slices.ContainsFunc(u.expressions(i), u.whole)
	case kIf, kLet, kWith, kAssert: // a let hides what it defines, which is not looked at: a set too many is no harm
		list := u.expressions(i)
		return len(list) > 0 && slices.ContainsFunc(list[min(1, len(list)-1):], u.whole)
	}
	return false
}

// passed notes an application whose argument is the set of all inputs, unless the function is known to take any.
func (u *usesReader) passed(i int32) {
	list := u.expressions(i)
	if len(list) != 2 || !u.whole(list[1]) || slices.Contains(takers, u.head(list[0])) {
		return
	}
	if called := u.inner(list[0]); u.kind(called) == kFunction {
		f := u.function(called)
		if f.Formals != nil && !f.Formals.Ellipsis.Empty() && f.Argument == nil {
			return // what it is handed has no name there, and goes no further
		}
	}
	u.uses.Passed = append(u.uses.Passed, Passed{u.span(list[1]), u.imported(list[0])})
}

// imported is the path in an expression that is `import` of a literal relative path, "" for another one.
func (u *usesReader) imported(i int32) string {
	t := u.tree
	i = t.inner(i)
	list := t.expressions(i)
	if t.kind(i) != kApply || len(list) != 2 {
		return ""
	}
	called, path := t.inner(list[0]), t.inner(list[1])
	if t.kind(called) != kVariable || t.text(called) != "import" || t.kind(path) != kPath || u.ownImport() {
		return ""
	}
	written := t.text(path)
	if written[0] == '/' || strings.Contains(written, "${") {
		return ""
	}
	return written
}

// definesImport says whether something in a text is called import, so that a variable may mean that.
func (t *tree) definesImport() bool {
	for i := range int32(len(t.nodes)) {
		if t.kind(i) == kIdentifier && t.text(i) == "import" {
			return true
		}
	}
	return false
}

// copied walks with the names that a let gives to the whole set.
func (u *usesReader) copied(bindings []int32, walk func()) {
	var names []string
	for _, g := range bindings {
		list := u.expressions(g)
		if path := u.attrpathOf(g); u.kind(g) == kBinding && len(path) == 1 && len(list) == 1 && !u.copies[path[0].Text] && u.whole(list[0]) {
			u.copies[path[0].Text] = true
			names = append(names, path[0].Text)
		}
	}
	walk()
	for _, n := range names {
		delete(u.copies, n)
	}
}
