package rewrite

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// FollowOptions are choices of Follow.
type FollowOptions struct {
	// KeepOverridesBelow is the name of an input, the first of the path that is followed. The overrides that die with the
	// rewrite are then written below it, `inputs.pins.inputs.hm.inputs.nixpkgs.follows = …`, which Nix honours from 2.30 on.
	// "" lets them go.
	KeepOverridesBelow string
}

// Follow makes an input, or an override, follow a path: `follows` takes the place of `url` or of `type` and its attributes,
// and `flake` and the overrides go, which mean nothing on an input that follows. The path is relative to the flake; ""
// is the flake itself. Whether the path ends anywhere, and whether it makes a circle over other flakes, the caller knows.
func Follow(m *parse.Manifest, in *parse.Input, path string, options FollowOptions) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.follow(in, path, options); err != nil {
		return Change{}, err
	}
	return e.finish()
}

// SetFollows sets the path of an input, or an override, that follows one already. All else stays.
func SetFollows(m *parse.Manifest, in *parse.Input, path string) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.writable(in); err != nil {
		return Change{}, err
	}
	if in.Follows == nil {
		return Change{}, refuse(in.Attr.Span(), "%s does not follow an input", in.Name)
	}
	if _, err := followsPath(in, path); err != nil {
		return Change{}, err
	}
	if err := e.replaceField(in.Follows, statement{"follows", StringSource(path)}); err != nil {
		return Change{}, err
	}
	return e.finish()
}

// followsPath splits a follows path as Nix does, and refuses one that cannot be followed from the input.
func followsPath(in *parse.Input, path string) ([]string, error) {
	segments := splitFollows(path)
	for _, s := range segments {
		if !ref.IsID(s) {
			return nil, refuse(in.Attr.Span(), "%q cannot be an element of a follows path", s)
		}
	}
	if len(segments) > 0 && hasPrefix(segments, in.Path) {
		return nil, refuse(in.Attr.Span(), "%s would follow itself", in.Name)
	}
	return segments, nil
}

func splitFollows(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

func (e *editor) follow(in *parse.Input, path string, options FollowOptions) error {
	if err := e.writable(in); err != nil {
		return err
	}
	segments, err := followsPath(in, path)
	if err != nil {
		return err
	}
	goes := []string{in.Name}
	for _, f := range in.Fields {
		goes = append(goes, f.Name)
	}
	main := in.Follows
	for _, f := range in.Fields {
		if main == nil && f != in.Flake {
			main = f
		}
	}
	if main == nil {
		main = in.Flake
	}
	if main == in.Follows && len(in.Fields) == 1 && len(in.Overrides) == 0 {
		goes = nil
	}
	if err := e.refuseAlias(goes...); err != nil {
		return err
	}
	if options.KeepOverridesBelow != "" {
		if err := e.keepOverrides(in, segments, options.KeepOverridesBelow); err != nil {
			return err
		}
	} else {
		for _, o := range flatOverrides(in) {
			e.note("drops the override %s", o)
		}
	}
	return e.declare(in, main, []statement{{"follows", StringSource(path)}})
}

// declare makes the given statements all that an input says: the first takes the place of main, or of the overrides, or
// fills the empty set; the others come behind it.
func (e *editor) declare(in *parse.Input, main *parse.Field, statements []statement) error {
	for _, f := range in.Fields {
		if f == main {
			continue
		}
		if err := e.removeField(in, f); err != nil {
			return err
		}
	}
	var first *parse.Binding
	if main != nil {
		place, err := e.fieldPlace(main)
		if err != nil {
			return err
		}
		first = place.Binding
		if err := e.replaceReference(in, main, statements[0]); err != nil {
			return err
		}
		if len(statements) > 1 {
			if err := e.insertAfter(first, sources(e.prefix(first.Path[:place.Depth]), statements[1:])); err != nil {
				return err
			}
		}
	}
	if in.OverridesAttr != nil {
		for _, p := range in.OverridesAttr.Places {
			if p.Binding.Inherit || p.Name().Dynamic {
				return refuse(p.Name().Span, "the overrides of %s are not written out here", in.Name)
			}
			if first == nil {
				first = p.Binding
				if err := e.replaceBinding(p, statements); err != nil {
					return err
				}
				continue
			}
			if err := e.removeBinding(p.Binding, p.Depth+1); err != nil {
				return err
			}
		}
	}
	if first == nil {
		return e.insertMembers(in.Attr, statements)
	}
	return nil
}

// replaceBinding writes statements in the place of a whole binding, with the part of its path that is above the place.
func (e *editor) replaceBinding(p parse.Place, statements []statement) error {
	if p.Binding.Semicolon.Empty() {
		return refuse(p.Binding.Span, "a semicolon is missing")
	}
	prefix := e.prefix(p.Binding.Path[:p.Depth])
	e.replace(p.Binding.Span, statements[0].source(prefix))
	e.filled[p.Binding.In] = true
	if len(statements) > 1 {
		return e.insertAfter(p.Binding, sources(prefix, statements[1:]))
	}
	return nil
}

// setOf is the place whose set holds the binding, where all of that set speaks of the input.
func (e *editor) setOf(in *parse.Input, b *parse.Binding) *parse.Place {
	for i, p := range in.Attr.Places {
		if p.Last() && p.Binding.Value != nil && p.Binding.Value.Set == b.In {
			return &in.Attr.Places[i]
		}
	}
	return nil
}

// placed refuses an input whose places cannot be told.
func (e *editor) placed(in *parse.Input) error {
	if in.Attr == nil || len(in.Attr.Places) == 0 {
		return refuse(text.Span{}, "%s is not written out in this file", in.Name)
	}
	for _, p := range in.Attr.Places {
		if p.Name().Dynamic || p.Binding.In.DynamicNames {
			return refuse(p.Name().Span, "a name that only an evaluation tells stands beside %s", in.Name)
		}
	}
	return nil
}

// writable refuses an input that is not written out where it stands.
func (e *editor) writable(in *parse.Input) error {
	if err := e.placed(in); err != nil {
		return err
	}
	if in.Alias {
		return refuse(in.Attr.Span(), "%s is another name for a value that is written elsewhere", in.Name)
	}
	for _, p := range in.Attr.Places {
		if p.Binding.Inherit {
			return refuse(p.Name().Span, "%s is inherited", in.Name)
		}
		if p.Last() && (p.Binding.Value == nil || p.Binding.Value.Kind != parse.Set) {
			return refuse(p.Binding.Span, "%s is no literal attribute set", in.Name)
		}
		if p.Last() && p.Binding.Value.Set.DynamicNames {
			return refuse(p.Binding.Span, "%s has an attribute whose name only an evaluation tells", in.Name)
		}
	}
	return nil
}

// fieldPlace is the one place of a field.
func (e *editor) fieldPlace(f *parse.Field) (parse.Place, error) {
	if f.Attr == nil || len(f.Attr.Places) == 0 {
		return parse.Place{}, refuse(text.Span{}, "%s is not written out in this file", f.Name)
	}
	p := f.Attr.Places[0]
	switch {
	case len(f.Attr.Places) > 1:
		return p, refuse(f.Attr.Places[1].Name().Span, "%s is written twice", f.Name)
	case p.Binding.Inherit:
		return p, refuse(p.Name().Span, "%s is inherited", f.Name)
	case !p.Last() || p.Binding.Value == nil || p.Binding.Semicolon.Empty():
		return p, refuse(p.Binding.Span, "%s has no value that can be read", f.Name)
	}
	return p, nil
}

func (e *editor) removeField(in *parse.Input, f *parse.Field) error {
	p, err := e.fieldPlace(f)
	if err != nil {
		return err
	}
	if f == in.Flake {
		e.note("drops flake = %s", p.Binding.Value.Span.In(e.source))
	}
	if err := e.removeBinding(p.Binding, p.Depth+1); err != nil {
		return err
	}
	e.removeOwnComments(p.Binding, e.setOf(in, p.Binding))
	return nil
}

// replaceReference is replaceField for what says where an input comes from. Where it becomes another attribute, the comments
// on its line and its commented-out alternatives spoke of what is gone.
func (e *editor) replaceReference(in *parse.Input, f *parse.Field, s statement) error {
	if err := e.replaceField(f, s); err != nil {
		return err
	}
	if b := f.Attr.Places[0].Binding; f.Name != s.path {
		e.removeOwnComments(b, e.setOf(in, b))
		e.removeAlternatives(b, len(b.Path))
		if p := e.setOf(in, b); p != nil && e.oneLine(p.Binding.Span) {
			e.removeAlternatives(p.Binding, p.Depth+1)
		}
	}
	return nil
}

// replaceField gives a field another name and value; comments between its parts stay.
func (e *editor) replaceField(f *parse.Field, s statement) error {
	p, err := e.fieldPlace(f)
	if err != nil {
		return err
	}
	if f.Name == s.path && p.Binding.Value.Kind == parse.String && StringSource(p.Binding.Value.Text) == s.value {
		return nil
	}
	if f.Name != s.path {
		e.replace(p.Name().Span, s.path)
	}
	e.replace(p.Binding.Value.Outer, s.value)
	e.filled[p.Binding.In] = true
	return nil
}
