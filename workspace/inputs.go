package workspace

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// readInputs gives a manifest's inputs as Nix's parseFlakeInputs does, implicit ones at the end.
func readInputs(m *parse.Manifest) []*Input {
	var inputs []*Input
	for _, syntax := range m.Inputs {
		inputs = append(inputs, readInput(syntax, nil))
	}
	if m.OutputsFunction == nil || m.OutputsFunction.Formals == nil {
		return inputs
	}
	for _, formal := range m.OutputsFunction.Formals.List {
		if formal.Name == "self" || slices.ContainsFunc(inputs, func(in *Input) bool { return in.Name == formal.Name }) {
			continue
		}
		in := &Input{Name: formal.Name, Path: []string{formal.Name}, Formal: formal, IsFlake: true, Indirect: true}
		in.refer(ref.Parse(formal.Name))
		inputs = append(inputs, in)
	}
	return inputs
}

// refer sets what the input refers to.
func (in *Input) refer(r ref.Ref, err error) {
	in.Reference, in.HasReference, in.ReferenceError = r, err == nil, err
}

func readInput(syntax *parse.Input, parent *Input) *Input {
	in := &Input{Name: syntax.Name, Path: syntax.Path, Syntax: syntax, Parent: parent, IsFlake: true}
	if f := syntax.Flake; f != nil && f.Value != nil && f.Value.Kind == parse.BoolValue {
		in.IsFlake = f.Value.Bool
	}
	if f := syntax.Follows; f != nil && f.Value != nil && f.Value.Kind == parse.StringValue {
		in.IsFollow, in.FollowsText, in.Follows = true, f.Value.Text, []string{}
		for name := range strings.SplitSeq(f.Value.Text, "/") {
			if name != "" {
				in.Follows = append(in.Follows, name)
			}
		}
	}
	switch {
	case syntax.Type != nil:
		if attrs, known := attributesOf(syntax); known {
			in.refer(ref.FromAttrs(attrs))
		}
	case syntax.URL != nil:
		if url, known := syntax.URL.Text(); known && !(syntax.URL.Value.Kind == parse.PathValue && strings.HasPrefix(url, "~/")) { // a path literal below an unknown home
			in.refer(ref.ParseInputOf(url, in.IsFlake))
		}
	case syntax.Follows == nil && parent == nil && syntax.Value != nil && syntax.Value.Kind == parse.SetValue:
		in.Indirect = true
		in.refer(ref.FromAttrs(ref.Attrs{"type": ref.Indirect, "id": in.Name}))
	}
	for _, override := range syntax.Overrides {
		in.Overrides = append(in.Overrides, readInput(override, in))
	}
	return in
}

// attributesOf are the attributes of the form with `type`; known is false where one of them has no known value.
func attributesOf(syntax *parse.Input) (attrs ref.Attrs, known bool) {
	attrs = ref.Attrs{}
	for _, f := range syntax.Fields {
		if f == syntax.Follows || f == syntax.Flake {
			continue
		}
		switch {
		case f.Value == nil:
			return nil, false
		case f.Value.Kind == parse.StringValue || f.Value.Kind == parse.PathValue:
			attrs[f.Name] = f.Value.Text
		case f.Value.Kind == parse.BoolValue:
			attrs[f.Name] = f.Value.Bool
		case f.Value.Kind == parse.IntegerValue:
			attrs[f.Name] = f.Value.Integer
		default:
			return nil, false
		}
	}
	return attrs, true
}

// span is where the input says what it refers to: its url or its type, else its name.
func (in *Input) span() text.Span {
	switch {
	case in.Syntax == nil:
		return text.Span{}
	case in.Syntax.URL != nil:
		return in.Syntax.URL.Span()
	case in.Syntax.Type != nil:
		return in.Syntax.Type.Span()
	}
	return in.Syntax.Attr.Span()
}

// Walk visits an input and, below it, its overrides.
func (in *Input) Walk(visit func(*Input)) {
	visit(in)
	for _, o := range in.Overrides {
		o.Walk(visit)
	}
}
