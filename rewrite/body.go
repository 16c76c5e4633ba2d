package rewrite

import (
	"regexp"
	"slices"
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
	from := fromInputs
	if len(all.Escapes) == 0 {
		from = fromAttribute // no variable can have got the set
	}
	body := m.OutputsFunction.Body
	return mentionIn(m.Text, body, all, name, func(at int) bool { return loose || from().MatchString(m.Text[body.Start:at]) })
}

// mentionIn finds a mention of an input's name in a part of a file that is no known use, and counts where it begins.
func mentionIn(source string, body text.Span, all *parse.Uses, name string, counts func(at int) bool) (text.Span, bool) {
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
		known := slices.ContainsFunc(all.Names[name], func(u parse.Use) bool { return u.Kind != parse.FormalUse && u.Span.Contains(span) }) ||
			slices.ContainsFunc(all.Nested, func(u parse.NestedUse) bool { return u.Span.Contains(span) })
		before := source[body.Start:span.Start]
		selected := strings.HasSuffix(strings.TrimRight(before, " \t\r\n\""), ".")
		switch {
		case known, !selected && definition().MatchString(source[at:body.End]), selected && ofInput(all, before, body.Start):
		case counts(span.Start):
			return span, true
		}
	}
	return text.Span{}, false
}

var (
	// selection is the beginning of an attribute path up to its next name.
	selection = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`[a-zA-Z_"][a-zA-Z0-9_'"-]*(\s*\.\s*[a-zA-Z_"][a-zA-Z0-9_'"-]*)*\s*\.\s*"?$`)
	})
	// fromInputs ends where a name is taken from `inputs`, fromAttribute where that is an attribute.
	fromInputs    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\binputs'?\s*(\.\s*"?|\)[\sa-zA-Z0-9_'"-]*)$`) })
	fromAttribute = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\.\s*inputs\s*(\.\s*"?|\)[\sa-zA-Z0-9_'"-]*)$`) })
)

// ofInput says whether what is selected at the end of a text is selected from an input: `home-manager.nixosModules.` and the
// like, not the set of the inputs by another name. start is where the text begins in the file.
func ofInput(uses *parse.Uses, before string, start int) bool {
	at := selection().FindStringIndex(before)
	if at == nil {
		return false
	}
	path := text.Span{Start: start + at[0], End: start + at[1]}
	for _, list := range uses.Names {
		if slices.ContainsFunc(list, func(u parse.Use) bool { return u.Kind != parse.FormalUse && path.Contains(u.Span) }) {
			return true
		}
	}
	return false
}

// inName says whether a byte may be part of a name.
func inName(c byte) bool {
	return c == '_' || c == '-' || c == '\'' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
