package parse

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/manifestgen"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// checkSpans fails where a span of the manifest does not lie within its text, or a part not within the whole.
func checkSpans(t *testing.T, m *Manifest) {
	inside := func(what string, s text.Span) {
		if s.Start < 0 || s.End < s.Start || s.End > len(m.Text) {
			t.Fatalf("%s at %v of %d bytes", what, s, len(m.Text))
		}
	}
	var expr func(e *Expr)
	set := func(s *AttrSet) {
		if s == nil {
			return
		}
		inside("brace", s.Open)
		inside("brace", s.Close)
		for _, g := range s.Bindings {
			inside("binding", g.Span)
			inside("equals", g.Equals)
			inside("semicolon", g.Semicolon)
			for _, n := range g.Path {
				inside("name", n.Span)
				if !g.Span.Contains(n.Span) {
					t.Fatalf("the name at %v is not in its binding at %v", n.Span, g.Span)
				}
			}
			if g.Value != nil {
				expr(g.Value)
			}
			if g.From != nil {
				expr(g.From)
			}
		}
		for _, a := range s.Attrs {
			for _, p := range a.Places {
				if p.Name().Text != a.Name {
					t.Fatalf("a place of %q is named %q", a.Name, p.Name().Text)
				}
			}
		}
	}
	expr = func(e *Expr) {
		inside("expression", e.Span)
		inside("expression", e.Outer)
		inside("content", e.Content)
		if !e.Outer.Contains(e.Span) {
			t.Fatalf("%v is not within %v", e.Span, e.Outer)
		}
		set(e.Set)
		for _, arg := range e.Args {
			expr(arg)
		}
		if f := e.Lambda; f != nil {
			inside("body", f.Body)
			inside("at", f.At)
			if f.Formals != nil {
				for _, formal := range f.Formals.List {
					inside("formal", formal.Span)
					inside("default", formal.Default)
				}
			}
		}
	}
	expr(m.Root)
	for _, e := range m.Errors {
		inside("error", e.Span)
		inside("error", e.Other)
	}
	for i, c := range m.Comments {
		inside("comment", c.Span)
		if i > 0 && c.Span.Start < m.Comments[i-1].Span.End {
			t.Fatalf("the comment at %s stands before the one at %s", c.Span, m.Comments[i-1].Span)
		}
	}
	for _, s := range m.Suppressions {
		inside("suppression", s.Target)
		for _, r := range s.Rules {
			inside("rule", r.Span)
		}
	}
	for _, th := range m.Thunks {
		inside("thunk", th.Span)
	}
	var inputs func(list []*Input)
	inputs = func(list []*Input) {
		for _, in := range list {
			inside("input", in.Attr.Span())
			for _, f := range in.Fields {
				inside("field", f.Span())
			}
			inputs(in.Overrides)
		}
	}
	inputs(m.Inputs)
}

// Breaks when some text makes Parse or one of the questions to a manifest panic, hang, or point outside of the text.
func FuzzParse(f *testing.F) {
	for _, file := range archives(f) {
		for _, part := range file.Files {
			f.Add(string(part.Data))
		}
	}
	for _, style := range manifestgen.Styles {
		f.Add(manifestgen.Render(recoveryModel(), manifestgen.Layout{Style: style, Comments: true, Quoted: true, Spaces: true, Literals: true}))
	}
	for _, s := range syntaxTexts(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, kind := range []FileKind{Flake, Mana, Entrypoint, Other} {
			m := Parse(kind, source)
			checkSpans(t, m)
			if _, err := m.JSON(); err != nil {
				t.Fatal(err)
			}
			if u := m.Uses(); u != nil {
				for name, uses := range u.Names {
					for _, use := range uses {
						if use.Span.Empty() || use.Span.End > len(source) || use.Span.Start < 0 {
							t.Fatalf("use of %q at %v", name, use.Span)
						}
					}
				}
			}
		}
		UsesInFile(source)
	})
}

// archives are the txtar files of testdata.
func archives(t testing.TB) map[string]*txtar.Archive {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no archives", err)
	}
	all := map[string]*txtar.Archive{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = txtar.Parse(data)
	}
	return all
}
