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
	whole, _ := r.HandsOn(e.source, uses)
	for _, in := range e.m.Inputs {
		if !r.Leads(in.Path) {
			continue
		}
		from := `(?:^|[^a-zA-Z0-9_'-])` + regexp.QuoteMeta(in.Name) + `\s*\.\s*inputs`
		if whole {
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
	inherited := map[text.Span]bool{}
	for _, span := range uses.Inherited {
		inherited[span] = true
	}
	for _, span := range uses.Escapes {
		handed = true
		loose = loose || !asInputs(source, span, inherited[span])
	}
	for _, u := range uses.Names["self"] {
		// `self` itself, from which one gets to self.inputs.
		handed = handed || u.Kind != parse.FormalUse
	}
	return handed, loose
}

var bindingEnds = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*\)?\s*;`) })

const space = " \t\r\n"

// asInputs says whether the set is handed on, at a place, as the attribute `inputs` of a set: `inherit inputs;`, `inputs = inputs;`.
func asInputs(source string, at text.Span, inherited bool) bool {
	if inherited {
		return at.In(source) == "inputs"
	}
	before := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(source[:at.Start], space), "("), space)
	before, binds := strings.CutSuffix(before, "=")
	before, named := strings.CutSuffix(strings.TrimRight(before, space), "inputs")
	return binds && named && (before == "" || !inName(before[len(before)-1])) && bindingEnds().MatchString(source[at.End:])
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
	if err := refuseMention(source, uses, old, h); err != nil {
		return Change{}, err
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

// refuseMention refuses where a file may take the input from the set otherwise than from `inputs`: where it gives the set another name, or makes
// something of it, or may be handed it by another name.
func refuseMention(source string, uses *parse.Uses, name string, h Handed) error {
	if !strings.Contains(source, name) {
		return nil
	}
	mentions := parse.MentionsInFile(source, uses, name)
	if !h.Loose && !mentions.Leaks {
		return nil
	}
	for _, u := range uses.Names[name] {
		if u.Kind == parse.FormalUse {
			return refuse(u.Span, "%s is an argument here, which may be the input", name)
		}
	}
	places := mentions.Names
	if mentions.Leaks || mentions.Alone {
		places = append(places, mentions.Strings...)
	}
	switch {
	case len(places) == 0:
		return nil
	case mentions.Leaks:
		return refuse(places[0], "%s may be the input here: the file does more with the set than to take inputs from it", name)
	}
	return refuse(places[0], "%s may be the input here, by another name of the set", name)
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
