package diagnostics

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

var _ = Register(Rule{
	Code:    "not-literal",
	Level:   Error,
	Since:   "0.1.0",
	Summary: "A part of flake.nix has to be evaluated, where Nix wants a literal.",
	Doc: `## What it does

Finds values that Nix's flake reader would have to evaluate: ` + "`\"a\" + \"b\"`, `\"${x}\"`, `if`, `let`, `import`, `a.b`, `inherit (x) y`" + `, an application, a
set with a dynamic name. Nix reads flake.nix without running code, so it takes literals only: strings without interpolation,
paths, Booleans, integers, lists, sets and functions.

In ` + "`rec { … }`" + ` a sibling counts as a literal, but only where its name stands earlier in the file: ` + "`rec { b.url = …; a = b; }`" + ` is fine,
` + "`rec { a = b; b.url = …; }`" + ` is not. ` + "`nix-instantiate`" + ` evaluates both and hides this.

## Why is this bad?

Every command that reads this flake fails with "expected … but got a thunk".

## How to mend it

Write the value out. Where ` + "`outputs`" + ` is in a file of its own, take the arguments here: ` + "`outputs = inputs: import ./outputs.nix inputs;`" + `.

## Fix safety

Writing a string, a Boolean or an integer out, and moving a binding behind the one that it names, are safe: the value is the
same. Taking the arguments of ` + "`outputs`" + ` here is a choice: the formals of the other file no longer make implicit inputs.

## References

Nix manual: nix flake, section "Flake format".
`,
	Check: func(p *Pass) {
		for _, t := range p.Manifest.Thunks {
			what := quoted(pathName(t.Path))
			if a := attrAt(p.Manifest.Root.Set, t.Path); a != nil && len(listElements(a)) > 0 {
				what = "An element of " + what
			}
			p.Report(Finding{
				Span: firstLine(t.Span, p.Manifest.Text), Object: pathName(t.Path),
				Message: fmt.Sprintf("%s has to be evaluated; Nix expects %s that is written out.", what, t.Wanted),
				Fixes:   p.literalFixes(t),
				Related: p.laterSibling(t),
			})
		}
	},
})

// literalFixes are the fixes that make a literal of a thunk.
func (p *Pass) literalFixes(t parse.Thunk) []Fix {
	a := attrAt(p.Manifest.Root.Set, t.Path)
	if a == nil || a.Places[0].Binding.Inherit {
		return nil
	}
	if fix, ok := p.moveBehindSibling(t, a); ok {
		return []Fix{fix}
	}
	write := func(title, source string, safe bool) []Fix {
		return []Fix{p.rewriteFix(title, safe, func(m *parse.Manifest) (rewrite.Change, error) {
			return rewrite.SetValue(m, t.Expr, source)
		})}
	}
	value := thunkValue(p.Manifest, t, a)
	if source, ok := literalSource(value); ok {
		value.Text = secret.Value(value.Text)
		shown, _ := literalSource(value)
		return write("Write "+shown, source, true)
	}
	if a == p.Manifest.Outputs && (t.Expr.Kind == parse.Apply || t.Expr.Kind == parse.Select) {
		return write("Take the arguments here: inputs: … inputs", "inputs: "+t.Expr.Span.In(p.Manifest.Text)+" inputs", false)
	}
	return nil
}

// thunkValue is what the expression evaluates to, as far as it can be told: an attribute, or an element of its list.
func thunkValue(m *parse.Manifest, t parse.Thunk, a *parse.Attr) parse.Value {
	v := valueAt(m.Value, t.Path)
	if v == nil {
		return parse.Value{}
	}
	if i := slices.IndexFunc(listElements(a), func(e *parse.Expr) bool { return e.Span == t.Span }); i >= 0 {
		return *v.List[i]
	}
	return *v
}

// listElements are the elements of an attribute that is written as a list.
func listElements(a *parse.Attr) []*parse.Expr {
	if a.Value == nil || a.Value.Kind != parse.List {
		return nil
	}
	return a.Value.Args
}

// literalSource writes a value as Nix source. A set or list is left to a person: what is written may be larger than it, and
// hold comments.
func literalSource(v parse.Value) (string, bool) {
	switch v.Kind {
	case parse.StringValue:
		return rewrite.StringSource(v.Text), true
	case parse.BoolValue:
		return strconv.FormatBool(v.Bool), true
	case parse.IntegerValue:
		return strconv.FormatInt(v.Integer, 10), v.Integer >= 0 // -1 is an operation
	}
	return "", false
}

// sibling finds the attribute of the same rec set that a thunk names.
func sibling(t parse.Thunk, a *parse.Attr) (own, named *parse.Binding, ok bool) {
	own = a.Places[0].Binding
	target := own.In.Attr(t.Expr.Text)
	if !own.In.Rec || target == nil {
		return nil, nil, false
	}
	return own, target.Places[len(target.Places)-1].Binding, true
}

// moveBehindSibling is the fix for a thunk that is one only because it stands before what it names.
func (p *Pass) moveBehindSibling(t parse.Thunk, a *parse.Attr) (Fix, bool) {
	own, named, ok := sibling(t, a)
	if !ok {
		return Fix{}, false
	}
	change, err := rewrite.MoveAfter(p.Manifest, own, named)
	if err != nil {
		return Fix{}, false
	}
	after, err := text.Apply(p.Manifest.Text, change.Edits)
	if err != nil || len(parse.Parse(parse.Flake, after).Thunks) >= len(p.Manifest.Thunks) {
		return Fix{}, false
	}
	return p.rewriteFix("Move "+a.Name+" behind "+t.Expr.Text, true, func(*parse.Manifest) (rewrite.Change, error) { return change, nil }), true
}

// laterSibling shows what a thunk in a rec set names too early.
func (p *Pass) laterSibling(t parse.Thunk) []Related {
	a := attrAt(p.Manifest.Root.Set, t.Path)
	if a == nil {
		return nil
	}
	if _, named, ok := sibling(t, a); ok {
		return []Related{p.here(named.Path[0].Span, quoted(t.Expr.Text)+" stands here; in `rec` a name counts only where it stands earlier")}
	}
	return nil
}
