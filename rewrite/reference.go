package rewrite

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// SetURL sets the reference of an input, or of an override: `url` takes the place of `url`, of `follows` or of `type` and
// its attributes. `flake` and the overrides stay.
func SetURL(m *parse.Manifest, in *parse.Input, url string) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.writable(in); err != nil {
		return Change{}, err
	}
	main := in.URL
	var gone []*parse.Field
	for _, f := range in.Fields {
		switch {
		case f == in.URL || f == in.Flake:
		case f != in.Follows && in.Type == nil:
			// Not ours to judge: an attribute that Nix does not know.
		case main == nil:
			main = f
		default:
			gone = append(gone, f)
		}
	}
	if main != in.URL || len(gone) > 0 {
		if err := e.refuseAlias(in.Name); err != nil {
			return Change{}, err
		}
	} else if span, ok := e.referredTo(in.Name, "url"); ok {
		if now, _ := in.URL.Text(); now != url {
			return Change{}, refuse(span, "another value refers to %s", span.In(m.Text))
		}
	}
	for _, f := range gone {
		if err := e.removeField(in, f); err != nil {
			return Change{}, err
		}
	}
	s := statement{"url", StringSource(url)}
	switch {
	case main == nil:
		err = e.insertMembers(in.Attr, []statement{s})
	case main == in.URL && in.URL.Value != nil && in.URL.Value.Kind == parse.StringValue && in.URL.Value.Text == url:
		// In whatever form, it says so already.
	default:
		if main == in.Follows {
			for _, o := range flatOverrides(in) {
				e.note("brings the override %s to life", o)
			}
		}
		err = e.replaceReference(in, main, s)
	}
	if err != nil {
		return Change{}, err
	}
	return e.finish()
}

// Unfollow gives an input, or an override, that follows a reference of its own: that of the followed node's `original`, with
// the `flake` and the overrides that are handed in. Overrides that stood beside the follows were dead and go.
func Unfollow(m *parse.Manifest, in *parse.Input, d Declaration) (Change, error) {
	e, err := beginFlake(m)
	if err != nil {
		return Change{}, err
	}
	if err := e.writable(in); err != nil {
		return Change{}, err
	}
	if d.URL == "" && d.Attrs == nil {
		return Change{}, refuse(text.Span{}, "there is no reference to go back to")
	}
	if in.Follows == nil {
		if in.URL != nil || in.Type != nil {
			return Change{}, nil
		}
		return Change{}, refuse(in.Attr.Span(), "%s does not follow an input", in.Name)
	}
	if err := e.refuseAlias(in.Name, "follows"); err != nil {
		return Change{}, err
	}
	reference, err := d.reference()
	if err != nil {
		return Change{}, err
	}
	if err := e.declare(in, in.Follows, append(reference, d.rest()...)); err != nil {
		return Change{}, err
	}
	return e.finish()
}
