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

// Rename gives an input another name: in its declaration, in every follows path of the file that begins with it, in the
// pattern of outputs and in its body, where `inherit NAME` becomes `NAME = NEW` so that nothing else is renamed. Uses in
// other files are the caller's to edit. It refuses where a use may be missed or would come to mean something else.
func Rename(m *parse.Manifest, in *parse.Input, name string, elsewhere Elsewhere) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if in.Name == name {
		return Change{}, nil
	}
	if err := e.renamable(in, name, elsewhere); err != nil {
		return Change{}, err
	}
	for _, p := range in.Attr.Places {
		e.renameAt(p.Name().Span, name)
	}
	if err := e.renameFollows(in, name); err != nil {
		return Change{}, err
	}
	e.renameSuppressed(in.Name, name)
	formals, err := e.formals()
	if err != nil {
		return Change{}, err
	}
	if formal := formals.Formal(in.Name); formal != nil {
		e.replace(formal.NameSpan, name)
	}
	uses := bodyUses(m, in.Name)
	if other := bodyUses(m, name); len(other) > 0 {
		return Change{}, refuse(other[0].Span, "outputs uses %s already", name)
	}
	for _, u := range uses {
		if err := e.renameUse(u, name); err != nil {
			return Change{}, err
		}
	}
	change, err := e.finish()
	if err != nil {
		return Change{}, err
	}
	result, err := text.Apply(m.Text, change.Edits)
	if err != nil {
		return Change{}, err
	}
	after := parse.Parse(m.Kind, result)
	if !slices.Equal(starts(bodyUses(after, name)), renamed(m, change, name)) || len(bodyUses(after, in.Name)) > 0 {
		return Change{}, refuse(in.Attr.Span(), "outputs knows another %s, which would get mixed up with the input", name)
	}
	return change, nil
}

// renameAt writes a name where another one stands, in the quotes that this one has without need.
func (e *editor) renameAt(span text.Span, name string) {
	old := span.In(e.source)
	switch bare := strings.Trim(old, `${"}`); {
	case !isIdentifier(bare):
		e.replace(span, NameSource(name))
	case old == `"`+bare+`"`:
		e.replace(span, StringSource(name))
	case old == `${"`+bare+`"}`:
		e.replace(span, "${"+StringSource(name)+"}")
	default:
		e.replace(span, NameSource(name))
	}
}

func starts(uses []parse.Use) []int {
	var list []int
	for _, u := range uses {
		list = append(list, u.Span.Start)
	}
	slices.Sort(list)
	return list
}

// renamed are the places, in the text after the change, of the uses that the change has renamed. The new name must be used
// there and nowhere else: a count would not see one use lost to another meaning and one caught from it.
func renamed(m *parse.Manifest, change Change, name string) []int {
	var list []int
	if m.OutputsFunction == nil {
		return nil
	}
	moved := 0
	for _, edit := range change.Edits {
		isFormal := false
		if f := m.OutputsFunction.Formals; f != nil {
			isFormal = slices.ContainsFunc(f.List, func(f *parse.Formal) bool { return f.NameSpan == edit.Span })
		}
		// The name ends the value of a binding that was an inherit.
		at := strings.LastIndex(edit.New, NameSource(name))
		if at > 0 {
			at = len(strings.TrimRight(edit.New[:at], `${"`))
		}
		if at >= 0 && !isFormal && m.OutputsFunction.Span.Contains(edit.Span) {
			list = append(list, edit.Span.Start+moved+at)
		}
		moved += len(edit.New) - edit.Span.Len()
	}
	return list
}

// nameable is what an input can be called: what a person can give to `nix flake update`, and to other programs.
var nameable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^\s\pC/"'\\$#?]+$`) })

// renamable refuses names that cannot be given, and inputs that may be known elsewhere by their name.
func (e *editor) renamable(in *parse.Input, name string, elsewhere Elsewhere) error {
	if err := e.cleanBody(); err != nil {
		return err
	}
	if in.Parent != nil {
		return refuse(text.Span{}, "%s is an override, whose name is that of the parent's input", in.Name)
	}
	if err := e.placed(in); err != nil {
		return err
	}
	for _, p := range in.Attr.Places {
		if p.Binding.Inherit {
			return refuse(p.Name().Span, "%s is inherited", in.Name)
		}
	}
	if name == "self" || !nameable().MatchString(name) {
		return refuse(in.Attr.Span(), "%q cannot be the name of an input", name)
	}
	if in.URL == nil && in.Follows == nil && in.Type == nil && !in.Alias {
		return refuse(in.Attr.Span(), "%s has no url, so that Nix asks the registry for its name: write the url first", in.Name)
	}
	if other := e.m.InputsAttr.Member(name); other != nil {
		return refuse(other.Span(), "%s is an input already", name)
	}
	if e.inRec() {
		if err := e.refuseAlias(in.Name, name); err != nil {
			return err
		}
	} else if err := e.refuseAlias(in.Name); err != nil {
		return err
	}
	if f := e.m.OutputsFunction; f != nil {
		if old := f.Formals.Formal(in.Name); old != nil && (!isIdentifier(name) || !ref.IsID(name)) {
			return refuse(old.NameSpan, "%q cannot be an argument of outputs", name)
		}
		if other := f.Formals.Formal(name); other != nil {
			return refuse(other.NameSpan, "%s is an argument of outputs already", name)
		}
		if f.Argument != nil && f.Argument.Text == name {
			return refuse(f.Argument.Span, "%s is the name of the whole argument of outputs", name)
		}
	}
	if f := e.m.OutputsFunction; f != nil && slices.Contains(conventional, in.Name) {
		if at := mkFlake().FindStringIndex(f.Body.In(e.source)); at != nil {
			call := text.Span{Start: f.Body.Start + at[0], End: f.Body.Start + at[0] + len("mkFlake")}
			return refuse(call, "mkFlake gets the inputs, and may look for %s by this name", in.Name)
		}
	}
	return e.seenElsewhere(in.Name, elsewhere)
}

// conventional are the names by which flake-parts, snowfall-lib and their like look for inputs in the set that mkFlake gets.
var (
	conventional = []string{"darwin", "home-manager", "nixpkgs", "systems"}
	mkFlake      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bmkFlake\s*\{[^{}]*\binputs\b`) })
)

// renameFollows changes the first element of all follows paths that begin with the input's name.
func (e *editor) renameFollows(in *parse.Input, name string) error {
	done := map[*parse.Binding]bool{}
	for _, f := range followers(e.m, in.Name) {
		if !ref.IsID(name) {
			return refuse(f.Follows.Span(), "an input follows %s, and %q cannot be followed", in.Name, name)
		}
		p, err := e.fieldPlace(f.Follows)
		if err != nil {
			return err
		}
		value := p.Binding.Value
		content := value.Content.In(e.source)
		at := len(content) - len(strings.TrimLeft(content, "/"))
		if value.Kind != parse.String || content != value.Text || !strings.HasPrefix(content[at:], in.Name) {
			return refuse(value.Span, "the path that follows %s is not written out here", in.Name)
		}
		if done[p.Binding] {
			continue
		}
		done[p.Binding] = true
		start := value.Content.Start + at
		e.replace(text.Span{Start: start, End: start + len(in.Name)}, name)
	}
	return nil
}

// renameSuppressed changes the objects of comments that allow a finding about the input, or about an override of it.
func (e *editor) renameSuppressed(old, name string) {
	for _, s := range e.m.Suppressions {
		for _, rule := range s.Rules {
			first, _, _ := strings.Cut(rule.Object, "/")
			if at := strings.Index(rule.Span.In(e.source), "("); first == old && at >= 0 {
				start := rule.Span.Start + at + 1
				start += len(e.source[start:]) - len(strings.TrimLeft(e.source[start:], " \t"))
				e.replace(text.Span{Start: start, End: start + len(old)}, name)
			}
		}
	}
}

var (
	inheritBefore = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)\binherit\s*(?:\(([^()]*)\))?([\sa-zA-Z0-9_'"-]*)$`)
	})
	inheritAfter = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\sa-zA-Z0-9_'"-]*;`) })
)

// inheritsAt finds the inherit that a text ends in, as inheritBefore does, without a look at all that is before it.
func inheritsAt(before string) []int {
	at := len(before)
	// What is inherited from may hold an inherit too.
	for range 3 {
		if at = strings.LastIndex(before[:at], "inherit"); at < 0 {
			return nil
		}
		if at > 0 && inName(before[at-1]) {
			continue
		}
		if match := inheritBefore().FindStringSubmatchIndex(before[at:]); match != nil {
			for i := range match {
				if match[i] >= 0 {
					match[i] += at
				}
			}
			return match
		}
	}
	return nil
}

// renameUse changes one use of the input's name in outputs.
func (e *editor) renameUse(u parse.Use, name string) error {
	if !u.Inherited {
		e.renameAt(u.Span, name)
		return nil
	}
	before := inheritsAt(e.source[:u.Span.Start])
	after := inheritAfter().FindStringIndex(e.source[u.Span.End:])
	if before == nil || after == nil {
		return refuse(u.Span, "the inherit statement cannot be taken apart: there is more in it than names")
	}
	value := NameSource(name)
	if before[2] >= 0 {
		value = strings.TrimSpace(e.source[before[2]:before[3]]) + "." + value
	}
	binding := u.Span.In(e.source) + " = " + value + ";"
	statement := text.Span{Start: before[0], End: u.Span.End + after[1]}
	others := e.source[before[4]:before[5]] + e.source[u.Span.End:statement.End-1]
	if strings.TrimSpace(others) == "" {
		e.replace(statement, binding)
		return nil
	}
	piece := u.Span
	if strings.HasPrefix(e.source[piece.End:], ";") {
		piece.Start = len(strings.TrimRight(e.source[:piece.Start], " \t"))
	}
	e.pieces = append(e.pieces, piece)
	with := " " + binding
	if end := e.lines.Span(e.lines.Line(statement.End)).End; e.startsLine(statement.Start) && strings.TrimSpace(e.source[statement.End:end]) == "" {
		with = e.eol() + e.indentOf(statement.Start) + binding
	}
	at := text.Span{Start: statement.End, End: statement.End}
	e.edits = append(e.edits, text.Edit{Span: at, New: with})
	return nil
}
