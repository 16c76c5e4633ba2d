package rewrite

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Renaming is an input that gets another name in the flake that declares it. It is what other files have to go along with.
type Renaming struct {
	Old, New string
	// Leads says whether a path of inputs of the file at hand, such as ["pins"], leads to the flake that declares the input.
	Leads func(path []string) bool
	// Outputs says that the outputs of that flake may hold its inputs under their names.
	Outputs bool
	// Whole says that code which has that flake as an input hands it on, or gives it another name, and Set that it does so with the set of its
	// inputs. Another file may then know the flake by any name, or have its inputs as arguments. See HandsOn.
	Whole, Set bool
	// Inputs are the names of the inputs of the file's flake.
	Inputs []string
}

// HandsOn says whether code hands on the flake whose input is renamed, beyond what is selected from it, and whether the set of its inputs.
func (r Renaming) HandsOn(source string, uses *parse.Uses) (whole, set bool) {
	for name, list := range uses.Names {
		whole = whole || r.Leads([]string{name}) && slices.ContainsFunc(list, func(u parse.Use) bool {
			return u.Kind != parse.FormalUse && !selects().MatchString(source[u.Span.End:])
		})
	}
	set = slices.ContainsFunc(uses.Opened, func(o parse.Opened) bool { return r.Leads(o.Path) })
	return whole, set
}

var selects = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*[.?]`) })

// Names gives which elements of an input path name the input, the first being 0.
func (r Renaming) Names(path []string) (elements []int) {
	for i, name := range path {
		if i > 0 && name == r.Old && r.Leads(path[:i]) {
			elements = append(elements, i)
		}
	}
	return elements
}

// RenameBelow goes along, in a flake that has the declaring flake as an input, with the new name: in the names of overrides, in
// follows paths and in what outputs takes of the inputs of its inputs. It refuses where outputs takes one by a name that only an
// evaluation tells.
func RenameBelow(m *parse.Manifest, r Renaming) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.cleanBody(); err != nil {
		return Change{}, err
	}
	// An inherited set has several inputs with one statement.
	done := map[text.Span]bool{}
	var walk func(in *parse.Input) error
	walk = func(in *parse.Input) error {
		if names := r.Names(in.Path); slices.Contains(names, len(in.Path)-1) {
			if err := e.renameOverride(in, r.New); err != nil {
				return err
			}
		}
		if err := e.renameElements(in, r, done); err != nil {
			return err
		}
		for _, o := range in.Overrides {
			if err := walk(o); err != nil {
				return err
			}
		}
		return nil
	}
	for _, in := range m.Inputs {
		if err := walk(in); err != nil {
			return Change{}, err
		}
	}
	uses := m.Uses()
	if err := e.renameNested(uses, r); err != nil {
		return Change{}, err
	}
	if err := e.refuseOutput(uses, r); err != nil {
		return Change{}, err
	}
	if err := e.refuseOtherName(uses, r); err != nil {
		return Change{}, err
	}
	return e.finish()
}

// refuseOtherName refuses where the body of outputs takes what may be the input from a variable of its own that is called as the input
// that leads there: `let inherit (inputs) pins; in pins.inputs.nixpkgs`.
func (e *editor) refuseOtherName(uses *parse.Uses, r Renaming) error {
	if uses == nil {
		return nil
	}
	body := e.m.OutputsFunction.Body
	for _, in := range e.m.Inputs {
		if !r.Leads(in.Path) {
			continue
		}
		from := `(?:^|[^a-zA-Z0-9_'-])` + regexp.QuoteMeta(in.Name) + `\s*\.\s*inputs`
		if whole, _ := r.HandsOn(e.source, uses); whole {
			from = `(?:^|[^a-zA-Z0-9_'-])inputs` // it may have any name
		}
		taken := regexp.MustCompile(from + `\s*(?:\.\s*"?|\)[\sa-zA-Z0-9_'"-]*?[\s"])(` + regexp.QuoteMeta(r.Old) + `)(?:[^a-zA-Z0-9_'-]|$)`)
		for _, at := range taken.FindAllStringSubmatchIndex(body.In(e.source), -1) {
			span := text.Span{Start: body.Start + at[2], End: body.Start + at[3]}
			if slices.ContainsFunc(uses.Names[r.Old], func(u parse.Use) bool { return u.Span.Contains(span) }) {
				continue
			}
			if !slices.ContainsFunc(uses.Nested, func(u parse.NestedUse) bool { return u.Span.Contains(span) }) {
				return refuse(span, "%s is taken here from a flake that may be %s", r.Old, in.Name)
			}
		}
	}
	return nil
}

// refuseOutput refuses where outputs takes an output of the declaring flake that may be the input.
func (e *editor) refuseOutput(uses *parse.Uses, r Renaming) error {
	if uses == nil || !r.Outputs {
		return nil
	}
	output := regexp.MustCompile(`^\s*\.\s*"?` + regexp.QuoteMeta(r.Old) + `(?:[^a-zA-Z0-9_'-]|$)`)
	for _, in := range e.m.Inputs {
		for _, u := range uses.Names[in.Name] {
			if output.MatchString(e.source[u.Span.End:]) && r.Leads(in.Path) {
				return refuse(u.Span, "an output called %s is taken here, which may be the input: the outputs of %s hand its inputs on", r.Old, in.Name)
			}
		}
	}
	return nil
}

func (e *editor) renameOverride(in *parse.Input, name string) error {
	if err := e.writable(in); err != nil {
		return err
	}
	if other := in.Parent.Override(name); other != nil {
		return refuse(other.Attr.Span(), "%s has an override %s already", strings.Join(in.Parent.Path, "/"), name)
	}
	if e.inRec() {
		if err := e.refuseAlias(in.Name, name); err != nil {
			return err
		}
	}
	for _, p := range in.Attr.Places {
		e.renameAt(p.Name().Span, name)
	}
	return nil
}

// renameElements changes the elements of a follows path that name the input.
func (e *editor) renameElements(in *parse.Input, r Renaming, done map[text.Span]bool) error {
	follows, ok := in.Follows.Text()
	if !ok {
		return nil
	}
	elements := r.Names(splitFollows(follows))
	if len(elements) == 0 {
		return nil
	}
	if !ref.IsID(r.New) {
		return refuse(in.Follows.Span(), "%s is followed here, and an input called %q cannot be followed", follows, r.New)
	}
	p, err := e.fieldPlace(in.Follows)
	if err != nil {
		return err
	}
	value := p.Binding.Value
	if value.Kind != parse.String || value.Content.In(e.source) != value.Text {
		return refuse(value.Span, "the path %s is not written out here", follows)
	}
	for _, n := range elements {
		if span := Element(e.source, value, n); !done[span] {
			done[span] = true
			e.replace(span, r.New)
		}
	}
	return nil
}

// Element is the place of the nth element of a follows path that is written out as a string; empty elements do not count.
func Element(source string, value *parse.Expr, n int) text.Span {
	at := value.Content.Start
	for element := range strings.SplitSeq(value.Content.In(source), "/") {
		if element != "" {
			if n == 0 {
				return text.Span{Start: at, End: at + len(element)}
			}
			n--
		}
		at += len(element) + 1
	}
	return value.Span
}

// renameNested changes what code takes of inputs of inputs.
func (e *editor) renameNested(uses *parse.Uses, r Renaming) error {
	if uses == nil {
		return nil
	}
	for _, o := range uses.Opened {
		if r.Leads(o.Path) {
			return refuse(o.Span, "an input of %s is taken by a name that only an evaluation tells, which may be %s", strings.Join(o.Path, "/"), r.Old)
		}
	}
	for _, u := range uses.Nested {
		last := len(u.Path) - 1
		if u.Path[last] == r.Old && r.Leads(u.Path[:last]) {
			if err := e.renameUse(u.Use, r.New); err != nil {
				return err
			}
		}
	}
	return nil
}

// HandedOn says how code hands on the set of its inputs: handed, that it does, and loose, that it does so otherwise than as an
// attribute called `inputs`, so that what gets it may know it by any name, or have the inputs as arguments of its own.
func HandedOn(source string, uses *parse.Uses) (handed, loose bool) {
	for _, span := range uses.Escapes {
		handed = true
		loose = loose || !asInputs(source, span)
	}
	for _, u := range uses.Names["self"] {
		// `self` itself, from which one gets to self.inputs.
		handed = handed || u.Kind != parse.FormalUse
	}
	return handed, loose
}

var (
	bindsInputs = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\binputs\s*=\s*\(?\s*$`) })
	bindingEnds = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*\)?\s*;`) })
)

// asInputs says whether the set is handed on, at a place, as the attribute `inputs` of a set: `inherit inputs;`, `inputs = inputs;`.
func asInputs(source string, at text.Span) bool {
	before, after := source[:at.Start], source[at.End:]
	if bindsInputs().MatchString(before) && bindingEnds().MatchString(after) {
		return true
	}
	return at.In(source) == "inputs" && inheritBefore().MatchString(before) && inheritAfter().MatchString(after)
}

// Handed is what is known of a file that may be handed the inputs of a flake.
type Handed struct {
	// Loose is that of HandedOn, for the flake and all files that may be handed its inputs.
	Loose bool
	// Inputs are the names of the flake's inputs.
	Inputs []string
}

// RenameInFile goes along with an input's new name in another .nix file of its flake, which may be handed the set of the inputs
// under the name `inputs`. It refuses where the file may know the input in another way.
func RenameInFile(source, old, name string, h Handed) (Change, error) {
	m := parse.Parse(parse.Other, source)
	e, err := begin(m)
	if err != nil {
		return Change{}, err
	}
	uses := parse.UsesInFile(source)
	if len(uses.Dynamic) > 0 {
		return Change{}, refuse(uses.Dynamic[0], "an input is taken by a name that only an evaluation tells, which may be %s", old)
	}
	if others := h.Uses(uses, name); len(others) > 0 {
		return Change{}, refuse(others[0].Span, "%s is used here already, as an input", name)
	}
	mine := h.Uses(uses, old)
	if h.Loose {
		for _, u := range uses.Names[old] {
			if u.Kind == parse.FormalUse {
				return Change{}, refuse(u.Span, "%s is an argument here, which may be the input", old)
			}
		}
		if span, ok := otherName(source, old); ok {
			return Change{}, refuse(span, "%s may be the input here, by another name of the set", old)
		}
	}
	if span, ok := takenLoosely(source, uses, old); ok {
		return Change{}, refuse(span, "%s may be the input here: the file does more with the set than to take inputs from it", old)
	}
	for _, u := range mine {
		if err := e.renameUse(u, name); err != nil {
			return Change{}, err
		}
	}
	change, err := e.finish()
	if err != nil || len(mine) == 0 {
		return change, err
	}
	result, err := text.Apply(source, change.Edits)
	if err != nil {
		return Change{}, err
	}
	after := parse.UsesInFile(result)
	if len(h.Uses(after, name)) != len(mine) || len(h.Uses(after, old)) > 0 {
		return Change{}, refuse(mine[0].Span, "the file knows another %s, which would get mixed up with the input", name)
	}
	return change, nil
}

// Uses are the uses of an input in a file: those of `inputs` that is no other flake's.
func (h Handed) Uses(uses *parse.Uses, name string) []parse.Use {
	var list []parse.Use
	for _, u := range uses.Names[name] {
		if u.Kind != parse.FormalUse && (u.Of == "self" || !slices.Contains(h.Inputs, u.Of)) {
			list = append(list, u)
		}
	}
	return list
}

// RenameNestedInFile goes along with the new name of an input's input in another .nix file of a flake, where that takes it from
// `inputs`. The paths of the renaming begin with an input of the flake.
func RenameNestedInFile(source string, r Renaming) (Change, error) {
	e, err := begin(parse.Parse(parse.Other, source))
	if err != nil {
		return Change{}, err
	}
	uses := parse.UsesInFile(source)
	for _, u := range uses.Names[r.Old] {
		if u.Kind == parse.FormalUse && r.Set {
			return Change{}, refuse(u.Span, "%s is an argument here, which may be the input", r.Old)
		}
		anyName := r.Whole && u.Of != "self" && !slices.Contains(r.Inputs, u.Of)
		if u.Kind != parse.FormalUse && u.Of != "" && (anyName || r.Leads([]string{u.Of})) {
			return Change{}, refuse(u.Span, "%s is taken here from a variable %s, which may be the input", r.Old, u.Of)
		}
	}
	if err := e.renameNested(uses, r); err != nil {
		return Change{}, err
	}
	return e.finish()
}

var (
	// bound ends within the value of a binding, beside what has braces or is another binding; opened within what a `with` opens, and inherited
	// within what an inherit takes from.
	bound     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_'-]*)\s*=\s*[^;{}=]*$`) })
	opened    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bwith\s[^;{}]*$`) })
	inherited = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\binherit\s*\([^()]*$`) })
	// selecting and inheriting are what stands between such a set, in parentheses, and a name that is taken from it.
	selecting  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^()]*\)\s*\.\s*"?$`) })
	inheriting = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^()]*\)[\sa-zA-Z0-9_'"-]*$`) })
)

// takenLoosely finds a name that a file may take from the set of the inputs in another way than from a variable `inputs`: from a variable that
// it binds to the set, or to a set that is made of it, by `with`, or as a string that a function gets beside the set.
func takenLoosely(source string, uses *parse.Uses, name string) (text.Span, bool) {
	var sets, opens []text.Span
	var from []*regexp.Regexp
	for _, at := range uses.Escapes {
		before := source[:at.Start]
		if asInputs(source, at) {
			continue
		}
		sets = append(sets, at)
		if opened().MatchString(before) {
			opens = append(opens, at)
		}
		if b := bound().FindStringSubmatch(before); b != nil && b[1] != "inputs" && b[1] != "inputs'" {
			variable := regexp.QuoteMeta(b[1])
			from = append(from, regexp.MustCompile(`(?:^|[^a-zA-Z0-9_'.-])`+variable+`\s*\.\s*"?$|\binherit\s*\(\s*`+variable+`\s*\)[\sa-zA-Z0-9_'"-]*$`))
		}
	}
	if len(sets) == 0 {
		return text.Span{}, false
	}
	return mentionIn(source, text.Span{End: len(source)}, uses, name, func(at int) bool {
		before := source[:at]
		selected := strings.HasSuffix(strings.TrimRight(before, " \t\r\n\""), ".")
		isBefore := func(set text.Span) bool { return set.End <= at }
		switch {
		case !selected && (strings.HasSuffix(before, `"`) && strings.HasPrefix(source[at+len(name):], `"`) || slices.ContainsFunc(opens, isBefore)):
			return true
		case slices.ContainsFunc(from, func(taken *regexp.Regexp) bool { return taken.MatchString(before) }):
			return true
		}
		return slices.ContainsFunc(sets, func(set text.Span) bool {
			if !isBefore(set) {
				return false
			}
			between := source[set.End:at]
			return selecting().MatchString(between) || inherited().MatchString(source[:set.Start]) && inheriting().MatchString(between)
		})
	})
}

var arguments = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s(\[=;])([a-zA-Z_][a-zA-Z0-9_'-]*)\s*(?::\s|@\s*\{)|\}\s*@\s*([a-zA-Z_][a-zA-Z0-9_'-]*)`)
})

// otherName finds a selection of a name from the whole argument of a function, which may be the set of the inputs.
func otherName(source, name string) (text.Span, bool) {
	for _, match := range arguments().FindAllStringSubmatch(source, -1) {
		argument := match[1] + match[2]
		if argument == "inputs" || argument == "inputs'" {
			continue
		}
		selected := regexp.MustCompile(`(?:^|[^a-zA-Z0-9_'.-])` + regexp.QuoteMeta(argument) + `\s*\.\s*"?(` + regexp.QuoteMeta(name) + `)(?:[^a-zA-Z0-9_'-]|$)`)
		if at := selected.FindStringSubmatchIndex(source); at != nil {
			return text.Span{Start: at[2], End: at[3]}, true
		}
	}
	return text.Span{}, false
}
