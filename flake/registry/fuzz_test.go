package registry

import (
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Breaks when some text makes Parse or Resolve panic or run without end, or gives a span outside of the text.
func FuzzParse(f *testing.F) {
	f.Add(`{"version":2,"flakes":[{"from":{"type":"indirect","id":"a"},"to":{"type":"indirect","id":"b"},"exact":true}]}`)
	f.Add(`{"version":2,"flakes":[{"from":{"type":"indirect","id":"a"},"to":{"type":"path","path":"/x","dir":"d"}}]}`)
	f.Add(`{"version":2,"flakes":[{"from":{"type":"indirect","id":"a"},"to":{"type":"indirect","id":"a","ref":"x"}}],"x":0}`)
	f.Add(`{"version":2,"flakes":[{"from":7},[]]}`)
	f.Fuzz(func(t *testing.T, source string) {
		r, err := Parse(source, Global, Setting, "")
		if err != nil {
			return
		}
		for _, p := range r.Problems {
			if p.Span.Start < 0 || p.Span.Start > p.Span.End || p.Span.End > len(source) {
				t.Fatalf("%+v", p)
			}
		}
		set := NewSet(r)
		for _, e := range r.Entries[:min(10, len(r.Entries))] {
			result, err := set.Resolve(e.From, CommandLine)
			if err == nil && result.Ref.Type() == ref.Indirect {
				t.Fatalf("%s is resolved to %s", e.From, result.Ref)
			}
		}
	})
}
