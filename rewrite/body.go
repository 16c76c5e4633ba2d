package rewrite

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// bodyUses are the uses of an input in outputs, other than its name in the pattern.
func bodyUses(m *parse.Manifest, name string) []parse.Use {
	all := m.Uses()
	if all == nil {
		return nil
	}
	var uses []parse.Use
	for _, u := range all.Names[name] {
		if u.Kind != parse.FormalUse {
			uses = append(uses, u)
		}
	}
	return uses
}

// formalUse finds a use of an argument of outputs by its own name.
func formalUse(m *parse.Manifest, name string) (text.Span, bool) {
	for _, u := range bodyUses(m, name) {
		if u.Kind == parse.VariableUse {
			return u.Span, true
		}
	}
	return text.Span{}, false
}

// seenElsewhere refuses where outputs takes an input by a name that only an evaluation tells, or hands its inputs on to where
// nobody looked.
func (e *editor) seenElsewhere(name string, elsewhere Elsewhere) error {
	if e.m.Outputs == nil {
		return nil
	}
	uses := e.m.Uses()
	switch {
	case uses == nil:
		return refuse(e.m.Outputs.Span(), "outputs is no function that can be read")
	case len(uses.Dynamic) > 0:
		return refuse(uses.Dynamic[0], "outputs takes an input by a name that only an evaluation tells, which may be %s", name)
	case len(uses.Escapes) == 0:
		if mention, ok := strayMention(e.m, name); ok {
			return refuse(mention, "outputs takes %s from a set of inputs here, which may be its own", name)
		}
		return nil
	case elsewhere.Dynamic:
		return refuse(uses.Escapes[0], "another file takes an input by a name that only an evaluation tells, which may be %s", name)
	case !elsewhere.Searched:
		return refuse(uses.Escapes[0], "outputs hands its inputs on, so that %s may be used where nobody looked", name)
	}
	if mention, ok := strayMention(e.m, name); ok {
		return refuse(mention, "outputs hands its inputs on and speaks of %s here, which may be the input", name)
	}
	return nil
}

// definition is what follows a name that an attribute set defines.
var definition = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^"?(\s*\.\s*[a-zA-Z0-9_'"-]+)*\s*=([^=]|$)`) })

// strayMention finds a mention of an input's name in outputs, in a file that hands its inputs on, that is no known use: it may
// be one by another name of the set, `let i = inputs; in i.nixpkgs`. Comments and attributes that are defined do not count.
func strayMention(m *parse.Manifest, name string) (text.Span, bool) {
	all := m.Uses()
	_, loose := HandedOn(m.Text, all)
	attribute := len(all.Escapes) == 0 // no variable can have got the set
	loose = loose || !attribute && attributeHandedOn(m, all)
	source, body := m.Text, m.OutputsFunction.Body
	known, inputs := knownUses(all, name)
	words := runs{source: source, from: body.Start, begins: body.Start}
	for at := body.Start; at < body.End; {
		// A mark in the middle of a word is more likely part of a string.
		apart := at == body.Start || strings.IndexByte(" \t\r\n;{}[]()", source[at-1]) >= 0
		switch rest := source[at:body.End]; {
		case apart && rest[0] == '#':
			at += len(rest) - len(strings.TrimLeftFunc(rest, func(r rune) bool { return r != '\n' && r != '\r' }))
			continue
		case apart && strings.HasPrefix(rest, "/*"):
			_, after, _ := strings.Cut(rest[2:], "*/")
			at = body.End - len(after)
			continue
		case !strings.HasPrefix(rest, name) || (at > body.Start && inName(source[at-1])) || (len(rest) > len(name) && inName(rest[len(name)])):
			at++
			continue
		}
		span := text.Span{Start: at, End: at + len(name)}
		at = span.End
		before := source[body.Start:span.Start]
		selected := strings.HasSuffix(strings.TrimRight(before, space+`"`), ".")
		switch {
		case contains(known, span), !selected && definition().MatchString(source[at:body.End]), selected && ofInput(inputs, before, body.Start):
		case loose || fromInputs(source[body.Start:words.start(span.Start)], before, attribute):
			return span, true
		}
	}
	return text.Span{}, false
}

var attributeInputs = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\.\s*inputs(\s*\.|[a-zA-Z0-9_'-])?`) })

// attributeHandedOn says whether outputs takes an attribute `inputs` of something, otherwise than to select from it: `i = args.inputs;`. That may be
// the set, which `args` got under its name.
func attributeHandedOn(m *parse.Manifest, all *parse.Uses) bool {
	body := m.OutputsFunction.Body
	for _, at := range attributeInputs().FindAllStringSubmatchIndex(body.In(m.Text), -1) {
		span := text.Span{Start: body.Start + at[0], End: body.Start + at[1]}
		if at[2] < 0 && !contains(all.Escapes, span) && !slices.ContainsFunc(all.Opened, func(o parse.Opened) bool { return o.Span.End == span.End }) {
			return true
		}
	}
	return false
}

// knownUses are the places at which an input is used, and those of all inputs, both in the order of the text.
func knownUses(all *parse.Uses, name string) (known, inputs []text.Span) {
	for of, list := range all.Names {
		for _, u := range list {
			if u.Kind == parse.FormalUse {
				continue
			}
			inputs = append(inputs, u.Span)
			if of == name {
				known = append(known, u.Span)
			}
		}
	}
	for _, u := range all.Nested {
		known = append(known, u.Span)
	}
	byPlace := func(a, b text.Span) int { return a.Start - b.Start }
	slices.SortFunc(known, byPlace)
	slices.SortFunc(inputs, byPlace)
	return known, inputs
}

// contains says whether one of the spans, which are sorted and apart, holds another one.
func contains(spans []text.Span, span text.Span) bool {
	after := sort.Search(len(spans), func(i int) bool { return spans[i].Start > span.Start })
	return after > 0 && spans[after-1].Contains(span)
}

// runs finds where the names and the space that a place ends begin. It is asked for one place after another, and looks at each byte once.
type runs struct {
	source string
	// from is how far it has looked, begins where the run that ends there begins.
	from, begins int
}

func (r *runs) start(at int) int {
	for n := at; n > r.from; n-- {
		if c := r.source[n-1]; !inName(c) && strings.IndexByte(space+`"`, c) < 0 {
			r.begins = n
			break
		}
	}
	r.from = at
	return r.begins
}

// fromInputs says whether what ends a text is taken from `inputs`, or where that has to be an attribute, from `….inputs`: selected there, or a name
// of an inherit, before whose names stands what the inherit takes from.
func fromInputs(inherits, before string, attribute bool) bool {
	from, selects := strings.CutSuffix(strings.TrimRight(strings.TrimSuffix(before, `"`), space), ".")
	if !selects {
		var is bool
		if from, is = strings.CutSuffix(inherits, ")"); !is {
			return false
		}
	}
	from = strings.TrimRight(from, space)
	if !attribute {
		from = strings.TrimSuffix(from, "'")
	}
	from, is := strings.CutSuffix(from, "inputs")
	if attribute {
		return is && strings.HasSuffix(strings.TrimRight(from, space), ".")
	}
	return is && (from == "" || !inName(from[len(from)-1]) || strings.HasSuffix(from, "-") || strings.HasSuffix(from, "'"))
}

// ofInput says whether what is selected at the end of a text is selected from an input: `home-manager.nixosModules.` and the
// like, not the set of the inputs by another name. start is where the text begins in the file, inputs are the uses of all inputs.
func ofInput(inputs []text.Span, before string, start int) bool {
	at := len(before)
	// Names, each behind a dot and in quotes or not.
	for {
		rest := strings.TrimRight(strings.TrimSuffix(before[:at], `"`), space)
		rest, dotted := strings.CutSuffix(rest, ".")
		if !dotted {
			break
		}
		rest = strings.TrimRight(rest, space)
		name := strings.TrimRightFunc(rest, func(r rune) bool { return r == '"' || r < 0x80 && inName(byte(r)) })
		if name == rest {
			break
		}
		at = len(name)
	}
	first := sort.Search(len(inputs), func(i int) bool { return inputs[i].Start >= start+at })
	return at < len(before) && first < len(inputs) && inputs[first].End <= start+len(before)
}

// inName says whether a byte may be part of a name.
func inName(c byte) bool {
	return c == '_' || c == '-' || c == '\'' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
