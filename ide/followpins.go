package ide

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// followPins offers to let an input follow what pins offers for it: what has the same source, and what has its name.
func (a *actions) followPins(in *workspace.Input) {
	if a.pins == nil || in.Path[0] == a.pins.Input {
		return
	}
	for _, o := range a.pins.Offers() {
		if !a.sameSource(in, o) && !a.sameName(in, o) {
			continue
		}
		title := "Follow " + o.Path
		if !a.sameReference(in, o) && o.HasReference {
			title += ", " + ref.Redact(urlOf(o.Reference))
		}
		if a.offered("Follow " + o.Path) {
			continue
		}
		if reason := a.cannotFollow(in, o); reason != "" {
			a.rewrite(title, rewrite.Change{}, &rewrite.Refusal{Reason: reason})
			continue
		}
		change, err := rewrite.Follow(a.flake.Manifest, in.Syntax, o.Path, rewrite.FollowOptions{})
		a.rewrite(title, change, err)
		if len(in.Overrides) > 0 && err == nil {
			change, err = rewrite.Follow(a.flake.Manifest, in.Syntax, o.Path, rewrite.FollowOptions{KeepOverridesBelow: a.pins.Input})
			change.Notes = append(change.Notes, "Nix 2.30 or later")
			a.rewrite(title, change, err)
		}
	}
}

// offered says whether a quick fix does the same, and adds the pins input first where the flake has none.
func (a *actions) offered(title string) bool {
	adding := "Add the input " + a.pins.Input + " and f" + strings.TrimPrefix(title, "F")
	return slices.ContainsFunc(a.list, func(other Action) bool {
		rest, ok := strings.CutPrefix(other.Title, title)
		if !ok {
			rest, ok = strings.CutPrefix(other.Title, adding)
		}
		return ok && other.Kind == QuickFix && (rest == "" || strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, ","))
	})
}

// cannotFollow says why following an offer would be refused by Nix, or would mean nothing.
func (a *actions) cannotFollow(in *workspace.Input, o *workspace.Offer) string {
	switch {
	case a.pins.Declared == nil:
		return "the flake has no input " + a.pins.Input
	case a.goesThrough(splitFollows(o.Path), in.Path):
		return o.Path + " follows " + strings.Join(in.Path, "/") + " itself: it would go in a circle"
	case in.IsFlake != o.IsFlake && o.HasReference && in.IsFlake:
		return o.Path + " is a plain source (flake = false), and " + in.Name + " a flake"
	case in.IsFlake != o.IsFlake && o.HasReference:
		return o.Path + " is a flake, and " + in.Name + " a plain source (flake = false)"
	}
	return ""
}

// resolved is a reference after the registries that answer for inputs, or as it is where they do not know it.
func (a *actions) resolved(r ref.Ref) ref.Ref {
	if result, err := a.snapshot.Registry().Resolve(r, registry.FlakeInput); err == nil {
		return result.Ref
	}
	return r
}

func (a *actions) sameSource(in *workspace.Input, o *workspace.Offer) bool {
	if !in.HasReference || !o.HasReference {
		return false
	}
	x, y := a.resolved(in.Reference), a.resolved(o.Reference)
	return a.snapshot.Source(x) == a.snapshot.Source(y) && x.Dir() == y.Dir()
}

func (a *actions) sameReference(in *workspace.Input, o *workspace.Offer) bool {
	return in.HasReference && o.HasReference && in.Reference.Canonical() == o.Reference.Canonical()
}

func (a *actions) sameName(in *workspace.Input, o *workspace.Offer) bool {
	return in.Name == o.Name || a.snapshot.Config(a.file.Path).Follows.Aliases[in.Name] == o.Name
}
