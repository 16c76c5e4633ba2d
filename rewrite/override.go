package rewrite

import (
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// AddOverride makes the input at the end of the path below an input follow: ["nixpkgs"], or ["home-manager", "nixpkgs"] for
// `inputs.pins.inputs.home-manager.inputs.nixpkgs`. An override that is there with something else to say is rewritten.
func AddOverride(m *parse.Manifest, in *parse.Input, path []string, follows string) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.writable(in); err != nil {
		return Change{}, err
	}
	if in.Follows != nil {
		return Change{}, refuse(in.Follows.Span(), "%s follows another input, so that its overrides mean nothing", in.Name)
	}
	if in.Flake != nil && in.Flake.Value != nil && in.Flake.Value.Kind == parse.BoolValue && !in.Flake.Value.Bool {
		return Change{}, refuse(in.Flake.Span(), "%s is no flake, so that its overrides mean nothing", in.Name)
	}
	for _, segment := range splitFollows(follows) {
		if !ref.IsID(segment) {
			return Change{}, refuse(in.Attr.Span(), "%q cannot be an element of a follows path", segment)
		}
	}
	if err := e.addOverrides(in, []Override{{Path: path, Follows: follows}}); err != nil {
		return Change{}, err
	}
	return e.finish()
}

// RemoveOverride takes an override away, and `inputs` around it where nothing else stands in it.
func RemoveOverride(m *parse.Manifest, override *parse.Input) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	parent := override.Parent
	if parent == nil {
		return Change{}, refuse(text.Span{}, "%s is no override", override.Name)
	}
	for _, in := range []*parse.Input{parent, override} {
		if err := e.placed(in); err != nil {
			return Change{}, err
		}
	}
	if err := e.refuseAlias(override.Name); err != nil {
		return Change{}, err
	}
	if err := e.removeAttribute(override.Attr); err != nil {
		return Change{}, err
	}
	if parent.OverridesAttr != nil {
		for _, p := range parent.OverridesAttr.Places {
			if p.Last() && p.Binding.Value != nil && p.Binding.Value.Set != nil && e.allGone(p.Binding.Value.Set) {
				if err := e.removeBinding(p.Binding, p.Depth+1); err != nil {
					return Change{}, err
				}
			}
		}
	}
	if parent.Parent == nil && e.undeclares(parent.Attr) {
		return Change{}, refuse(override.Attr.Span(), "%s is declared by this override alone", parent.Name)
	}
	return e.finish()
}

// undeclares says whether all that the text says of an attribute goes.
func (e *editor) undeclares(a *parse.Attr) bool {
	for _, p := range a.Places {
		if !e.removed[p.Binding] {
			return false
		}
	}
	return true
}

// addOverrides writes overrides below an input. Those that come to stand at one place are written at once.
func (e *editor) addOverrides(in *parse.Input, overrides []Override) error {
	var attrs []*parse.Attr
	below := map[*parse.Attr][]statement{}
	add := func(a *parse.Attr, s statement) {
		if below[a] == nil {
			attrs = append(attrs, a)
		}
		below[a] = append(below[a], s)
	}
	for _, o := range overrides {
		at, path := in, o.Path
		for len(path) > 0 {
			next := at.Override(path[0])
			if next == nil {
				break
			}
			at, path = next, path[1:]
			if err := e.writable(at); err != nil {
				return err
			}
			if at.Follows != nil && len(path) > 0 {
				return refuse(at.Follows.Span(), "%s follows another input, so that its overrides mean nothing", strings.Join(at.Path, "/"))
			}
		}
		switch {
		case len(path) == 0 && at == in:
			return refuse(in.Attr.Span(), "the override has no name")
		case len(path) == 0:
			if err := e.setOverride(at, o); err != nil {
				return err
			}
		case at.OverridesAttr != nil:
			add(at.OverridesAttr, o.statement(path))
		default:
			s := o.statement(path)
			s.path = "inputs." + s.path
			add(at.Attr, s)
		}
	}
	for _, a := range attrs {
		if err := e.insertMembers(a, below[a]); err != nil {
			return err
		}
	}
	return nil
}

// setOverride makes an override that is there say what it should.
func (e *editor) setOverride(at *parse.Input, o Override) error {
	if o.URL == "" {
		return e.follow(at, o.Follows, FollowOptions{})
	}
	if got, ok := at.URL.Text(); ok && got == o.URL {
		return nil
	}
	return refuse(at.Attr.Span(), "an override of %s is there already", strings.Join(at.Path, "/"))
}

// keepOverrides writes the overrides that die when an input follows a path below the input that the path begins with.
func (e *editor) keepOverrides(in *parse.Input, path []string, below string) error {
	overrides, err := liveOverrides(in)
	if err != nil || len(overrides) == 0 {
		return err
	}
	pins := e.m.Input(below)
	if pins == nil || len(path) < 2 || path[0] != below {
		return refuse(in.Attr.Span(), "%s does not follow an input of %s, so that its overrides cannot be kept there", in.Name, below)
	}
	if err := e.writable(pins); err != nil {
		return err
	}
	if pins.Follows != nil {
		return refuse(pins.Follows.Span(), "%s follows another input, so that its overrides mean nothing", below)
	}
	for i, o := range overrides {
		overrides[i].Path = append(append([]string{}, path[1:]...), o.Path...)
		if there := findOverride(pins, overrides[i].Path); there != nil && !says(there, Declaration{URL: o.URL, Follows: o.Follows}) {
			return refuse(there.Attr.Span(), "%s has another override of %s", below, strings.Join(overrides[i].Path, "/"))
		}
		e.note("keeps the override %s below %s", strings.Join(o.Path, "/"), below)
	}
	return e.addOverrides(pins, overrides)
}

// findOverride follows a path of names below an input; nil where it leaves what is written.
func findOverride(in *parse.Input, path []string) *parse.Input {
	for _, name := range path {
		if in = in.Override(name); in == nil {
			return nil
		}
	}
	return in
}

// liveOverrides are the overrides below an input that mean something, the deep ones too, with paths relative to it.
func liveOverrides(in *parse.Input) ([]Override, error) {
	if in.Follows != nil {
		return nil, nil
	}
	var list []Override
	for _, o := range in.Overrides {
		path := o.Path[len(in.Path):]
		switch follows, isFollows := o.Follows.Text(); {
		case o.Alias:
			return nil, refuse(o.Attr.Span(), "the override %s is another name for a value that is written elsewhere", o.Name)
		case isFollows:
			list = append(list, Override{Path: path, Follows: follows})
		case o.Follows != nil || o.Type != nil:
			return nil, refuse(o.Attr.Span(), "the override %s is in a form that cannot be moved", o.Name)
		case o.URL != nil:
			url, ok := o.URL.Text()
			if !ok || o.URL.Value.Kind == parse.PathValue {
				return nil, refuse(o.URL.Span(), "the url of the override %s is in a form that cannot be moved", o.Name)
			}
			list = append(list, Override{Path: path, URL: url})
		}
		below, err := liveOverrides(o)
		if err != nil {
			return nil, err
		}
		for _, b := range below {
			b.Path = append(append([]string{}, path...), b.Path...)
			list = append(list, b)
		}
	}
	return list, nil
}

// flatOverrides names the overrides below an input for a note, as `nixpkgs → unstable`.
func flatOverrides(in *parse.Input) []string {
	var list []string
	for _, o := range in.Overrides {
		name := strings.Join(o.Path[len(in.Path):], "/")
		if to, ok := o.Follows.Text(); ok {
			list = append(list, name+" → "+StringSource(to))
		} else if to, ok := o.URL.Text(); ok {
			list = append(list, name+" → "+to)
		} else if o.Type != nil {
			list = append(list, name)
		}
		for _, below := range flatOverrides(o) {
			list = append(list, name+"/"+below)
		}
	}
	return list
}
